{{- define "guard.name" -}}
{{- if contains "guard-webhook" .Release.Name }}{{ .Release.Name | trunc 52 | trimSuffix "-" }}{{ else }}{{ printf "%s-guard-webhook" .Release.Name | trunc 52 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- define "guard.selector" -}}
app.kubernetes.io/name: guard-webhook
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "guard.labels" -}}
{{ include "guard.selector" . }}
app.kubernetes.io/part-of: guardctl
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "guard.tlsSecret" -}}
{{ .Values.certificate.secretName | default (printf "%s-tls" (include "guard.name" .)) }}
{{- end }}

{{- define "guard.excludedNamespaces" -}}
{{ append .Values.webhooks.excludedNamespaces .Release.Namespace | uniq | toJson }}
{{- end }}

{{- /* What every webhook has; wants a dict of root and path. */ -}}
{{- define "guard.webhook" -}}
clientConfig:
  service: {name: {{ include "guard.name" .root }}, namespace: {{ .root.Release.Namespace }}, path: {{ .path }}, port: 443}
  {{- with .root.Values.certificate.caBundle }}
  caBundle: {{ regexReplaceAll "\\s" . "" }}
  {{- end }}
admissionReviewVersions: [v1]
sideEffects: None
failurePolicy: {{ .root.Values.webhooks.failurePolicy }}
matchPolicy: Equivalent
timeoutSeconds: {{ .root.Values.webhooks.timeoutSeconds }}
{{- end }}

{{- /* Which namespaces reach a profile; wants a dict of root and profile. */ -}}
{{- define "guard.namespaces" -}}
namespaceSelector:
  matchLabels: {guardctl.dev/profile: {{ .profile | quote }}}
  matchExpressions:
    - {key: kubernetes.io/metadata.name, operator: NotIn, values: {{ include "guard.excludedNamespaces" .root }}}
matchConditions:
  - {name: not-a-node, expression: "!('system:nodes' in request.userInfo.groups)"}
{{- end }}

{{- define "guard.certManagerAnnotation" -}}
{{- if eq .Values.certificate.source "certManager" }}
annotations: {cert-manager.io/inject-ca-from: {{ .Release.Namespace }}/{{ include "guard.tlsSecret" . }}}
{{- end }}
{{- end }}
