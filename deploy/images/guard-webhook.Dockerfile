# The admission webhook.
FROM scratch
COPY root /
LABEL org.opencontainers.image.title=guard-webhook org.opencontainers.image.description="Admission webhook that rejects what owns the node and steers image builds"
USER 65532:65532
ENTRYPOINT ["/usr/local/bin/guard-webhook"]
CMD ["serve", "--config", "/etc/guard/config.yaml"]
