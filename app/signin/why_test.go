package signin_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"chancery/app/access"
	"chancery/app/fault"
	"chancery/app/post"
	"chancery/app/resource"
	"chancery/app/signin"
	"chancery/app/staff"
	"chancery/app/store"
)

// B-8, S1-35: each cause is told, the first that keeps a person out first; and asking costs little.
func TestWhySomeoneCannotSignIn(t *testing.T) {
	day := 24 * time.Hour
	for _, c := range []struct {
		name   string
		lucia  bool
		cause  func(f *firm)
		want   signin.Reason
		blocks bool
		most   int64 // statements
	}{
		{"nothing", false, func(f *firm) {}, "", false, 1},
		{"inactive", false, func(f *firm) { f.exec(`UPDATE users SET status = 'INACTIVE' WHERE id = ?`, f.noor.ID) }, signin.WhyInactive, true, 2},
		{"locked", false, func(f *firm) { f.fail(10) }, signin.WhyLocked, true, 1},
		{"invited", true, func(f *firm) {}, signin.WhyInvitation, true, 3},
		{"no password", false, func(f *firm) { f.exec(`UPDATE credentials SET password_hash = '' WHERE user_id = ?`, f.noor.ID) }, signin.WhyNoPassword, true, 1},
		{"expired", false, func(f *firm) {
			f.exec(`UPDATE credentials SET must_change = true, password_expires_at = ? WHERE user_id = ?`, f.clock.Now(), f.noor.ID)
		}, signin.WhyExpired, true, 1},
		{"must change", false, func(f *firm) {
			f.exec(`UPDATE credentials SET must_change = true, password_expires_at = ? WHERE user_id = ?`, f.clock.Now().Add(day), f.noor.ID)
		}, signin.WhyMustChange, false, 1},
		{"network", false, func(f *firm) {
			f.signIn()
			for range signin.TriesNetwork {
				f.exec(`INSERT INTO signin_attempts (id, subject, network, user_agent, method, outcome, reason, at) VALUES (?, 'x', ?, '', 'password', 'failure', 'wrong', ?)`,
					store.NewID(), here.Network, f.clock.Now())
			}
		}, signin.WhyNetwork, true, 1},
		{"a second factor is missing", false, func(f *firm) {
			f.exec(`UPDATE organization SET second_factor = 'everyone', second_factor_since = ?, second_factor_days = 0`, f.clock.Now())
			f.current(f.signIn()) // the request that asks has read the practice
		}, signin.WhyFactor, false, 1},
		{"a second factor, in time", false, func(f *firm) {
			f.exec(`UPDATE organization SET second_factor = 'everyone', second_factor_since = ?, second_factor_days = 3`, f.clock.Now())
			f.current(f.signIn())
		}, "", false, 1},
		{"leaving", false, func(f *firm) {
			f.exec(`INSERT INTO departures (id, user_id, state, due_at, requested_by, requested_name, created_at) VALUES ('d', ?, 'planned', ?, 'x', 'Grace', ?)`,
				f.noor.ID, f.clock.Now().Add(day), f.clock.Now())
		}, signin.WhyLeaving, false, 1},
		{"unverified", false, func(f *firm) { f.exec(`UPDATE users SET email_verified_at = NULL WHERE id = ?`, f.noor.ID) }, signin.WhyUnverified, false, 1},
		{"another address", false, func(f *firm) {
			f.must(second(f.ways.ChangeEmail(f.ctx, f.administrator(), f.noor.ID, newMail, signin.Proof{}, here)))
		}, signin.WhyEmailChange, false, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			each(t, func(t *testing.T, f *firm) {
				c.cause(f)
				id := f.noor.ID
				if c.lucia {
					id = f.lucia.ID
				}
				ctx, count := store.WithCount(f.ctx)
				why, err := f.ways.Why(ctx, actor("admin", "users.view"), id)
				f.must(err)
				if count.N() > c.most {
					t.Errorf("it took %d statements", count.N())
				}
				if c.want == "" {
					if len(why) != 0 {
						t.Errorf("%+v", why)
					}
					return
				}
				if len(why) == 0 || why[0].Reason != c.want || why[0].Blocks != c.blocks || (why.Blocked() != nil) != c.blocks {
					t.Fatalf("%+v", why)
				}
				first := why[0]
				switch c.want {
				case signin.WhyLocked:
					if first.Count != 10 || first.Network != here.Network || first.Device == "" || !first.Until.After(f.clock.Now()) {
						t.Errorf("%+v", first)
					}
				case signin.WhyEmailChange:
					if first.Address != newMail {
						t.Errorf("%+v", first)
					}
				case signin.WhyLeaving:
					if first.By != "Grace" {
						t.Errorf("%+v", first)
					}
				}
			})
		})
	}
}

func TestWhyIsForThoseWhoLookAfterAccounts(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		var forbidden *fault.Forbidden
		if _, err := f.ways.Why(f.ctx, actor("someone", "cases.view"), f.noor.ID); !errors.As(err, &forbidden) {
			t.Error(err)
		}
		if _, err := f.ways.Why(f.ctx, actor("someone", "users.view"), "nobody"); !errors.Is(err, fault.ErrNotFound) {
			t.Error(err)
		}
	})
}

// B-13: an invitation has a life that shows, from the mail on.
func TestAnInvitationHasALife(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		who := f.administrator().Actor(here)
		life := func(want signin.Life) {
			t.Helper()
			in, err := f.ways.Invitation(f.ctx, who, f.lucia.ID)
			f.must(err)
			if got := in.Life(f.clock.Now()); got != want {
				t.Errorf("it is %s, want %s: %+v", got, want, in)
			}
		}
		record := func(state post.State, status resource.Status) {
			t.Helper()
			m, err := f.mails.Latest(f.ctx, f.lucia.ID, post.Welcome)
			f.must(err)
			f.must(f.mails.Record(f.ctx, m, post.Outcome{State: state, Found: resource.Condition{Type: post.Delivery, Status: status, Reason: "Test"}}))
		}
		life(signin.LifeWaiting)
		first := f.secret(post.Welcome, f.lucia.ID)
		record(post.Delivered, resource.True)
		life(signin.LifeOpen)
		f.exec(`UPDATE organization SET invitation_days = 2`)
		f.clock.Add(7 * 24 * time.Hour)
		life(signin.LifeExpired)
		f.refused(second(f.ways.Welcome(f.ctx, first)), "welcome.expired")

		f.must(f.ways.Reinvite(f.ctx, who, f.lucia.ID))
		life(signin.LifeWaiting)
		again := f.secret(post.Welcome, f.lucia.ID)
		record(post.Failed, resource.False)
		life(signin.LifeBounced)
		in, err := f.ways.Welcome(f.ctx, again)
		if err != nil || in.User.ID != f.lucia.ID {
			t.Error(err)
		}
		copied, expires, err := f.ways.CopyInvitation(f.ctx, who, f.lucia.ID)
		f.must(err)
		if !expires.Equal(f.clock.Now().Add(48 * time.Hour)) { // as the practice has set it since
			t.Errorf("until %v", expires)
		}
		f.must(f.ways.CancelInvitation(f.ctx, who, f.lucia.ID))
		life(signin.LifeCancelled)
		for _, token := range []string{again, copied} {
			f.refused(second(f.ways.AcceptWelcome(f.ctx, token, another, another, here)), "welcome.expired")
		}
		for range 4 {
			f.clock.Add(time.Second)
			f.must(f.ways.Reinvite(f.ctx, who, f.lucia.ID))
		}
		var many *fault.TooMany
		if err := f.ways.Reinvite(f.ctx, who, f.lucia.ID); !errors.As(err, &many) {
			t.Errorf("a sixth within a day: %v", err)
		}
		if n := f.count(`SELECT count(*) FROM mails WHERE kind = 'welcome' AND state IN ('waiting', 'sending')`); n != 1 {
			t.Errorf("%d are on their way", n)
		}
		f.must(second(f.ways.AcceptWelcome(f.ctx, f.secret(post.Welcome, f.lucia.ID), another, another, here)))
		for _, err := range []error{f.ways.Reinvite(f.ctx, who, f.lucia.ID), f.ways.CancelInvitation(f.ctx, who, f.lucia.ID)} {
			f.refused(err, "invitation.done")
		}
		var actions []string
		f.must(f.db.In(f.ctx).Raw(`SELECT DISTINCT action FROM audit WHERE action LIKE 'invitation.%' ORDER BY action`).Scan(&actions).Error)
		if !slices.Equal(actions, []string{"invitation.cancel", "invitation.copy", "invitation.resend"}) {
			t.Errorf("the history has %q", actions)
		}
	})
}

// S1-32: whoever has the link can be that person.
func TestASuperAdminsInvitationIsNotHandedToOthers(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		u, err := f.ways.Invite(f.ctx, access.System("test"), staff.NewUser{FirstName: "Elena", LastName: "Marlow", Email: "elena@marlowreyes.example",
			RoleID: access.RoleSuperAdmin, Language: "en", Zone: "UTC"}, signin.FirstPassword{Way: signin.FirstLink})
		f.must(err)
		_, _, err = f.ways.CopyInvitation(f.ctx, f.administrator().Actor(here), u.ID)
		f.forbidden(err, "access.over-super")
		f.forbidden(f.ways.Reinvite(f.ctx, f.administratorAgain().Actor(here), u.ID), "access.over-super")
	})
}

func (f *firm) administratorAgain() *signin.Current {
	return f.current(f.again("grace@marlowreyes.example"))
}

// S1-36: a notice that did not get through is sent again as it was, a link as a new one, a password not at all.
func TestWhatIsSentAgain(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		c := f.administrator()
		who := c.Actor(here)
		f.must(f.reset(c, f.noor.ID, signin.Reset{Way: signin.ByMail}))
		f.must(second(f.ways.SignOutEverywhere(f.ctx, who, f.noor.ID)))
		f.exec(`UPDATE mails SET state = 'failed'`)
		list, more, err := f.ways.Mails(f.ctx, who, f.noor.ID, "", 1)
		if err != nil || !more || len(list) != 1 {
			t.Fatal(list, more, err)
		}
		older, _, err := f.ways.Mails(f.ctx, who, f.noor.ID, list[0].ID, 10)
		f.must(err)
		for _, m := range append(list, older...) {
			err := f.ways.Resend(f.ctx, who, f.noor.ID, m.ID)
			if m.Kind == post.PasswordTemporary {
				f.refused(err, "mails.not-again")
			} else {
				f.must(err)
			}
			if err := f.ways.Resend(f.ctx, who, f.lucia.ID, m.ID); !errors.Is(err, fault.ErrNotFound) { // ASVS 8.2.2
				t.Error(err)
			}
		}
		if m, err := f.mails.Latest(f.ctx, f.noor.ID, post.SessionsEnded); err != nil || m.State != post.Waiting || m.Data != list[0].Data && m.Data != older[0].Data {
			t.Errorf("%+v, %v", m, err)
		}
		welcome, err := f.mails.Latest(f.ctx, f.lucia.ID, post.Welcome)
		f.must(err)
		f.must(f.ways.Resend(f.ctx, who, f.lucia.ID, welcome.ID))
		var forbidden *fault.Forbidden
		if _, _, err := f.ways.Mails(f.ctx, actor("someone", "users.view"), f.noor.ID, "", 10); !errors.As(err, &forbidden) {
			t.Error(err)
		}
	})
}

// S1-22, ASVS 8.2.2: an administrator ends one session, of that person only.
func TestAnAdministratorEndsOneSession(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		one, other := f.signIn(), f.signIn()
		id := f.current(one).Session.ID
		who := f.proven("admin", "users.sign-out")
		if err := f.ways.EndSessionOf(f.ctx, who, f.lucia.ID, id); !errors.Is(err, fault.ErrNotFound) {
			t.Error(err)
		}
		f.must(f.ways.EndSessionOf(f.ctx, who, f.noor.ID, id))
		f.gone(one, "ended")
		f.current(other)
		var forbidden *fault.Forbidden
		if err := f.ways.EndSessionOf(f.ctx, actor("x", "users.view users.edit"), f.noor.ID, id); !errors.As(err, &forbidden) {
			t.Error(err)
		}
	})
}
