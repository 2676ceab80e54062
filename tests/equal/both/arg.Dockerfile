#: --build-arg GIVEN=from-outside
ARG BEFORE=base
FROM $BEFORE
ARG GIVEN=default
ARG LEFT=default
ARG BEFORE
RUN echo "$GIVEN $LEFT" >/a
ENV KEPT=$GIVEN
