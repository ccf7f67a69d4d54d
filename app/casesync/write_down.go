package casesync

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"strings"
)

// nameless begins the names that we give to rows that have none. What a source names cannot begin so: it has no space around it.
const nameless = "\t"

// rowsAtOnce is how many rows one statement writes.
const rowsAtOnce = 500

// writeDown writes what a part says. It returns how many rows there were, and how many of them do not name what they are of.
func (s *Sync) writeDown(ctx context.Context, r *Run, p Part, sameSince string) (rows, unnamed int64, err error) {
	if p.Same {
		rows, err = s.db.Exec(ctx, `UPDATE sync_objects SET run_id = $1 WHERE kind = $2 AND part = $3 AND run_id = $4`, r.ID, r.AtKind, r.AtPart, sameSince)
		if err != nil {
			return 0, 0, fmt.Errorf("a part that is the same: %w", err)
		}
		return rows, 0, nil
	}
	at := map[string]int{}
	var all []object
	var broken []result
	for _, row := range p.Rows {
		o, ok := objectOf(r.AtKind, row)
		if !ok {
			o = object{Kind: r.AtKind, ExternalID: fmt.Sprintf("%s%d.%d", nameless, r.AtPart, row.Place)}
			o.say(map[string]string{brokenField: row.Broken})
			broken = append(broken, result{object: o, reason: RowBroken, value: strconv.Itoa(row.Place) + " " + cmp.Or(row.Broken, "id")})
			continue
		}
		if i, was := at[o.ExternalID]; was {
			if all[i].Hash != o.Hash {
				all[i].say(map[string]string{brokenField: twice})
			}
			continue
		}
		at[o.ExternalID] = len(all)
		all = append(all, o)
	}
	if p.Still && len(all) > 0 {
		if err := s.markTwice(ctx, r, all); err != nil {
			return 0, 0, err
		}
	}
	for first := 0; first < len(all); first += rowsAtOnce {
		if err := s.upsert(ctx, r, all[first:min(first+rowsAtOnce, len(all))]); err != nil {
			return 0, 0, err
		}
	}
	if err := s.except(ctx, r, broken); err != nil {
		return 0, 0, err
	}
	return int64(len(p.Rows)), int64(len(broken)), nil
}

// markTwice finds what an earlier part of a list that stands still has said otherwise.
func (s *Sync) markTwice(ctx context.Context, r *Run, all []object) error {
	ids := make([]string, len(all))
	for i := range all {
		ids[i] = all[i].ExternalID
	}
	var earlier []object
	err := s.db.In(ctx).Raw(`SELECT external_id, hash FROM sync_objects WHERE kind = ? AND external_id IN ? AND run_id = ? AND part < ?`, r.AtKind, ids, r.ID, r.AtPart).Scan(&earlier).Error
	if err != nil {
		return fmt.Errorf("said twice: %w", err)
	}
	was := map[string]string{}
	for _, o := range earlier {
		was[o.ExternalID] = o.Hash
	}
	for i := range all {
		if h, is := was[all[i].ExternalID]; is && h != all[i].Hash {
			all[i].say(map[string]string{brokenField: twice})
		}
	}
	return nil
}

func (s *Sync) upsert(ctx context.Context, r *Run, all []object) error {
	args := make([]any, 0, 6*len(all))
	for _, o := range all {
		args = append(args, o.Kind, o.ExternalID, o.Said, o.Hash, r.AtPart, r.ID)
	}
	err := s.db.In(ctx).Exec(`INSERT INTO sync_objects (kind, external_id, said, hash, part, run_id) VALUES `+tuples(len(all), 6)+`
		ON CONFLICT (kind, external_id) DO UPDATE SET said = excluded.said, hash = excluded.hash, part = excluded.part, run_id = excluded.run_id, gone_at = NULL`, args...).Error
	if err != nil {
		return fmt.Errorf("write down what is said: %w", err)
	}
	return nil
}

// tuples is n times (?, ?, …).
func tuples(n, width int) string {
	one := "(" + strings.TrimSuffix(strings.Repeat("?, ", width), ", ") + ")"
	return strings.TrimSuffix(strings.Repeat(one+", ", n), ", ")
}
