FROM base
COPY hard /a
