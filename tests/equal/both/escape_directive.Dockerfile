# escape=`
FROM base
RUN echo one `
  two >/a
