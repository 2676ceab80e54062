#!/usr/bin/env bash
# The SARIF report is valid by the standard's own schema, judged by a validator that is not ours.
source "$(dirname "$0")/../support/e2e.bash"
schema=${GUARD_CORPUS:-}/schemas/sarif-2.1.0.json
[ -f "$schema" ] || { echo 'skipped: GUARD_CORPUS does not name a folder with schemas/sarif-2.1.0.json'; exit 77; }
/usr/bin/python3 -c 'import jsonschema' 2>/dev/null || { echo 'skipped: python3-jsonschema is not installed'; exit 77; }

mkdir tree; good_pod >tree/good.yaml; bad_pod >'tree/bad ünï%.yaml'; printf 'apiVersion: v1\nkind: Pod\nspec: [\n' >tree/broken.yaml; : >tree/empty.yaml
cat >tree/socket.yaml <<'YAML'
apiVersion: v1
kind: Pod
metadata: {name: socket}
spec:
  hostPID: true
  containers: [{name: a, image: 'alpine', volumeMounts: [{name: s, mountPath: /s}]}]
  volumes: [{name: s, hostPath: {path: //var/run/./docker.sock}}]
YAML
run audit tree --format sarif --packs build-isolation,pod-security-restricted,workload-hardening; expect_status 2
printf '%s' "$out" >report.sarif
"$guardctl" audit tree/empty.yaml --format sarif >empty.sarif
/usr/bin/python3 - "$schema" report.sarif empty.sarif <<'PY' || fail 'the report is valid'
import json, sys
import jsonschema
schema = json.load(open(sys.argv[1]))
validator = jsonschema.validators.validator_for(schema)(schema, format_checker=jsonschema.FormatChecker())
bad = 0
for name in sys.argv[2:]:
    report = json.load(open(name))
    for error in validator.iter_errors(report):
        print(name, list(error.absolute_path), error.message[:300]); bad += 1
report = json.load(open(sys.argv[2]))
results = report['runs'][0]['results']
assert results and any('fixes' in r for r in results), 'no fix in any result'
sys.exit(bad != 0)
PY
finish
