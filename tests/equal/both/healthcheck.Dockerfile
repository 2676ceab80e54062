FROM base
HEALTHCHECK --interval=5s --timeout=2s --start-period=1m --retries=3 CMD test -e /a
