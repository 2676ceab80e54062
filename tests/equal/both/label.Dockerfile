FROM base
LABEL a=1 "b c"="d e" f='g h'
LABEL a=2
LABEL old form
