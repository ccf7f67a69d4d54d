{{/* Values that nothing would read, since another value turns their part off. */}}
{{- define "chancery.refuseIdle" -}}
{{- $v := .Values -}}
{{- $pg := include "chancery.postgres" . -}}
{{- range $name := list "from" "metricsFrom" "egress" "apiServer" -}}
{{- if and (get $v.networkPolicy $name) (not $v.networkPolicy.enabled) -}}
{{- fail (printf "networkPolicy.%s is given, and networkPolicy.enabled is false: nothing would be limited" $name) -}}
{{- end -}}
{{- end -}}
{{- if and $v.ingress.tlsSecret (not $v.ingress.enabled) -}}
{{- fail "ingress.tlsSecret is given, and ingress.enabled is false: which of the two is meant?" -}}
{{- end -}}
{{- if and $v.ingress.tlsSecret (hasPrefix "http:" $v.url) -}}
{{- fail "ingress.tlsSecret is given, and url begins with http: an Ingress of http has no certificate" -}}
{{- end -}}
{{- if and $v.gateway.parentRefs (not $v.gateway.enabled) -}}
{{- fail "gateway.parentRefs is given, and gateway.enabled is false: which of the two is meant?" -}}
{{- end -}}
{{- range $name := list "existingClaim" "storageClass" -}}
{{- if and $pg (get $v.persistence $name) -}}
{{- fail (printf "persistence.%s is given, and database.type is postgres: pods of a Deployment have no volume" $name) -}}
{{- end -}}
{{- end -}}
{{- if and $v.persistence.existingClaim $v.persistence.storageClass -}}
{{- fail "persistence.existingClaim and persistence.storageClass: a claim that is there has its class already" -}}
{{- end -}}
{{- if ne $v.blobs.type "s3" -}}
{{- range $name := list "bucket" "endpoint" "region" -}}
{{- if get $v.blobs.s3 $name -}}
{{- fail (printf "blobs.s3.%s is given, and blobs.type is directory: which of the two is meant?" $name) -}}
{{- end -}}
{{- end -}}
{{- if $v.blobs.s3.existingSecret.name -}}
{{- fail "blobs.s3.existingSecret.name is given, and blobs.type is directory: which of the two is meant?" -}}
{{- end -}}
{{- end -}}
{{- range $name := list "mail" "texts" "caseSync" -}}
{{- $part := get $v $name -}}
{{- if and $part.existingSecret.name (not $part.url) -}}
{{- fail (printf "%s.existingSecret.name is given, and %s.url is not: set both or neither" $name $name) -}}
{{- end -}}
{{- end -}}
{{- if and $v.serviceAccount.annotations (not $v.serviceAccount.create) -}}
{{- fail "serviceAccount.annotations are given, and serviceAccount.create is false: annotate the account that is there" -}}
{{- end -}}
{{- end -}}
