package declared

import (
	"strconv"

	"chancery/app/manifest"
)

// stated is a field that a manifest states, by the name that verbs, forms and the history have for it.
type stated struct{ field, value string }

type statements []stated

func (s *statements) text(field string, v *string) {
	if v != nil {
		*s = append(*s, stated{field, *v})
	}
}

func (s *statements) truth(field string, v *bool) {
	if v != nil {
		*s = append(*s, stated{field, strconv.FormatBool(*v)})
	}
}

func (s *statements) number(field string, v *int) {
	if v != nil {
		*s = append(*s, stated{field, strconv.Itoa(*v)})
	}
}

// ofOrganization is what a manifest states of the practice.
func ofOrganization(o *manifest.OrganizationSpec) (s statements) {
	s.text("name", o.Name)
	s.text("tagline", o.Tagline)
	s.text("address", o.Address)
	s.text("contact", o.Contact)
	s.text("language", o.Language)
	s.text("zone", o.TimeZone)
	p := o.Policies
	if p == nil {
		return s
	}
	s.truth("single_names", p.SingleNames)
	s.text("password_policy", p.PasswordPolicy)
	s.number("idle_minutes", p.IdleMinutes)
	s.number("lifetime_hours", p.LifetimeHours)
	s.number("lock_tries", p.LockTries)
	s.number("lock_minutes", p.LockMinutes)
	s.truth("lock_all", p.LockAll)
	s.text("second_factor", p.SecondFactor)
	s.number("second_factor_days", p.SecondFactorDays)
	s.number("invitation_days", p.InvitationDays)
	s.truth("allow_mailed_password", p.AllowMailedPassword)
	s.truth("allow_typed_password", p.AllowTypedPassword)
	s.number("dormant_days", p.DormantDays)
	s.text("dormant_action", p.DormantAction)
	return s
}

// ofUser is what a manifest states of a person's record; department, rights and status are decided by themselves.
func ofUser(u *manifest.UserSpec) (s statements) {
	s.text("first_name", u.FirstName)
	s.text("last_name", u.LastName)
	s.text("display_name", u.DisplayName)
	s.text("title", u.Title)
	s.text("cell", u.Cell)
	s.text("office", u.Office)
	s.text("language", u.Language)
	s.text("zone", u.TimeZone)
	return s
}

// statesActive notes among the fields of a person that their manifest states that they are here. Nobody is kept from leaving by that, so it is no field that
// is locked, as the status of who is stated to have left is.
const statesActive = "active"

// fieldsOf are the fields that an object states, which are its own once it is applied.
func fieldsOf(spec any) (fields []string) {
	add := func(field string, said bool) {
		if said {
			fields = append(fields, field)
		}
	}
	var s statements
	switch o := spec.(type) {
	case *manifest.OrganizationSpec:
		s = ofOrganization(o)
	case *manifest.DepartmentSpec:
		s.text("name", o.Name)
	case *manifest.ProfileSpec:
		s.text("name", o.Name)
		s.text("summary", o.Summary)
		add("permissions", o.Permissions != nil)
	case *manifest.RoleSpec:
		s.text("name", o.Name)
		s.text("summary", o.Summary)
		s.text("parent", o.Parent)
		add("permissions", o.Permissions != nil)
		add("profiles", o.Profiles != nil)
	case *manifest.UserSpec:
		s = ofUser(o)
		s.text("department", o.Department)
		s.text("role", o.Role)
		add("profiles", o.Profiles != nil)
		add("status", o.Active != nil && !*o.Active)
		add(statesActive, o.Active != nil && *o.Active)
	}
	for _, one := range s {
		fields = append(fields, one.field)
	}
	return fields
}
