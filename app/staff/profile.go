package staff

import (
	"context"
	"fmt"
	"strconv"

	"chancery/app/access"
	"chancery/app/audit"
	"chancery/app/fault"
	"chancery/app/owned"
	"chancery/app/zone"
)

// Edit is a field's new value and, where the form knew it, the value it was filled in from. A field that someone else
// has changed meanwhile to something else is a conflict (B-16); one that nobody else touched never is, however many
// tabs are open.
type Edit struct {
	Value string
	Was   *string
}

// ProfileChange is what people change of their own: a field that is nil stays as it is. E-mail, title, role, status
// and department are not among them, by type (S0-12, C-11, ASVS 8.2.3).
type ProfileChange struct {
	FirstName   *Edit
	LastName    *Edit
	DisplayName *Edit
	Cell        *Edit
	CellHidden  *Edit // "true" or "false"
	Office      *Edit
	Address     *Edit
	Bio         *Edit
	ClientBio   *Edit
	ClientEmail *Edit // of the client card alone: it is read there, not with every request
	Language    *Edit
	Zone        *Edit
	Theme       *Edit
}

type fieldEdit struct {
	name   string // in forms, messages and the audit
	edit   *Edit
	stored *string
}

// UpdateProfile changes a person's own fields, all or none (S0-24). An actor may change their own; others need
// users.edit. It returns *fault.Invalid, *fault.Conflict, *fault.Forbidden or fault.ErrNotFound.
func (s *Staff) UpdateProfile(ctx context.Context, actor access.Actor, id string, c ProfileChange) (*User, error) {
	if err := may(actor, id, access.UsersEdit); err != nil {
		return nil, err
	}
	known, err := s.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	return s.UpdateKnown(ctx, actor, known, c)
}

// saveTries is how often a save starts anew because the row had changed since it was read. Each time somebody else's
// save went through, so that many in a row is no coincidence of people.
const saveTries = 20

// UpdateKnown is UpdateProfile for a person whose row was read a moment ago, as every request reads its own. No lock is
// held meanwhile: the save goes through only if the row is still of the generation that was read, and is made anew from
// a fresh one if not. On Postgres that makes a save one round trip.
func (s *Staff) UpdateKnown(ctx context.Context, actor access.Actor, known *User, c ProfileChange) (*User, error) {
	if err := may(actor, known.ID, access.UsersEdit); err != nil {
		return nil, err
	}
	if err := s.over(ctx, actor, access.OverRecord, known.ID); err != nil {
		return nil, err
	}
	return s.save(ctx, actor, "user.edit-profile", known, Change{ProfileChange: c})
}

// save writes a change down under an action's name.
func (s *Staff) save(ctx context.Context, actor access.Actor, action string, known *User, c Change) (*User, error) {
	for range saveTries {
		u := *known
		changes, err := s.apply(ctx, &u, c)
		if err != nil || len(changes) == 0 {
			return &u, err
		}
		u.Generation++
		u.UpdatedAt = s.db.Now()
		// No key is announced: pages read a profile anew, nothing else waits for it, and on Postgres it cost a quarter of a save.
		write := func(ctx context.Context) (bool, error) {
			return audit.Execute(ctx, s.db, actor.Actor, audit.Entry{Action: action, Kind: "user", ID: u.ID, Changes: changes},
				u.saving(actor, known, changes))
		}
		if u.Cell != known.Cell && known.CellVerifiedAt != nil {
			write = s.losingCell(write, actor, known, &u)
		}
		done, err := write(ctx)
		if err != nil {
			return nil, fmt.Errorf("save user: %w", err)
		}
		if done {
			return &u, nil
		}
		if err := s.free(ctx, actor, "user", u.ID, changes); err != nil {
			return nil, err
		}
		if known, err = s.Get(ctx, known.ID); err != nil {
			return nil, err
		}
	}
	return nil, fmt.Errorf("save user: the row changed %d times meanwhile", saveTries)
}

// saving is the statement that writes what changed of a row, if it is still of the generation known and, by a person, if nothing of it is a
// manifest's: that is asked in the same breath, since it seldom is.
func (u *User) saving(actor access.Actor, known *User, changes []audit.Change) audit.Statement {
	q := audit.Statement{SQL: "UPDATE users SET generation = $1, updated_at = $2", Args: []any{u.Generation, u.UpdatedAt}}
	set := func(column string, value any) {
		q.Args = append(q.Args, value)
		q.SQL += ", " + column + " = $" + strconv.Itoa(len(q.Args))
	}
	for _, c := range changes {
		if c.Field == "cell_hidden" {
			set(c.Field, u.CellHidden)
		} else {
			set(c.Field, c.After)
		}
	}
	// Only when they differ: indexes of columns that are written are written too, whether or not they changed.
	was := *known
	was.index()
	if u.index(); was.SortName != u.SortName || was.Search != u.Search {
		set("sort_name", u.SortName)
		set("search", u.Search)
	}
	q.Args = append(q.Args, u.ID, known.Generation)
	q.SQL += fmt.Sprintf(" WHERE id = $%d AND generation = $%d", len(q.Args)-1, len(q.Args))
	if !actor.Program() {
		q.SQL += " AND " + owned.Nobodys("user", "users.id", fieldsOf(changes)...)
	}
	return q
}

// apply checks every edit and writes the good ones into u. It returns what changed.
func (s *Staff) apply(ctx context.Context, u *User, c Change) ([]audit.Change, error) {
	singleNames := false
	if c.LastName != nil {
		org, err := s.Organization(ctx)
		if err != nil {
			return nil, err
		}
		singleNames = org.SingleNames
	}
	bad, conflict := &fault.Invalid{}, &fault.Conflict{Current: map[string]string{}}
	var changes []audit.Change
	hidden := strconv.FormatBool(u.CellHidden)
	for _, f := range []fieldEdit{
		{"first_name", c.FirstName, &u.FirstName}, {"last_name", c.LastName, &u.LastName},
		{"display_name", c.DisplayName, &u.DisplayName}, {"cell", c.Cell, &u.Cell}, {"cell_hidden", c.CellHidden, &hidden},
		{"office", c.Office, &u.Office}, {"address", c.Address, &u.Address}, {"bio", c.Bio, &u.Bio},
		{"client_bio", c.ClientBio, &u.ClientBio}, {"client_email", c.ClientEmail, &u.ClientEmail},
		{"language", c.Language, &u.Language}, {"zone", c.Zone, &u.Zone}, {"theme", c.Theme, &u.Theme},
		{"title", c.Title, &u.Title},
	} {
		if f.edit == nil {
			continue
		}
		value, err := s.cleaned(ctx, bad, f, singleNames)
		if err != nil {
			return nil, err
		}
		if f.name == "display_name" && value == DisplayName(u.FirstName, u.LastName, "") {
			value = "" // typed out, it would stay behind when the name changes
		}
		if f.name == "client_email" && value != "" && value == u.Email {
			bad.Add(f.name, "staff.client-email-own")
		}
		if value == *f.stored || f.untouched(value, singleNames) {
			continue
		}
		if f.edit.Was != nil && !f.unchangedSince(*f.edit.Was) {
			conflict.Current[f.name] = shown(f.name, *f.stored)
			continue
		}
		changes = append(changes, audit.Change{Field: f.name, Before: *f.stored, After: value})
		*f.stored = value
	}
	u.CellHidden = hidden == "true"
	if err := bad.Err(); err != nil {
		return nil, err
	}
	if len(conflict.Current) > 0 {
		return nil, conflict
	}
	return changes, nil
}

// cleaned is clean for a field whose stored value is known. A title that the person has already may stay, also when the
// list no longer has it.
func (s *Staff) cleaned(ctx context.Context, bad *fault.Invalid, f fieldEdit, singleNames bool) (string, error) {
	if f.name != "title" {
		return clean(bad, f.name, f.edit.Value, singleNames), nil
	}
	if value := line(f.edit.Value); value == *f.stored || f.untouched(value, singleNames) {
		return value, nil
	}
	return s.TitleFor(ctx, bad, "title", f.edit.Value)
}

// unchangedSince tells whether the stored value is the one that a form was filled in from: as it was shown, or as it
// reads once cleaned, since browsers change line ends on the way.
func (f fieldEdit) unchangedSince(was string) bool {
	return was == shown(f.name, *f.stored) || clean(&fault.Invalid{}, f.name, was, true) == *f.stored
}

// untouched tells whether the person left the field as it was filled in. Then whoever changed it meanwhile keeps their
// change, and it is no conflict.
func (f fieldEdit) untouched(value string, singleNames bool) bool {
	return f.edit.Was != nil && value == clean(&fault.Invalid{}, f.name, *f.edit.Was, singleNames)
}

// shown is a stored value as forms show it, which is what Was holds.
func shown(field, stored string) string {
	if field == "cell" || field == "office" {
		return PhoneInput(stored)
	}
	return stored
}

// clean checks one field and returns the value to store.
func clean(bad *fault.Invalid, field, value string, singleNames bool) string {
	switch field {
	case "first_name":
		value = line(value)
		checkName(bad, field, value, false)
	case "last_name":
		value = line(value)
		checkName(bad, field, value, singleNames)
	case "title":
		value = line(value)
	case "display_name":
		value = line(value)
		checkMax(bad, field, value, displayMax)
	case "cell", "office":
		value = phone(bad, field, value)
	case "cell_hidden":
		if value != "true" {
			value = "false"
		}
	case "address":
		value = text(value)
		checkMax(bad, field, value, addressMax)
	case "client_email":
		if value = Address(value); value != "" {
			value = email(bad, field, value)
		}
	case "bio", "client_bio":
		value = text(value)
		checkMax(bad, field, value, bioMax)
	case "language":
		checkLanguage(bad, field, value)
	case "zone":
		value = checkZone(bad, field, value)
	case "theme":
		if value != "" && value != "light" && value != "dark" {
			bad.Add(field, "staff.choose")
		}
	}
	return value
}

func checkLanguage(bad *fault.Invalid, field, value string) {
	if value != "en" && value != "es" && value != "fr" {
		bad.Add(field, "staff.language-unknown")
	}
}

func checkZone(bad *fault.Invalid, field, value string) string {
	if _, err := zone.Load(value); err != nil {
		bad.Add(field, "staff.zone-unknown")
	}
	return value
}
