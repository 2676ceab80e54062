#!/usr/bin/env bash
# guardctl audit as its users call it: folders, files, standard input, formats, exit codes, jobs.
source "$(dirname "$0")/../support/e2e.bash"
mkdir -p tree/sub; good_pod >tree/good.yaml; bad_pod >tree/sub/bad.yaml

run audit tree; expect_status 1; expect_out 'tree/sub/bad.yaml:9:21'; expect_out 'privileged'; expect_out 'FAIL'; expect_out 'Summary'
run audit tree/good.yaml; expect_status 0; expect_out 'PASS'
run audit tree --fail-on critical --packs workload-hardening; [ "$status" -le 1 ] || fail 'packs can be chosen'
run audit tree --packs default,workload-hardening --format json; expect_out '"name":"workload-hardening"'; expect_out '"name":"build-isolation"'
run audit 'tree/**/*.yaml'; expect_status 1
run audit tree/sub/bad.yaml tree/sub; expect_status 1
[ "$(grep -c -- '--> tree/sub/bad.yaml:9:21' <<<"$out")" -eq 1 ] || fail 'a file named twice is audited once'

# Standard input.
out=$(bad_pod | "$guardctl" audit - 2>&1); status=$?; err=
expect_status 1; expect_out '<stdin>:9:21'

# The same bytes whatever the number of jobs.
for i in $(seq 1 120); do mkdir -p "many/d$((i % 7))"; { good_pod; echo ---; bad_pod; } >"many/d$((i % 7))/$i.yaml"; done
for format in text json sarif; do
  "$guardctl" audit many --format $format --jobs 1 >one.txt; "$guardctl" audit many --format $format --jobs 7 >seven.txt
  cmp -s one.txt seven.txt || { status=; out=$(diff one.txt seven.txt | head -5); err=; fail "$format is the same for any number of jobs"; }
done

# Reports for CI systems: XML parses, GitLab's array has a row a finding, a name cannot break out of any of them.
mkdir -p 'odd'; bad_pod >'odd/a"<b>,::error,=|`.yaml'
run audit odd --format junit=r.xml --format gitlab=r.json --format csv=r.csv --format github=r.txt --format markdown=r.md --format json; expect_status 1
printf '%s' "$out" >all.json
python3 - <<'PY' || { out=$(cat r.txt); err=; status=1; fail 'CI reports are what their readers read'; }
import csv, json, xml.etree.ElementTree as tree
count = len(json.load(open('all.json'))['findings'])
name = 'odd/a"<b>,::error,=|`.yaml'
root = tree.parse('r.xml').getroot()
assert root.get('failures') == str(count) and len(root.findall('.//failure')) == count
assert root.find('testsuite').get('name') == name
rows = json.load(open('r.json'))
assert len(rows) == count == len({r['fingerprint'] for r in rows}) and rows[0]['location']['path'] == name
cells = list(csv.DictReader(open('r.csv', newline='')))
assert len(cells) == count and cells[0]['file'] == name
lines = open('r.txt').read().splitlines()
assert len(lines) == count + 1 and all(l.startswith('::') and 'file=odd/a"<b>%2C%3A%3Aerror%2C=|`.yaml,line=' in l for l in lines[:-1])
assert '<b>' not in open('r.md').read()
PY

# A wrong command line empties no report that was there.
echo kept >kept.txt
for wrong in '--format sarfi=kept.txt' '--format json=kept.txt --format sarif=./kept.txt' '--format json=kept.txt --format jsno' '--format json=kept.txt --pod-kind nothing'; do
  run audit tree $wrong; expect_status 2; [ "$(cat kept.txt)" = kept ] || fail "$wrong leaves kept.txt alone"
done
run audit tree --format json=; expect_status 2; expect_err 'names no file'

# Several reports in one run; JSON reads as JSON, and its findings are sorted.
run audit many --format json=report.json --format sarif=report.sarif --format text; expect_status 1; expect_out 'Summary'
python3 - <<'PY' || { out=; err=; status=1; fail 'the JSON report keeps its contract'; }
import json, hashlib
report = json.load(open('report.json'))
assert report['version'] == 1 and report['tool']['name'] == 'guardctl'
assert list(report) == ['version', 'tool', 'inputs', 'subjects', 'findings', 'summary']
keys = [(f['file'], f['line'], f['rule']) for f in report['findings']]
assert keys == sorted(keys) and keys
for f in report['findings']:
    for key in 'rule pack severity message subject file line column endLine endColumn path controls remediation'.split(): assert key in f, key
    assert f['line'] >= 1 and f['column'] >= 1 and (f['endLine'], f['endColumn']) > (f['line'], f['column'])
first = report['inputs'][0]
assert first['sha256'] == hashlib.sha256(open(first['file'], 'rb').read()).hexdigest()
assert report['summary']['filesAudited'] == 120 and sum(report['summary']['bySeverity'].values()) == len(report['findings'])
sarif = json.load(open('report.sarif'))
run = sarif['runs'][0]
assert sarif['version'] == '2.1.0' and len(run['results']) == len(report['findings'])
for result in run['results']:
    assert run['tool']['driver']['rules'][result['ruleIndex']]['id'] == result['ruleId']
    region = result['locations'][0]['physicalLocation']['region']
    assert region['startLine'] >= 1
PY

# Multi-byte text before a finding does not shift its place or its fix.
printf '# ünïcödé 日本語 🦀\napiVersion: v1\nkind: Pod\nmetadata: {name: "né", labels: {x: "日本"}}\nspec: {containers: [{name: "日本", image: "docker:27-dind", securityContext: {privileged: true}}]}\n' >wide.yaml
run audit wide.yaml --format json; expect_status 1
python3 - "$out" <<'PY' || fail 'places count code points'
import json, sys
report = json.loads(sys.argv[1])
text = open('wide.yaml', encoding='utf-8').read().split('\n')
spots = [text[f['line'] - 1][f['column'] - 1:f['endColumn'] - 1] for f in report['findings'] if 'rivileged' in f['path'] and f['path'].endswith('privileged')]
assert spots and all(s == 'true' for s in spots), spots
raw = open('wide.yaml', 'rb').read()
for f in report['findings']:
    for e in f.get('fix', {}).get('edits', []):
        before = raw[:e['offset']].decode('utf-8')
        assert before.count('\n') + 1 == e['line'] and len(before.rsplit('\n', 1)[-1]) + 1 == e['column'], e
PY

# Wrong usage.
run audit; expect_status 2; expect_err 'guardctl audit --help'
run audit tree --fromat json; expect_status 2; expect_err '--format'
run audit tree --format jsno; expect_status 2; expect_err 'did you mean json'
run audit tree --packs build-isolaton; expect_status 2; expect_err 'build-isolation'
run audit tree --kubernetes-version nine; expect_status 2
run audit tree --format json=/nowhere/x.json; expect_status 2; expect_err '/nowhere/x.json'
run audit tree --pod-kind x; expect_status 2; expect_err 'GROUP/KIND'

# A custom kind that makes pods.
printf 'apiVersion: example.com/v1\nkind: Runner\nmetadata: {name: r}\nspec: {template: {spec: {hostPID: true, containers: [{name: a, image: b}]}}}\n' >runner.yaml
run audit runner.yaml; expect_no_out 'hostPID'
run audit runner.yaml --pod-kind example.com/Runner=spec.template.spec; expect_status 1; expect_out 'hostPID'

# Helm templates are told apart.
mkdir -p chart/templates; printf 'apiVersion: v2\nname: c\nversion: 1.0.0\n' >chart/Chart.yaml
printf 'apiVersion: v1\nkind: Pod\nmetadata:\n  name: {{ .Release.Name }}\n{{- if .Values.x }}\nspec: {}\n{{- end }}\n' >chart/templates/pod.yaml
run audit chart; expect_status 3; expect_out 'not auditable as'; expect_out 'helm template'

# Rendering runs helm where it is: a stand-in here, as the renderer is not what is tested.
mkdir -p bin; printf '#!/bin/sh\n[ "$1" = template ] || exit 9\ncat <<EOF\n%s\nEOF\n' "$(bad_pod)" >bin/helm; chmod +x bin/helm
PATH="$PWD/bin:$PATH" run audit chart --render; expect_status 1; expect_out 'chart (helm template):9:21'
printf '#!/bin/sh\necho "Error: values do not parse" >&2\nexit 1\n' >bin/helm
PATH="$PWD/bin:$PATH" run audit chart --render; expect_status 2; expect_out 'values do not parse'
finish
