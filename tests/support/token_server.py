"""token_server.py KEY CERTIFICATE SECONDS [TLS-CERTIFICATE TLS-KEY]: a token server as docker's registries know them.

Users are "builder" with "s3cret-token-pass" (may do everything below team/ and other/) and, by refresh token,
"r3fresh-me". Prints its port, then one JSON object for each request. Tokens live for SECONDS.
"""
import base64, http.server, json, os, ssl, subprocess, sys, time, urllib.parse

key, certificate, seconds = sys.argv[1], sys.argv[2], int(sys.argv[3])
der = base64.b64encode(ssl.PEM_cert_to_DER_cert(open(certificate).read())).decode()

def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b'=').decode()

def token(user, scopes):
    access = []
    for scope in scopes:
        kind, name, actions = scope.split(':')
        if user and name.startswith(('team/', 'other/')):
            access.append({'type': kind, 'name': name, 'actions': actions.split(',')})
        elif name.startswith('public/'):
            access.append({'type': kind, 'name': name, 'actions': ['pull']})
    now = int(time.time())
    claims = {'iss': 'tests', 'sub': user, 'aud': 'registry', 'nbf': now - 60, 'iat': now - 60,
              'exp': now + seconds, 'jti': str(now), 'access': access}
    text = encode(json.dumps({'typ': 'JWT', 'alg': 'RS256', 'x5c': [der]}).encode()) + '.' + encode(json.dumps(claims).encode())
    signature = subprocess.run(['openssl', 'dgst', '-sha256', '-sign', key], input=text.encode(), capture_output=True, check=True).stdout
    return text + '.' + encode(signature)

class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    def answer(self, status, document):
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header('Content-Type', 'application/json')
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def note(self, **more):
        os.write(1, (json.dumps({'method': self.command, 'path': self.path, 'authorization': self.headers.get('Authorization'), **more}) + '\n').encode())  # in one piece: requests come at the same time
    def do_GET(self):
        self.note()
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
        user, given = '', self.headers.get('Authorization')
        if given:
            user, _, password = base64.b64decode(given.split()[1]).decode().partition(':')
            if (user, password) != ('builder', 's3cret-token-pass'):
                return self.answer(401, {'details': 'wrong: ' + given})
        # One token has both names in some registries; here it is the older one.
        self.answer(200, {'token': token(user, query.get('scope', [])), 'expires_in': seconds})
    def do_POST(self):
        form = urllib.parse.parse_qs(self.rfile.read(int(self.headers['Content-Length'])).decode())
        self.note(form=form)
        if form.get('grant_type') != ['refresh_token'] or form.get('refresh_token') != ['r3fresh-me']:
            return self.answer(401, {'error': 'invalid_grant'})
        scopes = form.get('scope', [''])[0].split()
        self.answer(200, {'access_token': token('builder', scopes), 'expires_in': seconds})
    def log_message(self, *arguments):
        pass

server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
if len(sys.argv) > 4:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[4], sys.argv[5])
    server.socket = context.wrap_socket(server.socket, server_side=True)
print('port', server.server_port, flush=True)
server.serve_forever()
