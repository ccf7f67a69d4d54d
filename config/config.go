// Package config is everything the operator can choose, in one struct: each setting is a flag and a CHANCERY_ variable,
// and stands with its meaning and default in `chancery serve --help`.
//
// A secret can also come from a file, named by the variable with _FILE behind it: that is how Kubernetes mounts them
// (ASVS 13.3.1). Every wrong value is named at once, with what would be right; the program then ends with status 2.
// The package knows shapes only; whether a database answers is asked by whom it belongs to. Nothing of ours may be
// imported here.
package config

import (
	"cmp"
	"fmt"
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"
)

// Flags are the settings as they are given, text before it is understood. The tags are the flag library's.
type Flags struct {
	URL                   string `name:"url" env:"CHANCERY_URL" placeholder:"URL" group:"reach" help:"Where people reach Chancery; its scheme decides about cookies and HSTS, links in mails begin with it, and passkeys are bound to its name. On this machine alone it follows from the address that is listened on."`
	Listen                string `env:"CHANCERY_LISTEN" default:"127.0.0.1:8080" placeholder:"HOST:PORT" group:"reach" help:"Address to serve pages on, by http; put a proxy with https in front of it."`
	OpsListen             string `env:"CHANCERY_OPS_LISTEN" default:"127.0.0.1:9090" placeholder:"HOST:PORT" group:"reach" help:"Address of /livez, /readyz and /metrics; \"off\" for none."`
	TrustedProxies        string `env:"CHANCERY_TRUSTED_PROXIES" placeholder:"CIDR,…" group:"reach" help:"Proxies whose forwarded address and scheme count; none by default."`
	Database              string `env:"CHANCERY_DATABASE" default:"sqlite:.data/chancery.db" placeholder:"URL" group:"data" help:"sqlite:PATH for one machine, postgres://… for many. Also CHANCERY_DATABASE_FILE."`
	Blobs                 string `env:"CHANCERY_BLOBS" default:"dir:.data/blobs" placeholder:"URL" group:"data" help:"Where pictures lie: dir:PATH or s3://bucket?endpoint=…&region=…&path_style=true."`
	BlobsKeyID            string `env:"CHANCERY_BLOBS_KEY_ID" placeholder:"ID" group:"data" help:"Access key id for S3; without it the environment of the machine or pod is asked. Also CHANCERY_BLOBS_KEY_ID_FILE."`
	BlobsSecret           string `env:"CHANCERY_BLOBS_SECRET" placeholder:"SECRET" group:"data" help:"Secret access key for S3. Also CHANCERY_BLOBS_SECRET_FILE."`
	Mail                  string `env:"CHANCERY_MAIL" default:"dir:.data/outbox" placeholder:"URL" group:"mail" help:"How mails go out: smtp://user@host:587?tls=starttls (or tls, none), or dir:PATH for .eml files."`
	MailPassword          string `env:"CHANCERY_MAIL_PASSWORD" placeholder:"SECRET" group:"mail" help:"Password of the SMTP user. Also CHANCERY_MAIL_PASSWORD_FILE."`
	MailFrom              string `env:"CHANCERY_MAIL_FROM" default:"Chancery <chancery@localhost>" placeholder:"ADDRESS" group:"mail" help:"Sender of the mails, with or without a name."`
	MailTimeout           string `env:"CHANCERY_MAIL_TIMEOUT" default:"2m" placeholder:"DURATION" group:"mail" help:"How long one try to send a mail may take, and after how long a mail is sent again whose sender died over it."`
	MailConnections       int    `env:"CHANCERY_MAIL_CONNECTIONS" default:"2" placeholder:"N" group:"mail" help:"How many mails are sent to the server at once, 1 to 20. Providers for submission allow few: Microsoft 365 three."`
	MailPerMinute         int    `env:"CHANCERY_MAIL_PER_MINUTE" default:"600" placeholder:"N" group:"mail" help:"How many mails go to the server in a minute; 0 for no limit. What somebody waits for goes first. Microsoft 365 takes 30 of one mailbox."`
	Texts                 string `env:"CHANCERY_TEXTS" placeholder:"URL" group:"mail" help:"How texts with PINs go to phones: sns://REGION?sender=NAME for Amazon SNS (or sender=%2B14165550100 where countries want a number), dir:PATH for .txt files, or off. Left out, they go where mails go if that is a directory, and nowhere else: then nobody signs in by phone."`
	TextsKeyID            string `env:"CHANCERY_TEXTS_KEY_ID" placeholder:"ID" group:"mail" help:"Access key id for SNS; without it the environment of the machine or pod is asked. Also CHANCERY_TEXTS_KEY_ID_FILE."`
	TextsSecret           string `env:"CHANCERY_TEXTS_SECRET" placeholder:"SECRET" group:"mail" help:"Secret access key for SNS. Also CHANCERY_TEXTS_SECRET_FILE."`
	Sync                  string `env:"CHANCERY_SYNC" placeholder:"URL" group:"sync" help:"The practice's case system, from which clients, cases and who works on them are taken over each night: https://HOST/PATH for JSON, blobs:FOLDER for CSV or NDJSON files dropped into CHANCERY_BLOBS, or off, which it is by default."`
	SyncSecret            string `name:"sync-authorization" env:"CHANCERY_SYNC_AUTHORIZATION" placeholder:"SECRET" group:"sync" help:"Value of the Authorization header, such as \"Bearer …\". Also CHANCERY_SYNC_AUTHORIZATION_FILE."`
	SyncAt                string `env:"CHANCERY_SYNC_AT" default:"02:30" placeholder:"HH:MM" group:"sync" help:"When, in UTC."`
	SyncTimeout           string `env:"CHANCERY_SYNC_TIMEOUT" default:"30s" placeholder:"DURATION" group:"sync" help:"How long one answer of the case system may take."`
	SyncCloseMost         string `env:"CHANCERY_SYNC_CLOSE_MOST" default:"5" placeholder:"PERCENT" group:"sync" help:"Cases that the case system names no more are closed. Where they are more than so many of a hundred, and more than ten, a person is asked first."`
	GoogleClientID        string `env:"CHANCERY_GOOGLE_CLIENT_ID" placeholder:"ID" group:"calendars" help:"OAuth client of this practice at Google; people can then have their appointments in Google Calendar. Its redirect address is URL/me/calendars/callback, its scope calendar.app.created."`
	GoogleClientSecret    string `env:"CHANCERY_GOOGLE_CLIENT_SECRET" placeholder:"SECRET" group:"calendars" help:"Secret of that client. Also CHANCERY_GOOGLE_CLIENT_SECRET_FILE."`
	GoogleEndpoint        string `env:"CHANCERY_GOOGLE_ENDPOINT" placeholder:"URL" group:"calendars" help:"Where Google is asked instead of at its own hosts: a gateway that serves /o/oauth2/auth, /token, /revoke and /calendar/v3."`
	MicrosoftClientID     string `env:"CHANCERY_MICROSOFT_CLIENT_ID" placeholder:"ID" group:"calendars" help:"OAuth client of this practice at Microsoft; people can then have their appointments in Outlook. Its redirect address is URL/me/calendars/callback."`
	MicrosoftClientSecret string `env:"CHANCERY_MICROSOFT_CLIENT_SECRET" placeholder:"SECRET" group:"calendars" help:"Secret of that client. Also CHANCERY_MICROSOFT_CLIENT_SECRET_FILE."`
	MicrosoftTenant       string `env:"CHANCERY_MICROSOFT_TENANT" placeholder:"ID" group:"calendars" help:"The practice's own tenant at Microsoft; left out, any account may be connected."`
	MicrosoftEndpoint     string `env:"CHANCERY_MICROSOFT_ENDPOINT" placeholder:"URL" group:"calendars" help:"Where Microsoft is asked instead of at its own hosts: a gateway that serves /TENANT/oauth2/v2.0/… and /v1.0, where TENANT is common if none is set."`
	CalDAV                string `name:"caldav" env:"CHANCERY_CALDAV" default:"on" placeholder:"on|private|off" group:"calendars" help:"Whether people may connect calendars on CalDAV servers of their choice (Nextcloud, Fastmail, iCloud): on, for servers at public addresses; private, also for those in this machine's own networks; or off. Always by TLS, and by certificates that this machine trusts (SSL_CERT_FILE names others)."`
	CalendarsKey          string `env:"CHANCERY_CALENDARS_KEY" placeholder:"SECRET,…" group:"calendars" help:"Enciphers people's grants to their calendars: 32 characters or more, then the former ones, which are still read until all is enciphered anew. Left out, CHANCERY_SECRET_KEY does it, and with another one of those people connect their calendars again. Also CHANCERY_CALENDARS_KEY_FILE."`
	DeclaredDir           string `env:"CHANCERY_DECLARED_DIR" placeholder:"DIR" group:"data" help:"Directory of manifests with which the practice is made to agree, such as a mounted ConfigMap. Each replica needs the same one. Without it nobody's settings are declared but by chancery apply."`
	DeclaredEvery         string `env:"CHANCERY_DECLARED_EVERY" default:"1m" placeholder:"DURATION" group:"data" help:"How often the practice is compared with them, and what was changed elsewhere is put right. A change of the directory itself is seen within some seconds."`
	DeclaredLeaveMost     string `env:"CHANCERY_DECLARED_LEAVE_MOST" default:"20" placeholder:"N" group:"data" help:"People whose manifests are gone are deactivated. Where they are more than so many of a hundred of their source, and more than three, nobody is, and a person is asked first: chancery apply --deactivate-many."`
	DeclaredSecrets       string `env:"CHANCERY_DECLARED_SECRETS" placeholder:"DIR" group:"data" help:"Directory with the secrets that manifests name for first passwords: a folder for each secret, a file for each key."`
	KubernetesNamespace   string `env:"CHANCERY_KUBERNETES_NAMESPACE" placeholder:"NS" group:"data" help:"Namespace of a Kubernetes cluster whose custom resources (chancery.dev) the practice is made to agree with. Without it no cluster is asked."`
	Kubeconfig            string `env:"CHANCERY_KUBECONFIG" placeholder:"FILE" group:"data" help:"How that cluster is reached; left out, by the service account of the pod that this runs in."`
	SecretKey             string `env:"CHANCERY_SECRET_KEY" placeholder:"SECRET" group:"security" help:"32 characters or more, the same on every replica; keys request tokens and hashes, and enciphers the secrets of authenticator apps: with another key these apps and recovery codes are for nothing. With SQLite it is made at the first start and kept beside the database. Also CHANCERY_SECRET_KEY_FILE."`
	SessionIdle           string `env:"CHANCERY_SESSION_IDLE" default:"12h" placeholder:"DURATION" group:"security" help:"A session ends after so long without a request."`
	SessionLifetime       string `env:"CHANCERY_SESSION_LIFETIME" default:"168h" placeholder:"DURATION" group:"security" help:"A session ends after so long in any case."`
	Replicas              int    `env:"CHANCERY_REPLICAS" default:"1" placeholder:"N" group:"data" help:"How many of this program run on the same data; more than one needs Postgres and S3."`
	LeaseTTL              string `env:"CHANCERY_LEASE_TTL" default:"10s" placeholder:"DURATION" group:"data" help:"How long other replicas wait before they take over the jobs of one that died; the machines' clocks must agree to within a quarter of it."`
	Drain                 string `env:"CHANCERY_DRAIN" default:"0s" placeholder:"DURATION" group:"reach" help:"How long it still serves once it was told to end, while /readyz says that it drains: as long as load balancers take to notice."`
	LogFormat             string `env:"CHANCERY_LOG_FORMAT" default:"text" placeholder:"text|json" group:"reach" help:"Shape of the log on standard error."`
}

// Settings are the flags understood.
type Settings struct {
	Flags
	Base     *url.URL
	Trusted  []netip.Prefix
	From     mail.Address
	Idle     time.Duration
	Lifetime time.Duration

	Declaring time.Duration // CHANCERY_DECLARED_EVERY
	LeaveMost int           // CHANCERY_DECLARED_LEAVE_MOST, of a hundred
	TextsTo   string        // where texts go: CHANCERY_TEXTS, or what follows from CHANCERY_MAIL

	MailPatience time.Duration // CHANCERY_MAIL_TIMEOUT
	SyncPatience time.Duration // CHANCERY_SYNC_TIMEOUT
	SyncMost     int           // CHANCERY_SYNC_CLOSE_MOST, of a hundred
	SyncHour     time.Time     // CHANCERY_SYNC_AT: its hour and minute
	Lease        time.Duration // CHANCERY_LEASE_TTL
	Draining     time.Duration // CHANCERY_DRAIN
}

// Problem is one wrong setting: the name of its variable, and what would be right. It never repeats a secret.
type Problem struct {
	Name string
	What string
}

func (p Problem) String() string { return p.Name + ": " + p.What }

// Problems are all wrong settings of a start.
type Problems []Problem

func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, one := range p {
		lines[i] = one.String()
	}
	return strings.Join(lines, "\n")
}

// Add notes a problem when err says so.
func (p *Problems) Add(name string, err error) {
	if err != nil {
		*p = append(*p, Problem{name, err.Error()})
	}
}

// secrets are the settings that a file may hold.
func (f *Flags) secrets() map[string]*string {
	return map[string]*string{
		"CHANCERY_DATABASE": &f.Database, "CHANCERY_BLOBS_KEY_ID": &f.BlobsKeyID, "CHANCERY_BLOBS_SECRET": &f.BlobsSecret,
		"CHANCERY_TEXTS_KEY_ID": &f.TextsKeyID, "CHANCERY_TEXTS_SECRET": &f.TextsSecret,
		"CHANCERY_MAIL_PASSWORD": &f.MailPassword, "CHANCERY_SYNC_AUTHORIZATION": &f.SyncSecret, "CHANCERY_SECRET_KEY": &f.SecretKey,
		"CHANCERY_GOOGLE_CLIENT_SECRET": &f.GoogleClientSecret, "CHANCERY_CALENDARS_KEY": &f.CalendarsKey, "CHANCERY_MICROSOFT_CLIENT_SECRET": &f.MicrosoftClientSecret,
	}
}

// ReadFiles takes over the secrets that CHANCERY_…_FILE name. Naming both the value and a file is a problem.
func (f *Flags) ReadFiles(getenv func(string) string) Problems {
	var bad Problems
	for name, value := range f.secrets() {
		path := getenv(name + "_FILE")
		if path == "" {
			continue
		}
		if getenv(name) != "" {
			bad = append(bad, Problem{name, "set either this or " + name + "_FILE, not both"})
			continue
		}
		b, err := os.ReadFile(path)
		if err != nil {
			bad = append(bad, Problem{name + "_FILE", "cannot be read: " + err.Error()})
			continue
		}
		*value = strings.TrimRight(string(b), "\r\n")
	}
	return bad
}

// Settings understands the flags. All that is wrong comes back at once; the settings are then of no use.
func (f Flags) Settings() (Settings, Problems) {
	s := Settings{Flags: f}
	var bad Problems
	var err error
	wrong := listen(f.Listen)
	if f.URL != "" || wrong == nil { // what follows from a wrong address is no second fault
		s.Base, err = base(f.URL, f.Listen)
		bad.Add("CHANCERY_URL", err)
	}
	bad.Add("CHANCERY_LISTEN", wrong)
	if f.OpsListen != "off" {
		bad.Add("CHANCERY_OPS_LISTEN", listen(f.OpsListen))
	}
	s.Trusted, err = prefixes(f.TrustedProxies)
	bad.Add("CHANCERY_TRUSTED_PROXIES", err)
	if from, err := mail.ParseAddress(f.MailFrom); err != nil {
		bad.Add("CHANCERY_MAIL_FROM", fmt.Errorf("want an address, such as Chancery <chancery@firm.example>"))
	} else {
		s.From = *from
	}
	s.Idle, err = duration(f.SessionIdle, time.Minute)
	bad.Add("CHANCERY_SESSION_IDLE", err)
	s.Lifetime, err = duration(f.SessionLifetime, s.Idle)
	bad.Add("CHANCERY_SESSION_LIFETIME", err)
	s.MailPatience, err = duration(f.MailTimeout, 2*time.Second)
	bad.Add("CHANCERY_MAIL_TIMEOUT", err)
	if f.MailConnections < 1 || f.MailConnections > 20 {
		bad.Add("CHANCERY_MAIL_CONNECTIONS", fmt.Errorf("want 1 to 20"))
	}
	if f.MailPerMinute < 0 {
		bad.Add("CHANCERY_MAIL_PER_MINUTE", fmt.Errorf("want 0 or more"))
	}
	s.Lease, err = duration(f.LeaseTTL, 2*time.Second)
	bad.Add("CHANCERY_LEASE_TTL", err)
	s.Draining, err = duration(cmp.Or(f.Drain, "0s"), 0)
	bad.Add("CHANCERY_DRAIN", err)
	s.Declaring, err = duration(cmp.Or(f.DeclaredEvery, "1m"), time.Second)
	bad.Add("CHANCERY_DECLARED_EVERY", err)
	bad = append(bad, f.cluster()...)
	s.SyncPatience, err = duration(cmp.Or(f.SyncTimeout, "30s"), time.Second)
	bad.Add("CHANCERY_SYNC_TIMEOUT", err)
	if s.SyncHour, err = time.Parse("15:04", cmp.Or(f.SyncAt, "02:30")); err != nil {
		bad.Add("CHANCERY_SYNC_AT", fmt.Errorf("want a time such as 02:30"))
	}
	s.LeaveMost, err = percent(f.DeclaredLeaveMost, "20")
	bad.Add("CHANCERY_DECLARED_LEAVE_MOST", err)
	s.SyncMost, err = percent(f.SyncCloseMost, "5")
	bad.Add("CHANCERY_SYNC_CLOSE_MOST", err)
	if strings.ContainsAny(f.SyncSecret, "\r\n\x00") {
		bad.Add("CHANCERY_SYNC_AUTHORIZATION", fmt.Errorf("want one line"))
	}
	bad.Add("CHANCERY_MAIL_PASSWORD", mailPassword(f.Mail, f.MailPassword))
	if s.TextsTo = f.Texts; s.TextsTo == "" {
		s.TextsTo = "off"
		if strings.HasPrefix(f.Mail, "dir:") {
			s.TextsTo = f.Mail
		}
	}
	if (f.TextsKeyID == "") != (f.TextsSecret == "") {
		bad.Add("CHANCERY_TEXTS_SECRET", fmt.Errorf("CHANCERY_TEXTS_KEY_ID and this go together: set both or neither"))
	}
	if (f.BlobsKeyID == "") != (f.BlobsSecret == "") {
		bad.Add("CHANCERY_BLOBS_SECRET", fmt.Errorf("CHANCERY_BLOBS_KEY_ID and this go together: set both or neither"))
	}
	if (f.GoogleClientID == "") != (f.GoogleClientSecret == "") {
		bad.Add("CHANCERY_GOOGLE_CLIENT_SECRET", fmt.Errorf("CHANCERY_GOOGLE_CLIENT_ID and this go together: set both or neither"))
	}
	if (f.MicrosoftClientID == "") != (f.MicrosoftClientSecret == "") {
		bad.Add("CHANCERY_MICROSOFT_CLIENT_SECRET", fmt.Errorf("CHANCERY_MICROSOFT_CLIENT_ID and this go together: set both or neither"))
	}
	bad.Add("CHANCERY_GOOGLE_ENDPOINT", gateway(f.GoogleEndpoint))
	bad.Add("CHANCERY_MICROSOFT_ENDPOINT", gateway(f.MicrosoftEndpoint))
	if f.CalDAV != "on" && f.CalDAV != "private" && f.CalDAV != "off" {
		bad.Add("CHANCERY_CALDAV", fmt.Errorf("on, private or off"))
	}
	for key := range strings.SplitSeq(f.CalendarsKey, ",") {
		if f.CalendarsKey != "" && len(key) < 32 {
			bad.Add("CHANCERY_CALENDARS_KEY", fmt.Errorf("too short: 32 characters or more, each"))
		}
	}
	sqlite := strings.HasPrefix(f.Database, "sqlite:")
	switch {
	case f.SecretKey == "" && strings.HasPrefix(f.Database, "postgres"):
		bad.Add("CHANCERY_SECRET_KEY", fmt.Errorf("needed with Postgres: 32 characters or more, for example from: openssl rand -base64 32"))
	case f.SecretKey != "" && len(f.SecretKey) < 32:
		bad.Add("CHANCERY_SECRET_KEY", fmt.Errorf("too short: 32 characters or more"))
	}
	if f.Replicas < 1 {
		bad.Add("CHANCERY_REPLICAS", fmt.Errorf("want 1 or more"))
	}
	if f.Replicas > 1 && sqlite {
		bad.Add("CHANCERY_REPLICAS", fmt.Errorf("more than one needs Postgres: SQLite serves one machine"))
	}
	if f.Replicas > 1 && strings.HasPrefix(f.Blobs, "dir:") {
		bad.Add("CHANCERY_REPLICAS", fmt.Errorf("more than one needs S3 for CHANCERY_BLOBS: a directory is one machine's"))
	}
	if f.LogFormat != "text" && f.LogFormat != "json" {
		bad.Add("CHANCERY_LOG_FORMAT", fmt.Errorf("want text or json"))
	}
	return s, bad
}

// mailPassword asks for the password of a user named in CHANCERY_MAIL, whose shape is delivery's.
func mailPassword(mail, password string) error {
	u, err := url.Parse(mail)
	if err == nil && u.Scheme == "smtp" && u.User.Username() != "" && password == "" {
		return fmt.Errorf("needed, since CHANCERY_MAIL names a user")
	}
	return nil
}

// base is where people come. Left out, it is the address that is listened on, which only this machine can know.
func base(raw, address string) (*url.URL, error) {
	if raw == "" {
		host, _, err := net.SplitHostPort(address)
		if err != nil || !Loopback(host) {
			return nil, fmt.Errorf("needed, since CHANCERY_LISTEN is not this machine's own: such as https://chancery.firm.example")
		}
		raw = "http://" + address
	}
	u, err := url.Parse(raw)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || strings.Trim(u.Path, "/") != "" || u.User != nil || u.RawQuery != "" {
		return nil, fmt.Errorf("want http(s)://host with no path, such as https://chancery.firm.example")
	}
	if u.Scheme == "http" && !Loopback(u.Hostname()) {
		return nil, fmt.Errorf("http only for this machine itself; people's sign-ins need https")
	}
	u.Path = ""
	return u, nil
}

// Loopback tells whether a host is this machine itself.
func Loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.IsLoopback()
}

func listen(raw string) error {
	_, port, err := net.SplitHostPort(raw)
	if err != nil || port == "" {
		return fmt.Errorf("want HOST:PORT, such as 127.0.0.1:8080 or :8080")
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return fmt.Errorf("%q is no port: want a number up to 65535", port)
	}
	return nil
}

func prefixes(raw string) ([]netip.Prefix, error) {
	var list []netip.Prefix
	for _, one := range strings.FieldsFunc(raw, func(r rune) bool { return r == ',' || r == ' ' }) {
		if a, err := netip.ParseAddr(one); err == nil {
			list = append(list, netip.PrefixFrom(a.Unmap(), a.Unmap().BitLen()))
			continue
		}
		p, err := netip.ParsePrefix(one)
		if err != nil {
			return nil, fmt.Errorf("%q is neither an address nor a CIDR such as 10.0.0.0/8", one)
		}
		list = append(list, p.Masked())
	}
	return list, nil
}

// percent is a number of a hundred.
func percent(raw, otherwise string) (int, error) {
	n, err := strconv.Atoi(cmp.Or(raw, otherwise))
	if err != nil || n < 0 || n > 100 {
		return 0, fmt.Errorf("want a number from 0 to 100")
	}
	return n, nil
}

func duration(raw string, least time.Duration) (time.Duration, error) {
	d, err := time.ParseDuration(raw)
	if err != nil {
		return 0, fmt.Errorf("want a duration such as 30m or 12h")
	}
	if d < least {
		return 0, fmt.Errorf("want %s or more", least)
	}
	return d, nil
}

// gateway says what is wrong with an address that is asked in place of a keeper's own; in the clear it may be on this machine alone.
func gateway(raw string) error {
	if raw == "" {
		return nil
	}
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname())) {
		return fmt.Errorf("want https://HOST/PATH; http only on this machine itself")
	}
	return nil
}

func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}
