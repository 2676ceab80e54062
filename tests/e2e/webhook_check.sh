#!/usr/bin/env bash
# The command line around the server: check, certs, wrong usage, logs, the status port.
source "$(dirname "$0")/../support/webhook.bash"
run_webhook() { out=$("$webhook" "$@" 2>"$scratch/.stderr" </dev/null); status=$?; err=$(cat "$scratch/.stderr"); }

run_webhook --version; expect_status 0; expect_out 'guard-webhook '
run_webhook --help; expect_status 0; expect_out 'serve'; expect_out 'certs'
run_webhook; expect_status 2
run_webhook serve; expect_status 2; expect_err '--config'
run_webhook serve --config missing.yaml; expect_status 2; expect_err 'missing.yaml'

# Certificates without cert-manager.
run_webhook certs --dns guard-webhook.guard.svc --dns guard-webhook.guard.svc.cluster.local --ip 10.0.0.1 --days 30 --namespace guard --output made
expect_status 0; expect_out 'kind: Secret'; expect_out 'namespace: guard'; expect_out 'caBundle: LS0t'
[ ! -e made/ca.key ] || fail 'the key of the authority is not kept'
[ "$(stat -c %a made/tls.key)" = 600 ] || fail 'the key is private'
openssl verify -CAfile made/ca.crt -purpose sslserver -verify_hostname guard-webhook.guard.svc made/tls.crt >/dev/null || fail 'the certificate is good for its name'
openssl verify -CAfile made/ca.crt -verify_ip 10.0.0.1 made/tls.crt >/dev/null || fail 'the certificate is good for its address'
openssl verify -CAfile made/ca.crt -verify_hostname guard-webhook made/tls.crt >/dev/null 2>&1 && fail 'the common name is no name'
[ "$(grep '  tls.crt:' <<<"$out" | awk '{print $2}' | base64 -d)" = "$(cat made/tls.crt)" ] || fail 'the Secret holds the certificate'
[ "$(grep '^caBundle:' <<<"$out" | awk '{print $2}' | base64 -d)" = "$(cat made/ca.crt)" ] || fail 'the caBundle is the authority'
run_webhook certs; expect_status 2; expect_err '--dns'
run_webhook certs --dns 'not a name'; expect_status 2; expect_err 'no DNS name'
run_webhook certs --dns a.svc --ip 300.1.1.1; expect_status 2; expect_err 'no IP address'
run_webhook certs --dns a.svc --keep-ca-key; expect_status 2; expect_err '--output'
run_webhook certs --dns a.svc --secret 'x: y'; expect_status 2

make_certificates certs
write_config; run_webhook check --config config.yaml
expect_status 0; expect_out 'profiles     relaxed, restricted'; expect_out 'until 20'; expect_out 'are not written down'

# Every mistake at once, each at its place.
write_config 'limits: {bodyBytes: lots, idelTime: 3s}
drain: {delay: 10s, time: 5s}
tls: {certificate: certs/tls.crt, key: certs/other.key, minVersion: "1.1"}
decisonLog: {file: x}
threads: many'
run_webhook check --config config.yaml; expect_status 2
for says in "'bodyBytes' must be a number" "did you mean 'idleTime'" "'time' counts from SIGTERM" "'minVersion' must be one of 1.2, 1.3" \
            "did you mean 'decisionLog'" "'threads' must be a number" 'config.yaml:10:'; do expect_err "$says"; done
write_config 'tls: {certificate: certs/tls.crt, key: certs/missing.key}'
run_webhook check --config config.yaml; expect_status 2; expect_err 'missing.key'
write_config 'tls: {certificate: certs/tls.crt, key: certs/ca.key}'
run_webhook check --config config.yaml; expect_status 2; expect_err 'does not belong to'
write_config 'listen: 127.0.0.1'; sed -i '0,/^listen/{/^listen/d}' config.yaml
run_webhook check --config config.yaml; expect_status 2; expect_err 'has no port'
write_config; run_webhook serve --config config.yaml --ready-file /nonexistent/ready; expect_status 2; expect_err '/nonexistent/ready'

# JSON lines, and a port that is taken.
write_config 'log: {format: json}
decisionLog: {file: decisions.jsonl}'
start_webhook
python 'logs are JSON lines' <<'PY'
lines = [json.loads(line) for line in open('server.log')]
ready = [line for line in lines if line['message'] == 'ready']
assert len(ready) == 1 and ready[0]['listen'] == f'127.0.0.1:{PORT}' and ready[0]['level'] == 'info', lines
assert get('/metrics')[0] == 200 and get('/nothing')[0] == 404
assert metric('guard_webhook_certificate_expiry_timestamp_seconds') > time.time() + 86400
assert metric('guard_webhook_decision_log_records') == 1
verdict(once(request(review(privileged=True))))
assert metric('guard_webhook_decision_log_records') == 2
import urllib.request
try:
    urllib.request.urlopen(urllib.request.Request(f'http://{HOST}:{STATUS_PORT}/metrics', data=b'x'), timeout=5)
    raise AssertionError('POST was taken')
except urllib.error.HTTPError as error: assert error.code in (400, 405, 413), error.code
except ConnectionError: pass
PY
grep -q '"verdict":"deny"' decisions.jsonl || fail 'the decision is on the log'
cp config.yaml second.yaml; sed -i "s/127.0.0.1:0/127.0.0.1:$port/; s/decisions.jsonl/other.jsonl/" second.yaml
run_webhook serve --config second.yaml; expect_status 2; expect_err 'in use'
cp config.yaml third.yaml; run_webhook serve --config third.yaml; expect_status 2; expect_err 'decisions.jsonl'
stop_webhook; expect_status 0 'the end is in order'
finish
