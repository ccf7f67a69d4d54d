// Package apptest is the whole app for tests: every room on a fresh database of each kind, a cast of people everyone
// knows (cast.go), and a browser without script that fills in the forms a page really shows (client.go). The session
// cookie, the request token and the headers are the real ones, over a real connection. Imported by tests only.
package apptest

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net"
	"net/url"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"chancery/app/access"
	"chancery/app/agenda"
	"chancery/app/api"
	"chancery/app/billing"
	"chancery/app/blob"
	"chancery/app/calendar"
	"chancery/app/cases"
	"chancery/app/casesync"
	"chancery/app/daily"
	"chancery/app/declared"
	"chancery/app/messages"
	"chancery/app/notices"
	"chancery/app/post"
	"chancery/app/replies"
	"chancery/app/signin"
	"chancery/app/staff"
	"chancery/app/store"
	"chancery/app/store/storetest"
	"chancery/app/system"
	"chancery/app/web"
	"chancery/app/work"
	"chancery/jobs/pictures"
	"chancery/static"
	"chancery/views"
)

// App is a running practice with its cast.
type App struct {
	t         testing.TB
	URL       string
	Clock     *storetest.Clock
	DB        *store.DB
	Access    *access.Access
	Staff     *staff.Staff
	Signin    *signin.Signin
	Cases     *cases.Cases
	Messages  *messages.Messages
	Agenda    *agenda.Agenda
	Calendars *calendar.Calendars // of the keepers that Keepers names; none without
	Billing   *billing.Billing
	Replies   *replies.Replies
	API       *api.API
	Notices   *notices.Notices
	Summary   *daily.Summary
	Daily     *daily.Daily
	Post      *post.Post
	Work      *work.Work
	Sync      *casesync.Sync // of a case system that says nothing (System)
	System    *System
	Declared  *declared.Declared // without secrets
	House     *system.System     // nothing works in it until it is told what (Shows)
	Views     *views.Set
	Blobs     *Blobs
	Log       *Buffer
	people    map[string]*staff.User
	ending    context.CancelFunc
}

// Option changes how the app is built.
type Option func(*options)

type options struct {
	noTexts bool
	name    string // of the machine, in the URL
	base    string
	demo    []web.DemoSignIn
	keepers func(site *url.URL, now func() time.Time) calendar.Keepers
}

// At makes the app believe that people reach it at another URL, such as https://chancery.firm.example.
func At(base string) Option { return func(o *options) { o.base = base } }

// NoTexts makes a practice that sends no texts.
func NoTexts() Option { return func(o *options) { o.noTexts = true } }

// Localhost gives the app a name instead of an address: browsers have passkeys only for names.
func Localhost() Option { return func(o *options) { o.name = "localhost" } }

// Keepers are who keeps people's calendars outside: stand-ins, or a server that the test has started.
func Keepers(open func(site *url.URL, now func() time.Time) calendar.Keepers) Option {
	return func(o *options) { o.keepers = open }
}

// Demo shows demo accounts on the sign-in page.
func Demo(d ...web.DemoSignIn) Option { return func(o *options) { o.demo = d } }

// Each runs fn against the app on SQLite and on Postgres.
func Each(t *testing.T, fn func(t *testing.T, app *App), opts ...Option) {
	t.Helper()
	storetest.EachURL(t, func(t *testing.T, url string) { fn(t, Start(t, url, opts...)) })
}

// One runs the app on SQLite, for what does not touch the store's differences.
func One(t testing.TB, opts ...Option) *App {
	t.Helper()
	return Start(t, storetest.SQLite(t), opts...)
}

// Start runs the app on a migrated database.
func Start(t testing.TB, database string, opts ...Option) *App {
	t.Helper()
	o := options{}
	for _, opt := range opts {
		opt(&o)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	a := &App{t: t, URL: "http://" + listener.Addr().String(), Clock: storetest.NewClock(), Log: &Buffer{}, people: map[string]*staff.User{}}
	if o.name != "" {
		_, port, err := net.SplitHostPort(listener.Addr().String())
		must(t, err)
		a.URL = "http://" + net.JoinHostPort(o.name, port)
	}
	if o.base == "" {
		o.base = a.URL
	}
	base, err := url.Parse(o.base)
	must(t, err)
	files, err := blob.Open(t.Context(), "dir:"+t.TempDir(), blob.Credentials{})
	must(t, err)
	assets, set := loaded(t)
	a.Blobs = &Blobs{Store: files}
	a.DB = storetest.Open(t, database, a.Clock.Now)
	a.Access = access.New(a.DB)
	a.Staff = staff.New(a.DB, pictures.Studio(a.Blobs))
	a.Post = post.New(a.DB)
	key := []byte("0123456789abcdef0123456789abcdef")
	a.Notices = notices.New(a.DB, a.Post, a.Staff, notices.Options{Key: key, Site: base})
	a.Summary = daily.NewSummary(a.DB, a.Notices, a.Post, a.Staff, base)
	a.Daily = daily.New(a.DB, a.Notices, a.Post, a.Summary.Kind())
	a.Signin = signin.New(a.DB, a.Staff, a.Post, signin.Options{Key: key, Site: base, Common: assets.IsCommonPassword, Texts: !o.noTexts})
	a.Cases = cases.New(a.DB, a.Staff)
	a.Staff.TellsOfAbsences(a.Notices)
	a.Cases.Tells(a.Notices)
	a.Messages = messages.New(a.DB, a.Cases, a.Staff)
	a.Messages.Tells(a.Notices)
	a.Agenda = agenda.New(a.DB, a.Cases, a.Staff)
	a.Agenda.Tells(a.Notices)
	keepers := calendar.Keepers{}
	if o.keepers != nil {
		keepers = o.keepers(base, a.Clock.Now)
	}
	a.Calendars = calendar.New(a.DB, a.Access, a.Agenda, a.Post, calendar.Options{Keys: [][]byte{key}, Site: base, Keepers: keepers})
	a.Agenda.Follows(a.Calendars)
	a.Billing = billing.New(a.DB, a.Cases, a.Staff)
	a.Replies = replies.New(a.DB)
	a.Staff.Owns(a.Cases, a.Agenda, a.Staff.CardBelonging(), a.Staff.AbsenceBelonging())
	a.Staff.Owns(a.Signin.Belongings()...)
	a.Staff.Owns(a.Calendars.Belonging())
	a.House = system.New(a.DB)
	a.Declared = declared.New(a.DB, a.Access, a.Staff, a.Signin, nil, 20)
	a.System = &System{}
	a.Sync = casesync.New(a.DB, a.Cases, a.System, 5)
	a.Sync.Covers(a.Staff.Covering)
	a.Work = work.New(a.DB, slices.Concat(a.Staff.Kinds(), a.Signin.Kinds(), a.Sync.Kinds())...)
	a.Views = set
	a.castPeople()
	log := slog.New(slog.NewTextHandler(a.Log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	a.API = api.New(api.Deps{Signin: a.Signin, Staff: a.Staff, Cases: a.Cases, Messages: a.Messages, Agenda: a.Agenda, Billing: a.Billing, Replies: a.Replies,
		URL: base, Now: a.Clock.Now, Log: log})
	until, ending := context.WithCancel(context.WithoutCancel(t.Context())) // open pages have their streams until they are closed
	a.ending = ending
	app := web.New(web.Deps{
		Views: set, Assets: assets, Staff: a.Staff, Access: a.Access, Signin: a.Signin, Cases: a.Cases, Messages: a.Messages, Agenda: a.Agenda, Calendars: a.Calendars, Billing: a.Billing,
		Notices: a.Notices, Summary: a.Summary, Daily: a.Daily, Post: a.Post, Work: a.Work, House: a.House, Declared: a.Declared, Sync: a.Sync, API: a.API, Feed: a.DB, Until: until, URL: base, Key: key, Now: a.Clock.Now,
		Log: log, Demo: o.demo,
		Trace: func(ctx context.Context) (context.Context, func() int64) {
			ctx, n := store.WithCount(ctx)
			return ctx, n.N
		},
	})
	a.serve(app, listener)
	return a
}

// Ending is the moment in which the server is told to end: streams do, and what is under way is answered.
func (a *App) Ending() { a.ending() }

func (a *App) serve(app *fiber.App, listener net.Listener) {
	done := make(chan error, 1)
	go func() { done <- app.Listener(web.Listen(listener)) }()
	a.t.Cleanup(func() {
		a.ending()
		_ = app.ShutdownWithTimeout(5 * time.Second)
		_ = listener.Close() // a short test may end before the server had begun to serve, and a shutdown then ends nothing
		if err := <-done; err != nil && !errors.Is(err, net.ErrClosed) {
			a.t.Errorf("the server ended with %v", err)
		}
	})
}

// loaded is what does not differ from test to test, read and parsed once a process.
var loaded = func() func(testing.TB) (*static.Assets, *views.Set) {
	load := sync.OnceValues(func() (*static.Assets, *views.Set) {
		assets, err := static.Load()
		if err != nil {
			panic(err)
		}
		return assets, views.Load(assets)
	})
	return func(testing.TB) (*static.Assets, *views.Set) { return load() }
}()

// Blobs is the directory of a test's pictures, which can be made to fail as an outage does.
type Blobs struct {
	blob.Store
	mu  sync.Mutex
	err error
}

// Fail makes every later Put and Get fail with err; nil ends the outage.
func (b *Blobs) Fail(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.err = err
}

func (b *Blobs) failing() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.err
}

// Put keeps an object, unless an outage is on.
func (b *Blobs) Put(ctx context.Context, key string, body []byte, kind string) error {
	if err := b.failing(); err != nil {
		return err
	}
	return b.Store.Put(ctx, key, body, kind)
}

// Get gives an object, unless an outage is on.
func (b *Blobs) Get(ctx context.Context, key string) (blob.Object, error) {
	if err := b.failing(); err != nil {
		return blob.Object{}, err
	}
	return b.Store.Get(ctx, key)
}

// Buffer is the app's log, readable while it is written.
type Buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *Buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *Buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
