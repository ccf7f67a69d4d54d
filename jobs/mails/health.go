package mails

import (
	"context"
	"errors"
	"time"

	"chancery/app/delivery"
	"chancery/app/post"
)

const (
	// probeFirst is how long nothing is sent after the server took nothing, doubling with each probe up to probeMost: a
	// restart of the server is over within seconds, and a practice is not to wait long for what is due after hours.
	probeFirst = 10 * time.Second
	probeMost  = 5 * time.Minute
	// streakMost is how much trouble in a row, with different mails and nothing accepted between, says that it is the server's:
	// a refusal for now counts one, silence three, since it costs a minute each time.
	streakMost = 10
	// laneBack is how long a connection that the server would not have beside the others stays away.
	laneBack = 10 * time.Minute
	// lately is how long ago another connection may have been served, for one that is not to be one too many.
	lately = 10 * time.Second
)

// health is what is known of the mail server. It decides, and knows no database.
type health struct {
	most   int // connections as configured
	lanes  int // that the server lets us have
	back   time.Time
	good   time.Time // when a mail was last accepted, or refused for what it was
	streak int
	since  time.Time // zero: it is up
	next   time.Time // when the next probe is, while it is down
	tries  int
	reason string
	answer string
	noted  bool // the row says so
	asked  bool // for the row that the replica before may have left
}

func newHealth(lanes int) health { return health{most: lanes, lanes: lanes, noted: true} }

func (h *health) isDown() bool { return !h.since.IsZero() }

// may tells how many connections may be used now.
func (h *health) may(now time.Time) int {
	if h.lanes < h.most && !now.Before(h.back) {
		h.lanes, h.back = h.lanes+1, now.Add(laneBack)
	}
	return h.lanes
}

// heard takes in how a try has ended. It tells whether the server is down by it, or up again.
func (h *health) heard(err error, now time.Time) (turned bool) {
	var r *delivery.Refused
	switch {
	case err == nil, errors.As(err, &r) && r.Permanent:
		h.streak, h.good = 0, now
		return h.up()
	case r == nil:
		return false // our own: a template, the database
	case r.Unserved():
		if h.lanes > 1 && now.Sub(h.good) < lately { // one connection more than it likes
			h.lanes, h.back = h.lanes-1, now.Add(laneBack)
			return false
		}
		return h.down(reasonOf(r), r.Answer, now)
	case r.Overloaded():
		return h.down("Overloaded", r.Answer, now)
	case r.Code == 0:
		h.streak += 3
	default:
		h.streak++
		if h.isDown() {
			return h.up() // it speaks of the mail again
		}
	}
	if h.streak < streakMost {
		return false
	}
	return h.down("Overloaded", r.Answer, now)
}

// reasonOf names why the server takes nothing.
func reasonOf(r *delivery.Refused) string {
	switch {
	case r.Stage == delivery.StageAuth, r.Code >= 530 && r.Code <= 538:
		return "NotSignedIn"
	case r.Stage == delivery.StageSender && r.Code >= 500:
		return "SenderRefused"
	}
	return "Unreachable"
}

// down begins an outage, or notes that a probe has failed. What was under way when it began says nothing new.
func (h *health) down(reason, answer string, now time.Time) bool {
	if h.isDown() && now.Before(h.next) {
		return false
	}
	if !h.isDown() {
		h.since, h.tries = now, 0
	}
	h.tries++
	h.reason, h.answer, h.streak = reason, answer, 0
	wait := probeFirst
	for range min(h.tries-1, 10) {
		wait *= 2
	}
	h.next, h.noted = now.Add(min(wait, probeMost)), false
	return true
}

func (h *health) up() bool {
	if !h.isDown() {
		return false
	}
	h.since, h.next, h.tries, h.reason, h.answer, h.noted = time.Time{}, time.Time{}, 0, "", "", false
	return true
}

// remember takes over what the replica before knew, once: an outage goes on from when it began, and is tried at once.
func (h *health) remember(ctx context.Context, p *post.Post, now time.Time) error {
	if h.asked {
		return nil
	}
	o, err := p.Outage(ctx)
	if err != nil {
		return err
	}
	h.asked = true
	if o != nil {
		h.since, h.tries, h.reason, h.answer, h.next, h.noted = o.Since, o.Tries, o.Reason, o.Answer, now, true
	}
	return nil
}

// note writes down how the server is, once it has changed, for the pages of all replicas.
func (r *Reconciler) note(ctx context.Context) error {
	h := &r.health
	if h.noted {
		return nil
	}
	var err error
	if h.isDown() {
		err = r.Post.Down(ctx, post.Outage{Since: h.since, Reason: h.reason, Answer: h.answer, Tries: h.tries, NextAt: h.next})
	} else {
		err = r.Post.Up(ctx)
	}
	h.noted = err == nil
	return err
}

// knock asks the server whether it is back, when it is time to and no mail is due that could.
func (r *Reconciler) knock(ctx context.Context) error {
	if r.health.isDown() && !r.Now().Before(r.health.next) {
		try, cancel := context.WithTimeout(ctx, r.Hold/2)
		err := r.Sender.Ready(try)
		cancel()
		if ctx.Err() != nil {
			return nil
		}
		if r.health.heard(err, r.Now()) {
			r.told(err)
		}
	}
	return r.note(ctx)
}

// told logs that the server went down or came back.
func (r *Reconciler) told(err error) {
	if !r.health.isDown() {
		r.Log.Info("the mail server takes mails again")
		return
	}
	r.Log.Warn("the mail server takes nothing; mails wait", "reason", r.health.reason, "tries", r.health.tries, "next", r.health.next, "error", err)
}
