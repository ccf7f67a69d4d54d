package signin_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"chancery/app/access"
	"chancery/app/fault"
	"chancery/app/post"
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
		verify, err := f.mails.Latest(f.ctx, f.noor.ID, post.EmailVerify)
		f.must(err)
		told, err := f.mails.Latest(f.ctx, f.noor.ID, post.EmailChanging)
		f.must(err)
		if verify.Recipient != newMail || told.Recipient != noorMail || !strings.Contains(told.Data, newMail) {
			t.Errorf("to %s and %s", verify.Recipient, told.Recipient)
		}
		token := f.secret(post.EmailVerify, f.noor.ID)
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
		if m, err := f.mails.Latest(f.ctx, f.noor.ID, post.EmailChanged); err != nil || m.Recipient != noorMail { // ASVS 6.3.7
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
		f.invalid(err, "email", "staff.email-taken-before")
		if n := f.count(`SELECT count(*) FROM audit WHERE action = 'user.change-email' AND changes LIKE '%elsewhere%'`); n != 1 {
			t.Errorf("%d lines", n)
		}
		f.must(second(f.ways.ChangeEmail(f.ctx, c, f.noor.ID, noorMail, signin.Proof{}, here))) // their own of before may be theirs again
		f.must(second(f.ways.AcceptVerification(f.ctx, f.secret(post.EmailVerify, f.noor.ID), here)))
		f.signIn()
	})
}

func TestAChangeOfAddressIsTakenBackOrReplaced(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		c := f.administrator()
		f.must(second(f.ways.ChangeEmail(f.ctx, c, f.noor.ID, newMail, signin.Proof{}, here)))
		first := f.secret(post.EmailVerify, f.noor.ID)
		f.clock.Add(time.Second)
		f.must(second(f.ways.ChangeEmail(f.ctx, c, f.noor.ID, "third@elsewhere.example", signin.Proof{}, here)))
		f.refused(second(f.ways.AcceptVerification(f.ctx, first, here)), "verify.expired")
		token := f.secret(post.EmailVerify, f.noor.ID)
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
		f.invalid(try(f.lucia.ID, "lucia@elsewhere.example"), "password", "password.confirm-missing")
		f.must(f.people.SeedStatus(f.ctx, f.noor.ID, staff.Inactive, nil))
		f.refused(try(f.noor.ID, newMail), "email.inactive")
	})
}

// Two changes to one address are asked for at once: one waits, and its link works.
func TestOfTwoWhoAskForOneAddressOneGetsIt(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		c := f.administrator()
		f.exec(`UPDATE users SET status = 'ACTIVE' WHERE id = ?`, f.lucia.ID)
		errs := make(chan error, 2)
		got := make(chan string, 2)
		var wg sync.WaitGroup
		for _, id := range []string{f.noor.ID, f.lucia.ID} {
			wg.Go(func() {
				if err := second(f.ways.ChangeEmail(f.ctx, c, id, newMail, signin.Proof{}, here)); err != nil {
					errs <- err
				} else {
					got <- id
				}
			})
		}
		wg.Wait()
		close(errs)
		close(got)
		for err := range errs {
			var bad *fault.Invalid
			if !errors.As(err, &bad) || !bad.Has("email") {
				t.Error(err)
			}
		}
		if len(got) != 1 {
			t.Fatalf("%d wait for it", len(got))
		}
		f.must(second(f.ways.AcceptVerification(f.ctx, f.secret(post.EmailVerify, <-got), here)))
		if n := f.count(`SELECT count(*) FROM users WHERE email = ?`, newMail); n != 1 {
			t.Errorf("%d have it", n)
		}
	})
}

// An invitation to a mistyped address follows to the one that is confirmed, and nothing secret goes to the old one.
func TestAnInvitationFollowsToTheNewAddress(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		c := f.administrator()
		old := f.secret(post.Welcome, f.lucia.ID)
		f.must(second(f.ways.ChangeEmail(f.ctx, c, f.lucia.ID, newMail, signin.Proof{}, here)))
		f.must(second(f.ways.AcceptVerification(f.ctx, f.secret(post.EmailVerify, f.lucia.ID), here)))
		f.refused(second(f.ways.Welcome(f.ctx, old)), "welcome.expired")
		m, err := f.mails.Latest(f.ctx, f.lucia.ID, post.Welcome)
		if err != nil || m.Recipient != newMail {
			t.Fatalf("%+v, %v", m, err)
		}
		f.must(second(f.ways.AcceptWelcome(f.ctx, f.secret(post.Welcome, f.lucia.ID), another, another, here)))
	})
}

// S2-36: an address is proved by its link, as often as it takes, within a limit.
func TestAnAddressIsProvedByItsLink(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		who := actor("admin", "users.change-email")
		f.exec(`UPDATE users SET email_verified_at = NULL WHERE id = ?`, f.noor.ID)
		f.must(f.ways.SendVerification(f.ctx, who, f.noor.ID))
		session := f.signIn()
		f.must(second(f.ways.AcceptVerification(f.ctx, f.secret(post.EmailVerify, f.noor.ID), here)))
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

// C-4, S1-28: the address that a change waits for is held for it. Nobody else is given it meanwhile, by a form, a file or another
// change, and whoever tries is told why; taken back, run out or ended with the account's access, it is free.
func TestTheAddressOfAChangeIsHeldForIt(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		const wanted = "noor@elsewhere.example"
		c := f.administrator()
		ask := func() {
			f.t.Helper()
			f.must(second(f.ways.ChangeEmail(f.ctx, c, f.noor.ID, wanted, signin.Proof{}, here)))
		}
		hire := func() error {
			return second(f.people.Create(f.ctx, access.System("test"), staff.NewUser{FirstName: "Nora", LastName: "Hadid", Email: wanted, RoleID: access.RoleViewer, Language: "en", Zone: "UTC"}))
		}
		free := func(why string) {
			f.t.Helper()
			back := errors.New("back")
			if err := f.db.Tx(f.ctx, func(ctx context.Context) error {
				if _, err := f.people.Create(ctx, access.System("test"), staff.NewUser{FirstName: "Nora", LastName: "Hadid", Email: wanted, RoleID: access.RoleViewer, Language: "en", Zone: "UTC"}); err != nil {
					t.Errorf("%s: %v", why, err)
				}
				return back
			}); !errors.Is(err, back) {
				t.Fatal(err)
			}
		}
		free("before")
		ask()
		f.invalid(hire(), "email", "staff.email-held")
		f.invalid(second(f.ways.ChangeEmail(f.ctx, c, f.lucia.ID, wanted, signin.Proof{}, here)), "email", "staff.email-held")
		if known, err := f.ways.Exists(f.ctx, wanted); known || err != nil {
			t.Error("it is nobody's yet", err)
		}
		f.must(f.ways.CancelEmailChange(f.ctx, c.Actor(here), f.noor.ID))
		free("taken back")
		ask()
		f.must(second(f.ways.SignOutEverywhere(f.ctx, c.Actor(here), f.noor.ID)))
		free("its link ended")
		ask()
		ask() // once more, by the same
		f.clock.Add(73 * time.Hour)
		free("run out")
		if n := second(f.ways.CleanUp(f.ctx, 10)); n != nil || f.count(`SELECT count(*) FROM addresses WHERE held_until IS NOT NULL`) != 0 {
			t.Error("it is kept", n)
		}
		c = f.administratorAgain()
		ask()
		f.must(second(f.ways.AcceptVerification(f.ctx, f.secret(post.EmailVerify, f.noor.ID), here)))
		f.invalid(hire(), "email", "staff.email-taken")
		if n := f.count(`SELECT count(*) FROM addresses WHERE user_id = ? AND held_until IS NULL`, f.noor.ID); n != 2 {
			t.Errorf("%d addresses are reserved for ever", n)
		}
	})
}
