FROM base AS with
CMD ["from-base"]
FROM with
ENTRYPOINT ["sh"]
