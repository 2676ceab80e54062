FROM base
RUN --mount=type=cache,target=/cache echo 1 >/cache/x; echo 2 >/a
