FROM base
COPY links /a
