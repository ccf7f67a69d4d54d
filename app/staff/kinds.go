package staff

import (
	"context"

	"chancery/app/access"
	"chancery/app/work"
)

// Kinds are what can be asked for on many people at once (B-17). Each row is the verb that one person has.
func (s *Staff) Kinds() []work.Kind {
	return []work.Kind{
		{Name: "deactivation", Permission: access.UsersDeactivate, Each: s.deactivateOne},
	}
}

// deactivateOne ends an account at once. Of who owns what somebody has to take over it is refused, with the reason:
// successors are chosen person by person, on the page for that.
func (s *Staff) deactivateOne(ctx context.Context, actor access.Actor, _ string, item work.Item) (work.Outcome, error) {
	u, err := s.Get(ctx, item.ObjectID)
	if err != nil {
		return work.Outcome{}, err
	}
	if u.Status == Inactive {
		return work.Same(), nil
	}
	_, err = s.Deactivate(ctx, actor, u.ID, Plan{})
	return work.Done(), err
}
