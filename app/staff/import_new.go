package staff

import (
	"slices"

	"chancery/app/audit"
	"chancery/app/fault"
)

// fresh is what would come of a row of a new colleague, by the rules of Create.
func (j *judge) fresh(bad *fault.Invalid, row *ImportRow, department string) ImportLine {
	n := row.New
	n.DepartmentID = department
	if n.Language == "" {
		n.Language = j.org.Language
	}
	if n.Zone == "" {
		n.Zone = j.org.Zone
	}
	if row.status == Inactive {
		bad.Add("status", "import.new-inactive")
	}
	u, wrong := j.staff.draft(j.grounds, j.actor, n)
	_ = bad.Join(wrong) // both are of that kind
	l := ImportLine{Name: u.Name(), State: ImportCreate, New: n}
	if len(bad.Fields) > 0 {
		return l
	}
	l.Changes = slices.DeleteFunc(created(u, n), func(c audit.Change) bool { // they stand in its label
		return c.Field == "first_name" || c.Field == "last_name" || c.Field == "email"
	})
	if role, _ := j.book.Role(n.RoleID); role.Super {
		l.Risk = j.riskOf()
		l.New.Confirmed = l.Risk != nil // whoever imports has said so, or nothing is imported
		j.supers[u.ID] = false
	}
	return l
}
