package post

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"chancery/app/access"
	"chancery/app/audit"
	"chancery/app/fault"
	"chancery/app/store"
)

// The ledger says of every mail what became of it (B-23): "did she get it?". It never says what stands in one.

// LedgerQuery is which mails of the ledger are wanted. What is empty narrows nothing.
type LedgerQuery struct {
	State  State  // Waiting and Sending are one: on their way, and not paused
	Paused bool   // those that wait for an address to be put right, in place of State
	Kind   Kind   //
	Who    string // the beginning of an address, or of a word of a person's name; folded as users' search words are
	Before string // the id of the last one of the page before
	Limit  int
}

// LedgerMail is a mail and to whom it is.
type LedgerMail struct {
	Mail   `gorm:"embedded"`
	First  string // of the person, "" for nobody of the practice
	Last   string
	Called string // their display name
}

// Ledger lists mails, newest first, and tells whether there are older ones. It needs system.view.
func (p *Post) Ledger(ctx context.Context, actor access.Actor, q LedgerQuery) (list []LedgerMail, more bool, err error) {
	if err := actor.Must(access.SystemView); err != nil {
		return nil, false, err
	}
	sql, args := `SELECT m.*, COALESCE(u.first_name, '') AS first, COALESCE(u.last_name, '') AS last, COALESCE(u.display_name, '') AS called
		FROM mails m LEFT JOIN users u ON u.id = m.user_id WHERE 1 = 1`, []any{}
	switch {
	case q.Paused:
		sql += ` AND m.state = 'waiting' AND m.paused_at IS NOT NULL`
	case q.State == Waiting || q.State == Sending:
		sql += ` AND m.state IN ('waiting', 'sending') AND m.paused_at IS NULL`
	case q.State != "":
		sql, args = sql+` AND m.state = ?`, append(args, q.State)
	}
	if q.Kind != "" {
		sql, args = sql+` AND m.kind = ?`, append(args, q.Kind)
	}
	if q.Who != "" {
		like := strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(q.Who)
		sql += ` AND (m.recipient LIKE ? ESCAPE '\' OR m.user_id IN (SELECT s.id FROM users s WHERE ' ' || s.search LIKE ? ESCAPE '\'))`
		args = append(args, like+"%", "% "+like+"%")
	}
	if q.Before != "" {
		sql, args = sql+` AND (m.created_at, m.id) < (SELECT b.created_at, b.id FROM mails b WHERE b.id = ?)`, append(args, q.Before)
	}
	err = p.db.In(ctx).Raw(sql+` ORDER BY m.created_at DESC, m.id DESC LIMIT ?`, append(args, q.Limit+1)...).Scan(&list).Error
	if err != nil {
		return nil, false, fmt.Errorf("mail ledger: %w", err)
	}
	if len(list) > q.Limit {
		return list[:q.Limit], true, nil
	}
	return list, false, nil
}

// Figures are how the post is doing.
type Figures struct {
	Waiting int // on their way
	Late    int // of those, the ones whose time has come
	Oldest  *time.Time
	Paused  int // waiting for an address to be put right
	Failed  int // given up within the last week
	Outage  *Outage
}

// failedShown is how far back a mail that was given up is counted as something that may need somebody.
const failedShown = 7 * 24 * time.Hour

// Figures count what is not out. They need system.view.
func (p *Post) Figures(ctx context.Context, actor access.Actor) (f Figures, err error) {
	if err := actor.Must(access.SystemView); err != nil {
		return f, err
	}
	now := p.db.Now()
	err = p.db.Row(ctx, `SELECT
		COALESCE(sum(CASE WHEN state IN ('waiting', 'sending') AND paused_at IS NULL THEN 1 ELSE 0 END), 0),
		COALESCE(sum(CASE WHEN state IN ('waiting', 'sending') AND paused_at IS NULL AND next_try_at <= $1 THEN 1 ELSE 0 END), 0),
		COALESCE(sum(CASE WHEN state = 'waiting' AND paused_at IS NOT NULL THEN 1 ELSE 0 END), 0),
		COALESCE(sum(CASE WHEN state = 'failed' AND created_at > $2 THEN 1 ELSE 0 END), 0)
		FROM mails WHERE state <> 'delivered'`, now, now.Add(-failedShown)).Scan(&f.Waiting, &f.Late, &f.Paused, &f.Failed)
	if err != nil {
		return f, fmt.Errorf("mail figures: %w", err)
	}
	if f.Late > 0 {
		var oldest time.Time
		if _, err := store.One(p.db.In(ctx).Raw(`SELECT next_try_at FROM mails WHERE `+due+` AND next_try_at <= ? ORDER BY next_try_at LIMIT 1`, now), &oldest); err != nil {
			return f, err
		}
		f.Oldest = &oldest
	}
	f.Outage, err = p.Outage(ctx)
	return f, err
}

// secret are the kinds whose mails are written anew by the room whose secret is in them, and never repeated.
var secret = []Kind{Welcome, PasswordReset, PasswordForgot, PasswordRecover, PasswordTemporary, EmailVerify, NewDevice}

// Repeatable tells whether a mail that was given up or stopped may go out as it is.
func (m *Mail) Repeatable() bool {
	return (m.State == Failed || m.State == Stopped) && !slices.Contains(secret, m.Kind)
}

// Hurries tells whether a mail waits that could be tried at once.
func (m *Mail) Hurries(now time.Time) bool {
	return m.State == Waiting && m.PausedAt == nil && now.Before(m.NextTryAt) && m.Tries > 0
}

// Stoppable tells whether a mail can still be stopped.
func (m *Mail) Stoppable() bool { return m.State == Waiting }

// Retry has a mail tried now: one that waits for its next try, and one that was given up or stopped, which then is good for three
// days more, and of that day unless it may have arrived before. It needs system.operate. It returns fault.ErrNotFound, or *fault.Refused where that makes no sense.
func (p *Post) Retry(ctx context.Context, actor access.Actor, id string) error {
	return p.act(ctx, actor, id, "mail.retry", func(ctx context.Context, m *Mail) (int64, error) {
		now := p.db.Now()
		switch {
		case m.Hurries(now):
			return p.db.Exec(ctx, `UPDATE mails SET next_try_at = $1 WHERE id = $2 AND state = 'waiting'`, now, id)
		case m.Repeatable():
			return p.db.Exec(ctx, `UPDATE mails SET state = 'waiting', tries = 0, next_try_at = $1, not_after = $2, generation = generation + 1,
				dated_at = CASE WHEN $3 THEN dated_at END, paused_at = (SELECT since FROM paused_addresses WHERE address = mails.recipient)
				WHERE id = $4 AND state IN ('failed', 'stopped')`, now, now.Add(72*time.Hour), m.MayHaveArrived(), id)
		}
		return 0, fault.Refuse("mails.not-again")
	})
}

// StopOne takes back a mail that has not gone out. It needs system.operate, and returns fault.ErrNotFound, or *fault.Refused when it is
// too late for that.
func (p *Post) StopOne(ctx context.Context, actor access.Actor, id string) error {
	return p.act(ctx, actor, id, "mail.stop", func(ctx context.Context, m *Mail) (int64, error) {
		if !m.Stoppable() {
			return 0, fault.Refuse("mails.not-stopped")
		}
		n, err := p.db.Exec(ctx, `UPDATE mails SET state = 'stopped', observed = generation WHERE id = $1 AND state = 'waiting'`, id)
		if err == nil && n == 0 {
			return 0, fault.Refuse("mails.not-stopped") // it went meanwhile
		}
		return n, err
	})
}

// act does something to one mail, and writes that down.
func (p *Post) act(ctx context.Context, actor access.Actor, id, action string, do func(ctx context.Context, m *Mail) (int64, error)) error {
	if err := actor.Must(access.SystemOperate); err != nil {
		return err
	}
	return p.db.Tx(ctx, func(ctx context.Context) error {
		m, err := p.Get(ctx, id)
		if err != nil {
			return err
		}
		n, err := do(ctx, m)
		if err != nil || n == 0 {
			return err
		}
		if err := audit.Record(ctx, p.db, actor.Actor, entry(action, m)); err != nil {
			return err
		}
		return p.db.Changed(ctx, "mail/"+id)
	})
}

// entry is a line of the history, of the person the mail is to.
func entry(action string, m *Mail) audit.Entry {
	e := audit.Entry{Action: action, Kind: "mail", ID: m.ID, Changes: []audit.Change{{Field: "mail", After: string(m.Kind)}}}
	if m.UserID != nil {
		e.Kind, e.ID = "user", *m.UserID
	}
	return e
}
