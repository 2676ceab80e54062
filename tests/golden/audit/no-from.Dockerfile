RUN true
# only ARG may stand here
ARG A=${B:?nothing}
