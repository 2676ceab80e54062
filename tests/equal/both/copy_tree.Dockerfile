FROM base
COPY tree /a
COPY tree /b/
COPY tree/deep /b/more
