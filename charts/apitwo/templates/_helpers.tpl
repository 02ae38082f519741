{{- define "apitwo.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "apitwo.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 52 | trimSuffix "-" -}}
{{- else if contains (include "apitwo.name" .) .Release.Name -}}
{{- .Release.Name | trunc 52 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "apitwo.name" .) | trunc 52 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "apitwo.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
app.kubernetes.io/name: {{ include "apitwo.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end -}}

{{- define "apitwo.selector" -}}
app.kubernetes.io/name: {{ include "apitwo.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "apitwo.image" -}}
{{ .Values.gateway.image.repository }}:{{ default .Chart.AppVersion .Values.gateway.image.tag }}
{{- end -}}

{{- define "apitwo.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "apitwo.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "apitwo.adminSecret" -}}
{{- default (printf "%s-admin" (include "apitwo.fullname" .)) .Values.gateway.admin.existingSecret -}}
{{- end -}}

{{- define "apitwo.clusterSecret" -}}
{{- default (printf "%s-cluster" (include "apitwo.fullname" .)) .Values.cluster.existingSecret -}}
{{- end -}}

{{- define "apitwo.redisSecret" -}}
{{- default (printf "%s-redis" (include "apitwo.fullname" .)) .Values.redis.auth.existingSecret -}}
{{- end -}}

{{/* A secret's value: what the values say, else what the cluster has, else a new one. (dict "context" . "name" N "key" K "given" V) */}}
{{- define "apitwo.kept" -}}
{{- $there := lookup "v1" "Secret" .context.Release.Namespace .name -}}
{{- if .given -}}
{{- .given | b64enc -}}
{{- else if and $there (hasKey (default dict $there.data) .key) -}}
{{- index $there.data .key -}}
{{- else -}}
{{- randAlphaNum 40 | b64enc -}}
{{- end -}}
{{- end -}}

{{/* The rules document. With rollout each upgrade wins by its generation; helm rollback puts back an older one, which does not. */}}
{{- define "apitwo.rules" -}}
{{- $rules := deepCopy .Values.gateway.rules.content -}}
{{- if eq .Values.gateway.rules.reload "rollout" -}}
{{- $rules = merge (dict "generation" .Release.Revision) $rules -}}
{{- else if not (kindIs "invalid" .Values.gateway.rules.generation) -}}
{{- $rules = merge (dict "generation" (int64 .Values.gateway.rules.generation)) $rules -}}
{{- end -}}
{{- toYaml $rules -}}
{{- end -}}

{{/* How many gateways share Redis at least. */}}
{{- define "apitwo.nodes" -}}
{{- ternary .Values.gateway.autoscaling.minReplicas .Values.gateway.replicaCount .Values.gateway.autoscaling.enabled | int -}}
{{- end -}}

{{/* Choices that contradict each other; each message names its keys. */}}
{{- define "apitwo.validate" -}}
{{- $g := .Values.gateway -}}
{{- $external := or .Values.externalRedis.host .Values.externalRedis.endpoints -}}
{{- if and .Values.redis.enabled $external -}}
{{- fail "externalRedis.host or .endpoints: given beside redis.enabled=true (expected: one of the two; set redis.enabled=false)" -}}
{{- end -}}
{{- if and (not .Values.redis.enabled) (not $external) -}}
{{- fail "externalRedis.host: empty with redis.enabled=false (expected: the host of your Redis, or externalRedis.endpoints)" -}}
{{- end -}}
{{- if and $external (ne .Values.externalRedis.mode "standalone") (not .Values.externalRedis.endpoints) -}}
{{- fail (printf "externalRedis.endpoints: empty with externalRedis.mode=%s (expected: HOST:PORT of its nodes)" .Values.externalRedis.mode) -}}
{{- end -}}
{{- if and .Values.externalRedis.endpoints (eq .Values.externalRedis.mode "standalone") -}}
{{- fail "externalRedis.endpoints: given with externalRedis.mode=standalone (expected: externalRedis.host, or mode sentinel or cluster)" -}}
{{- end -}}
{{- if and (eq .Values.externalRedis.mode "sentinel") (not .Values.externalRedis.master) -}}
{{- fail "externalRedis.master: empty with externalRedis.mode=sentinel (expected: what the sentinels call the master)" -}}
{{- end -}}
{{- if and (eq .Values.externalRedis.mode "cluster") (eq .Values.externalRedis.layout "plain") -}}
{{- fail "externalRedis.layout: plain with externalRedis.mode=cluster (expected: packed)" -}}
{{- end -}}
{{- if $g.autoscaling.enabled -}}
{{- if and (not (kindIs "invalid" $g.autoscaling.targetCPUUtilizationPercentage)) (not (dig "requests" "cpu" "" (default dict $g.resources))) -}}
{{- fail "gateway.resources.requests.cpu: missing with gateway.autoscaling.targetCPUUtilizationPercentage (expected: a request, of which the percentage is taken)" -}}
{{- end -}}
{{- if and (kindIs "invalid" $g.autoscaling.targetCPUUtilizationPercentage) (kindIs "invalid" $g.autoscaling.targetRequestsPerSecond) (not $g.autoscaling.metrics) -}}
{{- fail "gateway.autoscaling: no metric (expected: targetCPUUtilizationPercentage, targetRequestsPerSecond or metrics)" -}}
{{- end -}}
{{- if gt (int $g.autoscaling.minReplicas) (int $g.autoscaling.maxReplicas) -}}
{{- fail (printf "gateway.autoscaling.minReplicas: %d (expected: at most maxReplicas, %d)" (int $g.autoscaling.minReplicas) (int $g.autoscaling.maxReplicas)) -}}
{{- end -}}
{{- end -}}
{{- if and $g.admin.token $g.admin.existingSecret -}}
{{- fail "gateway.admin.token: given beside gateway.admin.existingSecret (expected: one of the two)" -}}
{{- end -}}
{{- if and .Values.cluster.secret .Values.cluster.existingSecret -}}
{{- fail "cluster.secret: given beside cluster.existingSecret (expected: one of the two)" -}}
{{- end -}}
{{- if and (eq $g.rules.reload "rollout") (not (kindIs "invalid" $g.rules.generation)) -}}
{{- fail "gateway.rules.generation: given with gateway.rules.reload=rollout (expected: null; the release's revision is taken)" -}}
{{- end -}}
{{- if and (eq $g.rules.reload "rollout") $g.rules.existingConfigMap -}}
{{- fail "gateway.rules.existingConfigMap: given with gateway.rules.reload=rollout (expected: gateway.rules.content, of which the chart can see a change)" -}}
{{- end -}}
{{- range $part := list "proxy" "management" "store" "cluster" "rules" "dataDir" "drain" -}}
{{- if hasKey $g.settings $part -}}
{{- fail (printf "gateway.settings.%s: set by the chart (expected: the chart's own values; or gateway.extraEnv with APITWO_%s…)" $part (snakecase $part | upper)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
