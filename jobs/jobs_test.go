package jobs

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/mail"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"chancery/app/access"
	"chancery/app/blob"
	"chancery/app/delivery"
	"chancery/app/notices"
	"chancery/app/post"
	"chancery/app/replies"
	"chancery/app/signin"
	"chancery/app/staff"
	"chancery/app/store"
	"chancery/app/store/storetest"
	"chancery/app/work"
)

// What is missed is caught up at the start, a mail that is queued goes out, and when the jobs end nothing is left: no
// goroutine of theirs, and no lease for the next one to wait for.
func TestTheJobsRunAndEndWithoutATrace(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, database string) {
		f := newFirm(t, database, nil)
		for round := range 2 { // the lease was given back, so the second need not wait for it
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan error, 1)
			jobs := f.jobs()
			go func() { ended <- jobs.Run(ctx) }()
			f.queue(fmt.Sprintf("sessions-ended/%d", round))
			f.until("the mail is out", func() bool { return f.count("mails", "state = 'delivered'") == round+1 })
			f.until("both jobs were caught up", func() bool { return f.count("runs", "state = 'done'") == len(jobs.schedule()) })
			cancel()
			select {
			case err := <-ended:
				if err != nil {
					t.Error(err)
				}
			case <-time.After(patience):
				t.Fatal("the jobs do not end")
			}
		}
		f.until("no goroutine is left", func() bool { return !ours.MatchString(goroutines()) })
		letters, err := filepath.Glob(filepath.Join(f.outbox, "*.eml"))
		if err != nil || len(letters) != 2 {
			t.Errorf("%d mails, %v", len(letters), err)
		}
		if f.count("leases", "expires_at > ?", f.db.Now()) != 0 {
			t.Error("the lease was not given back")
		}
	})
}

// D-4, ASVS 7.3.2: more than one batch of what has expired goes, nothing else does.
func TestTheHourlyCleanUpTakesWhatHasExpired(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, database string) {
		clock := storetest.NewClock()
		f := newFirm(t, database, clock.Now)
		now := clock.Now()
		for i := range cleanUpBatch + 20 {
			f.exec(`INSERT INTO sessions (id, token_hash, user_id, method, network, user_agent, created_at, proven_at, last_seen_at, expires_at)
				VALUES (?, ?, ?, 'password', '', '', ?, ?, ?, ?)`, store.NewID(), fmt.Sprint(i), f.user.ID, now, now, now, now.Add(time.Duration(i-cleanUpBatch-10)*time.Minute))
		}
		for i, age := range []time.Duration{-time.Hour, time.Hour, 8 * 24 * time.Hour} {
			f.exec(`INSERT INTO links (id, token_hash, user_id, purpose, created_at, expires_at) VALUES (?, ?, ?, 'reset', ?, ?)`,
				store.NewID(), fmt.Sprint(i), f.user.ID, now, now.Add(-age))
		}
		for i := range 3 {
			at := now.Add(-time.Duration(i) * 95 * 24 * time.Hour)
			f.exec(`INSERT INTO runs (id, job, due_at, state, next_try_at, created_at, finished_at) VALUES (?, 'clean-up', ?, 'done', ?, ?, ?)`, store.NewID(), at, at, at, at)
		}
		f.exec(`INSERT INTO tokens (id, token_hash, user_id, name, hint, scopes, epoch, created_at, expires_at) VALUES ('live', 'x', ?, 'App', 'abcd', '', 1, ?, ?)`, f.user.ID, now, now.Add(time.Hour))
		f.exec(`INSERT INTO tokens (id, token_hash, user_id, name, hint, scopes, epoch, created_at, expires_at) VALUES ('over', 'y', ?, 'App', 'abcd', '', 1, ?, ?)`, f.user.ID, now, now.Add(-signin.TokenKept))
		for i, age := range []time.Duration{0, replies.Kept} {
			f.exec(`INSERT INTO replies (token_id, key, request_hash, created_at) VALUES ('live', ?, 'h', ?)`, fmt.Sprint(i), now.Add(-age))
			f.exec(`INSERT INTO bulletins (id, user_id, kind, send_key, created_at, read_at) VALUES (?, ?, 'cases', ?, ?, ?)`, fmt.Sprint(i), f.user.ID, fmt.Sprint(i), now.Add(-2*notices.BulletinKept), now.Add(-time.Duration(i)*notices.BulletinKept))
		}
		f.queue("sessions-ended/kept") // S1-36: sent mails are recorded per user, and stay
		f.exec(`UPDATE mails SET state = 'delivered', created_at = ?`, now.Add(-2000*24*time.Hour))
		jobs := f.jobs()
		result, err := jobs.cleanUp(t.Context())
		if err != nil || result != fmt.Sprintf("deleted %d", cleanUpBatch+11+1+2+1+1+1) {
			t.Errorf("%s, %v", result, err)
		}
		for table, want := range map[string]int{"sessions": 9, "links": 2, "runs": 1, "mails": 1, "tokens": 1, "replies": 1, "bulletins": 1} {
			if got := f.count(table, "1 = 1"); got != want {
				t.Errorf("%d %s left, want %d", got, table, want)
			}
		}
	})
}

func TestTheNightlySweepSaysWhatItFound(t *testing.T) {
	f := newFirm(t, storetest.SQLite(t), nil)
	if result, err := f.jobs().sweep(t.Context()); err != nil || result != "swept 0 0" {
		t.Errorf("%s, %v", result, err)
	}
}

// firm is a practice with one person, a directory for pictures and one for mails.
type firm struct {
	t      *testing.T
	db     *store.DB
	user   *staff.User
	outbox string
	deps   Deps
}

const patience = 30 * time.Second

func newFirm(t *testing.T, database string, now func() time.Time) *firm {
	t.Helper()
	f := &firm{t: t, db: storetest.Open(t, database, now), outbox: t.TempDir()}
	people := staff.New(f.db, staff.Studio{})
	letters := post.New(f.db)
	doors := signin.New(f.db, people, letters, signin.Options{})
	blobs, err := blob.Open(t.Context(), "dir:"+t.TempDir(), blob.Credentials{})
	f.must(err)
	sender, err := delivery.Open("dir:"+f.outbox, delivery.Options{})
	f.must(err)
	t.Cleanup(func() { _ = sender.Close() })
	f.must(access.New(f.db).Seed(t.Context()))
	f.must(people.SeedOrganization(t.Context(), staff.Organization{Name: "Marlow Reyes", Language: "en", Zone: "UTC"}))
	f.user, err = doors.Bootstrap(t.Context(), access.System("test"), staff.NewUser{FirstName: "Jon", LastName: "Okafor",
		Email: "jon@firm.example", RoleID: access.RoleConsultant, Language: "en", Zone: "UTC"}, "", false)
	f.must(err)
	base, err := url.Parse("https://chancery.firm.example")
	f.must(err)
	f.deps = Deps{DB: f.db, Staff: people, Signin: doors, Notices: notices.New(f.db, letters, people, notices.Options{}), Post: letters, Work: work.New(f.db), Replies: replies.New(f.db), Blobs: blobs, Sender: sender, Letters: plain{},
		From: mail.Address{Address: "chancery@firm.example"}, Base: base, Log: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))}
	return f
}

func (f *firm) jobs() *Jobs {
	f.t.Helper()
	d := f.deps
	d.Metrics = prometheus.NewRegistry()
	j, err := New(d)
	f.must(err)
	return j
}

func (f *firm) queue(key string) {
	f.t.Helper()
	f.must(f.deps.Post.Queue(f.t.Context(), post.Draft{SendKey: key, Kind: post.SessionsEnded, UserID: f.user.ID,
		Recipient: f.user.Email, Language: "en", Zone: "UTC"}))
}

func (f *firm) exec(sql string, args ...any) {
	f.t.Helper()
	f.must(f.db.In(f.t.Context()).Exec(sql, args...).Error)
}

func (f *firm) count(table, where string, args ...any) (n int) {
	f.t.Helper()
	f.must(f.db.In(f.t.Context()).Raw("SELECT count(*) FROM "+table+" WHERE "+where, args...).Scan(&n).Error)
	return n
}

func (f *firm) until(what string, ok func() bool) {
	f.t.Helper()
	deadline, tick := time.After(patience), time.NewTicker(5*time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-deadline:
			f.t.Fatalf("still not so: %s\n%s", what, goroutines())
		}
	}
}

func (f *firm) must(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
}

// ours is a frame of a method of the jobs.
var ours = regexp.MustCompile(`chancery/jobs(/\w+)?\.\(`)

// goroutines are the stacks of all but the one that asks.
func goroutines() string {
	buf := make([]byte, 1<<20)
	_, others, _ := bytes.Cut(buf[:runtime.Stack(buf, true)], []byte("\n\n"))
	return string(others)
}

// plain writes letters without a template.
type plain struct{}

func (plain) Mail(_, _, name string, _ any) (subject, text, html string, err error) {
	return name, name, "", nil
}
