FROM base
RUN --security=sandbox echo 1 >/a
