package charts_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"chancery/config"
)

func TestEveryValueSetPassesHelmsLint(t *testing.T) {
	for _, set := range sets(t) {
		if out, said, err := helm(t, "lint", "chancery", "--strict", "--values", set); err != nil {
			t.Errorf("%s: %v\n%s%s", set, err, out, said)
		}
	}
}

// Wrong and contradictory values stop at render, in words that say what to do (B-24).
func TestWrongValuesStopAtRender(t *testing.T) {
	sqlite, postgres, declared := "chancery/ci/sqlite-values.yaml", "chancery/ci/postgres-values.yaml", "chancery/ci/declared-values.yaml"
	for name, c := range map[string]struct {
		from string
		set  []string
		want string
	}{
		"no url":                       {sqlite, []string{"url="}, "/url"},
		"a url with a path":            {sqlite, []string{"url=https://firm.example/chancery"}, "/url"},
		"no image":                     {sqlite, []string{"image.repository="}, "/image/repository"},
		"misspelt":                     {sqlite, []string{"replica=2"}, "'replica' not allowed"},
		"misspelt below":               {sqlite, []string{"mail.form=a@b.example"}, "'form' not allowed"},
		"a text for a number":          {sqlite, []string{"service.port=http"}, "/service/port"},
		"unknown database":             {sqlite, []string{"database.type=mysql"}, "/database/type"},
		"two pods on SQLite":           {sqlite, []string{"replicas=2"}, "more than one needs database.type: postgres"},
		"scaling on SQLite":            {sqlite, []string{"autoscaling.enabled=true"}, "more than one needs database.type: postgres"},
		"SQLite with a secret":         {sqlite, []string{"database.existingSecret.name=db"}, "which of the two is meant?"},
		"a bucket and a directory":     {sqlite, []string{"blobs.s3.bucket=pictures"}, "which of the two is meant?"},
		"a server without sender":      {sqlite, []string{"mail.from="}, "mail.from: needed"},
		"a password in the mail's url": {sqlite, []string{"mail.url=smtp://a:secret@mail.firm.example"}, "put it into a secret"},
		"Postgres without its secret":  {postgres, []string{"database.existingSecret.name="}, "database.existingSecret.name: needed"},
		"Postgres without a key":       {postgres, []string{"secretKey.existingSecret.name="}, "secretKey.existingSecret.name: needed"},
		"Postgres without S3":          {postgres, []string{"blobs.type=directory"}, "blobs.type: s3 is needed"},
		"Postgres without mail":        {postgres, []string{"mail.url="}, "mail.url: needed"},
		"S3 without a bucket":          {postgres, []string{"blobs.s3.bucket="}, "blobs.s3.bucket: needed"},
		"two ways in":                  {postgres, []string{"ingress.enabled=true"}, "one of the two"},
		"a route to nowhere":           {postgres, []string{"gateway.parentRefs=null"}, "gateway.parentRefs: needed"},
		"less at most than at least":   {"chancery/ci/autoscaled-values.yaml", []string{"autoscaling.maxReplicas=1"}, "less than replicas"},
		"a client without its secret":  {postgres, []string{"calendars.google.existingSecret.name="}, "set both or neither"},
		"an unknown kind of CalDAV":    {sqlite, []string{"calendars.caldav=maybe"}, "/calendars/caldav"},
		"no time to end":               {sqlite, []string{"drainSeconds=45"}, "must be more than drainSeconds"},
		"a secret among the settings":  {sqlite, []string{"settings.CHANCERY_SECRET_KEY=abc"}, "'CHANCERY_SECRET_KEY' not allowed"},
		"a file that is no manifest":   {declared, []string{"manifests.people\\.txt=a"}, "'people.txt' not allowed"},
		"a kind that there is not":     {declared, []string{"manifests.practice\\.yaml.kind=Practice"}, "/manifests/practice.yaml/kind"},
		"a field that there is not":    {declared, []string{"manifests.people\\.yaml[0].spec.fristName=Mina"}, "'fristName' not allowed"},
		"a right that there is not":    {declared, []string{"manifests.people\\.yaml[1].spec.permissions[0]=cases.burn"}, "/manifests/people.yaml/1/spec/permissions/0"},
		"a person without address":     {declared, []string{"manifests.people\\.yaml[0].spec.email=null"}, "/manifests/people.yaml/0/spec/email"},
		"another version":              {declared, []string{"manifests.people\\.yaml[1].apiVersion=chancery.dev/v1"}, "/manifests/people.yaml/1/apiVersion"},
		"two sources of files":         {declared, []string{"manifestsExistingConfigMap=practice"}, "manifests and manifestsExistingConfigMap: one of the two"},
		"passwords for nobody":         {sqlite, []string{"declaredSecrets[0].name=first"}, "nobody is declared whom they are for"},
		"a secret that is no name":     {declared, []string{"declaredSecrets[0].name=../etc"}, "/declaredSecrets/0/name"},
		"a secret without its name":    {declared, []string{"declaredSecrets[0].keys[0]=mina,declaredSecrets[0].name=null"}, "/declaredSecrets/0"},
		"one secret twice":             {declared, []string{"declaredSecrets[1].name=first-passwords"}, "first-passwords stands there twice"},
		"a key outside":                {declared, []string{"declaredSecrets[0].keys[0]=a/b"}, "/declaredSecrets/0/keys/0"},
		"operator, misspelt":           {sqlite, []string{"operator.enable=true"}, "'enable' not allowed"},
		"a text for a truth":           {sqlite, []string{"operator.enabled=maybe"}, "/operator/enabled"},
		"rights for everybody's pods":  {sqlite, []string{"operator.enabled=true", "serviceAccount.create=false"}, "serviceAccount.name: needed with operator.enabled"},
		"an unknown setting":           {sqlite, []string{"settings.CHANCERY_SESION_IDLE=8h"}, "'CHANCERY_SESION_IDLE' not allowed"},
		"a variable with its value":    {sqlite, []string{"extraEnv[0].name=TOKEN", "extraEnv[0].value=abc"}, "extraEnv/0"},
	} {
		t.Run(name, func(t *testing.T) {
			if said := refused(t, c.from, c.set...); !strings.Contains(said, c.want) {
				t.Errorf("said %q, want %q", said, c.want)
			}
		})
	}
}

// Every pod is one that Pod Security "restricted" lets in, and more: nothing can be written but volumes, and no pod has a token of the cluster but the servers
// that watch custom resources.
func TestEveryPodIsRestricted(t *testing.T) {
	for _, set := range sets(t) {
		pods, tokens := 0, 0
		for _, o := range rendered(t, "release", "--values", set) {
			pod := o.pod()
			if pod == nil {
				continue
			}
			pods++
			token := called(set) == "operator" && o["kind"] == "Deployment"
			if token {
				tokens++
			}
			for path, want := range map[string]any{"automountServiceAccountToken": token, "securityContext.runAsNonRoot": true, "securityContext.runAsUser": 65532, "securityContext.seccompProfile.type": "RuntimeDefault"} {
				if got := pod.at(path); got != want {
					t.Errorf("%s: %s: %s is %v, want %v", set, o.ref(), path, got, want)
				}
			}
			for _, c := range pod.list("containers") {
				for path, want := range map[string]any{"securityContext.allowPrivilegeEscalation": false, "securityContext.readOnlyRootFilesystem": true, "securityContext.capabilities.drop": []any{"ALL"}} {
					if got := c.at(path); !reflect.DeepEqual(got, want) {
						t.Errorf("%s: %s: %s is %v, want %v", set, o.ref(), path, got, want)
					}
				}
				if c.at("resources.limits.memory") == nil || c.at("resources.requests.cpu") == nil {
					t.Errorf("%s: %s has no bounds", set, o.ref())
				}
			}
		}
		if pods < 2 {
			t.Errorf("%s: %d pods were looked at", set, pods)
		}
		if want := called(set) == "operator"; (tokens == 1) != want {
			t.Errorf("%s: %d workloads have a token", set, tokens)
		}
	}
}

// ASVS 13.3.1: secrets are files of mounted secrets; none is made by the chart, and none stands in a variable, an argument or a ConfigMap.
func TestSecretsAreFilesOnly(t *testing.T) {
	secrets := regexp.MustCompile(`(SECRET|PASSWORD|KEY_ID|AUTHORIZATION|SECRET_KEY|DATABASE)$`)
	for _, set := range sets(t) {
		files := 0
		for _, o := range rendered(t, "release", "--values", set) {
			if o["kind"] == "Secret" {
				t.Errorf("%s: a secret is made: %s", set, o.ref())
			}
			if data, ok := o["data"].(map[string]any); ok && o["kind"] == "ConfigMap" {
				for name, value := range data {
					if secrets.MatchString(name) && !strings.HasPrefix(value.(string), "sqlite:") {
						t.Errorf("%s: %s holds %s", set, o.ref(), name)
					}
				}
			}
			pod := o.pod()
			for _, c := range pod.list("containers") {
				mounted := map[string]bool{}
				for _, m := range c.list("volumeMounts") {
					mounted[m["mountPath"].(string)] = true
				}
				for _, v := range c.list("env") {
					name, value := v["name"].(string), v["value"]
					switch {
					case strings.HasSuffix(name, "_FILE"):
						files++
						if !mounted[filepath.Dir(value.(string))] {
							t.Errorf("%s: %s: nothing is mounted for %s", set, o.ref(), name)
						}
					case value != nil && secrets.MatchString(name) && !strings.HasPrefix(value.(string), "sqlite:"):
						t.Errorf("%s: %s: %s has a value", set, o.ref(), name)
					}
				}
			}
			for _, v := range pod.list("volumes") {
				if s, ok := v["secret"].(map[string]any); ok && len(object(s).list("items")) == 0 && !strings.HasPrefix(v["name"].(string), "declared-") {
					t.Errorf("%s: %s: all of the secret %v is mounted", set, o.ref(), s["secretName"])
				}
			}
		}
		if files == 0 {
			t.Errorf("%s: no secret was looked at", set)
		}
	}
}

// What the chart sets is known to the program, by its own list.
func TestTheProgramKnowsEverySetting(t *testing.T) {
	known := settings()
	for _, set := range sets(t) {
		for _, o := range rendered(t, "release", "--values", set) {
			names := []string{}
			if data, ok := o["data"].(map[string]any); ok {
				for name := range data {
					names = append(names, name)
				}
			}
			for _, c := range o.pod().list("containers") {
				for _, v := range c.list("env") {
					if v["valueFrom"] == nil {
						names = append(names, strings.TrimSuffix(v["name"].(string), "_FILE"))
					}
				}
			}
			for _, name := range names {
				if strings.HasPrefix(name, "CHANCERY_") && !slices.Contains(known, name) {
					t.Errorf("%s: %s: the program knows no %s", set, o.ref(), name)
				}
			}
		}
	}
}

// settings are the names of all settings that the program has.
func settings() (names []string) {
	for f := range reflect.TypeFor[config.Flags]().Fields() {
		names = append(names, f.Tag.Get("env"))
	}
	return names
}

// The values' schema lists the settings that may stand under settings: all that the program has, but for secrets and what has values of its own.
func TestTheSchemaListsTheSettings(t *testing.T) {
	text, err := os.ReadFile("chancery/values.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var schema struct {
		Properties struct {
			Settings struct{ Properties map[string]any }
		}
	}
	if err := json.Unmarshal(text, &schema); err != nil {
		t.Fatal(err)
	}
	listed := slices.Collect(maps.Keys(schema.Properties.Settings.Properties))
	templates, err := os.ReadFile("chancery/templates/_helpers.tpl")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range settings() {
		if name == "CHANCERY_KUBECONFIG" {
			continue // a pod asks the cluster that it runs in
		}
		own := strings.Contains(string(templates), `"`+name+`"`) || strings.Contains(string(templates), name+"_FILE")
		if own == slices.Contains(listed, name) {
			t.Errorf("%s has a value of its own: %v; stands in the schema's list: %v", name, own, !own)
		}
	}
	for _, name := range listed {
		if !slices.Contains(settings(), name) {
			t.Errorf("the program knows no %s", name)
		}
	}
}

// A release may be called what YAML takes for a truth, and names stay within what Kubernetes takes.
func TestNamesOfReleasesDoNoHarm(t *testing.T) {
	for _, release := range []string{"y", "1e3", strings.Repeat("a", 53)} {
		for _, o := range rendered(t, release, "--values", "chancery/ci/postgres-values.yaml") {
			if got := o.at("metadata.labels"); got != nil {
				if s, ok := object(got.(map[string]any))["app.kubernetes.io/instance"].(string); !ok || s != release {
					t.Errorf("%s: %s: the label says %v", release, o.ref(), got)
				}
			}
			if name := o.at("metadata.name").(string); len(name) > 63 {
				t.Errorf("%s: %s has a name of %d characters", release, o.ref(), len(name))
			}
		}
	}
}
