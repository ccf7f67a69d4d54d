package signin_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"chancery/app/fault"
	"chancery/app/signin"
	"chancery/app/store"
)

// S3-13: a text goes to a verified number of who is active, and to no other; the answer is the same (ASVS 6.3.8).
func TestOnlyAVerifiedNumberGetsAText(t *testing.T) {
	for name, prepare := range map[string]string{
		"nobody's":      `UPDATE users SET cell = '', cell_verified_at = NULL WHERE id = ?`,
		"not verified":  `UPDATE users SET cell_verified_at = NULL WHERE id = ?`,
		"changed":       `UPDATE users SET cell = '+14165550199' WHERE id = ?`,
		"of who left":   `UPDATE users SET status = 'INACTIVE' WHERE id = ?`,
		"of who is new": `UPDATE users SET status = 'PENDING' WHERE id = ?`,
	} {
		t.Run(name, func(t *testing.T) {
			phones(t, func(t *testing.T, f *firm) {
				f.exec(prepare, f.noor.ID)
				a, err := f.ways.AskPIN(f.ctx, noorCell, here)
				f.must(err)
				if len(a.Browser) != 43 || !a.ExpiresAt.Equal(f.clock.Now().Add(10*time.Minute)) || f.texted() != 0 {
					t.Errorf("%+v, %d texts", a, f.texted())
				}
				for range 4 {
					f.invalid(second(f.ways.SignInByPIN(f.ctx, a.Browser, "000000", here)), "pin", "pin.wrong")
				}
				f.refused(second(f.ways.SignInByPIN(f.ctx, a.Browser, "000000", here)), "pin.over")
			})
		})
	}
}

// B-22, ASVS 6.3.8: for a number that nobody has the same work is done, statement by statement, in asking and in trying.
func TestANumberThatNobodyHasTakesTheSameWork(t *testing.T) {
	phones(t, func(t *testing.T, f *firm) {
		var asks, tries [2]int64
		for i, number := range []string{noorCell, nobodysCell} {
			ctx, n := store.WithCount(f.ctx)
			a, err := f.ways.AskPIN(ctx, number, here)
			f.must(err)
			asks[i] = n.N()
			ctx, n = store.WithCount(f.ctx)
			f.invalid(second(f.ways.SignInByPIN(ctx, a.Browser, "xxxxxx", here)), "pin", "pin.wrong")
			tries[i] = n.N()
		}
		if asks[0] != asks[1] || tries[0] != tries[1] {
			t.Errorf("asking takes %d statements, and %d for nobody's; trying %d and %d", asks[0], asks[1], tries[0], tries[1])
		}
	})
}

// limits are those that are said: the same for a number that somebody has and for one that nobody has (B-22).
func TestTheLimitsOfAskingAreTheSameForAnyNumber(t *testing.T) {
	for _, number := range []string{noorCell, nobodysCell} {
		phones(t, func(t *testing.T, f *firm) {
			tooMany := func(from signin.Origin, want time.Duration) {
				t.Helper()
				_, err := f.ways.AskPIN(f.ctx, number, from)
				var many *fault.TooMany
				if !errors.As(err, &many) || many.After != want {
					t.Fatalf("want a pause of %s, got %v", want, err)
				}
			}
			f.ask(number, here)
			tooMany(here, 30*time.Second)
			f.ask(number, elsewhere) // another network is nobody's fault
			for range 4 {
				f.clock.Add(31 * time.Second)
				f.ask(number, here)
			}
			f.clock.Add(31 * time.Second)
			tooMany(here, time.Hour)
			f.ask(number, elsewhere)
			f.clock.Add(time.Hour)
			for range 5 {
				f.clock.Add(31 * time.Second)
				f.ask(number, here)
			}
			f.clock.Add(2 * time.Hour)
			tooMany(here, 24*time.Hour)
			f.clock.Add(24 * time.Hour)
			f.ask(number, here)
		})
	}
}

// One network may ask for 30 an hour, of any numbers.
func TestANetworkMayAskForThirtyAnHour(t *testing.T) {
	phones(t, func(t *testing.T, f *firm) {
		for i := range 30 {
			f.ask("+141655502"+string(rune('0'+i/10))+string(rune('0'+i%10)), here)
		}
		var many *fault.TooMany
		if _, err := f.ways.AskPIN(f.ctx, noorCell, here); !errors.As(err, &many) {
			t.Fatal(err)
		}
		f.ask(noorCell, elsewhere)
		v6 := signin.Origin{Network: "2001:db8:1:2::1"}
		f.ask(nobodysCell, v6)
		v6.Network = "2001:db8:1:2:ffff::2" // the same customer
		if _, err := f.ways.AskPIN(f.ctx, nobodysCell, v6); !errors.As(err, &many) {
			t.Error(err)
		}
	})
}

// Many who ask for one number from one network at the same moment: one gets through, whether or not anybody has it.
func TestOfManyWhoAskAtOnceOneGetsThrough(t *testing.T) {
	phones(t, func(t *testing.T, f *firm) {
		for _, number := range []string{noorCell, nobodysCell} {
			var wg sync.WaitGroup
			errs := make(chan error, 8)
			for range 8 {
				wg.Go(func() { errs <- second(f.ways.AskPIN(f.ctx, number, here)) })
			}
			wg.Wait()
			close(errs)
			through := 0
			for err := range errs {
				var many *fault.TooMany
				switch {
				case err == nil:
					through++
				case !errors.As(err, &many):
					t.Error(err)
				}
			}
			if through != 1 {
				t.Errorf("%s: %d got through", number, through)
			}
		}
	})
}

// B-22: what strangers ask for has a share of its own, kept in silence. So they neither fill a phone with texts, nor keep its
// owner out, who has signed in from where they are now.
func TestStrangersNeitherFloodAPhoneNorKeepItsOwnerOut(t *testing.T) {
	phones(t, func(t *testing.T, f *firm) {
		f.signIn() // from here
		for i := range 40 {
			f.clock.Add(31 * time.Second)
			f.ask(noorCell, signin.Origin{Network: "203.0.113." + string(rune('1'+i%9)) + string(rune('0'+i/9))})
		}
		if n := f.texted(); n != 6 {
			t.Errorf("strangers had %d texts sent", n)
		}
		f.ask(noorCell, here)
		if n := f.texted(); n != 7 {
			t.Errorf("the owner gets none: %d", n)
		}
		f.text()
		f.clock.Add(24 * time.Hour)
		f.ask(noorCell, elsewhere)
		if n := f.texted(); n != 8 {
			t.Errorf("the next day has its own share: %d", n)
		}
	})
}

// C-15: PINs have limits of their own. Wrong ones do not lock the password, and a lock of the password does not stop them;
// a right one ends it. A hundred wrong ones pause the network, as with passwords.
func TestPINsAndPasswordsLockEachOtherNever(t *testing.T) {
	phones(t, func(t *testing.T, f *firm) {
		for range 4 {
			f.clock.Add(31 * time.Second)
			browser := f.ask(noorCell, here)
			for range 5 {
				_, err := f.ways.SignInByPIN(f.ctx, browser, "xxxxxx", here)
				if err == nil {
					t.Fatal("it lets in")
				}
			}
		}
		if n := f.count(`SELECT failures FROM credentials WHERE user_id = ?`, f.noor.ID); n != 0 {
			t.Errorf("the password has %d failures", n)
		}
		f.fail(1)
		f.signIn()
		f.fail(signin.Tries)
		_, err := f.ways.SignIn(f.ctx, noorMail, password, here)
		f.refused(err, "signin.locked")
		f.clock.Add(31 * time.Second)
		browser := f.ask(noorCell, here)
		f.must(second(f.ways.SignInByPIN(f.ctx, browser, f.text(), here)))
		f.signIn()
	})
}
