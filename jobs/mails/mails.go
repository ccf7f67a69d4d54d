// Package mails delivers the practice's mails: an object here is a row of notices, and it is as it should be when the
// mail server has accepted it, or when it is given up with a reason that people can read.
//
// gather (gather.go) → decide (decide.go, pure) → send → record. What is secret in a mail, a one-time link or a
// temporary password, is made while sending and is nowhere at rest but as a hash.
//
// A try holds the mail for Hold, in which no other process takes it up. A crash between the server's yes and our commit
// leaves it "sending"; it is sent once more when the hold is over, under the same Message-ID (see notices). Each try of
// a welcome makes a new link, and a new temporary password in place of the one before: of two welcome mails both links
// work until one is used, and the password of the later one.
//
// Nothing here knows how a mail travels (delivery) or looks (views).
package mails

import (
	"context"
	"errors"
	"log/slog"
	"net/mail"
	"net/url"
	"strings"
	"time"

	"chancery/app/delivery"
	"chancery/app/fault"
	"chancery/app/post"
	"chancery/app/resource"
	"chancery/app/signin"
	"chancery/app/staff"
	"chancery/jobs/loop"
)

// Letters writes the text of a mail; views.Set does.
type Letters interface {
	Mail(lang, zone, name string, data any) (subject, text, html string, err error)
}

// Reconciler delivers mails.
type Reconciler struct {
	Post    *post.Post
	Staff   *staff.Staff
	Signin  *signin.Signin
	Letters Letters
	Authors map[post.Kind]post.Author // who says what mails of these kinds are about; the other kinds carry it with them
	Sender  delivery.Sender
	From    mail.Address
	Base    *url.URL // links begin with it
	Now     func() time.Time
	Log     *slog.Logger
	Hold    time.Duration // how long a try keeps others away; one third longer than the loop lets a Reconcile run
}

// Prefix begins the keys of mails on the change feed.
const Prefix = "mail/"

// dueMost bounds what one look at the database brings; the rest comes with the next.
const dueMost = 1000

// Name is the loop's name.
func (r *Reconciler) Name() string { return "mails" }

// Due lists the mails whose time comes before until.
func (r *Reconciler) Due(ctx context.Context, until time.Time) ([]loop.Due, error) {
	rows, err := r.Post.Due(ctx, until, dueMost)
	due := make([]loop.Due, len(rows))
	for i, m := range rows {
		due[i] = loop.Due{Key: Prefix + m.ID, At: m.At}
	}
	return due, err
}

// Reconcile brings one mail a step further.
func (r *Reconciler) Reconcile(ctx context.Context, key string) (loop.Result, error) {
	w, err := r.gather(ctx, strings.TrimPrefix(key, Prefix))
	if errors.Is(err, fault.ErrNotFound) {
		return loop.Done(), nil
	}
	if err != nil {
		return loop.Done(), err
	}
	switch d := decide(w); d.do {
	case nothing:
		return loop.Done(), nil
	case wait:
		return loop.Waiting(w.mail.NextTryAt), nil
	case giveUp:
		return r.giveUp(ctx, w, d)
	}
	ours, err := r.Post.Begin(ctx, w.mail, r.Hold)
	if err != nil || !ours {
		return loop.Done(), err // when another has it, Due brings it back once that one's hold is over
	}
	answer, err := r.send(ctx, w)
	o := outcome(w, answer, err, errors.Is(ctx.Err(), context.Canceled))
	if err != nil {
		r.Log.Warn("mail not delivered", "mail", w.mail.ID, "kind", w.mail.Kind, "try", w.mail.Tries, "state", o.State,
			"reason", o.Found.Reason, "error", err.Error())
	}
	if err := r.record(ctx, w.mail, o); err != nil {
		return loop.Done(), err
	}
	if o.State == post.Waiting {
		return loop.Waiting(o.Next), nil
	}
	return loop.Done(), nil
}

// record writes down what a try has come to. The mail has gone out or has not, whatever becomes of ctx and however the
// database is just now, and what is not written down is sent once more: so it is tried until ctx ends, and then once.
func (r *Reconciler) record(ctx context.Context, m *post.Mail, o post.Outcome) error {
	for pause := 50 * time.Millisecond; ; pause = min(2*pause, 2*time.Second) {
		last := ctx.Err() != nil
		try, cancel := context.WithTimeout(context.WithoutCancel(ctx), min(r.Hold/8, recordTry))
		err := r.Post.Record(try, m, o)
		cancel()
		if err == nil || last {
			return err
		}
		r.Log.Warn("what became of a mail is not written down yet", "mail", m.ID, "state", o.State, "error", err.Error())
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
		}
	}
}

// recordTry bounds one try to write an outcome down, so that a process told to end does so in time.
const recordTry = 3 * time.Second

func (r *Reconciler) giveUp(ctx context.Context, w world, d decision) (loop.Result, error) {
	found := resource.Condition{Type: Delivered, Status: resource.False, Reason: d.reason}
	if d.maybe {
		found.Status = resource.Unknown
	}
	return loop.Done(), r.Post.GiveUp(ctx, w.mail, found)
}
