package declared_test

import (
	"errors"
	"slices"
	"testing"

	"chancery/app/access"
	"chancery/app/audit"
	"chancery/app/fault"
	"chancery/app/staff"
)

// B-3: what a manifest states is its own. Every verb that would change it for a person refuses, on the field and with the source named, below
// all pages; what it leaves out is people's own, and all is theirs when the manifest is gone.
func TestWhatAManifestStatesPeopleCannotChange(t *testing.T) {
	each(t, func(p *practice) {
		ctx, super := p.t.Context(), p.Actor("super")
		p.apply(p.set(everything[0], everything[1], everything[2], everything[3],
			`User/mina: {email: mina@firm.example, firstName: Mina, lastName: Rao, role: lead, department: wills, profiles: [], active: true}`))
		mina := p.user("mina@firm.example")
		book, err := p.Access.Book(ctx)
		p.must(err)
		role, profile, department := mina.RoleID, book.Hung(mina.RoleID)[0], *mina.DepartmentID
		edit := func(v string) *staff.Edit { return &staff.Edit{Value: v} }
		family, err := p.Staff.SeedDepartment(ctx, "Family")
		p.must(err)
		verbs := []struct {
			what, field string
			do          func() error
		}{
			{"a name", "first_name", func() error {
				_, err := p.Staff.Update(ctx, super, mina.ID, staff.Change{ProfileChange: staff.ProfileChange{FirstName: edit("Nina"), Office: edit("+14165550100")}})
				return err
			}},
			{"a name, by herself", "last_name", func() error {
				self := super
				self.ID = mina.ID
				_, err := p.Staff.UpdateProfile(ctx, self, mina.ID, staff.ProfileChange{LastName: edit("Lee")})
				return err
			}},
			{"the department, in a form", "department", func() error {
				_, err := p.Staff.Update(ctx, super, mina.ID, staff.Change{Department: edit(family)})
				return err
			}},
			{"the department", "department", func() error { return p.Staff.SetDepartment(ctx, super, mina.ID, "") }},
			{"the role", "role", func() error { return p.Staff.SetRole(ctx, super, mina.ID, "viewer", false) }},
			{"profiles", "profiles", func() error { return p.Staff.SetProfiles(ctx, super, mina.ID, []string{profile}) }},
			{"a row of an import", "last_name", func() error {
				return p.Staff.ApplyImport(ctx, super, mina.ID, staff.ImportChange{Changes: []audit.Change{{Field: "last_name", Before: "Rao", After: "Lee"}}})
			}},
			{"a department's name", "name", func() error { return p.Staff.RenameDepartment(ctx, super, department, "Estates", 1) }},
			{"a department, merged away", "", func() error { _, err := p.Staff.MergeDepartment(ctx, super, department, family, 1); return err }},
			{"the practice's name", "name", func() error {
				_, err := p.Staff.UpdateOrganization(ctx, super, staff.OrganizationChange{"name": edit("Others")})
				return err
			}},
			{"a rule of the practice", "lock_tries", func() error {
				_, err := p.Staff.UpdateOrganization(ctx, super, staff.OrganizationChange{"lock_tries": edit("5"), "tagline": edit("Else")})
				return err
			}},
			{"a role", "permissions", func() error {
				return p.Access.UpdateRole(ctx, super, role, access.RoleEdit{Name: "Lead", ParentID: "paralegal", ProfileIDs: []string{profile}, Generation: 1})
			}},
			{"a role in the matrix", role, func() error {
				return p.Access.UpdateRoles(ctx, super, []access.Column{{ID: role, Was: []access.Permission{access.CasesReassign}, Generation: 1}})
			}},
			{"a profile", "permissions", func() error {
				return p.Access.UpdateProfile(ctx, super, profile, access.ProfileEdit{Name: "Reception", Generation: 1})
			}},
		}
		for _, v := range verbs {
			err := v.do()
			var bad *fault.Invalid
			var refused *fault.Refused
			key := "declared.locked"
			if v.what == "a name, by herself" { // who need not know what a manifest is
				key = "declared.locked-own"
			}
			switch {
			case v.field == "" && (!errors.As(err, &refused) || refused.Message.Args["Source"] != "files"):
				p.t.Errorf("%s: %v", v.what, err)
			case v.field != "" && (!errors.As(err, &bad) || len(bad.Fields) != 1 || bad.Fields[0].Name != v.field || bad.Fields[0].Message.Key != key || bad.Fields[0].Message.Args["Source"] != "files"):
				p.t.Errorf("%s: %v", v.what, err)
			}
		}
		if is := p.user("mina@firm.example"); is.FirstName != "Mina" || is.Office != "" || is.Status != staff.Pending {
			p.t.Errorf("Mina is %+v", is)
		}

		_, err = p.Staff.Update(ctx, super, mina.ID, staff.Change{ProfileChange: staff.ProfileChange{FirstName: edit("Mina"), Office: edit("+14165550100")}})
		p.must(err)
		_, err = p.Staff.UpdateOrganization(ctx, super, staff.OrganizationChange{"tagline": edit("Wills")})
		p.must(err)
		p.must(p.Access.UpdateRole(ctx, super, role, access.RoleEdit{Name: "Lead", Summary: "Leads", ParentID: "paralegal", Permissions: []access.Permission{access.CasesReassign}, ProfileIDs: []string{profile}, Generation: 1}))

		p.apply(p.set(`Department/other: {name: Other}`))
		for _, v := range verbs[7:] {
			if err := v.do(); err != nil && v.what != "a role" && v.what != "a department, merged away" { // they were changed meanwhile, and say so
				p.t.Errorf("%s, released: %v", v.what, err)
			}
		}
	})
}

// What a manifest declares is not deleted by people, and is when its manifest is gone.
func TestWhatAManifestDeclaresIsNotDeleted(t *testing.T) {
	each(t, func(p *practice) {
		ctx, super := p.t.Context(), p.Actor("super")
		p.apply(p.set(`Department/wills: {name: Wills}`, `Profile/desk: {name: Desk}`, `Role/lead: {name: Lead}`))
		ids := map[string]string{}
		for _, kind := range []string{"department", "profile", "role"} {
			var id string
			p.must(p.DB.Row(ctx, `SELECT object_id FROM declared WHERE kind = $1`, kind).Scan(&id))
			ids[kind] = id
		}
		verbs := map[string]func() error{
			"department": func() error { return p.Staff.DeleteDepartment(ctx, super, ids["department"]) },
			"profile":    func() error { return p.Access.DeleteProfile(ctx, super, ids["profile"]) },
			"role":       func() error { return p.Access.DeleteRole(ctx, super, ids["role"]) },
		}
		for kind, do := range verbs {
			var refused *fault.Refused
			if err := do(); !errors.As(err, &refused) || refused.Message.Key != "declared.locked-whole" {
				p.t.Errorf("a %s: %v", kind, err)
			}
		}
		p.apply(p.set(`Department/other: {name: Other}`))
		for kind, do := range verbs {
			if err := do(); err != nil {
				p.t.Errorf("a released %s: %v", kind, err)
			}
		}
		owner, err := p.Staff.Owner(ctx, "role", ids["role"])
		if err != nil || owner.Source != "" {
			p.t.Errorf("a role that is gone is owned by %+v, %v", owner, err)
		}
	})
}

// B-17: the dry run of an import foresees what a manifest keeps, field by field; who is stated may be said to leave.
func TestTheDryRunOfAnImportForeseesWhatAManifestStates(t *testing.T) {
	each(t, func(p *practice) {
		p.apply(p.set(`User/jon: {email: consultant@firm.example, firstName: Jon, role: consultant}`, `User/out: {email: inactive@firm.example, active: false}`))
		v := staff.Vocabulary{Columns: map[string]string{}, Roles: map[string]string{"viewer": "viewer"}, Statuses: map[string]staff.Status{"active": staff.Active, "inactive": staff.Inactive}}
		for _, c := range staff.ImportColumns() {
			v.Columns[staff.Word(c)] = c
		}
		rows, err := staff.ParseImport([]byte("email,first name,last name,role,status\nconsultant@firm.example,Jonas,Okafor-Lee,viewer,\nconsultant@firm.example,,,,inactive\ninactive@firm.example,,,,active\n"), v, true)
		p.must(err)
		for i, want := range [][]string{{"first_name", "role"}, {"email"}, {"status"}} { // the second names the address twice, and no more
			one, err := p.Staff.PreviewImport(p.t.Context(), p.Actor("super"), rows[:i+1], true)
			p.must(err)
			var got []string
			for _, f := range one.Lines[i].Faults {
				got = append(got, f.Name)
				if f.Name != "email" && (f.Message.Key != "declared.locked" || f.Message.Args["Source"] != "files") {
					p.t.Errorf("%+v", f)
				}
			}
			if !slices.Equal(got, want) {
				p.t.Errorf("row %d is refused on %v, not %v", i, got, want)
			}
		}
		alone, err := p.Staff.PreviewImport(p.t.Context(), p.Actor("super"), rows[1:2], true)
		if err != nil || alone.Lines[0].State != staff.ImportUpdate {
			p.t.Errorf("somebody who is stated may leave: %+v, %v", alone, err)
		}
	})
}
