package access_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"chancery/app/access"
	"chancery/app/audit"
	"chancery/app/fault"
	"chancery/app/store"
	"chancery/app/store/storetest"
)

// room is a practice with a person of each role that is named, on each database.
func room(t *testing.T, fn func(t *testing.T, ctx context.Context, db *store.DB, a *access.Access)) {
	t.Helper()
	storetest.Each(t, storetest.NewClock().Now, func(t *testing.T, db *store.DB) {
		a := access.New(db)
		if err := a.Seed(t.Context()); err != nil {
			t.Fatal(err)
		}
		fn(t, t.Context(), db, a)
	})
}

func person(t *testing.T, db *store.DB, id, role, status string, profiles ...string) {
	t.Helper()
	run(t, db, `INSERT INTO users (id, email, first_name, last_name, sort_name, search, language, zone, status, role_id, created_at, updated_at)
		VALUES (?, ?, 'A', 'B', '', '', 'en', 'UTC', ?, ?, ?, ?)`, id, id+"@x.example", status, role, db.Now(), db.Now())
	for _, p := range profiles {
		run(t, db, `INSERT INTO user_profiles (user_id, profile_id, created_at) VALUES (?, ?, ?)`, id, p, db.Now())
	}
}

func run(t *testing.T, db *store.DB, sql string, args ...any) {
	t.Helper()
	if err := db.In(t.Context()).Exec(sql, args...).Error; err != nil {
		t.Fatal(err)
	}
}

func editor(more ...access.Permission) access.Actor {
	listed := "roles.view roles.edit"
	for _, p := range more {
		listed += " " + string(p)
	}
	return access.Actor{Actor: audit.Actor{ID: "editor", Name: "Editor"}, Rights: access.Granted(false, listed)}
}

func administrator() access.Actor { return editor(access.All()...) }

// form is a role as its form would show it.
func form(t *testing.T, a *access.Access, db *store.DB, id string) access.RoleEdit {
	t.Helper()
	book, err := access.ReadBook(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	r, ok := book.Role(id)
	if !ok {
		t.Fatalf("no role %s", id)
	}
	e := access.RoleEdit{Name: r.Name, Summary: r.Summary, Permissions: book.Own(id), ProfileIDs: book.Hung(id), Generation: r.Generation}
	if r.ParentID != nil {
		e.ParentID = *r.ParentID
	}
	return e
}

func refused(t *testing.T, err error, want string) {
	t.Helper()
	var invalid *fault.Invalid
	var no *fault.Refused
	switch {
	case errors.As(err, &invalid):
		var got []string
		for _, f := range invalid.Fields {
			got = append(got, f.Name+":"+strings.TrimPrefix(f.Message.Key, "access."))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("faults %q, want %q", got, want)
		}
	case errors.As(err, &no):
		if strings.TrimPrefix(no.Message.Key, "access.") != want {
			t.Errorf("refused %s, want %s", no.Message.Key, want)
		}
	default:
		t.Errorf("%v, want %q", err, want)
	}
}

// S1-26, C-20, V-2: a child grants at least what its parent does, and what hangs on either; rights say where they come from.
func TestAChildHasAllOfItsParent(t *testing.T) {
	room(t, func(t *testing.T, ctx context.Context, db *store.DB, a *access.Access) {
		collections, err := a.CreateProfile(ctx, administrator(), access.ProfileEdit{Name: "Front desk", Permissions: []access.Permission{access.AppointmentsEdit}})
		if err != nil {
			t.Fatal(err)
		}
		junior, err := a.CreateRole(ctx, administrator(), access.RoleEdit{Name: " Junior  consultant ", ParentID: access.RoleViewer, Permissions: []access.Permission{access.CasesEdit}, ProfileIDs: []string{collections.ID}})
		if err != nil || junior.Name != "Junior consultant" || junior.Generation != 1 {
			t.Fatal(junior, err)
		}
		senior, err := a.CreateRole(ctx, administrator(), access.RoleEdit{Name: "Senior", ParentID: junior.ID, Permissions: []access.Permission{access.CasesCreate, access.CasesView}})
		if err != nil {
			t.Fatal(err)
		}
		person(t, db, "s", senior.ID, "ACTIVE", "collections")
		rights, err := a.Of(ctx, "s")
		want := []access.Permission{access.CasesView, access.CasesCreate, access.CasesEdit, access.MessagesView, access.AppointmentsView, access.AppointmentsEdit,
			access.InvoicesView, access.InvoicesEdit, access.PaymentsView, access.PaymentsRecord}
		if err != nil || !slices.Equal(rights.List(), want) {
			t.Fatal(rights.List(), err)
		}
		sources, err := a.Sources(ctx, "s")
		if err != nil {
			t.Fatal(err)
		}
		var held []access.Permission
		from := map[access.Permission]string{}
		for _, s := range sources {
			held = append(held, s.Permission)
			for _, o := range s.From {
				word := o.Kind + " " + o.Name
				if o.Parent {
					word += " inherited"
				}
				if o.RoleID != "" {
					word += " of " + o.RoleName
				}
				from[s.Permission] += word + "; "
			}
		}
		if !slices.Equal(held, want) { // B-11: what is explained is what is enforced
			t.Errorf("explained %v, enforced %v", held, want)
		}
		for p, text := range map[access.Permission]string{
			access.CasesView: "role Senior; role Viewer inherited; ", access.CasesEdit: "role Junior consultant inherited; ",
			access.AppointmentsEdit: "profile Front desk inherited of Junior consultant; ", access.InvoicesEdit: "profile Collections; ",
		} {
			if from[p] != text {
				t.Errorf("%s comes from %q, want %q", p, from[p], text)
			}
		}
		e := form(t, a, db, access.RoleViewer)
		e.ParentID = senior.ID
		refused(t, a.UpdateRole(ctx, administrator(), access.RoleViewer, e), "parent:parent-circle")
		e.ParentID = access.RoleViewer
		refused(t, a.UpdateRole(ctx, administrator(), access.RoleViewer, e), "parent:parent-circle")
		e.ParentID = access.RoleSuperAdmin
		refused(t, a.UpdateRole(ctx, administrator(), access.RoleViewer, e), "parent:parent-super")
	})
}

// A circle that was made by hand grants what its roles grant, once, and ends.
func TestACircleMadeByHandEnds(t *testing.T) {
	room(t, func(t *testing.T, ctx context.Context, db *store.DB, a *access.Access) {
		run(t, db, `UPDATE roles SET parent_id = 'viewer' WHERE id = 'support'`)
		run(t, db, `UPDATE roles SET parent_id = 'support' WHERE id = 'viewer'`)
		person(t, db, "v", "viewer", "ACTIVE")
		if r, err := a.Of(ctx, "v"); err != nil || !r.Can(access.MessagesSend) {
			t.Error(r.List(), err)
		}
	})
}

// Two edits at once that would make a circle together: one of them is refused.
func TestTwoAtOnceMakeNoCircle(t *testing.T) {
	room(t, func(t *testing.T, ctx context.Context, db *store.DB, a *access.Access) {
		for range 5 {
			run(t, db, `UPDATE roles SET parent_id = NULL`)
			x, y := form(t, a, db, "viewer"), form(t, a, db, "support")
			x.ParentID, y.ParentID = "support", "viewer"
			var wg sync.WaitGroup
			var errs [2]error
			wg.Go(func() { errs[0] = a.UpdateRole(ctx, administrator(), "viewer", x) })
			wg.Go(func() { errs[1] = a.UpdateRole(ctx, administrator(), "support", y) })
			wg.Wait()
			if (errs[0] == nil) == (errs[1] == nil) {
				t.Fatalf("both or neither: %v, %v", errs[0], errs[1])
			}
			refused(t, errors.Join(errs[:]...), "parent:parent-circle")
		}
	})
}

// B-16: the second save of a stale form changes nothing and says what is stored now.
func TestAStaleFormChangesNothing(t *testing.T) {
	room(t, func(t *testing.T, ctx context.Context, db *store.DB, a *access.Access) {
		mine, theirs := form(t, a, db, access.RoleSupport), form(t, a, db, access.RoleSupport)
		theirs.Permissions = append(theirs.Permissions, access.InvoicesView)
		if err := a.UpdateRole(ctx, administrator(), access.RoleSupport, theirs); err != nil {
			t.Fatal(err)
		}
		mine.Name = "Reception"
		var conflict *fault.Conflict
		if err := a.UpdateRole(ctx, administrator(), access.RoleSupport, mine); !errors.As(err, &conflict) || conflict.Current["name"] != "Support" ||
			!strings.Contains(conflict.Current["permissions"], "invoices.view") || len(conflict.Current) != 2 {
			t.Errorf("%v %+v", err, conflict)
		}
		if now := form(t, a, db, access.RoleSupport); now.Name != "Support" || now.Generation != 2 {
			t.Errorf("%+v", now)
		}
		if err := a.UpdateRole(ctx, administrator(), access.RoleSupport, theirs); err != nil { // sent twice
			t.Error(err)
		}
		if err := a.UpdateProfile(ctx, administrator(), "collections", access.ProfileEdit{Name: "Debts", Generation: 7}); !errors.As(err, &conflict) {
			t.Error(err)
		}
	})
}

// Each change is one line with the lists before and after; a save that changes nothing is none.
func TestChangesOfRightsAreRecorded(t *testing.T) {
	room(t, func(t *testing.T, ctx context.Context, db *store.DB, a *access.Access) {
		e := form(t, a, db, access.RoleAccountant)
		if err := a.UpdateRole(ctx, administrator(), access.RoleAccountant, e); err != nil {
			t.Fatal(err)
		}
		e.Permissions = []access.Permission{access.CasesView, access.PaymentsView}
		if err := a.UpdateRole(ctx, administrator(), access.RoleAccountant, e); err != nil {
			t.Fatal(err)
		}
		lines, err := audit.Of(ctx, db, "role", access.RoleAccountant, 10)
		if err != nil || len(lines) != 1 || lines[0].Action != "role.update" ||
			!strings.Contains(lines[0].Changes, `{"field":"permissions","before":"cases.view invoices.view invoices.edit payments.view payments.record","after":"cases.view payments.view"}`) {
			t.Errorf("%+v, %v", lines, err)
		}
		p, err := a.CreateProfile(ctx, administrator(), access.ProfileEdit{Name: "Debts", Permissions: []access.Permission{access.PaymentsView}})
		if err != nil {
			t.Fatal(err)
		}
		if err := a.DeleteProfile(ctx, administrator(), p.ID); err != nil {
			t.Fatal(err)
		}
		lines, err = audit.Of(ctx, db, "profile", p.ID, 10)
		if err != nil || len(lines) != 2 || lines[0].Action != "profile.delete" || !strings.Contains(lines[0].Changes, `"before":"payments.view","after":""`) {
			t.Errorf("%+v, %v", lines, err)
		}
	})
}

// A practice from before a permission gets it where the base roles begin with it, once.
func TestANewPermissionReachesTheBaseRolesOnce(t *testing.T) {
	room(t, func(t *testing.T, ctx context.Context, db *store.DB, a *access.Access) {
		run(t, db, `DELETE FROM permissions WHERE name IN ('audit.view', 'messages.send')`)
		run(t, db, `DELETE FROM role_permissions WHERE permission IN ('audit.view', 'messages.send', 'cases.edit')`)
		for range 2 {
			if err := a.Seed(ctx); err != nil {
				t.Fatal(err)
			}
			var has []string
			if err := db.In(ctx).Raw(`SELECT role_id || ' ' || permission FROM role_permissions WHERE permission IN ('audit.view', 'messages.send', 'cases.edit') ORDER BY 1`).Scan(&has).Error; err != nil {
				t.Fatal(err)
			}
			if want := []string{"administrator audit.view", "administrator messages.send", "consultant messages.send", "manager messages.send", "paralegal messages.send", "support messages.send"}; !slices.Equal(has, want) {
				t.Error(has)
			}
			run(t, db, `DELETE FROM role_permissions WHERE permission = 'nothing'`)
		}
	})
}
