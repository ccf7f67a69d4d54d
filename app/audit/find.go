package audit

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"chancery/app/store"
)

// Query says which lines are wanted. Each part that is not empty narrows; each has its index, in the order of time.
type Query struct {
	Kind, Object string // what was acted on: both, or neither
	Actor        string // the id of who did it
	Action       string
	From, To     time.Time // from the one on, before the other; zero: without end
	Before       string    // id of a line: only older ones than it, to read on ("" from the newest)
	Limit        int
	Without      []string // objects, as actions begin with them (invoice), no line of which is wanted
}

// Find is the lines that a query wants, newest first, and whether there are older ones. Nobody is asked whether they
// may: the rooms above do (access.History).
func Find(ctx context.Context, db *store.DB, q Query) (lines []Line, more bool, err error) {
	find := db.In(ctx).Order("at DESC, id DESC").Limit(q.Limit + 1)
	if q.Object != "" {
		find = find.Where("object_kind = ? AND object_id = ?", q.Kind, q.Object)
	}
	if q.Actor != "" {
		find = find.Where("actor_id = ?", q.Actor)
	}
	if q.Action != "" {
		find = find.Where("action = ?", q.Action)
	}
	for _, object := range q.Without {
		find = find.Where("action NOT LIKE ?", object+".%")
	}
	if !q.From.IsZero() {
		find = find.Where("at >= ?", q.From)
	}
	if !q.To.IsZero() {
		find = find.Where("at < ?", q.To)
	}
	if q.Before != "" {
		find = find.Where("(at, id) < (SELECT b.at, b.id FROM audit b WHERE b.id = ?)", q.Before)
	}
	if err := find.Find(&lines).Error; err != nil {
		return nil, false, fmt.Errorf("find in the audit: %w", err)
	}
	if len(lines) > q.Limit {
		return lines[:q.Limit], true, nil
	}
	return lines, false, nil
}

// List is the line's changes, field by field. A line that cannot be read has none.
func (l *Line) List() []Change {
	var changes []Change
	if err := json.Unmarshal([]byte(l.Changes), &changes); err != nil {
		return nil
	}
	return changes
}
