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

// giveUp says why a mail that was taken up is not to be sent any more; "": it is to be.
func giveUp(w world) (reason string) {
	switch m := w.mail; {
	case !w.now.Before(m.NotAfter):
		return "TooLate"
	case m.Kind == post.Welcome && w.user == nil:
		return "NoReceiver"
	case w.user != nil && w.user.Status == staff.Inactive:
		return "ReceiverInactive"
	case m.Kind == post.Welcome && w.user.Status != staff.Pending:
		return "AlreadySignedIn" // a first password by mail would undo the one they chose
	}
	return ""
}

// givenUp is the outcome of a mail that is not to be sent any more. An earlier try may have gone out all the same.
func givenUp(m *post.Mail, reason string) post.Outcome {
	o := post.Outcome{State: post.Failed, Answer: m.Answer, Found: resource.Condition{Type: Delivered, Status: resource.False, Reason: reason}}
	if m.MayHaveArrived() {
		o.Found.Status = resource.Unknown
	}
	return o
}

// putBack is the outcome of a mail that was taken up and not tried: it waits as it did.
func putBack(m *post.Mail) post.Outcome {
	return post.Outcome{State: post.Waiting, Next: m.NextTryAt, Untried: true}
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
	case refused.Unserved(): // not its fault: it keeps its place, and no try of it is counted
		o.Untried, o.Next, o.Found.Reason = true, w.mail.NextTryAt, "Unreachable"
		return o
	case refused.Code == 0 && !refused.Permanent:
		o.Found.Reason = "Unreachable"
	default:
		o.Found.Reason = "Refused"
		if refused.Answer != "" {
			o.Answer = refused.Answer
		}
		if refused.Permanent {
			o.State, o.Dead = post.Failed, refused.DeadAddress()
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
