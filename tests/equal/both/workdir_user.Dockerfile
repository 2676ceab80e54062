FROM base
USER app
WORKDIR /a/b
