#!/usr/bin/env bash
# The same Dockerfiles built here and by Debian's Buildah give the same files and the same configuration; what Buildah cannot read gives the
# trees that were checked by hand. Differences that are right are listed in tests/equal/differences with the reason.
source "$(dirname "$0")/../support/equal.bash"
compare() { python3 "$repository/tests/support/compare_images.py" "$@" >said 2>&1; status=$?; cat said; out=$(tail -1 said) err=; }
make_context
time_of=$(date +%s)
ours "$scratch/store" "$scratch/ours" >building 2>&1
out=$(cat building) status=0 err=
cat building; echo "built here in $(($(date +%s) - time_of)) s"
[ -z "$out" ] || fail 'every case is built'
compare trees ours "$equal/ours"; expect_status 0 'trees that were checked by hand'

# Another sandbox gives the same digests: as root a chroot, otherwise one user id with remembered owners.
other=(--one-id); [ "$(id -u)" -ne 0 ] || other=(--sandbox chroot)
ours "$scratch/store2" "$scratch/other" "${other[@]}" >building 2>&1
out=$(grep '^not built' building); compared=0
for digest in ours/*.digest; do
  name=$(basename "$digest")
  [ -e "other/$name" ] || continue
  compared=$((compared + 1)); [ "$(<"$digest")" = "$(<"other/$name")" ] || { out=$name; fail "${other[*]} gives the same digest"; }
done
echo "$compared digests are the same with ${other[*]}; $out"
[ "$compared" -ge 60 ] || fail 'most cases are built in the other sandbox'

if ! command -v buildah >/dev/null || [ "$(id -u)" -ne 0 ]; then
  echo 'not compared with Buildah, which takes Debian'"'"'s buildah, as root'
  finish; exit 0
fi
# In memory where that is possible: Buildah waits for the disk at every step.
storage=$(mktemp -d -p /dev/shm 2>/dev/null || mktemp -d)
buildah=(buildah --root "$storage/root" --runroot "$storage/run" --storage-driver vfs)
mkdir theirs
"${buildah[@]}" tag "$("${buildah[@]}" pull -q oci-archive:"$scratch/ours/base.image")" localhost/base:latest
one() {
  mapfile -t own < <(flags "$1")
  "${buildah[@]}" build -q --isolation chroot --format docker --pull-never "${own[@]}" -f "$1" -t "docker-archive:$scratch/theirs/$(basename "$1" .Dockerfile).tar:x:1" \
    context >"theirs/$(basename "$1" .Dockerfile).log" 2>&1 || { echo "Buildah does not build $1"; cat "theirs/$(basename "$1" .Dockerfile).log"; }
}
{ for file in "$equal"/both/*.Dockerfile; do
    one "$file" &
    while [ "$(jobs -rp | wc -l)" -ge 3 ]; do wait -n; done
  done; wait; } >refused 2>&1
out=$(cat refused) status=0; cat refused; echo "both in $(($(date +%s) - time_of)) s"
[ -z "$out" ] || fail 'Buildah builds every case of tests/equal/both'
compare both ours theirs "$equal/differences"; expect_status 0 'the same images'
finish
