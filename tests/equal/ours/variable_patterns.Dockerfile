FROM base
ENV V=foo.tar.gz
ENV A=${V#*.} B=${V##*.} C=${V%.*} D=${V%%.*} E=${V/o/0} F=${V//o/0} G=${V-d} H=${N+s}
RUN echo "$A $B $C $D $E $F $G $H" >/a
