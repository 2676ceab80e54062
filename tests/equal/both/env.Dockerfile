FROM base
ENV A=1 B="two words" C=three\ words
ENV D old form
ENV E=$A-${B:+set}-${NONE:-default}
ENV A=2 F=$A
RUN echo "$A|$B|$C|$D|$E|$F" >/a
