package charts_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// refused is what helm says to a value set with values beside it, none of which it may render.
func refused(t *testing.T, from string, set ...string) string {
	t.Helper()
	args := []string{"template", "release", "chancery", "--values", from}
	for _, s := range set {
		args = append(args, "--set", s)
	}
	out, said, err := helm(t, args...)
	if err == nil {
		t.Errorf("%v: rendered %d bytes", set, len(out))
	}
	return said
}

// ASVS 13.3.1: a secret that somebody writes into an address would lie in a ConfigMap. It stops at render, which says where it belongs and does not repeat it.
func TestSecretsInAddressesStopAtRender(t *testing.T) {
	sqlite, postgres := "chancery/ci/sqlite-values.yaml", "chancery/ci/postgres-values.yaml"
	for name, c := range map[string]struct{ from, set, want string }{
		"mail, with a slash":           {sqlite, "mail.url=smtp://a:hush/hush@mail.firm.example", "name that in mail.existingSecret"},
		"mail, of an address":          {sqlite, "mail.url=smtp://a@firm.example:hush@mail.firm.example", "name that in mail.existingSecret"},
		"mail, by another protocol":    {sqlite, "mail.url=smtps://a:hush@mail.firm.example", "name that in mail.existingSecret"},
		"mail, as a parameter":         {sqlite, "mail.url=smtp://a@mail.firm.example?password=hush", "mail.url: smtp://user@host:587?tls=starttls is wanted"},
		"S3":                           {postgres, "blobs.s3.endpoint=https://id:hush@s3.firm.example", "name that in blobs.s3.existingSecret"},
		"S3, with a slash":             {postgres, "blobs.s3.endpoint=https://id:hu/hush@s3.firm.example", "name that in blobs.s3.existingSecret"},
		"S3, as a parameter":           {postgres, "blobs.s3.endpoint=https://s3.firm.example?secret=hush", "named in blobs.s3.existingSecret"},
		"texts":                        {postgres, "texts.url=sns://id:hush@ca-central-1", "named in texts.existingSecret"},
		"texts, as a parameter":        {postgres, "texts.url=sns://ca-central-1?sender=Marlow&secret=hush", "named in texts.existingSecret"},
		"the case system":              {postgres, "caseSync.url=https://user:hush@cases.firm.example/v1", "name that in caseSync.existingSecret"},
		"the case system, a slash":     {postgres, "caseSync.url=https://user:hu/hush@cases.firm.example/v1", "name that in caseSync.existingSecret"},
		"the case system, a parameter": {postgres, "caseSync.url=https://cases.firm.example/v1?key=hush", "named in caseSync.existingSecret"},
		"a gateway to Google":          {postgres, "settings.CHANCERY_GOOGLE_ENDPOINT=https://a:hush@gateway.firm.example", "settings.CHANCERY_GOOGLE_ENDPOINT"},
		"a gateway to Microsoft":       {postgres, "settings.CHANCERY_MICROSOFT_ENDPOINT=https://gateway.firm.example?key=hush", "settings.CHANCERY_MICROSOFT_ENDPOINT"},
	} {
		t.Run(name, func(t *testing.T) {
			said := refused(t, c.from, c.set)
			if !strings.Contains(said, c.want) || strings.Contains(said, "hush") {
				t.Errorf("said %q, want %q", said, c.want)
			}
		})
	}
}

// Addresses that the program takes are taken, with all that may stand in them.
func TestAddressesThatAreRightAreRendered(t *testing.T) {
	for _, set := range []string{
		"mail.url=smtp://chancery%40firm.example@mail.firm.example:465?tls=tls", "mail.url=smtp://me@firm.example@[2001:db8::1]:587/?tls=starttls",
		"blobs.s3.endpoint=http://s3.storage.svc:9000/", "blobs.s3.endpoint=https://[2001:db8::1]:9000",
		"texts.url=sns://ca-central-1", "texts.url=sns://ca-central-1?sender=%2B14165550100&endpoint=https://sns.firm.example", "caseSync.url=blobs:case-system/nightly",
		"caseSync.url=https://cases.firm.example", "caseSync.url=http://localhost:8090/v1", "url=http://localhost:8080", "settings.CHANCERY_GOOGLE_ENDPOINT=https://gateway.firm.example/google",
	} {
		rendered(t, "release", "--values", "chancery/ci/postgres-values.yaml", "--set", set)
	}
}

// A value that another one leaves without effect is told with both names, where somebody would rely on it.
func TestValuesThatContradictEachOtherStopAtRender(t *testing.T) {
	sqlite, postgres, declared, autoscaled := "chancery/ci/sqlite-values.yaml", "chancery/ci/postgres-values.yaml", "chancery/ci/declared-values.yaml", "chancery/ci/autoscaled-values.yaml"
	for name, c := range map[string]struct {
		from string
		set  []string
		want []string
	}{
		"pages limited by nothing":        {declared, []string{"networkPolicy.from[0].podSelector.a=b"}, []string{"networkPolicy.from is given", "networkPolicy.enabled is false"}},
		"metrics limited by nothing":      {declared, []string{"networkPolicy.metricsFrom[0].podSelector.a=b"}, []string{"networkPolicy.metricsFrom is given", "networkPolicy.enabled is false"}},
		"ways out limited by nothing":     {declared, []string{"networkPolicy.egress[0].ports[0].port=443"}, []string{"networkPolicy.egress is given", "networkPolicy.enabled is false"}},
		"an API server of no policy":      {declared, []string{"networkPolicy.apiServer[0].podSelector.a=b"}, []string{"networkPolicy.apiServer is given", "networkPolicy.enabled is false"}},
		"a certificate for nothing":       {declared, []string{"ingress.tlsSecret=tls"}, []string{"ingress.tlsSecret is given", "ingress.enabled is false"}},
		"a certificate for http":          {sqlite, []string{"url=http://localhost:8080"}, []string{"ingress.tlsSecret is given", "url begins with http:"}},
		"http where people are":           {sqlite, []string{"url=http://chancery.firm.example"}, []string{"url: people's sign-ins need https"}},
		"a gateway that is off":           {postgres, []string{"gateway.enabled=false"}, []string{"gateway.parentRefs is given", "gateway.enabled is false"}},
		"a claim beside Postgres":         {postgres, []string{"persistence.existingClaim=old"}, []string{"persistence.existingClaim is given", "database.type is postgres"}},
		"a class beside Postgres":         {postgres, []string{"persistence.storageClass=fast"}, []string{"persistence.storageClass is given", "database.type is postgres"}},
		"a class of a claim":              {sqlite, []string{"persistence.storageClass=fast", "persistence.existingClaim=old"}, []string{"persistence.existingClaim and persistence.storageClass"}},
		"an endpoint of a directory":      {sqlite, []string{"blobs.s3.endpoint=https://s3.firm.example"}, []string{"blobs.s3.endpoint is given", "blobs.type is directory"}},
		"a region of a directory":         {sqlite, []string{"blobs.s3.region=eu-1"}, []string{"blobs.s3.region is given", "blobs.type is directory"}},
		"a key of a directory":            {sqlite, []string{"blobs.s3.existingSecret.name=s3"}, []string{"blobs.s3.existingSecret.name is given", "blobs.type is directory"}},
		"a password for no mail server":   {sqlite, []string{"mail.url="}, []string{"mail.existingSecret.name is given", "mail.url is not"}},
		"a key for no texts":              {postgres, []string{"texts.url="}, []string{"texts.existingSecret.name is given", "texts.url is not"}},
		"a key for no case system":        {postgres, []string{"caseSync.url="}, []string{"caseSync.existingSecret.name is given", "caseSync.url is not"}},
		"a user without password":         {sqlite, []string{"mail.existingSecret.name="}, []string{"mail.existingSecret.name: needed", "mail.url names a user"}},
		"an identity of somebody else":    {autoscaled, []string{"serviceAccount.create=false"}, []string{"serviceAccount.annotations are given", "serviceAccount.create is false"}},
		"a label that pods are found by":  {sqlite, []string{`podLabels.app\.kubernetes\.io/instance=other`}, []string{"podLabels: app.kubernetes.io/instance", "the chart's own"}},
		"a label that kinds are found by": {sqlite, []string{`podLabels.app\.kubernetes\.io/component=other`}, []string{"podLabels: app.kubernetes.io/component", "the chart's own"}},
		"an annotation of the chart's":    {sqlite, []string{`podAnnotations.checksum/settings=a`}, []string{"podAnnotations: checksum/settings"}},
		"a share of nothing":              {autoscaled, []string{"resources.requests.cpu=null"}, []string{"autoscaling.enabled needs resources.requests.cpu", "autoscaling.targetCPU"}},
		"all of them away at once":        {postgres, []string{"podDisruptionBudget.maxUnavailable=3"}, []string{"podDisruptionBudget.maxUnavailable", "replicas"}},
	} {
		t.Run(name, func(t *testing.T) {
			said := refused(t, c.from, c.set...)
			for _, want := range c.want {
				if !strings.Contains(said, want) {
					t.Errorf("said %q, want %q", said, want)
				}
			}
		})
	}
}

// More than a ConfigMap holds stops before the cluster says so, which would have part of the release by then.
func TestManifestsThatNoConfigMapHoldsStopAtRender(t *testing.T) {
	for lines, fits := range map[int]bool{900: true, 1100: false} {
		file := filepath.Join(t.TempDir(), "manifests.yaml")
		text := "manifests:\n  large.yaml: |\n" + strings.Repeat("    # "+strings.Repeat("a", 997)+"\n", lines)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		out, said, err := helm(t, "template", "release", "chancery", "--values", "chancery/ci/sqlite-values.yaml", "--values", file)
		if fits && err != nil {
			t.Errorf("%d lines: %s", lines, said)
		}
		if !fits && !strings.Contains(said, "manifests: more than a ConfigMap holds") {
			t.Errorf("%d lines: %d bytes were rendered, and %q said", lines, len(out), said)
		}
	}
}

// What does no harm while its part is turned off may stand in the values of every release.
func TestHarmlessValuesAreTaken(t *testing.T) {
	for from, set := range map[string]string{
		"chancery/ci/declared-values.yaml":   "ingress.className=nginx,ingress.annotations.a=b,metrics.serviceMonitor.labels.a=b,autoscaling.targetCPU=50,mail.connections=5",
		"chancery/ci/autoscaled-values.yaml": "replicas=1,ingress.className=nginx,serviceAccount.name=people",
		"chancery/ci/sqlite-values.yaml":     "mail.existingSecret.name=,extraEnv[0].name=CHANCERY_MAIL_PASSWORD,extraEnv[0].valueFrom.secretKeyRef.name=mail",
	} {
		rendered(t, "release", "--values", from, "--set", set)
	}
}
