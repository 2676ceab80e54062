FROM base
ADD --unpack=false archive.tar /a.tar
ADD --unpack=true archive.tar /b
