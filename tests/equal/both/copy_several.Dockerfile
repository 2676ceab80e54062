FROM base
COPY greeting executable /a/
