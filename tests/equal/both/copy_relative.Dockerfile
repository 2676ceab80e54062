FROM base
WORKDIR /w/x
COPY greeting .
COPY greeting ../y
