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

// S1-32, the issue: nobody grants a right that they do not hold: not by a permission, a parent, a profile, or a new role.
func TestNobodyGrantsWhatTheyDoNotHold(t *testing.T) {
	room(t, func(t *testing.T, ctx context.Context, db *store.DB, a *access.Access) {
		who := editor(access.CasesView, access.MessagesView, access.AppointmentsView)
		viewer := func() access.RoleEdit { return form(t, a, db, access.RoleViewer) }

		e := viewer()
		e.Permissions = append(e.Permissions, access.InvoicesView)
		refused(t, a.UpdateRole(ctx, who, access.RoleViewer, e), "permissions:beyond")
		_, err := a.PreviewRole(ctx, who, access.RoleViewer, e)
		refused(t, err, "permissions:beyond")
		e = viewer()
		e.ParentID = access.RoleAccountant
		refused(t, a.UpdateRole(ctx, who, access.RoleViewer, e), "parent:beyond")
		e = viewer()
		e.ProfileIDs = []string{"collections"}
		refused(t, a.UpdateRole(ctx, who, access.RoleViewer, e), "profiles:beyond")
		_, err = a.CreateRole(ctx, who, access.RoleEdit{Name: "Mine", Permissions: access.All()})
		refused(t, err, "permissions:beyond")
		_, err = a.CreateProfile(ctx, who, access.ProfileEdit{Name: "Mine", Permissions: []access.Permission{access.PaymentsRecord}})
		refused(t, err, "permissions:beyond")
		refused(t, a.UpdateProfile(ctx, who, "collections", access.ProfileEdit{Name: "Collections", Generation: 1, Permissions: []access.Permission{access.PaymentsRecord, access.UsersEdit}}), "permissions:beyond")

		e = viewer() // what stays is not granted anew, and what one holds may be taken
		e.Permissions, e.Summary = []access.Permission{access.CasesView}, "Only cases"
		if err := a.UpdateRole(ctx, who, access.RoleViewer, e); err != nil {
			t.Error(err)
		}
		if err := a.UpdateProfile(ctx, who, "collections", access.ProfileEdit{Name: "Debts", Generation: 1, Permissions: []access.Permission{access.InvoicesView, access.InvoicesEdit, access.PaymentsView, access.PaymentsRecord}}); err != nil {
			t.Error(err)
		}
		var forbidden *fault.Forbidden
		reads := access.Actor{Rights: access.Granted(false, "roles.view users.edit")}
		for name, err := range map[string]error{
			"update":  a.UpdateRole(ctx, reads, access.RoleViewer, e),
			"delete":  a.DeleteRole(ctx, reads, access.RoleViewer),
			"update'": a.UpdateProfile(ctx, reads, "collections", access.ProfileEdit{}),
			"delete'": a.DeleteProfile(ctx, reads, "collections"),
		} {
			if !errors.As(err, &forbidden) || forbidden.Permission != "roles.edit" {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

// S1-31: the Super Admin is what it is.
func TestTheSuperAdminIsNotEdited(t *testing.T) {
	room(t, func(t *testing.T, ctx context.Context, db *store.DB, a *access.Access) {
		super := access.Actor{Actor: audit.Actor{ID: "s"}, Rights: access.Granted(true, "")}
		refused(t, a.UpdateRole(ctx, super, access.RoleSuperAdmin, access.RoleEdit{Name: "Boss", Generation: 1}), "super-fixed")
		refused(t, a.DeleteRole(ctx, super, access.RoleSuperAdmin), "super-fixed")
		for _, sql := range []string{`UPDATE roles SET super = true WHERE id = 'viewer'`, `UPDATE roles SET super = false WHERE id = 'super-admin'`} {
			if err := db.In(ctx).Exec(sql).Error; !store.Violated(err, "roles_super_stays", "") {
				t.Errorf("%s: %v", sql, err)
			}
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

// Nothing is released that someone has, and no base role ever.
func TestWhatSomeoneHasIsNotReleased(t *testing.T) {
	room(t, func(t *testing.T, ctx context.Context, db *store.DB, a *access.Access) {
		who := administrator()
		p, err := a.CreateProfile(ctx, who, access.ProfileEdit{Name: "Debts"})
		if err != nil {
			t.Fatal(err)
		}
		r, err := a.CreateRole(ctx, who, access.RoleEdit{Name: "Clerk", ProfileIDs: []string{p.ID}})
		if err != nil {
			t.Fatal(err)
		}
		heir, err := a.CreateRole(ctx, who, access.RoleEdit{Name: "Heir", ParentID: r.ID})
		if err != nil {
			t.Fatal(err)
		}
		refused(t, a.DeleteRole(ctx, who, access.RoleViewer), "role-base")
		refused(t, a.DeleteRole(ctx, who, r.ID), "role-parent")
		refused(t, a.DeleteProfile(ctx, who, p.ID), "profile-hangs")
		person(t, db, "gone", heir.ID, "INACTIVE", "collections")
		refused(t, a.DeleteRole(ctx, who, heir.ID), "role-in-use")
		refused(t, a.DeleteProfile(ctx, who, "collections"), "profile-in-use")
		run(t, db, `UPDATE users SET role_id = 'viewer'`)
		run(t, db, `DELETE FROM user_profiles`)
		for _, id := range []string{heir.ID, r.ID} {
			if err := a.DeleteRole(ctx, who, id); err != nil {
				t.Error(err)
			}
		}
		if err := a.DeleteProfile(ctx, who, p.ID); err != nil {
			t.Error(err)
		}
		if err := a.DeleteProfile(ctx, who, p.ID); !errors.Is(err, fault.ErrNotFound) {
			t.Error(err)
		}
		_, err = a.CreateRole(ctx, who, access.RoleEdit{Name: "vIEWER", Summary: strings.Repeat("x", 201)})
		refused(t, err, "summary:too-long")
		_, err = a.CreateRole(ctx, who, access.RoleEdit{Name: "vIEWER"})
		refused(t, err, "name:name-taken")
		_, err = a.CreateProfile(ctx, who, access.ProfileEdit{Name: " collections"})
		refused(t, err, "name:name-taken")
		_, err = a.CreateProfile(ctx, who, access.ProfileEdit{Permissions: []access.Permission{"users.fly"}})
		refused(t, err, "name:name-missing permissions:choose")
	})
}

// B-11: what a change would do, and to how many people, before it is done; what is foretold is what happens.
func TestAPreviewForetellsWhatHappens(t *testing.T) {
	room(t, func(t *testing.T, ctx context.Context, db *store.DB, a *access.Access) {
		who := administrator()
		run(t, db, `UPDATE roles SET parent_id = 'viewer' WHERE id = 'paralegal'`)
		person(t, db, "v1", "viewer", "ACTIVE")
		person(t, db, "v2", "viewer", "PENDING", "collections") // has invoices.view already
		person(t, db, "v3", "viewer", "INACTIVE")
		person(t, db, "p1", "paralegal", "ACTIVE") // messages.view of its own
		person(t, db, "a1", "accountant", "ACTIVE")
		e := form(t, a, db, access.RoleViewer)
		e.Permissions = []access.Permission{access.CasesView, access.AppointmentsView, access.InvoicesView}
		show := func(list []access.Effect) string {
			var b strings.Builder
			for _, e := range list {
				b.WriteString(string(e.Permission) + " " + string(rune('0'+e.People)) + " ")
			}
			return b.String()
		}
		p, err := a.PreviewRole(ctx, who, access.RoleViewer, e)
		if err != nil || show(p.Gained) != "invoices.view 2 " || show(p.Lost) != "messages.view 2 " || p.People != 3 {
			t.Fatalf("%+v, %v", p, err)
		}
		before := map[string]access.Rights{}
		people := []string{"v1", "v2", "p1", "a1"}
		for _, id := range people {
			before[id], _ = a.Of(ctx, id)
		}
		if err := a.UpdateRole(ctx, who, access.RoleViewer, e); err != nil {
			t.Fatal(err)
		}
		gained, lost := map[access.Permission]int64{}, map[access.Permission]int64{}
		for _, id := range people {
			after, err := a.Of(ctx, id)
			if err != nil {
				t.Fatal(err)
			}
			for _, q := range access.All() {
				if after.Can(q) && !before[id].Can(q) {
					gained[q]++
				} else if before[id].Can(q) && !after.Can(q) {
					lost[q]++
				}
			}
		}
		for _, e := range p.Gained {
			if gained[e.Permission] != e.People {
				t.Errorf("%s: foretold %d, happened %d", e.Permission, e.People, gained[e.Permission])
			}
		}
		if len(gained) != len(p.Gained) || len(lost) != len(p.Lost) || lost[access.MessagesView] != 2 {
			t.Errorf("gained %v, lost %v", gained, lost)
		}
		p, err = a.PreviewProfile(ctx, who, "collections", access.ProfileEdit{Name: "Collections", Generation: 1, Permissions: []access.Permission{access.InvoicesView}})
		if err != nil || show(p.Lost) != "invoices.edit 1 payments.view 1 payments.record 1 " || len(p.Gained) != 0 || p.People != 1 {
			t.Errorf("%+v, %v", p, err)
		}
		p, err = a.PreviewRole(ctx, who, access.RoleSupport, access.RoleEdit{Name: "Support", Generation: 1}) // nobody has it
		if err != nil || p.People != 0 || len(p.Lost) != 5 || p.Lost[0].People != 0 {
			t.Errorf("%+v, %v", p, err)
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

func TestRightsCoverAndLess(t *testing.T) {
	super, both, one := access.Granted(true, ""), access.Granted(false, "users.view users.edit"), access.Granted(false, "users.view")
	for _, c := range []struct {
		r, other access.Rights
		want     bool
	}{{super, super, true}, {super, both, true}, {both, super, false}, {both, one, true}, {one, both, false}, {one, one, true}, {one, access.Rights{}, true}, {access.Rights{}, one, false}} {
		if c.r.Covers(c.other) != c.want {
			t.Errorf("%v covers %v: not %t", c.r.List(), c.other.List(), c.want)
		}
	}
	if got := both.Less(one).List(); !slices.Equal(got, []access.Permission{access.UsersEdit}) {
		t.Error(got)
	}
	if !super.Less(both).Super() || len(both.Less(super).List()) != 0 || super.Less(super).Super() {
		t.Error("super less something, or the reverse")
	}
}

// ASVS 8.3.1: nobody takes a right that they do not hold out of a role or profile, by whichever way it is lost: else whoever edits
// roles could bring those who may more down to what they may themselves, and then act on their accounts.
func TestNobodyTakesWhatTheyDoNotHold(t *testing.T) {
	room(t, func(t *testing.T, ctx context.Context, db *store.DB, a *access.Access) {
		who := editor(access.CasesView, access.MessagesView, access.AppointmentsView)
		e := form(t, a, db, access.RoleAdministrator)
		e.Permissions = slices.DeleteFunc(e.Permissions, func(p access.Permission) bool { return p == access.OrganizationEdit })
		refused(t, a.UpdateRole(ctx, who, access.RoleAdministrator, e), "permissions:beyond-taken")
		_, err := a.PreviewRole(ctx, who, access.RoleAdministrator, e)
		refused(t, err, "permissions:beyond-taken")
		refused(t, a.UpdateProfile(ctx, who, "collections", access.ProfileEdit{Name: "Collections", Generation: 1}), "permissions:beyond-taken")

		e = form(t, a, db, access.RoleViewer)
		e.ParentID, e.ProfileIDs = access.RoleAccountant, []string{"collections"}
		if err := a.UpdateRole(ctx, administrator(), access.RoleViewer, e); err != nil {
			t.Fatal(err)
		}
		e = form(t, a, db, access.RoleViewer)
		e.ParentID = ""
		if err := a.UpdateRole(ctx, who, access.RoleViewer, e); err != nil { // the profile grants all of that, too
			t.Error(err)
		}
		e = form(t, a, db, access.RoleViewer)
		e.ProfileIDs = nil
		refused(t, a.UpdateRole(ctx, who, access.RoleViewer, e), "profiles:beyond-taken")
	})
}
