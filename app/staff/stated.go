package staff

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"chancery/app/fault"
)

// What a manifest states is judged here by the rules of the verbs, before anything is written: see declared.

// Stated is a field of a person as the verbs would store it, of a practice as it is; what is wrong with it is noted in bad.
func Stated(bad *fault.Invalid, o *Organization, field, value string) string {
	return clean(bad, field, value, o.SingleNames)
}

// StatedTitle is the title of the practice's list that a manifest means; the one that the person has may stay, also when the list has it no longer.
func StatedTitle(bad *fault.Invalid, titles []Title, has, value string) string {
	if line(value) == has {
		return has
	}
	return titleAmong(titles, bad, "title", value)
}

// StatedEmail is an address as it is stored.
func StatedEmail(bad *fault.Invalid, value string) string { return email(bad, "email", value) }

// StatedDepartment is the name of a department as it would be stored.
func StatedDepartment(bad *fault.Invalid, value string) string {
	name := line(value)
	if name == "" {
		bad.Add("name", departmentNames.missing)
	}
	checkMax(bad, "name", name, nameMax)
	return name
}

// SameName tells whether two names of departments are one to people.
func SameName(a, b string) bool { return sameName(a, b) }

// StatedOrganization is a field of the practice as it would be stored.
func StatedOrganization(bad *fault.Invalid, field, value string) string {
	all := organizationFields()
	i := slices.IndexFunc(all, func(f organizationField) bool { return f.name == field })
	return all[i].clean(bad, field, value)
}

// Roll is the people whom manifests are about, as they are: read in a few queries, however many they are.
type Roll struct {
	People   map[string]*User     // by id
	Left     map[string]time.Time // when those left who have
	Profiles map[string][]string  // of each, in order
	owners   map[string]string    // of addresses that are, were or are held to be somebody's
	grounds  *grounds
}

// Owner is whose an address is, was, or is held to be; "" when it is free.
func (r *Roll) Owner(address string) string { return r.owners[address] }

// Taken notes on "email" whose an address is, was or is to be, that is not free.
func (r *Roll) Taken(bad *fault.Invalid, address string) { r.grounds.checkAddress(bad, address) }

// Roll reads the people of these ids, and those who have, had or are to have one of these addresses.
func (s *Staff) Roll(ctx context.Context, ids, addresses []string) (*Roll, error) {
	r := &Roll{People: map[string]*User{}, Left: map[string]time.Time{}, Profiles: map[string][]string{}, owners: map[string]string{}, grounds: &grounds{owners: map[string]owner{}}}
	err := s.db.Query(ctx, func(rows *sql.Rows) error {
		var o owner
		var address string
		if err := rows.Scan(&address, &o.HeldUntil, &o.ID, &o.Email, &o.FirstName, &o.LastName, &o.DisplayName, (*string)(&o.Status)); err != nil {
			return err
		}
		r.owners[address], r.grounds.owners[address] = o.ID, o
		ids = append(ids, o.ID)
		return nil
	}, `SELECT a.address, a.held_until, u.id, u.email, u.first_name, u.last_name, u.display_name, u.status FROM addresses a JOIN users u ON u.id = a.user_id
		WHERE a.address `+s.db.Among("$1")+` AND (a.held_until IS NULL OR a.held_until > $2)`, s.db.List(addresses), s.db.Now())
	if err != nil {
		return nil, fmt.Errorf("addresses: %w", err)
	}
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	err = s.db.Query(ctx, func(rows *sql.Rows) error {
		u := &User{}
		var left *time.Time
		err := rows.Scan(&u.ID, &u.Email, &u.FirstName, &u.LastName, &u.DisplayName, &u.Title, &u.Cell, &u.Office, &u.Language, &u.Zone, (*string)(&u.Status), &u.RoleID, &u.DepartmentID, &u.LastSignInAt, &left, &u.Generation)
		r.People[u.ID] = u
		if left != nil {
			r.Left[u.ID] = *left
		}
		return err
	}, `SELECT id, email, first_name, last_name, display_name, title, cell, office, language, zone, status, role_id, department_id, last_sign_in_at, left_at, generation
		FROM users WHERE id `+s.db.Among("$1"), s.db.List(ids))
	if err != nil {
		return nil, fmt.Errorf("people of manifests: %w", err)
	}
	err = s.db.Query(ctx, func(rows *sql.Rows) error {
		var user, profile string
		err := rows.Scan(&user, &profile)
		r.Profiles[user] = append(r.Profiles[user], profile)
		return err
	}, `SELECT user_id, profile_id FROM user_profiles WHERE user_id `+s.db.Among("$1")+` ORDER BY user_id, profile_id`, s.db.List(ids))
	if err != nil {
		return nil, fmt.Errorf("profiles of manifests' people: %w", err)
	}
	return r, nil
}

// Returns is the status in which who has left comes back.
func (u *User) Returns() Status { return u.returns() }
