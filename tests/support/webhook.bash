# For tests/e2e/webhook_*.sh: a guard-webhook on free ports of the loopback with certificates of its own, stopped by pid.
source "$(dirname "${BASH_SOURCE[0]}")/e2e.bash"
webhook=${GUARD_BIN:-$repository/build/release/bin}/guard-webhook
export PYTHONPATH=$repository/tests/support PYTHONDONTWRITEBYTECODE=1
pid=
trap '[ -n "$pid" ] && kill -9 "$pid" 2>/dev/null; chmod -R u+rwx "$scratch" 2>/dev/null; rm -rf "$scratch"' EXIT

# make_certificates FOLDER: tls.crt, tls.key, ca.crt and ca.key.
make_certificates() {
  "$webhook" certs --dns localhost --ip 127.0.0.1 --days 2 --output "$1" --keep-ca-key >/dev/null || exit 1
}

# write_config [LINES]: config.yaml with these lines besides what every test needs.
write_config() {
  cat >config.yaml <<YAML
apiVersion: guardctl.dev/v1
kind: WebhookConfiguration
listen: 127.0.0.1:0
status: {listen: "127.0.0.1:0"}
profiles:
  restricted:
    packs: {pod-security-restricted: deny, build-isolation: deny}
  relaxed:
    packs: {pod-security-restricted: audit}
${1:-}
YAML
  grep -q '^tls:' config.yaml || echo 'tls: {certificate: certs/tls.crt, key: certs/tls.key}' >>config.yaml
}

# start_webhook: serves config.yaml; sets $pid, $port, $status_port; what it tells goes to server.log.
start_webhook() {
  rm -f ready
  "$webhook" serve --config config.yaml --ready-file ready 2>server.log & pid=$!
  for _ in $(seq 200); do
    [ -s ready ] && break
    kill -0 "$pid" 2>/dev/null || { cat server.log; echo 'the webhook did not start'; exit 1; }
    sleep 0.05
  done
  port=$(sed -n 's/^listen=.*://p' ready)
  status_port=$(sed -n 's/^status=.*://p' ready)
  export GUARD_PORT=$port GUARD_STATUS_PORT=$status_port GUARD_CA=$PWD/certs/ca.crt GUARD_PID=$pid
}

# stop_webhook: SIGTERM; leaves $status.
stop_webhook() { kill "$pid" 2>/dev/null; wait "$pid"; status=$?; pid=; }

# python: a script from standard input with webhook_client imported; a failure is told and counted.
python() {
  out=$(timeout 120 python3 -c "from webhook_client import *
$(cat)" 2>"$scratch/.stderr"); status=$?
  err=$(cat "$scratch/.stderr")
  [ "$status" -eq 0 ] || fail "$1"
}

# metric NAME-WITH-LABELS: its value, or nothing.
metric() { curl -s "http://127.0.0.1:$status_port/metrics" | grep -F "$1 " | sed 's/.* //'; }
