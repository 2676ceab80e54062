#!/usr/bin/env bash
# docker, buildah, podman and kaniko as their users call them; install and stand-in as pods do.
source "$(dirname "$0")/../support/e2e.bash"
busybox=$(command -v busybox) || { echo 'skipped: no busybox here'; exit 77; }
builder=${GUARD_BIN:-$repository/build/release/bin}/rootless-builder
run() {
  out=$("$@" 2>"$scratch/.stderr" </dev/null); status=$?
  err=$(cat "$scratch/.stderr")
}
export ROOTLESS_BUILDER_STORE=$scratch/store
unset DOCKER_HOST DOCKER_CONTEXT DOCKER_TLS_VERIFY DOCKER_CERT_PATH
run "$builder" install bin; expect_status 0
run "$builder" install bin; expect_status 0 'installing again'
export PATH=$scratch/bin:$PATH
mkdir context; cp "$busybox" context/busybox
printf 'FROM scratch\nCOPY busybox /bin/busybox\nRUN ["/bin/busybox", "mkdir", "/made"]\nLABEL colour=blue\n' >context/Dockerfile

run docker build -q -t app:1 context; expect_status 0; expect_out 'sha256:'; id=$out
run docker images --format '{{.Repository}}:{{.Tag}}'; expect_out 'app:1'
run docker inspect -f '{{.Id}} {{index .Config.Labels "colour"}}' app:1; expect_out "$id blue"
run docker tag app:1 app:2; expect_status 0
run docker save -o app.tar app:1; expect_status 0
run docker rmi app:1 app:2; expect_status 0
run docker load -i app.tar; expect_status 0; expect_out 'Loaded image: docker.io/library/app:1'
run docker info; expect_status 0
DOCKER_HOST=tcp://docker:2375 run docker ps; expect_status 0; expect_err 'DOCKER_HOST is ignored'
run docker run app:1; expect_status 125; expect_err 'needs a Docker daemon'
run docker exec x ls; expect_status 1; expect_err 'hint:'
run docker build --plaform linux/amd64 context; expect_status 125; expect_err 'did you mean --platform?'
run docker -H tcp://x info; expect_status 125

run buildah bud --manifest both -t b context; expect_status 0
run buildah manifest inspect both; expect_out '"architecture"'
run buildah manifest exists nothing; expect_status 1
run podman build -v /a:/b context; expect_status 125; expect_err '--build-context'
run buildah from scratch; expect_status 125; expect_err 'Dockerfile'

run "$builder" kaniko --context "dir://$scratch/context" --no-push --destination app:1 --tar-path k.tar --digest-file digest --cleanup
expect_status 0; [ -s k.tar ] || fail 'the archive is there'
out=$(cat digest); expect_out 'sha256:'
run "$builder" kaniko --context context; expect_status 1; expect_err '--destination'
ln -s rootless-builder bin/warmer; run warmer; expect_status 1; expect_err 'nothing to warm'

# The port takes connections; whoever asks for something learns what to do instead; SIGTERM ends it at once.
port=$((20000 + RANDOM % 10000))
"$builder" stand-in --ports $port --address 127.0.0.1 2>/dev/null & server=$!
for _ in $(seq 50); do (exec 3<>/dev/tcp/127.0.0.1/$port) 2>/dev/null && break; sleep 0.1; done
ask() { exec 3<>/dev/tcp/127.0.0.1/$port; printf '%s' "$1" >&3; timeout 5 cat <&3; exec 3>&-; }
run ask $'GET /_ping HTTP/1.1\r\n\r\n'; expect_out '200 OK'
run ask $'GET /v1.47/info HTTP/1.1\r\n\r\n'; expect_out '503 '; expect_out '{"message":"there is no Docker daemon here'
kill -TERM $server; wait $server; status=$?; expect_status 0 'the end after SIGTERM'
finish
