FROM base
ADD --chmod=640 greeting /a
