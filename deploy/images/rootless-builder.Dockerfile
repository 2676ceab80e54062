# The builder: one static program under all its names, a shell for CI systems, places that any user may write.
FROM scratch
COPY root /
ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/busybox:/kaniko HOME=/home/rootless-builder
LABEL org.opencontainers.image.title=rootless-builder org.opencontainers.image.description="Dockerfile to OCI image to registry, without a daemon, without root"
USER 1000:1000
WORKDIR /workspace
ENTRYPOINT ["/usr/local/bin/rootless-builder"]
