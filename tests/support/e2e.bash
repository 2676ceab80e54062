# For tests/e2e/*.sh: a scratch folder, the programs in $GUARD_BIN, and checks that tell what they saw.
set -uo pipefail
repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
scratch=$(mktemp -d)
trap 'chmod -R u+rwx "$scratch" 2>/dev/null; rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1
guardctl=${GUARD_BIN:-$repository/build/release/bin}/guardctl
failures=0

# run ARGS...: runs guardctl; leaves $out, $err, $status.
run() {
  out=$("$guardctl" "$@" 2>"$scratch/.stderr" </dev/null); status=$?
  err=$(cat "$scratch/.stderr")
}
fail() { failures=$((failures + 1)); printf 'not so: %s\n  status %s\n  stdout: %.2000s\n  stderr: %.2000s\n' "$1" "$status" "$out" "$err"; }
expect_status() { [ "$status" -eq "$1" ] || fail "${2:-exit code} is $1"; }
expect_out() { [[ "$out" == *"$1"* ]] || fail "standard output says '$1'"; }
expect_no_out() { [[ "$out" != *"$1"* ]] || fail "standard output does not say '$1'"; }
expect_err() { [[ "$err" == *"$1"* ]] || fail "standard error says '$1'"; }
finish() { [ "$failures" -eq 0 ] || { echo "$failures failed"; exit 1; }; }

good_pod() {
  cat <<'YAML'
apiVersion: v1
kind: Pod
metadata: {name: good, namespace: shop}
spec:
  automountServiceAccountToken: false
  securityContext: {runAsNonRoot: true, runAsUser: 10001, seccompProfile: {type: RuntimeDefault}}
  containers:
    - name: web
      image: registry.example.com/web@sha256:3f1b2c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f708192a3b4c5d6e7f809
      securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
YAML
}
bad_pod() {
  cat <<'YAML'
apiVersion: v1
kind: Pod
metadata: {name: bad}
spec:
  containers:
    - name: dind
      image: docker:27-dind
      securityContext:
        privileged: true
YAML
}
