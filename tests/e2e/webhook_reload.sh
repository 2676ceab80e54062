#!/usr/bin/env bash
# Certificates and rules change while requests come; bad ones are refused; nobody's request fails.
source "$(dirname "$0")/../support/webhook.bash"
make_certificates first; make_certificates second

# As Kubernetes mounts Secrets and ConfigMaps: files are links through ..data, which is swapped by a rename.
mount_as() {  # mount_as FOLDER FROM
  local version; version=..$(date +%s%N)
  mkdir -p "$1/$version"; cp "$2"/* "$1/$version/"
  ln -s "$version" "$1/..data_tmp"; mv -T "$1/..data_tmp" "$1/..data"
  for file in "$2"/*; do [ -L "$1/$(basename "$file")" ] || ln -s "..data/$(basename "$file")" "$1/$(basename "$file")"; done
}
mount_as certs first
cat first/ca.crt second/ca.crt >both.crt
mkdir -p etc strict; write_config 'policies: [../rules]'
sed -i 's#certs/tls#../certs/tls#g' config.yaml; mv config.yaml strict/config.yaml
mkdir -p rules/house; cat >rules/house/no-latest.yaml <<'YAML'
apiVersion: guardctl.dev/v1
kind: Guardrail
metadata: {name: no-latest}
spec:
  title: Images have a version
  severity: low
  description: For the test.
  remediation: Name a version.
  controls: {house: ["1"]}
  subject: pod
  each: pod.containers
  require: "!it.image.endsWith(':latest')"
  examples:
    good: [{metadata: {name: a}, containers: [{name: a, image: "a:1"}]}]
    bad: [{metadata: {name: a}, containers: [{name: a, image: "a:latest"}]}]
YAML
mount_as etc strict
"$webhook" check --config etc/config.yaml >check.txt 2>&1 || { cat check.txt; exit 1; }

rm -f ready
"$webhook" serve --config etc/config.yaml --ready-file ready 2>server.log & pid=$!
for _ in $(seq 200); do [ -s ready ] && break; sleep 0.05; done
port=$(sed -n 's/^listen=.*://p' ready); status_port=$(sed -n 's/^status=.*://p' ready)
export GUARD_PORT=$port GUARD_STATUS_PORT=$status_port GUARD_CA=$PWD/both.crt GUARD_PID=$pid

cat >reload.py <<'PY'
from webhook_client import *
import subprocess, hashlib
def certificate():
    with Connection() as connection: return hashlib.sha256(connection.socket.getpeercert(True)).hexdigest()
def loaded(what, result): return metric('guard_webhook_reloads_total{what="%s",result="%s"}' % (what, result))
def shell(command): subprocess.run(['bash', '-c', command], check=True)
def mount(folder, source):
    version = f'..{time.time_ns()}'
    shell(f'mkdir {folder}/{version} && cp {source}/* {folder}/{version}/ && ln -s {version} {folder}/..data_tmp && mv -T {folder}/..data_tmp {folder}/..data')
def change(what, result, action):
    before = loaded(what, result)
    action()
    assert until(lambda: loaded(what, result) > before), f'{what} {result}: ' + open('server.log').read()
PY

python 'a certificate and rules change under load, and nothing fails' <<'PY'
exec(open('reload.py').read())
load = Load(callers=4)
old = certificate()
change('certificate', 'success', lambda: mount('certs', 'second'))
assert until(lambda: certificate() != old)
shell('mkdir -p denying && sed "s/pod-security-restricted: deny/pod-security-restricted: audit/" strict/config.yaml >denying/config.yaml')
for _ in range(3):
    change('policies', 'success', lambda: mount('etc', 'denying'))
    assert until(lambda: verdict(once(request(review().replace(b'true', b'false', 1))))['allowed'] is True)
    change('policies', 'success', lambda: mount('etc', 'strict'))
change('certificate', 'success', lambda: mount('certs', 'first'))
assert until(lambda: certificate() == old)
os.kill(int(os.environ['GUARD_PID']), 1)
assert until(lambda: loaded('policies', 'success') >= 8)
load.stop()
assert not load.failures and load.answers > 100, (load.answers, load.failures[:3])
PY

python 'the config and the policies it names count, by content' <<'PY'
exec(open('reload.py').read())
body = review().replace(b'web@sha256:' + b'3f' * 32, b'web:latest')
shell("sed 's/build-isolation: deny/build-isolation: deny, house: deny/' strict/config.yaml >strict/new && mv strict/new strict/config.yaml")
change('policies', 'success', lambda: mount('etc', 'strict'))
assert until(lambda: 'no-latest' in verdict(once(request(body)))['status']['message'])
change('policies', 'success', lambda: shell("sed -i 's/:latest.)/:newest'\"'\"')/; s/a:latest/a:newest/' rules/house/no-latest.yaml"))
assert until(lambda: 'no-latest' not in json.dumps(verdict(once(request(body)))))
good = loaded('policies', 'success'), loaded('policies', 'failure')
shell('touch rules/house/no-latest.yaml && cp -p rules/house/no-latest.yaml x && cp x rules/house/no-latest.yaml')
time.sleep(1)
assert good == (loaded('policies', 'success'), loaded('policies', 'failure'))
PY

python 'bad certificates and rules are refused, and what was good stays' <<'PY'
exec(open('reload.py').read())
load = Load(callers=2)
old = certificate()
shell('mkdir -p mixed broken && cp first/* mixed/ && cp second/tls.key mixed/ && cp first/* broken/ && head -c 300 first/tls.crt >broken/tls.crt')
for bad in ('mixed', 'broken'):
    change('certificate', 'failure', lambda: mount('certs', bad))
    assert certificate() == old and metric('guard_webhook_reload_last_ok{what="certificate"}') == 0
change('certificate', 'success', lambda: mount('certs', 'first'))
assert metric('guard_webhook_reload_last_ok{what="certificate"}') == 1
shell('mkdir -p bad && sed "s/profiles:/profilse:/" strict/config.yaml >bad/config.yaml')
change('policies', 'failure', lambda: mount('etc', 'bad'))
change('policies', 'success', lambda: mount('etc', 'strict'))
change('policies', 'failure', lambda: shell("sed -i 's/require:.*/require: \"it.image.\"/' rules/house/no-latest.yaml"))
assert metric('guard_webhook_reload_last_ok{what="policies"}') == 0
load.stop()
assert not load.failures and load.answers > 50, (load.answers, load.failures[:3])
log = open('server.log').read()
for text in ('does not belong to the certificate', "did you mean 'profiles'", 'no-latest.yaml:', 'the old one stays', 'the old ones stay'):
    assert text in log, text
assert verdict(once(request()))['allowed']
PY
stop_webhook; expect_status 0 'the end is in order'
finish
