package post

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"chancery/app/store"
)

// ranks are all there are, in the order in which mails go out.
var ranks = [...]Rank{Urgent, OfCases, Daily}

// due is what may be taken up, in the words of the index mails_due.
const due = `state IN ('waiting', 'sending') AND paused_at IS NULL`

// Take takes up to most mails whose time has come, in the order in which they are to go: by rank, and within one as they
// became due. They are marked as being sent, and the try is counted. Until holdFor is over nobody else takes them up, so
// that two cannot send one at once when a lease changes hands; if this process dies, they are taken up then. What comes
// back has State and NextTryAt as they were before.
func (p *Post) Take(ctx context.Context, most int, holdFor time.Duration) ([]Mail, error) {
	now := p.db.Now()
	var found []Mail             // what hold changes of them; it reads the rest
	for _, rank := range ranks { // one by one, so that the index gives each without looking at what is due later
		var some []Mail
		if left := most - len(found); left > 0 {
			err := p.db.Query(ctx, func(row *sql.Rows) error {
				var m Mail
				err := row.Scan(&m.ID, (*string)(&m.State), &m.NextTryAt)
				some = append(some, m)
				return err
			}, `SELECT id, state, next_try_at FROM mails WHERE rank = $1 AND `+due+` AND next_try_at <= $2 ORDER BY next_try_at, id LIMIT $3`, int(rank), now, left)
			if err != nil {
				return nil, fmt.Errorf("mails due: %w", err)
			}
		}
		found = append(found, some...)
	}
	if len(found) == 0 {
		return nil, nil
	}
	return p.hold(ctx, found, now, holdFor)
}

// hold marks mails as being sent, and gives those of which it was the first to do so.
func (p *Post) hold(ctx context.Context, found []Mail, now time.Time, holdFor time.Duration) ([]Mail, error) {
	ids := make([]string, len(found))
	for i, m := range found {
		ids[i] = m.ID
	}
	held := make(map[string]Mail, len(found))
	err := p.db.Query(ctx, func(row *sql.Rows) error {
		m, err := scan(row)
		held[m.ID] = m
		return err
	}, `UPDATE mails SET state = 'sending', tries = tries + 1, takes = takes + 1, next_try_at = $1, dated_at = COALESCE(dated_at, $2)
		WHERE id `+p.db.Among("$3")+` AND `+due+` AND next_try_at <= $2 RETURNING `+columns, now.Add(holdFor), now, p.db.List(ids))
	if err != nil {
		return nil, fmt.Errorf("take mails: %w", err)
	}
	taken := make([]Mail, 0, len(held))
	for _, before := range found {
		if m, ok := held[before.ID]; ok {
			m.State, m.NextTryAt = before.State, before.NextTryAt
			taken = append(taken, m)
		}
	}
	return taken, nil
}

// Begin takes up one mail, if it is due and nobody else has it.
func (p *Post) Begin(ctx context.Context, m *Mail, holdFor time.Duration) (bool, error) {
	taken, err := p.hold(ctx, []Mail{*m}, p.db.Now(), holdFor)
	if err != nil || len(taken) == 0 {
		return false, err
	}
	*m = taken[0]
	return true, nil
}

// NextDue is when the next mail's time comes, or has come; false: none waits for a time.
func (p *Post) NextDue(ctx context.Context) (at time.Time, ok bool, err error) {
	for _, rank := range ranks {
		var next time.Time
		found, err := store.One(p.db.In(ctx).Raw(`SELECT next_try_at FROM mails WHERE rank = ? AND `+due+` ORDER BY next_try_at LIMIT 1`, rank), &next)
		if err != nil {
			return at, false, fmt.Errorf("next mail: %w", err)
		}
		if found && (!ok || next.Before(at)) {
			at, ok = next, true
		}
	}
	return at, ok, nil
}

// Sent is how many mails a receiver was sent lately or is being sent, and when the first of them went.
type Sent struct {
	Count int
	First *time.Time
}

// SentSince tells how many mails that nobody waits for went to each of the receivers since a time, or are just going; but for those
// of these ids.
func (p *Post) SentSince(ctx context.Context, receivers []string, since time.Time, but []string) (map[string]Sent, error) {
	var rows []struct {
		Recipient string
		Count     int
		First     *time.Time
	}
	// The first is read from its row, since a time that SQLite has computed is no time any more.
	err := p.db.In(ctx).Raw(`SELECT f.recipient, f.count, m.delivered_at AS first FROM
		(SELECT recipient, count(*) AS count, min(delivered_at) AS first FROM mails
			WHERE recipient IN ? AND rank > 0 AND (delivered_at > ? OR delivered_at IS NULL AND state = 'sending') AND id NOT IN ? GROUP BY recipient) f
		LEFT JOIN mails m ON m.recipient = f.recipient AND m.delivered_at = f.first`, receivers, since, but).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("mails sent: %w", err)
	}
	sent := make(map[string]Sent, len(rows))
	for _, r := range rows {
		sent[r.Recipient] = Sent{r.Count, r.First}
	}
	return sent, nil
}
