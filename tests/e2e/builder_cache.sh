#!/usr/bin/env bash
# When a step is run again, and when it is not.
source "$(dirname "$0")/../support/builder.bash"
context c <<'D'
FROM busybox AS made
COPY input /input
RUN wc -c < /input > /count
FROM busybox
ARG VERSION=1
COPY --from=made /count /count
RUN echo $VERSION > /version
D
echo aaa >c/input
steps() { grep -E '^#[0-9]+ \[[a-z]+[-a-z0-9]* [0-9]+/' -A1 <<<"$err" | grep -cE "$1"; }
run build --progress plain -t c c; expect_status 0; [ "$(steps DONE)" -eq 6 ] || fail 'all six steps run at first'
run build --progress plain -t c c; [ "$(steps DONE)" -eq 0 ] || fail 'none the second time'
touch c/input; chmod 644 c/input
run build --progress plain -t c c; [ "$(steps DONE)" -eq 0 ] || fail 'times are in no key'
chmod 600 c/input
run build --progress plain -t c c; [ "$(steps DONE)" -ne 0 ] || fail 'modes are'
# A stage that is built again with the same result costs nothing to those that copy from it.
chmod 644 c/input; echo bbb >c/input
run build --progress plain -t c c; expect_status 0; [ "$(steps DONE)" -eq 2 ] || fail 'only the stage that changed is run'
run build --progress plain -t c --build-arg VERSION=2 c; [ "$(steps DONE)" -eq 1 ] || fail 'an argument counts where it is used'
run build --progress plain -t c --build-arg HTTP_PROXY=http://127.0.0.1:1 c; [ "$(steps DONE)" -eq 0 ] || fail 'proxies are in no key'
run build --progress plain -t c --no-cache-filter made c; expect_status 0; [ "$(steps DONE)" -eq 2 ] || fail 'one stage without cache'
run build --progress plain -t c --no-cache c; [ "$(steps DONE)" -eq 6 ] || fail 'no cache at all'

# Caches elsewhere: a new store knows the steps.
run build -t c --cache-to type=local,dest=steps c; expect_status 0
run build --progress plain --store other -t c --cache-from type=local,src=steps c; expect_status 0; [ "$(steps DONE)" -eq 0 ] || fail 'a local cache'
run build --store other -o type=tar,dest=other.tar c; tar -xOf other.tar count >count; [ "$(cat count)" = 4 ] || fail 'with the layers'
run build --cache-from type=local,src=nowhere -t c c; expect_status 0; expect_err 'warning: the cache is not used'
run build --cache-from type=gha c; expect_status 2; expect_err 'gha'

# A killed build leaves a store that the next one uses.
run prune --all; expect_status 0
for n in 5 15 30 60 90 150 250; do
  "$builder" build -t c c >/dev/null 2>&1 & pid=$!
  sleep "0.$(printf %03d $n)"; kill -9 $pid 2>/dev/null; wait $pid 2>/dev/null
done
run build -t c c; expect_status 0
run build -o type=tar,dest=c.tar c; expect_status 0
run prune; expect_status 0
run build --progress plain -t c c; expect_status 0; [ "$(steps DONE)" -eq 0 ] || fail 'prune keeps what a name reaches'
finish
