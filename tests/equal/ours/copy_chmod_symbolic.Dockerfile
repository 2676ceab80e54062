FROM base
COPY --chmod=u=rwX,go=rX tree /a
COPY --chmod=g+s,o= executable /b
