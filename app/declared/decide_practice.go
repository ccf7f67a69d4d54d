package declared

import (
	"slices"
	"strings"

	"chancery/app/access"
	"chancery/app/fault"
	"chancery/app/manifest"
	"chancery/app/staff"
)

func (d *decision) organization(s *Step, bad *fault.Invalid, spec *manifest.OrganizationSpec) {
	d.find(s, bad, d.org.ID)
	s.Called = d.org.Name
	values := staff.OrganizationValues(d.org)
	for _, f := range ofOrganization(spec) {
		s.say(f.field, values[f.field], staff.StatedOrganization(bad, f.field, f.value))
	}
	if s.object.Paused || s.was != nil && s.was.PausedBy != "" {
		return
	}
	org := *d.org // it is done before people are, who are judged by it
	org.Name = or(spec.Name, org.Name)
	if p := spec.Policies; p != nil {
		org.PasswordPolicy = or(p.PasswordPolicy, org.PasswordPolicy)
		if p.SingleNames != nil {
			org.SingleNames = *p.SingleNames
		}
	}
	d.org = &org
}

func (d *decision) department(s *Step, bad *fault.Invalid, spec *manifest.DepartmentSpec) {
	s.Called = staff.StatedDepartment(bad, *spec.Name)
	means := ""
	for id, one := range d.departments {
		if staff.SameName(one.Name, s.Called) {
			means = id
		}
	}
	d.find(s, bad, means)
	if s.ID != means && means != "" {
		bad.Add("name", "departments.taken", "Name", s.Called)
	}
	s.say("name", d.departments[s.ID].Name, s.Called)
}

func (d *decision) profile(s *Step, bad *fault.Invalid, spec *manifest.ProfileSpec) {
	s.Called = access.StatedName(bad, *spec.Name)
	means := ""
	for _, p := range d.book.Profiles() {
		if strings.EqualFold(p.Name, s.Called) {
			means = p.ID
		}
	}
	d.find(s, bad, means)
	if s.ID != means && means != "" {
		bad.Add("name", "access.name-taken")
	}
	is, _ := d.book.Profile(s.ID)
	s.say("name", is.Name, s.Called)
	if spec.Summary != nil {
		s.say("summary", is.Summary, access.StatedSummary(bad, *spec.Summary))
	}
	d.permissions(s, d.book.Adds(s.ID), spec.Permissions)
}

func (d *decision) role(s *Step, bad *fault.Invalid, spec *manifest.RoleSpec) {
	means := ""
	if access.Base(s.Name) {
		means = s.Name
	}
	if spec.Name != nil {
		s.Called = access.StatedName(bad, *spec.Name)
		for _, r := range d.book.Roles() {
			switch {
			case !strings.EqualFold(r.Name, s.Called):
			case means == "":
				means = r.ID
			case means != r.ID:
				bad.Add("name", "access.name-taken")
			}
		}
	}
	d.find(s, bad, means)
	if s.ID != means && means != "" {
		bad.Add("name", "access.name-taken")
	}
	is, _ := d.book.Role(s.ID)
	if is.Super {
		bad.Add("", "access.super-fixed")
	}
	if spec.Name == nil {
		s.Called = is.Name
	} else {
		s.say("name", is.Name, s.Called)
	}
	if spec.Summary != nil {
		s.say("summary", is.Summary, access.StatedSummary(bad, *spec.Summary))
	}
	if spec.Parent != nil {
		parent, has := thing{}, ""
		if *spec.Parent != "" {
			parent = d.refer(bad, "parent", manifest.Role, *spec.Parent)
		}
		if is.ParentID != nil {
			has = *is.ParentID
		}
		if parent.id != has || parent.id == "" && *spec.Parent != "" {
			s.say("parent", d.book.RoleName(has), parent.called)
		}
	}
	d.permissions(s, d.book.Own(s.ID), spec.Permissions)
	if spec.Profiles != nil {
		ids, called, made := d.referAll(bad, "profiles", manifest.Profile, *spec.Profiles)
		d.profiles(s, d.book.Hung(s.ID), ids, called, made)
	}
}

// permissions notes what a list of permissions says otherwise, in reading order.
func (d *decision) permissions(s *Step, has []access.Permission, states *[]string) {
	if states == nil {
		return
	}
	listed := func(has func(access.Permission) bool) string {
		var all []string
		for _, p := range access.All() {
			if has(p) {
				all = append(all, string(p))
			}
		}
		return strings.Join(all, " ")
	}
	s.say("permissions", listed(func(p access.Permission) bool { return slices.Contains(has, p) }),
		listed(func(p access.Permission) bool { return slices.Contains(*states, string(p)) }))
}

// profiles notes what a list of profiles says otherwise.
func (d *decision) profiles(s *Step, has, ids []string, called string, made bool) {
	if made && slices.Equal(slices.Sorted(slices.Values(has)), ids) {
		return
	}
	words := make([]string, len(has))
	for i, id := range has {
		words[i] = d.book.ProfileName(id)
	}
	slices.Sort(words)
	s.say("profiles", strings.Join(words, ", "), called)
}
