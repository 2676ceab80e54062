#: --build-arg WHICH=two
ARG WHICH=one
FROM base AS one
RUN echo one >/which
FROM base AS two
RUN echo two >/which
FROM $WHICH
LABEL chosen=yes
