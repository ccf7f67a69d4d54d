package web

import (
	"strings"

	"chancery/app/access"
	"chancery/app/staff"
	"chancery/app/work"
	"chancery/views"
)

// bulkChanges says what one value for many changes for each of them, and in the rights of all (B-11).
type bulkChanges struct {
	kind  *bulkKind
	value string
	book  *access.Book // of a role
	names map[string]string
	none  string
}

func (w *Web) bulkChanges(r *request, kind *bulkKind, value string) (c bulkChanges, err error) {
	l := r.locale(w)
	c = bulkChanges{kind: kind, value: value, names: map[string]string{}, none: l.T(message("users.no-department"))}
	switch kind.value {
	case "role":
		if c.book, err = w.Signin.Book(r.ctx); err != nil {
			return c, err
		}
		for _, role := range c.book.Roles() {
			c.names[role.ID] = roleName(l, role.ID, role.Name)
		}
	case "department":
		for _, d := range r.cur.Departments() {
			c.names[d.ID] = d.Name
		}
	}
	return c, nil
}

// of says what changes for one of them.
func (c *bulkChanges) of(l views.Locale, u *staff.Selected, line *bulkLine) {
	name := func(id string) string {
		if id == "" {
			return c.none
		}
		return c.names[id]
	}
	switch c.kind.value {
	case "role":
		line.Before, line.After = name(u.RoleID), name(c.value)
		line.Effect = effectText(l, c.book.PreviewUser(u.RoleID, strings.Fields(u.ProfileIDs), c.value, strings.Fields(u.ProfileIDs)))
	case "department":
		is := ""
		if u.DepartmentID != nil {
			is = *u.DepartmentID
		}
		line.Before, line.After = name(is), name(c.value)
	}
}

// effects says what a role changes in the rights of all of them: of those whom the dry run has seen, only where it would be
// done. Those who have left have none.
func (c *bulkChanges) effects(l views.Locale, people []staff.Selected, trials []work.Trial) *effectsView {
	if c.kind.value != "role" {
		return nil
	}
	type have struct{ role, profiles string }
	count := map[have]int64{}
	for i := range people {
		if u := &people[i]; u.Status != staff.Inactive && (i >= len(trials) || trials[i].State == work.ItemDone) {
			count[have{u.RoleID, u.ProfileIDs}]++
		}
	}
	if len(count) == 0 {
		return nil
	}
	var holders []access.Holders
	for h, n := range count {
		holders = append(holders, access.Holders{RoleID: h.role, ProfileIDs: strings.Fields(h.profiles), People: n})
	}
	p := c.book.PreviewRoles(holders, c.value)
	lead := l.T(message("bulk.effects-none"))
	if p.People > 0 {
		lead = l.T(message("bulk.effects", "Count", int(p.People)))
	}
	v := effects(l, p, lead, true)
	return &v
}

// effectText is what somebody would gain and lose, in a sentence.
func effectText(l views.Locale, p *access.Preview) string {
	return l.T(message("rights.effect", "Gained", l.T(message("rights.effect-gained", "Count", len(p.Gained))), "Lost", l.T(message("rights.effect-lost", "Count", len(p.Lost)))))
}

// workOf names work on many with what it gives them: "Role Paralegal for 3 people". It is "" where it gives nothing that
// has a name, or that has one still.
func (r *request) workOf(l views.Locale, kind, value string, count int) string {
	name := ""
	switch kind {
	case "role":
		for _, role := range r.cur.Roles() {
			if role.ID == value {
				name = roleName(l, role.ID, role.Name)
			}
		}
	case "department":
		if value == "" {
			return l.T(message("run.of.no-department", "Count", count))
		}
		name = departmentName(r, value)
	}
	if name == "" {
		return ""
	}
	return l.T(message("run.of."+kind, "Name", name, "Count", count))
}

// workTitle is what a run is called.
func (r *request) workTitle(l views.Locale, run *work.Run, count int) string {
	if of := r.workOf(l, run.Kind(), run.Input, count); of != "" {
		return of
	}
	return l.T(message("run.kind."+run.Kind(), "Count", count))
}
