package signin_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"chancery/app/fault"
	"chancery/app/notices"
	"chancery/app/signin"
	"chancery/app/staff"
)

const newMail = "noor.haddad@elsewhere.example"

// C-4, B-12, S1-28: the old address works until the new one is confirmed; then it never does again, for anybody.
func TestAnAddressCountsOnceItIsConfirmed(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		c := f.administrator()
		session := f.signIn()
		f.must(second(f.ways.ChangeEmail(f.ctx, c, f.noor.ID, " Noor.Haddad@Elsewhere.example ", signin.Proof{}, here)))
		waiting, err := f.ways.EmailChange(f.ctx, c.Actor(here), f.noor.ID)
		if err != nil || waiting == nil || waiting.Address != newMail || waiting.By != "Grace Mbeki" {
			t.Fatalf("%+v, %v", waiting, err)
		}
		verify, err := f.mails.Latest(f.ctx, f.noor.ID, notices.EmailVerify)
		f.must(err)
		told, err := f.mails.Latest(f.ctx, f.noor.ID, notices.EmailChanging)
		f.must(err)
		if verify.Recipient != newMail || told.Recipient != noorMail || !strings.Contains(told.Data, newMail) {
			t.Errorf("to %s and %s", verify.Recipient, told.Recipient)
		}
		token := f.secret(notices.EmailVerify, f.noor.ID)
		for range 3 { // ASVS 3.5.3
			v, err := f.ways.Verification(f.ctx, token)
			if err != nil || !v.Change || v.Address != newMail {
				t.Fatalf("%+v, %v", v, err)
			}
		}
		f.current(session)
		f.refused(second(f.ways.SignIn(f.ctx, newMail, password, here)), "signin.wrong")
		f.signIn() // with the old one

		f.must(second(f.ways.AcceptVerification(f.ctx, token, here)))
		f.gone(session, "the address was changed")
		f.refused(second(f.ways.SignIn(f.ctx, noorMail, password, here)), "signin.wrong")
		f.current(f.again(newMail))
		f.refused(second(f.ways.AcceptVerification(f.ctx, token, here)), "verify.used")
		if m, err := f.mails.Latest(f.ctx, f.noor.ID, notices.EmailChanged); err != nil || m.Recipient != noorMail { // ASVS 6.3.7
			t.Errorf("%+v, %v", m, err)
		}
		u, err := f.people.Get(f.ctx, f.noor.ID)
		if err != nil || u.EmailVerifiedAt == nil || !strings.Contains(u.Search, "elsewhere") {
			t.Errorf("%+v, %v", u, err)
		}
		if waiting, err = f.ways.EmailChange(f.ctx, c.Actor(here), f.noor.ID); waiting != nil || err != nil {
			t.Errorf("still waits: %+v, %v", waiting, err)
		}
		_, err = f.ways.ChangeEmail(f.ctx, c, f.lucia.ID, noorMail, signin.Proof{}, here)
		f.invalid(err, "email", "staff.email-taken-former")
		if n := f.count(`SELECT count(*) FROM audit WHERE action = 'user.change-email' AND changes LIKE '%elsewhere%'`); n != 1 {
			t.Errorf("%d lines", n)
		}
		f.must(second(f.ways.ChangeEmail(f.ctx, c, f.noor.ID, noorMail, signin.Proof{}, here))) // their own of before may be theirs again
		f.must(second(f.ways.AcceptVerification(f.ctx, f.secret(notices.EmailVerify, f.noor.ID), here)))
		f.signIn()
	})
}

func TestAChangeOfAddressIsTakenBackOrReplaced(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		c := f.administrator()
		f.must(second(f.ways.ChangeEmail(f.ctx, c, f.noor.ID, newMail, signin.Proof{}, here)))
		first := f.secret(notices.EmailVerify, f.noor.ID)
		f.clock.Add(time.Second)
		f.must(second(f.ways.ChangeEmail(f.ctx, c, f.noor.ID, "third@elsewhere.example", signin.Proof{}, here)))
		f.refused(second(f.ways.AcceptVerification(f.ctx, first, here)), "verify.expired")
		token := f.secret(notices.EmailVerify, f.noor.ID)
		f.must(f.ways.CancelEmailChange(f.ctx, c.Actor(here), f.noor.ID))
		f.refused(second(f.ways.AcceptVerification(f.ctx, token, here)), "verify.expired")
		if err := f.ways.CancelEmailChange(f.ctx, c.Actor(here), f.noor.ID); !errors.Is(err, fault.ErrNotFound) {
			t.Error(err)
		}
		f.signIn()
	})
}

// S1-29, ASVS 7.5.1, 8.2.2: never one's own, never a taken one, not without a proof, not for who has left, not without end.
func TestAChangeOfAddressIsRefused(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		c := f.administrator()
		try := func(userID, address string) error {
			return second(f.ways.ChangeEmail(f.ctx, c, userID, address, signin.Proof{}, here))
		}
		f.refused(try(c.User.ID, newMail), "email.own")
		f.invalid(try(f.noor.ID, luciaMail), "email", "staff.email-taken")
		f.invalid(try(f.noor.ID, noorMail), "email", "staff.email-same")
		f.invalid(try(f.noor.ID, "no address"), "email", "staff.email-invalid")
		var forbidden *fault.Forbidden
		if _, err := f.ways.ChangeEmail(f.ctx, f.current(f.signIn()), f.lucia.ID, newMail, signin.Proof{}, here); !errors.As(err, &forbidden) {
			t.Error(err)
		}
		for range 5 {
			f.must(try(f.noor.ID, newMail))
		}
		var many *fault.TooMany
		if err := try(f.noor.ID, newMail); !errors.As(err, &many) {
			t.Error(err)
		}
		f.clock.Add(11 * time.Minute)
		f.invalid(try(f.lucia.ID, newMail), "password", "password.confirm-missing")
		f.must(f.people.SeedStatus(f.ctx, f.noor.ID, staff.Inactive, nil))
		f.refused(try(f.noor.ID, newMail), "email.inactive")
	})
}

// Two people wait for the same address, and both confirm: one gets it.
func TestOfTwoWhoConfirmOneAddressOneGetsIt(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		c := f.administrator()
		f.exec(`UPDATE users SET status = 'ACTIVE' WHERE id = ?`, f.lucia.ID)
		var tokens []string
		for _, id := range []string{f.noor.ID, f.lucia.ID} {
			f.must(second(f.ways.ChangeEmail(f.ctx, c, id, newMail, signin.Proof{}, here)))
			tokens = append(tokens, f.secret(notices.EmailVerify, id))
		}
		errs := make(chan error, 2)
		var wg sync.WaitGroup
		for _, token := range tokens {
			wg.Go(func() { errs <- second(f.ways.AcceptVerification(f.ctx, token, here)) })
		}
		wg.Wait()
		close(errs)
		got := 0
		for err := range errs {
			if err == nil {
				got++
			} else {
				f.refused(err, "verify.taken")
			}
		}
		if got != 1 || f.count(`SELECT count(*) FROM users WHERE email = ?`, newMail) != 1 {
			t.Errorf("%d got it", got)
		}
	})
}

// An invitation to a mistyped address follows to the one that is confirmed, and nothing secret goes to the old one.
func TestAnInvitationFollowsToTheNewAddress(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		c := f.administrator()
		old := f.secret(notices.Welcome, f.lucia.ID)
		f.must(second(f.ways.ChangeEmail(f.ctx, c, f.lucia.ID, newMail, signin.Proof{}, here)))
		f.must(second(f.ways.AcceptVerification(f.ctx, f.secret(notices.EmailVerify, f.lucia.ID), here)))
		f.refused(second(f.ways.Welcome(f.ctx, old)), "welcome.expired")
		m, err := f.mails.Latest(f.ctx, f.lucia.ID, notices.Welcome)
		if err != nil || m.Recipient != newMail {
			t.Fatalf("%+v, %v", m, err)
		}
		f.must(second(f.ways.AcceptWelcome(f.ctx, f.secret(notices.Welcome, f.lucia.ID), another, another, here)))
	})
}

// S2-36: an address is proved by its link, as often as it takes, within a limit.
func TestAnAddressIsProvedByItsLink(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		who := actor("admin", "users.change-email")
		f.exec(`UPDATE users SET email_verified_at = NULL WHERE id = ?`, f.noor.ID)
		f.must(f.ways.SendVerification(f.ctx, who, f.noor.ID))
		session := f.signIn()
		f.must(second(f.ways.AcceptVerification(f.ctx, f.secret(notices.EmailVerify, f.noor.ID), here)))
		if c := f.current(session); c.User.EmailVerifiedAt == nil { // nothing else changes
			t.Error("not proved")
		}
		f.refused(f.ways.SendVerification(f.ctx, who, f.noor.ID), "verify.already")
		for range 4 {
			f.exec(`UPDATE users SET email_verified_at = NULL WHERE id = ?`, f.noor.ID)
			f.must(f.ways.SendVerification(f.ctx, who, f.noor.ID))
		}
		var many *fault.TooMany
		if err := f.ways.SendVerification(f.ctx, who, f.noor.ID); !errors.As(err, &many) {
			t.Error(err)
		}
		f.refused(f.ways.SendVerification(f.ctx, who, f.lucia.ID), "email.inactive")
	})
}
