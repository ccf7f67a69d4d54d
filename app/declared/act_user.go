package declared

import (
	"context"
	"slices"

	"chancery/app/audit"
	"chancery/app/fault"
	"chancery/app/manifest"
	"chancery/app/signin"
	"chancery/app/staff"
)

// invite makes somebody who is not here yet, with a way to their first password: a secret of which they hear by another road, or the one-time link
// of a welcome mail. It tells whether the secret was used.
func (do *doer) invite(ctx context.Context, s *Step, spec *manifest.UserSpec) (seeded bool, err error) {
	org, err := do.staff.Organization(ctx)
	if err != nil {
		return false, err
	}
	n := staff.NewUser{FirstName: or(spec.FirstName, ""), LastName: or(spec.LastName, ""), Email: *spec.Email, Title: or(spec.Title, ""),
		Language: or(spec.Language, org.Language), Zone: or(spec.TimeZone, org.Zone), Cell: or(spec.Cell, ""), Office: or(spec.Office, ""), Confirmed: true}
	if n.RoleID, err = do.meant("role", manifest.Role, or(spec.Role, "")); err != nil {
		return false, err
	}
	if n.DepartmentID, err = do.meant("department", manifest.Department, or(spec.Department, "")); err != nil {
		return false, err
	}
	if spec.Profiles != nil {
		if n.ProfileIDs, err = do.meantAll("profiles", manifest.Profile, *spec.Profiles); err != nil {
			return false, err
		}
	}
	var u *staff.User
	if ref := spec.InitialPasswordSecret; ref == nil {
		u, err = do.signin.Invite(ctx, do.actor, n, signin.FirstPassword{Way: signin.FirstLink})
	} else {
		password := do.secrets.password(ref)
		if password == "" { // it went since it was looked at
			return false, fault.Field1("password", "declared.secret-missing", "Name", *ref.Name, "Key", *ref.Key)
		}
		u, err = do.signin.Bootstrap(ctx, do.actor, n, password, true)
		seeded = true
	}
	if err != nil {
		return false, err
	}
	s.ID = u.ID
	if spec.DisplayName != nil && *spec.DisplayName != "" {
		_, err = do.staff.Update(ctx, do.actor, u.ID, staff.Change{ProfileChange: staff.ProfileChange{DisplayName: &staff.Edit{Value: *spec.DisplayName}}})
	}
	return seeded, err
}

// changeUser does what differs of a person, by the verbs that the pages use, all or nothing.
func (do *doer) changeUser(ctx context.Context, s *Step) error {
	spec := s.object.Spec.(*manifest.UserSpec)
	differs := func(field string) bool {
		return slices.ContainsFunc(s.Changes, func(c audit.Change) bool { return c.Field == field })
	}
	status := ""
	if i := slices.IndexFunc(s.Changes, func(c audit.Change) bool { return c.Field == "status" }); i >= 0 {
		status = s.Changes[i].After
	}
	if status != "" && status != string(staff.Inactive) { // first: what follows is of somebody who is here
		if err := do.staff.Reactivate(ctx, do.actor, s.ID); err != nil {
			return err
		}
	}
	if differs("department") {
		id, err := do.meant("department", manifest.Department, *spec.Department)
		if err != nil {
			return err
		}
		if err := do.staff.SetDepartment(ctx, do.actor, s.ID, id); err != nil {
			return err
		}
	}
	if c := changeOf(spec, differs); c != (staff.Change{}) {
		if _, err := do.staff.Update(ctx, do.actor, s.ID, c); err != nil {
			return err
		}
	}
	if err := do.rights(ctx, s, spec, differs); err != nil {
		return err
	}
	if status == string(staff.Inactive) {
		_, err := do.staff.Deactivate(ctx, do.actor, s.ID, staff.Plan{Reason: staff.UndeclaredReason})
		return err
	}
	return nil
}

// changeOf are the fields of a record that differ.
func changeOf(spec *manifest.UserSpec, differs func(string) bool) (c staff.Change) {
	to := map[string]**staff.Edit{"first_name": &c.FirstName, "last_name": &c.LastName, "display_name": &c.DisplayName, "title": &c.Title, "cell": &c.Cell,
		"office": &c.Office, "language": &c.Language, "zone": &c.Zone}
	for _, f := range ofUser(spec) {
		if differs(f.field) {
			*to[f.field] = &staff.Edit{Value: f.value}
		}
	}
	return c
}

func (do *doer) rights(ctx context.Context, s *Step, spec *manifest.UserSpec, differs func(string) bool) error {
	e := staff.RightsEdit{Confirmed: true} // whoever wrote the manifest has said so
	if differs("role") {
		id, err := do.meant("role", manifest.Role, *spec.Role)
		if err != nil {
			return err
		}
		e.RoleID = &id
	}
	if differs("profiles") {
		ids, err := do.meantAll("profiles", manifest.Profile, *spec.Profiles)
		if err != nil {
			return err
		}
		e.ProfileIDs = &ids
	}
	if e.RoleID == nil && e.ProfileIDs == nil {
		return nil
	}
	return do.staff.SetRights(ctx, do.actor, s.ID, e)
}
