// Package texts delivers the practice's texts: an object here is a row of notices, and it is as it should be when the other
// side has taken it, or when it is given up with a reason.
//
// A text is a mail in a hurry: somebody waits for it before a page. So tries follow each other in seconds, and what was not
// sent within minutes has lost its meaning (signin says after how many). Its PIN is made while it is sent (signin.EnclosePIN),
// and is nowhere at rest but as a keyed hash; a second copy, after an answer that was lost, says the same PIN.
//
// gather → decide (decide.go, pure) → send → record. Nothing here knows how a text travels (delivery) or reads (views), and
// neither a number nor a PIN is ever logged.
package texts

import (
	"context"
	"errors"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"chancery/app/delivery"
	"chancery/app/fault"
	"chancery/app/post"
	"chancery/app/signin"
	"chancery/app/staff"
	"chancery/jobs/loop"
)

// Words says what a text says; views.Set does.
type Words interface {
	Text(lang, name string, pairs ...any) string
}

// Reconciler delivers texts.
type Reconciler struct {
	Post   *post.Post
	Staff  *staff.Staff
	Signin *signin.Signin
	Words  Words
	Sender delivery.Texts // nil where the practice sends none
	Base   *url.URL       // where the PIN is typed
	Now    func() time.Time
	Log    *slog.Logger
	Hold   time.Duration // how long a try keeps others away; longer than the loop lets a Reconcile run
}

// Prefix begins the keys of texts on the change feed.
const Prefix = "text/"

// dueMost bounds what one look at the database brings; the rest comes with the next.
const dueMost = 1000

// Name is the loop's name.
func (r *Reconciler) Name() string { return "texts" }

// Due lists the texts whose time comes before until.
func (r *Reconciler) Due(ctx context.Context, until time.Time) ([]loop.Due, error) {
	rows, err := r.Post.DueTexts(ctx, until, dueMost)
	due := make([]loop.Due, len(rows))
	for i, t := range rows {
		due[i] = loop.Due{Key: Prefix + t.ID, At: t.At}
	}
	return due, err
}

// Reconcile brings one text a step further. A key that nothing belongs to is one of a number that nobody has.
func (r *Reconciler) Reconcile(ctx context.Context, key string) (loop.Result, error) {
	t, err := r.Post.Text(ctx, strings.TrimPrefix(key, Prefix))
	if errors.Is(err, fault.ErrNotFound) {
		return loop.Done(), nil
	}
	if err != nil {
		return loop.Done(), err
	}
	w := world{now: r.Now(), text: t, off: r.Sender == nil}
	switch d := decide(w); d.do {
	case nothing:
		return loop.Done(), nil
	case wait:
		return loop.Waiting(t.NextAt), nil
	case giveUp:
		return loop.Done(), r.Post.RecordText(ctx, t, post.TextOutcome{State: post.TextGivenUp, Reason: d.reason})
	}
	ours, err := r.Post.BeginText(ctx, t, r.Hold)
	if err != nil || !ours {
		return loop.Done(), err // when another has it, Due brings it back once that one's hold is over
	}
	answer, err := r.send(ctx, t)
	w.now = r.Now()
	o := outcome(w, answer, err)
	if err != nil {
		r.Log.Warn("text not sent", "text", t.ID, "kind", t.Kind, "try", t.Tries, "state", o.State, "reason", o.Reason, "error", err.Error())
	}
	// What was sent was sent, also when we were told to end meanwhile.
	record, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordWithin)
	defer cancel()
	if err := r.Post.RecordText(record, t, o); err != nil {
		return loop.Done(), err
	}
	if o.State == post.TextWaiting {
		return loop.Waiting(o.Next), nil
	}
	return loop.Done(), nil
}

// recordWithin bounds writing an outcome down, so that a process told to end does so in time.
const recordWithin = 3 * time.Second

// send makes the PIN, writes the text, and hands it over. The last line is for the phone, which offers to fill the PIN in on
// our own site and on no other (the format of origin-bound one-time codes of the WICG).
func (r *Reconciler) send(ctx context.Context, t *post.Text) (string, error) {
	org, err := r.Staff.Organization(ctx)
	if err != nil {
		return "", err
	}
	pin, err := r.Signin.EnclosePIN(ctx, t)
	if err != nil {
		return "", err
	}
	minutes := max(1, int(pin.ExpiresAt.Sub(r.Now()).Round(time.Minute)/time.Minute))
	body := r.Words.Text(t.Language, string(t.Kind), "Pin", pin.Code, "Practice", org.Name, "Count", minutes)
	if r.Base.Scheme == "https" {
		body += "\n\n@" + r.Base.Hostname() + " #" + pin.Code
	}
	return r.Sender.Text(ctx, delivery.Text{ID: t.ID, Date: t.CreatedAt, To: pin.Number, Body: body})
}
