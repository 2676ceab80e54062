FROM base
HEALTHCHECK --start-interval=3s CMD true
