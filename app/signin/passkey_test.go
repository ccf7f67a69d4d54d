package signin_test

import (
	"net/url"
	"testing"
	"time"

	"chancery/app/signin"
)

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
