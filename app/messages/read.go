package messages

import (
	"context"
	"fmt"

	"chancery/app/access"
	"chancery/app/cases"
	"chancery/app/fault"
)

// Unread is how much somebody has not read: messages of clients, and in how many cases.
type Unread struct{ Messages, Cases int64 }

// Unread counts what a person has not read, of the cases they are associated with. It asks no permission but messages.view:
// who lacks that has nothing to read.
func (m *Messages) Unread(ctx context.Context, actor access.Actor) (u Unread, err error) {
	if !actor.Rights.Can(access.MessagesView) || !actor.Rights.Can(access.CasesView) {
		return u, nil
	}
	err = m.db.Row(ctx, `SELECT COALESCE(sum(unread), 0), count(*) FROM associations WHERE user_id = $1 AND unread > 0`, actor.ID).Scan(&u.Messages, &u.Cases)
	if err != nil {
		return u, fmt.Errorf("count unread: %w", err)
	}
	return u, nil
}

// Read notes that a person has read what the client of a case wrote up to a message, by Message.Inbound; less than they had
// read before changes nothing. Who is not associated with the case has no mark, and it is no error. It needs messages.view and the
// case, and tells whether anything changed.
func (m *Messages) Read(ctx context.Context, actor access.Actor, caseID string, upTo int64) (changed bool, err error) {
	if err := actor.Must(access.MessagesView); err != nil {
		return false, err
	}
	// Pages say so with every look, and most have nothing new to say: those take no lock.
	if behind, err := m.behind(ctx, actor, caseID, upTo); err != nil || !behind {
		return false, err
	}
	err = m.db.Tx(ctx, func(ctx context.Context) error {
		k, err := m.cases.Hold(ctx, actor, caseID)
		if err != nil {
			return err
		}
		changed, err = m.read(ctx, k, actor.ID, upTo)
		return err
	})
	return changed, err
}

// behind tells whether a person's mark is before a message. It returns fault.ErrNotFound for a case that they do not see.
func (m *Messages) behind(ctx context.Context, actor access.Actor, caseID string, upTo int64) (bool, error) {
	where, args, err := cases.Seen(actor)
	if err != nil {
		return false, err
	}
	var rows []int64
	err = m.db.In(ctx).Raw(`SELECT COALESCE((SELECT b.read_inbound FROM associations b WHERE b.case_id = k.id AND b.user_id = ?), k.inbound)
		FROM cases k WHERE k.id = ? AND `+where, append([]any{actor.ID, caseID}, args...)...).Scan(&rows).Error
	switch {
	case err != nil:
		return false, fmt.Errorf("how far was read: %w", err)
	case len(rows) == 0:
		return false, fault.ErrNotFound
	}
	return rows[0] < upTo, nil
}

// read moves a person's mark in a case that the transaction holds.
func (m *Messages) read(ctx context.Context, k *cases.Held, userID string, upTo int64) (changed bool, err error) {
	upTo = min(upTo, k.Inbound)
	n, err := m.db.Exec(ctx, `UPDATE associations SET read_inbound = $1, unread = $2 WHERE case_id = $3 AND user_id = $4 AND read_inbound < $5`,
		upTo, k.Inbound-upTo, k.ID, userID, upTo)
	if err != nil {
		return false, fmt.Errorf("note what was read: %w", err)
	}
	if n == 0 {
		return false, nil
	}
	return true, m.db.Changed(ctx, "unread/"+userID)
}
