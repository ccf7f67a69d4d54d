// Package daily writes each person's daily mails at their hour: the summary of what they have not read (S3-19), which is this room's own, and whatever
// other kinds it is handed (S3-20). What they want is notices' to know, what a mail looks like views', and how it gets there post's.
//
// # One for each day
//
// A mail is of one person, one kind and one local date: its send key says so ("summary/USER/2026-11-22"), and the unique index over send keys keeps it
// so, over any number of replicas, restarts and clocks. The table dailies only says when to look at whom: next_at, found by an index, so that a minute
// in which nobody is due costs one query. Whoever is due is decided on by a pure function (decide.go), a batch of people at a time, and all that a
// batch comes to is one transaction: mails and next_at, or neither.
//
// What changes the answer sets next_at back to long ago (the triggers of the migration): another zone, a status, a preference, the practice's policy.
// It is set back behind a lock that the batch holds, so that no decision by old wishes is written over it.
//
// # When a day's mail is due
//
// At the person's minute of the local day. Of a minute that the clocks show twice it is the first, and in place of one that they skip, as long after
// midnight as it would have been. When the program did not run, or the zone has changed, what was due is made up for on the same local day, and when it is
// an hour late at most; a day that is over is left out, since the next mail tells all that is still unread. Who turns a mail on in the afternoon, or moves its
// hour, does not ask for that of the morning: by fresh wishes nothing is made up for that was due more than a quarter of an hour ago. Days
// are told in their order and never again: who travels west over the date line, into a day that they had already, waits for the next.
//
// A clock that goes wrong into the future makes days pass that nobody has lived. When it is put right again by more than an hour, everybody is reckoned
// anew (daily_clock); what was sent under a wrong date was sent.
//
// # Written and sent
//
// Nobody is written to who has nothing to be told, and what a mail says is asked again when it goes out (post.Author): a message that was read meanwhile is not in
// it, and one with nothing left is withdrawn. Within quiet hours (B-21) a mail waits for their end, and says then what there is. It is not worth sending once
// the next one is due, which says the same and more: after an outage there is one.
//
// Only those who are ACTIVE get any: an address is proved by the first sign-in, and before that nothing of a client goes there.
//
// # What it costs
//
// 100,000 people who are all due at eight, with ten unread messages each, in µs of CPU a person, ours and the database's: on Postgres written 32 + 44 and compiled at
// sending 64 + 53, 6,100 people a second through both, with 6 MiB of heap throughout (make bench ARGS="-daily -only postgres", two cores that others used a little); on
// SQLite, with five others at it, 78 and 123 of ours.
package daily

import (
	"context"
	"fmt"
	"time"

	"chancery/app/notices"
	"chancery/app/post"
	"chancery/app/store"
)

// Kind is one of the daily mails.
type Kind struct {
	Name  string    // in the table dailies
	Mail  post.Kind // which has an Author
	Wants func(p notices.Preferences) bool
	// Some says who of some people has anything to be told now. It is asked for hundreds at a time, in the transaction that writes their mails.
	Some func(ctx context.Context, userIDs []string) (map[string]bool, error)
}

// Daily is the room.
type Daily struct {
	db      *store.DB
	notices *notices.Notices
	post    *post.Post
	kinds   []Kind
}

// New opens the room, with all the kinds of daily mails that there are.
func New(db *store.DB, n *notices.Notices, p *post.Post, kinds ...Kind) *Daily {
	return &Daily{db: db, notices: n, post: p, kinds: kinds}
}

// Prefix begins the keys of the kinds on the change feed.
const Prefix = "daily/"

// Kinds are their names.
func (d *Daily) Kinds() []string {
	names := make([]string, len(d.kinds))
	for i, k := range d.kinds {
		names[i] = k.Name
	}
	return names
}

func (d *Daily) kind(name string) (Kind, error) {
	for _, k := range d.kinds {
		if k.Name == name {
			return k, nil
		}
	}
	return Kind{}, fmt.Errorf("no daily mail %q", name)
}

// backMost is how far a clock may be put back without everybody being reckoned anew: clocks of replicas differ, and are set right by a little all the time.
const backMost = time.Hour

// Due is when the next person is due, for each kind that has one before until. A time that is over means now. It sees, too, when the clock was put back.
func (d *Daily) Due(ctx context.Context, until time.Time) (map[string]time.Time, error) {
	if err := d.putBack(ctx); err != nil {
		return nil, err
	}
	due := map[string]time.Time{}
	for _, k := range d.kinds {
		var at time.Time
		ok, err := store.Found(d.db.Row(ctx, `SELECT next_at FROM dailies WHERE kind = $1 AND next_at < $2 ORDER BY next_at LIMIT 1`, k.Name, until.UTC()).Scan(&at))
		if err != nil {
			return nil, fmt.Errorf("who is due: %w", err)
		}
		if now := d.db.Now(); ok && at.Before(now.AddDate(-1, 0, 0)) {
			at = now // to be looked at anew, since when does not matter (00008_daily.sql)
		}
		if ok {
			due[k.Name] = at
		}
	}
	return due, nil
}

// putBack has everybody reckoned anew when the clock is earlier than it was.
func (d *Daily) putBack(ctx context.Context) error {
	now := d.db.Now()
	var at time.Time
	ok, err := store.Found(d.db.Row(ctx, `SELECT at FROM daily_clock`).Scan(&at))
	if err != nil {
		return fmt.Errorf("clock of the dailies: %w", err)
	}
	if !ok || at.Sub(now) <= backMost {
		return nil
	}
	return d.db.Tx(ctx, func(ctx context.Context) error {
		if _, err := d.db.Exec(ctx, `UPDATE daily_clock SET at = $1`, now); err != nil {
			return fmt.Errorf("put the clock of the dailies back: %w", err)
		}
		if _, err := d.db.Exec(ctx, `UPDATE dailies SET next_at = $1, last_date = '', fresh = true`, time.Unix(0, 0).UTC()); err != nil {
			return fmt.Errorf("reckon the dailies anew: %w", err)
		}
		return nil
	})
}
