package declared

import (
	"slices"
	"strings"

	"chancery/app/fault"
	"chancery/app/manifest"
	"chancery/app/staff"
)

func (d *decision) user(s *Step, bad *fault.Invalid, spec *manifest.UserSpec) {
	address := staff.StatedEmail(bad, *spec.Email)
	s.Called = address
	means := d.roll.Owner(address)
	if u := d.roll.People[means]; u != nil && u.Email != address {
		means = "" // it was theirs, or is to be
	}
	d.find(s, bad, means)
	u := d.roll.People[s.ID]
	switch d.roll.Owner(address) {
	case s.ID: // it is free and they are new, or it is or was their own
	case "":
		bad.Add("email", "declared.email-changes")
	default:
		d.roll.Taken(bad, address)
	}
	if u == nil {
		d.newcomer(s, bad, spec)
		return
	}
	d.record(s, bad, u, spec)
	if spec.Department != nil {
		d.place(s, bad, u, *spec.Department)
	}
	if spec.Role != nil {
		role := d.refer(bad, "role", manifest.Role, *spec.Role)
		if role.id != u.RoleID {
			s.say("role", d.book.RoleName(u.RoleID), role.called)
		}
	}
	if spec.Profiles != nil {
		ids, called, made := d.referAll(bad, "profiles", manifest.Profile, *spec.Profiles)
		d.profiles(s, d.roll.Profiles[u.ID], ids, called, made)
	}
	d.status(s, bad, u, spec.Active)
}

// status notes a status that is stated otherwise. Who was deactivated here, by a colleague or by the rule of dormant accounts, does not come back by what their
// manifest has said all along, or leaves out: only by what it says newly, or when it has been away, here or with another source, and they were deactivated for that. Anything else
// is for people to settle.
func (d *decision) status(s *Step, bad *fault.Invalid, u *staff.User, active *bool) {
	left := u.Status == staff.Inactive
	if active != nil && !*active {
		if !left {
			s.say("status", string(u.Status), string(staff.Inactive))
		}
		return
	}
	if !left {
		return
	}
	was := s.was
	newly := active != nil && (was == nil || !slices.Contains(strings.Fields(was.Fields), statesActive))
	ended, gone := d.ended[u.ID]
	again := gone && !d.roll.Left[u.ID].After(ended)
	if !newly && !again {
		bad.Add("status", "declared.left-here")
		return
	}
	s.say("status", string(staff.Inactive), string(u.Returns()))
}

// newcomer is somebody who is not here yet.
func (d *decision) newcomer(s *Step, bad *fault.Invalid, spec *manifest.UserSpec) {
	d.record(s, bad, &staff.User{}, spec)
	if spec.FirstName == nil {
		staff.Stated(bad, d.org, "first_name", "")
	}
	if spec.LastName == nil {
		staff.Stated(bad, d.org, "last_name", "")
	}
	if spec.Department != nil {
		d.place(s, bad, &staff.User{}, *spec.Department)
	}
	if spec.Role == nil {
		bad.Add("role", "staff.role-missing")
	} else {
		s.say("role", "", d.refer(bad, "role", manifest.Role, *spec.Role).called)
	}
	if spec.Profiles != nil {
		_, called, _ := d.referAll(bad, "profiles", manifest.Profile, *spec.Profiles)
		s.say("profiles", "", called)
	}
	if spec.Active != nil && !*spec.Active {
		bad.Add("status", "declared.new-inactive")
	}
	d.firstPassword(s, bad, spec)
}

// firstPassword notes what is wrong with the secret that somebody is to begin with.
func (d *decision) firstPassword(s *Step, bad *fault.Invalid, spec *manifest.UserSpec) {
	ref := spec.InitialPasswordSecret
	if ref == nil {
		return
	}
	password := d.secrets.password(ref)
	if password == "" {
		bad.Add("password", "declared.secret-missing", "Name", *ref.Name, "Key", *ref.Key)
		return
	}
	d.judge(bad, password, d.org, &staff.User{FirstName: or(spec.FirstName, ""), LastName: or(spec.LastName, ""), Email: s.Called})
}

// record notes what is stated of a person's record otherwise than it is.
func (d *decision) record(s *Step, bad *fault.Invalid, u *staff.User, spec *manifest.UserSpec) {
	first, last := u.FirstName, u.LastName
	has := map[string]string{"first_name": first, "last_name": last, "display_name": u.DisplayName, "title": u.Title, "cell": u.Cell,
		"office": u.Office, "language": u.Language, "zone": u.Zone}
	for _, f := range ofUser(spec) {
		var value string
		if f.field == "title" {
			value = staff.StatedTitle(bad, d.titles, u.Title, f.value)
		} else {
			value = staff.Stated(bad, d.org, f.field, f.value)
		}
		switch f.field {
		case "first_name":
			first = value
		case "last_name":
			last = value
		case "display_name":
			if value == staff.DisplayName(first, last, "") {
				value = "" // as the verb has it
			}
		}
		s.say(f.field, has[f.field], value)
	}
}

// place notes a department that is stated otherwise.
func (d *decision) place(s *Step, bad *fault.Invalid, u *staff.User, name string) {
	has, next := "", thing{}
	if u.DepartmentID != nil {
		has = *u.DepartmentID
	}
	if name != "" {
		next = d.refer(bad, "department", manifest.Department, name)
	}
	if next.id != has || next.id == "" && name != "" {
		s.say("department", d.departments[has].Name, next.called)
	}
}
