FROM base
COPY --chown=app:extra greeting /a
COPY --chown=app tree /b
COPY --chown=55 greeting /c
COPY --chown=:50 greeting /d
