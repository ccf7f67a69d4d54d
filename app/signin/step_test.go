package signin_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"chancery/app/fault"
	"chancery/app/post"
	"chancery/app/signin"
)

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
		if m, err := f.mails.Latest(f.ctx, f.noor.ID, post.FactorGuessed); err != nil || m.Recipient != noorMail {
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
		if m, err := f.mails.Latest(f.ctx, f.noor.ID, post.FactorChanged); err != nil || !strings.Contains(m.Data, `"CodeUsed":true`) {
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
		o, err := f.ways.AcceptRecovery(f.ctx, f.secret(post.PasswordReset, f.noor.ID), another, another, false, here)
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
