#!/usr/bin/env bash
# RUN: mounts of every kind, secrets that leave no trace, heredocs, users, network, limits.
source "$(dirname "$0")/../support/builder.bash"
context c <<'D'
FROM busybox AS tools
RUN mkdir /tools && echo tool > /tools/t
FROM busybox
RUN --mount=type=bind,source=data,target=/in cat /in/file > /bound && ! touch /in/file 2>/dev/null
RUN --mount=type=bind,source=data,target=/in,rw echo changed > /in/file && cat /in/file > /rw
RUN --mount=type=bind,from=tools,source=/tools,target=/t cat /t/t > /from-stage
RUN --mount=type=cache,target=/cache echo once >> /cache/log; wc -l < /cache/log > /cached
RUN --mount=type=tmpfs,target=/scratch,size=1m touch /scratch/x && ! dd if=/dev/zero of=/scratch/y bs=1M count=2 2>/dev/null
RUN --mount=type=secret,id=token cat /run/secrets/token | wc -c > /length; stat -c %a /run/secrets/token > /mode
RUN --mount=type=secret,id=token,env=TOKEN test $(printf %s "$TOKEN" | wc -c) = 12
RUN --mount=type=secret,id=absent test ! -e /run/secrets/absent
RUN --network=none ! wget -q -T 1 http://127.0.0.1:9/ 2>/dev/null; cat /proc/net/dev | grep -c : > /interfaces; ls /sys/class/net 2>/dev/null | grep -v '^lo$' > /sys-interfaces || true
RUN <<EOF
set -e
echo one > /heredoc
echo two >> /heredoc
EOF
RUN <<SCRIPT
#!/bin/busybox sh
echo "script $0" > /script
SCRIPT
RUN echo 'app:x:1000:1001::/home/app:/bin/sh' > /etc/passwd
USER app
WORKDIR /home/app
RUN id -u > me; id -g >> me; echo "$HOME" >> me; pwd >> me
D
mkdir c/data; echo data >c/data/file; printf s3cret-value >token
files c --secret id=token,src=token
expect_file '-rw-r--r-- 0/0 bound'; expect_file '-rw-r--r-- 1000/1001 home/app/me'; expect_file 'drwxr-xr-x 1000/1001 home/app/'
[ "$(content bound; content rw; content from-stage)" = $'data\nchanged\ntool' ] || fail 'bind mounts'
[ "$(content cached; content length; content mode)" = $'1\n12\n400' ] || fail 'cache and secret mounts'
[ "$(content heredoc)" = $'one\ntwo' ] || fail 'a heredoc'
[[ "$(content script)" == "script /dev/pipes/"* ]] || fail 'a heredoc with an interpreter'
[ "$(content home/app/me)" = $'1000\n1001\n/home/app\n/home/app' ] || fail 'the user'
[ "$(content interfaces)" = 1 ] || fail 'no network but the loopback'
[ -z "$(content sys-interfaces)" ] || fail 'and none in /sys'
[ "$(cat c/data/file)" = data ] || fail 'what a step writes to its context is thrown away'
for trace in in t cache scratch run/secrets run dev proc; do
  ! grep -qE " $trace(/|\$)" <<<"$listing" || { out=$listing; fail "no trace of /$trace"; }
done
out=$(grep -rl s3cret-value "$ROOTLESS_BUILDER_STORE" 2>/dev/null | head -3); [ -z "$out" ] || fail 'the secret is nowhere in the store'
run build --secret id=token,src=token --no-cache c; [[ "$err$out" != *s3cret-value* ]] || fail 'the secret is not printed'
files c --secret id=token,src=token --no-cache; [ "$(content cached)" = 3 ] || fail 'a cache lasts'

# What a step needs and does not get.
context needs <<<$'FROM busybox\nRUN --mount=type=secret,id=x,required true'
run build needs; expect_status 1; expect_err "the secret 'x' is required"
run build --secret id=x,src=/nowhere needs; expect_status 2; expect_err '/nowhere'
context user <<<$'FROM busybox\nUSER nobody\nRUN true'
run build user; expect_status 1; expect_err "the user 'nobody' is not in the image's /etc/passwd"
context command <<<$'FROM busybox\nRUN ["/bin/none"]'
run build command; expect_status 1; expect_err '127'
context limits <<<$'FROM busybox\nRUN ulimit -n > /n; df -k /dev/shm | tail -1 | awk \'{print $2}\' > /shm; cat /etc/hosts > /hosts'
files limits --ulimit nofile=123 --shm-size 2m --add-host db:10.1.2.3
[ "$(content n; content shm)" = $'123\n2048' ] || { out=$(content n; content shm); fail 'limits'; }
[[ "$(content hosts)" == *10.1.2.3*db* ]] || fail 'added hosts'

# A step that was stopped leaves nothing running.
context slow <<<$'FROM busybox\nRUN echo started; sleep 1234'
"$builder" build slow >/dev/null 2>slow.log & pid=$!
for _ in $(seq 300); do grep -q started slow.log && break; sleep 0.1; done
kill -TERM $pid; wait $pid; status=$?; out= err=$(cat slow.log); expect_status 1; expect_err 'stopped'
! pgrep -f 'sleep 1234' >/dev/null || fail 'the step is gone'
finish
