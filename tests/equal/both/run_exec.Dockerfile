FROM base
RUN ["sh", "-c", "echo $HOME >/a"]
