package texts

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"chancery/app/access"
	"chancery/app/apptest/snstest"
	"chancery/app/delivery"
	"chancery/app/post"
	"chancery/app/signin"
	"chancery/app/staff"
	"chancery/app/store"
	"chancery/app/store/storetest"
	"chancery/static"
	"chancery/views"
)

const cell = "+14165550142"

var desk = signin.Origin{Network: "198.51.100.7", UserAgent: "Firefox/140.0"}

// office is a practice with one person, whose number is verified, a server that speaks as SNS does, and the reconciler
// between them. Its clock moves when a test says so.
type office struct {
	t      *testing.T
	clock  *storetest.Clock
	db     *store.DB
	staff  *staff.Staff
	post   *post.Post
	signin *signin.Signin
	server *snstest.Server
	log    *log
	r      *Reconciler
	jon    *staff.User
}

const hold = 30 * time.Second

func each(t *testing.T, fn func(t *testing.T, o *office)) {
	t.Helper()
	storetest.EachURL(t, func(t *testing.T, url string) { fn(t, open(t, url)) })
}

func open(t *testing.T, database string) *office {
	t.Helper()
	o := &office{t: t, clock: storetest.NewClock(), server: snstest.Start(t), log: &log{}}
	o.db = storetest.Open(t, database, o.clock.Now)
	o.staff, o.post = staff.New(o.db, staff.Studio{}), post.New(o.db)
	o.signin = signin.New(o.db, o.staff, o.post, signin.Options{Key: []byte("0123456789abcdef0123456789abcdef"), Texts: true})
	o.must(access.New(o.db).Seed(t.Context()))
	o.must(o.staff.SeedOrganization(t.Context(), staff.Organization{Name: "Marlow Reyes", Language: "en", Zone: "America/Toronto"}))
	var err error
	o.jon, err = o.signin.Bootstrap(t.Context(), access.System("test"), staff.NewUser{FirstName: "Jon", LastName: "Okafor",
		Email: "jon@firm.example", RoleID: access.RoleConsultant, Language: "fr", Zone: "UTC"}, "", false)
	o.must(err)
	o.must(o.staff.SeedStatus(t.Context(), o.jon.ID, staff.Active, nil))
	o.exec(`UPDATE users SET cell = ?, cell_verified_at = ? WHERE id = ?`, cell, o.clock.Now(), o.jon.ID)
	o.r = o.replica()
	return o
}

// replica is another process's reconciler on the same database.
func (o *office) replica() *Reconciler {
	o.t.Helper()
	web := &http.Transport{}
	o.t.Cleanup(web.CloseIdleConnections)
	sender, err := delivery.OpenTexts(o.server.URL("Marlow"), delivery.TextOptions{Credentials: o.server.Credentials, Timeout: 5 * time.Second, Web: web})
	o.must(err)
	base, err := url.Parse("https://chancery.firm.example")
	o.must(err)
	return &Reconciler{Post: o.post, Staff: o.staff, Signin: o.signin, Words: words(o.t), Sender: sender, Base: base, Now: o.db.Now, Hold: hold,
		Log: slog.New(slog.NewTextHandler(o.log, nil))}
}

// words are the real ones, read once a process.
var words = func() func(*testing.T) *views.Set {
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

func (o *office) must(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

func (o *office) exec(sql string, args ...any) {
	o.t.Helper()
	o.must(o.db.In(o.t.Context()).Exec(sql, args...).Error)
}

// ask asks for a PIN to Jon's number.
func (o *office) ask() (browser string) {
	o.t.Helper()
	a, err := o.signin.AskPIN(o.t.Context(), cell, desk)
	o.must(err)
	return a.Browser
}

// work does what is due now, as the loop does.
func (o *office) work() { o.t.Helper(); o.workAs(o.r) }

func (o *office) workAs(r *Reconciler) {
	o.t.Helper()
	due, err := r.Due(o.t.Context(), o.db.Now().Add(time.Microsecond))
	o.must(err)
	for _, d := range due {
		if _, err := r.Reconcile(o.t.Context(), d.Key); err != nil {
			o.t.Fatal(err)
		}
	}
}

// expect fails the test when the latest text is in another state, or for another reason.
func (o *office) expect(state post.TextState, reason string) *post.Text {
	o.t.Helper()
	txt, err := o.post.LatestText(o.t.Context(), o.jon.ID)
	o.must(err)
	if txt.State != state || txt.Reason != reason || (txt.Number == "") != (state != post.TextWaiting) || (txt.FinishedAt == nil) != (state == post.TextWaiting) {
		o.t.Errorf("it is %s %q to %q, finished %v; want %s %q", txt.State, txt.Reason, txt.Number, txt.FinishedAt, state, reason)
	}
	return txt
}

// arrived fails the test unless SNS has accepted n texts.
func (o *office) arrived(n int) []snstest.Text {
	o.t.Helper()
	all := o.server.Texts()
	if len(all) != n {
		o.t.Fatalf("%d texts arrived, want %d", len(all), n)
	}
	return all
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

var sixDigits = regexp.MustCompile(`\b\d{6}\b`)

// S3-13: the text goes out by SNS in the person's language, with a PIN that signs in, and a last line by which the phone fills
// it in on our site alone. Then neither the number nor the PIN is at rest in its row.
func TestATextBringsAPINThatSignsIn(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		browser := o.ask()
		o.work()
		got := o.arrived(1)[0]
		pins := sixDigits.FindAllString(got.Body, -1)
		if len(pins) != 2 || pins[0] != pins[1] || got.To != cell || !strings.Contains(got.Body, "est votre NIP pour entrer chez Marlow Reyes") ||
			!strings.HasSuffix(got.Body, "\n\n@chancery.firm.example #"+pins[0]) {
			t.Fatalf("%+v", got)
		}
		if txt := o.expect(post.TextSent, ""); txt.ProviderID != got.ID || txt.Tries != 1 {
			t.Errorf("%+v", txt)
		}
		in, err := o.signin.SignInByPIN(t.Context(), browser, pins[0], desk)
		if err != nil || in.Token == "" {
			t.Error(in, err)
		}
		if s := o.log.String(); strings.Contains(s, pins[0]) || strings.Contains(s, "555") {
			t.Errorf("logged: %s", s)
		}
	})
}

// Nobody's number gives nothing to do, whatever was asked for.
func TestNobodysNumberGetsNoText(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		_, err := o.signin.AskPIN(t.Context(), "+14165550143", desk)
		o.must(err)
		o.work()
		if _, err := o.r.Reconcile(t.Context(), Prefix+store.NewID()); err != nil {
			t.Error(err)
		}
		o.arrived(0)
	})
}

// Throttled texts are tried again within seconds, and go out once.
func TestAThrottledTextIsTriedAgainInSeconds(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		o.ask()
		o.server.Throttle(2)
		o.work()
		o.expect(post.TextWaiting, "Throttled")
		o.clock.Add(2*time.Second - time.Microsecond)
		o.work()
		o.clock.Add(time.Microsecond)
		o.work()
		o.arrived(0)
		o.clock.Add(4 * time.Second)
		o.work()
		o.arrived(1)
		o.expect(post.TextSent, "")
		o.clock.Add(time.Hour)
		o.work()
		o.arrived(1)
	})
}

// An answer that was lost makes a second copy, which says the same PIN: either works.
func TestALostAnswerMakesACopyWithTheSamePIN(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		browser := o.ask()
		o.server.DropAnswer(1)
		o.work()
		o.expect(post.TextWaiting, "Unconfirmed")
		o.clock.Add(2 * time.Second)
		o.work()
		all := o.arrived(2)
		first, second := sixDigits.FindString(all[0].Body), sixDigits.FindString(all[1].Body)
		if first != second {
			t.Errorf("%s, then %s", first, second)
		}
		if _, err := o.signin.SignInByPIN(t.Context(), browser, first, desk); err != nil {
			t.Error(err)
		}
	})
}

// A text that no time is left for, that its person wants none of, or that means nothing any more, is given up.
func TestATextIsGivenUp(t *testing.T) {
	for name, c := range map[string]struct {
		before func(o *office)
		reason string
	}{
		"too late":         {func(o *office) { o.clock.Add(5 * time.Minute) }, "TooLate"},
		"opted out":        {func(o *office) { o.server.OptOut(cell) }, "InvalidParameter"},
		"the number went":  {func(o *office) { o.exec(`UPDATE users SET cell = '+14165550199'`) }, "Withdrawn"},
		"they left":        {func(o *office) { o.exec(`UPDATE users SET status = 'INACTIVE'`) }, "Withdrawn"},
		"no texts by now":  {func(o *office) { o.r.Sender = nil }, "Off"},
		"signed out since": {func(o *office) { o.exec(`UPDATE users SET epoch = epoch + 1`) }, "Withdrawn"},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, o *office) {
				o.ask()
				c.before(o)
				o.work()
				o.expect(post.TextGivenUp, c.reason)
				o.arrived(0)
				o.work()
			})
		})
	}
}

// A server that refuses us costs no text while there is time, and then it is given up: nobody waits any more.
func TestARefusalOfUsIsTriedUntilItIsTooLate(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		o.ask()
		o.server.Refuse(1000, http.StatusForbidden, "AuthorizationError", "x")
		for range 400 {
			o.work()
			o.clock.Add(time.Second)
		}
		txt := o.expect(post.TextGivenUp, "TooLate")
		if txt.Tries < 8 || txt.Tries > 20 || o.server.Calls() != txt.Tries {
			t.Errorf("%d tries, %d calls", txt.Tries, o.server.Calls())
		}
	})
}

// Two replicas do not send at once; one that died is followed after its hold.
func TestATextIsHeldWhileItIsSent(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		o.ask()
		txt := o.expect(post.TextWaiting, "")
		if ours, err := o.post.BeginText(t.Context(), txt, hold); err != nil || !ours {
			t.Fatal(ours, err)
		} // … and the process dies
		result, err := o.replica().Reconcile(t.Context(), Prefix+txt.ID)
		if err != nil || !result.At().Equal(o.clock.Now().Add(hold)) {
			t.Errorf("within the hold: %s, %v", result, err)
		}
		o.arrived(0)
		o.clock.Add(hold)
		o.work()
		o.arrived(1)
		o.expect(post.TextSent, "")
	})
}

// A try that another has overtaken writes nothing over the next, but that it was sent.
func TestALateFailureIsNotWrittenOverTheSuccessorsTry(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		o.ask()
		slow := o.expect(post.TextWaiting, "")
		_, err := o.post.BeginText(t.Context(), slow, hold)
		o.must(err)
		o.clock.Add(hold)
		next := o.expect(post.TextWaiting, "")
		_, err = o.post.BeginText(t.Context(), next, hold)
		o.must(err)
		o.must(o.post.RecordText(t.Context(), slow, post.TextOutcome{State: post.TextGivenUp, Reason: "Late"}))
		o.expect(post.TextWaiting, "")
		o.must(o.post.RecordText(t.Context(), slow, post.TextOutcome{State: post.TextSent, ProviderID: "x"}))
		o.expect(post.TextSent, "")
	})
}

func TestWhatATryComesTo(t *testing.T) {
	now := time.Date(2026, 11, 21, 14, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		err   error
		tries int
		left  time.Duration
		want  post.TextOutcome
	}{
		"accepted":     {want: post.TextOutcome{State: post.TextSent, ProviderID: "id"}},
		"throttled":    {err: &delivery.Refused{Code: 429, Answer: "Throttled"}, want: post.TextOutcome{State: post.TextWaiting, Reason: "Throttled", Next: now.Add(2 * time.Second)}},
		"the fifth":    {err: &delivery.Refused{Code: 429, Answer: "Throttled"}, tries: 5, want: post.TextOutcome{State: post.TextWaiting, Reason: "Throttled", Next: now.Add(30 * time.Second)}},
		"no time left": {err: &delivery.Refused{Code: 429, Answer: "Throttled"}, left: 2 * time.Second, want: post.TextOutcome{State: post.TextGivenUp, Reason: "TooLate"}},
		"for good":     {err: &delivery.Refused{Code: 400, Answer: "InvalidParameter", Permanent: true}, want: post.TextOutcome{State: post.TextGivenUp, Reason: "InvalidParameter"}},
		"nobody there": {err: &delivery.Refused{Err: errors.New("x")}, want: post.TextOutcome{State: post.TextWaiting, Reason: "Unreachable", Next: now.Add(2 * time.Second)}},
		"no answer":    {err: &delivery.Refused{Uncertain: true, Err: context.DeadlineExceeded}, want: post.TextOutcome{State: post.TextWaiting, Reason: "Unconfirmed", Next: now.Add(2 * time.Second)}},
		"no meaning":   {err: signin.ErrWithdrawn, want: post.TextOutcome{State: post.TextGivenUp, Reason: "Withdrawn"}},
		"the database": {err: errors.New("x"), want: post.TextOutcome{State: post.TextWaiting, Reason: "Failed", Next: now.Add(2 * time.Second)}},
	} {
		if c.left == 0 {
			c.left = 5 * time.Minute
		}
		w := world{now: now, text: &post.Text{Tries: max(c.tries, 1), NotAfter: now.Add(c.left)}}
		if got := outcome(w, "id", c.err); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}
