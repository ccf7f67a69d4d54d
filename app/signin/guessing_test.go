package signin_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"chancery/app/fault"
	"chancery/app/signin"
)

// network is the nth of many.
func network(n int) signin.Origin {
	return signin.Origin{Network: fmt.Sprintf("203.%d.%d.%d", 1+n/62500, n/250%250, n%250)}
}

// ASVS 6.3.1, S2-31: brute force from many networks, each used once. The count is the person's, wherever tries come from: fifteen are
// looked at in a quarter of an hour, and the sixteenth reads as wrong though it is right. All day long that is a guess a minute.
func TestGuessingFromManyNetworksIsCountedTogether(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		n := 0
		guess := func(password, want string) {
			t.Helper()
			n++
			f.clock.Add(10 * time.Second)
			f.refused(second(f.ways.SignIn(f.ctx, noorMail, password, network(n))), want)
		}
		for range 4 { // quarters of an hour
			began := f.clock.Now()
			for range signin.Tries {
				guess("not it", "signin.wrong")
			}
			guess(password, "signin.locked") // who knows it is told, and gets nothing
			for range signin.TriesLocked {
				guess("not it", "signin.wrong")
			}
			for range 20 {
				guess(password, "signin.wrong")
			}
			f.clock.Add(15*time.Minute + 100*time.Second - f.clock.Now().Sub(began))
		}
		if got := f.count(`SELECT count(*) FROM sessions`); got != 0 {
			t.Errorf("%d sessions", got)
		}
		if got := f.count(`SELECT count(*) FROM mails WHERE kind = 'locked'`); got != 4 {
			t.Errorf("the owner was told %d times", got)
		}
		f.signIn() // and they are not kept out: the lock has ended
	})
}

// ASVS 6.3.1: one password tried at everybody's account from one network, which no account's own count sees.
func TestSprayingFromOneNetworkIsCountedByNetwork(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		thief := network(7)
		for i := range signin.TriesNetwork {
			who := fmt.Sprintf("person.%d@marlowreyes.example", i)
			if i%50 == 0 {
				who = noorMail
			}
			f.refused(second(f.ways.SignIn(f.ctx, who, "Summer-2026-Summer!", thief)), "signin.wrong")
		}
		paused := func(err error, what string) {
			t.Helper()
			var many *fault.TooMany
			if !errors.As(err, &many) || many.Message.Key != "signin.network" {
				t.Errorf("%s: %v", what, err)
			}
		}
		hashed := f.hashed
		paused(second(f.ways.SignIn(f.ctx, noorMail, password, thief)), "the right password")
		paused(f.ways.Forgot(f.ctx, noorMail, thief), "a link")
		_, err := f.ways.FinishStep(f.ctx, "x", signin.Answer{Code: "000000"}, thief)
		paused(err, "a second step")
		if f.hashed != hashed {
			t.Error("it was hashed")
		}
		f.signIn()
	})
}

// B-22, ASVS 6.6.3: a day of guessing at one person's PIN, in a new browser on a new network each time. Of all the PINs that were asked
// for six are ever sent, and only those can be right; each bears five tries: thirty guesses in a million. The owner still gets theirs.
func TestADayOfGuessingPINsComesToThirtyTries(t *testing.T) {
	phones(t, func(t *testing.T, f *firm) {
		f.signIn() // from here, where the owner is known
		var asked, live, judged int
		for i := range 150 {
			f.clock.Add(9 * time.Minute)
			before := f.count(`SELECT count(*) FROM texts WHERE user_id = ?`, f.noor.ID)
			browser := f.ask(noorCell, network(i))
			asked++
			pin := "123456"
			if f.count(`SELECT count(*) FROM texts WHERE user_id = ?`, f.noor.ID) > before {
				pin = f.text()
				live++
			}
			for try := range 7 {
				_, err := f.ways.SignInByPIN(f.ctx, browser, other(pin), network(i))
				var wrong *fault.Invalid
				if errors.As(err, &wrong) {
					judged++
				} else if f.refused(err, "pin.over"); try < 4 {
					t.Errorf("over after %d", try)
				}
			}
			// The right one comes too late for a PIN that has borne its tries.
			f.refused(second(f.ways.SignInByPIN(f.ctx, browser, pin, network(i))), "pin.over")
		}
		if live != 6 || judged > 5*asked {
			t.Errorf("of %d PINs %d were sent; %d guesses were looked at", asked, live, judged)
		}
		mine := f.ask(noorCell, here)
		_, err := f.ways.SignInByPIN(f.ctx, mine, f.text(), here)
		f.must(err)
	})
}

// B-22: from one network, the hundred failures that pause it count PINs too, over all numbers and browsers.
func TestGuessingPINsFromOneNetworkPausesIt(t *testing.T) {
	phones(t, func(t *testing.T, f *firm) {
		var many *fault.TooMany
		guesses := 0
		for i := 0; many == nil && i < 60; i++ {
			f.clock.Add(time.Second)
			a, err := f.ways.AskPIN(f.ctx, fmt.Sprintf("+1416555%04d", 100+i%90), elsewhere)
			if errors.As(err, &many) {
				break
			}
			f.must(err)
			for range 5 {
				_, err := f.ways.SignInByPIN(f.ctx, a.Browser, "000000", elsewhere)
				if errors.As(err, &many) {
					break
				}
				guesses++
			}
		}
		if many == nil || guesses > signin.TriesNetwork {
			t.Errorf("%d guesses: %v", guesses, many)
		}
	})
}

// ASVS 6.5.1: one code of an app, given at the same moment to two sign-ins, opens one; as does one recovery code, and one step that is
// answered twice.
func TestOfTwoWhoGiveOneCodeAtOnceOneComesIn(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		secret, codes := f.app(f.current(f.signIn()))
		in := func(what string, steps [2]string, a [2]signin.Answer) {
			t.Helper()
			before := f.count(`SELECT count(*) FROM sessions`)
			var both sync.WaitGroup
			for i := range steps {
				both.Go(func() { _, _ = f.finish(steps[i], a[i]) })
			}
			both.Wait()
			if n := f.count(`SELECT count(*) FROM sessions`) - before; n != 1 {
				t.Errorf("%s: %d came in", what, n)
			}
		}
		app := signin.Answer{Code: f.code(secret)}
		in("one code", [2]string{f.first(), f.first()}, [2]signin.Answer{app, app})
		f.clock.Add(time.Minute)
		paper := signin.Answer{Recovery: codes[0]}
		in("one recovery code", [2]string{f.first(), f.first()}, [2]signin.Answer{paper, paper})
		step := f.first()
		in("one step", [2]string{step, step}, [2]signin.Answer{{Recovery: codes[1]}, {Code: f.code(secret)}})
	})
}

// ASVS 6.5.1: a proof within a session is used up like any other: a code that has opened a session proves nothing more, nor has one
// that was a proof opened one.
func TestACodeIsOneProofOrOneSignIn(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		secret, codes := f.app(f.current(f.signIn()))
		o, err := f.finish(f.first(), signin.Answer{Code: f.code(secret)})
		f.must(err)
		f.clock.Add(11 * time.Minute)
		c := f.current(o.Token)
		code := f.code(secret)
		f.must(second(f.finish(f.first(), signin.Answer{Code: code})))
		f.invalid(second(f.ways.Prove(f.ctx, c, signin.Proof{Code: code}, true, here)), "code", "factor.code-wrong")
		f.clock.Add(time.Minute)
		code = f.code(secret)
		f.must(second(f.ways.Prove(f.ctx, c, signin.Proof{Code: code}, true, here)))
		f.invalid(second(f.finish(f.first(), signin.Answer{Code: code})), "code", "factor.code-wrong")
		f.must(second(f.finish(f.first(), signin.Answer{Recovery: codes[0]})))
		f.clock.Add(11 * time.Minute)
		f.invalid(second(f.ways.Prove(f.ctx, c, signin.Proof{Recovery: codes[0]}, true, here)), "recovery", "factor.recovery-wrong")
	})
}
