#!/usr/bin/env bash
# The rest of guardctl: version, help, explain, policy, completion, cel.
source "$(dirname "$0")/../support/e2e.bash"

run version; expect_status 0; expect_out 'guardctl '
run --version; expect_status 0; expect_out 'guardctl '
run --help; expect_status 0; expect_out 'audit'; expect_out 'Exit codes'
run; expect_status 2
run audti; expect_status 2; expect_err 'audit'

run explain no-privileged; expect_status 0; expect_out 'What must hold'; expect_out 'Controls'
run explain no-privilegd; expect_status 2; expect_err 'did you mean no-privileged'

run policy list; expect_status 0; expect_out 'build-isolation'; expect_out 'no-privileged'
run policy list --json; expect_status 0
python3 -c 'import json,sys; d=json.loads(sys.argv[1]); assert any(p["name"]=="build-isolation" and p["guardrails"] for p in d["packs"])' "$out" || fail 'policy list --json reads as JSON'
run policy test; expect_status 0; expect_out ' passed, 0 failed'
run policy lint; expect_status 0

# A folder of one's own: a bad example that passes is a failure with its place.
mkdir -p rules; cat >rules/short-names.yaml <<'YAML'
apiVersion: guardctl.dev/v1
kind: Guardrail
metadata: {name: short-names}
spec:
  title: Names are short
  severity: low
  description: For the test.
  remediation: Choose a shorter name.
  controls: {house: ["1"]}
  subject: pod
  require: "!has(pod.metadata.name) || pod.metadata.name.size() < 10"
  examples:
    good: [{metadata: {name: a}, containers: [{name: a}]}]
    bad:
      - {metadata: {name: much-longer-than-that}, containers: [{name: a}]}
YAML
run policy test rules; expect_status 0
sed -i 's/< 10/< 100/' rules/short-names.yaml
run policy test rules; expect_status 1; expect_out 'short-names.yaml:15'
sed -i '/    good:/d' rules/short-names.yaml
run policy lint rules; expect_status 1; expect_out 'good'

for shell in bash zsh fish; do run completion $shell; expect_status 0; expect_out 'guardctl'; done
run completion bash; bash -n <<<"$out" || fail 'the bash completion parses'
words=$(bash -c "$out"'; COMP_WORDS=(guardctl audit --fail-on ""); COMP_CWORD=3; _guardctl; echo "${COMPREPLY[@]}"')
[[ "$words" == *critical* ]] || { out=$words; fail 'completion offers severities'; }
run completion tcsh; expect_status 2

run cel '1 + 2'; expect_status 0; [ "$out" = 3 ] || fail 'one and two are three'
run cel '1 +'; expect_status 2; expect_err '^'
run cel '1 + "a"'; expect_status 2; expect_err '1:1'
run cel '1 / 0'; expect_status 2; expect_err 'zero'
run cel 'quantity("1Gi").isGreaterThan(quantity("1G"))'; expect_status 0; expect_out true
bad_pod >pod.yaml
run cel 'spec.containers.exists(c, c.securityContext.privileged)' --input pod.yaml; expect_status 0; expect_out true
out=$(printf '{"expr":"x + 1u","bindings":{"x":{"uint":"4"}}}\nnot json\n{"expr":"1/0"}\n' | "$guardctl" cel --batch); status=$?; err=
[ "$(wc -l <<<"$out")" -eq 3 ] || fail 'one answer a line'
expect_out '{"value":{"uint":"5"}}'
run cel 'object.spec.containers.size() == 1 && metadata.name == "bad"' --input pod.yaml; [ "$out" = true ] || fail 'object is the whole input'
: >empty.yaml; run cel 'object' --input empty.yaml; [ "$out" = null ] || fail 'an empty input is null'
finish
