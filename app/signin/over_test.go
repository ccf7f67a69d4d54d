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

// deed is a verb on a person: what it is over, what they have to be like for it, and the verb.
type deed struct {
	over   access.Over
	status staff.Status // "" is active
	before string       // SQL with one placeholder, their id
	do     func(ctx context.Context, c *signin.Current, u *staff.User) error
}

// deeds are all verbs that somebody may use on somebody else, one by one and by the kinds of work on many.
func (f *firm) deeds() map[string]deed {
	kind := func(kinds []work.Kind, name string) func(context.Context, access.Actor, string, work.Item) (work.Outcome, error) {
		return kinds[slices.IndexFunc(kinds, func(k work.Kind) bool { return k.Name == name })].Each
	}
	many := func(name, input string) func(context.Context, *signin.Current, *staff.User) error {
		each := kind(append(f.people.Kinds(), f.ways.Kinds()...), name)
		return func(ctx context.Context, c *signin.Current, u *staff.User) error {
			_, err := each(ctx, c.Actor(here), input, work.Item{ObjectID: u.ID})
			return err
		}
	}
	file := func(changes ...audit.Change) func(context.Context, *signin.Current, *staff.User) error {
		each := kind(f.ways.Kinds(), "import")
		return func(ctx context.Context, c *signin.Current, u *staff.User) error {
			for i := range changes {
				if changes[i].Field == "role" {
					changes[i].Before = u.RoleID
				}
			}
			input, err := json.Marshal(staff.ImportChange{Changes: changes})
			f.must(err)
			_, err = each(ctx, c.Actor(here), "", work.Item{ObjectID: u.ID, Input: string(input)})
			return err
		}
	}
	set := func(value string) *staff.Edit { return &staff.Edit{Value: value} }
	return map[string]deed{
		"role": {access.OverAccount, "", "", func(ctx context.Context, c *signin.Current, u *staff.User) error {
			return f.people.SetRole(ctx, c.Actor(here), u.ID, access.RoleSupport, true)
		}},
		"role foretold": {access.OverAccount, "", "", func(ctx context.Context, c *signin.Current, u *staff.User) error {
			role := access.RoleSupport
			_, _, err := f.people.PreviewRights(ctx, c.Actor(here), u.ID, staff.RightsEdit{RoleID: &role})
			return err
		}},
		"profiles": {access.OverAccount, "", "", func(ctx context.Context, c *signin.Current, u *staff.User) error {
			return f.people.SetProfiles(ctx, c.Actor(here), u.ID, []string{"desk"})
		}},
		"deactivate": {access.OverAccount, "", "", func(ctx context.Context, c *signin.Current, u *staff.User) error {
			_, err := f.people.Deactivate(ctx, c.Actor(here), u.ID, staff.Plan{})
			return err
		}},
		"plan to leave": {access.OverAccount, "", "", func(ctx context.Context, c *signin.Current, u *staff.User) error {
			_, err := f.people.Deactivate(ctx, c.Actor(here), u.ID, staff.Plan{At: f.clock.Now().Add(48 * time.Hour)})
			return err
		}},
		"cancel the plan": {access.OverAccount, "", "", func(ctx context.Context, c *signin.Current, u *staff.User) error {
			if _, err := f.people.Deactivate(ctx, access.System("test"), u.ID, staff.Plan{At: f.clock.Now().Add(48 * time.Hour)}); err != nil {
				return err
			}
			return f.people.CancelDeparture(ctx, c.Actor(here), u.ID)
		}},
		"reactivate": {access.OverAccount, staff.Inactive, "", func(ctx context.Context, c *signin.Current, u *staff.User) error {
			return f.people.Reactivate(ctx, c.Actor(here), u.ID)
		}},
		"sign out": {access.OverAccount, "", "", func(ctx context.Context, c *signin.Current, u *staff.User) error {
			_, err := f.ways.SignOutEverywhere(ctx, c.Actor(here), u.ID)
			return err
		}},
		"end a session": {access.OverAccount, "", "", func(ctx context.Context, c *signin.Current, u *staff.User) error {
			o, err := f.ways.SignIn(ctx, u.Email, password, here)
			if err != nil {
				return err
			}
			var id string
			if err := f.db.Row(ctx, `SELECT id FROM sessions WHERE user_id = $1 AND ended_at IS NULL`, o.UserID).Scan(&id); err != nil {
				return err
			}
			return f.ways.EndSessionOf(ctx, c.Actor(here), u.ID, id)
		}},
		"unlock": {access.OverAccount, "", `UPDATE credentials SET failures = 10, locked_until = '2099-01-01T00:00:00Z' WHERE user_id = ?`, func(ctx context.Context, c *signin.Current, u *staff.User) error {
			return f.ways.Unlock(ctx, c.Actor(here), u.ID)
		}},
		"reset the password": {access.OverAccount, "", "", func(ctx context.Context, c *signin.Current, u *staff.User) error {
			_, err := f.ways.ResetPassword(ctx, c, u.ID, signin.Reset{Way: signin.ByLink}, signin.Proof{}, here)
			return err
		}},
		"change the address": {access.OverAccount, "", "", func(ctx context.Context, c *signin.Current, u *staff.User) error {
			_, err := f.ways.ChangeEmail(ctx, c, u.ID, "new@marlowreyes.example", signin.Proof{}, here)
			return err
		}},
		"cancel the change of address": {access.OverAccount, "", "", func(ctx context.Context, c *signin.Current, u *staff.User) error {
			super := *c
			super.Rights = access.Granted(true, "")
			if _, err := f.ways.ChangeEmail(ctx, &super, u.ID, "new@marlowreyes.example", signin.Proof{}, here); err != nil {
				return err
			}
			return f.ways.CancelEmailChange(ctx, c.Actor(here), u.ID)
		}},
		"have the address proved": {access.OverAccount, "", `UPDATE users SET email_verified_at = NULL WHERE id = ?`, func(ctx context.Context, c *signin.Current, u *staff.User) error {
			return f.ways.SendVerification(ctx, c.Actor(here), u.ID)
		}},
		"invite again": {access.OverAccount, staff.Pending, "", func(ctx context.Context, c *signin.Current, u *staff.User) error {
			return f.ways.Reinvite(ctx, c.Actor(here), u.ID)
		}},
		"copy the invitation": {access.OverAccount, staff.Pending, "", func(ctx context.Context, c *signin.Current, u *staff.User) error {
			_, _, err := f.ways.CopyInvitation(ctx, c.Actor(here), u.ID)
			return err
		}},
		"cancel the invitation": {access.OverAccount, staff.Pending, "", func(ctx context.Context, c *signin.Current, u *staff.User) error {
			return f.ways.CancelInvitation(ctx, c.Actor(here), u.ID)
		}},
		"send a mail again": {access.OverAccount, "", "", func(ctx context.Context, c *signin.Current, u *staff.User) error {
			if _, err := f.ways.SignOutEverywhere(ctx, access.System("test"), u.ID); err != nil { // which is told by mail
				return err
			}
			var id string
			if err := f.db.Row(ctx, `SELECT id FROM mails WHERE user_id = $1 AND kind = 'sessions-ended'`, u.ID).Scan(&id); err != nil {
				return err
			}
			if _, err := f.db.Exec(ctx, `UPDATE mails SET state = 'failed' WHERE id = $1`, id); err != nil {
				return err
			}
			return f.ways.Resend(ctx, c.Actor(here), u.ID, id)
		}},
		"fields": {access.OverRecord, "", "", func(ctx context.Context, c *signin.Current, u *staff.User) error {
			_, err := f.people.Update(ctx, c.Actor(here), u.ID, staff.Change{ProfileChange: staff.ProfileChange{Bio: set("Families.")}})
			return err
		}},
		"own fields of another": {access.OverRecord, "", "", func(ctx context.Context, c *signin.Current, u *staff.User) error {
			_, err := f.people.UpdateProfile(ctx, c.Actor(here), u.ID, staff.ProfileChange{Bio: set("Families.")})
			return err
		}},
		"open the form of fields": {access.OverRecord, "", "", func(ctx context.Context, c *signin.Current, u *staff.User) error {
			_, err := f.people.Editable(ctx, c.Actor(here), u.ID)
			return err
		}},
		"department": {access.OverRecord, "", "", func(ctx context.Context, c *signin.Current, u *staff.User) error {
			return f.people.SetDepartment(ctx, c.Actor(here), u.ID, f.family)
		}},
		"picture": {access.OverRecord, "", `UPDATE users SET picture_id = 'p' WHERE id = ?`, func(ctx context.Context, c *signin.Current, u *staff.User) error {
			_, err := f.people.RemovePicture(ctx, c.Actor(here), u.ID)
			return err
		}},
		"many: role":         {access.OverAccount, "", "", many("role", access.RoleSupport)},
		"many: department":   {access.OverRecord, "", "", many("department", f.family)},
		"many: deactivation": {access.OverAccount, "", "", many("deactivation", "")},
		"many: sign-out":     {access.OverAccount, "", "", many("sign-out", "")},
		"many: invitation":   {access.OverAccount, staff.Pending, "", many("invitation", "")},
		"a file: role":       {access.OverAccount, "", "", file(audit.Change{Field: "role", After: access.RoleSupport})},
		"a file: profiles":   {access.OverAccount, "", "", file(audit.Change{Field: "profiles", After: "desk"})},
		"a file: out":        {access.OverAccount, "", "", file(audit.Change{Field: "status", Before: "ACTIVE", After: "INACTIVE"})},
		"a file: back":       {access.OverAccount, staff.Inactive, "", file(audit.Change{Field: "status", Before: "INACTIVE", After: "ACTIVE"})},
		"a file: field":      {access.OverRecord, "", "", file(audit.Change{Field: "language", Before: "en", After: "fr"})},
		"a file: department": {access.OverRecord, "", "", file(audit.Change{Field: "department", After: f.family})},
	}
}

// S1-32, V-1, ASVS 8.2.1, 8.2.2, 8.3.1: whom each verb may be used on. A helpdesk, which looks after accounts and may little else, acts on those who may less and
// on its equals; over the account of those who may more it has no verb, and over a Super Admin's not even one over the
// record.
func TestOverWhomEachVerbIs(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		c, people := f.helpdesk()
		deeds := f.deeds()
		for _, name := range slices.Sorted(maps.Keys(deeds)) {
			d := deeds[name]
			for who, u := range people {
				want := ""
				switch {
				case who == "super":
					want = "access.over-super"
				case who == "greater" && d.over == access.OverAccount:
					want = "access.over-more"
				}
				err := f.tried(d, c, u)
				var no *fault.Forbidden
				switch {
				case want == "" && err != nil:
					t.Errorf("%s, on the %s: %v", name, who, err)
				case want != "" && (!errors.As(err, &no) || no.Message.Key != want):
					t.Errorf("%s, on the %s: %v, want %s", name, who, err, want)
				}
			}
		}
	})
}

// tried does a deed, and takes it back.
func (f *firm) tried(d deed, c *signin.Current, u *staff.User) (done error) {
	back := errors.New("back")
	err := f.db.Tx(f.ctx, func(ctx context.Context) error {
		if d.status != "" {
			if err := f.db.In(ctx).Exec(`UPDATE users SET status = ? WHERE id = ?`, d.status, u.ID).Error; err != nil {
				return err
			}
		}
		if d.before != "" {
			if err := f.db.In(ctx).Exec(d.before, u.ID).Error; err != nil {
				return err
			}
		}
		done = d.do(ctx, c, u)
		return back
	})
	if !errors.Is(err, back) {
		f.t.Fatal(err)
	}
	return done
}

// helpdesk is the session of somebody at the helpdesk, and whom they act on.
func (f *firm) helpdesk() (*signin.Current, map[string]*staff.User) {
	f.t.Helper()
	var err error
	f.family, err = f.people.SeedDepartment(f.ctx, "Family")
	f.must(err)
	now := f.clock.Now()
	f.exec(`INSERT INTO roles (id, name, position, created_at, updated_at) VALUES ('helpdesk', 'Helpdesk', 20, ?, ?)`, now, now)
	f.exec(`INSERT INTO profiles (id, name, created_at, updated_at) VALUES ('desk', 'Desk', ?, ?)`, now, now)
	f.exec(`INSERT INTO profile_permissions (profile_id, permission) VALUES ('desk', 'users.view')`)
	for _, p := range []access.Permission{access.UsersView, access.UsersCreate, access.UsersEdit, access.UsersDeactivate, access.UsersUnlock, access.UsersReset, access.UsersEmail,
		access.UsersSignOut, access.UsersExport, access.RolesView, access.RolesEdit, access.CasesView, access.MessagesView, access.MessagesSend, access.AppointmentsView, access.AppointmentsEdit} {
		f.exec(`INSERT INTO role_permissions (role_id, permission) VALUES ('helpdesk', ?)`, p)
	}
	hire := func(name, role string) *staff.User {
		u, err := f.ways.Bootstrap(f.ctx, access.System("test"), staff.NewUser{FirstName: name, LastName: "Person", Email: name + "@marlowreyes.example",
			RoleID: role, Language: "en", Zone: "UTC"}, password, false)
		f.must(err)
		seen := now
		f.must(f.people.SeedStatus(f.ctx, u.ID, staff.Active, &seen))
		return u
	}
	hire("desk", "helpdesk")
	hire("another-super", access.RoleSuperAdmin) // so that the other is not the last
	people := map[string]*staff.User{
		"lesser": hire("lesser", access.RoleViewer), "equal": hire("equal", "helpdesk"), "greater": hire("greater", access.RoleAdministrator),
		"super": hire("super", access.RoleSuperAdmin),
	}
	o, err := f.ways.SignIn(f.ctx, "desk@marlowreyes.example", password, here)
	f.must(err)
	return f.current(o.Token), people
}
