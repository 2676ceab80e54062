# syntax=docker/dockerfile:1
# escape=\
ARG BASE=alpine VERSION="3.20 x"
FROM --platform=$BUILDPLATFORM ${BASE}:${VERSION} AS Build
ARG TARGETOS TARGETARCH=amd64
ENV old value with spaces
ENV A=1 B="two words" C=$A
LABEL "org.example/a b"='c' d=e
SHELL ["/bin/bash", "-c"]
WORKDIR app
RUN --mount=type=cache,id=x,target=/var/cache,sharing=locked,uid=0 \
    --mount=type=secret,id=token,env=TOKEN,required \
    --mount=from=tools,source=/bin,target=/tools,rw --network=none --security=sandbox \
    make && \
    # a note
    make install
RUN ["make", "a b"]
RUN <<EOT
#!/usr/bin/env python3
print("$A")
EOT
RUN <<-EOT
	echo one
	EOT
RUN cat <<A <<'B' > /x
$one
A
two
B
FROM scratch
COPY --from=Build --chown=1000:$GID --chmod=u=rwX,go=rX --link --parents --exclude=*.md --exclude=**/x a b/ /dest/
COPY ["a b", "/c"]
COPY <<file.txt <<"raw" /etc/
value is $A
file.txt
raw $A
raw
ADD --checksum=sha256:00 --keep-git-dir=true --unpack=false https://example.com/x.tar /x
CMD echo "$A"
ENTRYPOINT ["/bin/x", "--flag"]
EXPOSE 80 53/udp 8000-8010/tcp $PORT
VOLUME /data "/b"
VOLUME ["/a b"]
USER 1000:1000
STOPSIGNAL SIGTERM
MAINTAINER Someone <a@example.com>
HEALTHCHECK --interval=1m30s --timeout=500ms --start-period=1h --start-interval=2s --retries=3 CMD curl -f http://x
HEALTHCHECK NONE
ONBUILD COPY <<x /y
1
x
CMD []
