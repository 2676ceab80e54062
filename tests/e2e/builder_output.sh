#!/usr/bin/env bash
# Every --output, read by programs that nobody here wrote; and what a killed build leaves behind.
source "$(dirname "$0")/../support/builder.bash"
for tool in skopeo umoci jq; do command -v $tool >/dev/null || { echo "skipped: no $tool here"; exit 77; }; done
context app <<'D'
FROM busybox
RUN echo content > /file; chown 3:4 /file; chmod 4755 /file; ln -s file /link
USER 7:8
CMD ["cat", "/file"]
D
# same_config WHERE WHAT: skopeo reads it, and it is the image.
same_config() { skopeo inspect --config "$1" 2>.stderr | jq -e '.config.User == "7:8" and .config.Cmd == ["cat", "/file"]' >/dev/null || { err=$(<.stderr); fail "skopeo reads $2"; }; }
run build -q -t app:1 app; expect_status 0; same_config "oci:$ROOTLESS_BUILDER_STORE:docker.io/library/app:1" 'the store'

# A layout is what the specification says, and nothing else.
run build -q -t app:1 -o type=oci,dest=layout,tar=false app; expect_status 0
out=$(ls layout | tr '\n' ' ') err=; [ "$out" = 'blobs index.json oci-layout ' ] || fail 'a layout has nothing of a store'
same_config oci:layout:docker.io/library/app:1 'a layout'
umoci unpack --rootless --image layout:docker.io/library/app:1 unpacked >/dev/null 2>.stderr || { err=$(<.stderr); fail 'umoci unpacks a layout'; }
[ "$(cat unpacked/rootfs/link 2>/dev/null)" = content ] || fail 'umoci finds the file'
# A second image in the same layout leaves the first.
run build -q -t app:2 -o type=oci,dest=layout,tar=false app; expect_status 0
same_config oci:layout:docker.io/library/app:1 'the first image of a layout'; same_config oci:layout:docker.io/library/app:2 'its second'
# A store that is named as a layout stays a store.
run build -q -t app:1 --store other app; expect_status 0
run build -q -t app:3 -o type=oci,dest=other,tar=false app; expect_status 0
[ -e other/boot ] && [ -e other/lock ] || fail 'a store stays one'

run build -q -t app:1 -o type=oci,dest=app.oci app; expect_status 0; same_config oci-archive:app.oci 'an OCI archive'
run build -q -t app:1 -o type=docker,dest=app.docker app; expect_status 0; same_config docker-archive:app.docker 'a Docker archive'
out=$(tar -xOf app.docker manifest.json | jq -r '.[0].RepoTags[0]') err=; expect_out 'app:1'
run build -q -o type=tar,dest=app.tar app; expect_status 0
out=$(tar --numeric-owner -tvf app.tar | sed -E 's/ +/ /g'); expect_out '-rwsr-xr-x 3/4 8'; expect_out 'link -> file'
run build -q -o type=local,dest=files app; expect_status 0; [ "$(cat files/link)" = content ] || fail 'the files are there'
run build -o type=oci,dset=x app; expect_status 2; expect_err dset

# What others say about a cache's form is what we write; its opposite is refused.
run build -q --cache-to type=registry,ref=localhost:1/c,image-manifest=false app; expect_status 2; expect_err 'image-manifest=true'
run build --dry-run --cache-to type=registry,ref=localhost:1/c,mode=max,image-manifest=true,oci-mediatypes=true app; expect_status 0

# A build that was killed leaves no secret for longer than until the next one.
[ -w /dev/shm ] || { finish; exit 0; }
context slow <<'D'
FROM busybox
RUN --mount=type=secret,id=s while :; do sleep 1; done
D
echo hush >secret
mine() { find /dev/shm -maxdepth 1 -name 'rootless-builder-*' -user "$(id -u)" -newer "$scratch/secret" | wc -l; }
"$builder" build --progress plain --secret id=s,src=secret slow >/dev/null 2>.slow & slow=$!
for ((i = 0; i < 200; i++)); do [ "$(mine)" -gt 0 ] && break; sleep 0.05; done
[ "$(mine)" -gt 0 ] || { err=$(<.slow); fail 'the step has begun'; }
kill -9 $slow; wait $slow 2>/dev/null
for ((i = 0; i < 100; i++)); do run build -q app; [ "$(mine)" -eq 0 ] && break; sleep 0.1; done
expect_status 0; [ "$(mine)" -eq 0 ] || { out=$(ls -l /dev/shm); fail 'its secret is gone'; }
finish
