#!/usr/bin/env bash
# Pull and push against Debian's docker-registry over plain HTTP, and what skopeo makes of it.
source "$(dirname "$0")/../support/registry.bash"
start_registry plain; host=127.0.0.1:$port
first=$(make_image layout one | cut -d' ' -f1)
make_image layout two other 20000000 arm64 >digests
all=$(cut -d' ' -f2 digests) second=$(cut -d' ' -f1 digests)

# A layout that others made is a store.
ok 'an image is pushed' push --store layout "$host/team/app:1" one
expect_out "pushed $first sent 3 existed 0"
[ "$(skopeo inspect --tls-verify=false --format '{{.Digest}}' "docker://$host/team/app:1")" = "$first" ] || fail 'skopeo finds it'
skopeo copy -q --src-tls-verify=false "docker://$host/team/app:1" oci:copy:one || fail 'skopeo copies it'
ok 'once more nothing is sent' push --store layout "$host/team/app:2" one
expect_out 'sent 0 existed 3'
ok 'an index is pushed with its children' push --store layout "$host/team/app:all" all
expect_out "pushed $all"
skopeo copy -q --all --src-tls-verify=false "docker://$host/team/app:all" oci:copy:all || fail 'skopeo copies the index'
ok 'by digest' push --store layout "$host/team/digest@$second" two
ok 'its digest names it' resolve "$host/team/digest@$second"
expect_out "$second application/vnd.oci.image.manifest.v1+json"
not_ok 'another digest than it has' push --store layout "$host/team/digest@$first" two

# Mounts: a layer that the registry has elsewhere is not sent again.
ok 'layers are mounted' push --store layout --from "$host/team/app:1" "$host/other/app:1" one
expect_out 'mounted 2'

ok 'a pull' pull --store pulled "$host/team/app:1"
expect_out "pulled $first"
[ "$(find pulled/blobs/sha256 -type f | wc -l)" -eq 4 ] || fail 'manifest, configuration and two layers'
ok 'a second pull fetches nothing' pull --store pulled "$host/team/app:1"
expect_no_out transferred
ok 'a platform of an index' pull --store pulled --platform linux/arm64 "$host/team/app:all"
expect_out "pulled $second"; expect_out "target $all"
not_ok 'a platform that is not there' pull --store pulled --platform linux/s390x "$host/team/app:all"
expect_err 's390x'
ok 'all of an index' pull-all --store everything "$host/team/app:all"
expect_out "pulled $all"
ok 'and back again' push --store everything "$host/back/app:all" "$host/team/app:all"
skopeo copy -q --all --src-tls-verify=false "docker://$host/back/app:all" oci:copy:back || fail 'skopeo copies it whole'
cmp "copy/blobs/sha256/${all#sha256:}" "layout/blobs/sha256/${all#sha256:}" || fail 'the index is the same, byte by byte'

# Without its layers: they are mounted, or carried over when it comes to it.
ok 'a lazy pull' pull --store lazy --lazy "$host/team/digest@$second"
expect_no_out "transferred$(printf '\n')blob"
not_ok 'layers that are nowhere' push --store lazy "$host/lazy/app:1" "$host/team/digest@$second"
expect_err 'neither in the store'
ok 'layers are mounted from where they are' push --store lazy --lazy --from "$host/team/digest@$second" "$host/lazy/app:1" "$host/team/digest@$second"
expect_out 'mounted 2'
start_registry second; elsewhere=127.0.0.1:$port
ok 'or carried over' push --store lazy --lazy --from "$host/team/digest@$second" "$elsewhere/lazy/app:1" "$host/team/digest@$second"
expect_out 'sent 3'
skopeo copy -q --src-tls-verify=false "docker://$elsewhere/lazy/app:1" oci:copy:lazy || fail 'skopeo copies it'

# Mirrors.
ok 'a mirror is asked first' pull --store mirrored --mirror "$host" "http://$elsewhere" "$host/lazy/app:1"
expect_out "source $elsewhere/lazy/app"
ok 'and the registry itself where it has none' pull --store mirrored --mirror "$host" "$elsewhere" "$host/team/app:1"
expect_out "source $host/team/app"
not_ok 'unless it may not be asked' pull --store mirrored --mirror "$host" "$elsewhere" --no-fallback "$host/team/app:2"
ok 'a mirror with a path in front' pull --store mirrored --mirror registry.example.com "$elsewhere/lazy" registry.example.com/app:1
expect_out "source $elsewhere/lazy/app"

ok 'tags' tags "$host/team/app"
[ "$out" = $'1\n2\nall' ] || fail 'the tags are listed'
ok 'the push permission is checked' check-push "$host/new/repository"
grep -q '"DELETE /v2/new/repository/blobs/uploads/.*" 204' plain.log || fail 'and the session is given up'
ok 'an artifact' put "$host/cache/steps:key" 'its bytes'
ok 'comes back' artifact "$host/cache/steps:key"
[ "$out" = 'its bytes' ] || fail 'as it was'
ok 'one that is not there' artifact "$host/cache/steps:other"
[ "$out" = absent ] || fail 'is absent'
ok 'one in a repository that is not there' artifact "$host/nothing/here:x"
[ "$out" = absent ] || fail 'is absent'
ok 'a manifest is deleted' delete "$host/team/app:2"
not_ok 'and not there any more' resolve "$host/team/app:2"
expect_err 'there is no image'
not_ok 'what is not there cannot be pulled' pull "$host/team/none:1"
not_ok 'a registry that is not there' resolve --retries 0 127.0.0.1:1/x:1
expect_err 'Connection refused'
finish
