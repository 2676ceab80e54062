FROM base
RUN mkdir /a; echo 1 >/a/x; echo 1 >/b; ln -s b /c
RUN rm -r /a; echo 2 >/a; rm /b; mkdir /b; rm /c; echo 3 >/c
