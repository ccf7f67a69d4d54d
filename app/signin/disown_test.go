package signin_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"chancery/app/access"
	"chancery/app/fault"
	"chancery/app/post"
	"chancery/app/signin"
	"chancery/app/staff"
)

// B-6: the link works signed out, once; it ends all sessions, blocks the password and starts recovery. Looking changes
// nothing.
func TestItWasNotMeEndsEverythingAndStartsRecovery(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		admin := f.administrator()
		mine := f.signIn()
		thief := here
		thief.Device = signin.NewDevice()
		o, err := f.ways.SignIn(f.ctx, noorMail, password, thief)
		f.must(err)
		e := f.sent(post.NewDevice, f.noor.ID)
		if e.Path[0] != "disown" || !e.Expires.Equal(f.clock.Now().Add(7*24*time.Hour)) {
			t.Errorf("%+v", e)
		}
		token := e.Path[1]
		recovery, _, err := f.ways.IssueRecovery(f.ctx, access.System("operator"), f.noor)
		f.must(err)
		for range 3 {
			d, err := f.ways.Disowned(f.ctx, token)
			f.must(err)
			if d.User.ID != f.noor.ID || !d.Recovers {
				t.Errorf("%+v", d)
			}
		}
		f.current(mine)
		if list, _ := f.ways.Sessions(f.ctx, actor(f.noor.ID, ""), f.noor.ID); len(list) != 2 {
			t.Errorf("%d sessions", len(list))
		}

		f.clock.Add(2 * 24 * time.Hour)
		mine = f.signIn()
		f.must(second(f.ways.Disown(f.ctx, token, signin.Origin{Network: "192.0.2.1"})))
		f.gone(mine, "everything ends")
		f.gone(o.Token, "everything ends")
		f.refused(second(f.ways.Recovery(f.ctx, recovery)), "reset.expired")
		f.refused(second(f.ways.SignIn(f.ctx, noorMail, password, here)), "signin.wrong") // known to a stranger
		f.refused(second(f.ways.Disowned(f.ctx, token)), "disown.used")
		f.refused(second(f.ways.Disown(f.ctx, token, here)), "disown.used")
		if n := f.count(`SELECT count(*) FROM devices WHERE user_id = ?`, f.noor.ID); n != 0 {
			t.Errorf("%d browsers are known", n)
		}
		if n := f.count(`SELECT count(*) FROM audit WHERE action = 'user.disown' AND object_id = ?`, f.noor.ID); n != 1 {
			t.Errorf("%d lines in the history", n)
		}
		m, err := f.mails.Latest(f.ctx, admin.User.ID, post.Disowned) // who may reset passwords is told
		f.must(err)
		if m.Recipient != admin.User.Email {
			t.Errorf("%+v", m)
		}
		if n := f.count(`SELECT count(*) FROM mails WHERE kind = 'disowned'`); n != 1 {
			t.Errorf("%d were told", n)
		}

		way, err := f.ways.Why(f.ctx, actor("admin", "users.view"), f.noor.ID)
		f.must(err)
		if c := way.Blocked(); c == nil || c.Reason != signin.WhyDisowned || c.At == nil {
			t.Errorf("why: %+v", way)
		}
		back := f.secret(post.PasswordRecover, f.noor.ID)
		opened, err := f.ways.AcceptRecovery(f.ctx, back, another, another, true, here)
		f.must(err)
		f.current(opened.Token)
		f.must(second(f.ways.SignIn(f.ctx, noorMail, another, here)))
	})
}

// B-6, ASVS 6.3.4: until a new password is chosen no other way opens a session, a passkey or a PIN that a stranger has added
// neither. The gate asks it, so none can forget it.
func TestUntilANewPasswordNothingButARecoveryLinkOpens(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		f.signIn()
		f.must(second(f.ways.Disown(f.ctx, f.secret(post.NewDevice, f.noor.ID), here)))
		for _, method := range []string{"password", "pin", "passkey"} {
			f.refused(second(f.ways.OpenBy(f.ctx, method, f.noor, here)), "signin.disowned")
		}
		f.must(f.ways.SetTemporary(f.ctx, access.System("operator"), f.noor, another)) // the operator's word ends it, too
		f.must(second(f.ways.OpenBy(f.ctx, "pin", f.noor, here)))
	})
}

// B-6: what was added since what the mail tells of is taken back, and what was there before stays.
func TestItWasNotMeTakesBackWhatWasAddedSince(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		factor := func(id, kind string) {
			f.exec(`INSERT INTO factors (id, user_id, kind, name, created_at, confirmed_at) VALUES (?, ?, ?, 'x', ?, ?)`, id, f.noor.ID, kind, f.clock.Now(), f.clock.Now())
		}
		factor("before", "passkey")
		f.exec(`INSERT INTO recovery_codes (id, user_id, code_hash, created_at) VALUES ('c1', ?, 'h1', ?)`, f.noor.ID, f.clock.Now())
		f.clock.Add(time.Hour)
		f.must(f.db.Tx(f.ctx, func(ctx context.Context) error {
			return f.mails.Queue(ctx, post.Draft{SendKey: "new-device/x", Kind: post.NewDevice, UserID: f.noor.ID, Recipient: noorMail, Language: "fr", Zone: "UTC"})
		}))
		f.clock.Add(time.Hour)
		factor("after", "passkey")
		f.exec(`INSERT INTO recovery_codes (id, user_id, code_hash, created_at) VALUES ('c2', ?, 'h2', ?)`, f.noor.ID, f.clock.Now())
		f.exec(`UPDATE users SET cell = '+14165550199', cell_verified_at = ? WHERE id = ?`, f.clock.Now(), f.noor.ID)
		f.must(second(f.ways.Disown(f.ctx, f.secret(post.NewDevice, f.noor.ID), here)))
		if n := f.count(`SELECT count(*) FROM factors WHERE id = 'before'`) + f.count(`SELECT count(*) FROM recovery_codes WHERE id = 'c1'`); n != 2 {
			t.Errorf("%d of what was there before", n)
		}
		if n := f.count(`SELECT count(*) FROM factors WHERE id = 'after'`) + f.count(`SELECT count(*) FROM recovery_codes WHERE id = 'c2'`) +
			f.count(`SELECT count(*) FROM users WHERE cell_verified_at IS NOT NULL`); n != 0 {
			t.Errorf("%d of what was added", n)
		}
	})
}

// B-6, C-4: the notice to the address of before locks the account, and sends nothing to the new one: that may be the thief's.
func TestFromTheAddressOfBeforeNothingGoesToTheNewOne(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		admin := f.administrator()
		f.must(second(f.ways.ChangeEmail(f.ctx, admin, f.noor.ID, "noor@thief.example", signin.Proof{}, here)))
		f.must(second(f.ways.AcceptVerification(f.ctx, f.secret(post.EmailVerify, f.noor.ID), here)))
		o, err := f.ways.SignIn(f.ctx, "noor@thief.example", password, here)
		f.must(err)
		d, err := f.ways.Disown(f.ctx, f.secret(post.EmailChanged, f.noor.ID), here)
		f.must(err)
		if d.Recovers {
			t.Error("a link goes to the new address")
		}
		f.gone(o.Token, "everything ends")
		if n := f.count(`SELECT count(*) FROM mails WHERE kind = 'password-recover'`); n != 0 {
			t.Errorf("%d links", n)
		}
		f.must(second(f.mails.Latest(f.ctx, admin.User.ID, post.Disowned)))
	})
}

// The link does not end with the epoch: who signs everybody out does not take it from the person. It ends by its time, when
// another was used, and with the account.
func TestALinkThatTakesIsNotEndedByAThief(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		f.signIn()
		first := f.secret(post.NewDevice, f.noor.ID)
		f.exec(`UPDATE users SET epoch = epoch + 1 WHERE id = ?`, f.noor.ID)
		c := f.current(f.signIn())
		f.must(second(f.ways.Save(f.ctx, c, staff.ProfileChange{}, signin.PasswordChange{Current: password, New: another, Confirm: another, EndOthers: true}, here)))
		changed := f.secret(post.PasswordChanged, f.noor.ID)
		f.must(second(f.ways.Disown(f.ctx, first, here)))
		f.refused(second(f.ways.Disowned(f.ctx, changed)), "disown.expired")

		f.must(f.ways.SetTemporary(f.ctx, access.System("operator"), f.noor, password))
		f.signIn()
		late := f.secret(post.NewDevice, f.noor.ID)
		f.clock.Add(7 * 24 * time.Hour)
		f.refused(second(f.ways.Disowned(f.ctx, late)), "disown.expired")
		if _, err := f.ways.Disowned(f.ctx, late[:42]+"_"); !errors.Is(err, fault.ErrNotFound) {
			t.Error(err)
		}
		f.must(f.ways.SetTemporary(f.ctx, access.System("operator"), f.noor, another))
		elsewhere := here
		elsewhere.Device = signin.NewDevice()
		f.must(second(f.ways.SignIn(f.ctx, noorMail, another, elsewhere)))
		left := f.secret(post.NewDevice, f.noor.ID)
		f.must(f.people.SeedStatus(f.ctx, f.noor.ID, staff.Inactive, nil))
		f.refused(second(f.ways.Disown(f.ctx, left, here)), "disown.expired")
	})
}
