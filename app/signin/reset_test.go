package signin_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"chancery/app/access"
	"chancery/app/fault"
	"chancery/app/post"
	"chancery/app/signin"
	"chancery/app/staff"
)

// administrator is someone with the rights of an administrator, signed in; in a session of their own, since resets ask
// for a fresh proof.
func (f *firm) administrator() *signin.Current {
	f.t.Helper()
	u, err := f.ways.Bootstrap(f.ctx, access.System("test"), staff.NewUser{FirstName: "Grace", LastName: "Mbeki", Email: "grace@marlowreyes.example",
		RoleID: access.RoleAdministrator, Language: "en", Zone: "UTC"}, password, false)
	f.must(err)
	f.must(f.people.SeedStatus(f.ctx, u.ID, staff.Active, nil))
	o, err := f.ways.SignIn(f.ctx, u.Email, password, here)
	f.must(err)
	return f.current(o.Token)
}

func (f *firm) reset(c *signin.Current, userID string, r signin.Reset) error {
	return second(f.ways.ResetPassword(f.ctx, c, userID, r, signin.Proof{}, here))
}

// S1-20, C-14, ASVS 6.4.3: the link works once, for an hour, and ends what was open; the password of today stays until then.
func TestARecoveryLinkSetsANewPasswordOnce(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		f.must(f.reset(f.administrator(), f.noor.ID, signin.Reset{Way: signin.ByLink}))
		old := f.signIn()
		e := f.sent(post.PasswordReset, f.noor.ID)
		if e.Path[0] != "reset" || !e.Expires.Equal(f.clock.Now().Add(time.Hour)) || e.Password != "" {
			t.Errorf("%+v", e)
		}
		f.current(old)
		token := e.Path[1]
		f.exec(`UPDATE users SET email_verified_at = NULL WHERE id = ?`, f.noor.ID)
		if n := f.count(`SELECT count(*) FROM links WHERE token_hash = ?`, token); n != 0 {
			t.Error("the secret itself is stored")
		}
		for range 3 { // ASVS 3.5.3
			f.must(second(f.ways.Recovery(f.ctx, token)))
		}
		_, err := f.ways.AcceptRecovery(f.ctx, token, "short", "other", false, here)
		f.invalid(err, "new", "password.too-short")
		f.invalid(err, "confirm", "password.mismatch")
		f.fail(10) // locked: the link lifts that (C-15)
		o, err := f.ways.AcceptRecovery(f.ctx, token, another, another, false, here)
		f.must(err)
		if c := f.current(o.Token); c.Session.Method != "link" || o.MustChange || c.User.EmailVerifiedAt == nil {
			t.Errorf("%+v", c)
		}
		f.gone(old, "the password was reset")
		f.refused(second(f.ways.AcceptRecovery(f.ctx, token, password, password, false, here)), "reset.used")
		f.refused(second(f.ways.SignIn(f.ctx, noorMail, password, here)), "signin.wrong")
		f.must(second(f.ways.SignIn(f.ctx, noorMail, another, here)))
		if _, err := f.mails.Latest(f.ctx, f.noor.ID, post.PasswordChanged); err != nil { // ASVS 6.3.7
			t.Error(err)
		}
	})
}

func TestARecoveryLinkExpiresAndIsReplaced(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		c := f.administrator()
		f.must(f.reset(c, f.noor.ID, signin.Reset{Way: signin.ByLink}))
		first := f.secret(post.PasswordReset, f.noor.ID)
		f.clock.Add(time.Second)
		session := f.signIn()
		f.must(f.reset(c, f.noor.ID, signin.Reset{Way: signin.ByLink, EndSessions: true}))
		f.gone(session, "the administrator said so")
		f.refused(second(f.ways.Recovery(f.ctx, first)), "reset.expired")
		later := f.secret(post.PasswordReset, f.noor.ID)
		f.clock.Add(time.Hour)
		f.refused(second(f.ways.AcceptRecovery(f.ctx, later, another, another, false, here)), "reset.expired")
		if _, err := f.ways.Recovery(f.ctx, strings.Repeat("x", 43)); !errors.Is(err, fault.ErrNotFound) {
			t.Error(err)
		}
	})
}

// S1-19, C-14, ASVS 6.4.1: the old password ends at once, the mailed one works once, for a day, and must be changed.
func TestAMailedPasswordWorksOnceAndMustBeChanged(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		c := f.administrator()
		old := f.signIn()
		f.must(f.reset(c, f.noor.ID, signin.Reset{Way: signin.ByMail}))
		f.gone(old, "reset")
		f.refused(second(f.ways.SignIn(f.ctx, noorMail, password, here)), "signin.wrong")
		m, err := f.mails.Latest(f.ctx, f.noor.ID, post.PasswordTemporary)
		f.must(err)
		e := f.sent(post.PasswordTemporary, f.noor.ID)
		if strings.Contains(m.Data, e.Password) || e.Path != nil || !e.Expires.Equal(f.clock.Now().Add(24*time.Hour)) {
			t.Errorf("%+v", e)
		}
		again, err := f.ways.Enclose(f.ctx, m) // a second try, since the answer was lost: the later one counts
		f.must(err)
		f.refused(second(f.ways.SignIn(f.ctx, noorMail, e.Password, here)), "signin.wrong")
		o, err := f.ways.SignIn(f.ctx, noorMail, again.Password, here)
		f.must(err)
		if !o.MustChange {
			t.Error("no change is asked for")
		}
		f.refused(second(f.ways.SignIn(f.ctx, noorMail, again.Password, here)), "signin.expired")
		if _, err := f.ways.Enclose(f.ctx, m); !errors.Is(err, signin.ErrWithdrawn) { // a third would take the place of theirs
			t.Error(err)
		}
		f.must(second(f.ways.Save(f.ctx, f.current(o.Token), staff.ProfileChange{}, change("", another), here)))
		f.must(second(f.ways.SignIn(f.ctx, noorMail, another, here)))
	})
}

// S1-21, ASVS 6.3.7, 6.4.1
func TestATypedPasswordWorksForADayAndThePersonIsTold(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		c := f.administrator()
		old := f.signIn()
		err := f.reset(c, f.noor.ID, signin.Reset{Way: signin.ByHand, Typed: "Haddad-2026!"})
		f.invalid(err, "temporary_password", "password.context")
		f.current(old)
		f.must(f.reset(c, f.noor.ID, signin.Reset{Way: signin.ByHand, Typed: another}))
		f.gone(old, "reset")
		m, err := f.mails.Latest(f.ctx, f.noor.ID, post.PasswordSet)
		if err != nil || m.Recipient != noorMail || strings.Contains(m.Data, another) {
			t.Errorf("%+v, %v", m, err)
		}
		f.clock.Add(24 * time.Hour)
		f.refused(second(f.ways.SignIn(f.ctx, noorMail, another, here)), "signin.expired")
		f.clock.Add(-time.Second)
		o, err := f.ways.SignIn(f.ctx, noorMail, another, here)
		f.must(err)
		if !o.MustChange {
			t.Error("no change is asked for")
		}
		if n := f.count(`SELECT count(*) FROM audit WHERE action = 'password.reset' AND changes LIKE '%typed%' AND changes NOT LIKE '%Violin%'`); n != 1 {
			t.Errorf("%d lines", n)
		}
	})
}

// S1-32, C-14, ASVS 7.5.1, 8.3.1: who may, whom, and how.
func TestWhoMayResetWhom(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		c := f.administrator()
		super, err := f.ways.Bootstrap(f.ctx, access.System("test"), staff.NewUser{FirstName: "Elena", LastName: "Marlow", Email: "elena@marlowreyes.example",
			RoleID: access.RoleSuperAdmin, Language: "en", Zone: "UTC"}, password, false)
		f.must(err)
		f.must(f.people.SeedStatus(f.ctx, super.ID, staff.Active, nil))
		link := signin.Reset{Way: signin.ByLink}
		f.forbidden(f.reset(c, super.ID, link), "access.over-super")
		f.refused(f.reset(c, c.User.ID, link), "reset.own")
		f.refused(f.reset(c, f.lucia.ID, link), "reset.invited")
		if err := f.reset(c, "nobody", link); !errors.Is(err, fault.ErrNotFound) {
			t.Error(err)
		}
		var forbidden *fault.Forbidden
		noor := f.current(f.signIn())
		if err := f.reset(noor, c.User.ID, link); !errors.As(err, &forbidden) {
			t.Error(err)
		}
		f.exec(`INSERT INTO role_permissions (role_id, permission) VALUES ('consultant', 'users.reset-password'), ('consultant', 'users.change-email')`)
		noor = f.current(f.signIn())
		f.forbidden(f.reset(noor, c.User.ID, link), "access.over-more")
		f.forbidden(second(f.ways.ChangeEmail(f.ctx, noor, c.User.ID, "grace@elsewhere.example", signin.Proof{}, here)), "access.over-more")

		f.invalid(f.reset(c, f.noor.ID, signin.Reset{Way: "shout"}), "way", "staff.choose")
		f.exec(`UPDATE organization SET allow_mailed_password = false, allow_typed_password = false`)
		c = f.current(f.again("grace@marlowreyes.example"))
		f.invalid(f.reset(c, f.noor.ID, signin.Reset{Way: signin.ByMail}), "way", "staff.choose")
		f.invalid(f.reset(c, f.noor.ID, signin.Reset{Way: signin.ByHand, Typed: another}), "way", "staff.choose")

		f.clock.Add(11 * time.Minute) // the proof is no longer fresh
		f.invalid(f.reset(c, f.noor.ID, link), "password", "password.confirm-missing")
		token, err := f.ways.ResetPassword(f.ctx, c, f.noor.ID, link, signin.Proof{Password: password}, here)
		f.must(err)
		f.current(token)

		for range 4 {
			f.must(f.reset(c, f.noor.ID, link))
		}
		var many *fault.TooMany
		if err := f.reset(c, f.noor.ID, link); !errors.As(err, &many) {
			t.Errorf("a sixth mail within the hour: %v", err)
		}
		f.must(f.people.SeedStatus(f.ctx, f.noor.ID, staff.Inactive, nil))
		f.refused(f.reset(c, f.noor.ID, link), "reset.inactive")
	})
}

// again signs somebody in with the usual password.
func (f *firm) again(email string) string {
	f.t.Helper()
	o, err := f.ways.SignIn(f.ctx, email, password, here)
	f.must(err)
	return o.Token
}

// A reset that was taken back before its mail went out hands out nothing.
func TestAWithdrawnMailHasNoSecret(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		c := f.administrator()
		f.must(f.reset(c, f.noor.ID, signin.Reset{Way: signin.ByMail}))
		m, err := f.mails.Latest(f.ctx, f.noor.ID, post.PasswordTemporary)
		f.must(err)
		if ours, err := f.mails.Begin(f.ctx, m, time.Minute); !ours || err != nil {
			t.Fatal(ours, err)
		}
		f.must(f.reset(c, f.noor.ID, signin.Reset{Way: signin.ByHand, Typed: another})) // meanwhile
		if _, err := f.ways.Enclose(f.ctx, m); !errors.Is(err, signin.ErrWithdrawn) {
			t.Error(err)
		}
		f.must(second(f.ways.SignIn(f.ctx, noorMail, another, here)))
	})
}

// B-8: unlocking ends the lock and begins the count anew; it is written down.
func TestUnlockingBeginsTheCountAnew(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		f.fail(10)
		f.refused(second(f.ways.SignIn(f.ctx, noorMail, password, here)), "signin.locked")
		var forbidden *fault.Forbidden
		if err := f.ways.Unlock(f.ctx, actor("someone", "users.edit"), f.noor.ID); !errors.As(err, &forbidden) {
			t.Error(err)
		}
		f.clock.Add(time.Second)
		for range 2 { // the second finds nothing to do
			f.must(f.ways.Unlock(f.ctx, actor("admin", "users.unlock"), f.noor.ID))
		}
		f.fail(9)
		f.signIn()
		if n := f.count(`SELECT count(*) FROM audit WHERE action = 'user.unlock'`); n != 1 {
			t.Errorf("%d lines", n)
		}
		if err := f.ways.Unlock(f.ctx, actor("admin", "users.unlock"), "nobody"); !errors.Is(err, fault.ErrNotFound) {
			t.Error(err)
		}
	})
}
