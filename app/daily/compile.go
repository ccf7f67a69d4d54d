package daily

import (
	"context"
	"fmt"
	"strings"
	"time"

	"chancery/app/notices"
	"chancery/app/post"
	"chancery/app/staff"
	"chancery/app/zone"
)

// batch is how many people are decided on in one transaction: some tens of milliseconds, for which SQLite has no other writer.
const batch = 500

// goodMost bounds how long a daily mail is worth sending.
const goodMost = 72 * time.Hour

// person is one who is due, as the batch found them.
type person struct {
	UserID   string
	LastDate string
	Fresh    bool
	Status   staff.Status
	Email    string
	Language string
	Zone     string

	wishes notices.Preferences
	place  *time.Location
	date   string    // for which a mail is due, or ""
	next   time.Time // zero: never
}

// Advance decides on a batch of those who are due for a kind, and tells whether there may be more. Any number of replicas may call it at once.
func (d *Daily) Advance(ctx context.Context, name string) (more bool, err error) {
	k, err := d.kind(name)
	if err != nil {
		return false, err
	}
	err = d.db.Tx(ctx, func(ctx context.Context) error {
		now := d.db.Now()
		people, err := d.take(ctx, name, now)
		if err != nil || len(people) == 0 {
			return err
		}
		more = len(people) == batch
		if err := d.decide(ctx, k, people, now); err != nil {
			return err
		}
		if err := d.write(ctx, k, people, now); err != nil {
			return err
		}
		if _, err := d.db.Exec(ctx, `UPDATE daily_clock SET at = $1 WHERE at < $2`, now, now); err != nil {
			return fmt.Errorf("clock of the dailies: %w", err)
		}
		return d.reckoned(ctx, name, people)
	})
	return more, err
}

// take are those who are due, held until the transaction ends. Whom another replica holds is left to it.
func (d *Daily) take(ctx context.Context, kind string, now time.Time) (people []*person, err error) {
	lock := d.db.ForUpdate()
	if lock != "" {
		lock += " OF d SKIP LOCKED"
	}
	err = d.db.In(ctx).Raw(`SELECT d.user_id, d.last_date, d.fresh, u.status, u.email, u.language, u.zone FROM dailies d JOIN users u ON u.id = d.user_id
		WHERE d.kind = ? AND d.next_at <= ? ORDER BY d.next_at LIMIT ?`+lock, kind, now, batch).Scan(&people).Error
	if err != nil {
		return nil, fmt.Errorf("take who is due: %w", err)
	}
	return people, nil
}

// decide gives each their date and their next time.
func (d *Daily) decide(ctx context.Context, k Kind, people []*person, now time.Time) error {
	ids := make([]string, len(people))
	for i, p := range people {
		ids[i] = p.UserID
	}
	wishes, err := d.notices.PreferencesOf(ctx, ids...)
	if err != nil {
		return err
	}
	for _, p := range people {
		p.wishes = wishes[p.UserID]
		if p.Status != staff.Active || !k.Wants(p.wishes) {
			continue
		}
		if p.place, err = zone.Load(p.Zone); err != nil {
			p.place = time.UTC // a zone that was taken out of the database of zones; better at another hour than not at all
		}
		p.date, p.next = decide(wish{p.wishes.Minute, p.wishes.Days, p.place, p.LastDate, p.Fresh}, now)
	}
	return nil
}

// write queues the mails of those who have something to be told.
func (d *Daily) write(ctx context.Context, k Kind, people []*person, now time.Time) error {
	var ids []string
	for _, p := range people {
		if p.date != "" {
			ids = append(ids, p.UserID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	some, err := k.Some(ctx, ids)
	if err != nil {
		return fmt.Errorf("%s: %w", k.Name, err)
	}
	drafts := make([]post.Draft, 0, len(some))
	for _, p := range people {
		if p.date == "" || !some[p.UserID] {
			continue
		}
		p.LastDate = p.date
		at := p.wishes.Opens(now, p.place)
		drafts = append(drafts, post.Draft{SendKey: k.Name + "/" + p.UserID + "/" + p.date, Kind: k.Mail, UserID: p.UserID, Recipient: p.Email, Language: p.Language, Zone: p.Zone,
			Rank: post.Daily, At: at, GoodFor: goodFor(at, p.next)})
	}
	_, err = d.post.QueueAll(ctx, drafts)
	return err
}

// goodFor is how long a mail is worth sending that goes out at a time: until the next one says the same and more.
func goodFor(at, next time.Time) time.Duration {
	if d := next.Sub(at); d > 0 && d < goodMost {
		return d
	}
	return goodMost
}

// reckoned notes what was decided on, in one statement.
func (d *Daily) reckoned(ctx context.Context, kind string, people []*person) error {
	values := make([]any, 0, 5*len(people))
	for _, p := range people {
		var next *time.Time
		if !p.next.IsZero() {
			next = &p.next
		}
		values = append(values, p.UserID, kind, next, p.LastDate, false)
	}
	err := d.db.In(ctx).Exec(`INSERT INTO dailies (user_id, kind, next_at, last_date, fresh) VALUES `+strings.Repeat(", (?, ?, ?, ?, ?)", len(people))[2:]+`
		ON CONFLICT (user_id, kind) DO UPDATE SET next_at = excluded.next_at, last_date = excluded.last_date, fresh = excluded.fresh`, values...).Error
	if err != nil {
		return fmt.Errorf("note who was decided on: %w", err)
	}
	return nil
}
