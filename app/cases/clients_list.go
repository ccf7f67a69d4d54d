package cases

import (
	"context"
	"fmt"

	"chancery/app/access"
	"chancery/app/fault"
	"chancery/app/store"
)

// ClientPart is the clients whom the actor sees, in the order in which they were made, after one of them ("": from the first), and whether there are others
// after. It needs cases.view.
func (c *Cases) ClientPart(ctx context.Context, actor access.Actor, after string, limit int) (all []Client, more bool, err error) {
	where, args, err := SeenClient(actor)
	if err != nil {
		return nil, false, err
	}
	err = c.db.In(ctx).Raw(`SELECT l.* FROM clients l WHERE `+where+` AND l.id > ? ORDER BY l.id LIMIT ?`, append(args, after, limit+1)...).Scan(&all).Error
	if err != nil {
		return nil, false, fmt.Errorf("list clients: %w", err)
	}
	return all[:min(len(all), limit)], len(all) > limit, nil
}

// ClientByExternalID is the id of the client whom another system calls so, if the actor sees them; else fault.ErrNotFound.
func (c *Cases) ClientByExternalID(ctx context.Context, actor access.Actor, externalID string) (string, error) {
	where, args, err := SeenClient(actor)
	if err != nil {
		return "", err
	}
	return c.byExternalID(ctx, `SELECT l.id FROM clients l WHERE l.external_id = ? AND `+where, externalID, args)
}

// ByExternalID is the id of the case that another system calls so, if the actor sees it; else fault.ErrNotFound.
func (c *Cases) ByExternalID(ctx context.Context, actor access.Actor, externalID string) (string, error) {
	where, args, err := Seen(actor)
	if err != nil {
		return "", err
	}
	return c.byExternalID(ctx, `SELECT k.id FROM cases k WHERE k.external_id = ? AND `+where, externalID, args)
}

func (c *Cases) byExternalID(ctx context.Context, query, externalID string, args []any) (id string, err error) {
	ok, err := store.One(c.db.In(ctx).Raw(query, append([]any{externalID}, args...)...), &id)
	if err != nil {
		return "", fmt.Errorf("by external id: %w", err)
	}
	if !ok {
		return "", fault.ErrNotFound
	}
	return id, nil
}
