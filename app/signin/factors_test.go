package signin_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"chancery/app/access"
	"chancery/app/fault"
	"chancery/app/post"
	"chancery/app/signin"
)

// app sets an authenticator app up in a session, and returns its secret and the recovery codes.
func (f *firm) app(c *signin.Current) (secret string, codes []string) {
	f.t.Helper()
	f.must(f.ways.BeginApp(f.ctx, c))
	setup, err := f.ways.AppSetup(f.ctx, c)
	f.must(err)
	codes, err = f.ways.ConfirmApp(f.ctx, c, f.code(setup.Secret), here)
	f.must(err)
	f.clock.Add(time.Minute) // the code of before is used up
	return setup.Secret, codes
}

// code is what an app shows now.
func (f *firm) code(secret string) string {
	f.t.Helper()
	code, err := totp.GenerateCode(secret, f.clock.Now())
	f.must(err)
	return code
}

// ASVS 13.3.1: an app's secret is at rest under a key of the practice's, and opens in no other row.
func TestAnAppsSecretIsEnciphered(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		c := f.current(f.signIn())
		secret, _ := f.app(c)
		var stored string
		f.must(f.db.In(f.ctx).Raw(`SELECT secret FROM factors`).Scan(&stored).Error)
		if !strings.HasPrefix(stored, "v1.") || strings.Contains(stored, secret) {
			t.Errorf("stored as %s", stored)
		}
		f.exec(`UPDATE factors SET secret = REPLACE(secret, ?, ?)`, stored[len(stored)-6:], "AAAAAA")
		if err := second(f.finish(f.first(), signin.Answer{Code: f.code(secret)})); err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("a secret that was changed: %v", err)
		}
	})
}

// A proof: by each way that the person has, and for changing factors by nothing less than one.
func TestWhoHasAFactorChangesFactorsByIt(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		c := f.current(f.signIn())
		secret, codes := f.app(c)
		f.clock.Add(11 * time.Minute)
		if err := f.ways.BeginApp(f.ctx, c); !errors.Is(err, fault.ErrProve) {
			t.Errorf("without a proof: %v", err)
		}
		w, err := f.ways.ProofWays(f.ctx, c, true)
		if err != nil || w.Password || !w.App || !w.Recovery {
			t.Errorf("for factors: %+v, %v", w, err)
		}
		if w, err = f.ways.ProofWays(f.ctx, c, false); err != nil || !w.Password || !w.App || !w.Recovery {
			t.Errorf("for the rest: %+v, %v", w, err)
		}
		f.invalid(second(f.ways.Prove(f.ctx, c, signin.Proof{Password: password}, true, here)), "code", "factor.code-missing")
		token, err := f.ways.Confirm(f.ctx, c, signin.Proof{Password: password}, here)
		f.must(err)
		c = f.current(token)
		if err := f.ways.BeginApp(f.ctx, c); !errors.Is(err, fault.ErrProve) {
			t.Errorf("by a password: %v", err)
		}
		f.invalid(second(f.ways.Prove(f.ctx, c, signin.Proof{Code: "000000"}, true, here)), "code", "factor.code-wrong")
		token, err = f.ways.Prove(f.ctx, c, signin.Proof{Code: f.code(secret)}, true, here)
		f.must(err)
		c = f.current(token)
		f.must(f.ways.BeginApp(f.ctx, c))
		f.clock.Add(11 * time.Minute)
		f.must(second(f.ways.Prove(f.ctx, f.current(token), signin.Proof{Recovery: codes[0]}, true, here)))
	})
}

// Five wrong codes in a session end it, as wrong passwords do.
func TestWrongCodesEndTheSessionTheyAreTypedIn(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		token := f.signIn()
		f.app(f.current(token))
		f.clock.Add(11 * time.Minute)
		c := f.current(token)
		for i, key := range []string{"factor.code-wrong", "factor.code-wrong", "factor.code-wrong", "factor.code-wrong-last"} {
			f.invalid(second(f.ways.Confirm(f.ctx, c, signin.Proof{Code: fmt.Sprintf("00000%d", i)}, here)), "code", key)
		}
		if _, err := f.ways.Confirm(f.ctx, c, signin.Proof{Code: "000009"}, here); !errors.Is(err, signin.ErrEnded) {
			t.Error(err)
		}
		f.gone(token, "five wrong codes")
	})
}

// Factors are named, renamed and removed by their owner alone; with the last one the recovery codes go.
func TestFactorsAreTheirOwners(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		c := f.current(f.signIn())
		f.app(c)
		had, err := f.ways.Factors(f.ctx, c.Actor(here), f.noor.ID)
		f.must(err)
		id := had.App().ID
		f.invalid(f.ways.RenameFactor(f.ctx, c, id, " ", here), "name", "factor.name-missing")
		f.must(f.ways.RenameFactor(f.ctx, c, id, " Work  phone ", here))
		grace := f.administrator()
		for _, err := range []error{f.ways.RenameFactor(f.ctx, grace, id, "X", here), f.ways.RemoveFactor(f.ctx, grace, id, here)} {
			if !errors.Is(err, fault.ErrNotFound) {
				t.Errorf("another's: %v", err)
			}
		}
		if _, err := f.ways.Factors(f.ctx, c.Actor(here), grace.User.ID); err == nil {
			t.Error("a consultant sees another's factors")
		}
		f.must(f.ways.RemoveFactor(f.ctx, c, id, here))
		if had, err = f.ways.Factors(f.ctx, c.Actor(here), f.noor.ID); err != nil || len(had.List) != 0 || had.Codes != 0 {
			t.Errorf("%+v, %v", had, err)
		}
		f.signIn()
		if n := f.count(`SELECT count(*) FROM mails WHERE kind = 'factor-changed' AND user_id = ?`, f.noor.ID); n != 2 {
			t.Errorf("%d mails tell of it", n)
		}
	})
}

// An app on another phone takes the first one's place once it is confirmed, and not before; nobody finishes a setup late.
func TestAnotherAppTakesTheFirstOnesPlace(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		c := f.current(f.signIn())
		old, _ := f.app(c)
		f.must(f.ways.BeginApp(f.ctx, c))
		f.must(second(f.finish(f.first(), signin.Answer{Code: f.code(old)})))
		f.invalid(second(f.ways.ConfirmApp(f.ctx, c, "000000", here)), "code", "factor.code-wrong-setup")
		anew, codes := f.app(c)
		if codes != nil {
			t.Error("recovery codes that are unused stay")
		}
		f.invalid(second(f.finish(f.first(), signin.Answer{Code: f.code(old)})), "code", "factor.code-wrong")
		f.must(second(f.finish(f.first(), signin.Answer{Code: f.code(anew)})))
		f.must(f.ways.BeginApp(f.ctx, c))
		f.exec(`UPDATE factors SET created_at = ? WHERE confirmed_at IS NULL`, f.clock.Now().Add(-11*time.Minute))
		if _, err := f.ways.AppSetup(f.ctx, c); !errors.Is(err, fault.ErrNotFound) {
			t.Errorf("a setup of long ago: %v", err)
		}
	})
}

// An administrator whose rights cover the other's takes factors away of who has lost them; the person is signed out and told.
func TestAnAdministratorTakesLostFactorsAway(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		token := f.signIn()
		f.app(f.current(token))
		grace := f.administrator()
		var forbidden *fault.Forbidden
		if _, err := f.ways.ResetFactors(f.ctx, f.current(token), grace.User.ID, signin.Proof{}, here); !errors.As(err, &forbidden) {
			t.Error(err)
		}
		f.clock.Add(11 * time.Minute)
		f.invalid(second(f.ways.ResetFactors(f.ctx, grace, f.noor.ID, signin.Proof{}, here)), "password", "password.confirm-missing")
		f.must(second(f.ways.ResetFactors(f.ctx, grace, f.noor.ID, signin.Proof{Password: password}, here)))
		f.gone(token, "7.4.3")
		f.signIn()
		if m, err := f.mails.Latest(f.ctx, f.noor.ID, post.FactorChanged); err != nil || !strings.Contains(m.Data, `"Reset":true`) {
			t.Errorf("%+v, %v", m, err)
		}
		f.refused(second(f.ways.ResetFactors(f.ctx, grace, f.noor.ID, signin.Proof{}, here)), "factor.reset-none")
		f.refused(second(f.ways.ResetFactors(f.ctx, grace, grace.User.ID, signin.Proof{}, here)), "reset.own")
	})
}

// B-20: the operator's break-glass takes them away too, and it is written down as theirs.
func TestTheOperatorTakesFactorsAway(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		for _, open := range []func() error{
			func() error { return third(f.ways.IssueRecovery(f.ctx, access.System("operator"), f.noor)) },
			func() error { return f.ways.SetTemporary(f.ctx, access.System("operator"), f.noor, another) },
		} {
			f.app(f.current(f.signIn()))
			f.must(open())
			if n := f.count(`SELECT count(*) FROM factors`) + f.count(`SELECT count(*) FROM recovery_codes`); n != 0 {
				t.Errorf("%d are left", n)
			}
		}
		if n := f.count(`SELECT count(*) FROM audit WHERE action = 'factor.reset' AND actor_id = 'system:operator'`); n != 2 {
			t.Errorf("%d lines", n)
		}
	})
}

func third[T, U any](_ T, _ U, err error) error { return err }

// ASVS 6.3.3: where the practice asks for a factor, who has none has days of grace, and then a session for nothing else.
func TestThePracticeAsksForASecondFactor(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		noor, grace := f.signIn(), f.administrator()
		administrator := func() *signin.Current {
			o, err := f.ways.SignIn(f.ctx, grace.User.Email, password, here)
			f.must(err)
			return f.current(o.Token)
		}
		ask := func(who string, days int) {
			f.exec(`UPDATE organization SET second_factor = ?, second_factor_days = ?, second_factor_since = ?`, who, days, f.clock.Now())
		}
		ask("administrators", 7)
		if c := f.current(noor); c.EnrolBy != nil || c.MustEnrol {
			t.Errorf("a consultant: %+v", c)
		}
		c := administrator()
		if c.EnrolBy == nil || c.MustEnrol || !c.EnrolBy.Equal(f.clock.Now().Add(7*24*time.Hour)) {
			t.Errorf("in the days of grace: %v %t", c.EnrolBy, c.MustEnrol)
		}
		f.clock.Add(7 * 24 * time.Hour)
		if c = administrator(); !c.MustEnrol {
			t.Error("after them")
		}
		secret, _ := f.app(c)
		o, err := f.ways.SignIn(f.ctx, grace.User.Email, password, here)
		f.must(err)
		o, err = f.finish(o.Step, signin.Answer{Code: f.code(secret)})
		f.must(err)
		if c = f.current(o.Token); c.MustEnrol || c.EnrolBy != nil {
			t.Error("with a factor")
		}
		had, err := f.ways.Factors(f.ctx, c.Actor(here), c.User.ID)
		f.must(err)
		f.refused(f.ways.RemoveFactor(f.ctx, c, had.App().ID, here), "factor.last-needed")
		ask("everyone", 0)
		if c := f.current(f.signIn()); !c.MustEnrol {
			t.Error("everyone, at once")
		}
		f.exec(`UPDATE users SET created_at = ? WHERE id = ?`, f.clock.Now().Add(time.Hour), f.noor.ID)
		ask("everyone", 1)
		if c := f.current(f.signIn()); c.MustEnrol || !c.EnrolBy.Equal(f.clock.Now().Add(25*time.Hour)) {
			t.Error("a newcomer's days begin with them")
		}
		ask("off", 0)
		if c := f.current(f.signIn()); c.MustEnrol || c.EnrolBy != nil {
			t.Error("nobody is asked any more")
		}
	})
}

const site = "https://chancery.firm.example"

const browser = "a browser's secret"
