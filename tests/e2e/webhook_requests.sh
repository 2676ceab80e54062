#!/usr/bin/env bash
# What the webhook answers over real TLS: verdicts, and everything that is no review.
source "$(dirname "$0")/../support/webhook.bash"
make_certificates certs
write_config 'limits: {bodyBytes: 1Mi, headBytes: 16Ki, readTime: 5s}'
start_webhook

python 'verdicts are 200, and say what the API server asks for' <<'PY'
response = verdict(once(request(review())))
assert response['uid'] == '11111111-2222-3333-4444-555555555555' and response['allowed'] is True and 'patch' not in response, response
response = verdict(once(request(review(privileged=True, uid='other'))))
assert response['uid'] == 'other' and response['allowed'] is False, response
assert response['status']['code'] == 403 and 'no-privileged' in response['status']['message'], response
assert 'patch' not in response and 'patchType' not in response
assert verdict(once(request(review(privileged=True), path='/validate/relaxed')))['allowed'] is True
verdict(once(request(review(), path='/steer/restricted')))
verdict(once(request(review())))
PY

python 'what is no review is told what it should have been' <<'PY'
body = review()
cases = [
    (404, '/validate/<profile>', request(path='/')),
    (404, '/steer/<profile>', request(path='/mutate')),
    (404, 'no profile', request(path='/validate/')),
    (404, 'restricted', request(path='/validate/nobody')),
    (405, 'POST', request(method='PUT')),
    (405, 'POST', head(None, method='GET', content_type=None)),
    (415, 'application/json', request(content_type='text/yaml')),
    (415, 'application/json', request(content_type=None)),
    (415, 'encoding', request(headers=['Content-Encoding: gzip'])),
    (417, '100-continue', request(headers=['Expect: magic'])),
    (400, '10s', request(path='/validate/restricted?timeout=never')),
    (400, '', request(b'')),
    (400, '', request(b'garbage')),
    (400, '', request(body[:len(body) // 2])),
    (400, '', request(b'[' * 100000)),
    (400, '', request(b'\xff\xfe{}')),
    (400, '', request(b'{"apiVersion": "v1", "kind": "Pod"}')),
    (400, 'HTTP/1.1', b'garbage\r\n\r\n'),
    (400, 'HTTP/1.1', b'POST / HTTP/1.1\r\n\r\n'),
    (400, 'HTTP/1.1', head(5, headers=['Transfer-Encoding: chunked'])),
    (501, 'chunked', head(None, headers=['Transfer-Encoding: gzip'])),
    (505, 'HTTP/1.1', b'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
    (431, '16384', head(0, headers=['X: ' + 'x' * 17000])),
    (431, '16384', b'POST ' + b'/' * 20000),
    (413, '1048576', head(2 << 20)),
    (413, '1048576', request(b'x' * (2 << 20))),
]
for status, says, data in cases:
    try: expect(once(data), status, says)
    except AssertionError as error: raise AssertionError(f'{data[:100]}: {error}')
assert once(request(method='PUT'))[1]['allow'] == 'POST'
PY

python 'an error ends only what it must' <<'PY'
with Connection() as connection:
    for data, status in [(request(path='/nowhere'), 404), (request(), 200), (request(method='PUT'), 405), (request(b'{'), 400), (request(), 200)]:
        answer = connection.ask(data)
        expect(answer, status)
        assert 'connection' not in answer[1], answer
    answer = connection.ask(head(9 << 20))
    expect(answer, 413)
    assert answer[1]['connection'] == 'close' and connection.closed()
with Connection() as connection:
    answer = connection.ask(request(headers=['Connection: close']))
    assert verdict(answer)['allowed'] and answer[1]['connection'] == 'close' and connection.closed()
with Connection() as connection:
    answer = connection.ask(request(version='1.0'))
    assert verdict(answer)['allowed'] and answer[1]['connection'] == 'close' and connection.closed()
with Connection() as connection:
    answer = connection.ask(request(version='1.0', headers=['Connection: keep-alive']))
    assert answer[1]['connection'] == 'keep-alive'
    verdict(connection.ask(request()))
PY

python 'bodies come in chunks, after 100 Continue, large, and byte by byte' <<'PY'
body = review()
chunks = b''.join(b'%x\r\n%s\r\n' % (len(part), part) for part in (body[i:i + 100] for i in range(0, len(body), 100))) + b'0\r\n\r\n'
chunked = head(None, headers=['Transfer-Encoding: chunked'])
with Connection() as connection:
    assert verdict(connection.ask(chunked + chunks))['allowed']
    connection.send(chunked)
    for i in range(0, len(chunks), 37): connection.send(chunks[i:i + 37])
    assert verdict(connection.answer())['allowed']
    assert verdict(connection.ask(chunked + chunks + request()))['allowed']
    assert verdict(connection.answer())['allowed']
    waiting = head(len(body), headers=['Expect: 100-continue'])
    expect(connection.ask(waiting), 100)
    assert verdict(connection.ask(body))['allowed']
    assert verdict(connection.ask(waiting + body))['allowed']
    large = review(padding=900_000)
    assert verdict(connection.ask(request(large)))['allowed']
    for byte in request(): connection.send(bytes([byte]))
    assert verdict(connection.answer())['allowed']
    expect(connection.ask(chunked + b'100000\r\n' + b'x' * 0x100000 + b'\r\n1\r\nx\r\n'), 413)
with Connection() as connection:
    expect(connection.ask(head(9 << 20, headers=['Expect: 100-continue'])), 413)
with Connection() as connection:
    expect(connection.ask(chunked + b'zz\r\n'), 400)
PY

python 'pipelined requests are answered in their order' <<'PY'
with Connection() as connection:
    connection.send(b'\r\n'.join(request(review(uid=f'u{i}', privileged=i % 3 == 0)) for i in range(200)))
    for i in range(200):
        response = verdict(connection.answer())
        assert response['uid'] == f'u{i}' and response['allowed'] is (i % 3 != 0), (i, response)
    # All of them wait behind answers that nobody takes.
    sender = threading.Thread(target=lambda: connection.send(b''.join(request(review(uid=f'v{i}', privileged=True)) for i in range(3000))))
    sender.start()
    time.sleep(0.3)
    for i in range(3000): assert verdict(connection.answer())['uid'] == f'v{i}'
    sender.join()
PY

python 'a caller that has gone by half still gets its answer' <<'PY'
tls = context()
with Connection(tls) as connection:
    connection.send(request())
    raw = socket.socket(fileno=os.dup(connection.socket.fileno()))
    raw.shutdown(socket.SHUT_WR)
    assert verdict(connection.answer())['allowed'] and connection.closed()
with Connection(tls) as connection:
    connection.send(request()[:-5])
    raw = socket.socket(fileno=os.dup(connection.socket.fileno()))
    raw.shutdown(socket.SHUT_WR)
    assert connection.answer() is None
PY

python 'everything that was asked is counted' <<'PY'
assert metric('guard_webhook_requests_in_flight') == 0
assert metric('guard_webhook_request_bytes_held') == 0
assert until(lambda: metric('guard_webhook_connections') == 0)
assert metric('guard_webhook_http_responses_total{code="413"}') >= 4
assert metric('guard_webhook_reviews_total{profile="restricted",route="validate",verdict="deny"}') > 1000
assert metric('guard_webhook_guardrail_findings_total{guardrail="no-privileged",action="deny"}') > 1000
assert metric('guard_webhook_review_duration_seconds_count{operation="CREATE",verdict="deny"}') > 1000
assert 1e6 < metric('process_resident_memory_bytes') < 60e6
PY
stop_webhook; expect_status 0 'the end is in order'
finish
