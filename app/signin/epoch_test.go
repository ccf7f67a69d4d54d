package signin_test

import (
	"testing"
	"time"

	"chancery/app/access"
	"chancery/app/fault"
	"chancery/app/post"
	"chancery/app/signin"
	"chancery/app/staff"
	"chancery/app/store"
	"chancery/app/store/storetest"
)

// key is a credential of one kind, made for Noor: use tells why it opens nothing, or nil.
type key struct {
	name string
	make func(f *firm) (use func(ways *signin.Signin) error)
}

// keys are every kind of credential there is. Whoever adds one adds it here (B-2).
func keys() []key {
	return []key{
		{"session", func(f *firm) func(*signin.Signin) error {
			token := f.signIn()
			return func(ways *signin.Signin) error {
				c, err := ways.Resume(f.ctx, token, here)
				if err == nil && c == nil {
					return fault.Refuse("signed out")
				}
				return err
			}
		}},
		{"recovery link", func(f *firm) func(*signin.Signin) error {
			token, _, err := f.ways.IssueRecovery(f.ctx, access.System("operator"), f.noor)
			f.must(err)
			return func(ways *signin.Signin) error {
				if _, err := ways.Recovery(f.ctx, token); err != nil {
					return err
				}
				_, err := ways.AcceptRecovery(f.ctx, token, another, another, false, here)
				return err
			}
		}},
		{"PIN", func(f *firm) func(*signin.Signin) error {
			f.ways = f.room(signin.Options{Texts: true})
			f.verify(f.noor)
			browser := f.ask(noorCell, here)
			pin := f.text()
			return func(ways *signin.Signin) error { return second(ways.SignInByPIN(f.ctx, browser, pin, here)) }
		}},
		{"PIN of a number", func(f *firm) func(*signin.Signin) error {
			f.ways = f.room(signin.Options{Texts: true})
			f.exec(`UPDATE users SET cell = ? WHERE id = ?`, noorCell, f.noor.ID)
			c := f.current(f.signIn())
			f.must(second(f.ways.AskCellPIN(f.ctx, c, signin.Proof{}, here)))
			pin := f.text()
			return func(ways *signin.Signin) error { return ways.VerifyCell(f.ctx, c, pin, here) }
		}},
		{"proof of an address", func(f *firm) func(*signin.Signin) error {
			f.exec(`UPDATE users SET email_verified_at = NULL WHERE id = ?`, f.noor.ID)
			f.must(f.ways.SendVerification(f.ctx, access.System("test"), f.noor.ID))
			token := f.secret(post.EmailVerify, f.noor.ID)
			return func(ways *signin.Signin) error {
				if _, err := ways.Verification(f.ctx, token); err != nil {
					return err
				}
				_, err := ways.AcceptVerification(f.ctx, token, here)
				return err
			}
		}},
		{"second step", func(f *firm) func(*signin.Signin) error {
			secret, _ := f.app(f.current(f.signIn()))
			step := f.first()
			return func(ways *signin.Signin) error {
				if _, err := ways.Step(f.ctx, step); err != nil {
					return err
				}
				_, err := ways.FinishStep(f.ctx, step, signin.Answer{Code: f.code(secret)}, here)
				return err
			}
		}},
		{"API token", func(f *firm) func(*signin.Signin) error {
			f.exec(`UPDATE users SET role_id = ? WHERE id = ?`, access.RoleAdministrator, f.noor.ID)
			secret, _, err := f.ways.CreateToken(f.ctx, f.current(f.signIn()), signin.NewToken{Name: "Portal", Scopes: []access.Permission{access.CasesView}, Days: 30}, here)
			f.must(err)
			return func(ways *signin.Signin) error {
				p, err := ways.ByToken(f.ctx, secret, here)
				if err == nil && p == nil {
					return fault.Refuse("no token")
				}
				return err
			}
		}},
		{"paired extension", func(f *firm) func(*signin.Signin) error {
			token := f.pair(f.current(f.signIn()))
			return func(ways *signin.Signin) error {
				p, err := ways.ByPairing(f.ctx, token, here)
				if err == nil && p == nil {
					return fault.Refuse("not paired")
				}
				return err
			}
		}},
		{"pairing code", func(f *firm) func(*signin.Signin) error {
			code, _, err := f.ways.CreatePairing(f.ctx, f.current(f.signIn()), here)
			f.must(err)
			return func(ways *signin.Signin) error { return second(ways.Pair(f.ctx, code, here)) }
		}},
		{"invitation", func(f *firm) func(*signin.Signin) error {
			f.exec(`UPDATE users SET status = 'PENDING' WHERE id = ?`, f.noor.ID)
			token, _, err := f.ways.IssueWelcome(f.ctx, f.noor.ID)
			f.must(err)
			return func(ways *signin.Signin) error {
				if _, err := ways.Welcome(f.ctx, token); err != nil {
					return err
				}
				_, err := ways.AcceptWelcome(f.ctx, token, another, another, here)
				return err
			}
		}},
	}
}

// secret sends the latest mail of a kind and returns the token of its link.
func (f *firm) secret(kind post.Kind, userID string) string {
	f.t.Helper()
	e := f.sent(kind, userID)
	if len(e.Path) != 2 {
		f.t.Fatalf("%s has no link: %v", kind, e)
	}
	return e.Path[1]
}

// sent takes the latest mail of a kind up, as the reconciler does, and returns what is secret in it.
func (f *firm) sent(kind post.Kind, userID string) signin.Enclosure {
	f.t.Helper()
	m, err := f.mails.Latest(f.ctx, userID, kind)
	f.must(err)
	if ours, err := f.mails.Begin(f.ctx, m, time.Minute); err != nil || !ours {
		f.t.Fatalf("%s is %s: %v", kind, m.State, err)
	}
	e, err := f.ways.Enclose(f.ctx, m)
	f.must(err)
	return e
}

// B-2: whatever a person has in hand ends with the epoch, on every replica at once, by whatever road it is raised.
func TestEveryCredentialEndsWithItsEpoch(t *testing.T) {
	for _, road := range []struct {
		name string
		end  func(f *firm)
	}{
		{"SQL that raises the epoch", func(f *firm) { f.exec(`UPDATE users SET epoch = epoch + 1 WHERE id = ?`, f.noor.ID) }},
		{"SQL that deactivates", func(f *firm) { f.exec(`UPDATE users SET status = 'INACTIVE' WHERE id = ?`, f.noor.ID) }},
		{"deactivated and back", func(f *firm) {
			f.exec(`UPDATE users SET status = 'INACTIVE' WHERE id = ?`, f.noor.ID)
			f.exec(`UPDATE users SET status = 'ACTIVE' WHERE id = ?`, f.noor.ID)
		}},
	} {
		for _, k := range keys() {
			t.Run(k.name+", "+road.name, func(t *testing.T) {
				clock := storetest.NewClock()
				storetest.EachURL(t, func(t *testing.T, url string) {
					f := open(t, storetest.Open(t, url, clock.Now), clock)
					db := storetest.Open(t, url, clock.Now)
					replica := signin.New(db, staff.New(db, staff.Studio{}), post.New(db), signin.Options{Key: []byte("k"), Hashers: 1})
					use := k.make(f)
					road.end(f)
					for who, ways := range map[string]*signin.Signin{"this replica": f.ways, "the other": replica} {
						if err := use(ways); err == nil {
							t.Errorf("%s lets it in", who)
						}
					}
				})
			})
		}
	}
}

// The other half: each of them opens something while nothing has ended it, on another replica too.
func TestEveryCredentialCountsWhileItsEpochDoes(t *testing.T) {
	for _, k := range keys() {
		t.Run(k.name, func(t *testing.T) {
			clock := storetest.NewClock()
			storetest.EachURL(t, func(t *testing.T, url string) {
				f := open(t, storetest.Open(t, url, clock.Now), clock)
				db := storetest.Open(t, url, clock.Now)
				replica := signin.New(db, staff.New(db, staff.Studio{}), post.New(db), signin.Options{Key: []byte("k"), Hashers: 1})
				if err := k.make(f)(replica); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// S1-22, B-2: signed out everywhere means on every replica and by every link; what is made afterwards counts.
func TestSigningOutEverywhereRaisesTheEpoch(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		token, _, err := f.ways.IssueRecovery(f.ctx, access.System("operator"), f.noor)
		f.must(err)
		session := f.signIn()
		n, err := f.ways.SignOutEverywhere(f.ctx, f.proven("admin", "users.sign-out"), f.noor.ID)
		f.must(err)
		if n != 1 {
			t.Errorf("%d ended", n)
		}
		f.exec(`UPDATE sessions SET ended_at = NULL`) // a row brought back by hand is still of the epoch before
		f.gone(session, "its epoch is over")
		f.refused(second(f.ways.Recovery(f.ctx, token)), "reset.expired")
		f.current(f.signIn())
		if list, err := f.ways.Sessions(f.ctx, actor("admin", "users.sign-out"), f.noor.ID); err != nil || len(list) != 1 {
			t.Errorf("%d sessions are shown, %v", len(list), err)
		}
		if _, err = f.ways.SignOutEverywhere(f.ctx, f.proven("admin", "users.sign-out"), f.lucia.ID); err != nil {
			t.Error(err)
		}
		f.secret(post.Welcome, f.lucia.ID) // an invitation is no session
		if n := f.count(`SELECT epoch FROM users WHERE id = ?`, f.lucia.ID); n != 0 {
			t.Errorf("her epoch is %d", n)
		}
	})
}

// ASVS 6.3.4, C-15: with the practice's switch a lock holds for every way in and for open sessions, and without it for
// the password alone.
func TestALockHoldsForEveryWayInWhereThePracticeSaysSo(t *testing.T) {
	for _, k := range keys() {
		if k.name == "proof of an address" || k.name == "PIN of a number" {
			continue // it opens nothing
		}
		t.Run(k.name, func(t *testing.T) {
			each(t, func(t *testing.T, f *firm) {
				use := k.make(f)
				f.exec(`UPDATE credentials SET failures = 10, locked_until = ? WHERE user_id = ?`, f.clock.Now().Add(time.Hour), f.noor.ID)
				f.exec(`UPDATE organization SET lock_all = true`)
				if err := use(f.ways); err == nil {
					t.Fatal("a lock for everything lets it in")
				}
				f.exec(`UPDATE organization SET lock_all = false`)
				f.must(use(f.ways)) // it was not used up by the refusal
			})
		})
	}
}

// S2-31, ASVS 7.1.1: what the practice sets holds from the next request on, over the operator's; NULL is the operator's.
func TestThePracticeSetsTheLimits(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		f.exec(`UPDATE organization SET lock_tries = 3, lock_minutes = 60, idle_minutes = 30, lifetime_hours = 2`)
		token := f.signIn()
		f.clock.Add(29 * time.Minute)
		f.current(token)
		f.clock.Add(30 * time.Minute)
		f.gone(token, "thirty minutes idle")
		token = f.signIn()
		for range 4 {
			f.clock.Add(25 * time.Minute)
			f.current(token)
		}
		f.clock.Add(20 * time.Minute)
		f.gone(token, "two hours old")
		f.exec(`UPDATE organization SET idle_minutes = NULL, lifetime_hours = NULL`)
		token = f.signIn()
		f.clock.Add(11 * time.Hour)
		f.current(token)
		f.exec(`UPDATE organization SET lifetime_hours = 10`) // what is set later holds for sessions of before
		f.gone(token, "eleven hours old")
		f.fail(3)
		_, err := f.ways.SignIn(f.ctx, noorMail, password, here)
		f.refused(err, "signin.locked")
		f.clock.Add(59 * time.Minute)
		_, err = f.ways.SignIn(f.ctx, noorMail, password, here)
		f.refused(err, "signin.locked")
		f.clock.Add(time.Minute)
		f.signIn()
	})
}

// What the practice has set costs no request and no sign-in a statement more.
func TestThePracticesLimitsCostNoStatement(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		token := f.signIn()
		f.current(token)
		ctx, count := store.WithCount(f.ctx)
		if c, err := f.ways.Resume(ctx, token, here); err != nil || c == nil {
			t.Fatal(err)
		}
		if count.N() != 1 {
			t.Errorf("a request asks %d times", count.N())
		}
		ctx, count = store.WithCount(f.ctx)
		f.must(second(f.ways.SignIn(ctx, noorMail, password, here)))
		if count.N() != 8 { // the browser is known by now
			t.Errorf("signing in takes %d statements", count.N())
		}
	})
}
