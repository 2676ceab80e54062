#!/usr/bin/env bash
# Building from, pushing to and caching in Debian's docker-registry, plain and with TLS and tokens; what was pushed is looked at with
# skopeo, umoci, buildah and runc.
source "$(dirname "$0")/../support/registry.bash"
for program in umoci busybox python3; do
  command -v "$program" >/dev/null || { echo "skipped: there is no $program"; exit 77; }
done
tool=${GUARD_BIN:-$repository/build/release/bin}/rootless-builder
export ROOTLESS_BUILDER_STORE=$scratch/store
fresh_store() { export ROOTLESS_BUILDER_STORE=$scratch/store.$((++stores)); }
stores=0
# downloads LOG: how many blobs a registry was asked for.
downloads() { grep -c '"GET /v2/[^ ]*/blobs/' "$1" || true; }

mkdir context
cp "$(command -v busybox)" context/busybox
echo hello >context/greeting
cat >context/Base <<'D'
FROM scratch
COPY busybox /bin/busybox
RUN ["/bin/busybox", "--install", "-s", "/bin"]
RUN mkdir -p /etc && echo 'root:x:0:0:root:/root:/bin/sh' > /etc/passwd
ENV FROM_BASE=yes
D
dockerfile() { # HOST
  cat >context/Dockerfile <<D
FROM $1/team/base:1 AS made
RUN echo slow > /slow
RUN cp /slow /copy && chown 33:44 /copy && chmod 4711 /copy
FROM $1/team/base:1
COPY --from=made /copy /opt/made/
COPY --chown=12:34 --chmod=640 greeting /opt/
RUN test "\$FROM_BASE" = yes && echo one > /opt/one && ln /opt/one /opt/linked && rm /bin/vi
USER 33
WORKDIR /opt
ENV COLOUR=blue
CMD ["sh", "-c", "echo it runs as \$(id -u) in \$(pwd) with \$COLOUR"]
D
}

# A registry that speaks plain HTTP.
start_registry plain; host=localhost:$port
ok 'a base is pushed' build --progress plain -f context/Base -t "$host/team/base:1" --push context
dockerfile "$host"
fresh_store
ok 'a build on it is pushed' build --progress plain -t "$host/team/app:1" -t "$host/team/app:latest" --push \
  --metadata-file metadata.json --iidfile iid --digest-file digest context
expect_err 'RUN echo slow'
digest=$(cat digest)
inspect() { skopeo inspect --tls-verify=false "$@"; }
for tag in 1 latest; do
  [ "$(inspect --format '{{.Digest}}' "docker://$host/team/app:$tag")" = "$digest" ] || fail "skopeo finds $tag"
done
out=$(python3 - "$(inspect --config "docker://$host/team/app:1")" <<'P'
import json, sys
config = json.loads(sys.argv[1]); metadata = json.load(open('metadata.json'))
assert config['config']['User'] == '33' and config['config']['WorkingDir'] == '/opt', config
assert 'COLOUR=blue' in config['config']['Env'] and 'FROM_BASE=yes' in config['config']['Env'], config
assert len([h for h in config['history'] if not h.get('empty_layer')]) == len(config['rootfs']['diff_ids']), config['history']
assert metadata['containerimage.digest'] == open('digest').read(), metadata
assert metadata['containerimage.config.digest'] == open('iid').read(), metadata
assert metadata['containerimage.descriptor']['digest'] == metadata['containerimage.digest'], metadata
assert metadata['image.name'].count('/team/app:') == 2, metadata
P
) || fail 'configuration and metadata are right'

# The files, unpacked by umoci (whose owners are only right for root), and run by runc.
skopeo copy -q --src-tls-verify=false "docker://$host/team/app:1" oci:copied:app || fail 'skopeo copies it'
rootless=(); [ "$(id -u)" -eq 0 ] || rootless=(--rootless)
umoci unpack "${rootless[@]}" --image copied:app bundle >umoci.log 2>&1 || { out=$(cat umoci.log); fail 'umoci unpacks it'; }
[ "$(cat bundle/rootfs/opt/made/copy)" = slow ] || fail 'files have their content'
[ "$(stat -c %h bundle/rootfs/opt/linked)" = 2 ] || fail 'hard links are links'
[ -e bundle/rootfs/bin/sh ] && [ ! -e bundle/rootfs/bin/vi ] || fail 'removed files are removed'
[ "$(stat -c %a bundle/rootfs/opt/made/copy)" = 4711 ] || fail 'setuid is kept'
if [ "$(id -u)" -eq 0 ]; then
  [ "$(stat -c %u:%g:%a bundle/rootfs/opt/made/copy)" = 33:44:4711 ] || fail 'owners and modes of what a step made'
  [ "$(stat -c %u:%g:%a bundle/rootfs/opt/greeting)" = 12:34:640 ] || fail 'owners and modes of what was copied'
  if command -v runc >/dev/null; then
    python3 -c 'import json; c = json.load(open("bundle/config.json")); c["process"]["terminal"] = False; json.dump(c, open("bundle/config.json", "w"))'
    out=$(runc --root "$PWD/runc" run -b bundle "guard-test-$$" 2>.stderr); status=$?; err=$(cat .stderr)
    if [[ $status -ne 0 && "$err" == *cgroup* ]]; then echo 'no cgroups here: runc is left out'; else expect_status 0 'runc runs it'; expect_out 'it runs as 33 in /opt with blue'; fi
  fi
fi
if command -v buildah >/dev/null; then
  buildah=(buildah --root "$PWD/buildah" --runroot "$PWD/buildah.run" --storage-driver vfs)
  out=$("${buildah[@]}" from --tls-verify=false "docker://$host/team/app:1" 2>.stderr); status=$?; err=$(cat .stderr)
  if [[ $status -ne 0 && "$err" =~ (unshare|user namespace|newuidmap|mount) ]]; then
    echo 'buildah cannot work here: left out'
  else
    expect_status 0 'buildah takes it as a base'
    container=$out
    out=$("${buildah[@]}" inspect --format '{{.OCIv1.Config.WorkingDir}} {{.OCIv1.Config.User}}' "$container" 2>&1); expect_out '/opt 33'
    [ "$(id -u)" -ne 0 ] || { mounted=$("${buildah[@]}" mount "$container"); [ "$(stat -c %u:%a "$mounted/opt/made/copy")" = 33:4711 ] || fail 'buildah sees the same files'; }
    "${buildah[@]}" rm -a >/dev/null 2>&1; "${buildah[@]}" rmi -af >/dev/null 2>&1
  fi
fi

# Names, transfers.
fresh_store
ok 'pull' pull -q "$host/team/app:1"; expect_out "$digest"
ok 'tag' tag "$host/team/app:1" "$host/team/renamed:2" other
ok 'images' images; expect_out "$host/team/renamed:2"; expect_out 'docker.io/library/other:latest'
ok 'push' push -q "$host/team/renamed:2"; expect_out "$digest"
ok 'push elsewhere' push -q other "$host/team/elsewhere:3" --digest-file pushed; [ "$(cat pushed)" = "$digest" ] || fail 'the digest is written down'
[ "$(inspect --format '{{.Digest}}' "docker://$host/team/elsewhere:3")" = "$digest" ] || fail 'it is there'
not_ok 'an image that is not here' push "$host/team/none:1"
ok 'names are taken away' rmi other; ok 'images' images; expect_no_out 'library/other'

# Indexes. Without RUN any platform can be built.
printf 'FROM scratch\nARG TARGETARCH\nCOPY greeting /$TARGETARCH\n' >context/Platforms
ok 'two platforms' build --progress plain -f context/Platforms --platform linux/amd64,linux/arm64 -t "$host/team/both:1" --push context
inspect --raw "docker://$host/team/both:1" >index.json
out=$(python3 -c 'import json; print(sorted(m["platform"]["architecture"] for m in json.load(open("index.json"))["manifests"]))'); status=$? err=
expect_out "['amd64', 'arm64']"
skopeo copy -q --all --src-tls-verify=false "docker://$host/team/both:1" oci:copied:both || fail 'skopeo copies the index'
for arch in amd64 arm64; do
  ok "one for $arch" build --progress plain -f context/Platforms --platform "linux/$arch" -t "$host/team/one:$arch" context
done
ok 'manifest create' manifest create "$host/team/made:1" "$host/team/one:amd64" "$host/team/one:arm64"
made=$out
ok 'manifest inspect' manifest inspect "$host/team/made:1"; expect_out '"arm64"'
ok 'manifest push' manifest push "$host/team/made:1"
[ "$(skopeo inspect --tls-verify=false --raw "docker://$host/team/made:1" | sha256sum | cut -d' ' -f1)" = "${made#sha256:}" ] || fail 'the index is the one that was made'

# The cache in a registry, in a directory, in the image itself: with an empty store, every step is known.
cached() { # WHAT ARGS...
  local what=$1 before; shift
  fresh_store; before=$(downloads plain.log)
  ok "$what" build --progress plain -t "$host/team/app:again" --push --digest-file again "$@" context
  expect_err 'CACHED'
  out=$(grep -A1 -E '\] (RUN|COPY)' <<<"$err" | grep -E 'DONE|ERROR'); [ -z "$out" ] || fail "$what: every step is cached"
  layers=$(($(downloads plain.log) - before))
}
ok 'a cache in the registry' build --progress plain --no-cache -t "$host/team/app:2" --push --cache-to "type=registry,ref=$host/team/cache:x,mode=max" context
cached 'from the registry' --cache-from "type=registry,ref=$host/team/cache:x"
[ "$(cat again)" = "$(inspect --format '{{.Digest}}' "docker://$host/team/app:2")" ] || fail 'the cache gives the same image'
err="$layers blobs were fetched"; [ "$layers" -le 4 ] || fail 'layers stay where they are when they are only pushed'
ok 'a cache in a directory' build --progress plain --cache-to "type=local,dest=$scratch/cached" --cache-from "type=registry,ref=$host/team/cache:x" -t "$host/team/app:3" context
cached 'from the directory' --cache-from "type=local,src=$scratch/cached"
ok 'a cache in the image' build --progress plain --cache-to type=inline -t "$host/team/app:inline" --push context
cached 'from the image' --cache-from "$host/team/app:inline"
fresh_store
ok 'a cache that is not there' build --progress plain --cache-from "type=registry,ref=$host/team/nocache:x" -t app context; expect_err 'DONE'
not_ok 'a registry that is not there' build --progress plain -t 127.0.0.1:1/team/app --push context
run build --cache-to type=nowhere context; expect_status 2 'an unknown cache'

# TLS with an authority of one's own, and tokens.
make_certificates
openssl req -x509 -newkey rsa:2048 -nodes -keyout token.key -out token.crt -days 2 -subj '/CN=tokens' 2>/dev/null
start_python token_server.py tokens.log token.key token.crt 60 server.crt server.key; realm=https://localhost:$port/token
start_registry token ", tls: {certificate: $PWD/server.crt, key: $PWD/server.key}" \
  "auth: {token: {realm: '$realm', service: registry, issuer: tests, rootcertbundle: $PWD/token.crt}}"; secure=localhost:$port
tls=(--ca-file ca.crt)
fresh_store
not_ok 'nobody is known yet' build --progress plain -f context/Base -t "$secure/team/base:1" --push "${tls[@]}" context
login() { out=$("$tool" login -u builder --password-stdin "$secure" "$@" <<<"$password" 2>.stderr); status=$?; err=$(cat .stderr); }
password=wr0ng-pass; login "${tls[@]}"; expect_status 1 'a wrong password'; [[ "$out$err" != *wr0ng* ]] || fail 'it is not repeated'
password=s3cret-token-pass; login; expect_status 1 'an authority that nobody trusts'
login "${tls[@]}"; expect_status 0 'login'; expect_out 'Login Succeeded'
[ "$(stat -c %a "$HOME/.docker/config.json")" = 600 ] || fail 'only we may read it'
ok 'a push with tokens' build --progress plain -f context/Base -t "$secure/team/base:1" --push "${tls[@]}" context
dockerfile "$secure"
fresh_store
ok 'a build on it' build --progress plain -t "$secure/team/app:1" --push "${tls[@]}" --digest-file digest \
  --cache-to "type=registry,ref=$secure/team/cache:x" context
[ "$(skopeo inspect --creds builder:s3cret-token-pass --tls-verify=false --format '{{.Digest}}' "docker://$secure/team/app:1")" = "$(cat digest)" ] || fail 'skopeo finds it'
fresh_store
ok 'its cache' build --progress plain -t "$secure/team/app:2" --push "${tls[@]}" --cache-from "type=registry,ref=$secure/team/cache:x" context
expect_err CACHED; [[ "$err" != *s3cret* ]] || fail 'the password is in no output'
not_ok 'a name that the token is not for' build --progress plain -t "$secure/forbidden/app:1" --push "${tls[@]}" context
ok 'logout' logout "$secure"; expect_out 'Removed'
fresh_store
not_ok 'and out it is' pull "${tls[@]}" "$secure/team/app:1"
# --creds is for one command and one registry.
ok 'a credential for a pull' pull "${tls[@]}" --creds builder:s3cret-token-pass "$secure/team/app:1"; [[ "$err" != *s3cret* ]] || fail 'it is in no output'
not_ok 'a wrong one' pull "${tls[@]}" --creds builder:wr0ng-pass "$secure/team/app:2"
not_ok 'for two registries' pull "${tls[@]}" --creds builder:s3cret-token-pass "$secure/team/app:1" 127.0.0.1:1/app; expect_err 'one registry'
ok 'for a push' push "${tls[@]}" --creds builder:s3cret-token-pass "$secure/team/app:1" "$secure/team/app:3"
fresh_store
ok 'for the base of a build' build "${tls[@]}" --creds builder:s3cret-token-pass -t app context
ok 'for a build and its push' build "${tls[@]}" --creds builder:s3cret-token-pass -t "$secure/team/app:4" --push context
finish
