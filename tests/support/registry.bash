# For tests/e2e/registry_*.sh: Debian's docker-registry on free ports of the loopback, small images made here, and
# the registry client as a program. Skips where those programs are missing.
source "$(dirname "${BASH_SOURCE[0]}")/e2e.bash"
for program in docker-registry skopeo openssl; do
  command -v "$program" >/dev/null || { echo "skipped: there is no $program"; exit 77; }
done
tool=${GUARD_BIN:-$repository/build/release/bin}/registry_tool
support=$repository/tests/support
export HOME=$scratch/home PYTHONDONTWRITEBYTECODE=1
unset DOCKER_CONFIG DOCKER_AUTH_CONFIG REGISTRY_AUTH_FILE XDG_RUNTIME_DIR SSL_CERT_FILE SSL_CERT_DIR
unset HTTP_PROXY HTTPS_PROXY NO_PROXY http_proxy https_proxy no_proxy
mkdir -p "$HOME"
pids=()
trap 'for pid in "${pids[@]}"; do kill -9 "$pid" 2>/dev/null; done; rm -rf "$scratch"' EXIT

# run ARGS...: the tool; leaves $out, $err, $status.
run() {
  out=$(timeout 60 "$tool" "$@" 2>"$scratch/.stderr" </dev/null); status=$?
  err=$(cat "$scratch/.stderr")
}
# ok WHAT ARGS...: it must succeed.
ok() { local what=$1; shift; run "$@"; [ "$status" -eq 0 ] || fail "$what"; }
# not_ok WHAT ARGS...: it must fail, and in order.
not_ok() { local what=$1; shift; run "$@"; [ "$status" -eq 1 ] || fail "$what fails"; }

# start_registry NAME [LINES]: its configuration gets the lines; sets $registry_pid and $port.
start_registry() {
  local name=$1
  mkdir -p "$name.data"
  cat >"$name.yml" <<YAML
version: 0.1
log: {accesslog: {disabled: false}, level: info}
storage: {filesystem: {rootdirectory: $PWD/$name.data}, delete: {enabled: true}}
http: {addr: "127.0.0.1:0", secret: not-a-secret${2:-}}
${3:-}
YAML
  docker-registry serve "$name.yml" >"$name.log" 2>&1 & registry_pid=$!
  pids+=("$registry_pid")
  wait_for_port "$name.log" 's/.*listening on .*127\.0\.0\.1:\([0-9]*\).*/\1/p'
}
# start_python SCRIPT LOG ARGS...: a server that prints "port N" first; sets $port.
start_python() {
  local script=$1 log=$2; shift 2
  python3 "$support/$script" "$@" >"$log" 2>&1 & server_pid=$!
  pids+=("$server_pid")
  wait_for_port "$log" 's/^port \([0-9]*\)$/\1/p'
}
wait_for_port() {
  for _ in $(seq 200); do
    port=$(sed -n "$2" "$1" | head -1)
    [ -n "$port" ] && return
    sleep 0.05
  done
  cat "$1"; echo "no server came up"; exit 1
}

# make_certificates: ca.crt and ca.key; server.crt, server.key for localhost and 127.0.0.1; client.cert, client.key.
make_certificates() {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.crt -days 2 \
    -subj '/CN=test authority' -addext basicConstraints=critical,CA:TRUE 2>/dev/null
  local name
  for name in server client; do
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$name.key" -out "$name.csr" -subj "/CN=$name" 2>/dev/null
    printf 'subjectAltName=DNS:localhost,IP:127.0.0.1\n' >"$name.ext"
    openssl x509 -req -in "$name.csr" -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -extfile "$name.ext" -out "$name.crt" 2>/dev/null
  done
}

# make_image DIR TAG [SEED]: an image of two layers in an OCI layout, by umoci-free means.
make_image() { python3 "$support/make_image.py" "$@"; }
