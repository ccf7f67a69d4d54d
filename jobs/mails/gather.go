package mails

import (
	"context"
	"fmt"
	"time"

	"chancery/app/post"
	"chancery/app/signin"
	"chancery/app/staff"
)

// errand is a mail that may go, and what its author has to say.
type errand struct {
	world
	letter post.Letter
}

// gathered is a batch that was taken up: what may go, in its order, and what became of the rest already.
type gathered struct {
	asked int // how many would have been taken
	took  int
	ready []errand
	over  []post.Tried
	err   error
}

// take takes up to most mails that are due and brings together, for all of them at once, what sending them needs.
func (r *Reconciler) take(ctx context.Context, most int) gathered {
	ctx, cancel := context.WithTimeout(ctx, r.Hold/4)
	defer cancel()
	g := gathered{asked: most}
	mails, err := r.Post.Take(ctx, most, r.Hold)
	if err != nil {
		g.err = err
		return g
	}
	g.took = len(mails)
	if len(mails) == 0 {
		return g
	}
	if err := r.gather(ctx, mails, &g); err != nil {
		// What it needs cannot be had: all of it waits as before.
		g.ready, g.over, g.err = nil, nil, err
		for _, m := range mails {
			g.over = append(g.over, post.Tried{Mail: m, Outcome: putBack(&m)})
		}
	}
	return g
}

func (r *Reconciler) gather(ctx context.Context, mails []post.Mail, g *gathered) error {
	org, err := r.Staff.Organization(ctx)
	if err != nil {
		return err
	}
	users, err := r.Staff.Several(ctx, receivers(mails))
	if err != nil {
		return err
	}
	held, sent, err := r.receivers(ctx, mails)
	if err != nil {
		return err
	}
	now, before := r.Now(), map[string]int{}
	for i := range mails {
		w := world{now: now, mail: &mails[i], org: org}
		m := w.mail
		if m.UserID != nil {
			w.user = users[*m.UserID]
		}
		until := putOff(m, sent[m.Recipient], before[m.Recipient], now)
		switch reason := giveUp(w); {
		case reason != "":
			g.over = append(g.over, post.Tried{Mail: *m, Outcome: givenUp(m, reason)})
		case held[m.Recipient]:
			g.over = append(g.over, post.Tried{Mail: *m, Outcome: post.Outcome{State: post.Waiting, Next: m.NextTryAt, Untried: true, Paused: true}}) // written past Queue
		case !until.IsZero():
			g.over = append(g.over, post.Tried{Mail: *m, Outcome: post.Outcome{State: post.Waiting, Next: until, Untried: true}})
		default:
			if m.Rank > post.Urgent {
				before[m.Recipient]++
			}
			g.ready = append(g.ready, errand{world: w})
		}
	}
	r.ask(ctx, g)
	return nil
}

// receivers tells which of the mails' addresses are paused, and what the others of mails that nobody waits for were sent lately.
func (r *Reconciler) receivers(ctx context.Context, mails []post.Mail) (held map[string]bool, sent map[string]post.Sent, err error) {
	var all, patient, ids []string
	for _, m := range mails {
		ids = append(ids, m.ID)
		all = append(all, m.Recipient)
		if m.Rank > post.Urgent {
			patient = append(patient, m.Recipient)
		}
	}
	if held, err = r.Post.PausedAmong(ctx, all); err != nil || len(patient) == 0 {
		return held, nil, err
	}
	sent, err = r.Post.SentSince(ctx, patient, r.Now().Add(-receiverWithin), ids)
	return held, sent, err
}

func receivers(mails []post.Mail) (ids []string) {
	for _, m := range mails {
		if m.UserID != nil {
			ids = append(ids, *m.UserID)
		}
	}
	return ids
}

// ask asks the authors of the batch's kinds, each once, what there is to say. A mail that has lost its meaning is withdrawn; one
// that cannot be written is tried again later, and holds no other up.
func (r *Reconciler) ask(ctx context.Context, g *gathered) {
	kinds := map[post.Kind][]int{}
	for i, e := range g.ready {
		if r.Authors[e.mail.Kind] != nil {
			kinds[e.mail.Kind] = append(kinds[e.mail.Kind], i)
		}
	}
	for kind, places := range kinds {
		mails := make([]post.Mail, len(places))
		for i, at := range places {
			mails[i] = *g.ready[at].mail
		}
		letters, err := r.letters(ctx, kind, mails)
		for i, at := range places {
			if err != nil {
				g.ready[at].letter = post.Letter{Err: err}
			} else {
				g.ready[at].letter = letters[i]
			}
		}
	}
	ready := g.ready[:0]
	for _, e := range g.ready {
		err := e.letter.Err
		if e.letter.Nothing {
			err = signin.ErrWithdrawn
		}
		if err == nil {
			ready = append(ready, e)
			continue
		}
		g.over = append(g.over, post.Tried{Mail: *e.mail, Outcome: r.outcome(ctx, e.world, "", err)})
	}
	g.ready = ready
}

func (r *Reconciler) letters(ctx context.Context, kind post.Kind, mails []post.Mail) (letters []post.Letter, err error) {
	defer r.recovered(&err)
	letters, err = r.Authors[kind].Letters(ctx, mails)
	if err == nil && len(letters) != len(mails) {
		err = fmt.Errorf("%s: %d letters for %d mails", kind, len(letters), len(mails))
	}
	return letters, err
}

// world is all that a decision about one mail looks at.
type world struct {
	now  time.Time
	mail *post.Mail
	user *staff.User // nil for a mail to nobody of the practice
	org  *staff.Organization
}
