#!/usr/bin/env bash
# rootless-builder build as its user sees it: stages, RUN, the cache, outputs, errors. Needs busybox-static, nothing else.
source "$(dirname "$0")/../support/builder.bash"
mkdir context; cp "$busybox" context/busybox; echo hello >context/greeting
cat >context/Dockerfile <<'D'
FROM scratch AS base
COPY busybox /bin/busybox
RUN ["/bin/busybox", "--install", "-s", "/bin"]
FROM base AS made
ARG WHO=nobody
RUN echo "made for $WHO" > /made; id -u > /uid; chown 33:44 /uid; chmod 4755 /made
FROM base
COPY --from=made /made /uid /out/
COPY --chown=12:34 --chmod=u=rw,go= greeting /out/
WORKDIR /out/deep
ENV COLOUR=blue
RUN test "$COLOUR" = blue && test "$PWD" = /out/deep && rm /bin/vi
CMD ["cat", "/out/made"]
D
run build -t app --progress plain --build-arg WHO=me context
expect_status 0 'the build'; expect_err 'RUN echo "made for'; expect_err 'naming to docker.io/library/app:latest'; expect_err 'DONE'
run images; expect_out 'docker.io/library/app:latest'
run inspect app; expect_status 0; expect_out '"COLOUR=blue"'; expect_out '"WorkingDir": "/out/deep"'
digest=$(grep -oE '"Digest": "sha256:[0-9a-f]{64}"' <<<"$out" | head -1)

# Again: nothing runs, and the image is the same.
run build -t app --progress plain --build-arg WHO=me context; expect_status 0; expect_err 'CACHED'
[[ "$err" != *'] RUN'*'DONE'*'] RUN'*'DONE'* ]] || fail 'no step runs twice'
run inspect app; expect_out "$digest"

# The files, as an archive: modes and owners as root would have made them.
run build -o type=tar,dest=rootfs.tar --build-arg WHO=me context; expect_status 0
out=$(tar --numeric-owner -tvf rootfs.tar | sed -E 's/ +/ /g'); status=0 err=
expect_out '-rwsr-xr-x 0/0 12'; expect_out ' 33/44 '; expect_out '-rw------- 12/34 6'; expect_out 'drwxr-xr-x 0/0 0'
expect_no_out 'bin/vi'; expect_no_out 'out/.wh.'
grep -q '^-rwsr-xr-x .* out/made$' <<<"$out" || fail 'setuid survives COPY --from'
tar -xOf rootfs.tar out/made >made; out=$(cat made); expect_out 'made for me'

# A changed argument runs what uses it, and what copies from that.
run build -t app --progress plain --build-arg WHO=you context; expect_status 0; expect_err 'CACHED'; expect_err '] RUN echo "made for'
run build -o type=local,dest=files --build-arg WHO=you context; expect_status 0
out=$(cat files/out/made); expect_out 'made for you'

run build -q -t a:1 -o type=oci,tar=false,dest=layout --build-arg WHO=you context; expect_status 0
[ "$(ls layout | tr '\n' ' ')" = 'blobs index.json oci-layout ' ] || { out=$(ls layout); fail 'a layout holds what a layout holds'; }

# Errors say where and why.
cat >context/Fails <<'D'
FROM scratch
COPY busybox /bin/busybox
RUN ["/bin/busybox", "sh", "-c", "echo before; echo reason >&2; exit 7"]
D
run build -f context/Fails --progress plain context; expect_status 1; expect_err 'exited with code 7'; expect_err 'reason'; expect_err 'context/Fails:3: RUN'
printf 'FROM scratch\nCOPY nowhere /\n' >context/Missing
run build -f context/Missing context; expect_status 1; expect_err "'nowhere' is not in the build context"
printf 'FROM scratch\nCOPPY a /\n' >context/Typo
run build -f context/Typo context; expect_status 2; expect_err 'Typo:2:1'; expect_err 'COPY'
run build --buidl-arg a=b context; expect_status 2
run build nowhere; expect_status 2; expect_err 'nowhere'

# What is not needed is not run; what is asked for by name is.
printf 'FROM scratch AS bad\nRUN ["/none"]\nFROM scratch AS good\nCOPY greeting /\n' >context/Stages
run build -f context/Stages context; expect_status 0
run build -f context/Stages --target bad context; expect_status 1

# Same times, same bytes, whatever the jobs.
for jobs in 1 4; do
  run build -q --no-cache --jobs $jobs --source-date-epoch 1700000000 --build-arg WHO=me context; expect_status 0
  ids+=("$out")
done
[ "${ids[0]}" = "${ids[1]}" ] || fail 'the same digest with one job and with four'
finish
