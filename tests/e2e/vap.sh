#!/usr/bin/env bash
# Kubernetes' own policies: audited by, explained, and written from guardrails.
source "$(dirname "$0")/../support/e2e.bash"
mkdir tree policies; good_pod >tree/good.yaml; bad_pod >tree/bad.yaml
policy() {
  cat <<YAML
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: team-label, annotations: {kubernetes.io/description: Somebody has to answer for a pod.}}
spec:
  matchConstraints:
    resourceRules: [{apiGroups: [''], apiVersions: [v1], operations: [CREATE], resources: [pods]}]
  validations:
    - expression: "'team' in object.metadata.?labels.orValue({})"
      messageExpression: "object.metadata.name + ' has no label team'"
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: team-label-$1}
spec: {policyName: team-label, validationActions: [$1]}
YAML
}
policy Deny >policies/deny.yaml; policy Warn >warn.yaml; policy Audit >audit.yaml

# A finding of the severity that the binding's action has, in every format.
run audit tree/good.yaml --policies policies; expect_status 1; expect_out 'high[team-label]'; expect_out 'good has no label team'; expect_out 'tree/good.yaml:3:18'
run audit tree/good.yaml --policies warn.yaml; expect_status 0; expect_out 'medium[team-label]'
run audit tree/good.yaml --policies audit.yaml --fail-on info; expect_status 1; expect_out 'info[team-label]'
run audit tree/good.yaml --policies policies --format json; expect_out '"rule":"team-label"'; expect_out '"severity":"high"'
run audit tree/good.yaml --policies policies --format sarif; expect_out '"ruleId":"team-label"'; expect_out 'Somebody has to answer for a pod.'
run audit tree --policies policies --format text; expect_out 'high[team-label]'; expect_out 'privileged'
for jobs in 1 4; do "$guardctl" audit tree --policies policies --format json --jobs $jobs >"$jobs.json"; done
cmp -s 1.json 4.json || fail 'the same whatever the number of jobs'

# Guardrails and policies side by side; a broken policy is told at its place, with all its mistakes.
run explain team-label --policies policies; expect_status 0; expect_out 'Somebody has to answer for a pod.'
sed 's/object.metadata.name +/objekt.metadata.name +/; s/metadata.?labels.orValue/metadata.?labels.orValues/' policies/deny.yaml >broken.yaml
run audit tree --policies broken.yaml; expect_status 2; expect_err "broken.yaml:8:54"; expect_err "broken.yaml:9:27"; expect_err "did you mean 'object'?"
sed '/^---/,$d' policies/deny.yaml >unbound.yaml
run audit tree --policies unbound.yaml; expect_status 2; expect_err "no binding"
run audit tree --policies nothing.yaml; expect_status 2

# What guardrails export, judges as they do.
run policy export no-privileged; expect_status 0; expect_out 'kind: ValidatingAdmissionPolicyBinding'; expect_out 'pods/ephemeralcontainers'; expect_out 'validationActions: ["Deny"]'
mkdir exported; "$guardctl" policy export no-privileged no-runtime-socket --action Deny >exported/all.yaml
run audit tree/bad.yaml --packs workload-hardening --policies exported --format json; expect_status 1; expect_out '"rule":"no-privileged"'; expect_out '"pack":"kubernetes-policies"'
run policy export no-docker-client; expect_status 2; expect_err "not exported: "; expect_err "guard.buildTool"
run policy export no-docker-client no-privileged --skip; expect_status 0; expect_err 'no-docker-client'; expect_out 'name: no-privileged'
run policy export no-privilegd; expect_status 2; expect_err 'did you mean no-privileged?'
run policy export --packs pod-security-restricted --action Warn; expect_status 0; expect_out 'validationActions: ["Warn"]'
run policy export --action Block; expect_status 2
finish
