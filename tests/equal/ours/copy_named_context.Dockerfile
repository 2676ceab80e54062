#: --build-context other=CONTEXT/tree
FROM base
COPY --from=other deep /a
