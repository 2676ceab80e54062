FROM base
ADD archive.tar /a/
ADD archive.tar.gz /b/
