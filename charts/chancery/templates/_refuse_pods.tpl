{{/* What of pods would not do what it says. */}}
{{- define "chancery.refusePods" -}}
{{- $v := .Values -}}
{{- range $name := append (keys (include "chancery.labels" . | fromYaml)) "app.kubernetes.io/component" -}}
{{- if hasKey $v.podLabels $name -}}
{{- fail (printf "podLabels: %s is the chart's own; services and workload find their pods by such labels" $name) -}}
{{- end -}}
{{- end -}}
{{- if hasKey $v.podAnnotations "checksum/settings" -}}
{{- fail "podAnnotations: checksum/settings is the chart's own; pods start anew when it changes" -}}
{{- end -}}
{{- if and $v.autoscaling.enabled (not (dig "requests" "cpu" "" $v.resources)) -}}
{{- fail "autoscaling.enabled needs resources.requests.cpu: autoscaling.targetCPU is a share of it" -}}
{{- end -}}
{{- if and (gt (int $v.replicas) 1) (ge (int $v.podDisruptionBudget.maxUnavailable) (int $v.replicas)) -}}
{{- fail "podDisruptionBudget.maxUnavailable: not less than replicas, so that all of them may be away at once" -}}
{{- end -}}
{{- $mailUser := regexMatch "^smtp://[^/?#]+@" $v.mail.url -}}
{{- range $v.extraEnv }}{{ if hasPrefix "CHANCERY_MAIL_PASSWORD" .name }}{{ $mailUser = false }}{{ end }}{{ end -}}
{{- if and $mailUser (not $v.mail.existingSecret.name) -}}
{{- fail "mail.existingSecret.name: needed, since mail.url names a user" -}}
{{- end -}}
{{- if gt (len (toRawJson $v.manifests)) 1000000 -}}
{{- fail "manifests: more than a ConfigMap holds (1 MiB); declare the practice by custom resources (operator.enabled), or part of it by chancery apply" -}}
{{- end -}}
{{- end -}}
