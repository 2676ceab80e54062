#!/usr/bin/env bash
# The tricks that get a pod past other admission controllers, each posted over TLS as the API server would, beside its
# harmless twin. Names tell what the trick is.
source "$(dirname "$0")/../support/webhook.bash"
make_certificates certs
cat >config.yaml <<'YAML'
apiVersion: guardctl.dev/v1
kind: WebhookConfiguration
listen: 127.0.0.1:0
status: {listen: "127.0.0.1:0"}
tls: {certificate: certs/tls.crt, key: certs/tls.key}
podKinds: [{group: farm.example.com, kind: Farm, path: spec.workers.template.spec}]
profiles:
  guarded:
    packs: {build-isolation: deny, pod-security-baseline: deny, admission-requests: deny}
    templates: deny
  restricted:
    packs: {pod-security-restricted: deny, build-isolation: deny}
YAML
start_webhook
cat >cases.py <<'PY'
import copy
from webhook_client import *

IMAGE = 'registry.example.com/web@sha256:' + '3f' * 32
SAFE = {'allowPrivilegeEscalation': False, 'capabilities': {'drop': ['ALL']}}
def container(**more): return {'name': 'web', 'image': IMAGE, 'securityContext': dict(SAFE), **more}
def pod(metadata=None, **spec):
    return {'apiVersion': 'v1', 'kind': 'Pod', 'metadata': {'name': 'web', 'namespace': 'shop', **(metadata or {})},
            'spec': {'containers': [container()], 'securityContext': {'runAsNonRoot': True, 'seccompProfile': {'type': 'RuntimeDefault'}}, **spec}}
def host_path(path, **more): return pod(volumes=[{'name': 'v', 'hostPath': {'path': path}}], **more)
def split(api_version): return api_version.split('/') if '/' in api_version else ['', api_version]
PRIVILEGED = container(securityContext={'privileged': True})

def ask(obj=None, old=None, profile='guarded', operation=None, resource=None, subresource=None, user='dev', namespace='shop', kind=None):
    shown = obj or old
    group, version = split(shown['apiVersion'])
    kind = kind or shown['kind']
    names = {'group': group, 'version': version, 'kind': kind}
    resources = {'group': group, 'version': version, 'resource': resource or kind.lower() + 's'}
    body = {'uid': 'u', 'kind': names, 'resource': resources, 'requestKind': names, 'requestResource': resources, 'namespace': namespace,
            'name': shown.get('metadata', {}).get('name', ''), 'operation': operation or ('UPDATE' if old else 'CREATE'),
            'userInfo': {'username': user, 'groups': ['system:authenticated']}, 'object': obj, 'oldObject': old, 'dryRun': False}
    if subresource: body['subResource'] = subresource
    answer = verdict(once(request(json.dumps({'apiVersion': 'admission.k8s.io/v1', 'kind': 'AdmissionReview', 'request': body}).encode(),
                                  path=f'/validate/{profile}?timeout=10s')))
    assert answer['uid'] == 'u' and 'patch' not in answer, answer
    return answer

def denied(what, *args, by='', **kwargs):
    answer = ask(*args, **kwargs)
    assert answer['allowed'] is False and answer['status']['code'] in (400, 403), (what, answer)
    assert by in answer['status']['message'], (what, by, answer['status']['message'])
def allowed(what, *args, **kwargs):
    answer = ask(*args, **kwargs)
    assert answer['allowed'] is True, (what, answer['status']['message'])
PY
export PYTHONPATH=$PYTHONPATH:$PWD

python 'paths of the host: equivalent, aliased, parents, whole segments, mounted or not, read-only or not' <<'PY'
from cases import *
allowed('a clean pod', pod())
for path in ['//var/run/docker.sock', '/var/run/./docker.sock', '/var/run/docker.sock/', '/run/docker.sock', '/run/containerd/containerd.sock',
             '/run/k3s/containerd/containerd.sock', '/run/crio/crio.sock', '/run/podman/podman.sock', '/run/user/1000/podman/podman.sock',
             '/run/buildkit/buildkitd.sock', '/home/dev/.docker/desktop/docker.sock', '/', '/var', '/var/run', '/run', '/run/containerd', '/var/../run']:
    denied(path, host_path(path), by='no-runtime-socket')
for path in ['/proc', '/sys', '/dev', '/var/lib/kubelet', '/var/lib/docker', '/etc/kubernetes/manifests', '/etc//kubernetes']:
    denied(path, host_path(path), by='pss-host-path-volumes')
denied('a read-only socket', host_path('/run/docker.sock', containers=[container(volumeMounts=[{'name': 'v', 'mountPath': '/s', 'readOnly': True}])]))
denied('a volume that nobody mounts yet', host_path('/run/docker.sock'))
denied('a prefix that is no parent is a host path all the same', host_path('/runner'), by='pss-host-path-volumes')
PY

python 'volumes of other types, PersistentVolumes, images of volumes' <<'PY'
from cases import *
def volume(**source): return pod(volumes=[{'name': 'v', **source}])
denied('gitRepo', volume(gitRepo={'repository': 'https://git.example.com/x'}), by='no-git-repo-volume')
denied('flexVolume', volume(flexVolume={'driver': 'example.com/x'}), by='no-flex-volume')
denied('nfs', volume(nfs={'server': 'nfs', 'path': '/'}), profile='restricted')
denied('iscsi', volume(iscsi={'targetPortal': 't', 'iqn': 'i', 'lun': 0}), profile='restricted')
denied('a csi volume that opens the socket', volume(csi={'driver': 'hostpath.csi.k8s.io', 'volumeAttributes': {'path': '/run/docker.sock'}}), by='no-runtime-socket-in-csi-volume')
allowed('an emptyDir', volume(emptyDir={}))
allowed('a claim', volume(persistentVolumeClaim={'claimName': 'data'}), profile='restricted')
def pv(**source): return {'apiVersion': 'v1', 'kind': 'PersistentVolume', 'metadata': {'name': 'v'}, 'spec': {'capacity': {'storage': '1Gi'}, **source}}
denied('a PersistentVolume with the socket', pv(hostPath={'path': '/var/run'}), namespace='', by='no-runtime-socket-in-persistent-volume')
denied('a PersistentVolume of the host', pv(hostPath={'path': '/data'}), namespace='', by='no-host-path-persistent-volume')
denied('a local PersistentVolume with the socket', pv(local={'path': '/run/containerd'}), namespace='')
allowed('a PersistentVolume of a driver', pv(csi={'driver': 'ebs.csi.aws.com', 'volumeHandle': 'vol-1'}), namespace='')
denied('an image volume by tag in a build', pod(containers=[container(image='quay.io/buildah/stable@sha256:' + '3f' * 32)], volumes=[{'name': 'v', 'image': {'reference': 'registry.example.com/tools:latest'}}]), by='pinned-image-volume')
PY

python 'containers of every kind, subresources, user namespaces, Windows, annotations' <<'PY'
from cases import *
for kind in ['initContainers', 'containers']:
    denied(kind, pod(**{kind: [{**PRIVILEGED, 'name': 'x'}]}), by='no-privileged')
denied('a sidecar', pod(initContainers=[{**PRIVILEGED, 'name': 'x', 'restartPolicy': 'Always'}]), by='no-privileged')
debug = pod(ephemeralContainers=[{**PRIVILEGED, 'name': 'debug'}])
denied('an ephemeral container', debug, pod(), subresource='ephemeralcontainers', by='spec.ephemeralContainers[0]')
denied('a subresource that nobody knows', pod(containers=[PRIVILEGED]), pod(), subresource='teleport')
denied('a resize that is none', pod(containers=[{**PRIVILEGED, 'image': 'other'}]), pod(), subresource='resize')
allowed('a resize', pod(containers=[container(resources={'limits': {'cpu': '2'}})]), pod(), subresource='resize')
denied('no securityContext at all', pod(containers=[{'name': 'a', 'image': 'a'}], securityContext={}), profile='restricted')
for name, more in [('privileged', {'containers': [PRIVILEGED]}), ('hostNetwork', {'hostNetwork': True}), ('hostPath', {'volumes': [{'name': 'v', 'hostPath': {'path': '/run'}}]})]:
    denied(name + ' in a user namespace', pod(hostUsers=False, **more), by='no-')
denied('an unmasked /proc in a user namespace', pod(hostUsers=False, containers=[container(securityContext={**SAFE, 'procMount': 'Unmasked'})]), by='no-unmasked-proc')
denied('hostProcess of the pod', pod(securityContext={'windowsOptions': {'hostProcess': True}}), by='host-process')
denied('hostProcess of a container', pod(containers=[container(securityContext={'windowsOptions': {'hostProcess': True}})]), by='host-process')
apparmor = 'container.apparmor.security.beta.kubernetes.io/web'
denied('AppArmor by annotation', pod(metadata={'annotations': {apparmor: 'unconfined'}}), by='no-unconfined-annotations')
denied('seccomp by annotation', pod(metadata={'annotations': {'seccomp.security.alpha.kubernetes.io/pod': 'unconfined'}}), by='no-unconfined-annotations')
denied('a Localhost profile without a name', pod(securityContext={'seccompProfile': {'type': 'Localhost', 'localhostProfile': ''}}), by='no-localhost-profile-without-name')
denied('a pod that is being deleted', pod(metadata={'deletionTimestamp': '2026-01-01T00:00:00Z', 'finalizers': ['x/y']}, containers=[PRIVILEGED]), by='no-privileged')
denied('a label that asks to be left alone', pod(metadata={'labels': {'guardctl.dev/profile': 'none', 'admission.gatekeeper.sh/ignore': 'yes'}}, containers=[PRIVILEGED]))
denied('a pod that calls itself steered', pod(metadata={'annotations': {'guardctl.dev/steered': 'daemon'}}, containers=[PRIVILEGED]))
denied('a mirror pod', pod(metadata={'annotations': {'kubernetes.io/config.mirror': 'x'}}, containers=[PRIVILEGED], nodeName='node-1'))
denied('a host port', pod(containers=[container(ports=[{'containerPort': 80, 'hostPort': 80}])]))
denied('a device by annotation', pod(metadata={'annotations': {'cdi.k8s.io/x': 'vendor.com/device=all'}}), by='no-device-annotations')
PY

python 'everything that makes pods, in every version it comes in' <<'PY'
from cases import *
template = {'metadata': {'labels': {'app': 'x'}}, 'spec': {'containers': [PRIVILEGED]}}
for api, kind, spec in [('apps/v1', 'Deployment', {'template': template}), ('apps/v1', 'ReplicaSet', {'template': template}), ('apps/v1', 'StatefulSet', {'template': template}),
                        ('apps/v1', 'DaemonSet', {'template': template}), ('batch/v1', 'Job', {'template': template}), ('batch/v1', 'CronJob', {'jobTemplate': {'spec': {'template': template}}}),
                        ('v1', 'ReplicationController', {'template': template}), ('farm.example.com/v1', 'Farm', {'workers': {'template': template}}),
                        ('tekton.dev/v1', 'Task', {'steps': [{'name': 'x', 'image': 'x', 'securityContext': {'privileged': True}}]}),
                        ('argoproj.io/v1alpha1', 'Workflow', {'templates': [{'name': 'x', 'container': {'image': 'x', 'securityContext': {'privileged': True}}}]}),
                        ('actions.github.com/v1alpha1', 'AutoscalingRunnerSet', {'template': template})]:
    denied(kind, {'apiVersion': api, 'kind': kind, 'metadata': {'name': 'x'}, 'spec': spec}, by='no-privileged')
denied('PodTemplate', {'apiVersion': 'v1', 'kind': 'PodTemplate', 'metadata': {'name': 'x'}, 'template': template}, by='no-privileged')
PY

python 'who asks: commands in pods, labels that choose a profile' <<'PY'
from cases import *
for subresource, kind in [('exec', 'PodExecOptions'), ('attach', 'PodAttachOptions'), ('portforward', 'PodPortForwardOptions')]:
    denied(subresource, {'apiVersion': 'v1', 'kind': kind, 'command': ['sh']}, operation='CONNECT', resource='pods', subresource=subresource, by='may not')
def namespace(**labels): return {'apiVersion': 'v1', 'kind': 'Namespace', 'metadata': {'name': 'shop', 'labels': {k.replace('_', '/', 1): v for k, v in labels.items()}}}
guarded = namespace(**{'guardctl.dev_profile': 'ci', 'pod-security.kubernetes.io_enforce': 'restricted'})
denied('opting out', namespace(), guarded, by='no-profile-change')
denied('choosing a weaker profile', namespace(**{'guardctl.dev_profile': 'audit', 'pod-security.kubernetes.io_enforce': 'restricted'}), guarded, by='no-profile-change')
denied('a weaker Pod Security level', namespace(**{'guardctl.dev_profile': 'ci', 'pod-security.kubernetes.io_enforce': 'privileged'}), guarded, by='no-profile-change')
allowed('another label', namespace(**{'guardctl.dev_profile': 'ci', 'pod-security.kubernetes.io_enforce': 'restricted', 'team': 'a'}), guarded)
PY

python 'updates and deletions: controllers go on, nobody gets worse, errors deny' <<'PY'
from cases import *
old = pod(containers=[PRIVILEGED], metadata={'finalizers': ['batch.kubernetes.io/job-tracking']})
allowed('a finalizer goes', pod(containers=[PRIVILEGED]), old, user='system:serviceaccount:kube-system:job-controller')
denied('another image', pod(containers=[{**PRIVILEGED, 'image': 'other'}]), old)
allowed('a deletion', None, old, operation='DELETE')
denied('an object of another kind', {**pod(), 'kind': 'ConfigMap'}, kind='Pod', by='another kind')
denied('containers that are no list', pod(containers={'name': 'web'}), by='could not be evaluated')
denied('a number where a path belongs', host_path(7))
denied('a string where a boolean belongs', pod(containers=[container(securityContext={'privileged': 'true'})]))
PY
stop_webhook; expect_status 0
finish
