#!/usr/bin/env bash
# SIGTERM: not ready at once, every answer is given, and the end is in order; a second one ends at once.
source "$(dirname "$0")/../support/webhook.bash"
make_certificates certs

write_config 'drain: {delay: 1s, time: 3s}
decisionLog: {file: decisions.jsonl, sync: fsync}'
start_webhook
python 'no answer is lost when the server ends under load' <<'PY'
def refused():
    try: Connection().close()
    except OSError: return True
assert get('/readyz') == (200, 'ok\n') and get('/livez')[0] == 200 and get('/healthz')[0] == 200
idle, half = Connection(), Connection()
half.send(request()[:-20])
load = Load(callers=6, reconnect=False)
assert until(lambda: load.answers > 100)
os.kill(int(os.environ['GUARD_PID']), 15)
assert until(lambda: get('/readyz')[0] == 503, 1)
assert get('/livez')[0] == 200
before = load.answers
assert verdict(once(request()))['allowed'], 'new connections are taken for a while'
time.sleep(0.3)
assert load.answers > before
assert until(refused)
# What was open is still served, and then told to go.
half.send(request()[-20:])
answer = half.answer()
assert verdict(answer)['allowed'] and answer[1]['connection'] == 'close'
assert idle.closed()
load.stop()
assert not load.failures, load.failures[:3]
print(load.answers)
PY
wait "$pid"; status=$?; pid=
expect_status 0 'the end is in order'
tail -1 decisions.jsonl | grep -q '"type":"close"' || fail 'the decision log is closed'
[ "$(grep -c '"type":"decision"' decisions.jsonl)" -ge "${out:-1}" ] || fail 'every answer is on the log'

write_config 'drain: {delay: 30s, time: 60s}'
start_webhook
kill "$pid"; sleep 0.3
kill -0 "$pid" 2>/dev/null || fail 'it drains'
kill "$pid"; wait "$pid"; status=$?; pid=
expect_status 143 'a second SIGTERM ends at once'

write_config 'drain: {delay: 0s, time: 10s}'
start_webhook
kill "$pid"; SECONDS=0; wait "$pid"; status=$?; pid=
expect_status 0 'without connections nothing is waited for'
[ "$SECONDS" -le 4 ] || fail 'it ends at once'
finish
