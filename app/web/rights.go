package web

import (
	"slices"

	"chancery/app/access"
	"chancery/views"
)

// What the pages of roles, profiles and a person's access share: permissions by module, where a right comes from, and
// what a change would do.

// rightGroup is a module's permissions in a form.
type rightGroup struct {
	Text string
	Rows []rightRow
}

// rightRow is a permission and its box.
type rightRow struct {
	Value, Text string
	Chosen      bool
	Own         bool   // ticked of itself, too, where it is inherited
	Locked      bool   // not to be changed here
	Why         string // it is locked
}

// rightGroups are all permissions as boxes. chosen are the role's or profile's own, inherited those that it has anyway.
func (w *Web) rightGroups(r *request, chosen []string, inherited []access.Source, editable bool) []rightGroup {
	l := r.locale(w)
	from := map[access.Permission]string{}
	for _, s := range inherited {
		from[s.Permission] = originsText(l, s.From)
	}
	var groups []rightGroup
	for _, module := range access.Modules() {
		g := rightGroup{Text: l.T(message(access.ModuleKey(module)))}
		for _, p := range access.All() {
			if p.Module() != module {
				continue
			}
			row := rightRow{Value: string(p), Text: l.T(message(p.Key())), Own: slices.Contains(chosen, string(p))}
			row.Chosen = row.Own
			switch {
			case from[p] != "":
				row.Chosen, row.Locked, row.Why = true, true, from[p]
			case !editable:
				row.Locked = true
			case !r.cur.Rights.Can(p): // neither to be given nor to be taken
				row.Locked, row.Why = true, l.T(message("rights.not-held"))
			}
			g.Rows = append(g.Rows, row)
		}
		groups = append(groups, g)
	}
	return groups
}

// originsText says where a right comes from: "role Viewer, by inheritance, and profile Collections".
func originsText(l views.Locale, from []access.Origin) string {
	var all []string
	for _, o := range from {
		all = append(all, originText(l, o))
	}
	return l.List(all)
}

func originText(l views.Locale, o access.Origin) string {
	switch {
	case o.Kind == access.FromRole && o.Parent:
		return l.T(message("rights.from-parent", "Role", roleName(l, o.ID, o.Name)))
	case o.Kind == access.FromRole:
		return l.T(message("rights.from-role", "Role", roleName(l, o.ID, o.Name)))
	case o.RoleID != "":
		return l.T(message("rights.from-role-profile", "Profile", profileName(l, o.Name), "Role", roleName(l, o.RoleID, o.RoleName)))
	default:
		return l.T(message("rights.from-profile", "Profile", profileName(l, o.Name)))
	}
}

// grantedGroup is a module's rights that someone has, each with where it comes from.
type grantedGroup struct {
	Text string
	Rows []grantedRow
}

type grantedRow struct{ Text, From string }

// grantedGroups explains rights (B-11); for a person's access page and one's own account.
func grantedGroups(l views.Locale, sources []access.Source) []grantedGroup {
	var groups []grantedGroup
	module := ""
	for _, s := range sources {
		if m := s.Permission.Module(); m != module {
			module = m
			groups = append(groups, grantedGroup{Text: l.T(message(access.ModuleKey(m)))})
		}
		g := &groups[len(groups)-1]
		g.Rows = append(g.Rows, grantedRow{l.T(message(s.Permission.Key())), originsText(l, s.From)})
	}
	return groups
}

// peopleText is how many people have a role, a profile or a right.
func peopleText(l views.Locale, n int64) string {
	if n == 0 {
		return l.T(message("rights.nobody"))
	}
	return l.T(message("rights.people", "Count", n))
}

// effectsView is what a change would do (roles/_effects).
type effectsView struct {
	Lead   string
	Gained []effect
	Lost   []effect
}

type effect struct{ Text, People string }

// effectsColumn is what a change of a matrix would do to the people of one column.
type effectsColumn struct {
	Name         string
	Gained, Lost []effect
}

// effects says what a change would do. people tells whether to say of each right how many it concerns.
func effects(l views.Locale, p *access.Preview, lead string, people bool) effectsView {
	v := effectsView{Lead: lead}
	list := func(of []access.Effect) (all []effect) {
		for _, e := range of {
			line := effect{Text: l.T(message(e.Permission.Key()))}
			if people {
				line.People = peopleText(l, e.People)
			}
			all = append(all, line)
		}
		return all
	}
	v.Gained, v.Lost = list(p.Gained), list(p.Lost)
	return v
}

// carried is a field of a form that is shown no more and sent again by the question that follows it.
type carried struct{ Name, Value string }

// carry lists a form's fields, in order, but for those that every form has.
func (f form) carry(names ...string) []carried {
	var all []carried
	for _, name := range names {
		for _, v := range f[name] {
			all = append(all, carried{name, v})
		}
	}
	return all
}

// permissions are the permissions of a form.
func (f form) permissions() []access.Permission {
	var list []access.Permission
	for _, v := range f["permissions"] {
		list = append(list, access.Permission(v))
	}
	return list
}

func permissionTexts(list []access.Permission) []string {
	all := make([]string, len(list))
	for i, p := range list {
		all[i] = string(p)
	}
	return all
}

// stored is what is stored now of a field in conflict (B-16).
type stored struct{ Label, Value string }

// permissionNames are permissions, stored by spaces, for people.
func permissionNames(l views.Locale, listed []string) []string {
	var all []string
	for _, p := range listed {
		all = append(all, l.T(message(access.Permission(p).Key())))
	}
	return all
}
