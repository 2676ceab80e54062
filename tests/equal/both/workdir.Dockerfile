FROM base
WORKDIR /a/b
WORKDIR c
RUN pwd >d
