package signin_test

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"testing"
	"time"

	"chancery/app/access"
	"chancery/app/audit"
	"chancery/app/fault"
	"chancery/app/signin"
	"chancery/app/staff"
	"chancery/app/work"
)

// ASVS 7.5.1, S1-22, S1-30, B-17: what is done to others' ways in is asked of who does it by the verb itself, also by the one that
// asks for it on many at once: a page that forgets to ask gets nothing done. A dry run needs none, as it leaves nothing done.
func TestEachVerbAsksForAFreshProofItself(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		f.signIn()
		var session string
		f.must(f.db.Row(f.ctx, `SELECT id FROM sessions WHERE user_id = $1`, f.noor.ID).Scan(&session))
		u, err := f.ways.Bootstrap(f.ctx, access.System("test"), staff.NewUser{FirstName: "Elena", LastName: "Marlow", Email: "elena@marlowreyes.example",
			RoleID: access.RoleSuperAdmin, Language: "en", Zone: "UTC"}, password, false)
		f.must(err)
		f.must(f.people.SeedStatus(f.ctx, u.ID, staff.Active, nil))
		many := work.New(f.db, slices.Concat(f.people.Kinds(), f.ways.Kinds())...)
		newcomer := func(role string) staff.NewUser {
			return staff.NewUser{FirstName: "New", LastName: "Comer", Email: "new@marlowreyes.example", RoleID: role, Language: "en", Zone: "UTC", Confirmed: true}
		}
		ask := func(kind, input string, items ...work.Item) func(context.Context, *signin.Current) error {
			return func(ctx context.Context, c *signin.Current) error {
				_, err := many.Ask(ctx, c.Actor(here), work.Request{Kind: kind, Input: input, Items: items})
				return err
			}
		}
		row := func(id string, of any) work.Item {
			b, err := json.Marshal(of)
			f.must(err)
			return work.Item{ObjectID: id, Label: "row", Input: string(b)}
		}
		change := func(field, before, after string) work.Item {
			return row(f.noor.ID, staff.ImportChange{Confirmed: true, Changes: []audit.Change{{Field: field, Before: before, After: after}}})
		}
		invite := func(role string) func(context.Context, *signin.Current) error {
			return func(ctx context.Context, c *signin.Current) error {
				return second(f.ways.Invite(ctx, c.Actor(here), newcomer(role), signin.FirstPassword{Way: signin.FirstLink}))
			}
		}
		apply := func(field, before, after string) func(context.Context, *signin.Current) error {
			return func(ctx context.Context, c *signin.Current) error {
				return f.people.ApplyImport(ctx, c.Actor(here), f.noor.ID, staff.ImportChange{Confirmed: true, Changes: []audit.Change{{Field: field, Before: before, After: after}}})
			}
		}
		kind := func(name string, item work.Item) func(context.Context, *signin.Current) error {
			kinds := f.ways.Kinds()
			each := kinds[slices.IndexFunc(kinds, func(k work.Kind) bool { return k.Name == name })].Each
			return func(ctx context.Context, c *signin.Current) error {
				_, err := each(ctx, c.Actor(here), "", item)
				return err
			}
		}
		noor := work.Item{ObjectID: f.noor.ID, Label: "Noor"}
		asked := map[string]func(context.Context, *signin.Current) error{
			"sign out": func(ctx context.Context, c *signin.Current) error {
				return second(f.ways.SignOutEverywhere(ctx, c.Actor(here), f.noor.ID))
			},
			"end a session": func(ctx context.Context, c *signin.Current) error {
				return f.ways.EndSessionOf(ctx, c.Actor(here), f.noor.ID, session)
			},
			"invite a Super Admin":          invite(access.RoleSuperAdmin),
			"import a number":               apply("cell", "", "+14165550123"),
			"import a Super Admin":          apply("role", access.RoleConsultant, access.RoleSuperAdmin),
			"many: sign out":                ask("sign-out", "", noor),
			"many: new Super Admin":         ask("import", "", row("", newcomer(access.RoleViewer)), row("", newcomer(access.RoleSuperAdmin))),
			"many: number":                  ask("import", "", change("language", "fr", "en"), change("cell", "", "+14165550123")),
			"many: Super Admin":             ask("import", "", change("role", access.RoleConsultant, access.RoleSuperAdmin)),
			"many: unreadable":              ask("import", "", work.Item{Label: "row", Input: "{"}),
			"one of many: sign out":         kind("sign-out", noor),
			"one of many: new Super Admin":  kind("import", row("", newcomer(access.RoleSuperAdmin))),
			"one of many: number":           kind("import", change("cell", "", "+14165550123")),
			"one of many: into Super Admin": kind("import", change("role", access.RoleConsultant, access.RoleSuperAdmin)),
		}
		known := work.Refused(fault.M("run.gone"))
		settled := row("", newcomer(access.RoleSuperAdmin))
		settled.Known = &known
		free := map[string]func(context.Context, *signin.Current) error{
			"invite":             invite(access.RoleViewer),
			"import a field":     apply("language", "fr", "en"),
			"import a role":      apply("role", access.RoleConsultant, access.RoleViewer),
			"many: new":          ask("import", "", row("", newcomer(access.RoleViewer)), settled),
			"many: role":         ask("role", access.RoleViewer, noor),
			"many: deactivation": ask("deactivation", "", noor),
			"many, dry": func(ctx context.Context, c *signin.Current) error {
				trials, err := many.Try(ctx, c.Actor(here), work.Request{Kind: "sign-out", Items: []work.Item{noor}})
				if err == nil && trials[0].State != work.ItemDone {
					err = errors.New("the dry run foretells another outcome than the run")
				}
				return err
			},
		}
		o, err := f.ways.SignIn(f.ctx, u.Email, password, here)
		f.must(err)
		tried := func(do func(context.Context, *signin.Current) error, c *signin.Current) (err error) {
			back := errors.New("back")
			if tx := f.db.Tx(f.ctx, func(ctx context.Context) error { err = do(ctx, c); return back }); !errors.Is(tx, back) {
				t.Fatal(tx)
			}
			return err
		}
		fresh := f.current(o.Token)
		for _, name := range slices.Sorted(maps.Keys(asked)) {
			if err := tried(asked[name], fresh); err != nil {
				t.Errorf("%s, right after the proof: %v", name, err)
			}
		}
		f.clock.Add(access.ProofLasts)
		stale := f.current(o.Token)
		before := f.count(`SELECT count(*) FROM runs`) + f.count(`SELECT count(*) FROM audit`)
		for _, name := range slices.Sorted(maps.Keys(asked)) {
			if err := asked[name](f.ctx, stale); !errors.Is(err, fault.ErrProve) {
				t.Errorf("%s, without a fresh proof: %v", name, err)
			}
		}
		if after := f.count(`SELECT count(*) FROM runs`) + f.count(`SELECT count(*) FROM audit`); after != before {
			t.Errorf("%d things were written nevertheless", after-before)
		}
		for _, name := range slices.Sorted(maps.Keys(free)) {
			if err := tried(free[name], stale); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

// ASVS 7.5.1: what was asked for against a proof is done, however long it takes until its turn comes.
func TestWorkGoesOnByTheProofOfWhenItWasAskedFor(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		f.signIn()
		c := f.administrator()
		many := work.New(f.db, f.ways.Kinds()...)
		id, err := many.Ask(f.ctx, c.Actor(here), work.Request{Kind: "sign-out", Items: []work.Item{{ObjectID: f.noor.ID, Label: "Noor"}}})
		f.must(err)
		f.clock.Add(24 * time.Hour)
		for more := true; more; {
			if more, err = many.Advance(f.ctx, id); err != nil {
				t.Fatal(err)
			}
		}
		if n := f.count(`SELECT count(*) FROM sessions WHERE user_id = ? AND ended_why = 'ended-by-administrator'`, f.noor.ID); n != 1 {
			t.Errorf("%d sessions ended", n)
		}
	})
}
