// Tested by tests/unit/engine/pod_schema_test.cc.
#include "policies/engine/pod_schema.h"

#include <string_view>
#include <unordered_map>

namespace guard {

namespace {

using cel::Type;
using cel::TypePool;

// A word without a colon begins a type; "name:type" is one of its fields. []T is a list, {}T a map with
// string keys. `from` of Container and `metadata` of Pod are what the projection adds (subject.h).
constexpr std::string_view kTypes = R"(
Pod
  metadata:ObjectMeta containers:[]Container initContainers:[]Container ephemeralContainers:[]Container
  volumes:[]Volume restartPolicy:string terminationGracePeriodSeconds:int activeDeadlineSeconds:int
  dnsPolicy:string nodeSelector:{}string serviceAccountName:string serviceAccount:string
  automountServiceAccountToken:bool nodeName:string hostNetwork:bool hostPID:bool hostIPC:bool
  shareProcessNamespace:bool securityContext:PodSecurityContext imagePullSecrets:[]LocalReference
  hostname:string subdomain:string affinity:Affinity schedulerName:string tolerations:[]Toleration
  hostAliases:[]HostAlias priorityClassName:string priority:int dnsConfig:DnsConfig
  readinessGates:[]ReadinessGate runtimeClassName:string enableServiceLinks:bool preemptionPolicy:string
  overhead:{}dyn topologySpreadConstraints:[]TopologySpread setHostnameAsFQDN:bool os:Os hostUsers:bool
  schedulingGates:[]SchedulingGate resourceClaims:[]PodResourceClaim resources:Resources
  hostnameOverride:string workloadRef:WorkloadReference schedulingGroup:SchedulingGroup
Container
  from:string name:string image:string command:[]string args:[]string workingDir:string
  ports:[]ContainerPort envFrom:[]EnvFrom env:[]EnvVar resources:Resources resizePolicy:[]ResizePolicy
  restartPolicy:string restartPolicyRules:[]RestartRule volumeMounts:[]VolumeMount
  volumeDevices:[]VolumeDevice livenessProbe:Probe readinessProbe:Probe startupProbe:Probe
  lifecycle:Lifecycle terminationMessagePath:string terminationMessagePolicy:string imagePullPolicy:string
  securityContext:SecurityContext stdin:bool stdinOnce:bool tty:bool targetContainerName:string
ObjectMeta
  name:string generateName:string namespace:string labels:{}string annotations:{}string uid:string
  resourceVersion:string generation:int creationTimestamp:string deletionTimestamp:string
  deletionGracePeriodSeconds:int finalizers:[]string ownerReferences:[]OwnerReference selfLink:string
  clusterName:string managedFields:[]dyn
OwnerReference
  apiVersion:string kind:string name:string uid:string controller:bool blockOwnerDeletion:bool
SecurityContext
  capabilities:Capabilities privileged:bool seLinuxOptions:SeLinuxOptions windowsOptions:WindowsOptions
  runAsUser:int runAsGroup:int runAsNonRoot:bool readOnlyRootFilesystem:bool allowPrivilegeEscalation:bool
  procMount:string seccompProfile:Profile appArmorProfile:Profile
PodSecurityContext
  seLinuxOptions:SeLinuxOptions windowsOptions:WindowsOptions runAsUser:int runAsGroup:int runAsNonRoot:bool
  supplementalGroups:[]int supplementalGroupsPolicy:string fsGroup:int sysctls:[]Sysctl
  fsGroupChangePolicy:string seccompProfile:Profile appArmorProfile:Profile seLinuxChangePolicy:string
Capabilities add:[]string drop:[]string
SeLinuxOptions user:string role:string type:string level:string
WindowsOptions gmsaCredentialSpecName:string gmsaCredentialSpec:string runAsUserName:string hostProcess:bool
Profile type:string localhostProfile:string
Sysctl name:string value:string
ContainerPort name:string hostPort:int containerPort:int protocol:string hostIP:string
EnvFrom prefix:string configMapRef:OptionalReference secretRef:OptionalReference
EnvVar name:string value:string valueFrom:EnvSource
EnvSource
  fieldRef:FieldReference resourceFieldRef:ResourceFieldReference configMapKeyRef:KeyReference
  secretKeyRef:KeyReference fileKeyRef:FileKeyReference
FieldReference apiVersion:string fieldPath:string
ResourceFieldReference containerName:string resource:string divisor:dyn
KeyReference name:string key:string optional:bool
FileKeyReference volumeName:string path:string key:string optional:bool
OptionalReference name:string optional:bool
LocalReference name:string
ObjectReference
  kind:string namespace:string name:string uid:string apiVersion:string resourceVersion:string
  fieldPath:string apiGroup:string
Resources limits:{}dyn requests:{}dyn claims:[]ResourceClaim
ResourceClaim name:string request:string
PodResourceClaim
  name:string source:ResourceClaimSource resourceClaimName:string resourceClaimTemplateName:string
  podGroupResourceClaim:string
ResourceClaimSource resourceClaimName:string resourceClaimTemplateName:string
ResizePolicy resourceName:string restartPolicy:string
RestartRule action:string exitCodes:RestartExitCodes
RestartExitCodes operator:string values:[]int
VolumeMount
  name:string readOnly:bool recursiveReadOnly:string mountPath:string subPath:string
  mountPropagation:string subPathExpr:string
VolumeDevice name:string devicePath:string
Probe
  exec:ExecAction httpGet:HttpGetAction tcpSocket:TcpSocketAction grpc:GrpcAction initialDelaySeconds:int
  timeoutSeconds:int periodSeconds:int successThreshold:int failureThreshold:int
  terminationGracePeriodSeconds:int
ExecAction command:[]string
HttpGetAction path:string port:dyn host:string scheme:string httpHeaders:[]HttpHeader
HttpHeader name:string value:string
TcpSocketAction port:dyn host:string
GrpcAction port:int service:string
SleepAction seconds:int
Lifecycle postStart:LifecycleHandler preStop:LifecycleHandler stopSignal:string
LifecycleHandler exec:ExecAction httpGet:HttpGetAction tcpSocket:TcpSocketAction sleep:SleepAction
Affinity nodeAffinity:NodeAffinity podAffinity:PodAffinity podAntiAffinity:PodAffinity
NodeAffinity
  requiredDuringSchedulingIgnoredDuringExecution:NodeSelector
  preferredDuringSchedulingIgnoredDuringExecution:[]PreferredNode
NodeSelector nodeSelectorTerms:[]NodeSelectorTerm
NodeSelectorTerm matchExpressions:[]Requirement matchFields:[]Requirement
PreferredNode weight:int preference:NodeSelectorTerm
Requirement key:string operator:string values:[]string
PodAffinity
  requiredDuringSchedulingIgnoredDuringExecution:[]PodAffinityTerm
  preferredDuringSchedulingIgnoredDuringExecution:[]PreferredPod
PodAffinityTerm
  labelSelector:LabelSelector namespaces:[]string topologyKey:string namespaceSelector:LabelSelector
  matchLabelKeys:[]string mismatchLabelKeys:[]string
PreferredPod weight:int podAffinityTerm:PodAffinityTerm
LabelSelector matchLabels:{}string matchExpressions:[]Requirement
Toleration key:string operator:string value:string effect:string tolerationSeconds:int
HostAlias ip:string hostnames:[]string
DnsConfig nameservers:[]string searches:[]string options:[]DnsOption
DnsOption name:string value:string
ReadinessGate conditionType:string
TopologySpread
  maxSkew:int topologyKey:string whenUnsatisfiable:string labelSelector:LabelSelector minDomains:int
  nodeAffinityPolicy:string nodeTaintsPolicy:string matchLabelKeys:[]string
Os name:string
SchedulingGate name:string
WorkloadReference name:string podGroup:string podGroupReplicaKey:string
SchedulingGroup podGroupName:string
Volume
  name:string hostPath:HostPath emptyDir:EmptyDir gcePersistentDisk:GcePersistentDisk
  awsElasticBlockStore:AwsElasticBlockStore gitRepo:GitRepo secret:SecretVolume nfs:Nfs iscsi:Iscsi
  glusterfs:Glusterfs persistentVolumeClaim:ClaimVolume rbd:Rbd flexVolume:FlexVolume cinder:Cinder
  cephfs:Cephfs flocker:Flocker downwardAPI:DownwardVolume fc:FibreChannel azureFile:AzureFile
  configMap:ConfigMapVolume vsphereVolume:VsphereVolume quobyte:Quobyte azureDisk:AzureDisk
  photonPersistentDisk:PhotonPersistentDisk projected:Projected portworxVolume:PortworxVolume
  scaleIO:ScaleIo storageos:StorageOs csi:Csi ephemeral:EphemeralVolume image:ImageVolume
HostPath path:string type:string
EmptyDir medium:string sizeLimit:dyn stickyBit:bool
GcePersistentDisk pdName:string fsType:string partition:int readOnly:bool
AwsElasticBlockStore volumeID:string fsType:string partition:int readOnly:bool
GitRepo repository:string revision:string directory:string
KeyToPath key:string path:string mode:int
SecretVolume secretName:string items:[]KeyToPath defaultMode:int optional:bool
ConfigMapVolume name:string items:[]KeyToPath defaultMode:int optional:bool
Nfs server:string path:string readOnly:bool
Iscsi
  targetPortal:string iqn:string lun:int iscsiInterface:string fsType:string readOnly:bool portals:[]string
  chapAuthDiscovery:bool chapAuthSession:bool secretRef:LocalReference initiatorName:string
Glusterfs endpoints:string path:string readOnly:bool
ClaimVolume claimName:string readOnly:bool
Rbd
  monitors:[]string image:string fsType:string pool:string user:string keyring:string
  secretRef:LocalReference readOnly:bool
FlexVolume driver:string fsType:string secretRef:LocalReference readOnly:bool options:{}string
Cinder volumeID:string fsType:string readOnly:bool secretRef:LocalReference
Cephfs
  monitors:[]string path:string user:string secretFile:string secretRef:LocalReference readOnly:bool
Flocker datasetName:string datasetUUID:string
DownwardVolume items:[]DownwardFile defaultMode:int
DownwardFile path:string fieldRef:FieldReference resourceFieldRef:ResourceFieldReference mode:int
FibreChannel targetWWNs:[]string lun:int fsType:string readOnly:bool wwids:[]string
AzureFile secretName:string shareName:string readOnly:bool
VsphereVolume volumePath:string fsType:string storagePolicyName:string storagePolicyID:string
Quobyte registry:string volume:string readOnly:bool user:string group:string tenant:string
AzureDisk diskName:string diskURI:string cachingMode:string fsType:string readOnly:bool kind:string
PhotonPersistentDisk pdID:string fsType:string
PortworxVolume volumeID:string fsType:string readOnly:bool
ScaleIo
  gateway:string system:string secretRef:LocalReference sslEnabled:bool protectionDomain:string
  storagePool:string storageMode:string volumeName:string fsType:string readOnly:bool
StorageOs
  volumeName:string volumeNamespace:string fsType:string readOnly:bool secretRef:LocalReference
Csi
  driver:string readOnly:bool fsType:string volumeAttributes:{}string nodePublishSecretRef:LocalReference
EphemeralVolume volumeClaimTemplate:ClaimTemplate
ClaimTemplate metadata:ObjectMeta spec:ClaimSpec
ClaimSpec
  accessModes:[]string selector:LabelSelector resources:Resources volumeName:string storageClassName:string
  volumeMode:string dataSource:ObjectReference dataSourceRef:ObjectReference
  volumeAttributesClassName:string
ImageVolume reference:string pullPolicy:string
Projected sources:[]Projection defaultMode:int
Projection
  secret:ProjectedItems downwardAPI:DownwardVolume configMap:ProjectedItems
  serviceAccountToken:ProjectedToken clusterTrustBundle:TrustBundle podCertificate:PodCertificate
ProjectedItems name:string items:[]KeyToPath optional:bool
ProjectedToken audience:string expirationSeconds:int path:string
TrustBundle name:string signerName:string labelSelector:LabelSelector optional:bool path:string
PodCertificate
  signerName:string keyType:string maxExpirationSeconds:int credentialBundlePath:string keyPath:string
  certificateChainPath:string userAnnotations:{}string
AdmissionRequest
  uid:string kind:GroupVersionKind resource:GroupVersionResource subResource:string
  requestKind:GroupVersionKind requestResource:GroupVersionResource requestSubResource:string name:string
  namespace:string operation:string userInfo:UserInfo object:dyn oldObject:dyn dryRun:bool options:dyn
GroupVersionKind group:string version:string kind:string
GroupVersionResource group:string version:string resource:string
UserInfo username:string uid:string groups:[]string extra:{}dyn
)";

// Calls visit(word) for each word of the table.
template <class Visit>
void ForEachWord(const Visit& visit) {
  std::string_view rest = kTypes;
  while (true) {
    size_t begin = rest.find_first_not_of(" \n");
    if (begin == rest.npos) return;
    size_t end = rest.find_first_of(" \n", begin);
    visit(rest.substr(begin, end - begin));
    rest.remove_prefix(end);
  }
}

class Table {
 public:
  explicit Table(TypePool& pool) : pool_(pool) {
    ForEachWord([&](std::string_view word) {
      if (word.find(':') == word.npos) objects_.emplace(word, pool_.Object(word));
    });
    Type* object = nullptr;
    ForEachWord([&](std::string_view word) {
      size_t colon = word.find(':');
      if (colon == word.npos)
        object = objects_.at(word);
      else
        object->fields.emplace(word.substr(0, colon), Of(word.substr(colon + 1)));
    });
  }

  const Type* Of(std::string_view word) {
    if (word.starts_with("[]")) return pool_.List(Of(word.substr(2)));
    if (word.starts_with("{}")) return pool_.Map(&cel::kStringType, Of(word.substr(2)));
    if (word == "string") return &cel::kStringType;
    if (word == "int") return &cel::kIntType;
    if (word == "bool") return &cel::kBoolType;
    if (word == "dyn") return &cel::kDynType;
    return objects_.at(word);  // a slip in the table stops the first test
  }

 private:
  TypePool& pool_;
  std::unordered_map<std::string_view, Type*> objects_;
};

}  // namespace

const Type* PodType(TypePool& pool) { return Table(pool).Of("Pod"); }

const Type* AdmissionRequestType(TypePool& pool) { return Table(pool).Of("AdmissionRequest"); }

}  // namespace guard
