#!/usr/bin/env bash
# guardctl admit decides as the webhook would, and says what is wrong with a configuration or a review.
source "$(dirname "$0")/../support/e2e.bash"

# ask FILE -- ARGS...: as run, with standard input.
ask() { local input=$1; shift 2; out=$("$guardctl" "$@" 2>.stderr <"$input"); status=$?; err=$(cat .stderr); }

cat >webhook.yaml <<'Y'
apiVersion: guardctl.dev/v1
kind: WebhookConfiguration
listen: 127.0.0.1:8443
profiles:
  ci: {packs: {build-isolation: deny}}
  hints: {packs: {build-isolation: warn}}
Y
cat >pod.yaml <<'Y'
apiVersion: v1
kind: Pod
metadata: {name: x}
spec: {containers: [{name: a, image: registry.example.com/a:1, securityContext: {privileged: true}}]}
Y
ask pod.yaml -- admit --config webhook.yaml --profile ci --format text
expect_status 1 "an object that is created: exit code"
expect_out "denied: profile 'ci' refuses this Pod: 1 violation"
expect_out "[no-privileged] spec.containers[0].securityContext.privileged: container a is privileged"
ask pod.yaml -- admit --config webhook.yaml --profile hints --format text
expect_status 0 "another profile: exit code"
expect_out "allowed"
expect_out "warning: [no-privileged]"
echo '{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"u7","kind":{"group":"","version":"v1","kind":"Pod"},"resource":{"group":"","version":"v1","resource":"pods"},"operation":"DELETE","oldObject":null,"object":null}}' >review.json
ask review.json -- admit --config webhook.yaml --profile ci
expect_status 0 "a review, answered as the webhook would: exit code"
expect_out '{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":{"uid":"u7","allowed":true}}'
ask pod.yaml -- admit --config webhook.yaml
expect_status 2 "several profiles and none chosen: exit code"
expect_err "--profile is needed, as webhook.yaml has several: ci, hints"
ask pod.yaml -- admit --config webhook.yaml --profile prod
expect_status 2 "no such profile: exit code"
expect_err "there is no profile 'prod'; there are: ci, hints"
ask <(echo 'a: 1') -- admit --config webhook.yaml --profile ci
expect_status 2 "neither a review nor an object: exit code"
expect_err "neither an AdmissionReview nor a Kubernetes object"
ask <(echo '{"a": [}') -- admit --config webhook.yaml --profile ci
expect_status 2 "broken input: exit code"
expect_err "<stdin>:1:8"
ask pod.yaml -- admit --config nowhere.yaml
expect_status 2 "no configuration: exit code"
expect_err "nowhere.yaml"
sed -i 's/packs: {build-isolation: warn}/packs: {build-isolaton: warn}/' webhook.yaml
ask pod.yaml -- admit --config webhook.yaml --profile ci
expect_status 2 "a typo in the configuration: exit code"
expect_err "webhook.yaml:6:19: there is no pack 'build-isolaton'"
expect_err "did you mean 'build-isolation'?"
finish
