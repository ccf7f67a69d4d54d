{{/* The pod of the workload, whichever it is. */}}
{{- define "chancery.pod" -}}
metadata:
  labels:
    {{- include "chancery.labels" . | nindent 4 }}
    app.kubernetes.io/component: "server"
    {{- with .Values.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  annotations:
    checksum/settings: {{ include "chancery.settings" . | sha256sum | quote }}
    {{- with .Values.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  serviceAccountName: {{ include "chancery.serviceAccount" . | quote }}
  automountServiceAccountToken: {{ .Values.operator.enabled }}
  terminationGracePeriodSeconds: {{ .Values.terminationGracePeriodSeconds }}
  securityContext:
    {{- include "chancery.podSecurity" . | nindent 4 }}
  {{- include "chancery.placed" . | nindent 2 }}
  containers:
    - name: chancery
      image: {{ include "chancery.image" . | quote }}
      imagePullPolicy: {{ .Values.image.pullPolicy }}
      args: [serve]
      envFrom:
        - configMapRef:
            name: {{ include "chancery.name" . | quote }}
      env:
        {{- include "chancery.files" . | nindent 8 }}
        {{- with .Values.extraEnv }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
        - name: GOMEMLIMIT
          valueFrom:
            resourceFieldRef: {containerName: chancery, resource: limits.memory}
      ports:
        - {name: http, containerPort: 8080}
        - {name: metrics, containerPort: 9090}
      startupProbe:
        httpGet: {path: /livez, port: metrics}
        periodSeconds: 2
        failureThreshold: 30
      livenessProbe:
        httpGet: {path: /livez, port: metrics}
        periodSeconds: 10
        timeoutSeconds: 5
        failureThreshold: 6
      readinessProbe:
        httpGet: {path: /readyz, port: metrics}
        periodSeconds: 5
        timeoutSeconds: 5
        failureThreshold: 2
      securityContext:
        {{- include "chancery.containerSecurity" . | nindent 8 }}
      resources:
        {{- toYaml .Values.resources | nindent 8 }}
      volumeMounts:
        - {name: tmp, mountPath: /tmp}
        - {name: data, mountPath: /var/lib/chancery}
        {{- include "chancery.secretMounts" . | nindent 8 }}
        {{- include "chancery.declaredMounts" . | nindent 8 }}
  volumes:
    - name: tmp
      emptyDir: {sizeLimit: 256Mi}
    {{- if include "chancery.postgres" . }}
    - name: data
      emptyDir: {sizeLimit: 64Mi}
    {{- else if .Values.persistence.existingClaim }}
    - name: data
      persistentVolumeClaim:
        claimName: {{ .Values.persistence.existingClaim | quote }}
    {{- end }}
    {{- include "chancery.secretVolumes" . | nindent 4 }}
    {{- include "chancery.declaredVolumes" . | nindent 4 }}
  {{- with .Values.affinity }}
  affinity:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- if .Values.topologySpreadConstraints }}
  topologySpreadConstraints:
    {{- toYaml .Values.topologySpreadConstraints | nindent 4 }}
  {{- else if include "chancery.several" . }}
  topologySpreadConstraints:
    - maxSkew: 1
      topologyKey: kubernetes.io/hostname
      whenUnsatisfiable: ScheduleAnyway
      labelSelector:
        matchLabels:
          {{- include "chancery.selector" . | nindent 10 }}
          app.kubernetes.io/component: "server"
  {{- end }}
{{- end -}}

{{/* Whence and where pods come to run, which holds for those of a job and of helm test too: they have the same image, and no other nodes. */}}
{{- define "chancery.placed" -}}
{{- $p := pick .Values "nodeSelector" "tolerations" "priorityClassName" -}}
{{- range $name, $value := $p }}{{ if not $value }}{{ $_ := unset $p $name }}{{ end }}{{ end -}}
{{- with .Values.image.pullSecrets }}
{{- $names := list }}{{ range . }}{{ $names = append $names (dict "name" .) }}{{ end }}
{{- $_ := set $p "imagePullSecrets" $names }}
{{- end -}}
{{- with $p }}{{ toYaml . }}{{ end -}}
{{- end -}}

{{/* Such a pod that is no server: of the affinity it has what is said of nodes. Servers that it should be near to are not there yet as the job runs. */}}
{{- define "chancery.placedOnce" -}}
{{- include "chancery.placed" . }}
{{- with .Values.affinity.nodeAffinity }}
affinity:
  nodeAffinity:
    {{- toYaml . | nindent 4 }}
{{- end }}
{{- end -}}

{{- define "chancery.several" -}}
{{- if or (gt (int .Values.replicas) 1) .Values.autoscaling.enabled }}true{{ end -}}
{{- end -}}
