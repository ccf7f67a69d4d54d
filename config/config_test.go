package config

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

func good() Flags {
	return Flags{
		URL: "https://chancery.firm.example", Listen: ":8080", OpsListen: "off", Database: "postgres://u@h/d", Blobs: "s3://b",
		Mail: "smtp://h", MailFrom: "Chancery <c@firm.example>", SecretKey: strings.Repeat("k", 32), SessionIdle: "12h",
		SessionLifetime: "168h", Replicas: 3, LogFormat: "json", TrustedProxies: "10.0.0.0/8, 192.0.2.1",
		MailTimeout: "2m", LeaseTTL: "15s", MailConnections: 2, MailPerMinute: 600, CalDAV: "on",
	}
}

func TestEveryWrongValueIsNamedAtOnce(t *testing.T) {
	f := good()
	f.URL, f.Listen, f.OpsListen, f.TrustedProxies, f.MailFrom = "ftp://x", "8080", "x", "ten", "nobody"
	f.SecretKey, f.SessionIdle, f.SessionLifetime, f.Replicas, f.LogFormat = "short", "soon", "1s", 0, "xml"
	f.MailTimeout, f.LeaseTTL, f.Mail, f.BlobsKeyID = "1s", "never", "smtp://chancery@h", "key"
	f.MailConnections, f.MailPerMinute = 0, -1
	f.Drain, f.DeclaredEvery = "-1s", "0s"
	f.CalDAV = "yes"
	f.SyncAt, f.SyncTimeout, f.SyncCloseMost, f.SyncSecret = "half past two", "0", "101", "a\nb"
	f.DeclaredLeaveMost = "101"
	f.KubernetesNamespace, f.Kubeconfig = "Chancery!", "/nowhere/kubeconfig"
	f.GoogleEndpoint, f.MicrosoftEndpoint = "http://gateway.firm.example", "https://me:secret@gateway.firm.example"
	_, bad := f.Settings()
	for _, name := range []string{
		"CHANCERY_GOOGLE_ENDPOINT", "CHANCERY_MICROSOFT_ENDPOINT", "CHANCERY_CALDAV", "CHANCERY_KUBERNETES_NAMESPACE", "CHANCERY_KUBECONFIG",
		"CHANCERY_DECLARED_EVERY", "CHANCERY_DECLARED_LEAVE_MOST", "CHANCERY_DRAIN", "CHANCERY_SYNC_AT", "CHANCERY_SYNC_TIMEOUT", "CHANCERY_SYNC_CLOSE_MOST", "CHANCERY_SYNC_AUTHORIZATION",
		"CHANCERY_MAIL_TIMEOUT", "CHANCERY_MAIL_CONNECTIONS", "CHANCERY_MAIL_PER_MINUTE", "CHANCERY_LEASE_TTL", "CHANCERY_MAIL_PASSWORD", "CHANCERY_BLOBS_SECRET",
		"CHANCERY_URL", "CHANCERY_LISTEN", "CHANCERY_OPS_LISTEN", "CHANCERY_TRUSTED_PROXIES", "CHANCERY_MAIL_FROM",
		"CHANCERY_SECRET_KEY", "CHANCERY_SESSION_IDLE", "CHANCERY_REPLICAS", "CHANCERY_LOG_FORMAT",
	} {
		if !strings.Contains(bad.Error(), name+": ") {
			t.Errorf("%s is not named in:\n%s", name, bad.Error())
		}
	}
	if strings.Contains(bad.Error(), "short ") || strings.Contains(bad.Error(), "me:secret") {
		t.Error("a secret is repeated")
	}
}

func TestGoodSettingsHaveNoProblem(t *testing.T) {
	s, bad := good().Settings()
	if len(bad) != 0 {
		t.Fatal(bad)
	}
	if len(s.Trusted) != 2 || s.From.Address != "c@firm.example" {
		t.Fatalf("understood as %+v", s)
	}
}

func TestSQLiteAndADirectoryServeOneReplicaOnly(t *testing.T) {
	f := good()
	f.Database, f.Blobs = "sqlite:x.db", "dir:x"
	if _, bad := f.Settings(); len(bad) != 2 {
		t.Fatalf("problems: %v", bad)
	}
}

func TestPlainHTTPIsForThisMachineOnly(t *testing.T) {
	f := good()
	for url, wrong := range map[string]bool{"http://127.0.0.1:8080": false, "http://localhost": false, "http://firm.example": true, "https://firm.example/app": true} {
		f.URL = url
		if _, bad := f.Settings(); (len(bad) > 0) != wrong {
			t.Errorf("%s: %v", url, bad)
		}
	}
}

func TestWherePeopleComeFollowsFromALoopbackAddressOnly(t *testing.T) {
	f := good()
	f.URL, f.Listen = "", "127.0.0.1:9999"
	if s, bad := f.Settings(); len(bad) != 0 || s.Base.String() != "http://127.0.0.1:9999" {
		t.Errorf("%v, %v", s.Base, bad)
	}
	f.Listen = ":9999"
	if _, bad := f.Settings(); len(bad) != 1 || bad[0].Name != "CHANCERY_URL" {
		t.Errorf("problems: %v", bad)
	}
	f.Listen = "abc" // where people come follows from it no more, but that is no fault of its own
	if _, bad := f.Settings(); len(bad) != 1 || bad[0].Name != "CHANCERY_LISTEN" {
		t.Errorf("problems: %v", bad)
	}
	f = good()
	f.OpsListen, f.Database, f.SecretKey = "127.0.0.1:99999", "/tmp/x.db", ""
	if _, bad := f.Settings(); len(bad) != 1 || bad[0].Name != "CHANCERY_OPS_LISTEN" {
		t.Errorf("problems: %v", bad)
	}
}

// Left out, texts go where mails go if that is a directory, and else nowhere: nobody's PINs land in a file by oversight.
func TestTextsFollowMailsIntoADirectory(t *testing.T) {
	for _, c := range [][3]string{
		{"", "dir:.data/outbox", "dir:.data/outbox"}, {"", "smtp://h", "off"}, {"off", "dir:.data/outbox", "off"}, {"sns://ca-central-1", "dir:x", "sns://ca-central-1"},
	} {
		f := good()
		f.Texts, f.Mail = c[0], c[1]
		if s, bad := f.Settings(); s.TextsTo != c[2] || len(bad) > 0 {
			t.Errorf("%q with mails to %q go to %q, %v", c[0], c[1], s.TextsTo, bad)
		}
	}
	f := good()
	f.TextsKeyID = "key"
	if _, bad := f.Settings(); !strings.Contains(bad.Error(), "CHANCERY_TEXTS_SECRET: ") {
		t.Errorf("half a key: %v", bad)
	}
}

func TestASecretCanComeFromAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(path, []byte(strings.Repeat("s", 40)+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	f := good()
	env := map[string]string{"CHANCERY_SECRET_KEY_FILE": path, "CHANCERY_MAIL_PASSWORD_FILE": "/nowhere", "CHANCERY_DATABASE": "x", "CHANCERY_DATABASE_FILE": "y"}
	bad := f.ReadFiles(func(k string) string { return env[k] })
	if f.SecretKey != strings.Repeat("s", 40) {
		t.Errorf("key %q", f.SecretKey)
	}
	if len(bad) != 2 || !strings.Contains(bad.Error(), "CHANCERY_MAIL_PASSWORD_FILE") || !strings.Contains(bad.Error(), "not both") {
		t.Errorf("problems: %v", bad)
	}
}

// B-24: when the replica that runs the jobs dies, the next one runs them within 15 seconds: it asks every quarter of the time for which
// the one that died is waited for.
func TestTheNextReplicaLeadsWithin15Seconds(t *testing.T) {
	field, _ := reflect.TypeFor[Flags]().FieldByName("LeaseTTL")
	ttl, err := time.ParseDuration(field.Tag.Get("default"))
	if err != nil || ttl+ttl/4 > 15*time.Second {
		t.Errorf("a leader that died is waited for %s, and asked after for a quarter more: %v", ttl, err)
	}
}
