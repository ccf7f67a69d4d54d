package mails

import (
	"errors"
	"time"

	"chancery/app/delivery"
	"chancery/app/post"
	"chancery/app/resource"
	"chancery/app/signin"
	"chancery/app/staff"
)

// Delivered is the condition of a mail.
const Delivered = post.Delivery

// world is all that a decision about one mail looks at.
type world struct {
	now  time.Time
	mail *post.Mail
	user *staff.User // nil for a mail to nobody of the practice
	org  *staff.Organization
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
	reason string // for giveUp: the condition's reason
	maybe  bool   // for giveUp: an earlier try may have gone out all the same
}

// decide says what a mail needs now.
func decide(w world) decision {
	m, maybe := w.mail, w.mail.MayHaveArrived()
	switch {
	case m.State != post.Waiting && m.State != post.Sending:
		return decision{do: nothing}
	case w.now.Before(m.NextTryAt):
		return decision{do: wait} // for another try, or until the hold of one that may still be sending is over
	case !w.now.Before(m.NotAfter):
		return decision{giveUp, "TooLate", maybe}
	case m.Kind == post.Welcome && w.user == nil:
		return decision{giveUp, "NoReceiver", maybe}
	case w.user != nil && w.user.Status == staff.Inactive:
		return decision{giveUp, "ReceiverInactive", maybe}
	case m.Kind == post.Welcome && w.user.Status != staff.Pending:
		return decision{giveUp, "AlreadySignedIn", maybe} // a first password by mail would undo the one they chose
	default:
		return decision{do: send}
	}
}

// outcome says what a try has come to. interrupted tells that we were told to stop meanwhile. A failure does not undo that
// an earlier try may have gone out.
func outcome(w world, answer string, err error, interrupted bool) post.Outcome {
	o := tried(w, answer, err, interrupted)
	if o.Found.Status == resource.False && w.mail.MayHaveArrived() {
		o.Found.Status = resource.Unknown
	}
	return o
}

func tried(w world, answer string, err error, interrupted bool) post.Outcome {
	if err == nil {
		return post.Outcome{State: post.Delivered, Answer: answer,
			Found: resource.Condition{Type: Delivered, Status: resource.True, Reason: "Accepted"}}
	}
	o := post.Outcome{State: post.Waiting, Next: w.now.Add(pause(w.mail.Tries)), Answer: w.mail.Answer,
		Found: resource.Condition{Type: Delivered, Status: resource.False, Reason: "Failed"}}
	var refused *delivery.Refused
	switch {
	case errors.Is(err, signin.ErrWithdrawn):
		o.State, o.Found.Reason = post.Failed, "Withdrawn"
		return o
	case !errors.As(err, &refused):
		// It could not even be written: a template, the database.
	case refused.Uncertain:
		o.Found.Status, o.Found.Reason = resource.Unknown, "Unconfirmed" // it may have arrived, and is sent again
	case interrupted && refused.Code == 0:
		o.Next, o.Found.Reason = w.now, "Interrupted" // our own doing: whoever runs next may try at once
	case refused.Code == 0 && !refused.Permanent:
		o.Found.Reason = "Unreachable"
	default:
		o.Found.Reason = "Refused"
		if refused.Answer != "" {
			o.Answer = refused.Answer
		}
		if refused.Permanent {
			o.State = post.Failed
			return o
		}
	}
	if !o.Next.Before(w.mail.NotAfter) {
		o.State, o.Found.Reason = post.Failed, "TooLate"
	}
	return o
}

// pause is how long a mail waits after its nth try: a minute, doubling up to two hours, as mail servers do with each
// other.
func pause(tries int) time.Duration {
	d := time.Minute
	for range min(tries-1, 7) {
		d *= 2
	}
	return min(d, 2*time.Hour)
}
