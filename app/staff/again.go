package staff

import (
	"context"
	"errors"
	"fmt"
	"time"

	"chancery/app/access"
	"chancery/app/fault"
	"chancery/app/store"
)

// sentTwice is how long after a creation the same one again is taken for the same form sent twice: by a second click, or
// by a browser that asked anew because no answer came.
const sentTwice = 2 * time.Minute

// Again is the user whom the same actor created a moment ago by the same words, when err says that nothing but the
// address stands in the way of creating them; nil otherwise (B-15), and for programs, which have no buttons to press twice.
func (s *Staff) Again(ctx context.Context, actor access.Actor, n NewUser, err error) (*User, error) {
	var invalid *fault.Invalid
	if actor.Program() || !errors.As(err, &invalid) || len(invalid.Fields) != 1 || !invalid.Has("email") {
		return nil, nil
	}
	var u User
	ok, err := store.One(s.db.In(ctx).Raw(`SELECT u.* FROM users u JOIN audit a ON a.object_kind = 'user' AND a.object_id = u.id AND a.action = 'user.create'
		WHERE u.email = ? AND u.created_at > ? AND u.first_name = ? AND u.last_name = ? AND u.role_id = ? AND a.actor_id = ?`,
		Address(n.Email), s.db.Now().Add(-sentTwice), line(n.FirstName), line(n.LastName), n.RoleID, actor.ID), &u)
	if err != nil {
		return nil, fmt.Errorf("created a moment ago: %w", err)
	}
	if !ok {
		return nil, nil
	}
	return &u, nil
}
