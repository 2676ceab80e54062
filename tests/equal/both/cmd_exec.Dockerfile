FROM base
CMD ["sh", "-c", "echo a b"]
