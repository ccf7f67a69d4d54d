package access_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"

	"chancery/app/access"
	"chancery/app/audit"
	"chancery/app/fault"
	"chancery/app/store"
)

// column is a role's column of the matrix as it is stored, with some permissions given and some taken.
func column(t *testing.T, db *store.DB, id string, give, take []access.Permission) access.Column {
	t.Helper()
	book, err := access.ReadBook(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	c := access.Column{ID: id, Was: book.Own(id)}
	if r, ok := book.Role(id); ok {
		c.Generation = r.Generation
	} else if p, ok := book.Profile(id); ok {
		c.Was, c.Generation = book.Adds(id), p.Generation
	}
	c.Now = slices.DeleteFunc(slices.Concat(c.Was, give), func(p access.Permission) bool { return slices.Contains(take, p) })
	return c
}

func own(t *testing.T, db *store.DB, id string) []access.Permission {
	return column(t, db, id, nil, nil).Was
}

type permissions = []access.Permission

// S1-26, B-11: several roles are changed in one step, and what was foretold of each is what comes true.
func TestTheMatrixIsSavedWholeAndAsForetold(t *testing.T) {
	room(t, func(t *testing.T, ctx context.Context, db *store.DB, a *access.Access) {
		run(t, db, `UPDATE roles SET parent_id = 'viewer' WHERE id = 'accountant'`)
		person(t, db, "v", access.RoleViewer, "ACTIVE")
		person(t, db, "gone", access.RoleViewer, "INACTIVE")
		person(t, db, "acc", access.RoleAccountant, "ACTIVE")
		person(t, db, "par", access.RoleParalegal, "ACTIVE", "collections")
		columns := []access.Column{
			column(t, db, access.RoleViewer, permissions{access.UsersView}, permissions{access.MessagesView}),
			column(t, db, access.RoleSupport, nil, nil),
			column(t, db, access.RoleParalegal, permissions{access.InvoicesView}, nil), // which its one person has by the profile
		}
		p, err := a.PreviewRoles(ctx, administrator(), columns)
		if err != nil {
			t.Fatal(err)
		}
		if p.People != 2 || len(p.Columns) != 3 || p.Columns[0].ID != access.RoleParalegal || p.Columns[1].ID != access.RoleAccountant || p.Columns[2].ID != access.RoleViewer {
			t.Fatalf("%+v", p)
		}
		if c := p.Columns[0]; c.People != 0 || len(c.Gained) != 1 || c.Gained[0].People != 0 {
			t.Errorf("%+v", c)
		}
		if c := p.Columns[1]; c.People != 1 || len(c.Gained) != 1 || c.Gained[0].Permission != access.UsersView || len(c.Lost) != 1 { // by inheritance
			t.Errorf("%+v", c)
		}
		before := map[string]access.Rights{}
		for _, id := range []string{"v", "acc", "par"} {
			if before[id], err = a.Of(ctx, id); err != nil {
				t.Fatal(err)
			}
		}
		if err := a.UpdateRoles(ctx, administrator(), columns); err != nil {
			t.Fatal(err)
		}
		var changed int64
		for id, was := range before {
			is, err := a.Of(ctx, id)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(was.List(), is.List()) {
				changed++
			}
		}
		if changed != p.People {
			t.Errorf("foretold %d people, happened to %d", p.People, changed)
		}
		if lines, err := audit.Of(ctx, db, "role", access.RoleSupport, 5); err != nil || len(lines) != 0 {
			t.Errorf("a column that asks for nothing: %+v, %v", lines, err)
		}
		if lines, err := audit.Of(ctx, db, "role", access.RoleViewer, 5); err != nil || len(lines) != 1 || lines[0].Action != "role.update" {
			t.Errorf("%+v, %v", lines, err)
		}
		c := column(t, db, "collections", nil, permissions{access.PaymentsView})
		p, err = a.PreviewProfiles(ctx, administrator(), []access.Column{c})
		if err != nil || p.People != 1 || len(p.Columns) != 1 || p.Columns[0].People != 1 || len(p.Columns[0].Lost) != 1 {
			t.Errorf("%+v, %v", p, err)
		}
		if err := a.UpdateProfiles(ctx, administrator(), []access.Column{c}); err != nil || slices.Contains(own(t, db, "collections"), access.PaymentsView) {
			t.Error(err)
		}
	})
}

// The issue: nobody grants a right that they do not hold, and nobody changes the Super Admin; one column that may not be
// changed stops all.
func TestTheMatrixKeepsTheRulesOfItsRoles(t *testing.T) {
	room(t, func(t *testing.T, ctx context.Context, db *store.DB, a *access.Access) {
		free, beyond := column(t, db, access.RoleSupport, nil, permissions{access.MessagesSend}), column(t, db, access.RoleViewer, permissions{access.SystemView}, nil)
		both := []access.Column{free, beyond}
		_, err := a.PreviewRoles(ctx, editor(), both)
		refused(t, err, "support:beyond-taken viewer:beyond")
		refused(t, a.UpdateRoles(ctx, editor(), both), "support:beyond-taken viewer:beyond")
		refused(t, a.UpdateRoles(ctx, editor(access.MessagesSend), both), "viewer:beyond")
		if !slices.Contains(own(t, db, access.RoleSupport), access.MessagesSend) {
			t.Error("half of it is saved")
		}
		refused(t, a.UpdateRoles(ctx, administrator(), []access.Column{{ID: access.RoleSuperAdmin, Now: permissions{access.UsersView}}}), "super-fixed")
		refused(t, a.UpdateRoles(ctx, administrator(), []access.Column{{ID: access.RoleViewer, Now: permissions{"users.fly"}, Generation: 1}}), "viewer:choose")
		var forbidden *fault.Forbidden
		nobody := access.Actor{Rights: access.Granted(false, "roles.view")}
		if err := a.UpdateProfiles(ctx, nobody, nil); !errors.As(err, &forbidden) {
			t.Error(err)
		}
		if _, err := a.PreviewRoles(ctx, nobody, both); !errors.As(err, &forbidden) {
			t.Error(err)
		}
	})
}

// B-16: what another has changed since is told, and not overwritten; a column that one did not touch is none of it.
func TestAStaleMatrixChangesNothing(t *testing.T) {
	room(t, func(t *testing.T, ctx context.Context, db *store.DB, a *access.Access) {
		mine := []access.Column{
			column(t, db, access.RoleViewer, permissions{access.UsersView}, nil), column(t, db, access.RoleSupport, permissions{access.CasesEdit}, nil),
			column(t, db, access.RoleParalegal, nil, nil),
		}
		theirs := []access.Column{column(t, db, access.RoleViewer, nil, permissions{access.MessagesView}), column(t, db, access.RoleParalegal, nil, permissions{access.CasesEdit})}
		if err := a.UpdateRoles(ctx, administrator(), theirs); err != nil {
			t.Fatal(err)
		}
		e := form(t, a, db, access.RoleSupport) // another name is nothing that the matrix shows
		e.Name = "Reception"
		if err := a.UpdateRole(ctx, administrator(), access.RoleSupport, e); err != nil {
			t.Fatal(err)
		}
		var conflict *fault.Conflict
		err := a.UpdateRoles(ctx, administrator(), mine)
		if !errors.As(err, &conflict) || len(conflict.Current) != 1 || conflict.Current[access.RoleViewer] != "cases.view appointments.view" {
			t.Fatalf("%+v, %v", conflict, err)
		}
		if slices.Contains(own(t, db, access.RoleSupport), access.CasesEdit) {
			t.Error("half of it is saved")
		}
		if got := mine[0].On(own(t, db, access.RoleViewer)); len(got) != 3 || !slices.Contains(got, access.UsersView) || slices.Contains(got, access.MessagesView) {
			t.Error("the next form:", got)
		}
		if err := a.UpdateRoles(ctx, administrator(), mine[1:]); err != nil {
			t.Error(err)
		}
		if slices.Contains(own(t, db, access.RoleParalegal), access.CasesEdit) {
			t.Error("a column that was not touched has undone what another did")
		}
		gone := []access.Column{{ID: "gone", Was: nil, Now: permissions{access.CasesView}, Generation: 1}}
		if err := a.UpdateRoles(ctx, administrator(), gone); !errors.As(err, &conflict) || conflict.Current["gone"] != "" {
			t.Error(err)
		}
	})
}

// B-16: two who save at the same moment: one is first, the other is told.
func TestOfTwoMatricesAtOnceOneIsStale(t *testing.T) {
	room(t, func(t *testing.T, ctx context.Context, db *store.DB, a *access.Access) {
		both := [][]access.Column{
			{column(t, db, access.RoleViewer, permissions{access.UsersView}, nil), column(t, db, access.RoleSupport, nil, permissions{access.CasesView})},
			{column(t, db, access.RoleSupport, permissions{access.CasesEdit}, nil), column(t, db, access.RoleViewer, nil, permissions{access.CasesView})},
		}
		errs := make([]error, 2)
		var wg sync.WaitGroup
		for i := range both {
			wg.Go(func() { errs[i] = a.UpdateRoles(ctx, administrator(), both[i]) })
		}
		wg.Wait()
		var conflict *fault.Conflict
		if (errs[0] == nil) == (errs[1] == nil) || !errors.As(errors.Join(errs...), &conflict) || len(conflict.Current) != 2 {
			t.Errorf("%v, %v", errs[0], errs[1])
		}
	})
}
