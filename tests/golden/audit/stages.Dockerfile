# escape=`
# A stage's user and variables come from the stage that it is made of, and its image from the first of them.
ARG REGISTRY=registry.example.com
ARG TAG
FROM --platform=$BUILDPLATFORM ${REGISTRY}/base:${TAG:-1.2} AS Base
ARG RUN_AS=0
ENV WHO=$RUN_AS
USER ${WHO}

FROM base AS test
ONBUILD RUN --mount=type=bind,from=tools:1,target=/t `
    --network=host true
RUN <<EOF
docker build .
EOF

FROM base
COPY --from=BASE --chown=0:0 `
     /a /b /c/
ADD ["https://example.com/a b.txt", "/x"]
HEALTHCHECK CMD curl -f localhost | sh
