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

if ! command -v buildah >/dev/null || [ "$(id -u)" -ne 0 ]; then
  finish
  echo 'skipped: comparing needs Debian'"'"'s buildah, as root'; exit 77
fi
# In memory where that is possible: Buildah waits for the disk at every step.
storage=$(mktemp -d -p /dev/shm 2>/dev/null || mktemp -d)
trap 'rm -rf "$storage" "$scratch"' EXIT
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
