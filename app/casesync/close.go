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

// closeNext closes a batch of what is gone, and then takes members off. Each is a transaction of its own.
func (s *Sync) closeNext(ctx context.Context, r *Run) error {
	var batch []struct{ ExternalID, ID, Landed string }
	if err := s.db.In(ctx).Raw(`SELECT o.external_id, k.id, o.landed `+goneCases+` ORDER BY o.external_id LIMIT ?`, r.ID, closeAtOnce).Scan(&batch).Error; err != nil {
		return fmt.Errorf("what is gone: %w", err)
	}
	if len(batch) == 0 {
		return s.takeOff(ctx, r)
	}
	for _, b := range batch {
		o := object{}
		o.say(with(fields(b.Landed), "status", "closed"))
		err := s.db.Tx(ctx, func(ctx context.Context) error {
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
		if err != nil {
			return fmt.Errorf("close what is gone: %w", err)
		}
	}
	return nil
}

func (s *Sync) takeOff(ctx context.Context, r *Run) error {
	if r.lacks(Members) {
		return s.finish(ctx, r, Done, "", r.ToClose)
	}
	var batch []struct{ ExternalID, ObjectID string }
	err := s.db.In(ctx).Raw(`SELECT o.external_id, o.object_id `+goneMembers+` ORDER BY o.external_id LIMIT ?`, r.ID, closeAtOnce).Scan(&batch).Error
	if err != nil {
		return fmt.Errorf("members who are gone: %w", err)
	}
	if len(batch) == 0 {
		return s.finish(ctx, r, Done, "", r.ToClose)
	}
	for _, b := range batch {
		of, _, _ := strings.Cut(b.ExternalID, "\n")
		err := s.db.Tx(ctx, func(ctx context.Context) error {
			id, err := s.cases.ByExternalID(ctx, program(), of)
			if err == nil {
				err = s.cases.RemoveMember(ctx, program(), id, b.ObjectID)
			}
			if err != nil && !errors.Is(err, fault.ErrNotFound) {
				return err
			}
			_, err = s.db.Exec(ctx, `DELETE FROM sync_objects WHERE kind = 'member' AND external_id = $1`, b.ExternalID)
			return err
		})
		if err != nil {
			return fmt.Errorf("take member off: %w", err)
		}
	}
	return nil
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
