package signin_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"golang.org/x/crypto/blake2b"

	"chancery/app/access"
	"chancery/app/audit"
	"chancery/app/fault"
	"chancery/app/post"
	"chancery/app/signin"
	"chancery/app/staff"
	"chancery/app/store"
	"chancery/app/store/storetest"
)

// firm is a small practice with two people: Noor, who works here, and Lucía, who is invited.
type firm struct {
	t      *testing.T
	ctx    context.Context
	clock  *storetest.Clock
	db     *store.DB
	people *staff.Staff
	mails  *post.Post
	ways   *signin.Signin
	hashed int // passwords hashed so far
	noor   *staff.User
	lucia  *staff.User
	family string // a department, where a test has one
}

const (
	noorMail  = "noor@marlowreyes.example"
	luciaMail = "lucia@marlowreyes.example"
	password  = "Lantern-Orchard-27!"
	another   = "Harbour-Violin-58?"
)

var here = signin.Origin{Network: "198.51.100.7", UserAgent: "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0", RequestID: "r1", Device: "browser-of-noor-0000000000000000000000000000"[:43]}

// each opens the practice on both databases.
func each(t *testing.T, fn func(t *testing.T, f *firm)) {
	t.Helper()
	clock := storetest.NewClock()
	storetest.Each(t, clock.Now, func(t *testing.T, db *store.DB) { fn(t, open(t, db, clock)) })
}

func open(t *testing.T, db *store.DB, clock *storetest.Clock) *firm {
	t.Helper()
	f := &firm{t: t, ctx: t.Context(), clock: clock, db: db, people: staff.New(db, staff.Studio{}), mails: post.New(db)}
	f.ways = f.room(signin.Options{})
	f.must(access.New(db).Seed(f.ctx))
	f.must(f.people.SeedOrganization(f.ctx, staff.Organization{Name: "Marlow Reyes", Language: "en", Zone: "America/Toronto"}))
	var err error
	f.noor, err = f.ways.Bootstrap(f.ctx, access.System("test"), staff.NewUser{FirstName: "Noor", LastName: "Haddad", Email: noorMail,
		RoleID: access.RoleConsultant, ProfileIDs: []string{"collections"}, Language: "fr", Zone: "America/Montreal"}, password, false)
	f.must(err)
	f.must(f.people.SeedStatus(f.ctx, f.noor.ID, staff.Active, nil))
	f.lucia, err = f.ways.Invite(f.ctx, access.System("test"), staff.NewUser{FirstName: "Lucía", LastName: "Ferrer", Email: luciaMail,
		RoleID: access.RoleParalegal, Language: "es", Zone: "UTC"}, signin.FirstPassword{Way: signin.FirstLink})
	f.must(err)
	clock.Add(time.Hour)
	f.hashed = 0
	return f
}

// room opens signin with a hash that is quick and counted: what argon2id costs is measured elsewhere.
func (f *firm) room(opt signin.Options) *signin.Signin {
	opt.Key = []byte("k")
	if opt.Hashers == 0 {
		opt.Hashers = 1 // one at a time, so that counting needs no lock
	}
	ways := signin.New(f.db, f.people, f.mails, opt)
	ways.WrapDerive(func(signin.Derive) signin.Derive {
		return func(password, salt []byte, _, _ uint32, _ uint8, n uint32) []byte {
			f.hashed++
			sum := blake2b.Sum256(append(append([]byte{}, salt...), password...))
			return sum[:n]
		}
	})
	return ways
}

func (f *firm) must(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
}

// signIn opens a session or fails the test.
func (f *firm) signIn() string {
	f.t.Helper()
	o, err := f.ways.SignIn(f.ctx, noorMail, password, here)
	f.must(err)
	return o.Token
}

// current is the session of a token, which must be one.
func (f *firm) current(token string) *signin.Current {
	f.t.Helper()
	c, err := f.ways.Resume(f.ctx, token, here)
	f.must(err)
	if c == nil {
		f.t.Fatal("no session")
	}
	return c
}

// gone fails when a token still opens anything.
func (f *firm) gone(token, why string) {
	f.t.Helper()
	c, err := f.ways.Resume(f.ctx, token, here)
	f.must(err)
	if c != nil {
		f.t.Errorf("the session goes on: %s", why)
	}
}

// fail tries wrong passwords n times, a second apart.
func (f *firm) fail(n int) {
	f.t.Helper()
	for range n {
		f.clock.Add(time.Second)
		_, err := f.ways.SignIn(f.ctx, noorMail, "not it", here)
		f.refused(err, "signin.wrong")
	}
}

func (f *firm) refused(err error, key string) {
	f.t.Helper()
	var r *fault.Refused
	if !errors.As(err, &r) || r.Message.Key != key {
		f.t.Fatalf("want %s, got %v", key, err)
	}
}

func (f *firm) invalid(err error, field, key string) {
	f.t.Helper()
	var bad *fault.Invalid
	if errors.As(err, &bad) {
		for _, b := range bad.Fields {
			if b.Name == field && b.Message.Key == key {
				return
			}
		}
	}
	f.t.Fatalf("want %s on %s, got %v", key, field, err)
}

// second is the error of a verb that gives something back as well.
func second[T any](_ T, err error) error { return err }

// count runs a query that gives one number.
func (f *firm) count(sql string, args ...any) (n int) {
	f.t.Helper()
	f.must(f.db.In(f.ctx).Raw(sql, args...).Scan(&n).Error)
	return n
}

func (f *firm) exec(sql string, args ...any) {
	f.t.Helper()
	f.must(f.db.In(f.ctx).Exec(sql, args...).Error)
}

// forbidden fails when err is anything but a refusal over whose account it is.
func (f *firm) forbidden(err error, key string) {
	f.t.Helper()
	var no *fault.Forbidden
	if !errors.As(err, &no) || no.Message.Key != key {
		f.t.Fatalf("want %s, got %v", key, err)
	}
}

// actor is a person with listed rights, beside all that Noor and Lucía may.
func actor(id string, rights string) access.Actor {
	const theirs = " cases.view cases.create cases.edit messages.view messages.send appointments.view appointments.edit invoices.view invoices.edit payments.view payments.record"
	return access.Actor{Actor: audit.Actor{ID: id, Name: "A"}, Rights: access.Granted(false, rights+theirs)}
}

// proven is such a person right after they have proved who they are.
func (f *firm) proven(id string, rights string) access.Actor {
	a := actor(id, rights)
	a.ProvenAt = f.clock.Now()
	return a
}
