package signin_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"chancery/app/fault"
	"chancery/app/signin"
	"chancery/app/staff"
)

func change(current, next string) signin.PasswordChange {
	return signin.PasswordChange{Current: current, New: next, Confirm: next, EndOthers: true}
}

func bio(v string) staff.ProfileChange { return staff.ProfileChange{Bio: &staff.Edit{Value: v}} }

// S0-28, S2-23, S2-24, C-8, ASVS 6.3.7, 7.2.4, 7.4.3
func TestAChangeOfPasswordKeepsThisSessionUnderANewToken(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		desk, phone := f.signIn(), f.signIn()
		f.clock.Add(time.Hour)
		saved, err := f.ways.Save(f.ctx, f.current(desk), bio("Work permits."), change(password, another), here)
		f.must(err)
		f.gone(desk, "its token was replaced")
		f.gone(phone, "other devices were to be signed out")
		c := f.current(saved.Token)
		if c.User.Bio != "Work permits." || c.PasswordChangedAt == nil || !c.PasswordChangedAt.Equal(f.clock.Now()) {
			t.Errorf("%+v", c)
		}
		if _, err := f.ways.SignIn(f.ctx, noorMail, another, here); err != nil {
			t.Error(err)
		}
		_, err = f.ways.SignIn(f.ctx, noorMail, password, here)
		f.refused(err, "signin.wrong")
		if n := f.count(`SELECT count(*) FROM mails WHERE kind = 'password-changed'`); n != 1 {
			t.Errorf("%d mails", n)
		}
	})
}

// C-8: only when ticked.
func TestOtherDevicesStaySignedInOnRequest(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		desk, phone := f.signIn(), f.signIn()
		_, err := f.ways.Save(f.ctx, f.current(desk), staff.ProfileChange{}, signin.PasswordChange{Current: password, New: another, Confirm: another}, here)
		f.must(err)
		f.current(phone)
	})
}

// S0-22
func TestWithoutANewPasswordNothingOfItChanges(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		token := f.signIn()
		before, hashed := f.current(token), f.hashed
		f.clock.Add(time.Second)
		saved, err := f.ways.Save(f.ctx, before, bio("x"), signin.PasswordChange{Current: "typed by a password manager", EndOthers: true}, here)
		f.must(err)
		after := f.current(token)
		if saved.Token != "" || !after.PasswordChangedAt.Equal(*before.PasswordChangedAt) || after.User.Bio != "x" || f.hashed != hashed {
			t.Errorf("%+v", saved)
		}
		f.signIn()
	})
}

// S0-21, S0-23, S0-24, S2-17…S2-22: each fault by its field, and nothing at all is saved.
func TestAFaultyChangeSavesNothing(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		token := f.signIn()
		for _, c := range []struct {
			p          signin.PasswordChange
			field, key string
		}{
			{signin.PasswordChange{Current: password, New: another}, "confirm", "password.repeat-missing"},
			{signin.PasswordChange{Current: password, Confirm: another}, "new", "password.new-missing"},
			{signin.PasswordChange{Current: password, New: another, Confirm: another + " "}, "confirm", "password.mismatch"},
			{change("", another), "current", "password.current-missing"},
			{change("not it", another), "current", "password.wrong-current"},
			{change(password, "Short1!"), "new", "password.too-short"},
			{change(password, password), "new", "password.same-as-old"},
		} {
			_, err := f.ways.Save(f.ctx, f.current(token), bio("never"), c.p, here)
			f.invalid(err, c.field, c.key)
		}
		if c := f.current(token); c.User.Bio != "" {
			t.Errorf("saved %q", c.User.Bio)
		}
		f.signIn()
	})
}

// S0-24, C-6: both rooms' faults come back together, on Postgres too.
func TestFaultsOfProfileAndPasswordComeTogether(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		token := f.signIn()
		profile := staff.ProfileChange{FirstName: &staff.Edit{Value: ""}, Bio: &staff.Edit{Value: "never"}}
		_, err := f.ways.Save(f.ctx, f.current(token), profile, change("not it", another), here)
		f.invalid(err, "current", "password.wrong-current")
		f.invalid(err, "first_name", "staff.first-name-missing")
		_, err = f.ways.Save(f.ctx, f.current(token), profile, change(password, another), here)
		f.invalid(err, "first_name", "staff.first-name-missing")
		f.current(token)
		f.signIn()
	})
}

// C-2, ASVS 6.2.3
func TestTheCurrentPasswordIsNotAskedRightAfterALink(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		token, _, err := f.ways.IssueWelcome(f.ctx, f.lucia.ID)
		f.must(err)
		o, err := f.ways.AcceptWelcome(f.ctx, token, password, password, here)
		f.must(err)
		if f.ways.NeedsCurrent(f.current(o.Token)) {
			t.Error("asked in the first minutes")
		}
		_, err = f.ways.Save(f.ctx, f.current(o.Token), staff.ProfileChange{}, change("", password), here)
		f.invalid(err, "new", "password.same-as-old")
		saved, err := f.ways.Save(f.ctx, f.current(o.Token), staff.ProfileChange{}, change("", another), here)
		f.must(err)
		f.clock.Add(10 * time.Minute)
		c := f.current(saved.Token)
		fresh, err := f.ways.Confirm(f.ctx, c, signin.Proof{Password: another}, here) // a later proof is no link
		f.must(err)
		if !f.ways.NeedsCurrent(f.current(fresh)) {
			t.Error("not asked after ten minutes")
		}
	})
}

// S1-6, C-2: the forced change needs no current password, and clears itself.
func TestAForcedChangeEndsWithTheChange(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		temporary, _, err := f.ways.IssueTemporary(f.ctx, f.lucia.ID)
		f.must(err)
		o, err := f.ways.SignIn(f.ctx, luciaMail, temporary, here)
		f.must(err)
		saved, err := f.ways.Save(f.ctx, f.current(o.Token), staff.ProfileChange{}, change("", another), here)
		f.must(err)
		c := f.current(saved.Token)
		if c.MustChange || !f.ways.NeedsCurrent(c) {
			t.Error("still forced")
		}
		f.clock.Add(73 * time.Hour) // a password of one's own does not expire (ASVS 6.2.10)
		_, err = f.ways.SignIn(f.ctx, luciaMail, another, here)
		f.must(err)
	})
}

// Two tabs that change the password at once: one of them does, and its token is the one that counts.
func TestOfTwoTabsOneChangesThePassword(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		token := f.signIn()
		var wg sync.WaitGroup
		saved, errs := make([]signin.Saved, 2), make([]error, 2)
		next := []string{another, another + another}
		current := []*signin.Current{f.current(token), f.current(token)}
		for i := range saved {
			wg.Go(func() {
				saved[i], errs[i] = f.ways.Save(f.ctx, current[i], staff.ProfileChange{}, change(password, next[i]), here)
			})
		}
		wg.Wait()
		won := 0
		if errs[0] != nil {
			won = 1
		}
		f.must(errs[won])
		var refused *fault.Refused
		var bad *fault.Invalid
		if err := errs[1-won]; !errors.As(err, &refused) && !errors.As(err, &bad) {
			t.Errorf("the other: %v", err)
		}
		f.current(saved[won].Token)
		_, err := f.ways.SignIn(f.ctx, noorMail, next[won], here)
		f.must(err)
	})
}

// Of two devices that change the password at once, the one whose current password is no longer that is told so, at
// whatever step it was.
func TestACurrentPasswordMustStillBeThat(t *testing.T) {
	for step := range 2 { // while the current one is verified, while the new one is hashed
		each(t, func(t *testing.T, f *firm) {
			desk, phone := f.current(f.signIn()), f.current(f.signIn())
			slow, call := f.room(signin.Options{}), 0
			slow.WrapDerive(func(next signin.Derive) signin.Derive {
				return func(p, salt []byte, a, b uint32, lanes uint8, n uint32) []byte {
					if call == step {
						_, err := f.ways.Save(f.ctx, desk, staff.ProfileChange{}, signin.PasswordChange{Current: password, New: another, Confirm: another}, here)
						f.must(err)
					}
					call++
					return next(p, salt, a, b, lanes, n)
				}
			})
			_, err := slow.Save(f.ctx, phone, bio("never"), change(password, another+another), here)
			f.invalid(err, "current", "password.wrong-current")
			_, err = f.ways.SignIn(f.ctx, noorMail, another, here)
			f.must(err)
		})
	}
}

// ASVS 7.4.1: what was under way when the session ended changes no password.
func TestAnEndedSessionChangesNoPassword(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		c := f.current(f.signIn())
		_, err := f.ways.SignOutEverywhere(f.ctx, f.proven("admin", "users.sign-out"), f.noor.ID)
		f.must(err)
		_, err = f.ways.Save(f.ctx, c, bio("never"), change(password, another), here)
		f.refused(err, "signin.again-note-short")
		f.signIn()
	})
}

// A sign-in with the old password that was under way while it changed opens nothing.
func TestASignInUnderWayWithAnOldPasswordFails(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		c := f.current(f.signIn())
		slow := f.room(signin.Options{})
		slow.WrapDerive(func(next signin.Derive) signin.Derive {
			return func(p, salt []byte, a, b uint32, lanes uint8, n uint32) []byte {
				_, err := f.ways.Save(f.ctx, c, staff.ProfileChange{}, change(password, another), here)
				f.must(err)
				return next(p, salt, a, b, lanes, n)
			}
		})
		_, err := slow.SignIn(f.ctx, noorMail, password, here)
		f.refused(err, "signin.wrong")
	})
}

// ASVS 6.2.8: verified exactly as typed; two spellings of é are two passwords, and nothing is trimmed or cut.
func TestPasswordsAreVerifiedExactlyAsTyped(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		const composed, decomposed = "Caf\u00e9-Violin-58?", "Cafe\u0301-Violin-58?"
		_, err := f.ways.Save(f.ctx, f.current(f.signIn()), staff.ProfileChange{}, change(password, composed), here)
		f.must(err)
		for _, wrong := range []string{decomposed, composed + " ", " " + composed, "caf\u00e9-violin-58?"} {
			_, err := f.ways.SignIn(f.ctx, noorMail, wrong, here)
			f.refused(err, "signin.wrong")
		}
		_, err = f.ways.SignIn(f.ctx, "  NOOR@MarlowReyes.Example ", composed, here) // the address is not that strict
		f.must(err)
	})
}
