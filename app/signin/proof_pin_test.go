package signin_test

import (
	"errors"
	"testing"
	"time"

	"chancery/app/signin"
)

// ASVS 7.5.1: who has nothing but a number that signs them in proves by a PIN that is sent to it, in the session that asked.
func TestAPINIsAProof(t *testing.T) {
	phones(t, func(t *testing.T, f *firm) {
		o, err := f.ways.SignInByPIN(f.ctx, f.ask(noorCell, here), f.text(), here)
		f.must(err)
		another := f.signIn()
		f.exec(`UPDATE credentials SET password_hash = '' WHERE user_id = ?`, f.noor.ID)
		f.clock.Add(11 * time.Minute)
		c := f.current(o.Token)
		if w, err := f.ways.ProofWays(f.ctx, c, false); err != nil || !w.PIN || w.Texted || w.Password || w.Ending != "0142" {
			t.Errorf("%+v, %v", w, err)
		}
		if _, err := f.ways.Confirm(f.ctx, c, signin.Proof{}, here); !errors.Is(err, signin.ErrTexted) { // it is all they have
			t.Fatal(err)
		}
		pin := f.text()
		if w, err := f.ways.ProofWays(f.ctx, c, false); err != nil || !w.Texted {
			t.Errorf("%+v, %v", w, err)
		}
		f.invalid(second(f.ways.Confirm(f.ctx, c, signin.Proof{}, here)), "pin", "pin.missing")
		f.invalid(second(f.ways.Confirm(f.ctx, c, signin.Proof{PIN: other(pin)}, here)), "pin", "pin.wrong-proof")
		f.refused(second(f.ways.Confirm(f.ctx, f.current(another), signin.Proof{PIN: pin}, here)), "pin.over") // asked for in another session
		f.clock.Add(11 * time.Minute)
		f.refused(second(f.ways.Confirm(f.ctx, c, signin.Proof{PIN: pin}, here)), "pin.over") // ten minutes are over
		_, err = f.ways.Confirm(f.ctx, c, signin.Proof{Text: true}, here)
		if !errors.Is(err, signin.ErrTexted) {
			t.Fatal(err)
		}
		token, err := f.ways.Confirm(f.ctx, c, signin.Proof{PIN: f.text()}, here)
		f.must(err)
		if c = f.current(token); !f.ways.Fresh(c) {
			t.Error("it is not fresh")
		}
	})
}

// ASVS 6.1.1: wrong PINs count for the session as wrong passwords do; the fifth ends it.
func TestWrongPINsEndTheSession(t *testing.T) {
	phones(t, func(t *testing.T, f *firm) {
		token := f.signIn()
		f.clock.Add(11 * time.Minute)
		c := f.current(token)
		if _, err := f.ways.Confirm(f.ctx, c, signin.Proof{Text: true}, here); !errors.Is(err, signin.ErrTexted) {
			t.Fatal(err)
		}
		pin := f.text()
		f.invalid(second(f.ways.Confirm(f.ctx, c, signin.Proof{Password: "no"}, here)), "password", "password.wrong-current")
		f.invalid(second(f.ways.Confirm(f.ctx, c, signin.Proof{PIN: other(pin)}, here)), "pin", "pin.wrong-proof")
		f.invalid(second(f.ways.Confirm(f.ctx, c, signin.Proof{PIN: other(pin)}, here)), "pin", "pin.wrong-proof")
		f.invalid(second(f.ways.Confirm(f.ctx, c, signin.Proof{PIN: other(pin)}, here)), "pin", "pin.wrong-proof-last")
		if _, err := f.ways.Confirm(f.ctx, c, signin.Proof{PIN: other(pin)}, here); !errors.Is(err, signin.ErrEnded) {
			t.Error(err)
		}
		if _, err := f.ways.Confirm(f.ctx, c, signin.Proof{PIN: pin}, here); !errors.Is(err, signin.ErrEnded) {
			t.Error(err)
		}
	})
}

// A PIN is no second factor: who has one changes their factors by nothing less. A number that is not verified proves nothing.
func TestAPINProvesNoMoreThanAPassword(t *testing.T) {
	phones(t, func(t *testing.T, f *firm) {
		c := f.current(f.signIn())
		f.exec(`INSERT INTO factors (id, user_id, kind, name, created_at, confirmed_at) VALUES ('x', ?, 'totp', 'x', ?, ?)`, f.noor.ID, f.clock.Now(), f.clock.Now())
		f.clock.Add(11 * time.Minute)
		if w, err := f.ways.ProofWays(f.ctx, c, true); err != nil || w.PIN || w.Password {
			t.Errorf("%+v, %v", w, err)
		}
		f.refused(second(f.ways.Prove(f.ctx, c, signin.Proof{Text: true}, true, here)), "pin.over")
		f.invalid(second(f.ways.Prove(f.ctx, c, signin.Proof{PIN: "123456"}, true, here)), "code", "factor.code-missing")
		f.exec(`UPDATE users SET cell_verified_at = NULL WHERE id = ?`, f.noor.ID)
		c.User.CellVerifiedAt = nil
		if w, err := f.ways.ProofWays(f.ctx, c, false); err != nil || w.PIN || !w.Password {
			t.Errorf("%+v, %v", w, err)
		}
		f.refused(second(f.ways.Confirm(f.ctx, c, signin.Proof{Text: true}, here)), "pin.over")
		f.invalid(second(f.ways.Confirm(f.ctx, c, signin.Proof{PIN: "123456"}, here)), "password", "password.confirm-missing")
	})
}
