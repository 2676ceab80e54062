FROM base
RUN echo 1 >/a; mkdir /d
RUN chmod 600 /a; chown 33:34 /d
