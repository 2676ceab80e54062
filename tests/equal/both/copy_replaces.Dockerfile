FROM base
RUN echo old >/a; chmod 600 /a; chown 33:34 /a
COPY greeting /a
