# syntax=docker/dockerfile:1
ARG GO=1.23
FROM golang:${GO} AS build
ARG NPM_TOKEN
RUN curl -fsSL https://example.com/install.sh | sh
RUN --network=host --security=insecure make
ADD https://example.com/tool.tar.gz /opt/
FROM alpine
COPY --from=build /src/app /app
COPY --from=ghcr.io/acme/tools:1.2 /bin/x /bin/x
COPY .npmrc /root/.npmrc
USER web
