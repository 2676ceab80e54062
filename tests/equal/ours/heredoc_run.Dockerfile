FROM base
RUN <<EOT
echo one >/a
echo two >>/a
EOT
RUN <<EOT sh -s x
echo "$1" >/b
EOT
