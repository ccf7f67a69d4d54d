package access_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"chancery/app/access"
	"chancery/app/audit"
	"chancery/app/fault"
	"chancery/app/store"
)

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
