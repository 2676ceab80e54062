FROM base AS made
RUN echo one >/one; chown 33:34 /one; chmod 2755 /one; mkdir -m 700 /d; ln /one /d/two; ln -s two /d/three
FROM base
COPY --from=made /one /a/
COPY --from=made /d /b
