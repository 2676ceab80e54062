FROM base
VOLUME /a /b
VOLUME ["/c d"]
