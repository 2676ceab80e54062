FROM base
RUN mkdir -p -m 750 /a/deep; chown 33:34 /a
COPY tree /a/
