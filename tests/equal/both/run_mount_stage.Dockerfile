FROM base AS made
RUN echo one >/one
FROM base
RUN --mount=type=bind,from=made,source=/one,target=/in cat /in >/a
