package declared

import (
	"context"
	"errors"
	"fmt"

	"chancery/app/access"
	"chancery/app/audit"
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

// Release lets go of all that a source declares, and returns how many objects that were: what is made no longer by a directory, a cluster or by hand. Nobody is
// deactivated, people edit all of it again, and another source may declare it. Where the source is still followed, it has all of it again with its next run. It needs
// system.operate.
func (d *Declared) Release(ctx context.Context, actor access.Actor, source string) (n int, err error) {
	if err := errors.Join(actor.Must(access.SystemOperate), CheckSource(source)); err != nil {
		return 0, err
	}
	err = d.db.Tx(ctx, func(ctx context.Context) error {
		var ids []string
		if err := d.db.In(ctx).Raw(`SELECT id FROM declared WHERE source = ? AND state <> 'released' ORDER BY id`, source).Scan(&ids).Error; err != nil {
			return fmt.Errorf("what a source declares: %w", err)
		}
		if n = len(ids); n == 0 { // what is wrong with it may still be known
			return d.forget(ctx, source)
		}
		if _, err := d.db.Exec(ctx, `UPDATE declared SET state = 'released', fields = '', reasons = '', paused_by = '', ended = FALSE, updated_at = $1
			WHERE source = $2 AND state <> 'released'`, d.db.Now(), source); err != nil {
			return fmt.Errorf("release: %w", err)
		}
		if err := d.forget(ctx, source); err != nil {
			return err
		}
		for _, id := range ids {
			if err := d.db.Changed(ctx, "declared/"+id); err != nil {
				return err
			}
		}
		return audit.Record(ctx, d.db, actor.Actor, audit.Entry{Action: "declared.release", Kind: "declared", ID: source, Changes: []audit.Change{{Field: "name", After: source}}})
	})
	return n, err
}

// forget drops what is wrong with a source.
func (d *Declared) forget(ctx context.Context, source string) error {
	if _, err := d.db.Exec(ctx, `DELETE FROM declared_sources WHERE source = $1`, source); err != nil {
		return fmt.Errorf("release: %w", err)
	}
	return nil
}

// Tally is what is told of all sources to those who watch over the program: counts and sources, and no names.
type Tally struct {
	Objects []struct {
		Source, State string
		N             int
	}
	Stuck []string // sources that cannot be read, or that ask about people who have gone
}

// Tally counts what is declared and not released.
func (d *Declared) Tally(ctx context.Context) (is Tally, err error) {
	if err := d.db.In(ctx).Raw(`SELECT source, state, count(*) AS n FROM declared WHERE state <> 'released' GROUP BY source, state ORDER BY source, state`).Scan(&is.Objects).Error; err != nil {
		return is, fmt.Errorf("count what is declared: %w", err)
	}
	if err := d.db.In(ctx).Raw(`SELECT source FROM declared_sources WHERE problems <> '' OR leaving > 0 ORDER BY source`).Scan(&is.Stuck).Error; err != nil {
		return is, fmt.Errorf("sources: %w", err)
	}
	return is, nil
}
