FROM base
SHELL ["/bin/ash", "-e", "-c"]
RUN echo $0 >/a
CMD echo hello
