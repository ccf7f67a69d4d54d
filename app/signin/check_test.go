package signin_test

import (
	"errors"
	"testing"
	"time"

	"chancery/app/signin"
	"chancery/app/staff"
)

// ASVS 6.1.1: strangers who lock the password route at the door keep nobody who is in from changing their password.
func TestALockAtTheDoorStopsNobodyWhoIsIn(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		token := f.signIn()
		f.fail(signin.Tries)
		_, err := f.ways.SignIn(f.ctx, noorMail, password, here)
		f.refused(err, "signin.locked")
		_, err = f.ways.Save(f.ctx, f.current(token), staff.ProfileChange{}, change("not it", another), here)
		f.invalid(err, "current", "password.wrong-current")
		saved, err := f.ways.Save(f.ctx, f.current(token), staff.ProfileChange{}, change(password, another), here)
		f.must(err)
		f.clock.Add(11 * time.Minute)
		fresh, err := f.ways.Confirm(f.ctx, f.current(saved.Token), signin.Proof{Password: another}, here)
		f.must(err)
		f.current(fresh)
	})
}

// ASVS 6.3.1: a session that someone else found open is no place to guess the password in. It ends alone: neither the
// person's other sessions nor the door are any the worse for it.
func TestFiveWrongPasswordsEndTheSessionThatTypedThem(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		desk, phone := f.signIn(), f.signIn()
		f.clock.Add(10 * time.Minute)
		c := f.current(desk)
		for n := range 4 {
			key := "password.wrong-current"
			if n == 3 {
				key += "-last"
			}
			f.invalid(second(f.ways.Confirm(f.ctx, c, signin.Proof{Password: "not it"}, here)), "password", key)
		}
		if _, err := f.ways.Save(f.ctx, c, bio("never"), change("not it", another), here); !errors.Is(err, signin.ErrEnded) {
			t.Fatalf("the fifth: %v", err)
		}
		f.gone(desk, "five wrong passwords")
		if _, err := f.ways.Confirm(f.ctx, c, signin.Proof{Password: password}, here); !errors.Is(err, signin.ErrEnded) {
			t.Errorf("a right one in a tab beside it: %v", err)
		}
		if n := f.count(`SELECT count(*) FROM sessions WHERE ended_why = 'wrong-passwords'`); n != 1 {
			t.Errorf("%d sessions ended", n)
		}
		if n := f.count(`SELECT count(*) FROM audit WHERE action = 'session.end' AND object_id = ?`, f.noor.ID); n != 1 {
			t.Errorf("%d lines in the audit", n)
		}
		if n := f.count(`SELECT count(*) FROM signin_attempts WHERE user_id = ? AND reason = 'wrong'`, f.noor.ID); n != 5 {
			t.Errorf("%d tries are written down", n)
		}
		f.invalid(second(f.ways.Confirm(f.ctx, f.current(phone), signin.Proof{Password: "not it"}, here)), "password", "password.wrong-current")
		f.fail(signin.Tries - 1)
		f.signIn() // the door has not counted them
	})
}

// A right password, and a quarter of an hour, begin the count anew.
func TestTheCountOfASessionBeginsAnew(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		token := f.signIn()
		f.clock.Add(10 * time.Minute)
		wrong := func() {
			f.invalid(second(f.ways.Confirm(f.ctx, f.current(token), signin.Proof{Password: "not it"}, here)), "password", "password.wrong-current")
		}
		for range 3 {
			wrong()
		}
		f.clock.Add(time.Second)
		fresh, err := f.ways.Confirm(f.ctx, f.current(token), signin.Proof{Password: password}, here)
		f.must(err)
		token = fresh
		f.clock.Add(10 * time.Minute)
		for range 3 {
			wrong()
		}
		f.clock.Add(15 * time.Minute)
		for range 3 {
			wrong()
		}
	})
}

// S0-26, C-6: all that is wrong is said at once; nothing at all, in a form for nothing else, is all of it missing.
func TestAllThatIsWrongWithAPasswordIsSaidAtOnce(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		c := f.current(f.signIn())
		_, err := f.ways.Save(f.ctx, c, staff.ProfileChange{}, signin.PasswordChange{Meant: true}, here)
		f.invalid(err, "current", "password.current-missing")
		f.invalid(err, "new", "password.new-missing")
		f.invalid(err, "confirm", "password.repeat-missing")
		_, err = f.ways.Save(f.ctx, c, staff.ProfileChange{}, signin.PasswordChange{Current: "not it", New: "Short1!", Confirm: "Other1!"}, here)
		f.invalid(err, "current", "password.wrong-current")
		f.invalid(err, "new", "password.too-short")
		f.invalid(err, "confirm", "password.mismatch")
		if n := f.count(`SELECT count(*) FROM signin_attempts WHERE reason = 'wrong'`); n != 1 {
			t.Errorf("one wrong password counts %d times", n)
		}
	})
}
