{{/* What the schema cannot say in words: contradictions between values, told with the way out. What would be passed over in silence, and somebody relies on, is one; what does
no harm as long as a part is turned off (annotations, labels, classes) is none. */}}
{{- define "chancery.refuse" -}}
{{- $pg := include "chancery.postgres" . -}}
{{- if and (include "chancery.several" .) (not $pg) -}}
{{- fail "replicas: more than one needs database.type: postgres; SQLite serves one pod" -}}
{{- end -}}
{{- if and $pg (not .Values.database.existingSecret.name) -}}
{{- fail "database.existingSecret.name: needed with database.type: postgres; kubectl create secret generic NAME --from-file=url=FILE" -}}
{{- end -}}
{{- if and (not $pg) .Values.database.existingSecret.name -}}
{{- fail "database.existingSecret.name is given, and database.type is sqlite: which of the two is meant?" -}}
{{- end -}}
{{- if and $pg (not .Values.secretKey.existingSecret.name) -}}
{{- fail "secretKey.existingSecret.name: needed with database.type: postgres; the key must be the same on every replica, and outlive them" -}}
{{- end -}}
{{- if and $pg (ne .Values.blobs.type "s3") -}}
{{- fail "blobs.type: s3 is needed with database.type: postgres; pods of a Deployment keep no pictures" -}}
{{- end -}}
{{- if and (eq .Values.blobs.type "s3") (not .Values.blobs.s3.bucket) -}}
{{- fail "blobs.s3.bucket: needed with blobs.type: s3" -}}
{{- end -}}
{{- if and $pg (not .Values.mail.url) -}}
{{- fail "mail.url: needed with database.type: postgres; pods of a Deployment keep no mails" -}}
{{- end -}}
{{- if and .Values.mail.url (not .Values.mail.from) -}}
{{- fail "mail.from: needed with mail.url" -}}
{{- end -}}
{{- range $who := list "google" "microsoft" -}}
{{- $c := get $.Values.calendars $who -}}
{{- if ne (empty $c.clientID) (empty $c.existingSecret.name) -}}
{{- fail (printf "calendars.%s: clientID and existingSecret.name go together: set both or neither" $who) -}}
{{- end -}}
{{- end -}}
{{- if and .Values.autoscaling.enabled (lt (int .Values.autoscaling.maxReplicas) (int .Values.replicas)) -}}
{{- fail "autoscaling.maxReplicas: less than replicas" -}}
{{- end -}}
{{- if and .Values.ingress.enabled .Values.gateway.enabled -}}
{{- fail "ingress.enabled and gateway.enabled: one of the two" -}}
{{- end -}}
{{- if and .Values.gateway.enabled (not .Values.gateway.parentRefs) -}}
{{- fail "gateway.parentRefs: needed with gateway.enabled" -}}
{{- end -}}
{{- if le (int .Values.terminationGracePeriodSeconds) (int .Values.drainSeconds) -}}
{{- fail "terminationGracePeriodSeconds: must be more than drainSeconds; what is under way needs time after it" -}}
{{- end -}}
{{- if and .Values.manifests .Values.manifestsExistingConfigMap -}}
{{- fail "manifests and manifestsExistingConfigMap: one of the two" -}}
{{- end -}}
{{- if and .Values.declaredSecrets (not (include "chancery.declared" .)) (not .Values.operator.enabled) -}}
{{- fail "declaredSecrets: nobody is declared whom they are for; set manifests, manifestsExistingConfigMap or operator.enabled" -}}
{{- end -}}
{{- $seen := dict -}}
{{- range .Values.declaredSecrets -}}
{{- if hasKey $seen .name -}}
{{- fail (printf "declaredSecrets: %s stands there twice" .name) -}}
{{- end -}}
{{- $_ := set $seen .name true -}}
{{- end -}}
{{- if and .Values.operator.enabled (not .Values.serviceAccount.create) (not .Values.serviceAccount.name) -}}
{{- fail "serviceAccount.name: needed with operator.enabled where none is made; the namespace's default account, which other pods have too, gets no rights" -}}
{{- end -}}
{{- include "chancery.refuseURLs" . -}}
{{- include "chancery.refuseIdle" . -}}
{{- include "chancery.refusePods" . -}}
{{- end -}}
