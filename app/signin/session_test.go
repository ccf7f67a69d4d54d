package signin_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"chancery/app/access"
	"chancery/app/fault"
	"chancery/app/signin"
	"chancery/app/staff"
	"chancery/app/store"
)

// ASVS 7.2.3
func TestOnlyTheHashOfATokenIsStored(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		token := f.signIn()
		if len(token) != 43 { // 256 bits
			t.Errorf("token of %d signs", len(token))
		}
		if n := f.count(`SELECT count(*) FROM sessions WHERE token_hash = ?`, token); n != 0 {
			t.Error("the token itself is stored")
		}
		if other := f.signIn(); other == token {
			t.Error("the same token twice")
		}
	})
}

// ASVS 7.3.1: no clean-up has run.
func TestASessionEndsWhenItIsIdle(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		token := f.signIn()
		f.clock.Add(12*time.Hour - time.Second)
		f.current(token) // and begins anew
		f.clock.Add(12 * time.Hour)
		f.gone(token, "idle for 12 hours")
	})
}

// ASVS 7.3.2: no clean-up has run.
func TestASessionEndsAfterItsLifetimeHoweverBusy(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		token := f.signIn()
		for range 27 {
			f.clock.Add(6 * time.Hour)
			f.current(token)
		}
		f.clock.Add(6 * time.Hour)
		f.gone(token, "seven days old")
	})
}

// S1-12, ASVS 7.4.2, 8.3.2: asked with every request, kept nowhere.
func TestStatusAndRightsHoldFromTheNextRequestOn(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		token := f.signIn()
		if c := f.current(token); c.Rights.Can(access.UsersEdit) || !c.Rights.Can(access.CasesCreate) || !c.Rights.Can(access.InvoicesEdit) {
			t.Errorf("%v", c.Rights.List())
		}
		f.exec(`UPDATE users SET role_id = ? WHERE id = ?`, access.RoleAdministrator, f.noor.ID)
		f.exec(`DELETE FROM user_profiles WHERE user_id = ?`, f.noor.ID)
		if c := f.current(token); !c.Rights.Can(access.UsersEdit) || c.Rights.Super() || len(c.Profiles) != 0 {
			t.Errorf("%v", c.Rights.List())
		}
		f.must(f.people.SeedStatus(f.ctx, f.noor.ID, staff.Inactive, nil))
		f.gone(token, "the person has left")
	})
}

// One round trip for a page's session and person, when the practice is as it was.
func TestResumingIsOneQuery(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		token := f.signIn()
		f.current(token) // reads the practice, which is then kept
		ctx, count := store.WithCount(f.ctx)
		c, err := f.ways.Resume(ctx, token, here)
		f.must(err)
		if count.N() != 1 {
			t.Errorf("%d statements", count.N())
		}
		if c.User.Email != noorMail || c.User.Language != "fr" || c.RoleName != "RCIC Consultant" || c.Org.Name != "Marlow Reyes" ||
			len(c.Profiles) != 1 || c.Profiles[0] != "Collections" || c.User.LastSignInAt == nil || !c.User.LastSignInAt.Equal(f.clock.Now()) {
			t.Errorf("%+v", c)
		}
	})
}

func TestUseIsNotedOnceAMinute(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		token, began := f.signIn(), f.clock.Now()
		seen := func() time.Time { return f.current(token).Session.LastSeenAt }
		f.clock.Add(59 * time.Second)
		f.current(token)
		if got := seen(); !got.Equal(began) {
			t.Errorf("noted after %v", got.Sub(began))
		}
		f.clock.Add(time.Second)
		f.current(token)
		if got := seen(); !got.Equal(f.clock.Now()) {
			t.Errorf("seen %v, now %v", got, f.clock.Now())
		}
	})
}

func TestWhatIsNoTokenIsNoSession(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		f.signIn()
		for _, token := range []string{"", "x", strings.Repeat("A", 43), strings.Repeat("\xff", 43), "' OR 1=1 --"} {
			f.gone(token, token)
		}
	})
}

// ASVS 7.1.2
func TestTheTwentyFirstSessionEndsTheOldest(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		var tokens []string
		for range signin.SessionsMax {
			f.clock.Add(time.Second)
			tokens = append(tokens, f.signIn())
		}
		f.current(tokens[0])
		f.clock.Add(time.Second)
		last := f.signIn()
		f.gone(tokens[0], "there are twenty younger ones")
		f.current(tokens[1])
		f.current(last)
	})
}

// Sessions that are over by their time leave their place to others, whether or not they were cleaned up.
func TestSessionsThatAreOverDoNotCount(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		desk := f.signIn()
		for range signin.SessionsMax - 1 {
			f.clock.Add(time.Second)
			f.signIn()
		}
		f.clock.Add(11 * time.Hour)
		f.current(desk)
		f.clock.Add(2 * time.Hour) // all others are idle
		f.signIn()
		f.signIn()
		f.current(desk)
	})
}

// S2-27, C-13: the first sign-in makes a person active; the last one is what is shown.
func TestSigningInIsNotedWithThePerson(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		token, _, err := f.ways.IssueWelcome(f.ctx, f.lucia.ID)
		f.must(err)
		_, err = f.ways.AcceptWelcome(f.ctx, token, password, password, here)
		f.must(err)
		u, err := f.people.Get(f.ctx, f.lucia.ID)
		f.must(err)
		if u.Status != staff.Active || u.LastSignInAt == nil || !u.LastSignInAt.Equal(f.clock.Now()) {
			t.Errorf("%+v", u)
		}
	})
}

// S2-29, ASVS 7.4.1
func TestSigningOutEndsTheSessionOnTheServer(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		token, other := f.signIn(), f.signIn()
		f.must(f.ways.SignOut(f.ctx, f.current(token), here))
		f.gone(token, "signed out")
		f.current(other)
	})
}

// S2-28, C-7, ASVS 7.5.2, 8.2.2
func TestPeopleSeeAndEndTheirOwnSessions(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		desk := f.signIn()
		f.clock.Add(time.Second)
		phone := f.signIn()
		f.clock.Add(time.Second)
		tablet := f.signIn()
		c := f.current(desk)
		list, err := f.ways.Sessions(f.ctx, c.Actor(here), f.noor.ID)
		f.must(err)
		if len(list) != 3 || list[0].ID != f.current(tablet).Session.ID {
			t.Fatalf("%d sessions", len(list))
		}
		f.must(second(f.ways.EndSession(f.ctx, c, f.current(phone).Session.ID, signin.Proof{}, here))) // just signed in
		f.gone(phone, "ended by its owner")
		if _, err := f.ways.EndSession(f.ctx, c, c.Session.ID, signin.Proof{}, here); !errors.Is(err, fault.ErrNotFound) {
			t.Errorf("the session at hand: %v", err)
		}

		f.clock.Add(10 * time.Minute)
		c = f.current(desk)
		f.invalid(second(f.ways.EndOthers(f.ctx, c, signin.Proof{}, here)), "password", "password.confirm-missing")
		f.invalid(second(f.ways.EndOthers(f.ctx, c, signin.Proof{Password: "not it"}, here)), "password", "password.wrong-current")
		f.current(tablet)
		fresh, err := f.ways.EndOthers(f.ctx, c, signin.Proof{Password: password}, here)
		f.must(err)
		f.gone(tablet, "ended with all others")
		f.gone(desk, "a proof gives the session a new secret (ASVS 7.2.4)")
		desk = fresh
		f.must(second(f.ways.EndOthers(f.ctx, f.current(desk), signin.Proof{}, here))) // the proof holds for a while

		_, err = f.ways.Sessions(f.ctx, actor("someone", "users.view"), f.noor.ID)
		var forbidden *fault.Forbidden
		if !errors.As(err, &forbidden) {
			t.Errorf("a colleague sees the sessions: %v", err)
		}
		_, err = f.ways.Sessions(f.ctx, actor("someone", "users.sign-out"), f.noor.ID)
		f.must(err)
	})
}

func TestNobodyEndsAnothersSession(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		token, _, err := f.ways.IssueWelcome(f.ctx, f.lucia.ID)
		f.must(err)
		o, err := f.ways.AcceptWelcome(f.ctx, token, password, password, here)
		f.must(err)
		noor := f.signIn()
		if _, err := f.ways.EndSession(f.ctx, f.current(o.Token), f.current(noor).Session.ID, signin.Proof{}, here); !errors.Is(err, fault.ErrNotFound) {
			t.Errorf("err = %v", err)
		}
		f.must(second(f.ways.EndOthers(f.ctx, f.current(o.Token), signin.Proof{}, here)))
		f.current(noor)
	})
}

// S1-22, S0-29, ASVS 7.4.5; the person is told (ASVS 6.3.7).
func TestAnAdministratorSignsAPersonOutEverywhere(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		a, b := f.signIn(), f.signIn()
		var forbidden *fault.Forbidden
		if _, err := f.ways.SignOutEverywhere(f.ctx, actor("someone", "users.view"), f.noor.ID); !errors.As(err, &forbidden) {
			t.Fatalf("err = %v", err)
		}
		n, err := f.ways.SignOutEverywhere(f.ctx, f.proven("admin", "users.sign-out"), f.noor.ID)
		f.must(err)
		if n != 2 {
			t.Errorf("%d ended", n)
		}
		f.gone(a, "ended by an administrator")
		f.gone(b, "ended by an administrator")
		if n := f.count(`SELECT count(*) FROM mails WHERE kind = 'sessions-ended' AND user_id = ?`, f.noor.ID); n != 1 {
			t.Errorf("%d mails", n)
		}
		if _, err := f.ways.SignOutEverywhere(f.ctx, f.proven("admin", "users.sign-out"), "nobody"); !errors.Is(err, fault.ErrNotFound) {
			t.Error(err)
		}
	})
}
