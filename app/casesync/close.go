package casesync

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"chancery/app/fault"
)

// What the case system names no more: cases are closed, and members taken off. Both conditions are of what a run has not met.
const (
	goneCases   = `FROM sync_objects o JOIN cases k ON k.external_id = o.external_id WHERE o.kind = 'case' AND o.run_id <> ? AND o.landed_hash <> '' AND o.gone_at IS NULL AND k.status = 'open'`
	goneMembers = `FROM sync_objects o WHERE o.kind = 'member' AND o.run_id <> ? AND o.landed_hash <> ''`
)

// closeWithout is how many may go without a question however small the practice is.
const closeWithout = 10

// settle counts what is gone, and closes it, asks, or leaves it.
func (s *Sync) settle(ctx context.Context, r *Run) error {
	if r.Unreadable > 0 {
		return s.finish(ctx, r, Done, Nameless, 0)
	}
	var toClose, toTake, known int64
	err := errors.Join(
		s.db.In(ctx).Raw(`SELECT count(*) `+goneCases, r.ID).Scan(&toClose).Error,
		s.db.In(ctx).Raw(`SELECT count(*) `+goneMembers, r.ID).Scan(&toTake).Error,
		s.db.In(ctx).Raw(`SELECT count(*) FROM sync_objects WHERE kind = 'case' AND landed_hash <> ''`).Scan(&known).Error)
	if err != nil {
		return fmt.Errorf("count what is gone: %w", err)
	}
	if r.lacks(Members) {
		toTake = 0
	}
	switch most := max(closeWithout, int64(s.share*float64(known))); {
	case toClose == 0 && toTake == 0:
		return s.finish(ctx, r, Done, "", 0)
	case toClose > most || toTake > 2*most && toTake > known/10:
		return s.finish(ctx, r, Asking, "", toClose)
	}
	return s.taken(ctx, func(ctx context.Context) error { return s.move(ctx, r, Closing, "", 0, "", `, to_close = ?`, toClose) })
}

// closeAtOnce is how many cases are closed between two looks at whether to go on.
const closeAtOnce = 25

// closeNext closes a batch of what is gone, and then takes members off. Each is a transaction of its own; one that cannot be written is an exception, and is
// gone past.
func (s *Sync) closeNext(ctx context.Context, r *Run) error {
	if r.AtKind == Members {
		return s.takeOff(ctx, r)
	}
	var batch []gone
	err := s.db.In(ctx).Raw(`SELECT o.external_id, o.said, o.hash, o.landed, k.id, k.number, k.title, k.private `+goneCases+` AND o.external_id > ? ORDER BY o.external_id LIMIT ?`,
		r.ID, r.AtCursor, closeAtOnce).Scan(&batch).Error
	if err != nil {
		return fmt.Errorf("what is gone: %w", err)
	}
	if len(batch) == 0 {
		return s.taken(ctx, func(ctx context.Context) error { return s.move(ctx, r, Closing, Members, 0, "", "") })
	}
	var not []result
	for i := range batch {
		b := &batch[i]
		d := result{object: object{Kind: Cases, ExternalID: b.ExternalID, Said: b.Said, Hash: b.Hash}, caseID: b.ID, number: b.Number, title: b.Title, private: b.Private}
		if err := s.tried(ctx, &d, func() error { return s.closeOne(ctx, r, b) }); err != nil {
			return fmt.Errorf("close what is gone: %w", err)
		}
		if d.reason != "" {
			not = append(not, d)
		}
	}
	return s.past(ctx, r, "", batch[len(batch)-1].ExternalID, not)
}

// gone is what the case system names no more, and the case that it is here.
type gone struct {
	ExternalID, Said, Hash, Landed string
	ID, Number, Title              string
	Private                        bool
}

func (s *Sync) closeOne(ctx context.Context, r *Run, b *gone) error {
	o := object{}
	o.say(with(fields(b.Landed), "status", "closed"))
	return s.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.cases.Close(ctx, program(), b.ID, 0); err != nil && !errors.Is(err, fault.ErrNotFound) {
			return err
		}
		// Should it be named again, it lands again, and opens.
		if _, err := s.db.Exec(ctx, `UPDATE sync_objects SET landed = $1, landed_hash = '', gone_at = $2 WHERE kind = 'case' AND external_id = $3`, o.Said, s.db.Now(), b.ExternalID); err != nil {
			return err
		}
		if _, err := s.db.Exec(ctx, `DELETE FROM sync_exceptions WHERE kind = 'case' AND external_id = $1`, b.ExternalID); err != nil {
			return err
		}
		_, err := s.db.Exec(ctx, `UPDATE sync_runs SET closed = closed + 1 WHERE id = $1`, r.ID)
		return err
	})
}

// past goes on after a batch of what is gone, and writes down what of it could not be written.
func (s *Sync) past(ctx context.Context, r *Run, kind Kind, cursor string, not []result) error {
	return s.taken(ctx, func(ctx context.Context) error {
		if err := s.except(ctx, r, not); err != nil {
			return err
		}
		return s.move(ctx, r, Closing, kind, 0, cursor, "")
	})
}

// takeOff takes members off who are named no more.
func (s *Sync) takeOff(ctx context.Context, r *Run) error {
	if r.lacks(Members) {
		return s.finish(ctx, r, Done, "", r.ToClose)
	}
	var batch []object
	err := s.db.In(ctx).Raw(`SELECT o.kind, o.external_id, o.said, o.hash, o.object_id `+goneMembers+` AND o.external_id > ? ORDER BY o.external_id LIMIT ?`, r.ID, r.AtCursor, closeAtOnce).Scan(&batch).Error
	if err != nil {
		return fmt.Errorf("members who are gone: %w", err)
	}
	if len(batch) == 0 {
		return s.finish(ctx, r, Done, "", r.ToClose)
	}
	var not []result
	for _, b := range batch {
		d := result{object: b}
		if err := s.tried(ctx, &d, func() error { return s.takeOffOne(ctx, &d) }); err != nil {
			return fmt.Errorf("take member off: %w", err)
		}
		if d.reason != "" {
			not = append(not, d)
		}
	}
	return s.past(ctx, r, Members, batch[len(batch)-1].ExternalID, not)
}

func (s *Sync) takeOffOne(ctx context.Context, d *result) error {
	of, _, _ := strings.Cut(d.ExternalID, "\n")
	return s.db.Tx(ctx, func(ctx context.Context) error {
		id, err := s.cases.ByExternalID(ctx, program(), of)
		if d.caseID = id; err == nil {
			err = s.cases.RemoveMember(ctx, program(), id, d.ObjectID)
		}
		if err != nil && !errors.Is(err, fault.ErrNotFound) {
			return err
		}
		_, err = s.db.Exec(ctx, `DELETE FROM sync_objects WHERE kind = 'member' AND external_id = $1`, d.ExternalID)
		return err
	})
}

// finish ends a run, or has it ask, and tells people of what came to them.
func (s *Sync) finish(ctx context.Context, r *Run, state State, reason string, toClose int64) error {
	return s.taken(ctx, func(ctx context.Context) error {
		if err := s.tell(ctx, r); err != nil {
			return err
		}
		return s.move(ctx, r, state, "", 0, "", `, slot = NULL, reason = ?, detail = '', to_close = ?, finished_at = ?,
			failed = (SELECT count(*) FROM sync_exceptions WHERE ignored_at IS NULL)`, reason, toClose, s.db.Now())
	})
}
