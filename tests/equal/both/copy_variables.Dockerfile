FROM base
ENV TO=/a FILE=greeting
COPY $FILE ${TO}/${UNSET:-b}
