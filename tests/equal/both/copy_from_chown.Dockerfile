FROM base AS made
RUN echo one >/one; chown 33:34 /one; chmod 640 /one
FROM base
COPY --from=made --chown=1:2 /one /a
