package declared

import (
	"context"
	"fmt"
	"strings"

	"chancery/app/audit"
	"chancery/app/fault"
	"chancery/app/store"
	"chancery/app/work"
)

// next is the row of a step with what became of it (failed: why a verb refused), and whether it is another than the one that is stored.
func (do *doer) next(s *Step, failed error) (row, bool) {
	next := row{ID: store.NewID(), Source: do.world.source, Kind: rowKind(s.Kind), CreatedAt: do.db.Now()}
	was := s.was
	if was != nil {
		next = *was
	}
	next.Name, next.Digest, next.Reasons = s.Name, s.digest, ""
	switch {
	case s.Action == Hold:
		next.State, next.Reasons = paused, reasons(s.putOff())
	case s.Action == Leave && failed != nil:
		next.State, next.Fields, next.Reasons = leaving, "", reasons(s.Reasons)
	case s.Action == Leave:
		now := do.db.Now()
		next.State, next.Fields, next.Ended, next.EndedAt = released, "", true, &now
	case s.Action == Release: // one that went before, and came back only to be refused, is as it was when it had gone
		next.State, next.Fields = released, ""
	case s.Action == Refuse:
		next.State, next.MeantID, next.Reasons = refused, "", reasons(s.Reasons)
		if was != nil && (was.State == released || was.State == leaving) { // what it owned then it does not own yet again
			next.ObjectID = nil
		}
		if next.ObjectID == nil {
			next.MeantID = s.ID
		}
		if id, at := was.left(); id != "" {
			next.MeantID, next.EndedAt = id, &at
		}
	case s.Action == Ask:
		if was.State != leaving {
			next.Reasons = reasons([]work.Reason{{Message: fault.M(GoneThere)}})
		}
	default:
		next.State, next.ObjectID, next.MeantID, next.Fields, next.Ended, next.EndedAt = applied, &s.ID, "", strings.Join(s.fields, " "), false, nil
		if s.Drift {
			now := do.db.Now()
			next.Drift, next.DriftedAt = fieldsChanged(s.Changes), &now
		}
	}
	if was == nil {
		return next, true
	}
	same := was.Name == next.Name && was.object() == next.object() && was.Fields == next.Fields && was.Digest == next.Digest && was.State == next.State &&
		was.MeantID == next.MeantID && was.Reasons == next.Reasons && was.Ended == next.Ended && was.DriftedAt == next.DriftedAt
	return next, !same
}

// putOff is what is to be said of an object that is left alone: that its manifest says so, where it is not a person who does, and which fields are not as
// stated meanwhile.
func (s *Step) putOff() (why []work.Reason) {
	if s.object == nil {
		return nil
	}
	if s.object.Paused {
		why = append(why, work.Reason{Message: fault.M(PausedThere)})
	}
	if s.ID == "" { // nothing is here that could be otherwise
		return why
	}
	for _, c := range s.Changes[:min(len(s.Changes), wrongMost)] {
		why = append(why, work.Reason{Field: c.Field, Message: fault.M("declared.put-off")})
	}
	return why
}

func reasons(why []work.Reason) string {
	text, err := work.WriteReasons(why)
	if err != nil { // texts, numbers and instants
		return ""
	}
	return text
}

func fieldsChanged(changes []audit.Change) string {
	all := make([]string, len(changes))
	for i, c := range changes {
		all[i] = c.Field
	}
	return strings.Join(all, " ")
}

// write puts a row in the place of the one before.
func (do *doer) write(ctx context.Context, s *Step, r row) error {
	r.UpdatedAt = do.db.Now()
	if s.was != nil && s.was.Name != r.Name { // metadata.name has changed; of what was called so before, nothing is left to know
		if _, err := do.db.Exec(ctx, `DELETE FROM declared WHERE source = $1 AND kind = $2 AND name = $3`, r.Source, r.Kind, r.Name); err != nil {
			return fmt.Errorf("record: %w", err)
		}
	}
	if s.from != nil && r.State == applied {
		if _, err := do.db.Exec(ctx, `UPDATE declared SET state = 'released', reasons = '', updated_at = $1 WHERE id = $2 AND state = 'leaving'`, r.UpdatedAt, s.from.ID); err != nil {
			return fmt.Errorf("record: %w", err)
		}
		if err := do.db.Changed(ctx, "declared/"+s.from.ID); err != nil {
			return err
		}
	}
	_, err := do.db.Exec(ctx, `INSERT INTO declared (id, source, kind, name, object_id, meant_id, fields, digest, state, reasons, paused_by, seeded_at, ended, ended_at, drift, drifted_at, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
		ON CONFLICT (id) DO UPDATE SET name = excluded.name, object_id = excluded.object_id, meant_id = excluded.meant_id, fields = excluded.fields, digest = excluded.digest, state = excluded.state,
			reasons = excluded.reasons, seeded_at = excluded.seeded_at, ended = excluded.ended, ended_at = excluded.ended_at, drift = excluded.drift, drifted_at = excluded.drifted_at, updated_at = excluded.updated_at`,
		r.ID, r.Source, r.Kind, r.Name, r.ObjectID, r.MeantID, r.Fields, r.Digest, r.State, r.Reasons, r.PausedBy, r.SeededAt, r.Ended, r.EndedAt, r.Drift, r.DriftedAt, r.CreatedAt, r.UpdatedAt)
	if err != nil {
		return fmt.Errorf("record: %w", err)
	}
	return do.db.Changed(ctx, "declared/"+r.ID)
}
