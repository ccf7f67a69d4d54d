package signin_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"chancery/app/fault"
	"chancery/app/post"
	"chancery/app/signin"
	"chancery/app/staff"
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
		must := post.TextOutcome{State: post.TextSent, ProviderID: "1"}
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
		f.must(f.mails.RecordText(f.ctx, txt, post.TextOutcome{State: post.TextSent}))
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
