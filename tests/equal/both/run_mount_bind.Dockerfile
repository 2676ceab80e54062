FROM base
RUN --mount=type=bind,target=/ctx cat /ctx/greeting >/a
