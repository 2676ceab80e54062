#: --secret id=key,src=CONTEXT/greeting
FROM base
RUN --mount=type=secret,id=key cat /run/secrets/key >/a
RUN --mount=type=secret,id=key,env=KEY,required echo "$KEY" >/b
