package signin_test

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"chancery/app/access"
	"chancery/app/fault"
	"chancery/app/notices"
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

// first takes the first step of Noor's sign-in, and returns the secret of the second.
func (f *firm) first() string {
	f.t.Helper()
	o, err := f.ways.SignIn(f.ctx, noorMail, password, here)
	f.must(err)
	if o.Step == "" || o.Token != "" {
		f.t.Fatalf("no second step: %+v", o)
	}
	return o.Step
}

func (f *firm) finish(step string, a signin.Answer) (signin.Opened, error) {
	return f.ways.FinishStep(f.ctx, step, a, here)
}

// ASVS 6.3.3: who has an authenticator app signs in by password and code, and not by the password alone.
func TestASecondStepOpensTheSession(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		secret, codes := f.app(f.current(f.signIn()))
		if len(codes) != 10 {
			t.Errorf("recovery codes: %q", codes)
		}
		step := f.first()
		f.gone(step, "a step is no session")
		v, err := f.ways.Step(f.ctx, step)
		if err != nil || v.User.ID != f.noor.ID || !v.App || !v.Recovery || v.Passkey != nil {
			t.Errorf("%+v, %v", v, err)
		}
		f.invalid(second(f.finish(step, signin.Answer{})), "code", "factor.code-missing")
		f.invalid(second(f.finish(step, signin.Answer{Code: "000000"})), "code", "factor.code-wrong")
		code := f.code(secret)
		o, err := f.finish(step, signin.Answer{Code: code[:3] + " " + code[3:]})
		f.must(err)
		if got := f.current(o.Token); got.User.ID != f.noor.ID {
			t.Errorf("%+v", got.User)
		}
		f.refused(second(f.finish(step, signin.Answer{Code: f.code(secret)})), "signin.step-over") // once
		if n := f.count(`SELECT count(*) FROM sessions WHERE method = 'password' AND factor = 'totp' AND proven_by = 'factor'`); n != 1 {
			t.Errorf("%d sessions by both", n)
		}
	})
}

// ASVS 6.5.1: a time step's code is taken once, whatever it was taken for.
func TestACodeWorksOnce(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		secret, _ := f.app(f.current(f.signIn()))
		code := f.code(secret)
		f.must(second(f.finish(f.first(), signin.Answer{Code: code})))
		f.invalid(second(f.finish(f.first(), signin.Answer{Code: code})), "code", "factor.code-wrong")
		f.clock.Add(30 * time.Second)
		f.must(second(f.finish(f.first(), signin.Answer{Code: f.code(secret)})))
		f.invalid(second(f.finish(f.first(), signin.Answer{Code: code})), "code", "factor.code-wrong")
		f.clock.Add(10 * time.Minute)
		late, err := totp.GenerateCode(secret, f.clock.Now().Add(-time.Minute-time.Second))
		f.must(err)
		f.invalid(second(f.finish(f.first(), signin.Answer{Code: late})), "code", "factor.code-wrong")
		behind, err := totp.GenerateCode(secret, f.clock.Now().Add(-30*time.Second)) // a phone's clock may be a little slow
		f.must(err)
		f.must(second(f.finish(f.first(), signin.Answer{Code: behind})))
	})
}

// The limits of codes: five to a step, ten to a person over many steps; then a recovery code or a passkey still opens, the
// password is not locked, and its owner is told.
func TestWrongCodesHaveTheirOwnLimit(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		secret, codes := f.app(f.current(f.signIn()))
		step := f.first()
		for range 5 {
			f.invalid(second(f.finish(step, signin.Answer{Code: "000000"})), "code", "factor.code-wrong")
			f.clock.Add(time.Second)
		}
		f.refused(second(f.finish(step, signin.Answer{Code: f.code(secret)})), "signin.step-over")
		step = f.first()
		for range 5 {
			f.invalid(second(f.finish(step, signin.Answer{Code: "000000"})), "code", "factor.code-wrong")
			f.clock.Add(time.Second)
		}
		step = f.first() // the password is not locked
		var many *fault.TooMany
		if err := second(f.finish(step, signin.Answer{Code: f.code(secret)})); !errors.As(err, &many) {
			t.Errorf("the eleventh code: %v", err)
		}
		if m, err := f.mails.Latest(f.ctx, f.noor.ID, notices.FactorGuessed); err != nil || m.Recipient != noorMail {
			t.Errorf("%+v, %v", m, err)
		}
		f.must(second(f.finish(step, signin.Answer{Recovery: codes[0]})))
		f.clock.Add(time.Minute)
		f.must(second(f.finish(f.first(), signin.Answer{Code: f.code(secret)}))) // a success begins the count anew
		for range 8 {
			f.clock.Add(20 * time.Minute)
			step = f.first()
			for range 5 {
				f.invalid(second(f.finish(step, signin.Answer{Code: "000000"})), "code", "factor.code-wrong")
			}
		}
		f.clock.Add(20 * time.Minute)
		if err := second(f.finish(f.first(), signin.Answer{Code: f.code(secret)})); !errors.As(err, &many) {
			t.Errorf("the fifty-first of a day: %v", err)
		}
		f.clock.Add(24 * time.Hour)
		f.must(second(f.finish(f.first(), signin.Answer{Code: f.code(secret)})))
	})
}

// ASVS 6.4.4, 6.5.1: a recovery code works once, however it is typed; new ones end the old; its owner is told.
func TestRecoveryCodesWorkOnce(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		c := f.current(f.signIn())
		_, codes := f.app(c)
		f.must(second(f.finish(f.first(), signin.Answer{Recovery: " " + strings.ToUpper(strings.ReplaceAll(codes[3], "-", " ")) + " "})))
		if m, err := f.mails.Latest(f.ctx, f.noor.ID, notices.FactorChanged); err != nil || !strings.Contains(m.Data, `"CodeUsed":true`) {
			t.Errorf("%+v, %v", m, err)
		}
		f.invalid(second(f.finish(f.first(), signin.Answer{Recovery: codes[3]})), "recovery", "factor.recovery-wrong")
		had, err := f.ways.Factors(f.ctx, c.Actor(here), f.noor.ID)
		if err != nil || had.Codes != 9 || len(had.List) != 1 {
			t.Errorf("%+v, %v", had, err)
		}
		anew, err := f.ways.RenewCodes(f.ctx, c, here)
		f.must(err)
		f.invalid(second(f.finish(f.first(), signin.Answer{Recovery: codes[4]})), "recovery", "factor.recovery-wrong")
		f.must(second(f.finish(f.first(), signin.Answer{Recovery: anew[0]})))
		if n := f.count(`SELECT count(*) FROM recovery_codes WHERE code_hash LIKE '%' || ? || '%'`, strings.ReplaceAll(anew[1], "-", "")); n != 0 {
			t.Error("a code stands in clear")
		}
	})
}

// ASVS 6.4.3: a link opens no session past a second factor; what it changed stays changed.
func TestALinkDoesNotSkipTheSecondStep(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		secret, _ := f.app(f.current(f.signIn()))
		f.must(f.mustReset())
		o, err := f.ways.AcceptRecovery(f.ctx, f.secret(notices.PasswordReset, f.noor.ID), another, another, false, here)
		f.must(err)
		if o.Token != "" || o.Step == "" {
			t.Fatalf("%+v", o)
		}
		opened, err := f.finish(o.Step, signin.Answer{Code: f.code(secret)})
		f.must(err)
		f.current(opened.Token)
	})
}

// mustReset has an administrator send Noor a link.
func (f *firm) mustReset() error {
	_, err := f.ways.ResetPassword(f.ctx, f.administrator(), f.noor.ID, signin.Reset{Way: signin.ByLink}, signin.Proof{}, here)
	return err
}

// B-2: a step ends with the epoch, with its time, and when the password that began it is changed.
func TestAStepEnds(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		c := f.current(f.signIn())
		secret, _ := f.app(c)
		for why, end := range map[string]func(){
			"epoch":    func() { f.exec(`UPDATE users SET epoch = epoch + 1 WHERE id = ?`, f.noor.ID) },
			"inactive": func() { f.exec(`UPDATE users SET status = 'INACTIVE' WHERE id = ?`, f.noor.ID) },
			"time":     func() { f.clock.Add(11 * time.Minute) },
		} {
			step := f.first()
			end()
			err := second(f.finish(step, signin.Answer{Code: f.code(secret)}))
			f.exec(`UPDATE users SET status = 'ACTIVE' WHERE id = ?`, f.noor.ID)
			if err == nil {
				t.Errorf("%s: it opens", why)
			}
		}
	})
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
		if m, err := f.mails.Latest(f.ctx, f.noor.ID, notices.FactorChanged); err != nil || !strings.Contains(m.Data, `"Reset":true`) {
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

// withPasskeys opens the rooms where people reach them by name.
func (f *firm) withPasskeys() *firm {
	u, err := url.Parse(site)
	f.must(err)
	f.ways = f.room(signin.Options{Site: u})
	return f
}

// passkey adds one in a session.
func (f *firm) passkey(c *signin.Current) (*authenticator, []string) {
	f.t.Helper()
	options, err := f.ways.PasskeySetup(f.ctx, c)
	f.must(err)
	a := newAuthenticator(f.t, site)
	codes, err := f.ways.AddPasskey(f.ctx, c, a.create(options), " Blue  key ", here)
	f.must(err)
	return a, codes
}

const browser = "a browser's secret"

// A passkey signs in by itself where its owner was asked for, once for each challenge, in the browser that was asked, at
// this site, and while it is fresh.
func TestAPasskeySignsInAlone(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		f.withPasskeys()
		c := f.current(f.signIn())
		key, codes := f.passkey(c)
		if len(codes) != 10 {
			t.Errorf("%d recovery codes", len(codes))
		}
		ask := func() []byte {
			options, err := f.ways.AskAtDoor(browser)
			f.must(err)
			return options
		}
		in := func(answer, browser string) (signin.Opened, error) {
			return f.ways.SignInByPasskey(f.ctx, answer, browser, here)
		}
		answer := key.get(ask())
		o, err := in(answer, browser)
		f.must(err)
		if got := f.current(o.Token); got.User.ID != f.noor.ID || got.Session.Method != "passkey" {
			t.Errorf("%+v", got.Session)
		}
		f.refused(second(in(answer, browser)), "passkey.late") // twice
		f.refused(second(in(key.get(ask()), "another's")), "passkey.late")
		old := ask()
		f.clock.Add(2 * time.Hour)
		f.refused(second(in(key.get(old), browser)), "passkey.late")
		f.refused(second(in("{}", browser)), "passkey.unknown")
		f.refused(second(in(newAuthenticator(t, site).get(ask()), browser)), "passkey.unknown")
		key.silent = true
		f.refused(second(in(key.get(ask()), browser)), "passkey.unknown") // to have it is not enough at the door
		key.silent, key.origin = false, "https://chancery.firm.example.evil.example"
		f.refused(second(in(key.get(ask()), browser)), "passkey.unknown")
		key.origin = site
		f.must(second(in(key.get(ask()), browser)))
		f.exec(`UPDATE users SET status = 'INACTIVE' WHERE id = ?`, f.noor.ID)
		f.refused(second(in(key.get(ask()), browser)), "signin.inactive")
		if n := f.count(`SELECT count(*) FROM signin_steps WHERE purpose = 'passkey'`); n != 2 {
			t.Errorf("%d challenges are kept, though two were answered", n) // that of who is inactive was rolled back
		}
	})
}

// A passkey is the second step after a password, and a proof in a session; there to have it is enough.
func TestAPasskeyIsASecondStepAndAProof(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		f.withPasskeys()
		token := f.signIn()
		key, _ := f.passkey(f.current(token))
		key.silent = true
		step := f.first()
		v, err := f.ways.Step(f.ctx, step)
		if err != nil || v.App || !v.Recovery || v.Passkey == nil {
			t.Fatalf("%+v, %v", v, err)
		}
		if o := key.read(v.Passkey); len(o.AllowCredentials) != 1 || o.RPID != "chancery.firm.example" {
			t.Errorf("%+v", o)
		}
		other, err := f.ways.Step(f.ctx, f.first())
		f.must(err)
		f.invalid(second(f.finish(step, signin.Answer{Passkey: key.get(other.Passkey)})), "passkey", "passkey.late") // of another step
		opened, err := f.finish(step, signin.Answer{Passkey: key.get(v.Passkey)})
		f.must(err)
		f.current(opened.Token)
		f.clock.Add(11 * time.Minute)
		c := f.current(token)
		ways, err := f.ways.ProofWays(f.ctx, c, true)
		f.must(err)
		answer := key.get(ways.Passkey)
		fresh, err := f.ways.Prove(f.ctx, c, signin.Proof{Passkey: answer}, true, here)
		f.must(err)
		f.clock.Add(11 * time.Minute)
		f.invalid(second(f.ways.Prove(f.ctx, f.current(fresh), signin.Proof{Passkey: answer}, true, here)), "passkey", "passkey.late")
	})
}

// A key whose counter goes back was copied: it opens nothing, and the history says so. A key belongs to one person.
func TestACopiedKeyOpensNothing(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		f.withPasskeys()
		c := f.current(f.signIn())
		key, _ := f.passkey(c)
		use := func() error {
			options, err := f.ways.AskAtDoor(browser)
			f.must(err)
			return second(f.ways.SignInByPasskey(f.ctx, key.get(options), browser, here))
		}
		f.must(use())
		key.count = 0
		f.refused(use(), "passkey.unknown")
		if n := f.count(`SELECT count(*) FROM audit WHERE action = 'factor.copied'`); n != 1 {
			t.Errorf("%d lines", n)
		}
		grace := f.administrator()
		options, err := f.ways.PasskeySetup(f.ctx, grace)
		f.must(err)
		f.invalid(second(f.ways.AddPasskey(f.ctx, grace, key.create(options), "mine", here)), "passkey", "passkey.taken")
	})
}

// Browsers have passkeys at a name with https, and on this machine.
func TestWherePasskeysAre(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		for at, want := range map[string]bool{
			"https://chancery.firm.example": true, "https://chancery.firm.example:8443": true, "http://localhost:8080": true, "http://chancery.firm.example": false,
			"http://127.0.0.1:8080": false, "https://192.0.2.7": false, "https://[2001:db8::1]": false,
		} {
			u, err := url.Parse(at)
			f.must(err)
			ways := f.room(signin.Options{Site: u})
			options, err := ways.AskAtDoor(browser)
			if err != nil || ways.Passkeys() != want || (options != nil) != want {
				t.Errorf("%s: %t, %s, %v", at, ways.Passkeys(), options, err)
			}
		}
	})
}
