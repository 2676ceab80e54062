FROM base
RUN --network=host echo 1 >/a
RUN --network=default echo 2 >/b
