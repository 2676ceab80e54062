FROM base
ADD --chown=12:34 greeting /a
ADD --chown=app:app tree /b/
