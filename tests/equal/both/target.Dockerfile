#: --target middle
FROM base AS first
RUN echo 1 >/a
FROM first AS middle
RUN echo 2 >>/a
FROM middle
RUN false
