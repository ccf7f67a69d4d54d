package signin_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"chancery/app/access"
	"chancery/app/audit"
	"chancery/app/fault"
	"chancery/app/post"
	"chancery/app/signin"
	"chancery/app/staff"
	"chancery/app/store"
)

// owning opens a practice that sends texts, in which Noor has a number that is not verified, and is signed in.
func owning(t *testing.T, fn func(t *testing.T, f *firm, c *signin.Current)) {
	t.Helper()
	each(t, func(t *testing.T, f *firm) {
		f.ways = f.room(signin.Options{Texts: true})
		f.exec(`UPDATE users SET cell = ? WHERE id = ?`, noorCell, f.noor.ID)
		fn(t, f, f.current(f.signIn()))
	})
}

// verified tells whether a person's number is.
func (f *firm) verified(u *staff.User) bool {
	f.t.Helper()
	return f.count(`SELECT count(*) FROM users WHERE id = ? AND cell_verified_at IS NOT NULL`, u.ID) == 1
}

// mailed is how many mails of a kind there are to a person.
func (f *firm) mailed(kind post.Kind, userID string) int {
	f.t.Helper()
	return f.count(`SELECT count(*) FROM mails WHERE kind = ? AND user_id = ?`, kind, userID)
}

// prove shows that the number in a session is its person's.
func (f *firm) prove(c *signin.Current) {
	f.t.Helper()
	f.must(second(f.ways.AskCellPIN(f.ctx, c, signin.Proof{}, here)))
	f.must(f.ways.VerifyCell(f.ctx, c, f.text(), here))
}

func cell(number string) staff.ProfileChange {
	return staff.ProfileChange{Cell: &staff.Edit{Value: number}}
}

// S3-13, ASVS 6.3.7: a number is verified by the PIN that was sent to it, and the owner is told by mail; from then on it signs
// in.
func TestANumberIsVerifiedByAPIN(t *testing.T) {
	owning(t, func(t *testing.T, f *firm, c *signin.Current) {
		if asked, err := f.ways.CellAsked(f.ctx, c); asked || err != nil {
			t.Error(asked, err)
		}
		f.must(second(f.ways.AskCellPIN(f.ctx, c, signin.Proof{}, here)))
		if asked, err := f.ways.CellAsked(f.ctx, c); !asked || err != nil {
			t.Error(asked, err)
		}
		pin := f.text()
		f.invalid(f.ways.VerifyCell(f.ctx, c, other(pin), here), "pin", "pin.wrong")
		other := f.current(f.signIn())
		f.refused(f.ways.VerifyCell(f.ctx, other, pin, here), "pin.over") // it was asked for in another session
		f.must(f.ways.VerifyCell(f.ctx, c, pin, here))
		if !f.verified(f.noor) || f.mailed(post.CellVerified, f.noor.ID) != 1 {
			t.Error("it is not verified, or nobody was told")
		}
		if n := f.count(`SELECT count(*) FROM audit WHERE action = 'user.verify-cell' AND object_id = ?`, f.noor.ID); n != 1 {
			t.Errorf("%d lines", n)
		}
		f.refused(second(f.ways.AskCellPIN(f.ctx, f.current(f.signIn()), signin.Proof{}, here)), "cell.already")
	})
}

// ASVS 7.5.1: verifying a number asks for a fresh proof, and so does changing one that signs in; one that does not, does not.
func TestANumberThatSignsInAsksForAProof(t *testing.T) {
	owning(t, func(t *testing.T, f *firm, c *signin.Current) {
		f.clock.Add(11 * time.Minute)
		f.invalid(second(f.ways.AskCellPIN(f.ctx, c, signin.Proof{}, here)), "password", "password.confirm-missing")
		f.invalid(second(f.ways.AskCellPIN(f.ctx, c, signin.Proof{Password: "no"}, here)), "password", "password.wrong-current")
		f.must(second(f.ways.SaveProven(f.ctx, c, cell(nobodysCell), signin.PasswordChange{}, signin.Proof{}, here)))
		f.must(second(f.ways.SaveProven(f.ctx, f.current(f.signIn()), cell(noorCell), signin.PasswordChange{}, signin.Proof{}, here)))
		token := f.signIn()
		f.prove(f.current(token))
		f.clock.Add(11 * time.Minute)
		c = f.current(token)
		f.invalid(second(f.ways.Save(f.ctx, c, cell(nobodysCell), signin.PasswordChange{}, here)), "cell", "cell.proof")
		f.invalid(second(f.ways.SaveProven(f.ctx, c, cell(""), signin.PasswordChange{}, signin.Proof{}, here)), "password", "password.confirm-missing")
		f.must(second(f.ways.Save(f.ctx, c, cell("+1 416 555 0142"), signin.PasswordChange{}, here))) // the same, written otherwise
		saved, err := f.ways.SaveProven(f.ctx, c, cell(nobodysCell), signin.PasswordChange{}, signin.Proof{Password: password}, here)
		f.must(err)
		if saved.Proven == "" || saved.Token != "" || saved.User.CellVerifiedAt != nil || f.verified(f.noor) {
			t.Errorf("%+v", saved)
		}
		f.current(saved.Proven)
	})
}

// C-9, S3-13: a number that is changed anywhere signs in no more, and its owner is told.
func TestAChangedNumberIsUnverified(t *testing.T) {
	for name, change := range map[string]func(f *firm, c *signin.Current) error{
		"in My Profile": func(f *firm, c *signin.Current) error {
			return second(f.ways.Save(f.ctx, c, cell(nobodysCell), signin.PasswordChange{}, here))
		},
		"taken away": func(f *firm, c *signin.Current) error {
			return second(f.ways.Save(f.ctx, c, cell(""), signin.PasswordChange{}, here))
		},
		"by an administrator": func(f *firm, _ *signin.Current) error {
			return second(f.people.Update(f.ctx, actor("admin", "users.edit"), f.noor.ID, staff.Change{ProfileChange: cell(nobodysCell)}))
		},
		"by a file": func(f *firm, _ *signin.Current) error {
			return f.people.ApplyImport(f.ctx, access.System("test"), f.noor.ID, staff.ImportChange{Changes: []audit.Change{{Field: "cell", Before: noorCell, After: nobodysCell}}})
		},
		"by SQL": func(f *firm, _ *signin.Current) error {
			f.exec(`UPDATE users SET cell = ? WHERE id = ?`, nobodysCell, f.noor.ID)
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			owning(t, func(t *testing.T, f *firm, c *signin.Current) {
				f.prove(c)
				f.clock.Add(time.Minute)
				f.must(change(f, f.current(f.signIn())))
				if f.verified(f.noor) {
					t.Error("it is verified still")
				}
				want := 1
				if name == "by SQL" {
					want = 0 // nobody of ours has seen it
				}
				if n := f.mailed(post.CellChanged, f.noor.ID); n != want {
					t.Errorf("told %d times", n)
				}
				texts := f.texted()
				f.ask(nobodysCell, here)
				f.ask(noorCell, elsewhere)
				if f.texted() != texts {
					t.Error("a text goes out")
				}
			})
		})
	}
}

// Of a number that is not verified nothing is said: it was no way in.
func TestAnUnverifiedNumberChangesInSilence(t *testing.T) {
	owning(t, func(t *testing.T, f *firm, c *signin.Current) {
		f.must(second(f.ways.Save(f.ctx, c, cell(nobodysCell), signin.PasswordChange{}, here)))
		if f.mailed(post.CellChanged, f.noor.ID) != 0 {
			t.Error("told")
		}
	})
}

// S3-13: a number is verified for one person of those who are not inactive, however many try at once.
func TestOfTwoWhoShowOneNumberOneHasIt(t *testing.T) {
	owning(t, func(t *testing.T, f *firm, c *signin.Current) {
		f.exec(`UPDATE users SET status = 'ACTIVE', cell = ? WHERE id = ?`, noorCell, f.lucia.ID)
		f.exec(`INSERT INTO sessions (id, token_hash, user_id, method, network, user_agent, created_at, proven_at, last_seen_at, expires_at)
			SELECT 'lucia', 'lucia', ?, method, network, user_agent, created_at, proven_at, last_seen_at, expires_at FROM sessions LIMIT 1`, f.lucia.ID)
		hers := *c
		u, err := f.people.Get(f.ctx, f.lucia.ID)
		f.must(err)
		hers.User, hers.Session.ID, hers.Session.UserID = *u, "lucia", u.ID
		f.must(second(f.ways.AskCellPIN(f.ctx, c, signin.Proof{}, here)))
		f.must(second(f.ways.AskCellPIN(f.ctx, &hers, signin.Proof{}, elsewhere)))
		pins := map[*signin.Current]string{}
		for cur, id := range map[*signin.Current]string{c: f.noor.ID, &hers: f.lucia.ID} {
			txt, err := f.mails.LatestText(f.ctx, id)
			f.must(err)
			p, err := f.ways.EnclosePIN(f.ctx, txt)
			f.must(err)
			pins[cur] = p.Code
		}
		var wg sync.WaitGroup
		errs := make(chan error, 2)
		for cur, pin := range pins {
			wg.Go(func() { errs <- f.ways.VerifyCell(context.WithoutCancel(f.ctx), cur, pin, here) })
		}
		wg.Wait()
		a, b := <-errs, <-errs
		if a == nil {
			a = b
		} else if b != nil {
			t.Fatal("neither has it", a, b)
		}
		f.refused(a, "cell.taken")
		if n := f.count(`SELECT count(*) FROM users WHERE cell_verified_at IS NOT NULL`); n != 1 {
			t.Errorf("%d have it", n)
		}
	})
}

// Who comes back after having left shows the number anew, whoever has it by then.
func TestWhoComesBackShowsTheNumberAnew(t *testing.T) {
	owning(t, func(t *testing.T, f *firm, c *signin.Current) {
		f.prove(c)
		f.exec(`UPDATE users SET status = 'INACTIVE' WHERE id = ?`, f.noor.ID)
		f.exec(`UPDATE users SET status = 'ACTIVE', cell = ?, cell_verified_at = ? WHERE id = ?`, noorCell, f.clock.Now(), f.lucia.ID)
		f.must(f.people.Reactivate(f.ctx, access.System("test"), f.noor.ID))
		if f.verified(f.noor) || !f.verified(f.lucia) {
			t.Error("the number came back with its former owner")
		}
		err := f.db.In(f.ctx).Exec(`UPDATE users SET cell_verified_at = ? WHERE id = ?`, f.clock.Now(), f.noor.ID).Error
		if !store.Violated(err, "users_verified_cell", "users.cell") {
			t.Errorf("two have it: %v", err)
		}
	})
}

func TestWhatIsNoNumberIsNotVerified(t *testing.T) {
	owning(t, func(t *testing.T, f *firm, c *signin.Current) {
		f.refused(f.ways.VerifyCell(f.ctx, c, "123456", here), "pin.over")
		f.must(second(f.ways.AskCellPIN(f.ctx, c, signin.Proof{}, here)))
		pin := f.text()
		f.exec(`UPDATE users SET cell = ? WHERE id = ?`, nobodysCell, f.noor.ID)
		f.refused(f.ways.VerifyCell(f.ctx, c, pin, here), "cell.changed")
		f.exec(`UPDATE users SET cell = '' WHERE id = ?`, f.noor.ID)
		c = f.current(f.signIn())
		f.refused(second(f.ways.AskCellPIN(f.ctx, c, signin.Proof{}, here)), "cell.none")
		f.exec(`UPDATE users SET cell = ?, cell_verified_at = ? WHERE id = ?`, noorCell, f.clock.Now(), f.noor.ID)
		c = f.current(f.signIn())
		f.refused(second(f.ways.AskCellPIN(f.ctx, c, signin.Proof{}, here)), "cell.already")
	})
}

// B-22: who is signed in cannot fill a phone with texts either, by typing other people's numbers.
func TestVerifyingHasTheLimitsOfPINs(t *testing.T) {
	owning(t, func(t *testing.T, f *firm, c *signin.Current) {
		var many *fault.TooMany
		for i := 0; ; i++ {
			_, err := f.ways.AskCellPIN(f.ctx, c, signin.Proof{Password: password}, here)
			if errors.As(err, &many) {
				if i != 5 {
					t.Errorf("%d were sent", i)
				}
				return
			}
			f.must(err)
			f.clock.Add(31 * time.Second)
			c = f.current(f.signIn())
		}
	})
}
