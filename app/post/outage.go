package post

import (
	"context"
	"fmt"
	"time"

	"chancery/app/store"
)

// Outage says that the mail server takes nothing: it is not there, does not let us in, or is out of order. There is a row while
// that is so, written by the replica that sends, read by pages.
type Outage struct {
	Since  time.Time
	Reason string // a word: Unreachable, NotSignedIn, SenderRefused, Overloaded
	Answer string // what the server said, if it did
	Tries  int    // how often it was tried since
	NextAt time.Time
}

// TableName is the table of the one row.
func (Outage) TableName() string { return "mail_outage" }

// Outage is the outage there is, or nil.
func (p *Post) Outage(ctx context.Context) (*Outage, error) {
	var o Outage
	ok, err := store.Found(p.db.In(ctx).Take(&o).Error)
	if err != nil {
		return nil, fmt.Errorf("mail outage: %w", err)
	}
	if !ok {
		return nil, nil
	}
	return &o, nil
}

// Down notes an outage, or that it goes on.
func (p *Post) Down(ctx context.Context, o Outage) error {
	err := p.db.In(ctx).Exec(`INSERT INTO mail_outage (id, since, reason, answer, tries, next_at) VALUES ('outage', ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET reason = excluded.reason, answer = excluded.answer, tries = excluded.tries, next_at = excluded.next_at`,
		o.Since, o.Reason, o.Answer, o.Tries, o.NextAt).Error
	if err != nil {
		return fmt.Errorf("note outage: %w", err)
	}
	return nil
}

// Up notes that the mail server takes mails again.
func (p *Post) Up(ctx context.Context) error {
	if _, err := p.db.Exec(ctx, `DELETE FROM mail_outage`); err != nil {
		return fmt.Errorf("note end of outage: %w", err)
	}
	return nil
}
