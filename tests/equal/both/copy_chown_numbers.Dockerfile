FROM base
COPY --chown=12:34 tree /a/
COPY --chown=12:34 greeting /new/parent/b
