FROM base
ENTRYPOINT ["sh"]
CMD ["-c", "true"]
