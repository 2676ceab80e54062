FROM base
RUN mkdir -p /a/b; echo 1 >/a/b/c
RUN rm -r /a; mkdir /a; echo 2 >/a/new
