package signin_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"chancery/app/access"
	"chancery/app/fault"
	"chancery/app/signin"
	"chancery/app/staff"
)

// token makes one that may read and answer.
func (f *firm) token(c *signin.Current, scopes ...access.Permission) (string, *signin.Token) {
	f.t.Helper()
	if scopes == nil {
		scopes = []access.Permission{access.MessagesSend, access.CasesView, access.MessagesView}
	}
	secret, t, err := f.ways.CreateToken(f.ctx, c, signin.NewToken{Name: "  Client   app ", Scopes: scopes, Days: 30}, here)
	f.must(err)
	return secret, t
}

func (f *firm) program(secret string) *signin.Program {
	f.t.Helper()
	p, err := f.ways.ByToken(f.ctx, secret, here)
	f.must(err)
	return p
}

// ASVS 13.3.1, 14.x: a token may what it was given, for as long as its person may; only its hash is kept; how it is used is shown.
func TestATokenMayWhatItWasGiven(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		c := f.administrator()
		secret, made := f.token(c)
		if !strings.HasPrefix(secret, "chancery_") || made.Name != "Client app" || made.Scopes != "cases.view messages.view messages.send" || !strings.HasSuffix(secret, made.Hint) {
			t.Errorf("%s %+v", secret, made)
		}
		for _, table := range []string{"tokens", "audit"} {
			var rows []map[string]any
			f.must(f.db.In(f.ctx).Table(table).Find(&rows).Error)
			for _, row := range rows {
				for column, value := range row {
					if text, ok := value.(string); ok && strings.Contains(text, secret[len("chancery_"):]) {
						t.Errorf("the secret stands in %s.%s", table, column)
					}
				}
			}
		}
		p := f.program(secret)
		if p == nil || p.Actor.ID != c.User.ID || p.Actor.Name != "Grace Mbeki (Client app)" || p.Actor.Rights.Super() || p.Actor.Rights.Can(access.UsersEdit) ||
			!slices.Equal(p.Actor.Rights.List(), []access.Permission{access.CasesView, access.MessagesView, access.MessagesSend}) {
			t.Fatalf("%+v", p)
		}
		f.clock.Add(30 * time.Second)
		f.program(secret)
		list, err := f.ways.Tokens(f.ctx, c.Actor(here))
		f.must(err)
		if len(list) != 1 || list[0].Owner() != "Grace Mbeki" || list[0].LastUsedAt == nil || f.clock.Now().Sub(*list[0].LastUsedAt) != 30*time.Second || list[0].LastNetwork != here.Network || list[0].State(f.clock.Now()) != "active" {
			t.Errorf("%+v", list)
		}
		// What the person loses, the token has lost.
		f.exec(`DELETE FROM role_permissions WHERE permission = 'messages.send'`)
		if p := f.program(secret); p == nil || p.Actor.Rights.Can(access.MessagesSend) || !p.Actor.Rights.Can(access.CasesView) {
			t.Errorf("%+v", p)
		}
		for _, bad := range []string{"", "chancery_", secret[:len(secret)-1], secret + "a", strings.ToUpper(secret), "chancery_" + strings.Repeat("a", 43), secret[len("chancery_"):]} {
			if f.program(bad) != nil {
				t.Errorf("%q is a token", bad)
			}
		}
	})
}

// A Super Admin's token is none: it may what is named.
func TestATokenIsNeverASuperAdmin(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		f.exec(`UPDATE users SET role_id = ? WHERE id = ?`, access.RoleSuperAdmin, f.noor.ID)
		secret, _ := f.token(f.current(f.signIn()), access.CasesView)
		if p := f.program(secret); p.Actor.Rights.Super() || p.Actor.Rights.Can(access.CasesViewAll) {
			t.Errorf("%+v", p.Actor.Rights.List())
		}
	})
}

// B-2: a token ends with its day, by hand, with its person and with a lock that holds for everything, from the next request on.
func TestATokenEnds(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		c := f.administrator()
		who := c.Actor(here)
		one, made := f.token(c)
		other, _ := f.token(c)
		for range 2 {
			f.must(f.ways.RevokeToken(f.ctx, who, made.ID))
		}
		if f.program(one) != nil || f.program(other) == nil {
			t.Error("the wrong one was revoked")
		}
		if n := f.count(`SELECT count(*) FROM audit WHERE action = 'token.revoke'`); n != 1 {
			t.Errorf("%d lines", n)
		}
		for _, id := range []string{"", "nonsense"} {
			if err := f.ways.RevokeToken(f.ctx, who, id); !errors.Is(err, fault.ErrNotFound) {
				t.Error(err)
			}
		}
		f.clock.Add(30*24*time.Hour - time.Second)
		if f.program(other) == nil {
			t.Error("too early")
		}
		f.clock.Add(time.Second)
		if f.program(other) != nil {
			t.Error("its day is over")
		}
		third, _ := f.token(f.administratorAgain())
		f.must(f.people.SeedStatus(f.ctx, c.User.ID, staff.Inactive, nil))
		if f.program(third) != nil {
			t.Error("its person has left")
		}
		f.must(f.people.SeedStatus(f.ctx, c.User.ID, staff.Active, nil))
		if f.program(third) != nil {
			t.Error("who comes back does not bring it")
		}
		list, err := f.ways.Tokens(f.ctx, who)
		f.must(err)
		var states []string
		for i := range list {
			states = append(states, list[i].State(f.clock.Now()))
		}
		if slices.Sort(states); !slices.Equal(states, []string{"ended", "ended", "revoked"}) {
			t.Error(states)
		}
	})
}

// Nobody gives a token what they do not hold; a token is made against a fresh proof; whose it is must be below who revokes it.
func TestWhoMayMakeAndRevokeTokens(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		c := f.administrator()
		try := func(c *signin.Current, n signin.NewToken) error {
			_, _, err := f.ways.CreateToken(f.ctx, c, n, here)
			return err
		}
		good := signin.NewToken{Name: "x", Scopes: []access.Permission{access.CasesView}, Days: 1}
		for what, change := range map[string]func(*signin.NewToken){
			"name tokens.name-length":    func(n *signin.NewToken) { n.Name = " " },
			"name tokens.name-length ":   func(n *signin.NewToken) { n.Name = strings.Repeat("é", 81) },
			"days tokens.days":           func(n *signin.NewToken) { n.Days = 0 },
			"days tokens.days ":          func(n *signin.NewToken) { n.Days = 367 },
			"scopes tokens.no-scope":     func(n *signin.NewToken) { n.Scopes = nil },
			"scopes tokens.scope-beyond": func(n *signin.NewToken) { n.Scopes = []access.Permission{access.UsersEdit} },
		} {
			n := good
			change(&n)
			var bad *fault.Invalid
			field, key, _ := strings.Cut(strings.TrimSpace(what), " ")
			if err := try(c, n); !errors.As(err, &bad) || bad.Fields[0].Name != field || bad.Fields[0].Message.Key != key {
				t.Errorf("%v, want %s", err, what)
			}
		}
		lesser := *c
		lesser.Rights = access.Granted(false, "tokens.edit messages.view")
		var bad *fault.Invalid
		if err := try(&lesser, good); !errors.As(err, &bad) || bad.Fields[0].Message.Key != "tokens.scope-beyond" {
			t.Error(err)
		}
		lesser.Rights = access.Granted(false, "cases.view")
		var forbidden *fault.Forbidden
		if err := try(&lesser, good); !errors.As(err, &forbidden) {
			t.Error(err)
		}
		if _, err := f.ways.Tokens(f.ctx, lesser.Actor(here)); !errors.As(err, &forbidden) {
			t.Error(err)
		}
		_, made := f.token(c)
		below := access.Actor{Rights: access.Granted(false, "tokens.edit")}
		below.ID = f.noor.ID
		if err := f.ways.RevokeToken(f.ctx, below, made.ID); !errors.As(err, &forbidden) {
			t.Error(err)
		}
		f.clock.Add(11 * time.Minute)
		if err := try(c, good); !errors.Is(err, fault.ErrProve) {
			t.Error(err)
		}
	})
}

// D-4: a token that has ended is listed for a while, and then goes; one that counts never does, nor one whose replies are still remembered.
func TestTokensThatHaveEndedGo(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		c := f.administrator()
		_, revoked := f.token(c)
		_, expires := f.token(c) // in 30 days
		_, lives := f.token(c)
		f.exec(`UPDATE tokens SET expires_at = ? WHERE id = ?`, f.clock.Now().AddDate(1, 0, 0), lives.ID)
		f.must(f.ways.RevokeToken(f.ctx, c.Actor(here), revoked.ID))
		f.exec(`INSERT INTO replies (token_id, key, request_hash, created_at) VALUES (?, 'k', 'h', ?)`, revoked.ID, f.clock.Now())
		left := func(want ...string) {
			t.Helper()
			f.must(second(f.ways.CleanUp(f.ctx, 1)))
			var ids []string
			f.must(f.db.In(f.ctx).Raw(`SELECT id FROM tokens ORDER BY id`).Scan(&ids).Error)
			if slices.Sort(want); !slices.Equal(ids, want) {
				t.Errorf("%v left, want %v", ids, want)
			}
		}
		f.clock.Add(signin.TokenKept - time.Second)
		f.exec(`DELETE FROM replies`)
		left(revoked.ID, expires.ID, lives.ID)
		f.exec(`INSERT INTO replies (token_id, key, request_hash, created_at) VALUES (?, 'k', 'h', ?)`, revoked.ID, f.clock.Now())
		f.clock.Add(time.Second)
		left(revoked.ID, expires.ID, lives.ID)
		f.exec(`DELETE FROM replies`)
		left(expires.ID, lives.ID)
		f.clock.Add(30 * 24 * time.Hour)
		left(lives.ID)
	})
}
