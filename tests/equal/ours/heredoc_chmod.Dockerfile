FROM base
COPY --chmod=755 --chown=12:34 <<EOT /script
#!/bin/sh
EOT
