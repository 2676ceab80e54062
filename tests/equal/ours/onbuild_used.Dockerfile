FROM base AS template
ONBUILD RUN echo built >/a
FROM template
