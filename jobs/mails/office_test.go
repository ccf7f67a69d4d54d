package mails

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"chancery/app/access"
	"chancery/app/apptest/smtptest"
	"chancery/app/delivery"
	"chancery/app/post"
	"chancery/app/resource"
	"chancery/app/signin"
	"chancery/app/staff"
	"chancery/app/store"
	"chancery/app/store/storetest"
	"chancery/static"
	"chancery/views"
)

// office is a practice with one administrator, a mail server, and the reconciler between them. Its clock moves when a
// test says so.
type office struct {
	t      *testing.T
	url    string
	clock  *storetest.Clock
	db     *store.DB
	staff  *staff.Staff
	signin *signin.Signin
	post   *post.Post
	server *smtptest.Server
	log    *log
	r      *Reconciler

	lanes, perMinute int // of the next replica
}

const hold = 2 * time.Minute

func each(t *testing.T, fn func(t *testing.T, o *office)) {
	t.Helper()
	storetest.EachURL(t, func(t *testing.T, url string) { fn(t, open(t, url)) })
}

func open(t *testing.T, database string) *office {
	t.Helper()
	o := &office{t: t, url: database, clock: storetest.NewClock(), server: smtptest.Start(t), log: &log{}}
	o.db = storetest.Open(t, database, o.clock.Now)
	o.staff, o.post = staff.New(o.db, staff.Studio{}), post.New(o.db)
	o.signin = signin.New(o.db, o.staff, o.post, signin.Options{Key: []byte("0123456789abcdef0123456789abcdef")})
	o.must(access.New(o.db).Seed(t.Context()))
	o.must(o.staff.SeedOrganization(t.Context(), staff.Organization{Name: "Marlow Reyes", Language: "en", Zone: "America/Toronto"}))
	o.r = o.replica(o.server.URL())
	return o
}

// replica is another process's reconciler on the same database.
func (o *office) replica(mailURL string) *Reconciler {
	o.t.Helper()
	sender, err := delivery.Open(mailURL, delivery.Options{Password: smtptest.Password, Roots: o.server.Roots(),
		Connect: 5 * time.Second, Answer: 100 * time.Millisecond, Connections: o.lanes})
	o.must(err)
	o.t.Cleanup(func() { _ = sender.Close() })
	base, err := url.Parse("https://chancery.firm.example")
	o.must(err)
	return New(Deps{Post: o.post, Staff: o.staff, Signin: o.signin, Letters: letters(o.t), Sender: sender,
		From: mail.Address{Address: "chancery@firm.example"}, Base: base, Now: o.db.Now, Hold: hold, Connections: o.lanes, PerMinute: o.perMinute,
		Log: slog.New(slog.NewTextHandler(o.log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
}

// letters are the real ones, parsed once a process.
var letters = func() func(*testing.T) *views.Set {
	load := sync.OnceValues(func() (*views.Set, error) {
		assets, err := static.Load()
		if err != nil {
			return nil, err
		}
		return views.Load(assets), nil
	})
	return func(t *testing.T) *views.Set {
		t.Helper()
		set, err := load()
		if err != nil {
			t.Fatal(err)
		}
		return set
	}
}()

// invite creates a colleague with a welcome mail.
func (o *office) invite(n staff.NewUser, way signin.First) *staff.User {
	o.t.Helper()
	if n.FirstName == "" {
		n.FirstName, n.LastName = "Jon", "Okafor"
	}
	if n.Language == "" {
		n.Language, n.Zone = "en", "America/Toronto"
	}
	n.Email, n.RoleID = strings.ToLower(n.FirstName)+"@firm.example", access.RoleConsultant
	actor := access.System("test")
	actor.Name = "Grace Mbeki"
	u, err := o.signin.Invite(o.t.Context(), actor, n, signin.FirstPassword{Way: way})
	o.must(err)
	return u
}

// notice queues a security notice for a person, by its own send key.
func (o *office) notice(u *staff.User, key string) {
	o.t.Helper()
	o.must(o.post.Queue(o.t.Context(), post.Draft{SendKey: key, Kind: post.SessionsEnded, UserID: u.ID, Recipient: u.Email,
		Language: u.Language, Zone: u.Zone, Data: map[string]any{"By": "Grace Mbeki", "When": o.clock.Now()}}))
}

// person is a colleague who works here, without any mail.
func (o *office) person(first string) *staff.User {
	o.t.Helper()
	u, err := o.signin.Bootstrap(o.t.Context(), access.System("test"), staff.NewUser{FirstName: first, LastName: "Okafor",
		Email: strings.ToLower(first) + "@firm.example", RoleID: access.RoleConsultant, Language: "en", Zone: "UTC"}, "", false)
	o.must(err)
	o.status(u, staff.Active)
	return u
}

func (o *office) status(u *staff.User, s staff.Status) {
	o.t.Helper()
	o.must(o.staff.SeedStatus(o.t.Context(), u.ID, s, nil))
}

// work does what is due now, as the loop does.
func (o *office) work() { o.t.Helper(); o.workAs(o.r) }

func (o *office) workAs(r *Reconciler) {
	o.t.Helper()
	due, err := r.Due(o.t.Context(), o.db.Now().Add(time.Microsecond))
	o.must(err)
	for _, d := range due {
		_, err := r.Reconcile(o.t.Context(), d.Key)
		o.must(err)
	}
}

// mail is the row of a send key.
func (o *office) mail(key string) *post.Mail {
	o.t.Helper()
	m, err := o.post.Find(o.t.Context(), key)
	o.must(err)
	return m
}

// expect fails the test when a mail is in another state, or for another reason.
func (o *office) expect(key string, state post.State, status resource.Status, reason string) {
	o.t.Helper()
	m := o.mail(key)
	if c, _ := m.Conditions.Get(Delivered); m.State != state || c.Status != status || c.Reason != reason {
		o.t.Errorf("%s is %s, %+v; want %s, %s %s", key, m.State, m.Conditions, state, status, reason)
	}
}

// arrived fails the test unless the server has accepted n mails, and reads them.
func (o *office) arrived(n int) []letter {
	o.t.Helper()
	messages := o.server.Messages()
	if len(messages) != n {
		o.t.Fatalf("%d mails arrived, want %d", len(messages), n)
	}
	all := make([]letter, n)
	for i, m := range messages {
		all[i] = read(o.t, m)
	}
	return all
}

func (o *office) must(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

// letter is a mail as its reader gets it.
type letter struct {
	to, id, subject, date, text, html string
}

func read(t *testing.T, m smtptest.Message) letter {
	t.Helper()
	fail := func(err error) {
		if err != nil {
			t.Fatalf("mail cannot be read: %v", err)
		}
	}
	parsed, err := mail.ReadMessage(bytes.NewReader(m.Data))
	fail(err)
	l := letter{to: m.To, id: parsed.Header.Get("Message-ID"), date: parsed.Header.Get("Date")}
	l.subject, err = new(mime.WordDecoder).DecodeHeader(parsed.Header.Get("Subject"))
	fail(err)
	_, params, err := mime.ParseMediaType(parsed.Header.Get("Content-Type"))
	fail(err)
	parts := multipart.NewReader(parsed.Body, params["boundary"])
	for {
		part, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			return l
		}
		fail(err)
		var body io.Reader = part
		if part.Header.Get("Content-Transfer-Encoding") == "quoted-printable" {
			body = quotedprintable.NewReader(part)
		}
		content, err := io.ReadAll(body)
		fail(err)
		if strings.HasPrefix(part.Header.Get("Content-Type"), "text/plain") {
			l.text = string(content)
		} else {
			l.html = string(content)
		}
	}
}

// log is what the reconciler logged.
type log struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// door is an address before the mail server that can be shut, as when the server is down.
type door struct {
	t        *testing.T
	addr, to string
	listener net.Listener
}

func newDoor(t *testing.T, to string) *door {
	t.Helper()
	d := &door{t: t, addr: "127.0.0.1:0", to: to}
	d.open()
	d.addr = d.listener.Addr().String()
	d.shut()
	t.Cleanup(d.shut)
	return d
}

func (d *door) open() {
	d.t.Helper()
	l, err := net.Listen("tcp", d.addr)
	if err != nil {
		d.t.Fatal(err)
	}
	d.listener = l
	go func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("tcp", d.to)
			if err != nil {
				_ = in.Close()
				continue
			}
			go func() { _, _ = io.Copy(out, in); _ = out.Close() }()
			go func() { _, _ = io.Copy(in, out); _ = in.Close() }()
		}
	}()
}

func (d *door) shut() { _ = d.listener.Close() }

// texts are all values of all text columns of all tables, with where they stand.
func (o *office) texts(ctx context.Context) map[string][]string {
	o.t.Helper()
	list := `SELECT m.name AS tab, c.name AS col FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND c.type = 'TEXT'`
	if o.db.Dialect() == store.Postgres {
		list = `SELECT table_name AS tab, column_name AS col FROM information_schema.columns WHERE table_schema = 'public'
			AND data_type IN ('text', 'character varying', 'json', 'jsonb', 'bytea')`
	}
	var columns []struct{ Tab, Col string }
	o.must(o.db.In(ctx).Raw(list).Scan(&columns).Error)
	all := map[string][]string{}
	for _, c := range columns {
		var values []string
		o.must(o.db.In(ctx).Raw(fmt.Sprintf(`SELECT CAST(%q AS text) FROM %q WHERE %q IS NOT NULL`, c.Col, c.Tab, c.Col)).Scan(&values).Error)
		all[c.Tab+"."+c.Col] = values
	}
	return all
}
