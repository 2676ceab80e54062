FROM base
RUN mkdir /real; ln -s real /link
COPY --link greeting /link/a
COPY --link --chown=12:34 greeting /x/y/z
