FROM base
COPY --chmod=755 greeting /a
COPY --chmod=4750 greeting /b
