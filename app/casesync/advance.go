package casesync

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"chancery/app/fault"
	"chancery/app/store"
)

const (
	stepsLast = time.Second // so that whoever else is in the queue has a turn, and a person who looks sees it move
	triesMost = 10          // of one step; with the pauses between them more than two hours
	pauseMost = 30 * time.Minute
	partsMost = 20_000 // of one list: more is a circle
)

// Advance brings a run on for about a second, and says when it is to be called again: the zero time where it is over. A run is advanced by one process at a
// time (jobs/syncs): should two do so, what they write down is the same, and a step that another has taken meanwhile is dropped.
func (s *Sync) Advance(ctx context.Context, id string) (next time.Time, err error) {
	began := s.db.Now()
	for {
		r, err := s.run(ctx, `SELECT * FROM sync_runs WHERE id = ?`, id)
		if errors.Is(err, fault.ErrNotFound) {
			return time.Time{}, nil
		}
		if err != nil || r.Over() {
			return time.Time{}, err
		}
		if s.db.Now().Before(r.NextAt) {
			return r.NextAt, nil
		}
		if next, err := s.step(ctx, r); err != nil || !next.IsZero() {
			return next, err
		}
		if ctx.Err() != nil || s.db.Now().Sub(began) >= stepsLast {
			return s.db.Now(), nil
		}
	}
}

// step takes one: a part that is read, or a batch that lands. next is when to go on where that is not at once.
func (s *Sync) step(ctx context.Context, r *Run) (next time.Time, err error) {
	switch r.State {
	case Waiting:
		return next, s.start(ctx, r)
	case Reading:
		return s.read(ctx, r)
	case Landing:
		return next, s.landNext(ctx, r)
	case Closing:
		return next, s.closeNext(ctx, r)
	}
	return next, nil
}

// errOvertaken drops a step that another process has taken.
var errOvertaken = errors.New("casesync: another process has gone on with this run")

// move writes, within the transaction of what was done, where the run stands after it.
func (s *Sync) move(ctx context.Context, r *Run, to State, kind Kind, part int, cursor, more string, args ...any) error {
	query := `UPDATE sync_runs SET state = ?, at_kind = ?, at_part = ?, at_cursor = ?, tries = 0` + more + ` WHERE id = ? AND state = ? AND at_kind = ? AND at_part = ? AND at_cursor = ?`
	all := append(append([]any{to, kind, part, cursor}, args...), r.ID, r.State, r.AtKind, r.AtPart, r.AtCursor)
	res := s.db.In(ctx).Exec(query, all...)
	if res.Error != nil {
		return fmt.Errorf("move sync run: %w", res.Error)
	}
	if res.RowsAffected == 0 {
		return errOvertaken
	}
	return nil
}

// taken runs a step's transaction.
func (s *Sync) taken(ctx context.Context, fn func(ctx context.Context) error) error {
	err := s.db.Tx(ctx, fn)
	if errors.Is(err, errOvertaken) {
		return nil
	}
	return err
}

func (s *Sync) start(ctx context.Context, r *Run) error {
	return s.taken(ctx, func(ctx context.Context) error {
		if _, err := s.db.Exec(ctx, `UPDATE sync_runs SET state = 'done', reason = 'superseded' WHERE state = 'asking' AND id < $1`, r.ID); err != nil {
			return fmt.Errorf("supersede: %w", err)
		}
		return s.move(ctx, r, Reading, Clients, 0, "", `, started_at = ?`, s.db.Now())
	})
}

// read reads one part and writes down what it says.
func (s *Sync) read(ctx context.Context, r *Run) (next time.Time, err error) {
	if s.source == nil {
		return next, s.fail(ctx, r, &Trouble{Reason: Unset})
	}
	var known struct{ Cursor, Etag, Next, RunID string }
	if _, err := store.One(s.db.In(ctx).Raw(`SELECT cursor, etag, next, run_id FROM sync_parts WHERE kind = ? AND number = ?`, r.AtKind, r.AtPart), &known); err != nil {
		return next, fmt.Errorf("known part: %w", err)
	}
	if known.Cursor != r.AtCursor {
		known.Etag = ""
	}
	p, err := s.source.Read(ctx, r.AtKind, r.AtCursor, known.Etag)
	if err == nil && p.Absent && r.AtKind == Cases {
		err = &Trouble{Reason: Missing, Detail: "no list of cases"}
	}
	if err == nil && !p.Same && p.Next == r.AtCursor && p.Next != "" {
		err = &Trouble{Reason: Unreadable, Detail: "a part says that it is followed by itself"}
	}
	if err == nil && r.AtPart >= partsMost {
		err = &Trouble{Reason: Unreadable, Detail: "a list without an end"}
	}
	var trouble *Trouble
	switch {
	case errors.As(err, &trouble):
		return s.troubled(ctx, r, trouble)
	case err != nil:
		return next, err
	}
	if p.Same {
		p.Next, p.ETag = known.Next, known.Etag
	}
	return next, s.taken(ctx, func(ctx context.Context) error {
		rows, nobody, err := s.writeDown(ctx, r, p, known.RunID)
		if err != nil {
			return err
		}
		if nobody > 0 { // such a part is looked at again each night, so that nobody forgets the rows that are in no list of ours
			p.ETag = ""
		}
		if _, err := s.db.Exec(ctx, `INSERT INTO sync_parts (kind, number, cursor, etag, next, run_id) VALUES ($1, $2, $3, $4, $5, $6)
			ON CONFLICT (kind, number) DO UPDATE SET cursor = excluded.cursor, etag = excluded.etag, next = excluded.next, run_id = excluded.run_id`,
			r.AtKind, r.AtPart, r.AtCursor, p.ETag, p.Next, r.ID); err != nil {
			return fmt.Errorf("write part: %w", err)
		}
		more, args := `, read = read + ?, unreadable = unreadable + ?`, []any{rows, nobody}
		if p.Absent {
			more, args = more+`, absent = absent || ?`, append(args, " "+string(r.AtKind)+" ")
		}
		if p.Next != "" {
			return s.move(ctx, r, Reading, r.AtKind, r.AtPart+1, p.Next, more, args...)
		}
		if _, err := s.db.Exec(ctx, `DELETE FROM sync_parts WHERE kind = $1 AND number > $2`, r.AtKind, r.AtPart); err != nil {
			return fmt.Errorf("parts that are no more: %w", err)
		}
		if then := r.AtKind.after(); then != "" {
			return s.move(ctx, r, Reading, then, 0, "", more, args...)
		}
		return s.readAll(ctx, r, more, args...)
	})
}

// readAll turns to landing: all that the case system says is written down. What it said of nothing that had landed, and says no more, is forgotten.
func (s *Sync) readAll(ctx context.Context, r *Run, more string, args ...any) error {
	for _, k := range Kinds() {
		if r.lacks(k) || r.AtKind == k && strings.Contains(more, "absent") {
			continue
		}
		if _, err := s.db.Exec(ctx, `DELETE FROM sync_objects WHERE kind = $1 AND run_id <> $2 AND landed_hash = '' AND gone_at IS NULL`, k, r.ID); err != nil {
			return fmt.Errorf("forget: %w", err)
		}
		if _, err := s.db.Exec(ctx, `DELETE FROM sync_exceptions WHERE kind = $1 AND run_id <> $2 AND NOT EXISTS (SELECT 1 FROM sync_objects o
			WHERE o.kind = sync_exceptions.kind AND o.external_id = sync_exceptions.external_id AND o.run_id = $3)`, k, r.ID, r.ID); err != nil {
			return fmt.Errorf("forget exceptions: %w", err)
		}
	}
	var todo int64
	if err := s.db.Row(ctx, `SELECT count(*) FROM sync_objects WHERE hash <> landed_hash AND run_id = $1`, r.ID).Scan(&todo); err != nil {
		return fmt.Errorf("count what is to land: %w", err)
	}
	return s.move(ctx, r, Landing, Clients, 0, "", more+`, to_land = ?`, append(args, todo)...)
}

func (r *Run) lacks(k Kind) bool { return strings.Contains(r.Absent, " "+string(k)+" ") }

// troubled puts a run off whose source gave nothing, ever longer, or ends it.
func (s *Sync) troubled(ctx context.Context, r *Run, t *Trouble) (next time.Time, err error) {
	if t.Reason == Moved && r.Tries+1 < triesMost {
		return next, s.anew(ctx, r, t)
	}
	if !t.Temporary || r.Tries+1 >= triesMost {
		return next, s.fail(ctx, r, t)
	}
	pause := min(max(t.After, 15*time.Second<<min(r.Tries, 10)), pauseMost)
	next = s.db.Now().Add(pause)
	_, err = s.db.Exec(ctx, `UPDATE sync_runs SET tries = tries + 1, next_at = $1, reason = $2, detail = $3 WHERE id = $4`, next, t.Reason, t.Detail, r.ID)
	if err != nil {
		return next, fmt.Errorf("put sync off: %w", err)
	}
	return next, nil
}

// anew begins a list again that was replaced while it was read: what the one before has said is not said.
func (s *Sync) anew(ctx context.Context, r *Run, t *Trouble) error {
	return s.db.Tx(ctx, func(ctx context.Context) error {
		if _, err := s.db.Exec(ctx, `UPDATE sync_objects SET run_id = '' WHERE kind = $1 AND run_id = $2`, r.AtKind, r.ID); err != nil {
			return fmt.Errorf("begin a list anew: %w", err)
		}
		_, err := s.db.Exec(ctx, `UPDATE sync_runs SET at_part = 0, at_cursor = '', tries = tries + 1, reason = $1, detail = $2 WHERE id = $3`, t.Reason, t.Detail, r.ID)
		return err
	})
}

func (s *Sync) fail(ctx context.Context, r *Run, t *Trouble) error {
	_, err := s.db.Exec(ctx, `UPDATE sync_runs SET state = 'failed', slot = NULL, reason = $1, detail = $2, finished_at = $3 WHERE id = $4 AND slot = 'open'`,
		t.Reason, t.Detail, s.db.Now(), r.ID)
	if err != nil {
		return fmt.Errorf("fail sync: %w", err)
	}
	return nil
}
