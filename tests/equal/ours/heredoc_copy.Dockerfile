FROM base
ENV WHO=me
COPY <<a <<'b' /d/
for $WHO
a
for $WHO
b
