package staff

import (
	"context"
	"strings"

	"chancery/app/access"
	"chancery/app/audit"
	"chancery/app/fault"
)

// ImportChange is what a row of a file changes of a person: what the dry run showed (ImportLine.Changes).
type ImportChange struct {
	Changes   []audit.Change
	Confirmed bool // of what NeedsConfirmation says
}

// ApplyImport changes a person as a row of a file says: all of it or nothing, by the verbs that the pages use, each with
// its line in the history: SetDepartment, Update, SetRights, Deactivate and Reactivate. It needs what they need and
// returns what they return; *fault.Conflict when a value is no longer the one that was shown (B-16), or fault.ErrProve.
func (s *Staff) ApplyImport(ctx context.Context, actor access.Actor, userID string, c ImportChange) error {
	if c.Proves() && !actor.Proven(s.db.Now()) {
		return fault.ErrProve
	}
	return s.db.Tx(ctx, func(ctx context.Context) error {
		// What is held is held in the order of the other verbs, so that nobody waits in a circle: title, department, person.
		bad := &fault.Invalid{}
		if title := c.of("title"); title != nil {
			if err := s.holdTitle(ctx, bad, "title", title.After); err != nil {
				return err
			}
		}
		if err := bad.Err(); err != nil {
			return err
		}
		if d := c.of("department"); d != nil {
			if err := s.setDepartment(ctx, actor, userID, d.After, &d.Before); err != nil {
				return err
			}
		}
		if fields := c.fields(); fields != (Change{}) {
			if _, err := s.Update(ctx, actor, userID, fields); err != nil {
				return err
			}
		}
		if e := c.rights(); e.RoleID != nil || e.ProfileIDs != nil {
			if err := s.SetRights(ctx, actor, userID, e); err != nil {
				return err
			}
		}
		return s.applyStatus(ctx, actor, userID, c.of("status"))
	})
}

func (s *Staff) applyStatus(ctx context.Context, actor access.Actor, userID string, c *audit.Change) error {
	switch {
	case c == nil:
		return nil
	case c.After == string(Inactive):
		_, err := s.Deactivate(ctx, actor, userID, Plan{})
		return err
	}
	return s.Reactivate(ctx, actor, userID)
}

// Proves tells whether the row wants a fresh proof of who asks (ASVS 7.5.1): it makes a Super Admin, or changes a number, which may be
// one that signs in.
func (c ImportChange) Proves() bool {
	role := c.of("role")
	return c.of("cell") != nil || role != nil && role.After == access.RoleSuperAdmin
}

// of is the change of a field, or nil.
func (c ImportChange) of(field string) *audit.Change {
	for i := range c.Changes {
		if c.Changes[i].Field == field {
			return &c.Changes[i]
		}
	}
	return nil
}

// fields are the changes that Update makes.
func (c ImportChange) fields() Change {
	edit := func(field string) *Edit {
		change := c.of(field)
		if change == nil {
			return nil
		}
		return &Edit{Value: change.After, Was: &change.Before}
	}
	return Change{
		ProfileChange: ProfileChange{
			FirstName: edit("first_name"), LastName: edit("last_name"), Cell: edit("cell"), Office: edit("office"),
			Language: edit("language"), Zone: edit("zone"),
		},
		Title: edit("title"),
	}
}

// rights are the changes that SetRights makes.
func (c ImportChange) rights() RightsEdit {
	e := RightsEdit{Was: &Rights{}, Confirmed: c.Confirmed}
	if role := c.of("role"); role != nil {
		e.RoleID, e.Was.RoleID = &role.After, role.Before
	}
	if profiles := c.of("profiles"); profiles != nil {
		ids := strings.Fields(profiles.After)
		e.ProfileIDs, e.Was.ProfileIDs = &ids, strings.Fields(profiles.Before)
	}
	return e
}
