package work

import (
	"context"
	"errors"
	"fmt"

	"chancery/app/access"
	"chancery/app/fault"
)

// TryMost is how many items a dry run goes through.
const TryMost = 100

// Trial is what would become of an item.
type Trial struct {
	Item
	Outcome
}

// errTried rolls everything back that a dry run has done.
var errTried = errors.New("tried")

// Try says what would become of the first hundred items, without asking for anything: it does them one after the other,
// by the same rules, and takes all of it back. It needs what Ask needs but a proof, since it leaves nothing done, and
// returns what Ask returns.
//
// It is one transaction, which on SQLite lets no other write meanwhile; that is why it stops after a hundred.
func (w *Work) Try(ctx context.Context, actor access.Actor, q Request) ([]Trial, error) {
	kind, err := w.may(actor, q)
	if err != nil {
		return nil, err
	}
	items := q.Items[:min(len(q.Items), TryMost)]
	trials := make([]Trial, 0, len(items))
	err = w.db.Tx(ctx, func(ctx context.Context) error {
		for _, it := range items {
			o, err := w.trial(ctx, kind, actor, q.Input, it)
			if err != nil {
				return err
			}
			trials = append(trials, Trial{it, o})
		}
		return errTried
	})
	if !errors.Is(err, errTried) {
		return nil, err
	}
	return trials, nil
}

// trial does one item, and takes it back by itself when it is refused: the next one must find what the run would find.
func (w *Work) trial(ctx context.Context, kind Kind, actor access.Actor, input string, it Item) (Outcome, error) {
	var o Outcome
	err := w.db.Inner(ctx, func(ctx context.Context) (err error) {
		o, err = each(ctx, w.db.Now(), kind, actor, input, it)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err != nil {
			o = Refused(fault.M("run.unexpected"))
		}
		if o.State == ItemRefused {
			return errRefused
		}
		return nil
	})
	if err != nil && !errors.Is(err, errRefused) {
		return o, fmt.Errorf("dry run: %w", err)
	}
	return o, nil
}

// errRefused takes back what a refused item did.
var errRefused = errors.New("refused")
