package staff

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"chancery/app/access"
	"chancery/app/audit"
	"chancery/app/fault"
)

// known is what would come of a row of somebody who is here, by the rules of ApplyImport's verbs.
func (j *judge) known(ctx context.Context, bad *fault.Invalid, row *ImportRow, department string, u *User) (ImportLine, error) {
	l := ImportLine{Name: u.Name(), UserID: u.ID, State: ImportUpdate}
	l.Changes = j.changes(bad, row, department, u)
	switch {
	case len(bad.Fields) == 0 && len(l.Changes) == 0:
		l.State = ImportSame
		return l, nil
	case !j.changing:
		bad.Add("email", "import.here-already", "Name", u.Name())
		return l, nil
	case len(bad.Fields) > 0:
		return l, nil
	}
	if err := j.check(ctx, bad, u, l.Changes); err != nil {
		return l, err
	}
	if len(bad.Fields) == 0 {
		l.Risk = j.settle(bad, u, l.Changes)
	}
	return l, nil
}

// changes is what a row says otherwise than it is. An empty cell says nothing.
func (j *judge) changes(bad *fault.Invalid, row *ImportRow, department string, u *User) (changes []audit.Change) {
	n, has := row.New, row.has
	add := func(field, before, after string) {
		if before != after {
			changes = append(changes, audit.Change{Field: field, Before: before, After: after})
		}
	}
	if full := line(n.FullName); full != "" && full != u.Name() && full != DisplayName(u.FirstName, u.LastName, "") {
		n.FirstName, n.LastName = splitName(full)
		has = maps.Clone(has)
		has["first_name"], has["last_name"] = true, true
	}
	for _, f := range []struct{ name, stored, said string }{
		{"first_name", u.FirstName, n.FirstName}, {"last_name", u.LastName, n.LastName}, {"title", u.Title, n.Title},
		{"cell", u.Cell, n.Cell}, {"office", u.Office, n.Office}, {"language", u.Language, n.Language}, {"zone", u.Zone, n.Zone},
	} {
		switch {
		case !has[f.name] || f.said == "" && f.name == "language": // a language that is none is noted already
		case f.name == "title" && line(f.said) == f.stored: // it may stay, also when the list no longer has it
		case f.name == "title":
			add(f.name, f.stored, titleAmong(j.titles, bad, f.name, f.said))
		default:
			add(f.name, f.stored, clean(bad, f.name, f.said, j.org.SingleNames))
		}
	}
	if department != "" {
		was := ""
		if u.DepartmentID != nil {
			was = *u.DepartmentID
		}
		add("department", was, department)
	}
	if n.RoleID != "" {
		add("role", u.RoleID, n.RoleID)
	}
	if has["profiles"] {
		add("profiles", strings.Join(j.profiles[u.ID], " "), strings.Join(slices.Compact(slices.Sorted(slices.Values(n.ProfileIDs))), " "))
	}
	switch {
	case row.status == Inactive:
		add("status", string(u.Status), string(Inactive))
	case row.status == Active && u.Status == Inactive:
		add("status", string(Inactive), string(u.returns()))
	}
	return changes
}

// check notes what the verbs would refuse.
func (j *judge) check(ctx context.Context, bad *fault.Invalid, u *User, changes []audit.Change) error {
	own, theirs := j.actor.ID == u.ID, j.book.Rights(u.RoleID, j.profiles[u.ID])
	for _, c := range changes {
		needs, over := importNeeds(c.Field)
		if !j.actor.Rights.Can(needs) {
			bad.Add(c.Field, "run.forbidden")
			continue
		}
		var forbidden *fault.Forbidden
		if errors.As(j.actor.MustOver(over, u.ID, theirs), &forbidden) {
			bad.Add(c.Field, forbidden.Message.Key)
			continue
		}
		if owner := j.stated[u.ID]; owner.Has(c.Field) && (c.Field != "status" || c.After != string(Inactive)) { // nobody is kept from leaving
			bad.Add(c.Field, "declared.locked", "Source", owner.Source)
			continue
		}
		switch c.Field {
		case "role", "profiles":
			switch {
			case own:
				bad.Add(c.Field, "staff.own-rights")
			case c.Field == "role":
				checkRole(bad, j.book, j.actor, c.Before, c.After)
			default:
				checkProfiles(bad, j.book, j.actor, strings.Fields(c.Before), strings.Fields(c.After))
			}
		case "status":
			if c.After == string(Inactive) {
				if err := j.checkLeaving(ctx, bad, u); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// importNeeds is the permission that a change of a field needs, beside the import's own, and what it is over: as the verb
// that makes it.
func importNeeds(field string) (access.Permission, access.Over) {
	switch field {
	case "status":
		return access.UsersDeactivate, access.OverAccount
	case "role", "profiles":
		return access.UsersEdit, access.OverAccount
	}
	return access.UsersEdit, access.OverRecord
}

// checkLeaving notes why a person could not be deactivated at once by a file, which names nobody who takes over.
func (j *judge) checkLeaving(ctx context.Context, bad *fault.Invalid, u *User) error {
	switch {
	case j.actor.ID == u.ID:
		bad.Add("status", "departure.own")
	case j.leaving[u.ID]:
		bad.Add("status", "departure.planned-already")
	}
	for _, b := range j.staff.belongings {
		if j.ends[b.Kind()] {
			continue // of such a kind nobody has to take over anything
		}
		h, err := b.Count(ctx, u.ID)
		switch {
		case err != nil:
			return err
		case !h.Successor:
			j.ends[b.Kind()] = true
		case h.Count > 0:
			bad.Add("status", "departure.no-successor", "Count", int(h.Count))
		}
	}
	return nil
}

// settle notes when the last active Super Admin would not be one any more, and otherwise what the row does to who is
// one. It returns what has to be confirmed first.
func (j *judge) settle(bad *fault.Invalid, u *User, changes []audit.Change) (risk *fault.Message) {
	now, field := *u, ""
	for _, c := range changes {
		switch c.Field {
		case "role":
			now.RoleID, field = c.After, c.Field
		case "status":
			now.Status, field = Status(c.After), c.Field
		}
	}
	is, _ := j.book.Role(now.RoleID)
	was, _ := j.book.Role(u.RoleID)
	active := is.Super && now.Status == Active
	if j.supers[u.ID] && !active {
		others := 0
		for id, works := range j.supers {
			if works && id != u.ID {
				others++
			}
		}
		if others == 0 {
			bad.Add(field, "staff.last-super-admin")
			return nil
		}
	}
	_, counted := j.supers[u.ID]
	if is.Super && (!was.Super || now.Status != Inactive && !counted) {
		risk = j.riskOf()
	}
	if delete(j.supers, u.ID); is.Super && now.Status != Inactive {
		j.supers[u.ID] = active
	}
	return risk
}
