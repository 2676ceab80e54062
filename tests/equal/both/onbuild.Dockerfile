FROM base
ONBUILD RUN echo built >/a
ONBUILD COPY greeting /b
