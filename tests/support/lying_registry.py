"""lying_registry.py LAYOUT [CERTIFICATE KEY]: a registry whose repositories misbehave as they are called ("truncated/app").

It has the image `one` of an OCI layout under every name, wants basic authentication unless the name begins with
"open-", and prints its port, the port of a second origin, and then one JSON object for every request that either gets.
Uploads are kept in memory; GET /state/NAME tells what has been put there.
"""
import hashlib, http.server, json, os, re, socket, ssl, sys, threading, time, urllib.parse

layout = sys.argv[1]
tls = len(sys.argv) > 2
index = json.load(open(f'{layout}/index.json'))
top = next(entry for entry in index['manifests'] if entry['annotations']['org.opencontainers.image.ref.name'] == 'one')
def stored(digest):
    return open(f'{layout}/blobs/sha256/{digest.split(":")[1]}', 'rb').read()
manifest_bytes = stored(top['digest'])
manifest = json.loads(manifest_bytes)
MANIFEST, INDEX = 'application/vnd.oci.image.manifest.v1+json', 'application/vnd.oci.image.index.v1+json'
seen, uploads, state, lock = {}, {}, {}, threading.Lock()
scheme = 'https' if tls else 'http'
def digest_of(data):
    return 'sha256:' + hashlib.sha256(data).hexdigest()
def count(key):
    with lock:
        seen[key] = seen.get(key, 0) + 1
        return seen[key]

class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    second = False
    def log_message(self, *arguments):
        pass
    def answer(self, status, body=b'', headers=(), content_type='application/octet-stream'):
        self.send_response(status)
        names = [name.lower() for name, _ in headers]
        if 'content-length' not in names:
            self.send_header('Content-Length', str(len(body)))
        if body and 'content-type' not in names:
            self.send_header('Content-Type', content_type)
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        if self.command != 'HEAD':
            self.wfile.write(body)
    def error(self, status, code, message, headers=()):
        self.answer(status, json.dumps({'errors': [{'code': code, 'message': message}]}).encode(), headers, 'application/json')
    def hang_up(self):
        self.wfile.flush()
        self.close_connection = True

        try: self.connection.shutdown(socket.SHUT_RDWR)
        except OSError: pass
    def body(self):
        return self.rfile.read(int(self.headers.get('Content-Length') or 0))
    def handle_any(self):
        os.write(1, (json.dumps({'origin': 2 if self.second else 1, 'method': self.command, 'path': self.path, 'headers': dict(self.headers)}) + '\n').encode())  # in one piece: requests come at the same time
        if self.second:
            return self.second_origin()
        if self.path.startswith('/state/'):
            return self.answer(200, json.dumps(state.get(self.path[7:], [])).encode())
        if self.path == '/token' or self.path.startswith('/token?'):
            return self.answer(200, json.dumps({'token': f't{count("token")}', 'expires_in': 300}).encode())
        match = re.match(r'/v2/(([a-z0-9-]+)/app)/(manifests|blobs|tags)/(.*)', self.path)
        lie = match[2] if match else ''
        if lie == 'expires':  # a token is good for two requests
            given = self.headers.get('Authorization') or ''
            if not given.startswith('Bearer ') or count(given) > 2:
                return self.error(401, 'UNAUTHORIZED', 'no', [('WWW-Authenticate', f'Bearer realm="{scheme}://127.0.0.1:{ports[0]}/token",service="x"')])
        elif lie in ('elsewhere', 'echo-token'):
            realm = f'http://localhost:{ports[1]}/token' if lie == 'elsewhere' else f'{scheme}://127.0.0.1:{ports[0]}/nothing'
            return self.error(401, 'UNAUTHORIZED', 'no', [('WWW-Authenticate', f'Bearer realm="{realm}",service="x"')])
        elif not lie.startswith('open-') and not self.headers.get('Authorization'):
            return self.error(401, 'UNAUTHORIZED', 'who are you', [('WWW-Authenticate', 'Basic realm="lies"')])
        if not match:
            return self.answer(200 if self.path == '/v2/' else 404)
        name, rest = match[1], match[4]
        if match[3] == 'manifests':
            return self.manifest(name, lie, rest)
        if rest.startswith('uploads/'):
            return self.upload(name, lie, rest[8:])
        return self.blob(name, lie, rest.split('?')[0])
    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any

    def second_origin(self):
        if self.path.startswith('/blob/'):
            return self.answer(200, stored(self.path[6:].split('?')[0]))
        if self.path.startswith('/put/') and self.command == 'PUT':
            data = self.body()
            with lock:
                state.setdefault('other-host/app', []).append(digest_of(data))
            return self.answer(201)
        self.answer(200, json.dumps({'token': 'stolen'}).encode())

    def manifest(self, name, lie, reference):
        if self.command == 'PUT':
            data = self.body()
            if lie == 'immutable':
                return self.error(400, 'TAG_INVALID', 'The image tag exists and cannot be overwritten because the tag is immutable.')
            digest = digest_of(b'' if lie == 'put-digest' else data)
            state.setdefault(name, []).append(reference)
            return self.answer(201, b'', [('Docker-Content-Digest', digest)])
        data, media_type, digest = manifest_bytes, MANIFEST, top['digest']
        if lie == 'huge': data = b'{"schemaVersion": 2, "x": "' + b'x' * (5 << 20) + b'"}'
        if lie == 'html': data, media_type = b'<html>please log in</html>', 'text/html'
        if lie == 'schema1': data, media_type = b'{"schemaVersion": 1}', 'application/vnd.docker.distribution.manifest.v1+prettyjws'
        if lie == 'not-json': data = b'\x00' * 100
        if lie == 'wrong-type': media_type = INDEX
        if lie == 'digest-header': digest = digest_of(b'another')
        if lie == 'self-index':
            child = {'mediaType': INDEX, 'digest': 'sha256:' + 'a' * 64, 'size': 0, 'platform': {'os': 'linux', 'architecture': 'amd64'}}
            for _ in range(3):  # its size, at least, is right
                data = json.dumps({'schemaVersion': 2, 'mediaType': INDEX, 'manifests': [child]}).encode()
                child['size'] = len(data)
            media_type, digest = INDEX, digest_of(data)
        if lie == 'child-size':
            child = {'mediaType': MANIFEST, 'digest': top['digest'], 'size': top['size'] + 1, 'platform': {'os': 'linux', 'architecture': 'amd64'}}
            if not reference.startswith('sha256:'):
                data = json.dumps({'schemaVersion': 2, 'mediaType': INDEX, 'manifests': [child]}).encode()
                media_type, digest = INDEX, digest_of(data)
        if lie == 'layer-count':
            short = dict(manifest, layers=manifest['layers'][:1])
            data = json.dumps(short).encode()
            digest = digest_of(data)
        if lie == 'layer-size':
            data = json.dumps(dict(manifest, layers=[dict(layer, size=layer['size'] - 1) for layer in manifest['layers']])).encode()
            digest = digest_of(data)
        if lie == 'echo': return self.error(403, 'DENIED', 'you sent ' + self.headers['Authorization'])
        if lie == 'escape': return self.error(403, 'DENIED', '\x1b[31mred\nnext line')
        if lie == 'garbage':
            self.wfile.write(b'HTTP/1.1 200 OK\r\nX: ' + b'y' * 100000 + b'\r\n\r\n')
            return self.hang_up()
        if lie == 'bad-chunks':
            self.wfile.write(b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: ' + MANIFEST.encode() + b'\r\n\r\n-5\r\nhello\r\n0\r\n\r\n')
            return self.hang_up()
        if lie == 'endless-chunks':
            self.wfile.write(b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: ' + MANIFEST.encode() + b'\r\n\r\n')
            try:
                while True: self.wfile.write(b'10000\r\n' + b'x' * 65536 + b'\r\n')
            except OSError: return self.hang_up()
        if lie == 'good-chunks':
            self.send_response(200)
            self.send_header('Content-Type', MANIFEST)
            self.send_header('Transfer-Encoding', 'chunked')
            self.end_headers()
            if self.command == 'GET':
                for at in range(0, len(data), 7):
                    piece = data[at:at + 7]
                    self.wfile.write(b'%x;name=value\r\n' % len(piece) + piece + b'\r\n')
                self.wfile.write(b'0\r\nTrailer: x\r\n\r\n')
            return
        if lie == 'no-head' and self.command == 'HEAD': return self.answer(405)
        if lie in ('html', 'schema1', 'not-json'): digest = digest_of(data)
        headers = [('Docker-Content-Digest', digest), ('Content-Type', media_type)]
        self.answer(200, data, headers)

    def blob(self, name, lie, digest):
        if self.command == 'HEAD' and not lie.startswith('open-') and lie not in ('redirect',):
            return self.answer(404)
        data, times = stored(digest), count(name + digest)
        begin = re.match(r'bytes=(\d+)-', self.headers.get('Range') or '')
        begin = int(begin[1]) if begin else 0
        part = [('Content-Range', f'bytes {begin}-{len(data) - 1}/{len(data)}')] if begin else []
        status = 206 if begin else 200
        if lie == 'wrong-digest': data = data[:-1] + bytes([data[-1] ^ 1])
        if lie == 'too-long': data += b'x'
        if lie == 'too-short': data = data[:-1]
        if lie == 'too-long-chunked':
            self.send_response(200)
            self.send_header('Transfer-Encoding', 'chunked')
            self.end_headers()
            self.wfile.write(b'%x\r\n' % (len(data) + 5) + data + b'extra\r\n0\r\n\r\n')
            return
        if lie in ('breaks', 'range-ignored', 'range-wrong', 'truncated'):
            whole = len(data)
            if lie == 'range-ignored' and begin: begin, status, part = 0, 200, []
            elif lie == 'range-wrong' and begin: part = [('Content-Range', f'bytes {begin + 1}-{whole - 1}/{whole}')]
            elif lie == 'truncated' and begin: begin, status, part = 0, 200, []
            self.send_response(status)
            for header in part: self.send_header(*header)
            self.send_header('Content-Length', str(whole - begin))
            self.end_headers()
            if lie == 'breaks': self.wfile.write(data[begin:begin + 60000])
            elif lie == 'truncated': self.wfile.write(data[:len(data) // 2])
            elif times == 1: self.wfile.write(data[:len(data) // 2])
            else: self.wfile.write(data[begin:])
            return self.hang_up() if lie == 'truncated' or times == 1 or begin + 60000 < whole and lie == 'breaks' else None
        if lie == 'slow':
            self.send_response(200)
            self.send_header('Content-Length', str(len(data)))
            self.end_headers()
            self.wfile.write(data[:10])
            self.wfile.flush()
            return time.sleep(5)
        if lie == 'busy' and times == 1: return self.error(429, 'TOOMANYREQUESTS', 'slowly', [('Retry-After', '1')])
        if lie == 'shaky' and times < 3: return self.error(503, 'UNAVAILABLE', 'in a moment')
        if lie == 'down': return self.error(503, 'UNAVAILABLE', 'never')
        if lie == 'loop': return self.answer(307, b'', [('Location', self.path)])
        if lie == 'far-loop': return self.answer(307, b'', [('Location', self.path.split('?')[0] + f'?n={times}')])
        if lie == 'redirect': return self.answer(307, b'', [('Location', f'{scheme}://127.0.0.1:{ports[1]}/blob/{digest}?signature=s1gned')])
        if lie == 'downgrade': return self.answer(307, b'', [('Location', f'http://127.0.0.1:{ports[1]}/blob/{digest}')])
        if lie == 'file': return self.answer(302, b'', [('Location', 'file:///etc/passwd')])
        self.answer(status, data[begin:], part)

    def upload(self, name, lie, session):
        session, query = session.split('?')[0], urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
        def where(number):
            path = f'/v2/{name}/blobs/uploads/{number}'
            return {'relative': path, 'query': path + '?_state=a%2Fb%3D&x=1', 'other-host': f'{scheme}://127.0.0.1:{ports[1]}/put/{number}?secret=s1gned',
                    'plain-location': f'http://127.0.0.1:{ports[0]}{path}', 'bad-location': 'ftp://example.com/x',
                    'far-plain': f'http://localhost:{ports[1]}/put/{number}'}.get(lie, f'{scheme}://127.0.0.1:{ports[0]}{path}')
        if self.command == 'POST':
            if lie == 'mount-refused' and 'mount' in query: return self.error(405, 'UNSUPPORTED', 'no mounts')
            number = str(count('uploads'))
            uploads[number] = b''
            return self.answer(202, b'', [('Location', where(number)), ('Range', '0-0')])
        if lie == 'query' and query.get('_state') != ['a/b=']: return self.error(400, 'BLOB_UPLOAD_INVALID', 'the state is missing')
        if session not in uploads: return self.error(404, 'BLOB_UPLOAD_UNKNOWN', 'what upload')
        here = uploads[session]
        got = ('Range', f'0-{max(len(here) - 1, 0)}')
        if self.command == 'GET':
            return self.answer(204, b'', [('Location', where(session)), got])
        if self.command == 'DELETE':
            return self.answer(204)
        times = count(name + self.command)
        if lie == 'lost' and times == 1:
            self.body()
            del uploads[session]
            return self.error(404, 'BLOB_UPLOAD_UNKNOWN', 'what upload')
        if lie == 'early' and self.command == 'PUT' and times < 3:  # answers without reading
            self.close_connection = True
            return self.error(503, 'UNAVAILABLE', 'too much')
        if lie == 'one-piece' and self.command == 'PUT' and int(self.headers.get('Content-Length') or 0) > 1000:
            self.body()
            return self.error(413, 'SIZE_INVALID', 'too much at once')
        if lie == 'forgetful':  # as ECR: the first chunk counts, others are swallowed
            if self.command == 'PUT' and int(self.headers.get('Content-Length') or 0) > 1000:
                self.body()
                return self.error(413, 'SIZE_INVALID', 'too much at once')
            if self.command == 'PATCH':
                self.body()
                return self.answer(201, b'', [('Location', where(session)), ('Range', '0-0')])
        if lie == 'breaks-up' and self.command == 'PUT' and times == 1:
            uploads[session] = self.rfile.read(int(self.headers['Content-Length']) // 2)
            return self.hang_up()
        data = self.body()
        if self.command == 'PATCH':
            first = int((self.headers.get('Content-Range') or '0-').split('-')[0])
            if first != len(here): return self.error(416, 'RANGE', 'not there', [('Location', where(session)), got])
            uploads[session] = here + data
            return self.answer(202, b'', [('Location', where(session)), ('Range', f'0-{len(here + data) - 1}')])
        whole = here + data
        if digest_of(whole) != query['digest'][0]: return self.error(400, 'DIGEST_INVALID', 'something else')
        if lie == 'down-up': return self.error(503, 'UNAVAILABLE', 'never')
        state.setdefault(name, []).append(digest_of(whole))
        self.answer(201, b'', [('Docker-Content-Digest', digest_of(b'x') if lie == 'blob-digest' else digest_of(whole))])

class Second(Handler):
    second = True

servers = [http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler), http.server.ThreadingHTTPServer(('127.0.0.1', 0), Second)]
for server in servers:
    server.daemon_threads = True
    server.handle_error = lambda *arguments: None
    if tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[2], sys.argv[3])
        server.socket = context.wrap_socket(server.socket, server_side=True)
ports = [server.server_port for server in servers]
threading.Thread(target=servers[1].serve_forever, daemon=True).start()
print('port', ports[0], flush=True)
servers[0].serve_forever()
