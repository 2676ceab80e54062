FROM base
RUN mkfifo -m 620 /f; ln -s nowhere /l; echo 1 >/h; ln /h /h2; mkdir -m 1777 /s; chown -h 33:34 /l; touch /setuid; chown 33:34 /setuid; chmod 6755 /setuid
