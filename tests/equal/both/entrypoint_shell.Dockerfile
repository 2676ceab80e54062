FROM base
ENTRYPOINT exec sh
