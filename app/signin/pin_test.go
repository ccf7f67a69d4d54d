package signin_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"chancery/app/fault"
	"chancery/app/notices"
	"chancery/app/signin"
	"chancery/app/staff"
	"chancery/app/store"
)

const (
	noorCell    = "+14165550142"
	nobodysCell = "+14165550143"
)

var elsewhere = signin.Origin{Network: "203.0.113.9", UserAgent: "Mozilla/5.0 (iPhone) Safari/605", RequestID: "r2"}

// phones opens a practice that sends texts, in which Noor's number is verified.
func phones(t *testing.T, fn func(t *testing.T, f *firm)) {
	t.Helper()
	each(t, func(t *testing.T, f *firm) {
		f.ways = f.room(signin.Options{Texts: true})
		f.verify(f.noor)
		fn(t, f)
	})
}

func (f *firm) verify(u *staff.User) {
	f.t.Helper()
	f.exec(`UPDATE users SET cell = ?, cell_verified_at = ? WHERE id = ?`, noorCell, f.clock.Now(), u.ID)
}

// ask asks for a PIN by a number and returns the browser's secret.
func (f *firm) ask(number string, from signin.Origin) string {
	f.t.Helper()
	a, err := f.ways.AskPIN(f.ctx, number, from)
	f.must(err)
	return a.Browser
}

// text takes Noor's latest text up, as the reconciler does, and returns its PIN.
func (f *firm) text() string {
	f.t.Helper()
	txt, err := f.mails.LatestText(f.ctx, f.noor.ID)
	f.must(err)
	if ours, err := f.mails.BeginText(f.ctx, txt, time.Minute); err != nil || !ours {
		f.t.Fatalf("the text is %s, try %d: %v", txt.State, txt.Tries, err)
	}
	p, err := f.ways.EnclosePIN(f.ctx, txt)
	f.must(err)
	if len(p.Code) != 6 || p.Number != noorCell || p.Number != txt.Number {
		f.t.Fatalf("PIN %q to %s", p.Code, p.Number)
	}
	return p.Code
}

// texted is how many texts were queued.
func (f *firm) texted() int { f.t.Helper(); return f.count(`SELECT count(*) FROM texts`) }

// other is six digits that are not the PIN.
func other(pin string) string {
	if pin == "000000" {
		return "000001"
	}
	return "000000"
}

// S3-13, ASVS 6.5.1: a PIN opens one session, by the gate, and the history tells of it.
func TestAPINSignsInOnce(t *testing.T) {
	phones(t, func(t *testing.T, f *firm) {
		browser := f.ask("+1 (416) 555-0142", here)
		pin := f.text()
		o, err := f.ways.SignInByPIN(f.ctx, browser, pin, here)
		f.must(err)
		c := f.current(o.Token)
		if c.User.ID != f.noor.ID || c.Session.Method != "pin" {
			t.Errorf("%s by %s", c.User.ID, c.Session.Method)
		}
		f.refused(second(f.ways.SignInByPIN(f.ctx, browser, pin, here)), "pin.over")
		if n := f.count(`SELECT count(*) FROM signin_attempts WHERE user_id = ? AND method = 'pin' AND outcome = 'success'`, f.noor.ID); n != 1 {
			t.Errorf("the history has %d", n)
		}
	})
}

// ASVS 6.6.2: in another browser the PIN is worth nothing, and so is a browser's older one.
func TestAPINIsBoundToTheBrowserThatAsked(t *testing.T) {
	phones(t, func(t *testing.T, f *firm) {
		browser := f.ask(noorCell, here)
		pin := f.text()
		theirs := f.ask(nobodysCell, here)
		f.invalid(second(f.ways.SignInByPIN(f.ctx, theirs, pin, here)), "pin", "pin.wrong")
		f.refused(second(f.ways.SignInByPIN(f.ctx, strings.Repeat("x", 43), pin, here)), "pin.over")
		f.refused(second(f.ways.SignInByPIN(f.ctx, "", pin, here)), "pin.over")
		f.must(second(f.ways.SignInByPIN(f.ctx, browser, pin, here)))
	})
}

// ASVS 6.5.5, 6.6.3: ten minutes, five tries.
func TestAPINLivesTenMinutesAndFiveTries(t *testing.T) {
	phones(t, func(t *testing.T, f *firm) {
		browser := f.ask(noorCell, here)
		pin := f.text()
		f.clock.Add(10*time.Minute - time.Microsecond)
		for left := 4; left > 0; left-- {
			_, err := f.ways.SignInByPIN(f.ctx, browser, other(pin), here)
			f.invalid(err, "pin", "pin.wrong")
			var bad *fault.Invalid
			if errors.As(err, &bad); bad.Fields[0].Message.Args["Count"] != left {
				t.Errorf("%v left, want %d", bad.Fields[0].Message.Args, left)
			}
		}
		f.refused(second(f.ways.SignInByPIN(f.ctx, browser, other(pin), here)), "pin.over")
		f.refused(second(f.ways.SignInByPIN(f.ctx, browser, pin, here)), "pin.over")

		browser = f.ask(noorCell, here)
		pin = f.text()
		f.clock.Add(10 * time.Minute)
		f.refused(second(f.ways.SignInByPIN(f.ctx, browser, pin, here)), "pin.over")
	})
}

// Of many tries at once five are judged, and of two right ones one opens a session.
func TestTriesOfAPINAtOnceAreCountedOneByOne(t *testing.T) {
	phones(t, func(t *testing.T, f *firm) {
		browser := f.ask(noorCell, here)
		pin := f.text()
		var wg sync.WaitGroup
		answers := make(chan error, 20)
		for range 20 {
			wg.Go(func() { answers <- second(f.ways.SignInByPIN(f.ctx, browser, other(pin), here)) })
		}
		wg.Wait()
		close(answers)
		wrong := 0
		for err := range answers {
			var bad *fault.Invalid
			if errors.As(err, &bad) {
				wrong++
			}
		}
		if n := f.count(`SELECT max(tries) FROM pins`); wrong != 4 || n != 5 {
			t.Errorf("%d were told to try again, %d counted", wrong, n)
		}
		f.clock.Add(time.Minute)
		browser = f.ask(noorCell, here)
		pin = f.text()
		for range 2 {
			wg.Go(func() { _, _ = f.ways.SignInByPIN(f.ctx, browser, pin, here) })
		}
		wg.Wait()
		if n := f.count(`SELECT count(*) FROM sessions WHERE method = 'pin'`); n != 1 {
			t.Errorf("%d sessions", n)
		}
	})
}

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

// S3-14, C-2: for ten minutes after signing in by PIN the password is set without the old one.
func TestAfterAPINThePasswordIsSetWithoutTheOldOne(t *testing.T) {
	phones(t, func(t *testing.T, f *firm) {
		browser := f.ask(noorCell, here)
		o, err := f.ways.SignInByPIN(f.ctx, browser, f.text(), here)
		f.must(err)
		c := f.current(o.Token)
		if f.ways.NeedsCurrent(c) {
			t.Fatal("the old one is asked for")
		}
		saved, err := f.ways.Save(f.ctx, c, staff.ProfileChange{}, change("", another), here)
		f.must(err)
		f.clock.Add(10 * time.Minute)
		if !f.ways.NeedsCurrent(f.current(saved.Token)) {
			t.Error("ten minutes later it is not")
		}
		_, err = f.ways.SignIn(f.ctx, noorMail, another, here)
		f.must(err)
	})
}

// What was true when the PIN was asked for has to be true when its text goes out, and when it is typed.
func TestAPINEndsWithWhatItStandsOn(t *testing.T) {
	for name, end := range map[string]string{
		"another number":     `UPDATE users SET cell = '+14165550199' WHERE id = ?`,
		"no longer verified": `UPDATE users SET cell_verified_at = NULL WHERE id = ?`,
		"left":               `UPDATE users SET status = 'INACTIVE' WHERE id = ?`,
		"signed out":         `UPDATE users SET epoch = epoch + 1 WHERE id = ?`,
		"expired":            `UPDATE pins SET expires_at = created_at WHERE user_id = ?`,
		"tried":              `UPDATE pins SET tries = 5 WHERE user_id = ?`,
		"used":               `UPDATE pins SET used_at = created_at WHERE user_id = ?`,
	} {
		t.Run(name, func(t *testing.T) {
			phones(t, func(t *testing.T, f *firm) {
				browser := f.ask(noorCell, here)
				txt, err := f.mails.LatestText(f.ctx, f.noor.ID)
				f.must(err)
				pin := f.text()
				f.exec(end, f.noor.ID)
				if _, err := f.ways.EnclosePIN(f.ctx, txt); !errors.Is(err, signin.ErrWithdrawn) {
					t.Errorf("a text is sent: %v", err)
				}
				if _, err := f.ways.SignInByPIN(f.ctx, browser, pin, here); err == nil {
					t.Error("it lets in")
				}
			})
		})
	}
}

// ASVS 13.3.1: neither a PIN nor the number that was asked for is at rest; two copies of a text say the same.
func TestNothingOfAPINIsAtRest(t *testing.T) {
	phones(t, func(t *testing.T, f *firm) {
		f.ask(nobodysCell, here)
		browser := f.ask(noorCell, here)
		txt, err := f.mails.LatestText(f.ctx, f.noor.ID)
		f.must(err)
		pin := f.text()
		again, err := f.ways.EnclosePIN(f.ctx, txt)
		if err != nil || again.Code != pin {
			t.Errorf("a second copy says %s, %v", again.Code, err)
		}
		var rows []map[string]any
		f.must(f.db.In(f.ctx).Raw(`SELECT * FROM pins`).Scan(&rows).Error)
		for _, row := range rows {
			for column, v := range row {
				s, _ := v.(string)
				if s == pin || strings.Contains(s, "555014") || s == browser {
					t.Errorf("%s holds %q", column, s)
				}
			}
		}
		must := notices.TextOutcome{State: notices.TextSent, ProviderID: "1"}
		txt.Tries = 1
		f.must(f.mails.RecordText(f.ctx, txt, must))
		if n := f.count(`SELECT count(*) FROM texts WHERE number <> ''`); n != 0 {
			t.Error("the number stays in the text")
		}
	})
}

// A browser asks again without typing the number; the older PIN is over by that.
func TestABrowserAsksAgain(t *testing.T) {
	phones(t, func(t *testing.T, f *firm) {
		for _, number := range []string{noorCell, nobodysCell} {
			first := f.ask(number, here)
			f.clock.Add(31 * time.Second)
			a, err := f.ways.AskPINAgain(f.ctx, first, here)
			f.must(err)
			if a.Browser == first || a.Browser == "" {
				t.Error("the browser keeps its secret")
			}
			if number == noorCell {
				f.must(second(f.ways.SignInByPIN(f.ctx, a.Browser, f.text(), here)))
			}
			f.clock.Add(time.Hour)
			f.refused(second(f.ways.AskPINAgain(f.ctx, first, here)), "pin.over")
		}
		f.refused(second(f.ways.AskPINAgain(f.ctx, "nothing", here)), "pin.over")
	})
}

func TestWithoutTextsThereAreNoPINs(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		f.verify(f.noor)
		if _, err := f.ways.AskPIN(f.ctx, noorCell, here); !errors.Is(err, fault.ErrNotFound) {
			t.Error(err)
		}
		if _, err := f.ways.AskCellPIN(f.ctx, f.current(f.signIn()), signin.Proof{}, here); !errors.Is(err, fault.ErrNotFound) {
			t.Error(err)
		}
	})
}

// S3-13: E.164 by the library's rules; what is no number is said to be none, whoever may have it.
func TestWhatIsNoNumberIsSaidToBeNone(t *testing.T) {
	phones(t, func(t *testing.T, f *firm) {
		for typed, key := range map[string]string{"": "pin.cell-missing", "416 555 0142": "staff.phone-country", "+1 416": "staff.phone-invalid",
			"+1 800 FLOWERS": "staff.phone-invalid", noorCell + " ext. 3": "staff.phone-extension"} {
			_, err := f.ways.AskPIN(f.ctx, typed, here)
			f.invalid(err, "cell", key)
		}
	})
}

// D-4: PINs go after two days, texts after a month.
func TestPINsAndTextsAreCleanedUp(t *testing.T) {
	phones(t, func(t *testing.T, f *firm) {
		f.ask(noorCell, here)
		txt, err := f.mails.LatestText(f.ctx, f.noor.ID)
		f.must(err)
		f.text()
		txt.Tries = 1
		f.must(f.mails.RecordText(f.ctx, txt, notices.TextOutcome{State: notices.TextSent}))
		f.clock.Add(48 * time.Hour)
		f.must(second(f.ways.CleanUp(f.ctx, 10)))
		if n := f.count(`SELECT count(*) FROM pins`); n != 0 || f.texted() != 1 {
			t.Errorf("%d PINs, %d texts", n, f.texted())
		}
		f.clock.Add(28 * 24 * time.Hour)
		f.must(second(f.ways.CleanUp(f.ctx, 10)))
		if f.texted() != 0 {
			t.Error("the text stays")
		}
	})
}
