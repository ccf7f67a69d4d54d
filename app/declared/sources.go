package declared

import (
	"context"
	"fmt"

	"chancery/app/store"
)

// Unread notes why a source's set cannot be read, for those who look after the house; "" once it can. It writes when that is something new.
func (d *Declared) Unread(ctx context.Context, source, problems string) error {
	var is string
	known, err := store.One(d.db.In(ctx).Raw(`SELECT problems FROM declared_sources WHERE source = ?`, source), &is)
	if err != nil {
		return fmt.Errorf("source: %w", err)
	}
	if is == problems && (known || problems == "") {
		return nil
	}
	_, err = d.db.Exec(ctx, `INSERT INTO declared_sources (source, problems, since) VALUES ($1, $2, $3)
		ON CONFLICT (source) DO UPDATE SET problems = excluded.problems, since = excluded.since`, source, problems, d.db.Now())
	if err != nil {
		return fmt.Errorf("source: %w", err)
	}
	return nil
}

// asked notes that more people have gone from a source than may leave unasked, for those who look after the house; or that it is so no longer. It writes when
// that is something new.
func (d *Declared) asked(ctx context.Context, w *world, gone *Gone) error {
	is := Gone{}
	if gone != nil {
		is = *gone
	}
	if is == w.gone {
		return nil
	}
	_, err := d.db.Exec(ctx, `INSERT INTO declared_sources (source, leaving, whole, since) VALUES ($1, $2, $3, $4)
		ON CONFLICT (source) DO UPDATE SET leaving = excluded.leaving, whole = excluded.whole, since = excluded.since`, w.source, is.Leaving, is.Whole, d.db.Now())
	if err != nil {
		return fmt.Errorf("source: %w", err)
	}
	return nil
}

// leaveWithout is how many may leave without a question however few the source states.
const leaveWithout = 3

// hold keeps all that has gone from a source as it is, where more people would leave than may without a question. Who is known not to be able to leave
// yet was asked about before.
func (w *world) hold(gone []Step) *Gone {
	g := Gone{}
	for _, r := range w.rows {
		if u := w.roll.People[r.object()]; r.Kind == "user" && r.State != released && r.State != leaving && u != nil && u.Status != "INACTIVE" {
			g.Whole++
		}
	}
	for i := range gone {
		if gone[i].Action == Leave && gone[i].was.State != leaving {
			g.Leaving++
		}
	}
	if g.Leaving <= max(leaveWithout, int(w.share*float64(g.Whole))) {
		return nil
	}
	for i := range gone {
		if a := gone[i].Action; a == Leave || a == Release {
			gone[i].Action = Ask
		}
	}
	return &g
}
