#!/usr/bin/env bash
# Our own images, made by our own builder, read by skopeo and umoci and run by runc.
source "$(dirname "$0")/../support/builder.bash"
for tool in skopeo umoci jq strip; do command -v $tool >/dev/null || { echo "skipped: no $tool here"; exit 77; }; done
bin=$(dirname "$builder")
out=$(STORE=$ROOTLESS_BUILDER_STORE "$repository/deploy/images/make" "$bin" registry.example.com/guard 1.2.3 2>.stderr); status=$?; err=$(<.stderr)
expect_status 0 'making the images'
first=$out
for name in rootless-builder guard-webhook guardctl; do
  [[ "$out" =~ registry.example.com/guard/$name:1.2.3@sha256:[0-9a-f]{64} ]] || fail "the digest of $name is told"
  skopeo inspect --config "oci:$ROOTLESS_BUILDER_STORE:registry.example.com/guard/$name:1.2.3" >$name.json 2>/dev/null || fail "skopeo reads $name"
  user=$(jq -r .config.User $name.json)
  [[ "$user" =~ ^[1-9][0-9]*:[1-9][0-9]*$ ]] || fail "$name runs as a number that is not root: $user"
  [ "$(jq -r '.config.Entrypoint[0]' $name.json)" = "/usr/local/bin/$name" ] || fail "$name's entrypoint"
  [ "$(jq -r '.config.Labels["org.opencontainers.image.version"]' $name.json)" = 1.2.3 ] || fail "$name's version"
  umoci unpack --rootless --image "$ROOTLESS_BUILDER_STORE:registry.example.com/guard/$name:1.2.3" $name >/dev/null 2>.stderr || { err=$(<.stderr); fail "umoci unpacks $name"; }
done

root=rootless-builder/rootfs
size=$(stat -c %s $root/usr/local/bin/rootless-builder)
[ "$size" -lt $((15 << 20)) ] || fail "the builder is smaller than 15 MB: $size bytes"
! ldd $root/usr/local/bin/rootless-builder >/dev/null 2>&1 || fail 'the builder is static'
for link in usr/local/bin/docker usr/local/bin/buildah kaniko/executor; do [ -L $root/$link ] || fail "$link is there"; done
for shell in bin/sh busybox/sh; do [ -L $root/$shell ] || fail "$shell is there"; done
for place in kaniko/.docker workspace; do [ "$(stat -c %a $root/$place)" = 777 ] || fail "any user may write to $place"; done
[ -s $root/etc/ssl/certs/ca-certificates.crt ] || fail 'CA certificates are there'
for name in guard-webhook guardctl; do
  [ -z "$(find $name/rootfs -name sh -o -name busybox)" ] || fail "$name has no shell"
done

# The same programs give the same bytes.
out=$(STORE=$scratch/other "$repository/deploy/images/make" "$bin" registry.example.com/guard 1.2.3 2>.stderr); status=$?; err=$(<.stderr)
[ "$out" = "$first" ] || fail 'the same digests again'

# In a container with no capability and no privilege to gain; as the image's user where root may map one, else as the only user that is mapped.
command -v runc >/dev/null || { echo 'not run in a container: no runc here'; finish; exit 0; }
in_container() { # BUNDLE ARGS...: as the image says, but for the arguments
  local bundle=$1; shift
  jq --argjson root "$([ "$(id -u)" = 0 ] && echo true || echo false)" --argjson args "$(printf '%s\n' "$@" | jq -R . | jq -s .)" '.process.args = [.process.args[0]] + $args
    | .process.terminal = false | .process.noNewPrivileges = true | .process.capabilities = {} | .root.readonly = false
    | .linux.namespaces |= map(select(.type != "network")) | del(.linux.resources)
    | if $root then .linux.uidMappings = [{containerID: 0, hostID: 0, size: 65536}] | .linux.gidMappings = .linux.uidMappings
      else .process.user = {uid: 0, gid: 0} end' \
    "$bundle/config.json" >"$bundle/.config" && mv "$bundle/.config" "$bundle/config.json"
  out=$(runc --root "$scratch/runc" run --bundle "$bundle" "guard-$$-$RANDOM" 2>.stderr </dev/null); status=$?; err=$(<.stderr)
}
in_container guardctl version
if [ $status -ne 0 ] && grep -qE 'permission denied|operation not permitted|cgroup' <<<"$err"; then
  echo "not run in a container: this place does not let runc: $err"; finish; exit 0
fi
expect_status 0 'guardctl in its container'; expect_out guardctl
in_container guard-webhook --version; expect_status 0 'guard-webhook in its container'; expect_out 'guard-webhook 0'
printf 'FROM scratch\nCOPY Dockerfile /hello\nUSER 7\n' >$root/workspace/Dockerfile
in_container rootless-builder build --sandbox none -t hello:1 -o type=oci,dest=/tmp/hello.tar /workspace
expect_status 0 'a build in the builder'\''s container'
skopeo inspect --config "oci-archive:$root/tmp/hello.tar" 2>/dev/null | jq -e '.config.User == "7"' >/dev/null || fail 'skopeo reads what it built'
[ "$(id -u)" = 0 ] || { echo 'no step in the container: runc without root maps root alone, which the kernel takes into no further user namespace'; finish; exit 0; }
# A step runs there with the seccomp profile for such pods, as a node would load it.
jq --slurpfile profile "$repository/deploy/builder/seccomp.json" '.linux.seccomp = $profile[0]' rootless-builder/config.json >.config && mv .config rootless-builder/config.json
cp "$busybox" $root/workspace/busybox
printf 'FROM scratch\nCOPY busybox /bin/busybox\nRUN ["/bin/busybox", "sh", "-c", "busybox id -u > /id; busybox chown 5:6 /id"]\n' >$root/workspace/Dockerfile
in_container rootless-builder build -o type=oci,dest=/tmp/step.tar /workspace
expect_status 0 'a step in the builder'\''s container'
layer=$(tar -xOf $root/tmp/step.tar index.json | jq -r '.manifests[0].digest' | tr : /)
layer=$(tar -xOf $root/tmp/step.tar "blobs/$layer" | jq -r '.layers[-1].digest' | tr : /)
[ "$(tar -xOf $root/tmp/step.tar "blobs/$layer" | tar -tzvf - --numeric-owner | awk '/ id$/ { print $2 }')" = 5/6 ] || fail 'owners are those that the step gave'
finish
