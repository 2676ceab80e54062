FROM scratch
COPY greeting /
