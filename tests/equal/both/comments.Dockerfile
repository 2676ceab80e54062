# first
FROM base
RUN echo 1 \
# between
    2 >/a
