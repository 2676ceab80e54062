#: --build-arg A=outside
FROM base
ARG A=argument
ENV A=environment
RUN echo "$A" >/a
