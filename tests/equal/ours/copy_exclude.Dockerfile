FROM base
COPY --exclude=*.skip --exclude=deep tree /a
