package signin_test

import (
	"errors"
	"testing"
	"time"

	"chancery/app/fault"
	"chancery/app/post"
)

// V-5, B-13: who comes too late asks for a new invitation; those who may invite are told, once a day.
func TestWhoComesTooLateAsksForANewInvitation(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		admin := f.administrator()
		token, _, err := f.ways.IssueWelcome(f.ctx, f.lucia.ID)
		f.must(err)
		none := func(why string) {
			t.Helper()
			if _, err := f.ways.AskInvitation(f.ctx, token, here); !errors.Is(err, fault.ErrNotFound) {
				t.Errorf("%s: %v", why, err)
			}
		}
		none("it works still")
		f.clock.Add(8 * 24 * time.Hour)
		for range 3 {
			in, err := f.ways.AskInvitation(f.ctx, token, here)
			f.must(err)
			if in.User.ID != f.lucia.ID {
				t.Error(in.User.Email)
			}
		}
		m, err := f.mails.Latest(f.ctx, admin.User.ID, post.InvitationAsked)
		f.must(err)
		if n := f.count(`SELECT count(*) FROM mails WHERE kind = 'invitation-asked'`); n != 1 || m.Recipient != admin.User.Email {
			t.Errorf("%d mails, one to %s", n, m.Recipient)
		}
		if n := f.count(`SELECT count(*) FROM audit WHERE action = 'invitation.ask'`); n != 1 {
			t.Errorf("%d lines", n)
		}
		f.clock.Add(25 * time.Hour)
		f.must(second(f.ways.CleanUp(f.ctx, 10)))
		f.must(second(f.ways.AskInvitation(f.ctx, token, here)))
		if n := f.count(`SELECT count(*) FROM mails WHERE kind = 'invitation-asked'`); n != 2 {
			t.Errorf("%d mails the day after", n)
		}

		newer, _, err := f.ways.IssueWelcome(f.ctx, f.lucia.ID)
		f.must(err)
		none("there is one that works")
		f.clock.Add(8 * 24 * time.Hour)
		f.must(f.ways.CancelInvitation(f.ctx, actor("admin", "users.create"), f.lucia.ID))
		none("it was taken back")
		token = newer
		none("it was taken back")
		f.clock.Add(90 * 24 * time.Hour)
		f.must(second(f.ways.CleanUp(f.ctx, 10)))
		if n := f.count(`SELECT count(*) FROM links`); n == 0 {
			t.Error("an expired invitation is not there to say so")
		}
		f.exec(`UPDATE users SET status = 'INACTIVE' WHERE id = ?`, f.lucia.ID)
		f.must(second(f.ways.CleanUp(f.ctx, 10)))
		if n := f.count(`SELECT count(*) FROM links`); n != 0 {
			t.Errorf("%d links are kept", n)
		}
	})
}

// S2-36: a person has their own address proved, as often as is sensible.
func TestAPersonProvesTheirOwnAddress(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		f.exec(`UPDATE users SET email_verified_at = NULL WHERE id = ?`, f.noor.ID)
		c := f.current(f.signIn())
		for range 5 {
			f.must(f.ways.VerifyOwn(f.ctx, c, here))
		}
		var many *fault.TooMany
		if err := f.ways.VerifyOwn(f.ctx, c, here); !errors.As(err, &many) {
			t.Error(err)
		}
		v, err := f.ways.AcceptVerification(f.ctx, f.secret(post.EmailVerify, f.noor.ID), here)
		f.must(err)
		if v.Change {
			t.Error("it is a change")
		}
		f.clock.Add(25 * time.Hour)
		f.refused(f.ways.VerifyOwn(f.ctx, f.current(f.signIn()), here), "verify.already")
	})
}
