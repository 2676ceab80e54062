FROM base
COPY gr*g execut?ble /a/
COPY tree/[f-g]* /b/
