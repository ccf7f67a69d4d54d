{{/* The name of everything of this release. */}}
{{- define "chancery.name" -}}
{{- if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* What pods are chosen by; it never changes. */}}
{{- define "chancery.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end -}}

{{- define "chancery.labels" -}}
{{ include "chancery.selector" . }}
app.kubernetes.io/version: {{ .Values.image.tag | default .Chart.AppVersion | trunc 63 | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service | quote }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | quote }}
{{- end -}}

{{- define "chancery.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{- .Values.serviceAccount.name | default (include "chancery.name" .) -}}
{{- else -}}
{{- .Values.serviceAccount.name | default "default" -}}
{{- end -}}
{{- end -}}

{{- define "chancery.image" -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" .Values.image.repository (.Values.image.tag | default .Chart.AppVersion) -}}
{{- end -}}
{{- end -}}

{{/* The url's host, without port. */}}
{{- define "chancery.host" -}}
{{- (urlParse .Values.url).hostname -}}
{{- end -}}

{{- define "chancery.postgres" -}}
{{- if eq .Values.database.type "postgres" }}true{{ end -}}
{{- end -}}

{{/* Whether there are files that declare. */}}
{{- define "chancery.declared" -}}
{{- if or .Values.manifests .Values.manifestsExistingConfigMap }}true{{ end -}}
{{- end -}}

{{/* Pod Security "restricted". */}}
{{- define "chancery.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "chancery.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}

{{/* A variable whose value is a file of a mounted secret: secrets stand in no environment and no argument (ASVS 13.3.1). */}}
{{- define "chancery.files" -}}
{{- if include "chancery.postgres" . }}
- {name: CHANCERY_DATABASE_FILE, value: /run/secrets/chancery/database/url}
{{- end }}
{{- if .Values.secretKey.existingSecret.name }}
- {name: CHANCERY_SECRET_KEY_FILE, value: /run/secrets/chancery/secret-key/key}
{{- end }}
{{- if and (eq .Values.blobs.type "s3") .Values.blobs.s3.existingSecret.name }}
- {name: CHANCERY_BLOBS_KEY_ID_FILE, value: /run/secrets/chancery/blobs/id}
- {name: CHANCERY_BLOBS_SECRET_FILE, value: /run/secrets/chancery/blobs/secret}
{{- end }}
{{- if .Values.mail.existingSecret.name }}
- {name: CHANCERY_MAIL_PASSWORD_FILE, value: /run/secrets/chancery/mail/password}
{{- end }}
{{- if and .Values.texts.url .Values.texts.existingSecret.name }}
- {name: CHANCERY_TEXTS_KEY_ID_FILE, value: /run/secrets/chancery/texts/id}
- {name: CHANCERY_TEXTS_SECRET_FILE, value: /run/secrets/chancery/texts/secret}
{{- end }}
{{- if .Values.caseSync.existingSecret.name }}
- {name: CHANCERY_SYNC_AUTHORIZATION_FILE, value: /run/secrets/chancery/sync/authorization}
{{- end }}
{{- if .Values.calendars.google.clientID }}
- {name: CHANCERY_GOOGLE_CLIENT_SECRET_FILE, value: /run/secrets/chancery/google/client-secret}
{{- end }}
{{- if .Values.calendars.microsoft.clientID }}
- {name: CHANCERY_MICROSOFT_CLIENT_SECRET_FILE, value: /run/secrets/chancery/microsoft/client-secret}
{{- end }}
{{- if .Values.calendars.existingSecret.name }}
- {name: CHANCERY_CALENDARS_KEY_FILE, value: /run/secrets/chancery/calendars/key}
{{- end }}
{{- end -}}

{{/* The secrets' volumes, each with the keys that are needed and no more. */}}
{{- define "chancery.secretVolumes" -}}
{{- if include "chancery.postgres" . }}
{{ include "chancery.secretVolume" (dict "of" "database" "secret" .Values.database.existingSecret.name "items" (dict .Values.database.existingSecret.key "url")) }}
{{- end }}
{{- if .Values.secretKey.existingSecret.name }}
{{ include "chancery.secretVolume" (dict "of" "secret-key" "secret" .Values.secretKey.existingSecret.name "items" (dict .Values.secretKey.existingSecret.key "key")) }}
{{- end }}
{{- if and (eq .Values.blobs.type "s3") .Values.blobs.s3.existingSecret.name }}
{{ include "chancery.secretVolume" (dict "of" "blobs" "secret" .Values.blobs.s3.existingSecret.name "items" (dict .Values.blobs.s3.existingSecret.keyId "id" .Values.blobs.s3.existingSecret.secret "secret")) }}
{{- end }}
{{- if .Values.mail.existingSecret.name }}
{{ include "chancery.secretVolume" (dict "of" "mail" "secret" .Values.mail.existingSecret.name "items" (dict .Values.mail.existingSecret.key "password")) }}
{{- end }}
{{- if and .Values.texts.url .Values.texts.existingSecret.name }}
{{ include "chancery.secretVolume" (dict "of" "texts" "secret" .Values.texts.existingSecret.name "items" (dict .Values.texts.existingSecret.keyId "id" .Values.texts.existingSecret.secret "secret")) }}
{{- end }}
{{- if .Values.caseSync.existingSecret.name }}
{{ include "chancery.secretVolume" (dict "of" "sync" "secret" .Values.caseSync.existingSecret.name "items" (dict .Values.caseSync.existingSecret.key "authorization")) }}
{{- end }}
{{- if .Values.calendars.google.clientID }}
{{ include "chancery.secretVolume" (dict "of" "google" "secret" .Values.calendars.google.existingSecret.name "items" (dict .Values.calendars.google.existingSecret.key "client-secret")) }}
{{- end }}
{{- if .Values.calendars.microsoft.clientID }}
{{ include "chancery.secretVolume" (dict "of" "microsoft" "secret" .Values.calendars.microsoft.existingSecret.name "items" (dict .Values.calendars.microsoft.existingSecret.key "client-secret")) }}
{{- end }}
{{- if .Values.calendars.existingSecret.name }}
{{ include "chancery.secretVolume" (dict "of" "calendars" "secret" .Values.calendars.existingSecret.name "items" (dict .Values.calendars.existingSecret.key "key")) }}
{{- end }}
{{- end -}}

{{- define "chancery.secretVolume" -}}
- name: secret-{{ .of }}
  secret:
    secretName: {{ .secret | quote }}
    defaultMode: 0440
    items:
    {{- range $key, $path := .items }}
    - {key: {{ $key | quote }}, path: {{ $path | quote }}}
    {{- end }}
{{- end -}}

{{/* What only the server needs: the files that declare, and the secrets that seed first passwords. */}}
{{- define "chancery.declaredVolumes" -}}
{{- if include "chancery.declared" . }}
- name: manifests
  configMap:
    name: {{ .Values.manifestsExistingConfigMap | default (printf "%s-manifests" (include "chancery.name" .)) | quote }}
{{- end }}
{{- range $i, $secret := .Values.declaredSecrets }}
- name: declared-{{ $i }}
  secret:
    secretName: {{ $secret.name | quote }}
    defaultMode: 0440
    {{- with $secret.keys }}
    items:
    {{- range . }}
    - {key: {{ . | quote }}, path: {{ . | quote }}}
    {{- end }}
    {{- end }}
{{- end }}
{{- end -}}

{{- define "chancery.declaredMounts" -}}
{{- if include "chancery.declared" . }}
- {name: manifests, mountPath: /etc/chancery/manifests, readOnly: true}
{{- end }}
{{- range $i, $secret := .Values.declaredSecrets }}
- {name: declared-{{ $i }}, mountPath: {{ printf "/run/secrets/chancery-declared/%s" $secret.name | quote }}, readOnly: true}
{{- end }}
{{- end -}}

{{- define "chancery.secretMounts" -}}
{{- range (include "chancery.secretVolumes" . | fromYamlArray) }}
- {name: {{ .name }}, mountPath: /run/secrets/chancery/{{ trimPrefix "secret-" .name }}, readOnly: true}
{{- end }}
{{- end -}}

{{/* Everything that is no secret. */}}
{{- define "chancery.settings" -}}
{{- $s := dict
  "CHANCERY_URL" .Values.url
  "CHANCERY_LISTEN" "0.0.0.0:8080"
  "CHANCERY_OPS_LISTEN" "0.0.0.0:9090"
  "CHANCERY_LOG_FORMAT" "json"
  "CHANCERY_DRAIN" (printf "%ds" (int .Values.drainSeconds))
  "CHANCERY_MAIL_CONNECTIONS" (toString .Values.mail.connections)
  "CHANCERY_MAIL_PER_MINUTE" (toString .Values.mail.perMinute) -}}
{{- if include "chancery.postgres" . -}}
{{- $_ := set $s "CHANCERY_REPLICAS" (toString (ternary .Values.autoscaling.maxReplicas .Values.replicas .Values.autoscaling.enabled)) -}}
{{- else -}}
{{- $_ := set $s "CHANCERY_DATABASE" "sqlite:/var/lib/chancery/chancery.db" -}}
{{- end -}}
{{- if eq .Values.blobs.type "s3" -}}
{{- $q := list -}}
{{- with .Values.blobs.s3.endpoint }}{{ $q = append $q (printf "endpoint=%s" .) }}{{ end -}}
{{- with .Values.blobs.s3.region }}{{ $q = append $q (printf "region=%s" .) }}{{ end -}}
{{- if .Values.blobs.s3.pathStyle }}{{ $q = append $q "path_style=true" }}{{ end -}}
{{- $_ := set $s "CHANCERY_BLOBS" (trimSuffix "?" (printf "s3://%s?%s" .Values.blobs.s3.bucket (join "&" $q))) -}}
{{- else -}}
{{- $_ := set $s "CHANCERY_BLOBS" "dir:/var/lib/chancery/blobs" -}}
{{- end -}}
{{- $_ := set $s "CHANCERY_MAIL" (.Values.mail.url | default "dir:/var/lib/chancery/outbox") -}}
{{- with .Values.mail.from }}{{ $_ := set $s "CHANCERY_MAIL_FROM" . }}{{ end -}}
{{- $_ := set $s "CHANCERY_TEXTS" (.Values.texts.url | default "off") -}}
{{- with .Values.caseSync.url }}{{ $_ := set $s "CHANCERY_SYNC" . }}{{ $_ := set $s "CHANCERY_SYNC_AT" $.Values.caseSync.at }}{{ end -}}
{{- $caldav := toString .Values.calendars.caldav -}}{{/* to YAML, on and off are true and false */}}
{{- $_ := set $s "CHANCERY_CALDAV" (get (dict "true" "on" "false" "off") $caldav | default $caldav) -}}
{{- with .Values.calendars.google.clientID }}{{ $_ := set $s "CHANCERY_GOOGLE_CLIENT_ID" . }}{{ end -}}
{{- with .Values.calendars.microsoft.clientID }}{{ $_ := set $s "CHANCERY_MICROSOFT_CLIENT_ID" . }}{{ end -}}
{{- with .Values.calendars.microsoft.tenant }}{{ $_ := set $s "CHANCERY_MICROSOFT_TENANT" . }}{{ end -}}
{{- if include "chancery.declared" . }}{{ $_ := set $s "CHANCERY_DECLARED_DIR" "/etc/chancery/manifests" }}{{ end -}}
{{- if .Values.declaredSecrets }}{{ $_ := set $s "CHANCERY_DECLARED_SECRETS" "/run/secrets/chancery-declared" }}{{ end -}}
{{- if .Values.operator.enabled }}{{ $_ := set $s "CHANCERY_KUBERNETES_NAMESPACE" .Release.Namespace }}{{ end -}}
{{- with .Values.trustedProxies }}{{ $_ := set $s "CHANCERY_TRUSTED_PROXIES" (join "," .) }}{{ end -}}
{{- range $name, $value := .Values.settings }}{{ $_ := set $s $name (toString $value) }}{{ end -}}
{{- toYaml $s -}}
{{- end -}}
