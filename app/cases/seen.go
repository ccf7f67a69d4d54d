package cases

import (
	"context"
	"fmt"

	"chancery/app/access"
	"chancery/app/fault"
	"chancery/app/store"
)

// Who sees a case is one rule, which every page, list, search, stream and answer of the API asks (ASVS 8.2.2). It needs
// cases.view. Whoever is associated with a case sees it: its owner and its members. With cases.view-all one sees the others,
// too, unless they are private. A Super Admin sees all, as programs do. What of a case is seen, each room asks besides, by its
// own permission.
//
// A case that is not seen is one that there is not: fault.ErrNotFound, wherever it is asked for.

// Seen is the condition that an actor sees a case k, in a query over cases. It returns *fault.Forbidden to who sees none.
func Seen(actor access.Actor) (where string, args []any, err error) {
	if err := actor.Must(access.CasesView); err != nil {
		return "", nil, err
	}
	switch {
	case actor.Rights.Super():
		return `1 = 1`, nil, nil
	case actor.Rights.Can(access.CasesViewAll):
		return `(NOT k.private OR k.id IN (` + theirs + `))`, []any{actor.ID}, nil
	default:
		return `k.id IN (` + theirs + `)`, []any{actor.ID}, nil
	}
}

// SeenBy is the same rule the other way round: the condition that a user u sees a case k, for lists of people. Whether one does is always
// asked by their rights (Seen), and a test compares the two.
func SeenBy() (where string, args []any) {
	may, args := access.Holds(access.CasesView)
	all, with := access.Holds(access.CasesViewAll)
	return `(` + may + ` AND (EXISTS (SELECT 1 FROM associations a WHERE a.case_id = k.id AND a.user_id = u.id) OR NOT k.private AND ` + all +
		` OR EXISTS (SELECT 1 FROM roles s WHERE s.id = u.role_id AND s.super)))`, append(args, with...)
}

// MustSee returns fault.ErrNotFound for a case that the actor does not see, or that there is not. Within a transaction it
// says nothing of a moment later: verbs that change a case lock it (Hold).
func (c *Cases) MustSee(ctx context.Context, actor access.Actor, id string) error {
	where, args, err := Seen(actor)
	if err != nil {
		return err
	}
	var one int
	ok, err := store.One(c.db.In(ctx).Raw(`SELECT 1 FROM cases k WHERE k.id = ? AND `+where, append([]any{id}, args...)...), &one)
	if err != nil {
		return fmt.Errorf("who sees a case: %w", err)
	}
	if !ok {
		return fault.ErrNotFound
	}
	return nil
}

// Held is a case that a transaction holds: nobody else changes it, or writes a message of it, until that ends.
type Held struct {
	ID       string
	Number   string
	Title    string
	Status   Status
	Private  bool
	OwnerID  string // "" for a closed one that has none
	Messages int64  // how many messages there are
	Inbound  int64  // how many of them are the client's
}

// Hold locks a case that the actor sees, in ctx's transaction. It returns fault.ErrNotFound as MustSee does.
func (c *Cases) Hold(ctx context.Context, actor access.Actor, id string) (*Held, error) {
	where, args, err := Seen(actor)
	if err != nil {
		return nil, err
	}
	var h Held
	ok, err := store.One(c.db.In(ctx).Raw(`SELECT k.id, k.number, k.title, k.status, k.private, COALESCE(k.owner_id, '') AS owner_id, k.messages, k.inbound
		FROM cases k WHERE k.id = ? AND `+where+c.db.ForUpdate(), append([]any{id}, args...)...), &h)
	if err != nil {
		return nil, fmt.Errorf("hold case: %w", err)
	}
	if !ok {
		return nil, fault.ErrNotFound
	}
	return &h, nil
}
