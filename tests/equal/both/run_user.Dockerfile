FROM base
USER app
RUN id -u >/tmp/a; id -g >>/tmp/a
USER 12:50
RUN id -u >/tmp/b; id -g >>/tmp/b
