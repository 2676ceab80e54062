FROM scratch
COPY tree /tree
ENV A=1
CMD ["/x"]
