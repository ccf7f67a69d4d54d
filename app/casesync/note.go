package casesync

import (
	"context"
	"fmt"
	"time"
	"unicode/utf8"

	"chancery/app/store"
)

// note writes down, in ctx's transaction, what became of objects: what of them has landed, or why it has not.
func (s *Sync) note(ctx context.Context, r *Run, done []result) error {
	var landed, not []result
	for _, d := range done {
		if d.reason == "" {
			landed = append(landed, d)
		} else {
			not = append(not, d)
		}
	}
	if len(landed) > 0 {
		args := make([]any, 0, 5*len(landed))
		gone := make([]string, len(landed))
		for i, d := range landed {
			args = append(args, d.Kind, d.ExternalID, d.Said, d.Hash, d.ObjectID)
			gone[i] = d.ExternalID
		}
		err := s.db.In(ctx).Exec(`UPDATE sync_objects SET landed = v.column3, landed_hash = v.column4, object_id = v.column5
			FROM (VALUES `+tuples(len(landed), 5)+`) AS v WHERE sync_objects.kind = v.column1 AND sync_objects.external_id = v.column2`, args...).Error
		if err != nil {
			return fmt.Errorf("note what landed: %w", err)
		}
		if err := s.db.In(ctx).Exec(`DELETE FROM sync_exceptions WHERE kind = ? AND external_id IN ?`, landed[0].Kind, gone).Error; err != nil {
			return fmt.Errorf("end exceptions: %w", err)
		}
	}
	return s.except(ctx, r, not)
}

// except writes why objects did not land. One that failed before goes on to be the same exception: since when, and for how many nights in a row.
func (s *Sync) except(ctx context.Context, r *Run, not []result) error {
	if len(not) == 0 {
		return nil
	}
	now := s.db.Now()
	args := make([]any, 0, 15*len(not))
	for _, d := range not {
		args = append(args, store.NewID(), d.Kind, d.ExternalID, pointer(d.caseID), pointer(d.namedID), short(d.number), short(d.title), d.private, d.reason, short(d.value), d.Hash,
			now.Format(time.DateOnly), r.ID, now, now)
	}
	err := s.db.In(ctx).Exec(`INSERT INTO sync_exceptions (id, kind, external_id, case_id, named_id, number, title, private, reason, value, hash, night, run_id, first_failed_at, last_failed_at)
		VALUES `+tuples(len(not), 15)+` ON CONFLICT (kind, external_id) DO UPDATE SET case_id = excluded.case_id, named_id = excluded.named_id, number = excluded.number, title = excluded.title,
			private = excluded.private, reason = excluded.reason, value = excluded.value, hash = excluded.hash, run_id = excluded.run_id, last_failed_at = excluded.last_failed_at,
			nights = sync_exceptions.nights + CASE WHEN excluded.night > sync_exceptions.night THEN 1 ELSE 0 END, night = excluded.night,
			ignored_hash = CASE WHEN excluded.hash = sync_exceptions.ignored_hash THEN sync_exceptions.ignored_hash ELSE '' END,
			ignored_at = CASE WHEN excluded.hash = sync_exceptions.ignored_hash THEN sync_exceptions.ignored_at END,
			ignored_by = CASE WHEN excluded.hash = sync_exceptions.ignored_hash THEN sync_exceptions.ignored_by END,
			note = CASE WHEN excluded.hash = sync_exceptions.ignored_hash THEN sync_exceptions.note ELSE '' END`, args...).Error
	if err != nil {
		return fmt.Errorf("note exceptions: %w", err)
	}
	return nil
}

// shownMost is how much of what another system says an exception repeats.
const shownMost = 200

func short(text string) string {
	if utf8.RuneCountInString(text) > shownMost {
		return string([]rune(text)[:shownMost-1]) + "…"
	}
	return text
}

func pointer(id string) *string {
	if id == "" {
		return nil
	}
	return &id
}
