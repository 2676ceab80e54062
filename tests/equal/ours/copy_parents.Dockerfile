FROM base
COPY --parents tree/deep/file greeting /a/
COPY --parents tree/./deep/file /b/
