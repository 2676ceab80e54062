FROM base
RUN mkdir /real; ln -s real /link
COPY greeting /link/a
COPY tree /link/
