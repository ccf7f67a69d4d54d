// Package mails delivers the practice's mails: each is as it should be when the mail server has accepted it, or when it is given
// up with a reason that people can read.
//
// The mails are one flow, not one object each, so that a day's ten thousand summaries cost a few statements and not forty
// thousand (flow.go): take a batch that is due → gather people and letters, a set at a time (gather.go) → decide (decide.go,
// pure) → write and send, over several connections (send.go) → record what became of them, many in one transaction
// (record.go). What is secret in a mail, a one-time link or a temporary password, is made while sending and is nowhere at rest
// but as a hash; what a mail of a case or of the day says is asked of its kind's [post.Author] then, too.
//
// # Order, and what holds others up
//
// What somebody waits for goes first, then what happens in cases, then what comes daily; within one of these, what became
// due first. With several connections a mail may overtake as many as there are connections.
//
// A mail that cannot be written, that a server refuses or that it hangs on takes one connection at most, and only until its
// time is over. A server that takes nothing at all is found out by the first who asks (health.go): then one mail at a time
// tries, with growing pauses, and the others wait untouched: no try of theirs is counted, so none is given up or put off for
// what was not its fault, and all go in their order when the server is back.
//
// Limits (limits.go): so many mails a minute to the server, as providers want it (CHANCERY_MAIL_PER_MINUTE); and so many in ten
// minutes to one receiver of what nobody waits for.
//
// # What a crash can do
//
// A try holds its mail for Hold, in which no other process takes it up. A crash between the server's yes and our commit leaves
// it "sending"; it is sent once more when the hold is over, under the same Message-ID (see post). What was accepted is
// written down within writeAfter, at once when nothing else is on its way, and no further mail goes while unwrittenMost (1,000) wait for
// that. So a crash repeats what a twentieth of a second has brought, at most 1,000 and one for each connection. What was taken and not yet sent waits for its hold.
// Each try of a welcome makes a new link, and a new temporary password in place of the one before: of two welcome mails both
// links work until one is used, and the password of the later one.
//
// Nothing here knows how a mail travels (delivery) or looks (views).
package mails

import (
	"context"
	"log/slog"
	"net/mail"
	"net/url"
	"sync/atomic"
	"time"

	"chancery/app/delivery"
	"chancery/app/post"
	"chancery/app/signin"
	"chancery/app/staff"
	"chancery/jobs/loop"
)

// Letters writes the text of a mail; views.Set does.
type Letters interface {
	Mail(lang, zone, name string, data any) (subject, text, html string, err error)
}

// Deps is what the flow stands on.
type Deps struct {
	Post        *post.Post
	Staff       *staff.Staff
	Signin      *signin.Signin
	Letters     Letters
	Authors     map[post.Kind]post.Author // who says what mails of these kinds are about; the other kinds carry it with them
	Sender      delivery.Sender
	From        mail.Address
	Base        *url.URL // links begin with it
	Now         func() time.Time
	Log         *slog.Logger
	Hold        time.Duration // how long a try keeps others away
	Connections int           // mails that are sent at once; 0 means 1
	PerMinute   int           // mails to the server; 0: no limit
}

// Reconciler delivers mails. One Reconcile at a time.
type Reconciler struct {
	Deps
	health health
	pace   pace
	wake   chan struct{} // holds a token when mails may have become due
	began  atomic.Bool

	signIn, security string // addresses that are in every letter's data
}

// New makes the flow; it sends nothing yet.
func New(d Deps) *Reconciler {
	d.Connections = max(d.Connections, 1)
	return &Reconciler{Deps: d, health: newHealth(d.Connections), pace: newPace(d.PerMinute, d.Now()), wake: make(chan struct{}, 1),
		signIn: d.Base.JoinPath("sign-in").String(), security: d.Base.JoinPath("me", "security").String()}
}

// Prefix begins the keys of mails on the change feed.
const Prefix = "mail/"

// Outbox is the one key of the loop: whatever has changed, what is due is taken in its order.
const Outbox = Prefix + "outbox"

// Name is the loop's name.
func (r *Reconciler) Name() string { return "mails" }

// Wake says that mails may have become due, to a Reconcile that is under way.
func (r *Reconciler) Wake() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// Due is the outbox, if a mail's time comes before until.
func (r *Reconciler) Due(ctx context.Context, until time.Time) ([]loop.Due, error) {
	if r.began.CompareAndSwap(false, true) { // the replica before may have left an outage
		return []loop.Due{{Key: Outbox}}, nil
	}
	at, ok, err := r.Post.NextDue(ctx)
	if err != nil || !ok || !at.Before(until) {
		return nil, err
	}
	return []loop.Due{{Key: Outbox, At: at}}, nil
}

// Reconcile sends what is due, until nothing is, or until the server takes nothing more for now.
func (r *Reconciler) Reconcile(ctx context.Context, _ string) (loop.Result, error) {
	if err := r.health.remember(ctx, r.Post, r.Now()); err != nil {
		return loop.Done(), err
	}
	f := newFlow(ctx, r)
	if err := f.run(); err != nil {
		return loop.Done(), err
	}
	if f.stopped {
		return loop.Done(), nil
	}
	if err := r.knock(ctx); err != nil {
		return loop.Done(), err
	}
	if now := r.Now(); r.health.isDown() {
		return loop.Waiting(r.health.next), nil
	} else if r.pace.left(now) < 1 {
		return loop.Waiting(r.pace.next(now)), nil
	}
	at, ok, err := r.Post.NextDue(ctx)
	if err != nil || !ok {
		return loop.Done(), err
	}
	return loop.Waiting(at), nil
}
