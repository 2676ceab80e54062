FROM base
HEALTHCHECK CMD ["test", "-e", "/a"]
