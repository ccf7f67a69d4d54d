package post

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"chancery/app/access"
	"chancery/app/audit"
	"chancery/app/fault"
	"chancery/app/store"
)

// An address that a server has refused for good is paused: what is written to it waits, so that it neither fails one by one nor
// spoils our name with the server, and is taken up again when the person's address changes (Moved) or somebody says that it is
// right (Resume). The mail that found out stays failed, with the server's answer.

// Pause is an address to which nothing is sent.
type Pause struct {
	Address string
	Since   time.Time
	Answer  string // what the server said; it may name the address
	MailID  string // the mail that found out
}

// TableName is the table of paused addresses.
func (Pause) TableName() string { return "paused_addresses" }

func (p *Post) pause(ctx context.Context, m Mail, answer string, now time.Time) error {
	err := p.db.In(ctx).Exec(`INSERT INTO paused_addresses (address, since, answer, mail_id) VALUES (?, ?, ?, ?) ON CONFLICT (address) DO NOTHING`,
		m.Recipient, now, answer, m.ID).Error
	if err != nil {
		return fmt.Errorf("pause address: %w", err)
	}
	if _, err = p.db.Exec(ctx, `UPDATE mails SET paused_at = $1 WHERE recipient = $2 AND state = 'waiting' AND paused_at IS NULL`, now, m.Recipient); err != nil {
		return fmt.Errorf("pause mails: %w", err)
	}
	return nil
}

// PausedAmong tells which of the addresses are paused.
func (p *Post) PausedAmong(ctx context.Context, addresses []string) (map[string]bool, error) {
	paused := map[string]bool{}
	err := p.db.Query(ctx, func(row *sql.Rows) error {
		var address string
		err := row.Scan(&address)
		paused[address] = true
		return err
	}, `SELECT address FROM paused_addresses WHERE address `+p.db.Among("$1"), p.db.List(addresses))
	if err != nil {
		return nil, fmt.Errorf("paused addresses: %w", err)
	}
	return paused, nil
}

// PauseOf tells whether an address is paused, and why; nil: it is not.
func (p *Post) PauseOf(ctx context.Context, address string) (*Pause, error) {
	var s Pause
	ok, err := store.Found(p.db.In(ctx).Where("address = ?", address).Take(&s).Error)
	if err != nil {
		return nil, fmt.Errorf("paused address: %w", err)
	}
	if !ok {
		return nil, nil
	}
	return &s, nil
}

// Resume takes up again the mails to an address that was refused for good. It needs system.operate or users.edit: whoever may put
// an address right may say that it is. It returns fault.ErrNotFound for an address that is not paused.
func (p *Post) Resume(ctx context.Context, actor access.Actor, address string) error {
	if !actor.Rights.Can(access.SystemOperate) {
		if err := actor.Must(access.UsersEdit); err != nil {
			return err
		}
	}
	return p.db.Tx(ctx, func(ctx context.Context) error {
		s, err := p.PauseOf(ctx, address)
		if err != nil {
			return err
		}
		if s == nil {
			return fault.ErrNotFound
		}
		if err := p.resume(ctx, address); err != nil {
			return err
		}
		m, err := p.Get(ctx, s.MailID)
		if errors.Is(err, fault.ErrNotFound) { // deleted since
			m, err = &Mail{ID: s.MailID}, nil
		}
		if err != nil {
			return err
		}
		return audit.Record(ctx, p.db, actor.Actor, entry("mail.resume", m))
	})
}

func (p *Post) resume(ctx context.Context, address string) error {
	if _, err := p.db.Exec(ctx, `DELETE FROM paused_addresses WHERE address = $1`, address); err != nil {
		return fmt.Errorf("resume address: %w", err)
	}
	n, err := p.db.Exec(ctx, `UPDATE mails SET paused_at = NULL WHERE recipient = $1 AND paused_at IS NOT NULL AND state = 'waiting'`, address)
	if err != nil {
		return fmt.Errorf("resume mails: %w", err)
	}
	if n == 0 {
		return nil
	}
	return p.db.Changed(ctx, "mail/resumed")
}

// Moved says that a person has another address now, in ctx's transaction. What tells of cases and what comes daily follows
// there, also from a paused address. Mails of the account do not: their secrets were meant for the old address, and who has
// changed it is sent new ones.
func (p *Post) Moved(ctx context.Context, userID, from, to string) error {
	if err := p.resume(ctx, to); err != nil { // it has been shown to work
		return err
	}
	n, err := p.db.Exec(ctx, `UPDATE mails SET recipient = $1, paused_at = NULL WHERE user_id = $2 AND recipient = $3 AND rank > 0 AND state = 'waiting'`, to, userID, from)
	if err != nil {
		return fmt.Errorf("move mails: %w", err)
	}
	if n == 0 {
		return nil
	}
	return p.db.Changed(ctx, "mail/moved")
}
