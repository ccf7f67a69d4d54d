{{/* Addresses, which the pods read from a ConfigMap: none holds a secret. The schema leaves their shape to this file, since it repeats what it refuses. */}}
{{- define "chancery.refuseURLs" -}}
{{- if and (hasPrefix "http:" .Values.url) (not (has (include "chancery.host" .) (list "localhost" "127.0.0.1"))) -}}
{{- fail "url: people's sign-ins need https, and Chancery starts with http for localhost alone" -}}
{{- end -}}
{{- $mail := regexReplaceAll "^[a-zA-Z0-9+.-]+://" .Values.mail.url "" -}}
{{- if regexMatch ":.*@" $mail -}}
{{- fail "mail.url holds a password: put it into a secret and name that in mail.existingSecret" -}}
{{- else if and .Values.mail.url (not (regexMatch "^smtp://([^/?#\\s]+@)?[^@/?#\\s]+/?([?]tls=(starttls|tls|none))?$" .Values.mail.url)) -}}
{{- fail "mail.url: smtp://user@host:587?tls=starttls is wanted (or tls, none), and nothing more" -}}
{{- end -}}
{{- if contains "@" .Values.blobs.s3.endpoint -}}
{{- fail "blobs.s3.endpoint holds a key: put id and secret into a secret and name that in blobs.s3.existingSecret" -}}
{{- else if and .Values.blobs.s3.endpoint (not (regexMatch "^https?://[^/?#\\s]+/?$" .Values.blobs.s3.endpoint)) -}}
{{- fail "blobs.s3.endpoint: https://HOST is wanted, without path; keys go into a secret, named in blobs.s3.existingSecret" -}}
{{- end -}}
{{- if and .Values.texts.url (not (regexMatch "^sns://[a-z0-9-]+/?([?](sender|endpoint)=[^&#@\\s]*(&(sender|endpoint)=[^&#@\\s]*)?)?$" .Values.texts.url)) -}}
{{- fail "texts.url: sns://REGION?sender=NAME is wanted; keys go into a secret, named in texts.existingSecret" -}}
{{- end -}}
{{- if contains "@" .Values.caseSync.url -}}
{{- fail "caseSync.url holds a user or a password: put the Authorization header's value into a secret and name that in caseSync.existingSecret (an @ of a path is %40)" -}}
{{- else if and .Values.caseSync.url (not (regexMatch "^(https://[^/?#\\s]+(/[^?#\\s]*)?|http://(localhost|127[.]0[.]0[.]1)(:[0-9]+)?(/[^?#\\s]*)?|blobs:[^?#\\s]+)$" .Values.caseSync.url)) -}}
{{- fail "caseSync.url: https://HOST/PATH or blobs:FOLDER is wanted, without parameters; a key goes into a secret, named in caseSync.existingSecret" -}}
{{- end -}}
{{- range $name := list "CHANCERY_GOOGLE_ENDPOINT" "CHANCERY_MICROSOFT_ENDPOINT" -}}
{{- if regexMatch "[@?#]" (get $.Values.settings $name | toString) -}}
{{- fail (printf "settings.%s: https://HOST/PATH is wanted, without user and parameters; it asks by the client's own secret" $name) -}}
{{- end -}}
{{- end -}}
{{- end -}}
