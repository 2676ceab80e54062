# For tests/e2e/builder_*.sh: the builder instead of guardctl, a store of its own, busybox as what images are made of.
source "$(dirname "${BASH_SOURCE[0]}")/e2e.bash"
busybox=$(command -v busybox) || { echo 'skipped: no busybox here'; exit 77; }
builder=${GUARD_BIN:-$repository/build/release/bin}/rootless-builder
run() {
  out=$("$builder" "$@" 2>"$scratch/.stderr" </dev/null); status=$?
  err=$(cat "$scratch/.stderr")
}
# Unpacked layers may belong to ids of a range: who made them removes them.
clear_store() { [ ! -d "$1" ] || { rm -f "$1/index.json"; echo '{"schemaVersion":2,"manifests":[]}' >"$1/index.json"; "$builder" prune --all --store "$1" >/dev/null 2>&1; }; }
clear_scratch() { clear_store "$scratch/store"; clear_store "$scratch/other"; chmod -R u+rwx "$scratch" 2>/dev/null; rm -rf "$scratch"; }
trap clear_scratch EXIT
export ROOTLESS_BUILDER_STORE=$scratch/store
unset SOURCE_DATE_EPOCH SSH_AUTH_SOCK
# context FOLDER: a context with busybox and the Dockerfile on standard input; "FROM busybox" begins it.
context() {
  mkdir -p "$1"; cp "$busybox" "$1/busybox"
  { printf 'FROM scratch AS busybox\nCOPY busybox /bin/busybox\nRUN ["/bin/busybox", "--install", "-s", "/bin"]\n'; cat; } >"$1/Dockerfile"
}
# files CONTEXT ARGS...: builds and lists the files of the result, "mode uid/gid path", without /bin.
files() {
  run build -q -o type=tar,dest="$scratch/.files.tar" "${@:2}" "$1"
  [ "$status" -eq 0 ] || { fail "the build of $1"; return; }
  listing=$(tar --numeric-owner -tvf "$scratch/.files.tar" | awk '{ if ($6 !~ /^bin\//) print $1, $2, $6, $7, $8 }' | sed 's/ *$//')
}
expect_file() { grep -qxF -- "$1" <<<"$listing" || { out=$listing; fail "the image has '$1'"; }; }
content() { tar -xOf "$scratch/.files.tar" "$1"; }
