"""A client for tests of guard-webhook: whole requests, and pieces of them over a socket. Standard library only."""
import json, os, socket, ssl, threading, time, urllib.request

HOST = '127.0.0.1'
PORT = int(os.environ.get('GUARD_PORT', '0'))
STATUS_PORT = int(os.environ.get('GUARD_STATUS_PORT', '0'))
PATH = '/validate/restricted?timeout=10s'


def context(certificate=None, version=None):
    tls = ssl.create_default_context(cafile=os.environ['GUARD_CA'])
    if certificate: tls.load_cert_chain(certificate + '.crt', certificate + '.key')
    if version: tls.minimum_version = tls.maximum_version = version
    return tls


def review(privileged=False, uid='11111111-2222-3333-4444-555555555555', operation='CREATE', name='web', padding=0):
    container = {'name': 'web', 'image': 'registry.example.com/web@sha256:' + '3f' * 32,
                 'securityContext': {'allowPrivilegeEscalation': False, 'capabilities': {'drop': ['ALL']}}}
    if privileged: container['securityContext'] = {'privileged': True}
    pod = {'apiVersion': 'v1', 'kind': 'Pod', 'metadata': {'name': name, 'namespace': 'shop', 'annotations': {'pad': 'x' * padding}},
           'spec': {'automountServiceAccountToken': False, 'containers': [container],
                    'securityContext': {'runAsNonRoot': True, 'runAsUser': 10001, 'seccompProfile': {'type': 'RuntimeDefault'}}}}
    pods = {'group': '', 'version': 'v1'}
    return json.dumps({'apiVersion': 'admission.k8s.io/v1', 'kind': 'AdmissionReview', 'request': {
        'uid': uid, 'kind': {**pods, 'kind': 'Pod'}, 'resource': {**pods, 'resource': 'pods'},
        'requestKind': {**pods, 'kind': 'Pod'}, 'requestResource': {**pods, 'resource': 'pods'},
        'name': name, 'namespace': 'shop', 'operation': operation, 'userInfo': {'username': 'alice', 'groups': ['system:authenticated']},
        'object': pod, 'oldObject': None, 'dryRun': False, 'options': {'apiVersion': 'meta.k8s.io/v1', 'kind': 'CreateOptions'}}}).encode()


def head(body_size, path=PATH, method='POST', headers=(), content_type='application/json', version='1.1'):
    lines = [f'{method} {path} HTTP/{version}', 'Host: localhost']
    if content_type: lines.append(f'Content-Type: {content_type}')
    if body_size is not None: lines.append(f'Content-Length: {body_size}')
    return ('\r\n'.join([*lines, *headers]) + '\r\n\r\n').encode()


def request(body=None, **others):
    body = review() if body is None else body
    return head(len(body), **others) + body


class Connection:
    """One TLS connection; answers are read one by one."""

    def __init__(self, tls=None, timeout=20, plain=None):
        self.tcp = plain or socket.create_connection((HOST, PORT), timeout)
        self.tcp.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket = (tls or context()).wrap_socket(self.tcp, server_hostname='localhost', suppress_ragged_eofs=True)
        self.data = b''

    def send(self, data): self.socket.sendall(data)

    def more(self):
        try: got = self.socket.recv(65536)
        except (ConnectionResetError, BrokenPipeError): got = b''
        self.data += got
        return bool(got)

    def answer(self):
        """(status, headers, body) of the next answer; None when the connection is over. 100 Continue counts."""
        while b'\r\n\r\n' not in self.data:
            if not self.more(): return None
        top, rest = self.data.split(b'\r\n\r\n', 1)
        first, *lines = top.decode().split('\r\n')
        headers = {name.lower(): value for name, value in (line.split(': ', 1) for line in lines)}
        size = int(headers.get('content-length', 0))
        while len(rest) < size:
            if not self.more(): return None
            rest = self.data.split(b'\r\n\r\n', 1)[1]
        self.data = rest[size:]
        return int(first.split()[1]), headers, rest[:size]

    def ask(self, data):
        self.send(data)
        return self.answer()

    def closed(self, patience=10):
        """Whether the server ends the connection."""
        self.socket.settimeout(patience)
        try:
            while self.more(): pass
            return True
        except (TimeoutError, ssl.SSLError): return False

    def close(self): self.socket.close()
    def __enter__(self): return self
    def __exit__(self, *_): self.close()


def once(data, tls=None):
    with Connection(tls) as connection: return connection.ask(data)


def verdict(answer):
    """The response of a review; fails when it is none."""
    status, headers, body = answer
    assert status == 200, (status, body)
    assert headers['content-type'] == 'application/json', headers
    whole = json.loads(body)
    assert whole['apiVersion'] == 'admission.k8s.io/v1' and whole['kind'] == 'AdmissionReview' and 'request' not in whole, whole
    return whole['response']


def expect(answer, status, says=''):
    assert answer is not None, f'no answer; {status} was expected'
    assert answer[0] == status and says in answer[2].decode(), answer


def get(path):
    try:
        with urllib.request.urlopen(f'http://{HOST}:{STATUS_PORT}{path}', timeout=10) as page: return page.status, page.read().decode()
    except urllib.error.HTTPError as error: return error.code, error.read().decode()


def metric(name):
    for line in get('/metrics')[1].splitlines():
        if line.startswith(name + ' '): return float(line.rsplit(' ', 1)[1])
    return None


def until(condition, patience=15):
    """Waits for what must become so."""
    end = time.time() + patience
    while time.time() < end:
        if condition(): return True
        time.sleep(0.02)
    return False


class Load:
    """Callers that ask without end over kept connections, each as the API server's client does: a connection that says
    close is followed by a new one. What goes wrong is kept in `failures`."""

    def __init__(self, callers=4, reconnect=True, tls=None, check=None):
        self.answers, self.failures, self.stopping, self.reconnect, self.tls = 0, [], False, reconnect, tls
        self.check = check or (lambda answer: verdict(answer)['allowed'] or 'denied')
        self.threads = [threading.Thread(target=self.run, args=(i,)) for i in range(callers)]
        for thread in self.threads: thread.start()

    def run(self, number):
        connection = None
        while not self.stopping:
            try:
                if connection is None:
                    try: connection = Connection(self.tls)
                    except OSError:
                        if not self.reconnect: return
                        raise
                answer = connection.ask(request(review(uid=f'{number}-{self.answers}')))
                if answer is None: self.failures.append('a connection ended without an answer'); return
                wrong = self.check(answer)
                if wrong is not True: self.failures.append(wrong)
                self.answers += 1
                if answer[1].get('connection') == 'close':
                    connection.close()
                    connection = None
            except Exception as error:
                self.failures.append(repr(error))
                return

    def stop(self):
        self.stopping = True
        for thread in self.threads: thread.join()
        return self
