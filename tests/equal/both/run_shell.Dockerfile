FROM base
RUN echo one && \
    echo two >/a
RUN echo "three  four" >>/a
