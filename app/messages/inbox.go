package messages

import (
	"context"
	"fmt"
	"time"

	"chancery/app/access"
	"chancery/app/cases"
)

// Talk is a case as an inbox shows it: what was said last, and how much of it the reader has not read.
type Talk struct {
	CaseID    string
	Number    string
	Title     string
	ClientID  string
	Client    string
	Private   bool
	Unread    int64
	LastAt    time.Time
	Direction Direction
	Beginning string // of what was said last
	AuthorID  *string
	FirstName string // of who wrote it for the practice
	LastName  string
	Shown     string
}

// beginning is how much of a message an inbox reads, in characters.
const beginning = 240

const talkColumns = `k.id AS case_id, k.number, k.title, k.private, k.client_id, l.name AS client, k.last_message_at AS last_at, COALESCE(m.direction, 'in') AS direction,
	COALESCE(substr(m.body, 1, ?), '') AS beginning, m.author_id, COALESCE(u.first_name, '') AS first_name, COALESCE(u.last_name, '') AS last_name, COALESCE(u.display_name, '') AS shown`

const talkJoins = ` JOIN clients l ON l.id = k.client_id LEFT JOIN messages m ON m.case_id = k.id AND m.number = k.messages LEFT JOIN users u ON u.id = m.author_id `

// Waiting are the cases in which a person has not read everything, those of the newest messages first, at most limit. Who
// may read no messages has none.
func (m *Messages) Waiting(ctx context.Context, actor access.Actor, limit int) (all []Talk, err error) {
	where, args, err := cases.Seen(actor)
	if err != nil || !actor.Rights.Can(access.MessagesView) {
		return nil, nil
	}
	err = m.db.In(ctx).Raw(`SELECT a.unread, `+talkColumns+` FROM associations a JOIN cases k ON k.id = a.case_id`+talkJoins+`
		WHERE a.user_id = ? AND a.unread > 0 AND `+where+` ORDER BY k.last_message_at DESC, k.id DESC LIMIT ?`,
		append(append([]any{beginning, actor.ID}, args...), limit)...).Scan(&all).Error
	if err != nil {
		return nil, fmt.Errorf("what waits to be read: %w", err)
	}
	return all, nil
}

// Latest is what was said last in each of some cases, in no order. It needs messages.view, and leaves out what the actor
// does not see.
func (m *Messages) Latest(ctx context.Context, actor access.Actor, caseIDs []string) (map[string]*Talk, error) {
	if err := actor.Must(access.MessagesView); err != nil {
		return nil, err
	}
	found := map[string]*Talk{}
	if len(caseIDs) == 0 {
		return found, nil
	}
	where, args, err := cases.Seen(actor)
	if err != nil {
		return nil, err
	}
	var all []Talk
	err = m.db.In(ctx).Raw(`SELECT COALESCE(a.unread, 0) AS unread, `+talkColumns+` FROM cases k LEFT JOIN associations a ON a.case_id = k.id AND a.user_id = ?`+talkJoins+`
		WHERE k.id IN ? AND k.last_message_at IS NOT NULL AND `+where, append([]any{beginning, actor.ID, caseIDs}, args...)...).Scan(&all).Error
	if err != nil {
		return nil, fmt.Errorf("what was said last: %w", err)
	}
	for i := range all {
		found[all[i].CaseID] = &all[i]
	}
	return found, nil
}
