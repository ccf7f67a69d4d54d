package signin

import (
	"context"
	"fmt"

	"chancery/app/access"
	"chancery/app/staff"
)

// Belongings are the kinds of what a person owns here, for their leaving (B-1): both end, nobody takes them over.
func (s *Signin) Belongings() []staff.Belonging { return []staff.Belonging{sessionsOf{s}, linksOf{s}} }

type sessionsOf struct{ *Signin }

func (sessionsOf) Kind() string { return "sessions" }

func (o sessionsOf) Count(ctx context.Context, userID string) (staff.Holding, error) {
	list, err := o.Sessions(ctx, access.System("departure"), userID)
	return staff.Holding{Count: int64(len(list))}, err
}

// HandOver ends the sessions. The database does so too, whichever way a status changes; here they are counted.
func (o sessionsOf) HandOver(ctx context.Context, _ access.Actor, userID string, _ staff.Plan) (staff.Handed, error) {
	h, err := o.Count(ctx, userID)
	if err != nil {
		return staff.Handed{}, err
	}
	_, err = o.end(ctx, "deactivated", "user_id = ?", userID)
	return staff.Handed{Count: h.Count}, err
}

type linksOf struct{ *Signin }

func (linksOf) Kind() string { return "links" }

func (o linksOf) Count(ctx context.Context, userID string) (h staff.Holding, err error) {
	err = o.db.Row(ctx, `SELECT count(*) FROM links l JOIN users u ON u.id = l.user_id
		WHERE l.user_id = $1 AND l.used_at IS NULL AND l.expires_at > $2 AND l.epoch = u.epoch`, userID, o.db.Now()).Scan(&h.Count)
	if err != nil {
		return h, fmt.Errorf("count links: %w", err)
	}
	return h, nil
}

// HandOver spends the links. Those of an inactive person open nothing anyway; here they are counted.
func (o linksOf) HandOver(ctx context.Context, _ access.Actor, userID string, _ staff.Plan) (staff.Handed, error) {
	h, err := o.Count(ctx, userID)
	if err != nil {
		return staff.Handed{}, err
	}
	return staff.Handed{Count: h.Count}, o.spendLinks(ctx, userID)
}

// SpendLinks makes every open link of a person who has left useless, those among them that a mail under way made after
// the moment of leaving.
func (s *Signin) SpendLinks(ctx context.Context, userID string) error {
	return s.spendLinks(ctx, userID)
}
