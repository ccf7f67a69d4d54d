package amazon

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestCredentialsComeFromTheFirstPlaceThatHasThem(t *testing.T) {
	all := map[string]string{
		"AWS_ACCESS_KEY_ID": "from-env", "AWS_SECRET_ACCESS_KEY": "s", "AWS_SESSION_TOKEN": "t",
	}
	for name, test := range map[string]struct {
		given Credentials
		env   map[string]string
		want  string
	}{
		"those given win":      {Credentials{"given", "s"}, all, "given"},
		"then the environment": {Credentials{}, all, "from-env"},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := Provider(test.given, "eu-central-1", lookup(test.env), http.DefaultClient)
			if err != nil {
				t.Fatal(err)
			}
			got, err := p.Retrieve(t.Context())
			if err != nil || got.AccessKeyID != test.want || got.SecretAccessKey != "s" {
				t.Errorf("%q, %v; want %q", got.AccessKeyID, err, test.want)
			}
			if test.want == "from-env" && got.SessionToken != "t" {
				t.Error("the session token is lost")
			}
		})
	}
}

func TestAKeyWithoutItsSecretIsRefused(t *testing.T) {
	for _, half := range []Credentials{{AccessKeyID: "k"}, {SecretAccessKey: "s"}} {
		if _, err := Provider(half, "x", lookup(nil), nil); err == nil {
			t.Errorf("half of the credentials was taken")
		}
	}
}

// TestCredentialsOfAContainer speaks the protocol of ECS and EKS Pod Identity, whose token is rotated in its file.
func TestCredentialsOfAContainer(t *testing.T) {
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte("first"), 0o600); err != nil {
		t.Fatal(err)
	}
	var seen []string
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen = append(seen, r.Header.Get("Authorization"))
		_, _ = fmt.Fprintf(w, `{"AccessKeyId":"pod","SecretAccessKey":"s","Token":"t","Expiration":%q}`,
			time.Now().Add(time.Second).UTC().Format(time.RFC3339))
	}))
	defer service.Close()
	p, err := Provider(Credentials{}, "x", lookup(map[string]string{
		"AWS_CONTAINER_CREDENTIALS_FULL_URI":     service.URL,
		"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": file,
	}), http.DefaultClient)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := p.Retrieve(t.Context()); err != nil || got.AccessKeyID != "pod" || got.SessionToken != "t" {
		t.Fatalf("%q, %v", got.AccessKeyID, err)
	}
	if err := os.WriteFile(file, []byte("second"), 0o600); err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(10 * time.Second)
	for len(seen) < 2 && time.Now().Before(deadline) { // the first run out within a second
		if _, err := p.Retrieve(t.Context()); err != nil {
			t.Fatal(err)
		}
		<-time.After(20 * time.Millisecond)
	}
	if len(seen) < 2 || seen[0] != "first" || seen[1] != "second" {
		t.Errorf("authorized by %v, want the file read anew", seen)
	}
}

// TestCredentialsOfAWebIdentity speaks STS's wire protocol, as IRSA has it on Kubernetes.
func TestCredentialsOfAWebIdentity(t *testing.T) {
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte("jwt"), 0o600); err != nil {
		t.Fatal(err)
	}
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.FormValue("Action") != "AssumeRoleWithWebIdentity" || r.FormValue("WebIdentityToken") != "jwt" ||
			r.FormValue("RoleArn") != "arn:aws:iam::1:role/chancery" {
			t.Errorf("asked for %v", r.Form)
		}
		w.Header().Set("Content-Type", "text/xml")
		_, _ = fmt.Fprintf(w, `<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials>`+
			`<AccessKeyId>irsa</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>`+
			`<Expiration>%s</Expiration></Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`,
			time.Now().Add(time.Hour).UTC().Format(time.RFC3339))
	}))
	defer service.Close()
	p, err := Provider(Credentials{}, "eu-central-1", lookup(map[string]string{
		"AWS_WEB_IDENTITY_TOKEN_FILE": file,
		"AWS_ROLE_ARN":                "arn:aws:iam::1:role/chancery",
		"AWS_ENDPOINT_URL_STS":        service.URL,
	}), http.DefaultClient)
	if err != nil {
		t.Fatal(err)
	}
	got, err := p.Retrieve(t.Context())
	if err != nil || got.AccessKeyID != "irsa" || got.SessionToken != "t" {
		t.Errorf("%q, %v", got.AccessKeyID, err)
	}
}

func lookup(env map[string]string) func(string) string {
	return func(name string) string { return env[name] }
}
