package signin_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"chancery/app/access"
	"chancery/app/fault"
	"chancery/app/signin"
	"chancery/app/staff"
)

// S1-10, ASVS 6.4.3: a link works once, and proves the address.
func TestAWelcomeLinkSetsTheFirstPasswordOnce(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		token, _, err := f.ways.IssueWelcome(f.ctx, f.lucia.ID)
		f.must(err)
		second, _, err := f.ways.IssueWelcome(f.ctx, f.lucia.ID)
		f.must(err)
		for range 3 { // ASVS 3.5.3: a scanner that follows links changes nothing
			in, err := f.ways.Welcome(f.ctx, token)
			f.must(err)
			if in.User.ID != f.lucia.ID || in.Org.Name != "Marlow Reyes" {
				t.Errorf("%+v", in)
			}
		}
		_, err = f.ways.AcceptWelcome(f.ctx, token, password, "", here)
		f.invalid(err, "confirm", "password.repeat-missing")
		_, err = f.ways.AcceptWelcome(f.ctx, token, "", "", here)
		f.invalid(err, "new", "password.new-missing")
		_, err = f.ways.AcceptWelcome(f.ctx, token, "Lucia-Ferrer-1!", "other", here)
		f.invalid(err, "new", "password.context")
		f.invalid(err, "confirm", "password.mismatch")
		o, err := f.ways.AcceptWelcome(f.ctx, token, password, password, here)
		f.must(err)
		c := f.current(o.Token)
		if c.User.EmailVerifiedAt == nil || c.Session.Method != "link" || o.MustChange {
			t.Errorf("%+v", c)
		}
		for spent, why := range map[string]string{token: "welcome.used", second: "welcome.done"} {
			_, err = f.ways.Welcome(f.ctx, spent)
			f.refused(err, why)
			_, err = f.ways.AcceptWelcome(f.ctx, spent, another, another, here)
			f.refused(err, why)
		}
		if _, err = f.ways.Welcome(f.ctx, "x"); !errors.Is(err, fault.ErrNotFound) {
			t.Error(err)
		}
	})
}

// Two clicks at once, also of two links that were both mailed: one sets the password, and nothing waits in a circle.
func TestOfTwoClicksOnAWelcomeOneCounts(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		ways := f.room(signin.Options{Hashers: 8})
		ways.WrapDerive(func(signin.Derive) signin.Derive {
			return func(_, _ []byte, _, _ uint32, _ uint8, n uint32) []byte { return make([]byte, n) }
		})
		one, _, err := f.ways.IssueWelcome(f.ctx, f.lucia.ID)
		f.must(err)
		two, _, err := f.ways.IssueWelcome(f.ctx, f.lucia.ID)
		f.must(err)
		errs := make(chan error, 16)
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				_, err := ways.AcceptWelcome(f.ctx, []string{one, two}[i%2], password, password, here)
				errs <- err
			})
			wg.Go(func() { // strangers guess meanwhile
				_, _ = ways.SignIn(f.ctx, luciaMail, "x", here)
				errs <- nil
			})
		}
		wg.Wait()
		close(errs)
		refused := 0
		for err := range errs {
			var why *fault.Refused
			if errors.As(err, &why) && (why.Message.Key == "welcome.used" || why.Message.Key == "welcome.done") {
				refused++
			} else if err != nil {
				t.Error(err)
			}
		}
		if refused != 7 {
			t.Errorf("%d of 8 clicks were refused", refused)
		}
		if n := f.count(`SELECT count(*) FROM sessions WHERE user_id = ?`, f.lucia.ID); n < 1 {
			t.Error("no session")
		}
	})
}

func TestAWelcomeLinkExpiresAfterSevenDays(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		token, expires, err := f.ways.IssueWelcome(f.ctx, f.lucia.ID)
		f.must(err)
		if !expires.Equal(f.clock.Now().Add(7 * 24 * time.Hour)) {
			t.Errorf("until %v", expires)
		}
		f.clock.Add(7*24*time.Hour - time.Second)
		_, err = f.ways.Welcome(f.ctx, token)
		f.must(err)
		f.clock.Add(time.Second)
		_, err = f.ways.AcceptWelcome(f.ctx, token, password, password, here)
		f.refused(err, "welcome.expired")
	})
}

// S1-12: by no way in.
func TestTheInactiveAreNotWelcomed(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		token, _, err := f.ways.IssueWelcome(f.ctx, f.lucia.ID)
		f.must(err)
		f.must(f.people.SeedStatus(f.ctx, f.lucia.ID, staff.Inactive, nil))
		_, err = f.ways.AcceptWelcome(f.ctx, token, password, password, here)
		f.refused(err, "welcome.ended")
	})
}

// A welcome is no way around a password: not for who works here, and not once a typed one was changed.
func TestAWelcomeIsForThoseWhoHaveNotComeInYet(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		_, _, err := f.ways.IssueWelcome(f.ctx, f.noor.ID)
		f.refused(err, "welcome.used")
		_, _, err = f.ways.IssueTemporary(f.ctx, f.noor.ID)
		f.refused(err, "welcome.used")
		_, _, err = f.ways.IssueTemporary(f.ctx, "nobody")
		f.refused(err, "welcome.used")
		f.signIn() // with the password they chose

		u, err := f.ways.Invite(f.ctx, access.System("test"), staff.NewUser{FirstName: "Jon", LastName: "Okafor", Email: "jon@marlowreyes.example",
			RoleID: access.RoleParalegal, Language: "en", Zone: "UTC"}, signin.FirstPassword{Way: signin.FirstTyped, Typed: password})
		f.must(err)
		token, _, err := f.ways.IssueWelcome(f.ctx, u.ID)
		f.must(err)
		o, err := f.ways.SignIn(f.ctx, u.Email, password, here)
		f.must(err)
		_, err = f.ways.Save(f.ctx, f.current(o.Token), staff.ProfileChange{}, change("", another), here)
		f.must(err)
		_, err = f.ways.AcceptWelcome(f.ctx, token, password, password, here)
		f.refused(err, "welcome.done")
	})
}

// S1-5, S1-6: whoever came in by the temporary password may still choose their own by the link.
func TestALinkWorksUntilThePasswordIsOnesOwn(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		token, _, err := f.ways.IssueWelcome(f.ctx, f.lucia.ID)
		f.must(err)
		temporary, _, err := f.ways.IssueTemporary(f.ctx, f.lucia.ID)
		f.must(err)
		o, err := f.ways.SignIn(f.ctx, luciaMail, temporary, here)
		f.must(err)
		_, err = f.ways.Welcome(f.ctx, token)
		f.must(err)
		_, err = f.ways.Save(f.ctx, f.current(o.Token), staff.ProfileChange{}, change("", another), here)
		f.must(err)
		if n := f.count(`SELECT count(*) FROM links WHERE used_at IS NULL AND expires_at > ?`, f.clock.Now()); n != 0 { // or a later forced change would revive it
			t.Errorf("%d links are still open", n)
		}
		_, err = f.ways.Welcome(f.ctx, token)
		f.refused(err, "welcome.done")
	})
}

// S1-2…S1-10, S1-28: all of an invitation or nothing, with the faults of both rooms together.
func TestAFaultyInvitationLeavesNothing(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		n := staff.NewUser{FirstName: "Noor", LastName: "Haddad", Email: "NOOR@marlowreyes.example", RoleID: access.RoleParalegal, Language: "en", Zone: "UTC"}
		_, err := f.ways.Invite(f.ctx, access.System("test"), n, signin.FirstPassword{Way: signin.FirstTyped, Typed: "short"})
		f.invalid(err, "email", "staff.email-taken")
		f.invalid(err, "password", "password.too-short")
		n.Email = "second@marlowreyes.example"
		_, err = f.ways.Invite(f.ctx, access.System("test"), n, signin.FirstPassword{Way: "guess"})
		f.invalid(err, "first", "staff.choose")
		_, err = f.ways.Invite(f.ctx, access.System("test"), n, signin.FirstPassword{Way: signin.FirstTyped, Typed: "Haddad-Orchard-1!"})
		f.invalid(err, "password", "password.context")
		var forbidden *fault.Forbidden
		if _, err = f.ways.Invite(f.ctx, actor("someone", "users.view users.edit"), n, signin.FirstPassword{Way: signin.FirstLink}); !errors.As(err, &forbidden) {
			t.Error(err)
		}
		if people, mails := f.count(`SELECT count(*) FROM users`), f.count(`SELECT count(*) FROM mails`); people != 2 || mails != 1 {
			t.Errorf("%d people, %d mails", people, mails)
		}
	})
}

// Two administrators invite the same address at once: the second learns whose it is, and Postgres' aborted transaction
// does not hide it.
func TestOfTwoInvitationsToOneAddressOneCounts(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		n := staff.NewUser{FirstName: "Jon", LastName: "Okafor", Email: "jon@marlowreyes.example", RoleID: access.RoleParalegal, Language: "en", Zone: "UTC"}
		errs := make(chan error, 8)
		for range 8 {
			go func() {
				_, err := f.ways.Invite(f.ctx, access.System("test"), n, signin.FirstPassword{Way: signin.FirstLink})
				errs <- err
			}()
		}
		created := 0
		for range 8 {
			var bad *fault.Invalid
			if err := <-errs; err == nil {
				created++
			} else if !errors.As(err, &bad) || !bad.Has("email") {
				t.Error(err)
			}
		}
		if created != 1 {
			t.Errorf("%d created", created)
		}
	})
}

// ASVS 6.4.6: only a program gives a person a password in silence, by the same policy, all or nothing.
func TestOnlyTheOperatorBootstraps(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		n := staff.NewUser{FirstName: "Elena", LastName: "Marlow", Email: "elena@marlowreyes.example", RoleID: access.RoleSuperAdmin, Language: "en", Zone: "UTC"}
		var forbidden *fault.Forbidden
		if _, err := f.ways.Bootstrap(f.ctx, actor("admin", "users.create users.edit"), n, password, true); !errors.As(err, &forbidden) {
			t.Error(err)
		}
		_, err := f.ways.Bootstrap(f.ctx, access.System("operator"), n, "elena", true)
		f.invalid(err, "password", "password.too-short")
		_, err = f.ways.Bootstrap(f.ctx, access.System("operator"), n, password, true) // the refused one left nobody behind
		f.must(err)
		o, err := f.ways.SignIn(f.ctx, n.Email, password, here)
		f.must(err)
		if !o.MustChange {
			t.Error("no change is forced")
		}
		if known, err := f.ways.Exists(f.ctx, "Elena@MarlowReyes.example"); !known || err != nil {
			t.Error(known, err)
		}
	})
}
