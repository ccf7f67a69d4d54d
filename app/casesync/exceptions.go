package casesync

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"chancery/app/access"
	"chancery/app/cases"
	"chancery/app/fault"
	"chancery/app/store"
)

// Exception is what did not land, and why.
type Exception struct {
	ID            string
	Kind          Kind
	ExternalID    string
	CaseID        *string // where the case is here
	Number        string
	Title         string // of a client, their name
	Private       bool
	Reason        Reason
	Value         string // what the reason is about: what was said, or the fields, with spaces
	Hash          string
	Nights        int
	FirstFailedAt time.Time
	LastFailedAt  time.Time
	IgnoredAt     *time.Time
	IgnoredByName string
	Note          string

	OwnerID     string // who is responsible: "" nobody
	FirstName   string
	LastName    string
	DisplayName string
	PictureID   *string
}

// CaseExternalID is what the case system calls the case, also of a member of it.
func (e *Exception) CaseExternalID() string {
	id, _, _ := strings.Cut(e.ExternalID, "\n")
	return id
}

// Member is the address of the member that the exception is about, or "".
func (e *Exception) Member() string {
	_, who, _ := strings.Cut(e.ExternalID, "\n")
	return who
}

// Nameless tells whether it is a row that does not name what it is of.
func (e *Exception) Nameless() bool { return strings.HasPrefix(e.ExternalID, nameless) }

// Place is the number of a nameless row.
func (e *Exception) Place() string {
	place, _, _ := strings.Cut(e.Value, " ")
	return place
}

// About is what the exception is about: the message keys of fields or of what ails a row, and what the case system said.
func (e *Exception) About() (keys []string, said string) {
	about := e.Value
	if e.Nameless() {
		_, about, _ = strings.Cut(about, " ")
	}
	switch e.Reason {
	case BothChanged:
		for _, f := range strings.Fields(about) {
			keys = append(keys, fieldKey(f))
		}
		return keys, ""
	case Reason(cases.ReasonInvalid):
		field, said, _ := strings.Cut(about, " ")
		return append(keys, fieldKey(field)), said
	case RowBroken:
		if slices.Contains([]string{"", BrokenRow, BrokenColumns}, about) {
			return append(keys, "sync.broken."+cmp.Or(about, BrokenRow)), ""
		}
		return append(keys, fieldKey(about)), ""
	}
	return nil, about
}

// fieldKey is the key of a field's name.
func fieldKey(name string) string { return "sync.field." + strings.ReplaceAll(name, "_", "-") }

// responsible joins an exception e with its case k and with the person u whose it is: who works here, sees cases, and owns the case, or is named as who is to.
// Of what is nobody's u is null.
func responsible() (from string, args []any) {
	holds, args := access.Holds(access.CasesView)
	return `sync_exceptions e LEFT JOIN cases k ON k.id = e.case_id
		LEFT JOIN users u ON u.id = COALESCE(k.owner_id, e.named_id) AND u.status = 'ACTIVE' AND ` + holds, args
}

// seen is the condition that an actor is shown an exception: one's own, those of whom one stands in for, and all for who has cases.sync; of private cases those only that one sees.
func (s *Sync) seen(ctx context.Context, actor access.Actor) (where string, args []any, err error) {
	seenCase, with, err := cases.Seen(actor)
	if err != nil {
		if !actor.Rights.Can(access.CasesSync) {
			return "", nil, err
		}
		seenCase, with = `1 = 0`, nil
	}
	covered, err := s.coveredBy(ctx, actor.ID)
	if err != nil {
		return "", nil, err
	}
	all := `(u.id = ? OR u.id IN ? AND k.id IS NOT NULL)`
	args = []any{actor.ID, covered}
	if actor.Rights.Can(access.CasesViewAll) {
		all = `(u.id = ? OR u.id IN ?)`
	}
	if actor.Rights.Can(access.CasesSync) {
		all = `1 = 1`
		args = nil
	}
	hidden := `NOT e.private OR u.id = ?`
	if actor.Rights.Super() {
		hidden = `u.id = ? OR 1 = 1`
	}
	return all + ` AND (k.id IS NOT NULL AND ` + seenCase + ` OR k.id IS NULL AND (` + hidden + `))`, append(append(args, with...), actor.ID), nil
}

// Filter says which exceptions are meant.
type Filter struct {
	Reason  Reason // "": any
	Mine    bool
	Nobody  bool // those that are nobody's
	Ignored bool // those that somebody has said to leave, in the place of the others
	After   string
	Limit   int
}

func (s *Sync) where(ctx context.Context, f Filter, actor access.Actor) (where string, args []any, err error) {
	if where, args, err = s.seen(ctx, actor); err != nil {
		return "", nil, err
	}
	if f.Ignored {
		where += ` AND e.ignored_at IS NOT NULL`
	} else {
		where += ` AND e.ignored_at IS NULL`
	}
	if f.Reason != "" {
		where, args = where+` AND e.reason = ?`, append(args, f.Reason)
	}
	if f.Mine {
		where, args = where+` AND u.id = ?`, append(args, actor.ID)
	}
	if f.Nobody {
		where += ` AND u.id IS NULL`
	}
	return where, args, nil
}

const exceptionColumns = `e.id, e.kind, e.external_id, e.case_id, e.number, e.title, CASE WHEN k.id IS NULL THEN e.private ELSE k.private END AS private, e.reason, e.value, e.hash, e.nights, e.first_failed_at, e.last_failed_at, e.ignored_at, e.note,
	COALESCE(u.id, '') AS owner_id, COALESCE(u.first_name, '') AS first_name, COALESCE(u.last_name, '') AS last_name, COALESCE(u.display_name, '') AS display_name, u.picture_id,
	COALESCE((SELECT CASE WHEN i.display_name <> '' THEN i.display_name ELSE i.first_name || ' ' || i.last_name END FROM users i WHERE i.id = e.ignored_by), '') AS ignored_by_name`

// Exceptions are those that a filter wants, the newest first. It needs cases.view, or cases.sync.
func (s *Sync) Exceptions(ctx context.Context, actor access.Actor, f Filter) (all []Exception, more bool, err error) {
	where, args, err := s.where(ctx, f, actor)
	if err != nil {
		return nil, false, err
	}
	from, with := responsible()
	err = s.db.In(ctx).Raw(`SELECT `+exceptionColumns+` FROM `+from+` WHERE `+where+` AND (? = '' OR e.id < ?) ORDER BY e.id DESC LIMIT ?`,
		append(append(with, args...), f.After, f.After, f.Limit+1)...).Scan(&all).Error
	if err != nil {
		return nil, false, fmt.Errorf("exceptions: %w", err)
	}
	return all[:min(len(all), f.Limit)], len(all) > f.Limit, nil
}

// Exception is one that the actor is shown, or fault.ErrNotFound.
func (s *Sync) Exception(ctx context.Context, actor access.Actor, id string) (*Exception, error) {
	where, args, err := s.seen(ctx, actor)
	if err != nil {
		return nil, err
	}
	from, with := responsible()
	var e Exception
	ok, err := store.One(s.db.In(ctx).Raw(`SELECT `+exceptionColumns+` FROM `+from+` WHERE `+where+` AND e.id = ?`, append(append(with, args...), id)...), &e)
	if err != nil {
		return nil, fmt.Errorf("exception: %w", err)
	}
	if !ok {
		return nil, fault.ErrNotFound
	}
	return &e, nil
}

// Waiting is how many exceptions are an actor's to see to: their own, and of whom they stand in for. It is 0 for who sees no cases, and where there is no case
// system.
func (s *Sync) Waiting(ctx context.Context, actor access.Actor) (n int64, err error) {
	if !s.On() || !actor.Rights.Can(access.CasesView) {
		return 0, nil
	}
	// Every first page asks, and mostly there is none of anybody's.
	var any bool
	if err := s.db.Row(ctx, `SELECT EXISTS (SELECT 1 FROM sync_exceptions WHERE ignored_at IS NULL)`).Scan(&any); err != nil || !any {
		return 0, err
	}
	where, args, err := s.seen(ctx, actor)
	if err != nil {
		return 0, err
	}
	covered, err := s.coveredBy(ctx, actor.ID)
	if err != nil {
		return 0, err
	}
	from, with := responsible()
	err = s.db.In(ctx).Raw(`SELECT count(*) FROM `+from+` WHERE `+where+` AND e.ignored_at IS NULL AND u.id IN ?`, append(append(with, args...), append(covered, actor.ID))...).Scan(&n).Error
	if err != nil {
		return 0, fmt.Errorf("exceptions that wait: %w", err)
	}
	return n, nil
}

// Count is how many exceptions there are of a reason.
type Count struct {
	Reason Reason
	Count  int64
}

// Totals are what a page of exceptions begins with.
type Totals struct {
	Reasons []Count // of those that a filter wants, whatever its reason; in the order of Reasons
	All     int64
	Mine    int64
	Nobody  int64
	Ignored int64
}

// Totals counts what the actor is shown.
func (s *Sync) Totals(ctx context.Context, actor access.Actor, f Filter) (t Totals, err error) {
	where, args, err := s.seen(ctx, actor)
	if err != nil {
		return t, err
	}
	from, with := responsible()
	var rows []struct {
		Reason                Reason
		Ignored, Mine, Nobody bool
		Count                 int64
	}
	err = s.db.In(ctx).Raw(`SELECT x.reason, x.ignored, x.mine, x.nobody, count(*) AS count FROM (SELECT e.reason, e.ignored_at IS NOT NULL AS ignored, u.id IS NOT NULL AND u.id = ? AS mine, u.id IS NULL AS nobody
		FROM `+from+` WHERE `+where+`) x GROUP BY x.reason, x.ignored, x.mine, x.nobody`, append(append([]any{actor.ID}, with...), args...)...).Scan(&rows).Error
	if err != nil {
		return t, fmt.Errorf("count exceptions: %w", err)
	}
	of := map[Reason]int64{}
	for _, r := range rows {
		if r.Ignored {
			t.Ignored += r.Count
		} else {
			t.All += r.Count
			if r.Mine {
				t.Mine += r.Count
			}
			if r.Nobody {
				t.Nobody += r.Count
			}
		}
		if r.Ignored == f.Ignored && (!f.Mine || r.Mine) && (!f.Nobody || r.Nobody) {
			of[r.Reason] += r.Count
		}
	}
	for _, reason := range Reasons() {
		if of[reason] > 0 {
			t.Reasons = append(t.Reasons, Count{reason, of[reason]})
		}
	}
	return t, nil
}
