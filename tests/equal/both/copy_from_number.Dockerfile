FROM base
RUN echo one >/one
FROM base
COPY --from=0 /one /
