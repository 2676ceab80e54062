# For tests/e2e/sandbox*.sh: a root directory of busybox, and checks on what a step in it does.
set -uo pipefail
repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
program=${GUARD_BIN:-$repository/build/release/bin}/sandbox_run
scratch=$(mktemp -d)
trap 'chmod -R u+rwx "$scratch" 2>/dev/null; rm -rf "$scratch"' EXIT
chmod 755 "$scratch"
cd "$scratch" || exit 1
failures=0
busybox=$(command -v busybox) || { echo 'skipped: no busybox'; exit 77; }
# grep without -q: it reads to the end.
if ldd "$busybox" 2>&1 | grep '=>' >/dev/null; then echo 'skipped: busybox is not static'; exit 77; fi

new_root() {  # NAME
  mkdir -p "$1/bin" "$1/tmp" store
  cp "$busybox" "$1/bin/busybox"
  local name
  for name in $("$busybox" --list); do [ "$name" = busybox ] || ln -s busybox "$1/bin/$name"; done
}
# step OPTIONS... -- COMMAND...: leaves $out, $err and $status. $kind says which sandbox.
step() {
  out=$(timeout 60 "$program" ${kind:-} --root "$scratch/root" --store "$scratch/store" "$@" 2>"$scratch/.stderr" </dev/null | tr -d '\0'
        exit "${PIPESTATUS[0]}")
  status=$?
  err=$(cat "$scratch/.stderr")
}
fail() { failures=$((failures + 1)); printf 'not so (%s): %s\n  status %s\n  stdout: %.2000s\n  stderr: %.2000s\n' "${kind:-}" "$1" "$status" "$out" "$err"; }
expect_status() { [ "$status" -eq "$1" ] || fail "${2:-exit status} is $1"; }
expect_out() { [[ "$out" == *"$1"* ]] || fail "the output says '$1'"; }
expect_no_out() { [[ "$out" != *"$1"* ]] || fail "the output does not say '$1'"; }
expect_err() { [[ "$err" == *"$1"* ]] || fail "the error says '$1'"; }
finish() { [ "$failures" -eq 0 ] || { echo "$failures failed"; exit 1; }; }
# Skips where this kind is not possible here.
possible() { step -- true; [ "$status" -ne 200 ]; }
