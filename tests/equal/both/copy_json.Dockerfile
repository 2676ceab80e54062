FROM base
COPY ["with space", "/a b"]
