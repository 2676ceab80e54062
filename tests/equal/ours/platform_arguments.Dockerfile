#: --platform linux/amd64
FROM --platform=$BUILDPLATFORM base
ARG TARGETARCH TARGETOS
RUN echo "$TARGETOS $TARGETARCH" >/a
