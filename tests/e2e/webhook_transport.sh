#!/usr/bin/env bash
# Connections: protocol versions, callers' certificates, slow and silent clients, very many of them.
source "$(dirname "$0")/../support/webhook.bash"
make_certificates certs
sign() {  # sign NAME COMMON-NAME DNS: a caller's certificate by the same authority
  openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$1.key" -out "$1.csr" -subj "/CN=$2" 2>/dev/null
  openssl x509 -req -in "$1.csr" -CA certs/ca.crt -CAkey certs/ca.key -CAcreateserial -days 1 -out "$1.crt" \
    -extfile <(echo "subjectAltName=DNS:$3") 2>/dev/null
}

write_config 'limits: {connections: 1200, headBytes: 16Ki, handshakeTime: 500ms, readTime: 700ms, writeTime: 500ms, idleTime: 1s, memory: 4Mi, bodyBytes: 8Mi}'
start_webhook

python 'TLS 1.2 and 1.3 with HTTP/1.1, and nothing older' <<'PY'
for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
    assert verdict(once(request(), context(version=version)))['allowed']
old = context()
old.set_ciphers('ALL:@SECLEVEL=0')
old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
try:
    once(request(), old)
    raise AssertionError('TLS 1.1 was spoken')
except ssl.SSLError: pass
both = context()
both.set_alpn_protocols(['h2', 'http/1.1'])
with Connection(both) as connection:
    assert connection.socket.selected_alpn_protocol() == 'http/1.1' and verdict(connection.ask(request()))['allowed']
only = context()
only.set_alpn_protocols(['h2'])
try:
    once(request(), only)
    raise AssertionError('h2 was agreed on')
except ssl.SSLError: pass
other = ssl.create_default_context()
try:
    once(request(), other)
    raise AssertionError('an unknown authority was accepted')
except ssl.SSLError: pass
PY

python 'plain HTTP on the TLS port is told so; other noise is just closed' <<'PY'
plain = socket.create_connection((HOST, PORT), 10)
plain.sendall(b'POST /validate/restricted HTTP/1.1\r\nHost: x\r\n\r\n')
got = b''
while part := plain.recv(4096): got += part
assert b'400' in got and b'HTTPS' in got, got
for noise in (b'\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03' + b'\0' * 600, b'\0' * 100, b'\x80' * 70000, b'SSH-2.0-x\r\n'):
    raw = socket.create_connection((HOST, PORT), 10)
    try:
        raw.sendall(noise)
        while raw.recv(4096): pass
    except ConnectionError: pass
assert verdict(once(request()))['allowed']
PY

python 'whoever is slow is given up: in the handshake, the head, the body, between requests, and as a reader' <<'PY'
def ends(connection, least, most, says=None):
    begin = time.time()
    connection.settimeout(10)
    data = b''
    try:
        while part := connection.recv(65536): data += part
    except (ConnectionError, ssl.SSLError): pass
    took = time.time() - begin
    assert least <= took <= most, took
    assert says is None or says in data, data
raw = socket.create_connection((HOST, PORT), 10)
head_only, in_body, idle, fresh = Connection(), Connection(), Connection(), Connection()
head_only.send(b'POST /validate/restricted HTTP/1.1\r\nHost: x\r\n')
in_body.send(head(100) + b'{"a":')
verdict(idle.ask(request()))
ends(raw, 0, 9)
ends(head_only.socket, 0, 9, b'408')
ends(in_body.socket, 0, 9, b'408')
ends(idle.socket, 0, 9)
ends(fresh.socket, 0, 9)
# A byte now and then does not buy more time.
drip = Connection()
begin = time.time()
try:
    for byte in head(10): drip.send(bytes([byte])); time.sleep(0.05)
    answer = drip.answer()
except OSError: answer = (408, {}, b'')
assert time.time() - begin < 9
# Answers that nobody takes.
deaf = Connection()
deaf.tcp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096) if deaf.tcp.fileno() >= 0 else None
deaf.socket.settimeout(0.5)
try:
    while True: deaf.send(request(review(privileged=True)) * 20)
except (OSError, ssl.SSLError): pass
assert until(lambda: metric('guard_webhook_timeouts_total{phase="write"}') >= 1)
for phase in ('handshake', 'idle', 'read'): assert metric('guard_webhook_timeouts_total{phase="%s"}' % phase) >= 1, phase
deaf.close()
assert until(lambda: metric('guard_webhook_connections') == 0), metric('guard_webhook_connections')
PY

python 'unfinished requests share a bounded memory' <<'PY'
crowd = []
for _ in range(12):
    connection = Connection()
    crowd.append(connection)
    try: connection.send(head(8 << 20) + b'x' * (900 << 10))
    except OSError: pass
assert until(lambda: metric('guard_webhook_http_responses_total{code="503"}') >= 1)
assert metric('guard_webhook_request_bytes_held') <= 4 << 20
for connection in crowd: connection.close()
assert verdict(once(request()))['allowed']
assert until(lambda: metric('guard_webhook_request_bytes_held') == 0)
PY
stop_webhook; expect_status 0 'the end is in order'

write_config 'limits: {connections: 1010, handshakeTime: 20s}'
start_webhook
python 'a thousand idle connections cost little, and one more waits for its turn' <<'PY'
tls = context()
before = metric('process_resident_memory_bytes')
crowd = [Connection(tls) for _ in range(1000)]
assert verdict(crowd[0].ask(request()))['allowed'] and verdict(crowd[-1].ask(request()))['allowed']
after = metric('process_resident_memory_bytes')
assert metric('guard_webhook_connections') == 1000
assert after < 60e6, (before, after)
print(f'{(after - before) / 1000:.0f} bytes each')
crowd += [Connection(tls) for _ in range(10)]
late = []
thread = threading.Thread(target=lambda: late.append(once(request(), tls)))
thread.start()
time.sleep(0.3)
assert not late
for connection in crowd: connection.close()
thread.join()
assert verdict(late[0])['allowed']
PY
echo "$out"
stop_webhook; expect_status 0 'the end is in order'

sign caller kube-apiserver api.example; sign other somebody other.example
write_config 'tls: {certificate: certs/tls.crt, key: certs/tls.key, clientCA: certs/ca.crt, clientNames: [kube-apiserver], minVersion: "1.3"}'
start_webhook
python 'callers without the right certificate do not get in' <<'PY'
def refused(tls):
    try: return once(request(), tls) is None
    except (ssl.SSLError, ConnectionError): return True
assert verdict(once(request(), context('caller')))['allowed']
assert refused(context())
assert refused(context('other'))
assert refused(context('caller', ssl.TLSVersion.TLSv1_2))
assert metric('guard_webhook_handshake_failures_total') >= 3
PY
stop_webhook; expect_status 0 'the end is in order'
finish
