package staff

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"chancery/app/access"
	"chancery/app/audit"
	"chancery/app/fault"
	"chancery/app/store"
)

// OrganizationChange is what an administrator changes of the practice, by the name of the field (organizationFields); a
// field that is not in it stays as it is.
type OrganizationChange map[string]*Edit

// organizationField is one of them: how it is read as text, which is what forms, the audit and a conflict show; how a
// typed value is checked; and how it is put into the row. A time that is left to the operator is "".
type organizationField struct {
	name  string
	get   func(*Organization) string
	clean func(bad *fault.Invalid, field, value string) string
	value func(string) any // for the column of that name
}

// Bounds of the practice's own times and counts; the CHECKs of its table say the same.
const (
	contactMax                   = 200
	idleMin, idleMax             = 5, 10080 // minutes
	lifetimeMin, lifetimeMax     = 1, 2160  // hours
	lockTriesMin, lockTriesMax   = 3, 50
	lockMinutesMin, lockMinMax   = 1, 1440
	invitationMin, invitationMax = 1, 30 // days
	dormantMin, dormantMax       = 0, 1000
	graceMin, graceMax           = 0, 90 // days
)

// organizationFields stand in the order of the page. The field's name is its column's, and its name in forms and audit.
func organizationFields() []organizationField {
	text := func(s string) any { return s }
	number := func(s string) any {
		if s == "" {
			return nil
		}
		n, _ := strconv.Atoi(s) // checked by whole
		return n
	}
	truth := func(s string) any { return s == "true" }
	return []organizationField{
		{"name", func(o *Organization) string { return o.Name }, required(nameMax), text},
		{"tagline", func(o *Organization) string { return o.Tagline }, short(nameMax), text},
		{"address", func(o *Organization) string { return o.Address }, lines(addressMax), text},
		{"contact", func(o *Organization) string { return o.Contact }, short(contactMax), text},
		{"language", func(o *Organization) string { return o.Language }, func(bad *fault.Invalid, field, v string) string {
			checkLanguage(bad, field, v)
			return v
		}, text},
		{"zone", func(o *Organization) string { return o.Zone }, checkZone, text},
		{"single_names", func(o *Organization) string { return strconv.FormatBool(o.SingleNames) }, yesOrNo, truth},
		{"password_policy", func(o *Organization) string { return o.PasswordPolicy }, oneOf("classic", "length"), text},
		{"idle_minutes", func(o *Organization) string { return optional(o.IdleMinutes) }, whole(idleMin, idleMax, true), number},
		{"lifetime_hours", func(o *Organization) string { return optional(o.LifetimeHours) }, whole(lifetimeMin, lifetimeMax, true), number},
		{"lock_tries", func(o *Organization) string { return strconv.Itoa(o.LockTries) }, whole(lockTriesMin, lockTriesMax, false), number},
		{"lock_minutes", func(o *Organization) string { return strconv.Itoa(o.LockMinutes) }, whole(lockMinutesMin, lockMinMax, false), number},
		{"lock_all", func(o *Organization) string { return strconv.FormatBool(o.LockAll) }, yesOrNo, truth},
		{"second_factor", func(o *Organization) string { return o.SecondFactor }, oneOf("off", "administrators", "everyone"), text},
		{"second_factor_days", func(o *Organization) string { return strconv.Itoa(o.SecondFactorDays) }, whole(graceMin, graceMax, false), number},
		{"invitation_days", func(o *Organization) string { return strconv.Itoa(o.InvitationDays) }, whole(invitationMin, invitationMax, false), number},
		{"allow_mailed_password", func(o *Organization) string { return strconv.FormatBool(o.AllowMailedPassword) }, yesOrNo, truth},
		{"allow_typed_password", func(o *Organization) string { return strconv.FormatBool(o.AllowTypedPassword) }, yesOrNo, truth},
		{"dormant_days", func(o *Organization) string { return strconv.Itoa(o.DormantDays) }, whole(dormantMin, dormantMax, false), number},
		{"dormant_action", func(o *Organization) string { return o.DormantAction }, oneOf("show", "warn", "deactivate"), text},
	}
}

// OrganizationValues is the practice as forms and the history write it: each field's value by its name.
func OrganizationValues(o *Organization) map[string]string {
	values := map[string]string{}
	for _, f := range organizationFields() {
		values[f.name] = f.get(o)
	}
	return values
}

// UpdateOrganization changes the practice's settings, all that are given or none, and holds from the next request on, on
// every replica. What somebody else has changed meanwhile to something else is a conflict (B-16). It needs
// organization.edit, and returns the row as it is after, or *fault.Invalid, *fault.Conflict, *fault.Forbidden.
func (s *Staff) UpdateOrganization(ctx context.Context, actor access.Actor, c OrganizationChange) (*Organization, error) {
	if err := actor.Must(access.OrganizationEdit); err != nil {
		return nil, err
	}
	var after *Organization
	err := s.db.Tx(ctx, func(ctx context.Context) error {
		var o Organization
		if err := store.Locked(s.db.In(ctx)).Take(&o).Error; err != nil {
			return fmt.Errorf("organization: %w", err)
		}
		changes, set, err := c.apply(&o)
		if err != nil || len(changes) == 0 {
			after = &o
			return err
		}
		if err := s.free(ctx, actor, "organization", o.ID, changes); err != nil {
			return err
		}
		set["generation"], set["updated_at"] = o.Generation+1, s.db.Now()
		if wish, changed := set["second_factor"]; changed && widens(o.SecondFactor, wish) {
			set["second_factor_since"] = s.db.Now() // the days of grace begin
		}
		if err := s.db.In(ctx).Model(&Organization{}).Where("id = ?", o.ID).Updates(set).Error; err != nil {
			return fmt.Errorf("save organization: %w", err)
		}
		err = audit.Record(ctx, s.db, actor.Actor, audit.Entry{Action: "organization.edit", Kind: "organization", ID: o.ID, Changes: changes})
		if err != nil {
			return err
		}
		if after, err = s.Organization(ctx); err != nil {
			return err
		}
		return s.db.Changed(ctx, "organization/"+o.ID)
	})
	if err != nil {
		return nil, err
	}
	return after, nil
}

// widens tells whether more people must have a second factor after a change than before.
func widens(before string, after any) bool {
	return after == "everyone" || after == "administrators" && before != "everyone"
}

// apply checks every edit against the row. It returns what changes, for the audit and for the columns.
func (c OrganizationChange) apply(o *Organization) ([]audit.Change, map[string]any, error) {
	bad, conflict := &fault.Invalid{}, &fault.Conflict{Current: map[string]string{}}
	var changes []audit.Change
	set, next := map[string]any{}, OrganizationValues(o)
	theirs := map[string]string{} // what somebody else has changed since the form was filled in
	for _, f := range organizationFields() {
		edit := c[f.name]
		if edit == nil {
			continue
		}
		value, stored := f.clean(bad, f.name, edit.Value), f.get(o)
		was := stored
		if edit.Was != nil {
			if was = f.clean(&fault.Invalid{}, f.name, *edit.Was); was != stored {
				theirs[f.name] = stored
			}
		}
		switch value {
		case stored, was: // as it is, or left as the form showed it
			continue
		}
		if was != stored {
			conflict.Current[f.name] = stored
			continue
		}
		changes = append(changes, audit.Change{Field: f.name, Before: stored, After: value})
		set[f.name], next[f.name] = f.value(value), value
	}
	idle, _ := strconv.Atoi(next["idle_minutes"])
	if hours, _ := strconv.Atoi(next["lifetime_hours"]); len(set) > 0 && hours > 0 && idle > hours*60 {
		for _, name := range []string{"idle_minutes", "lifetime_hours"} { // fits what the form showed, and not what is stored
			if now, ok := theirs[name]; ok {
				conflict.Current[name] = now
			}
		}
		if len(conflict.Current) == 0 {
			bad.Add("lifetime_hours", "organization.lifetime-short")
		}
	}
	if err := bad.Err(); err != nil {
		return nil, nil, err
	}
	if len(conflict.Current) > 0 {
		return nil, nil, conflict
	}
	return changes, set, nil
}

func required(limit int) func(*fault.Invalid, string, string) string {
	return func(bad *fault.Invalid, field, value string) string {
		value = line(value)
		if value == "" {
			bad.Add(field, "organization.name-missing")
		}
		checkMax(bad, field, value, limit)
		return value
	}
}

func short(limit int) func(*fault.Invalid, string, string) string {
	return func(bad *fault.Invalid, field, value string) string {
		value = line(value)
		checkMax(bad, field, value, limit)
		return value
	}
}

func lines(limit int) func(*fault.Invalid, string, string) string {
	return func(bad *fault.Invalid, field, value string) string {
		value = text(value)
		checkMax(bad, field, value, limit)
		return value
	}
}

func oneOf(known ...string) func(*fault.Invalid, string, string) string {
	return func(bad *fault.Invalid, field, value string) string {
		for _, k := range known {
			if value == k {
				return value
			}
		}
		bad.Add(field, "staff.choose")
		return value
	}
}

func yesOrNo(_ *fault.Invalid, _, value string) string { return strconv.FormatBool(value == "true") }

// whole checks a whole number between two bounds; where it may be left out, "" stays "".
func whole(least, most int, optional bool) func(*fault.Invalid, string, string) string {
	return func(bad *fault.Invalid, field, value string) string {
		value = strings.TrimSpace(value)
		if value == "" && optional {
			return value
		}
		n, err := strconv.Atoi(value)
		if err != nil || n < least || n > most {
			bad.Add(field, "organization.number-range", "Min", least, "Max", most)
			return value
		}
		return strconv.Itoa(n)
	}
}

func optional(n *int) string {
	if n == nil {
		return ""
	}
	return strconv.Itoa(*n)
}
