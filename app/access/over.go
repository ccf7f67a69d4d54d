package access

import (
	"context"
	"fmt"

	"chancery/app/fault"
	"chancery/app/store"
)

// Over is what of a person a verb is over, and so decides whose person it may be used on (see the package comment).
type Over int

const (
	// OverNothing is a verb over something else of theirs, such as a case, which has rules of its own.
	OverNothing Over = iota
	// OverRecord is a verb over what is written of a person: names, title, numbers, language, department, picture.
	OverRecord
	// OverAccount is a verb over what a person may do and how they come in: role, profiles, leaving and coming back,
	// sessions, lock, password, address, invitation and the mails of these.
	OverAccount
)

// MustOver returns a *fault.Forbidden when the actor may not use a verb on a person who has these rights. It asks beside
// the verb's permission, and never of one's own account.
func (a Actor) MustOver(o Over, personID string, theirs Rights) error {
	switch {
	case o == OverNothing, a.ID == personID, a.Rights.Super():
		return nil
	case theirs.Super():
		return &fault.Forbidden{Permission: "super admin", Message: fault.M("access.over-super")}
	case o == OverAccount && !a.Rights.Covers(theirs):
		return &fault.Forbidden{Permission: "every right of the person", Message: fault.M("access.over-more")}
	}
	return nil
}

// MustOver is the actor's MustOver of a user as they are now. Called in a transaction that holds the user, it cannot be
// overtaken by a change of their role. Of an unknown user it returns nil: the verb says that there is none.
func (a *Access) MustOver(ctx context.Context, actor Actor, o Over, userID string) error {
	if o == OverNothing || actor.ID == userID || actor.Rights.Super() {
		return nil
	}
	if o == OverRecord { // it asks for nothing else
		var super bool
		if _, err := store.One(a.db.In(ctx).Raw(`SELECT r.super FROM users u JOIN roles r ON r.id = u.role_id WHERE u.id = ?`, userID), &super); err != nil {
			return fmt.Errorf("over whom: %w", err)
		}
		return actor.MustOver(o, userID, Rights{super: super})
	}
	theirs, err := a.Of(ctx, userID)
	if err != nil {
		return err
	}
	return actor.MustOver(o, userID, theirs)
}
