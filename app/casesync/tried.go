package casesync

import (
	"context"
	"fmt"
	"log/slog"

	"chancery/app/cases"
)

// landTries is how often one object is tried in a run before it is left to people.
const landTries = 3

// tried does something for one object. What the verbs refuse is in d already; an error that is no refusal is tried again and then makes the object an exception
// (Internal), so that one that cannot be written does not hold up the others. A database that does not answer, or in which not even the exception can be
// written, is no fault of the object's: the step fails, and is taken again.
func (s *Sync) tried(ctx context.Context, d *result, do func() error) error {
	for try := 1; ; try++ {
		d.as = ""
		err := do()
		switch {
		case err == nil:
			return nil
		case !s.answers(ctx):
			return err
		case try == landTries:
			s.giveUp(ctx, d, err)
			return nil
		}
	}
}

// answers tells whether the database does.
func (s *Sync) answers(ctx context.Context) bool {
	var one int
	return ctx.Err() == nil && s.db.Row(ctx, `SELECT 1`).Scan(&one) == nil
}

// giveUp makes an exception of an object that could not be written. Why is for who runs the house, in the log: people could do nothing with it.
func (s *Sync) giveUp(ctx context.Context, d *result, err error) {
	slog.ErrorContext(ctx, "an object of the sync could not be written", "kind", string(d.Kind), "error", err.Error())
	d.no(Internal, "")
}

// arrived writes down whom a case came to, in the transaction in which it did: a process that dies right after it has forgotten nobody.
func (s *Sync) arrived(ctx context.Context, r *Run, externalID string, came []cases.Arrival) error {
	for _, a := range came {
		_, err := s.db.Exec(ctx, `INSERT INTO sync_arrivals (run_id, external_id, user_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`, r.ID, externalID, a.UserID)
		if err != nil {
			return fmt.Errorf("note arrivals: %w", err)
		}
	}
	return nil
}
