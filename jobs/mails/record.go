package mails

import (
	"context"
	"errors"
	"time"

	"chancery/app/post"
)

// unwrittenMost is how many mails may have an outcome that is not written down yet before no further one is sent: what a crash may
// repeat at most, beside one for each connection. It only matters to a server that takes that many while the database writes once: a
// disk that needs a tenth of a second for it kept such a one at 330 mails a second with a bound of 32 (outbox.go of bench).
const unwrittenMost = 1000

// writeLeast is how many outcomes are written down without waiting for more.
const writeLeast = 100

// recordTry bounds one try to write outcomes down, so that a process told to end does so in time.
const recordTry = 3 * time.Second

// outcome says what a try has come to, and logs it where it came to nothing.
func (r *Reconciler) outcome(ctx context.Context, w world, answer string, err error) post.Outcome {
	w.now = r.Now()
	o := outcome(w, answer, err, errors.Is(ctx.Err(), context.Canceled))
	if err != nil && !o.Untried {
		r.Log.Warn("mail not delivered", "mail", w.mail.ID, "kind", w.mail.Kind, "try", w.mail.Tries, "state", o.State,
			"reason", o.Found.Reason, "error", err.Error())
	}
	return o
}

// record writes down what tries have come to. The mails have gone out or have not, whatever becomes of ctx and however the
// database is just now, and what is not written down is sent once more: so it is tried until ctx ends, and then once.
func (r *Reconciler) record(ctx context.Context, tried []post.Tried) error {
	for pause := 50 * time.Millisecond; ; pause = min(2*pause, 2*time.Second) {
		last := ctx.Err() != nil
		try, cancel := context.WithTimeout(context.WithoutCancel(ctx), min(r.Hold/8, recordTry))
		err := r.Post.RecordAll(try, tried)
		cancel()
		if err == nil || last {
			return err
		}
		r.Log.Warn("what became of mails is not written down yet", "mails", len(tried), "error", err.Error())
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
		}
	}
}
