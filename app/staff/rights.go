package staff

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"chancery/app/access"
	"chancery/app/audit"
	"chancery/app/fault"
	"chancery/app/store"
)

// NeedsConfirmation says that something is allowed and unwise, and why: whoever means it says so and tries again (HTTP
// 422). Those who do not know of it see the fault.Refused that it wraps.
type NeedsConfirmation struct {
	Message fault.Message
}

func (e *NeedsConfirmation) Error() string { return "needs confirmation: " + e.Message.Key }

// Unwrap is the plain refusal.
func (e *NeedsConfirmation) Unwrap() error { return &fault.Refused{Message: e.Message} }

// supersMeant is how many Super Admins a practice should have at most (S1-30).
const supersMeant = 2

// Rights is which role and profiles a person has.
type Rights struct {
	RoleID     string
	ProfileIDs []string // in order
}

// RightsEdit is what a form says of a person's rights: the role and profiles they are to have, and those that the form
// was filled in from (B-16). Was may be nil where nobody has looked. A nil part stays as it is.
type RightsEdit struct {
	RoleID     *string
	ProfileIDs *[]string
	Was        *Rights
	Confirmed  bool // of what NeedsConfirmation says
}

// SetRole gives a person another role (S1-23). It needs users.edit and is over the account, so that nobody takes from a
// person what they do not hold. It returns *fault.Invalid on "role" (no such role; Super Admin is given by a Super Admin
// only, S1-32; it grants what the actor does not hold), *NeedsConfirmation for a third Super Admin (S1-30), *fault.Refused when the person is the actor or the last active
// Super Admin, *fault.Forbidden or fault.ErrNotFound. A role that the person has already changes nothing.
func (s *Staff) SetRole(ctx context.Context, actor access.Actor, userID, roleID string, confirmed bool) error {
	return s.SetRights(ctx, actor, userID, RightsEdit{RoleID: &roleID, Confirmed: confirmed})
}

// SetProfiles gives a person these profiles and no others (S1-24). It needs users.edit and is over the account; it returns *fault.Invalid on
// "profiles", *fault.Refused when the person is the actor, *fault.Forbidden or fault.ErrNotFound.
func (s *Staff) SetProfiles(ctx context.Context, actor access.Actor, userID string, profileIDs []string) error {
	return s.SetRights(ctx, actor, userID, RightsEdit{ProfileIDs: &profileIDs})
}

// SetRights is SetRole and SetProfiles in one: both or neither. It also returns *fault.Conflict when a form was filled in
// from rights that another has changed meanwhile.
func (s *Staff) SetRights(ctx context.Context, actor access.Actor, userID string, e RightsEdit) error {
	if err := actor.Must(access.UsersEdit); err != nil {
		return err
	}
	return s.db.Tx(ctx, func(ctx context.Context) error {
		was, err := s.holdRights(ctx, userID)
		if err != nil {
			return err
		}
		now, changes, err := s.checkRights(ctx, actor, userID, was, e)
		if err != nil || len(changes) == 0 {
			return err
		}
		if err := s.writeRights(ctx, userID, was, now); err != nil {
			return err
		}
		for _, c := range changes {
			entry := audit.Entry{Action: "user.set-" + c.Field, Kind: "user", ID: userID, Changes: []audit.Change{c}}
			if err := audit.Record(ctx, s.db, actor.Actor, entry); err != nil {
				return err
			}
		}
		return s.changed(ctx, userID)
	})
}

// PreviewRights tells what SetRights with the same edit would give and take (B-11), or returns the error that it would
// return, but NeedsConfirmation, which comes beside the preview.
func (s *Staff) PreviewRights(ctx context.Context, actor access.Actor, userID string, e RightsEdit) (*access.Preview, *NeedsConfirmation, error) {
	if err := actor.Must(access.UsersEdit); err != nil {
		return nil, nil, err
	}
	var risk *NeedsConfirmation
	was, err := s.RightsOf(ctx, actor, userID)
	if err != nil {
		return nil, nil, err
	}
	confirmed := e
	confirmed.Confirmed = true
	now, _, err := s.checkRights(ctx, actor, userID, was, confirmed)
	if err != nil {
		return nil, nil, err
	}
	book, err := access.ReadBook(ctx, s.db)
	if err != nil {
		return nil, nil, err
	}
	if err := s.checkSupers(ctx, book, was.RoleID, now.RoleID); err != nil && !errors.As(err, &risk) {
		return nil, nil, err
	}
	return book.PreviewUser(was.RoleID, was.ProfileIDs, now.RoleID, now.ProfileIDs), risk, nil
}

// RightsOf is which role and profiles a person has. One's own are free to see; those of others need users.view. It
// returns fault.ErrNotFound or *fault.Forbidden.
func (s *Staff) RightsOf(ctx context.Context, actor access.Actor, userID string) (Rights, error) {
	if err := may(actor, userID, access.UsersView); err != nil {
		return Rights{}, err
	}
	return s.rightsOf(ctx, userID, "")
}

// holdRights locks a person's row first: changes of one person's rights go one after the other.
func (s *Staff) holdRights(ctx context.Context, userID string) (Rights, error) {
	return s.rightsOf(ctx, userID, s.db.ForUpdate())
}

func (s *Staff) rightsOf(ctx context.Context, userID, lock string) (r Rights, err error) {
	known, err := store.One(s.db.In(ctx).Raw(`SELECT role_id FROM users WHERE id = ?`+lock, userID), &r.RoleID)
	if err != nil {
		return r, fmt.Errorf("rights: %w", err)
	}
	if !known {
		return r, fault.ErrNotFound
	}
	if err := s.db.In(ctx).Raw(`SELECT profile_id FROM user_profiles WHERE user_id = ? ORDER BY profile_id`, userID).Scan(&r.ProfileIDs).Error; err != nil {
		return r, fmt.Errorf("rights: %w", err)
	}
	return r, nil
}

func (s *Staff) checkRights(ctx context.Context, actor access.Actor, userID string, was Rights, e RightsEdit) (now Rights, changes []audit.Change, err error) {
	now = was
	if e.RoleID != nil {
		now.RoleID = *e.RoleID
	}
	if e.ProfileIDs != nil {
		now.ProfileIDs = slices.Compact(slices.Sorted(slices.Values(*e.ProfileIDs)))
	}
	if e.Was != nil {
		if err := since(*e.Was, was, &now); err != nil {
			return now, nil, err
		}
	}
	if changes = rightsChanges(was, now); len(changes) == 0 {
		return now, nil, nil
	}
	if actor.ID == userID {
		return now, nil, fault.Refuse("staff.own-rights")
	}
	if err := s.free(ctx, actor, "user", userID, changes); err != nil {
		return now, nil, err
	}
	book, err := access.ReadBook(ctx, s.db)
	if err != nil {
		return now, nil, err
	}
	if err := actor.MustOver(access.OverAccount, userID, book.Rights(was.RoleID, was.ProfileIDs)); err != nil {
		return now, nil, err
	}
	bad := &fault.Invalid{}
	checkRole(bad, book, actor, was.RoleID, now.RoleID)
	checkProfiles(bad, book, actor, was.ProfileIDs, now.ProfileIDs)
	if err := bad.Err(); err != nil {
		return now, nil, err
	}
	if !e.Confirmed {
		err = s.checkSupers(ctx, book, was.RoleID, now.RoleID)
	}
	return now, changes, err
}

// checkRole notes under "role" why the actor may not put one role in the place of another ("" for a new person's), which
// is theirs to take.
func checkRole(bad *fault.Invalid, book *access.Book, actor access.Actor, was, now string) {
	if was == now && now != "" {
		return
	}
	role, ok := book.Role(now)
	switch {
	case !ok:
		bad.Add("role", "staff.role-missing")
	case role.Super && !actor.Rights.Super():
		bad.Add("role", "staff.role-super")
	case !actor.Rights.Covers(book.Rights(now, nil).Less(book.Rights(was, nil))):
		bad.Add("role", "staff.role-beyond")
	}
}

// checkProfiles notes under "profiles" why the actor may not add those that are new.
func checkProfiles(bad *fault.Invalid, book *access.Book, actor access.Actor, was, now []string) {
	for _, id := range now {
		if _, ok := book.Profile(id); !ok {
			bad.Add("profiles", "staff.choose")
		} else if !slices.Contains(was, id) && !actor.Rights.Covers(book.Rights("", []string{id})) {
			bad.Add("profiles", "staff.profiles-beyond")
		}
	}
}

// checkSupers asks for confirmation before there are more Super Admins than are meant to be. It holds their role in a
// transaction, as the database does before it lets one go, so that two who add one at once both hear of it.
func (s *Staff) checkSupers(ctx context.Context, book *access.Book, was, now string) error {
	old, _ := book.Role(was)
	if role, _ := book.Role(now); !role.Super || old.Super {
		return nil
	}
	var ids []string
	if err := s.db.In(ctx).Raw(`SELECT id FROM roles WHERE super ORDER BY id` + s.db.ForUpdate()).Scan(&ids).Error; err != nil {
		return fmt.Errorf("hold the role: %w", err)
	}
	n, err := s.CountSupers(ctx)
	if err != nil || n < supersMeant {
		return err
	}
	return &NeedsConfirmation{superThird(n)}
}

// superThird says what one Super Admin more than n means.
func superThird(n int) fault.Message { return fault.M("staff.super-third", "Count", n) }

func (s *Staff) writeRights(ctx context.Context, userID string, was, now Rights) error {
	at := s.db.Now()
	err := s.db.In(ctx).Exec(`UPDATE users SET role_id = ?, generation = generation + 1, updated_at = ? WHERE id = ?`, now.RoleID, at, userID).Error
	switch {
	case err == nil:
	case store.Violated(err, "users_last_super_admin", ""):
		return fault.Refuse("staff.last-super-admin")
	case store.Violated(err, "users_role_id_fkey", ""): // it was there when it was checked
		return fault.Field1("role", "staff.role-missing")
	default:
		return fmt.Errorf("set role: %w", err)
	}
	for _, id := range was.ProfileIDs {
		if slices.Contains(now.ProfileIDs, id) {
			continue
		}
		if err := s.db.In(ctx).Exec(`DELETE FROM user_profiles WHERE user_id = ? AND profile_id = ?`, userID, id).Error; err != nil {
			return fmt.Errorf("take profile: %w", err)
		}
	}
	for _, id := range now.ProfileIDs {
		if slices.Contains(was.ProfileIDs, id) {
			continue
		}
		if err := s.db.In(ctx).Exec(`INSERT INTO user_profiles (user_id, profile_id, created_at) VALUES (?, ?, ?)`, userID, id, at).Error; err != nil {
			if store.Violated(err, "user_profiles_profile_id_fkey", "") {
				return fault.Field1("profiles", "staff.choose")
			}
			return fmt.Errorf("add profile: %w", err)
		}
	}
	return nil
}

// since compares what a form was filled in from with what is stored (B-16). What the person left as it was filled in
// stays as it is stored; what they changed and another has changed meanwhile to something else is a conflict.
func since(filledIn, stored Rights, typed *Rights) error {
	c := &fault.Conflict{Current: map[string]string{}}
	switch {
	case typed.RoleID == filledIn.RoleID:
		typed.RoleID = stored.RoleID
	case stored.RoleID != filledIn.RoleID && stored.RoleID != typed.RoleID:
		c.Current["role"] = stored.RoleID
	}
	was := slices.Compact(slices.Sorted(slices.Values(filledIn.ProfileIDs)))
	switch {
	case slices.Equal(typed.ProfileIDs, was):
		typed.ProfileIDs = stored.ProfileIDs
	case !slices.Equal(stored.ProfileIDs, was) && !slices.Equal(stored.ProfileIDs, typed.ProfileIDs):
		c.Current["profiles"] = strings.Join(stored.ProfileIDs, " ")
	}
	if len(c.Current) == 0 {
		return nil
	}
	return c
}

func rightsChanges(was, now Rights) []audit.Change {
	all := []audit.Change{
		{Field: "role", Before: was.RoleID, After: now.RoleID},
		{Field: "profiles", Before: strings.Join(was.ProfileIDs, " "), After: strings.Join(now.ProfileIDs, " ")},
	}
	return slices.DeleteFunc(all, func(c audit.Change) bool { return c.Before == c.After })
}
