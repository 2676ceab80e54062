# The auditor.
FROM scratch
COPY root /
LABEL org.opencontainers.image.title=guardctl org.opencontainers.image.description="Audits manifests, Dockerfiles and CI files for what lets image builds own a cluster"
USER 65532:65532
WORKDIR /work
ENTRYPOINT ["/usr/local/bin/guardctl"]
