package work

import (
	"context"
	"fmt"
	"time"

	"chancery/app/access"
	"chancery/app/fault"
	"chancery/app/store"
)

// Counts say how many items of a run are how far.
type Counts struct{ Waiting, Done, Same, Refused int }

// Total is all of them.
func (c Counts) Total() int { return c.Waiting + c.Done + c.Same + c.Refused }

// Over is those that nothing more will happen to.
func (c Counts) Over() int { return c.Total() - c.Waiting }

// Progress is a run as its page shows it.
type Progress struct {
	Run
	Counts Counts
	Items  []Line
	Next   int // the place after which the next page begins; 0 when this is the last
}

// Line is an item and what became of it.
type Line struct {
	Place    int
	ObjectID string
	Label    string
	State    ItemState
	Reasons  []Reason
}

// Page says which items are wanted: those of a state ("" means all) after a place, at most Size; Size 0 wants none.
type Page struct {
	State ItemState
	After int
	Size  int
}

// Get is a run with its counts and a page of its items. Who asked for it may look, and who may see the whole system
// (system.view); for others there is none (fault.ErrNotFound).
func (w *Work) Get(ctx context.Context, actor access.Actor, id string, page Page) (*Progress, error) {
	run, err := w.visible(ctx, actor, id)
	if err != nil {
		return nil, err
	}
	p := &Progress{Run: *run}
	var counts []struct {
		State ItemState
		N     int
	}
	if err := w.db.In(ctx).Raw(`SELECT state, count(*) AS n FROM run_items WHERE run_id = ? GROUP BY state`, id).Scan(&counts).Error; err != nil {
		return nil, fmt.Errorf("count items: %w", err)
	}
	for _, c := range counts {
		switch c.State {
		case ItemWaiting:
			p.Counts.Waiting = c.N
		case ItemDone:
			p.Counts.Done = c.N
		case ItemSame:
			p.Counts.Same = c.N
		case ItemRefused:
			p.Counts.Refused = c.N
		}
	}
	if page.Size > 0 {
		p.Items, p.Next, err = w.lines(ctx, id, page)
	}
	return p, err
}

// lines is a page of items, found by the key of the table or by its index of states.
func (w *Work) lines(ctx context.Context, id string, page Page) (lines []Line, next int, err error) {
	var rows []struct {
		Place                    int
		ObjectID, Label, Message string
		State                    ItemState
	}
	q := w.db.In(ctx).Table("run_items").Where("run_id = ? AND place > ?", id, page.After)
	if page.State != "" {
		q = q.Where("state = ?", page.State)
	}
	if err := q.Select("place", "object_id", "label", "state", "message").Order("place").Limit(page.Size + 1).Scan(&rows).Error; err != nil {
		return nil, 0, fmt.Errorf("items: %w", err)
	}
	if len(rows) > page.Size {
		rows = rows[:page.Size]
		next = rows[page.Size-1].Place
	}
	for _, r := range rows {
		lines = append(lines, Line{r.Place, r.ObjectID, r.Label, r.State, ReadReasons(r.Message)})
	}
	return lines, next, nil
}

// visible is a run that the actor may see.
func (w *Work) visible(ctx context.Context, actor access.Actor, id string) (*Run, error) {
	run, err := w.run(ctx, id)
	if err != nil {
		return nil, err
	}
	if run.RequestedBy != actor.ID && !actor.Rights.Can(access.SystemView) {
		return nil, fault.ErrNotFound
	}
	return run, nil
}

// run is a run that somebody asked for; those of the clock are not this room's.
func (w *Work) run(ctx context.Context, id string) (*Run, error) {
	var run Run
	ok, err := store.Found(w.db.In(ctx).Where("id = ? AND requested_by <> ''", id).Take(&run).Error)
	if err != nil {
		return nil, fmt.Errorf("run: %w", err)
	}
	if !ok {
		return nil, fault.ErrNotFound
	}
	return &run, nil
}

// Draft is what waits for a yes.
type Draft struct {
	ID          string
	Kind        string
	Content     string
	RequestedBy string
	CreatedAt   time.Time
}

// DraftLasts is how long a draft waits.
const DraftLasts = time.Hour

// Keep keeps what was uploaded until it is asked for, by the same person, for an hour. It needs the kind's permission.
func (w *Work) Keep(ctx context.Context, actor access.Actor, kind, content string) (id string, err error) {
	k, ok := w.kinds[kind]
	if !ok {
		return "", fault.ErrNotFound
	}
	if err := actor.Must(k.Permission); err != nil {
		return "", err
	}
	d := Draft{ID: store.NewID(), Kind: kind, Content: content, RequestedBy: actor.ID, CreatedAt: w.db.Now()}
	if err := w.db.In(ctx).Create(&d).Error; err != nil {
		return "", fmt.Errorf("keep draft: %w", err)
	}
	return d.ID, nil
}

// Kept is what was kept, or fault.ErrNotFound: for others, after its hour, and when it was asked for.
func (w *Work) Kept(ctx context.Context, actor access.Actor, kind, id string) (string, error) {
	var d Draft
	ok, err := store.Found(w.db.In(ctx).Where("id = ? AND kind = ? AND requested_by = ? AND created_at > ?", id, kind, actor.ID,
		w.db.Now().Add(-DraftLasts)).Take(&d).Error)
	if err != nil {
		return "", fmt.Errorf("draft: %w", err)
	}
	if !ok {
		return "", fault.ErrNotFound
	}
	return d.Content, nil
}

// kept is how long a run stays to be looked at.
const kept = 90 * 24 * time.Hour

// CleanUp deletes drafts whose hour is over and runs that ended 90 days ago, at most batch rows to a statement, and
// says how many rows.
func (w *Work) CleanUp(ctx context.Context, batch int) (deleted int64, err error) {
	now := w.db.Now()
	for _, s := range []struct {
		sql    string
		before time.Time
	}{
		{`DELETE FROM drafts WHERE id IN (SELECT id FROM drafts WHERE created_at <= ? LIMIT ?)`, now.Add(-DraftLasts)},
		{`DELETE FROM run_items WHERE (run_id, place) IN (SELECT i.run_id, i.place FROM run_items i JOIN runs r ON r.id = i.run_id
			WHERE r.requested_by <> '' AND r.finished_at < ? LIMIT ?)`, now.Add(-kept)},
		{`DELETE FROM runs WHERE id IN (SELECT id FROM runs WHERE requested_by <> '' AND finished_at < ? LIMIT ?)`, now.Add(-kept)},
	} {
		for {
			res := w.db.In(ctx).Exec(s.sql, s.before, batch)
			if res.Error != nil {
				return deleted, fmt.Errorf("clean up work: %w", res.Error)
			}
			deleted += res.RowsAffected
			if res.RowsAffected < int64(batch) {
				break
			}
		}
	}
	return deleted, nil
}
