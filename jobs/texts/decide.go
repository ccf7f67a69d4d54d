package texts

import (
	"errors"
	"time"

	"chancery/app/delivery"
	"chancery/app/post"
	"chancery/app/signin"
)

// world is all that a decision about one text looks at.
type world struct {
	now  time.Time
	text *post.Text
	off  bool // the practice sends no texts
}

type step int

const (
	send step = iota
	nothing
	wait
	giveUp
)

type decision struct {
	do     step
	reason string // for giveUp
}

// decide says what a text needs now. Whether it has a meaning still is asked when its PIN is made.
func decide(w world) decision {
	switch t := w.text; {
	case t.State != post.TextWaiting:
		return decision{do: nothing}
	case w.now.Before(t.NextAt):
		return decision{do: wait} // for another try, or until the hold of one that may still be sending is over
	case w.off:
		return decision{giveUp, "Off"}
	case !w.now.Before(t.NotAfter):
		return decision{giveUp, "TooLate"}
	default:
		return decision{do: send}
	}
}

// outcome says what a try has come to.
func outcome(w world, answer string, err error) post.TextOutcome {
	if err == nil {
		return post.TextOutcome{State: post.TextSent, ProviderID: answer}
	}
	o := post.TextOutcome{State: post.TextWaiting, Reason: "Failed", Next: w.now.Add(pause(w.text.Tries))}
	var refused *delivery.Refused
	switch {
	case errors.Is(err, signin.ErrWithdrawn):
		return post.TextOutcome{State: post.TextGivenUp, Reason: "Withdrawn"}
	case !errors.As(err, &refused):
		// It could not even be written: the database.
	case refused.Uncertain:
		o.Reason = "Unconfirmed" // it may have arrived; a second copy says the same
	case refused.Answer != "":
		o.Reason = refused.Answer
	default:
		o.Reason = "Unreachable"
	}
	if refused != nil && refused.Permanent {
		return post.TextOutcome{State: post.TextGivenUp, Reason: o.Reason}
	}
	if !o.Next.Before(w.text.NotAfter) {
		return post.TextOutcome{State: post.TextGivenUp, Reason: "TooLate"}
	}
	return o
}

// pause is how long a text waits after its nth try: two seconds, doubling up to half a minute.
func pause(tries int) time.Duration {
	d := 2 * time.Second
	for range min(tries-1, 4) {
		d *= 2
	}
	return min(d, 30*time.Second)
}
