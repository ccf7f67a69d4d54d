package signin_test

import (
	"errors"
	"testing"
	"time"

	"chancery/app/fault"
	"chancery/app/post"
	"chancery/app/signin"
	"chancery/app/staff"
)

// S2-32, ASVS 6.4.3: who has forgotten their password is sent a link, for an hour, once, whatever they wrote the address
// like. A lock does not stand in the way, and is lifted (C-15).
func TestAForgottenPasswordIsChosenAnewByALink(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		f.fail(10)
		f.refused(second(f.ways.SignIn(f.ctx, noorMail, password, here)), "signin.locked")
		f.must(f.ways.Forgot(f.ctx, "  Noor@MarlowReyes.example ", here))
		m, err := f.mails.Latest(f.ctx, f.noor.ID, post.PasswordForgot)
		f.must(err)
		if m.Recipient != noorMail || m.Language != "fr" {
			t.Errorf("%+v", m)
		}
		e := f.sent(post.PasswordForgot, f.noor.ID)
		token := e.Path[1]
		if e.Path[0] != "reset" || !e.Expires.Equal(f.clock.Now().Add(time.Hour)) || e.Password != "" {
			t.Errorf("%+v", e)
		}
		if n := f.count(`SELECT count(*) FROM links WHERE token_hash = ?`, token); n != 0 {
			t.Error("the secret is at rest")
		}
		for range 2 { // scanners follow links
			in, err := f.ways.Recovery(f.ctx, token)
			f.must(err)
			if !in.Own() {
				t.Error("it does not know who asked")
			}
		}
		o, err := f.ways.AcceptRecovery(f.ctx, token, another, another, false, here)
		f.must(err)
		f.current(o.Token)
		f.refused(second(f.ways.AcceptRecovery(f.ctx, token, password, password, false, here)), "reset.used")
		f.must(second(f.ways.SignIn(f.ctx, noorMail, another, here)))

		f.must(f.ways.Forgot(f.ctx, noorMail, here))
		token = f.secret(post.PasswordForgot, f.noor.ID)
		f.clock.Add(time.Hour)
		f.refused(second(f.ways.Recovery(f.ctx, token)), "reset.expired")
	})
}

// C-8, issue 4: the other devices are signed out if one asks for it. At an administrator's wish they always are.
func TestALinkOfOnesOwnEndsTheOtherSessionsIfAsked(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		for _, keep := range []bool{true, false} {
			f.clock.Add(time.Hour)
			other := f.signIn()
			f.must(f.ways.Forgot(f.ctx, noorMail, here))
			stale := f.secret(post.PasswordForgot, f.noor.ID)
			f.must(f.ways.Forgot(f.ctx, noorMail, here))
			_, err := f.ways.AcceptRecovery(f.ctx, f.secret(post.PasswordForgot, f.noor.ID), password, password, keep, here)
			f.must(err)
			if keep {
				f.current(other)
			} else {
				f.gone(other, "they were to be ended")
			}
			f.refused(second(f.ways.Recovery(f.ctx, stale)), "reset.expired")
		}
		c := f.administrator()
		other := f.signIn()
		f.must(f.reset(c, f.noor.ID, signin.Reset{Way: signin.ByLink}))
		_, err := f.ways.AcceptRecovery(f.ctx, f.secret(post.PasswordReset, f.noor.ID), another, another, true, here)
		f.must(err)
		f.gone(other, "the administrator's mail says so")
	})
}

// ASVS 6.3.8: nobody learns who has an account here; who is invited or has left is sent nothing either. What was asked
// stands in the person's history, and is no success: it lifts no lock.
func TestWhoHasNoAccountIsAnsweredAlike(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		for _, address := range []string{"nobody@marlowreyes.example", luciaMail, "not an address", ""} {
			f.must(f.ways.Forgot(f.ctx, address, here))
		}
		f.must(f.people.SeedStatus(f.ctx, f.noor.ID, staff.Inactive, nil))
		f.must(f.ways.Forgot(f.ctx, noorMail, here))
		if n := f.count(`SELECT count(*) FROM mails WHERE kind = 'password-forgot'`); n != 0 {
			t.Errorf("%d mails", n)
		}
		f.must(f.people.SeedStatus(f.ctx, f.noor.ID, staff.Active, nil))
		f.fail(9)
		f.must(f.ways.Forgot(f.ctx, noorMail, here))
		f.fail(1)
		f.refused(second(f.ways.SignIn(f.ctx, noorMail, password, here)), "signin.locked")
		list, _, err := f.ways.History(f.ctx, actor(f.noor.ID, ""), f.noor.ID, "", 3)
		f.must(err)
		if list[2].Method != "forgot" || list[2].Outcome != "failure" || list[2].Reason != "asked" {
			t.Errorf("%+v", list)
		}
	})
}

// B-22, ASVS 6.3.1: a box is not flooded, and a network that asks for everybody is stopped.
func TestWishesForALinkAreLimited(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		for range 5 {
			f.must(f.ways.Forgot(f.ctx, noorMail, here))
		}
		if n := f.count(`SELECT count(*) FROM mails WHERE kind = 'password-forgot'`); n != 3 {
			t.Errorf("%d mails within the hour", n)
		}
		f.clock.Add(time.Hour + time.Second)
		f.must(f.ways.Forgot(f.ctx, noorMail, here))
		if n := f.count(`SELECT count(*) FROM mails WHERE kind = 'password-forgot'`); n != 4 {
			t.Errorf("%d mails after it", n)
		}
		for range signin.TriesNetwork - 1 {
			f.must(f.ways.Forgot(f.ctx, "somebody@elsewhere.example", here))
		}
		var many *fault.TooMany
		for _, address := range []string{noorMail, "somebody@elsewhere.example"} {
			if err := f.ways.Forgot(f.ctx, address, here); !errors.As(err, &many) {
				t.Errorf("%s: %v", address, err)
			}
		}
		elsewhere := here
		elsewhere.Network = "203.0.113.9"
		f.must(f.ways.Forgot(f.ctx, noorMail, elsewhere))
	})
}

// A mail that is about to go out when its person leaves, or whose address has changed, hands out nothing.
func TestALinkIsMadeForWhoIsHereStill(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		f.must(f.ways.Forgot(f.ctx, noorMail, here))
		m, err := f.mails.Latest(f.ctx, f.noor.ID, post.PasswordForgot)
		f.must(err)
		if ours, err := f.mails.Begin(f.ctx, m, time.Minute); !ours || err != nil {
			t.Fatal(ours, err)
		}
		f.must(f.people.SeedStatus(f.ctx, f.noor.ID, staff.Inactive, nil))
		if _, err := f.ways.Enclose(f.ctx, m); !errors.Is(err, signin.ErrWithdrawn) {
			t.Error(err)
		}
	})
}
