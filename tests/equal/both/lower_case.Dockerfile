from base as made
run echo 1 >/a
