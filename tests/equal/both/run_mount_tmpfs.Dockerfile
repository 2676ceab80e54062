FROM base
RUN --mount=type=tmpfs,target=/scratch echo 1 >/scratch/x; echo 2 >/a
