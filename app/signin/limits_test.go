package signin_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"chancery/app/fault"
	"chancery/app/signin"
	"chancery/app/staff"
	"chancery/app/store"
	"chancery/app/store/storetest"
)

// S2-31, ASVS 6.3.1. The person is told by mail (ASVS 6.3.5), and the audit has a line.
func TestTenWrongPasswordsLockForAQuarterOfAnHour(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		f.fail(signin.Tries)
		_, err := f.ways.SignIn(f.ctx, noorMail, password, here)
		f.refused(err, "signin.locked")
		if n := f.count(`SELECT count(*) FROM mails WHERE kind = 'locked'`); n != 1 {
			t.Errorf("%d mails about the lock", n)
		}
		if n := f.count(`SELECT count(*) FROM audit WHERE action = 'user.lock' AND object_id = ?`, f.noor.ID); n != 1 {
			t.Errorf("%d lines about the lock", n)
		}
		f.clock.Add(15*time.Minute - time.Second)
		_, err = f.ways.SignIn(f.ctx, noorMail, password, here)
		f.refused(err, "signin.locked")
		f.clock.Add(time.Second)
		f.signIn() // C-13: the lock ended by itself
	})
}

func TestNineWrongPasswordsDoNotLock(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		f.fail(signin.Tries - 1)
		f.signIn()
	})
}

// S2-31: what counts are the fifteen minutes before each failure, wherever they begin.
func TestFailuresCountForAnyQuarterOfAnHour(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		f.fail(1)
		f.clock.Add(14 * time.Minute)
		f.fail(8)
		f.clock.Add(2 * time.Minute) // the first is forgotten, eight are not
		f.fail(1)
		f.signIn()
		f.clock.Add(16 * time.Minute)

		f.fail(1)
		f.clock.Add(14 * time.Minute)
		f.fail(8)
		f.clock.Add(2 * time.Minute)
		f.fail(2)
		_, err := f.ways.SignIn(f.ctx, noorMail, password, here)
		f.refused(err, "signin.locked")
	})
}

func TestASuccessForgetsTheFailuresBefore(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		for range 3 {
			f.fail(signin.Tries - 1)
			f.signIn()
		}
	})
}

func TestAfterALockCountingBeginsAnew(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		f.fail(signin.Tries)
		f.clock.Add(14 * time.Minute)
		f.fail(3)
		f.clock.Add(time.Minute) // what was typed during the lock is not a quarter of an hour old
		f.fail(signin.Tries - 1)
		f.signIn()
	})
}

// During a lock five more are checked, so that the person learns of it; then the right password reads as a wrong one,
// however the window of the ten has moved on.
func TestALockCannotBeUsedToGoOnGuessing(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		f.fail(signin.Tries)
		f.clock.Add(14 * time.Minute)
		f.fail(signin.TriesLocked - 1)
		_, err := f.ways.SignIn(f.ctx, noorMail, password, here)
		f.refused(err, "signin.locked") // which is no guess, and leaves the fifth
		f.fail(1)
		f.clock.Add(50 * time.Second) // the first ten are more than a quarter of an hour ago
		for range 3 {
			_, err = f.ways.SignIn(f.ctx, noorMail, password, here)
			f.refused(err, "signin.wrong")
		}
		f.clock.Add(15 * time.Minute)
		f.signIn()
	})
}

// C-15: strangers cannot lock a person out of their link, and the link ends the lock.
func TestALockLeavesTheLinkOpen(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		token, _, err := f.ways.IssueWelcome(f.ctx, f.lucia.ID)
		f.must(err)
		for range signin.Tries {
			_, err := f.ways.SignIn(f.ctx, luciaMail, "not it", here)
			f.refused(err, "signin.wrong")
		}
		_, err = f.ways.AcceptWelcome(f.ctx, token, password, password, here)
		f.must(err)
		_, err = f.ways.SignIn(f.ctx, luciaMail, password, here)
		f.must(err)
	})
}

// Twenty tries that were all under way before the first was counted: each is counted, one locks, one mail goes out.
func TestTriesAtOnceAreCountedOneByOne(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		const n = 20
		var arrived sync.WaitGroup
		arrived.Add(n)
		ways := f.room(signin.Options{Hashers: n})
		ways.WrapDerive(func(signin.Derive) signin.Derive {
			return func(_, _ []byte, _, _ uint32, _ uint8, size uint32) []byte {
				arrived.Done()
				arrived.Wait()
				return make([]byte, size)
			}
		})
		errs := make(chan error, n)
		for range n {
			go func() {
				_, err := ways.SignIn(f.ctx, noorMail, "not it", here)
				errs <- err
			}()
		}
		for range n {
			f.refused(<-errs, "signin.wrong")
		}
		if got := f.count(`SELECT failures FROM credentials WHERE user_id = ?`, f.noor.ID); got != n {
			t.Errorf("%d of %d counted", got, n)
		}
		if got := f.count(`SELECT count(*) FROM mails WHERE kind = 'locked'`); got != 1 {
			t.Errorf("%d mails", got)
		}
		_, err := f.ways.SignIn(f.ctx, noorMail, password, here)
		f.refused(err, "signin.wrong") // past the five
	})
}

// A guess that was under way when the tries of a lock were used up is not told that it was right.
func TestAGuessUnderWayIsDecidedByWhatHappenedMeanwhile(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		slow := f.room(signin.Options{})
		slow.WrapDerive(func(next signin.Derive) signin.Derive {
			return func(p, salt []byte, a, b uint32, c uint8, n uint32) []byte {
				f.fail(signin.Tries + signin.TriesLocked)
				return next(p, salt, a, b, c, n)
			}
		})
		_, err := slow.SignIn(f.ctx, noorMail, password, here)
		f.refused(err, "signin.wrong")
	})
}

// ASVS 6.3.1: two replicas on one database count together.
func TestReplicasCountTogether(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		clock := storetest.NewClock()
		a := open(t, storetest.Open(t, url, clock.Now), clock)
		db := storetest.Open(t, url, clock.Now)
		b := *a
		b.db, b.people = db, staff.New(db, staff.Studio{})
		b.ways = b.room(signin.Options{})
		a.fail(5)
		b.fail(5)
		for _, f := range []*firm{a, &b} {
			_, err := f.ways.SignIn(f.ctx, noorMail, password, here)
			f.refused(err, "signin.locked")
		}
	})
}

func TestANetworkIsPausedAfterAHundredFailures(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		for i := range signin.TriesNetwork {
			from := signin.Origin{Network: []string{"2001:db8:1:2::1", "2001:db8:1:2:ffff::9"}[i%2]}
			_, err := f.ways.SignIn(f.ctx, "nobody@elsewhere.example", "x", from)
			f.refused(err, "signin.wrong")
		}
		hashed := f.hashed
		var many *fault.TooMany
		for _, network := range []string{"2001:db8:1:2::1", "2001:db8:1:2:abcd::"} {
			if _, err := f.ways.SignIn(f.ctx, noorMail, password, signin.Origin{Network: network}); !errors.As(err, &many) || many.Message.Key != "signin.network" {
				t.Errorf("%s: %v", network, err)
			}
		}
		if f.hashed != hashed {
			t.Error("a paused network still makes the server hash")
		}
		for _, network := range []string{"2001:db8:1:3::1", "198.51.100.8"} {
			_, err := f.ways.SignIn(f.ctx, noorMail, password, signin.Origin{Network: network})
			f.must(err)
		}
		f.clock.Add(15 * time.Minute)
		_, err := f.ways.SignIn(f.ctx, noorMail, password, signin.Origin{Network: "2001:db8:1:2::1"})
		f.must(err)
	})
}

// ASVS 6.1.1: more sign-ins than can be hashed make the database do nothing, and are no tries.
func TestWhoGetsNoTurnIsToldBeforeTheDatabaseIsAsked(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		release := make(chan struct{})
		ways := f.room(signin.Options{})
		ways.WrapDerive(func(signin.Derive) signin.Derive {
			return func(_, _ []byte, _, _ uint32, _ uint8, size uint32) []byte {
				<-release
				return make([]byte, size)
			}
		})
		var waiting sync.WaitGroup
		refused := make(chan error, 100)
		for range cap(refused) {
			waiting.Go(func() {
				_, err := ways.SignIn(f.ctx, noorMail, "not it", here)
				refused <- err
			})
		}
		var busy *fault.Unavailable
		if err := <-refused; !errors.As(err, &busy) || busy.Message.Key != "signin.busy" {
			t.Fatalf("the first answer: %v", err)
		}
		ctx, statements := store.WithCount(f.ctx)
		if _, err := ways.SignIn(ctx, noorMail, password, here); !errors.As(err, &busy) || statements.N() != 0 {
			t.Errorf("%v, after %d statements", err, statements.N())
		}
		close(release)
		waiting.Wait()
		close(refused)
		tried := 0
		for err := range refused {
			if !errors.As(err, &busy) {
				tried++
			}
		}
		if got := f.count(`SELECT count(*) FROM signin_attempts WHERE outcome = 'failure'`); tried == 0 || got != tried {
			t.Errorf("%d had a turn, %d are written down", tried, got)
		}
	})
}

// ASVS 6.3.8: an address nobody has, one without a password yet, and a wrong password are answered alike, after the
// same hashing and as many statements.
func TestUnknownAndKnownAreAnsweredAlike(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		type cost struct {
			hashed     int
			statements int64
			text       string
		}
		try := func(email string) cost {
			before := f.hashed
			ctx, count := store.WithCount(f.ctx)
			_, err := f.ways.SignIn(ctx, email, "not it", here)
			f.refused(err, "signin.wrong")
			return cost{f.hashed - before, count.N(), err.Error()}
		}
		try(noorMail) // who comes first after a change reads the practice's rules
		known := try(noorMail)
		if known.hashed != 1 {
			t.Errorf("hashed %d times", known.hashed)
		}
		for _, email := range []string{"nobody@elsewhere.example", luciaMail, "no address at all", ""} {
			if got := try(email); got != known {
				t.Errorf("%q costs %+v, a known one %+v", email, got, known)
			}
		}
	})
}

// S1-12: who has left is told so only with the right password, and no session opens.
func TestTheInactiveAreRefused(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		f.must(f.people.SeedStatus(f.ctx, f.noor.ID, staff.Inactive, nil))
		_, err := f.ways.SignIn(f.ctx, noorMail, password, here)
		f.refused(err, "signin.inactive")
		_, err = f.ways.SignIn(f.ctx, noorMail, "not it", here)
		f.refused(err, "signin.wrong")
		if n := f.count(`SELECT count(*) FROM signin_attempts WHERE user_id = ? AND reason = 'inactive'`, f.noor.ID); n != 1 {
			t.Errorf("%d tries in the history", n)
		}
		for _, status := range []staff.Status{staff.Inactive, ""} { // ASVS 6.3.4: the gate asks for itself
			_, err = f.ways.OpenAs(f.ctx, status, f.noor, here)
			f.refused(err, "signin.inactive")
		}
		if n := f.count(`SELECT count(*) FROM sessions`); n != 0 {
			t.Errorf("%d sessions", n)
		}
	})
}

// ASVS 6.4.1: a temporary password expires, and forces a change until then.
func TestATemporaryPasswordExpires(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		temporary, expires, err := f.ways.IssueTemporary(f.ctx, f.lucia.ID)
		f.must(err)
		if !expires.Equal(f.clock.Now().Add(72 * time.Hour)) {
			t.Errorf("expires %v", expires)
		}
		o, err := f.ways.SignIn(f.ctx, luciaMail, temporary, here)
		f.must(err)
		if !o.MustChange || !f.current(o.Token).MustChange {
			t.Error("no change is forced")
		}
		f.clock.Add(72 * time.Hour)
		_, err = f.ways.SignIn(f.ctx, luciaMail, temporary, here)
		f.refused(err, "signin.expired")
	})
}

// What a request says of itself cannot keep a try from being counted: Postgres takes no text that is not.
func TestATryWithUnfitHeadersIsCountedAllTheSame(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		long := string(make([]byte, 511)) + "é" // a cut would go through the last character
		for i, from := range []signin.Origin{{UserAgent: "\xff\xfe", Network: "\x00"}, {UserAgent: long, Network: "x\xff"}, {UserAgent: "a\x00b"}} {
			_, err := f.ways.SignIn(f.ctx, noorMail+"\x00", "x", from)
			f.refused(err, "signin.wrong")
			_, err = f.ways.SignIn(f.ctx, "\xff@\x00", "x", from)
			f.refused(err, "signin.wrong")
			if n := f.count(`SELECT count(*) FROM signin_attempts`); n != 2*(i+1) {
				t.Errorf("%d tries written down", n)
			}
			_, err = f.ways.SignIn(f.ctx, noorMail, password, signin.Origin{UserAgent: "\xff", Network: "\xff"})
			f.must(err)
			f.exec(`DELETE FROM signin_attempts WHERE outcome = 'success'`)
		}
	})
}

// B-8, S1-35: during a lock the right password is no wrong one: the panel counts those that were, and the tries that are still
// checked are not used up by it.
func TestTheRightPasswordDuringALockIsNotCountedAsWrong(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		f.fail(12)
		wrong := func(want int) {
			f.t.Helper()
			why, err := f.ways.Why(f.ctx, actor("a", "users.view"), f.noor.ID)
			f.must(err)
			if first := why.Blocked(); first == nil || first.Reason != signin.WhyLocked || first.Count != want {
				t.Errorf("%+v, want %d", first, want)
			}
		}
		wrong(12)
		for range 4 {
			f.clock.Add(time.Second)
			f.refused(second(f.ways.SignIn(f.ctx, noorMail, password, here)), "signin.locked")
		}
		wrong(12)
		f.fail(3)
		wrong(15)
		f.clock.Add(time.Second)
		f.refused(second(f.ways.SignIn(f.ctx, noorMail, password, here)), "signin.wrong") // nothing is checked any more
		wrong(15)
	})
}
