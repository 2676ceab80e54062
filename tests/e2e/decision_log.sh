#!/usr/bin/env bash
# The decision log under kill -9, and what verify-log says of logs that somebody has changed.
source "$(dirname "$0")/../support/e2e.bash"
writer=$(dirname "$guardctl")/decision_writer

# Hundreds of kills, in the midst of writes, rotations and repairs.
for sync in write fsync; do
  mkdir "killed-$sync"
  out=$("$writer" "killed-$sync" $([ $sync = write ] && echo 300 || echo 100) $sync 2>&1); status=$?; err=
  expect_status 0 "decision_writer $sync"; expect_out 'records acknowledged'
  run evidence verify-log "killed-$sync"; expect_status 0; expect_out 'the chain holds'; expect_out 'break'
done
run evidence verify-log killed-write --format json; expect_status 0
python3 - "$out" <<'PY' || fail 'the JSON report says what the log holds'
import json, sys
report = json.loads(sys.argv[1])
log, = report["logs"]
assert report["version"] == 1 and log["findingCount"] == 0 and log["last"]["closed"], log
assert len(log["files"]) == 4 and log["records"] == log["last"]["seq"] - log["first"]["seq"] + 1, log
assert log["verdicts"]["deny"] == log["decisions"] > 0, log
PY

# Somebody changes it; the log is small enough to do that by hand.
newest=killed-write/decisions.jsonl.$(ls killed-write | grep -oE '[0-9]{12}$' | tail -1)
cp "$newest" log.jsonl
run evidence verify-log log.jsonl; expect_status 0
head=$(grep -oE '^  head [0-9a-f]{64}' <<<"$out" | cut -c8-)
tampered() { # NAME SED-SCRIPT EXPECTED
  sed "$2" log.jsonl >"$1.jsonl"
  run evidence verify-log "$1.jsonl"; expect_status 1 "exit code of $1"; expect_out "$1.jsonl:$3"
}
tampered changed '5s/"verdict":"deny"/"verdict":"allow"/' '5: changed'
tampered missing '5d' '5: missing'
tampered reordered '5{h;d};6G' '5: reordered'
tampered duplicated '5p' '6: duplicated'
tampered garbled '5s/^/x/' '5: changed'
head -c -20 log.jsonl >cut.jsonl
run evidence verify-log cut.jsonl; expect_status 1; expect_out 'truncated'
sed '$d' log.jsonl >shorter.jsonl
run evidence verify-log shorter.jsonl; expect_status 0
run evidence verify-log shorter.jsonl --head "$head"; expect_status 1; expect_out 'missing'
run evidence verify-log log.jsonl --head "$head"; expect_status 0
rm "$newest"
run evidence verify-log killed-write; expect_status 1 'a rotated file that is gone'; expect_out 'missing'

# What is no log, and what cannot be read.
: >empty.jsonl; run evidence verify-log empty.jsonl; expect_status 1; expect_out 'no record'
mkdir none; run evidence verify-log none; expect_status 3; expect_err 'no decision log'
run evidence verify-log absent.jsonl; expect_status 2; expect_err 'absent.jsonl'
run evidence verify-log; expect_status 2
head -c 3000000 /dev/urandom >noise.jsonl; run evidence verify-log noise.jsonl; expect_status 1; expect_out 'noise.jsonl:1: truncated'

# guard-webhook itself, killed while it answers: no answer has left whose decision is not on the log.
webhook=$(dirname "$guardctl")/guard-webhook
if [ -x "$webhook" ]; then
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost \
    -addext subjectAltName=DNS:localhost -keyout tls.key -out tls.crt 2>/dev/null
  mkdir served
  cat >webhook.yaml <<'YAML'
apiVersion: guardctl.dev/v1
kind: WebhookConfiguration
listen: 127.0.0.1:0
status: {listen: 127.0.0.1:0}
tls: {certificate: tls.crt, key: tls.key}
decisionLog: {file: served/decisions.jsonl}
threads: 2
profiles: {ci: {packs: {build-isolation: deny}}}
YAML
  out=$(timeout 60 python3 - "$webhook" 2>&1 <<'PY'
import glob, http.client, json, os, random, signal, ssl, subprocess, sys, threading, time
answered, lock = set(), threading.Lock()
tls = ssl.create_default_context(cafile='tls.crt')
def start():
    if os.path.exists('ready'): os.unlink('ready')
    server = subprocess.Popen([sys.argv[1], 'serve', '--config', 'webhook.yaml', '--ready-file', 'ready'], stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    for _ in range(1000):
        if os.path.exists('ready') and open('ready').read().endswith('\n'): break
        time.sleep(0.005)
    return server, int(open('ready').read().split('\n')[0].rsplit(':', 1)[1])
def ask(port, name):
    try:
        connection = http.client.HTTPSConnection('localhost', port, context=tls, timeout=5)
        for i in range(100000):
            uid = f'{name}-{i}'
            review = {'apiVersion': 'admission.k8s.io/v1', 'kind': 'AdmissionReview', 'request': {
                'uid': uid, 'kind': {'group': '', 'version': 'v1', 'kind': 'Pod'}, 'resource': {'group': '', 'version': 'v1', 'resource': 'pods'},
                'namespace': 'shop', 'operation': 'CREATE', 'userInfo': {'username': 'dev'},
                'object': {'apiVersion': 'v1', 'kind': 'Pod', 'metadata': {'name': 'x'}, 'spec': {'containers': [{'name': 'a', 'image': 'a'}]}}}}
            connection.request('POST', '/validate/ci', json.dumps(review), {'Content-Type': 'application/json'})
            answer = json.loads(connection.getresponse().read())
            assert answer['response']['uid'] == uid
            with lock: answered.add(uid)
    except (OSError, http.client.HTTPException, ValueError):
        pass
for round in range(20):
    server, port = start()
    threads = [threading.Thread(target=ask, args=(port, f'{round}-{t}')) for t in range(3)]
    for thread in threads: thread.start()
    time.sleep(random.uniform(0.01, 0.2))
    server.kill(); server.wait()
    for thread in threads: thread.join()
server, _ = start()
server.send_signal(signal.SIGTERM)
if server.wait() != 0: sys.exit('SIGTERM')
logged = {json.loads(line).get('uid') for name in glob.glob('served/decisions.jsonl*') if not name.endswith('.lock') for line in open(name, 'rb') if line.endswith(b'}\n')}
print(f'{len(answered)} answers, {len(answered - logged)} without a record')
sys.exit(not answered or bool(answered - logged))
PY
  ); status=$?; err=
  echo "$out"
  expect_status 0 'every answer has its record'; [[ "$out" == *' 0 without a record' ]] || fail 'answers and records'
  run evidence verify-log served; expect_status 0; expect_out 'unclosed'; expect_out '(closed)'
fi
finish
