FROM base
COPY greeting /a
COPY greeting /b/
COPY greeting c
