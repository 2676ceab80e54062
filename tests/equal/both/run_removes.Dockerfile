FROM base
RUN mkdir -p /a/b; echo 1 >/a/b/c; echo 2 >/a/d
RUN rm -r /a/b; rm /bin/vi; echo 3 >/a/d
