package casesync

import (
	"context"
	"fmt"
	"strings"
	"time"

	"chancery/app/access"
	"chancery/app/cases"
	"chancery/app/staff"
)

// Whoever stands in for somebody who is away has that person's exceptions besides their own (B-5): of cases that they may see themselves, and, of cases that are
// not here, those that anybody who sees every case would see. The one who is away keeps them, too: they are about work that waits, and silent when there is
// none.

// Covering says who stands in for whom, by who stands in (staff.Covering).
type Covering func(ctx context.Context, coverIDs []string, at time.Time) (map[string][]staff.Absence, error)

// Covers names who knows that. Only who wires the house calls it, before anything is served.
func (s *Sync) Covers(covering Covering) { s.covering = covering }

// coveredBy are those for whom somebody stands in; never empty, as a list of a query is not to be.
func (s *Sync) coveredBy(ctx context.Context, userID string) ([]string, error) {
	ids := []string{""}
	if s.covering == nil || userID == "" {
		return ids, nil
	}
	all, err := s.covering(ctx, []string{userID}, s.db.Now())
	for _, a := range all[userID] {
		ids = append(ids, a.UserID)
	}
	return ids, err
}

// covered are what some people have of those for whom they stand in: a condition on exceptions e with their case k and whose they are, u, and on p, by whom they
// are seen (p.in_id). ok is false where nobody stands in.
func (s *Sync) covered(ctx context.Context, userIDs []string) (from, where string, args []any, ok bool, err error) {
	if s.covering == nil || len(userIDs) == 0 {
		return "", "", nil, false, nil
	}
	all, err := s.covering(ctx, userIDs, s.db.Now())
	if err != nil {
		return "", "", nil, false, fmt.Errorf("who stands in: %w", err)
	}
	pairs := 0
	for in, absences := range all {
		for _, a := range absences {
			args, pairs = append(args, a.UserID, in), pairs+1
		}
	}
	if pairs == 0 {
		return "", "", nil, false, nil
	}
	join, with := responsible()
	seen, seenArgs := cases.SeenBy()
	every, everyArgs := access.Holds(access.CasesViewAll)
	pair := `SELECT ? AS away_id, ? AS in_id`
	from = join + ` JOIN (` + pair + strings.Repeat(` UNION ALL `+pair, pairs-1) + `) p ON p.away_id = u.id`
	where = `e.ignored_at IS NULL AND EXISTS (SELECT 1 FROM users u WHERE u.id = p.in_id AND u.status = 'ACTIVE' AND (k.id IS NOT NULL AND ` + seen + ` OR k.id IS NULL AND NOT e.private AND ` + every + `))`
	return from, where, append(append(append(with, args...), seenArgs...), everyArgs...), true, nil
}
