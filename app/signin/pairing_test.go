package signin_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"chancery/app/access"
	"chancery/app/fault"
	"chancery/app/post"
	"chancery/app/signin"
	"chancery/app/staff"
)

// pair makes a code and redeems it.
func (f *firm) pair(c *signin.Current) string {
	f.t.Helper()
	code, _, err := f.ways.CreatePairing(f.ctx, c, here)
	f.must(err)
	token, err := f.ways.Pair(f.ctx, code, here)
	f.must(err)
	return token
}

func (f *firm) byPairing(token string) *signin.Program {
	f.t.Helper()
	p, err := f.ways.ByPairing(f.ctx, token, here)
	f.must(err)
	return p
}

// S3-15: an extension may read and answer in the cases that its person is on, and nothing else that they may; only hashes are kept.
func TestAnExtensionMayReadAndAnswer(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		c := f.administrator()
		code, until, err := f.ways.CreatePairing(f.ctx, c, here)
		f.must(err)
		if want := f.clock.Now().Add(10 * time.Minute); !until.Equal(want) {
			t.Errorf("the code works until %s", until)
		}
		token, err := f.ways.Pair(f.ctx, strings.ToUpper(strings.ReplaceAll(code, "-", " ")), here)
		f.must(err)
		p := f.byPairing(token)
		if p == nil || p.Actor.ID != c.User.ID || p.Name != "Grace Mbeki" || p.Actor.Rights.Super() ||
			!slices.Equal(p.Actor.Rights.List(), []access.Permission{access.CasesView, access.MessagesView, access.MessagesSend}) {
			t.Fatalf("%+v", p)
		}
		if o, err := f.ways.ByToken(f.ctx, token, here); err != nil || o != nil {
			t.Errorf("it opens the API: %v, %v", o, err)
		}
		if o, err := f.ways.Resume(f.ctx, token[len(token)-43:], here); err != nil || o != nil {
			t.Errorf("it opens pages: %v, %v", o, err)
		}
		for _, table := range []string{"pairings", "audit", "mails", "signin_attempts"} {
			var rows []map[string]any
			f.must(f.db.In(f.ctx).Table(table).Find(&rows).Error)
			for _, row := range rows {
				if text := fmt.Sprint(row); strings.Contains(text, token[len(token)-43:]) || strings.Contains(text, code) {
					t.Errorf("a secret stands in %s", table)
				}
			}
		}
	})
}

// A code works once, however many redeem it at the same moment.
func TestAPairingCodeWorksOnce(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		code, _, err := f.ways.CreatePairing(f.ctx, f.current(f.signIn()), here)
		f.must(err)
		var all sync.WaitGroup
		var good atomic.Int64
		for range 5 {
			all.Go(func() {
				if _, err := f.ways.Pair(f.ctx, code, here); err == nil {
					good.Add(1)
				}
			})
		}
		all.Wait()
		if n := f.count(`SELECT count(*) FROM pairings WHERE token_hash IS NOT NULL`); good.Load() != 1 || n != 1 {
			t.Errorf("%d were told so, %d are paired", good.Load(), n)
		}
		f.refused(second(f.ways.Pair(f.ctx, code, here)), "extension.code-wrong")
	})
}

// A code ends with its time and with the next one; wrong ones pause the network that they come from (ASVS 6.1.1, 6.6.3).
func TestAPairingCodeIsNotGuessed(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		c := f.current(f.signIn())
		first, _, err := f.ways.CreatePairing(f.ctx, c, here)
		f.must(err)
		code, _, err := f.ways.CreatePairing(f.ctx, c, here)
		f.must(err)
		f.refused(second(f.ways.Pair(f.ctx, first, here)), "extension.code-wrong")
		f.clock.Add(10 * time.Minute)
		f.refused(second(f.ways.Pair(f.ctx, code, here)), "extension.code-wrong")
		if _, _, err = f.ways.CreatePairing(f.ctx, c, here); !errors.Is(err, fault.ErrProve) {
			t.Errorf("a proof that is old makes a code: %v", err)
		}
		code, _, err = f.ways.CreatePairing(f.ctx, f.current(f.signIn()), here)
		f.must(err)
		for range 98 {
			f.refused(second(f.ways.Pair(f.ctx, "23456-789ab", here)), "extension.code-wrong")
		}
		var many *fault.TooMany
		if _, err := f.ways.Pair(f.ctx, code, here); !errors.As(err, &many) {
			t.Errorf("a good code after a hundred wrong ones: %v", err)
		}
	})
}

// C-8, S2-28: a paired extension stands among the sessions, and whatever ends those ends it.
func TestAPairingIsASessionToPeople(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		for name, end := range map[string]func(c *signin.Current, id string){
			"by itself": func(c *signin.Current, id string) {
				f.must(second(f.ways.EndSession(f.ctx, c, id, signin.Proof{}, here)))
			},
			"with all others": func(c *signin.Current, _ string) {
				f.must(second(f.ways.EndOthers(f.ctx, c, signin.Proof{}, here)))
			},
			"by an administrator": func(_ *signin.Current, id string) {
				f.must(f.ways.EndSessionOf(f.ctx, f.proven("admin", "users.sign-out"), f.noor.ID, id))
			},
			"everywhere": func(*signin.Current, string) {
				f.must(second(f.ways.SignOutEverywhere(f.ctx, f.proven("admin", "users.sign-out"), f.noor.ID)))
			},
		} {
			c := f.current(f.signIn())
			token := f.pair(c)
			list, err := f.ways.Sessions(f.ctx, c.Actor(here), c.User.ID)
			f.must(err)
			i := slices.IndexFunc(list, func(s signin.Session) bool { return s.Method == signin.PairedBy })
			if i < 0 || f.byPairing(token) == nil {
				t.Fatalf("%s: it is not among %v", name, list)
			}
			end(c, list[i].ID)
			if f.byPairing(token) != nil {
				t.Errorf("ended %s, it lives", name)
			}
		}
		c := f.current(f.signIn())
		token := f.pair(c)
		f.must(second(f.ways.Save(f.ctx, c, staff.ProfileChange{}, signin.PasswordChange{Current: password, New: another, Confirm: another, EndOthers: true}, here)))
		if f.byPairing(token) != nil {
			t.Error("ended with a new password, it lives")
		}
	})
}

// B-6, ASVS 6.3.5: whoever's account an extension was paired with is told by mail, and reads of it among their sign-ins.
func TestAPairingIsTold(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		c := f.current(f.signIn())
		f.pair(c)
		m, err := f.mails.Latest(f.ctx, c.User.ID, post.NewDevice)
		f.must(err)
		if !strings.Contains(m.Data, `"Method":"extension"`) {
			t.Errorf("%s", m.Data)
		}
		tries, _, err := f.ways.History(f.ctx, c.Actor(here), c.User.ID, "", 5)
		f.must(err)
		if tries[0].Method != signin.PairedBy || tries[0].Outcome != "success" {
			t.Errorf("%+v", tries[0])
		}
	})
}

// ASVS 7.3.1, 7.3.2: nobody's extension lives for ever, and one that asks nothing for a month is forgotten.
func TestAPairingEnds(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		token := f.pair(f.current(f.signIn()))
		f.clock.Add(30*24*time.Hour - time.Second)
		if f.byPairing(token) == nil {
			t.Fatal("it ends early")
		}
		for range 5 {
			f.clock.Add(29 * 24 * time.Hour)
			if f.byPairing(token) == nil {
				t.Fatal("it ends though it is used")
			}
		}
		f.clock.Add(5*24*time.Hour + time.Second)
		if f.byPairing(token) != nil {
			t.Error("it lives for more than 180 days")
		}
		if _, err := f.ways.CleanUp(f.ctx, 10); err != nil || f.count(`SELECT count(*) FROM pairings`) != 0 {
			t.Errorf("it is kept: %v", err)
		}
		idle := f.pair(f.current(f.signIn()))
		f.clock.Add(30 * 24 * time.Hour)
		if f.byPairing(idle) != nil {
			t.Error("it lives without being used")
		}
	})
}

// C-14, ASVS 6.3.3: who is let to nothing but a change of password, or a second factor, has no extension meanwhile; nor has who
// may read no messages any more.
func TestAnExtensionIsNoWayRoundWhatIsDue(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		token := f.pair(f.current(f.signIn()))
		for what, sql := range map[string][2]string{
			"a change of password": {`UPDATE credentials SET must_change = true`, `UPDATE credentials SET must_change = false`},
			"a second factor":      {`UPDATE organization SET second_factor = 'everyone', second_factor_days = 0`, `UPDATE organization SET second_factor = 'off'`},
		} {
			f.exec(sql[0])
			if f.byPairing(token) != nil {
				t.Errorf("%s is due, and the extension goes on", what)
			}
			f.exec(sql[1])
			if f.byPairing(token) == nil {
				t.Errorf("%s is done, and the extension is out", what)
			}
		}
		f.exec(`DELETE FROM role_permissions WHERE permission = 'messages.view'`)
		if p := f.byPairing(token); p == nil || p.Actor.Rights.Can(access.MessagesView) {
			t.Errorf("%+v", p)
		}
		var forbidden *fault.Forbidden
		if _, _, err := f.ways.CreatePairing(f.ctx, f.current(f.signIn()), here); !errors.As(err, &forbidden) {
			t.Errorf("who may read no messages makes a code: %v", err)
		}
	})
}
