package casesync

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"chancery/app/access"
	"chancery/app/audit"
	"chancery/app/cases"
	"chancery/app/fault"
	"chancery/app/store"
	"chancery/app/work"
)

// mayAct asks for what one may do to an exception that one is shown: whoever edits cases may see to their own.
func mayAct(actor access.Actor) error {
	if actor.Rights.Can(access.CasesSync) {
		return nil
	}
	return actor.Must(access.CasesEdit)
}

// errNot takes back what a landing that is refused has begun.
var errNot = errors.New("casesync: did not land")

// Retry lands at once what did not land, as the case system last said it: after somebody has seen to the reason. theirs takes the case system's side where both
// have changed the same. It needs cases.edit or cases.sync, and an exception that the actor is shown; why says why it is refused again, "" where it has landed. What
// lands stands in the history as the sync's doing, and that somebody asked for it, as theirs.
func (s *Sync) Retry(ctx context.Context, actor access.Actor, id string, theirs bool) (why Reason, err error) {
	if err := mayAct(actor); err != nil {
		return "", err
	}
	e, err := s.Exception(ctx, actor, id)
	if err != nil {
		return "", err
	}
	var o object
	ok, err := store.One(s.db.In(ctx).Raw(`SELECT kind, external_id, said, hash, landed, landed_hash, object_id FROM sync_objects WHERE kind = ? AND external_id = ?`, e.Kind, e.ExternalID), &o)
	if err != nil {
		return "", fmt.Errorf("what was said: %w", err)
	}
	if !ok { // a row without a name: the next run reads it anew
		return e.Reason, nil
	}
	return why, s.db.Tx(ctx, func(ctx context.Context) error {
		var done []result
		var came []cases.Arrival
		// A part of its own: a refusal by the database would otherwise end the transaction that is to say why.
		err := s.db.Inner(ctx, func(ctx context.Context) (err error) {
			if done, came, err = s.land(ctx, nil, o.Kind, []object{o}, theirs); err == nil && done[0].reason != "" {
				return errNot
			}
			return err
		})
		if err != nil && !errors.Is(err, errNot) {
			if len(done) == 0 || !s.answers(ctx) {
				return err
			}
			s.giveUp(ctx, &done[0], err)
		}
		why = done[0].reason
		last := Run{}
		if _, err := store.One(s.db.In(ctx).Raw(`SELECT id FROM sync_runs ORDER BY id DESC LIMIT 1`), &last.ID); err != nil {
			return fmt.Errorf("last run: %w", err)
		}
		if err := s.note(ctx, &last, done); err != nil || why != "" {
			return err
		}
		if err := s.cases.TellArrivals(ctx, program(), came); err != nil {
			return err
		}
		return s.tellHistory(ctx, actor, e, "sync.retry", "")
	})
}

// tellHistory records what somebody did about an exception: of a case that is here, where whoever may not see that case reads nothing of it.
func (s *Sync) tellHistory(ctx context.Context, actor access.Actor, e *Exception, action, note string) error {
	entry := audit.Entry{Action: action, Kind: "sync", ID: e.ID, Changes: []audit.Change{{Field: "exception", After: string(e.Reason)}}}
	if e.CaseID != nil {
		entry.Kind, entry.ID = "case", *e.CaseID
		if note != "" {
			entry.Changes = append(entry.Changes, audit.Change{Field: "note", After: note})
		}
	}
	return audit.Record(ctx, s.db, actor.Actor, entry)
}

// NoteMost is how long a note may be, in characters.
const NoteMost = 500

// Ignore leaves an exception be, with a note why, until the case system says something else of it. It needs what Retry needs, and returns *fault.Invalid on "note".
func (s *Sync) Ignore(ctx context.Context, actor access.Actor, id, note string) error {
	note = strings.TrimSpace(note)
	if n := utf8.RuneCountInString(note); n == 0 || n > NoteMost {
		return fault.Field1("note", "cases.text-length", "Max", NoteMost)
	}
	return s.mark(ctx, actor, id, "sync.ignore", note, `UPDATE sync_exceptions SET ignored_hash = hash, ignored_at = ?, ignored_by = ?, note = ? WHERE id = ?`, s.db.Now(), actor.ID, note, id)
}

// Heed takes back that an exception is left be.
func (s *Sync) Heed(ctx context.Context, actor access.Actor, id string) error {
	return s.mark(ctx, actor, id, "sync.heed", "", `UPDATE sync_exceptions SET ignored_hash = '', ignored_at = NULL, ignored_by = NULL, note = '' WHERE id = ?`, id)
}

func (s *Sync) mark(ctx context.Context, actor access.Actor, id, action, note, statement string, args ...any) error {
	if err := mayAct(actor); err != nil {
		return err
	}
	return s.db.Tx(ctx, func(ctx context.Context) error {
		e, err := s.Exception(ctx, actor, id)
		if err != nil {
			return err
		}
		if err := s.db.In(ctx).Exec(statement, args...).Error; err != nil {
			return fmt.Errorf("%s: %w", action, err)
		}
		return s.tellHistory(ctx, actor, e, action, note)
	})
}

// RetryKind is what a retry of many is called (app/work).
const RetryKind = "sync-retry"

// Kinds is long work that people can ask for.
func (s *Sync) Kinds() []work.Kind {
	return []work.Kind{{Name: RetryKind, Permission: access.CasesEdit, Each: func(ctx context.Context, actor access.Actor, _ string, item work.Item) (work.Outcome, error) {
		why, err := s.Retry(ctx, actor, item.ObjectID, false)
		switch {
		case err != nil:
			return work.Judge(err)
		case why != "":
			return work.Refused(fault.M(why.Key())), nil
		}
		return work.Done(), nil
	}}}
}

// Items are the exceptions that a filter wants, to be tried again. They go by the case system's own names: whoever watches over all work may not see the cases.
func (s *Sync) Items(ctx context.Context, actor access.Actor, f Filter) ([]work.Item, error) {
	f.Limit, f.After = work.ItemsMost, ""
	all, _, err := s.Exceptions(ctx, actor, f)
	if err != nil {
		return nil, err
	}
	items := make([]work.Item, len(all))
	for i := range all {
		items[i] = work.Item{ObjectID: all[i].ID, Label: strings.TrimSpace(all[i].Name() + " " + all[i].Title)}
	}
	return items, nil
}

// Name is by what people know what the exception is about: its number or, where it has none here, what the case system calls it.
func (e *Exception) Name() string { return cmp.Or(e.Number, e.Outside()) }

// Outside is what the case system calls what the exception is about, or the number of a row without a name.
func (e *Exception) Outside() string {
	if e.Nameless() {
		return "#" + e.Place()
	}
	return strings.ReplaceAll(e.ExternalID, "\n", " ")
}

// Key is a reason's words in the catalogues.
func (r Reason) Key() string { return "sync.reason." + string(r) }

// HintKey is what to do about it.
func (r Reason) HintKey() string { return "sync.hint." + string(r) }
