package web_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"chancery/app/access"
	"chancery/app/apptest"
	"chancery/app/fault"
	"chancery/app/staff"
	"chancery/views"
)

var update = flag.Bool("update", false, "write the tables of rights in SECURITY.md anew")

const (
	tablesBegin = "<!-- rights: made by go test ./app/web -run WrittenTables -update -->\n"
	tablesEnd   = "<!-- end of rights -->\n"
)

// ASVS 8.1.1, 8.1.2: who may do what, and who may read and write which field of a person, as written in SECURITY.md. The
// first table is what routes name and what the base roles begin with; the second is found by trying: each base role reads
// and writes each field by the verbs that enforce it.
func TestTheWrittenTablesAreWhatIsEnforced(t *testing.T) {
	app := apptest.One(t)
	book, err := app.Access.Book(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	tables := "\n" + functions(t, book) + "\n" + fields(t, app, book) + "\n"
	file, err := os.ReadFile("../../SECURITY.md")
	if err != nil {
		t.Fatal(err)
	}
	top, rest, ok := strings.Cut(string(file), tablesBegin)
	old, bottom, ok2 := strings.Cut(rest, tablesEnd)
	if !ok || !ok2 {
		t.Fatal("SECURITY.md has no place for the tables")
	}
	if *update {
		if err := os.WriteFile("../../SECURITY.md", []byte(top+tablesBegin+tables+tablesEnd+bottom), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if old != tables {
		t.Error("the tables in SECURITY.md are not what is enforced: run with -update and read the difference")
	}
}

// functions is the table of permissions: what each opens, and the base roles that begin with it.
func functions(t *testing.T, book *access.Book) string {
	opens := map[string][]string{}
	for _, route := range slices.Sorted(maps.Keys(needs)) {
		opens[needs[route]] = append(opens[needs[route]], "`"+route+"`")
	}
	l := views.In("en", nil, time.Time{})
	var b strings.Builder
	b.WriteString("| Permission | What it is | Base roles that begin with it | Routes that ask for it |\n|---|---|---|---|\n")
	for _, p := range access.All() {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", p, l.T(fault.M(p.Key())), who(book, func(roleID string) bool { return book.Rights(roleID, nil).Can(p) }), strings.Join(opens[string(p)], ", "))
		delete(opens, string(p))
	}
	for _, open := range []string{"anyone", "paired", "during change", "during enrolment", "signed in"} {
		fmt.Fprintf(&b, "| – | %s | %s | %s |\n", map[string]string{"anyone": "Without signing in", "paired": "By a paired browser extension’s token; the verbs ask further", "during change": "Signed in, also while a change of password is due", "during enrolment": "Signed in, also while a second factor must be set up", "signed in": "Signed in; the verbs ask further"}[open],
			map[bool]string{true: "everyone", false: "–"}[open != "anyone"], strings.Join(opens[open], ", "))
		delete(opens, open)
	}
	if len(opens) > 0 {
		t.Errorf("routes name permissions that do not exist: %v", opens)
	}
	return b.String()
}

// fieldOf is a field of a person and the verbs that read and write it.
type personField struct {
	name  string
	card  func(*staff.Card) bool // whether the card shows it
	own   func(ctx context.Context, app *apptest.App, actor access.Actor) error
	other func(ctx context.Context, app *apptest.App, actor access.Actor, id string) error
}

// fields is the table of a person's fields.
func fields(t *testing.T, app *apptest.App, book *access.Book) string {
	account := func(c *staff.Card) bool { return c.Account != nil }
	everyone := func(*staff.Card) bool { return true }
	nobody := func(*staff.Card) bool { return false }
	profile := func(name string, shown func(*staff.Card) bool, set func(*staff.ProfileChange, *staff.Edit), value string) personField {
		change := func() (c staff.ProfileChange) { set(&c, &staff.Edit{Value: value}); return c }
		return personField{name, shown,
			func(ctx context.Context, app *apptest.App, actor access.Actor) error {
				_, err := app.Staff.UpdateProfile(ctx, actor, actor.ID, change())
				return err
			},
			func(ctx context.Context, app *apptest.App, actor access.Actor, id string) error {
				_, err := app.Staff.Update(ctx, actor, id, staff.Change{ProfileChange: change()})
				return err
			}}
	}
	all := []personField{
		profile("first name", everyone, func(c *staff.ProfileChange, e *staff.Edit) { c.FirstName = e }, "Ann"),
		profile("last name", everyone, func(c *staff.ProfileChange, e *staff.Edit) { c.LastName = e }, "Onymous"),
		profile("display name", everyone, func(c *staff.ProfileChange, e *staff.Edit) { c.DisplayName = e }, "A. O."),
		profile("cell", func(c *staff.Card) bool { return c.Cell != "" }, func(c *staff.ProfileChange, e *staff.Edit) { c.Cell = e }, "+14165550118"),
		profile("cell, hidden", nobody, func(c *staff.ProfileChange, e *staff.Edit) { c.CellHidden = e }, "true"),
		profile("office", everyone, func(c *staff.ProfileChange, e *staff.Edit) { c.Office = e }, "+14165550119"),
		profile("address", nobody, func(c *staff.ProfileChange, e *staff.Edit) { c.Address = e }, "Street"),
		profile("bio", everyone, func(c *staff.ProfileChange, e *staff.Edit) { c.Bio = e }, "Bio"),
		profile("language", account, func(c *staff.ProfileChange, e *staff.Edit) { c.Language = e }, "es"),
		profile("time zone", account, func(c *staff.ProfileChange, e *staff.Edit) { c.Zone = e }, "UTC"),
		profile("theme", nobody, func(c *staff.ProfileChange, e *staff.Edit) { c.Theme = e }, "dark"),
		{"job title", everyone, nil, func(ctx context.Context, app *apptest.App, actor access.Actor, id string) error {
			_, err := app.Staff.Update(ctx, actor, id, staff.Change{Title: &staff.Edit{}})
			return err
		}},
		{"sign-in e-mail", everyone, nil, func(ctx context.Context, app *apptest.App, actor access.Actor, id string) error {
			err := app.Signin.CancelEmailChange(ctx, actor, id) // asks what the change itself asks
			if errors.Is(err, fault.ErrNotFound) {
				return nil
			}
			return err
		}},
		{"department", everyone, nil, func(ctx context.Context, app *apptest.App, actor access.Actor, id string) error {
			return app.Staff.SetDepartment(ctx, actor, id, "")
		}},
		{"role", account, func(ctx context.Context, app *apptest.App, actor access.Actor) error {
			return app.Staff.SetRole(ctx, actor, actor.ID, access.RoleSupport, true)
		}, func(ctx context.Context, app *apptest.App, actor access.Actor, id string) error {
			return app.Staff.SetRole(ctx, actor, id, access.RoleSupport, true)
		}},
		{"role, Super Admin", account, nil, func(ctx context.Context, app *apptest.App, actor access.Actor, id string) error {
			return app.Staff.SetRole(ctx, actor, id, access.RoleSuperAdmin, true)
		}},
		{"profiles", account, func(ctx context.Context, app *apptest.App, actor access.Actor) error {
			return app.Staff.SetProfiles(ctx, actor, actor.ID, []string{"collections"})
		}, func(ctx context.Context, app *apptest.App, actor access.Actor, id string) error {
			return app.Staff.SetProfiles(ctx, actor, id, []string{"collections"})
		}},
		{"status", account, nil, func(ctx context.Context, app *apptest.App, actor access.Actor, id string) error {
			_, err := app.Staff.Deactivate(ctx, actor, id, staff.Plan{})
			return err
		}},
		{"lock", account, nil, func(ctx context.Context, app *apptest.App, actor access.Actor, id string) error {
			return app.Signin.Unlock(ctx, actor, id)
		}},
	}
	actors := map[string]access.Actor{}
	for _, role := range book.Roles() {
		u := hire(t, app, staff.NewUser{FirstName: "Of", LastName: role.Name, Email: "of." + role.ID + "@firm.example", RoleID: role.ID})
		must(t, app.Staff.SeedStatus(t.Context(), u.ID, staff.Active, nil))
		actor := access.System("test")
		actor.ID, actor.Name, actor.Rights = u.ID, u.Name(), book.Rights(role.ID, nil)
		actors[role.ID] = actor
	}
	target := hire(t, app, staff.NewUser{FirstName: "Some", LastName: "One", Email: "some.one@firm.example", RoleID: access.RoleViewer})
	must(t, app.Staff.SeedStatus(t.Context(), target.ID, staff.Active, nil))
	run(t, app, `UPDATE users SET cell = '+14165550100' WHERE id = ?`, target.ID)

	errBack := errors.New("take it back")
	may := func(try func(ctx context.Context) error) bool {
		err := app.DB.Tx(t.Context(), func(ctx context.Context) error {
			if err := try(ctx); err != nil {
				return err
			}
			return errBack
		})
		var forbidden *fault.Forbidden
		var invalid *fault.Invalid
		var refused *fault.Refused
		switch {
		case errors.Is(err, errBack):
			return true
		case errors.As(err, &forbidden), errors.As(err, &invalid), errors.As(err, &refused):
			return false
		}
		t.Errorf("unexpected: %v", err)
		return false
	}
	var b strings.Builder
	b.WriteString("| Field of a person | Read of others by | Written of one’s own by | Written of others by |\n|---|---|---|---|\n")
	for _, f := range all {
		reads := who(book, func(role string) bool {
			c, err := app.Staff.Card(t.Context(), actors[role], target.ID)
			must(t, err)
			if f.card(c) {
				return true
			}
			_, err = app.Staff.Editable(t.Context(), actors[role], target.ID) // whose form shows it
			return err == nil && slices.Contains([]string{"cell, hidden", "address"}, f.name)
		})
		own := "nobody"
		if f.own != nil {
			own = who(book, func(role string) bool {
				return may(func(ctx context.Context) error { return f.own(ctx, app, actors[role]) })
			})
		}
		others := who(book, func(role string) bool {
			return may(func(ctx context.Context) error { return f.other(ctx, app, actors[role], target.ID) })
		})
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", f.name, reads, own, others)
	}
	return b.String()
}

// who names the base roles of which something holds.
func who(book *access.Book, holds func(roleID string) bool) string {
	var names []string
	roles := book.Roles()
	for _, r := range roles {
		if holds(r.ID) {
			names = append(names, r.Name)
		}
	}
	switch len(names) {
	case 0:
		return "nobody"
	case len(roles):
		return "everyone"
	}
	return strings.Join(names, ", ")
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
