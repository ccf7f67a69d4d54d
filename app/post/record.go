package post

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"chancery/app/resource"
)

// Outcome is what became of a try.
type Outcome struct {
	State   State     // Delivered, Failed, or Waiting for another try
	Next    time.Time // when to try again, for Waiting
	Answer  string    // the server's word
	Found   resource.Condition
	Untried bool // it was no try of this mail: it is not counted, and the server's word of before stays
	Paused  bool // for Waiting: its address is paused, if it still is
	Dead    bool // the server has refused the address for good: mails to it wait until that is put right (B-23)
}

// Tried is a mail that was taken up, and what became of it.
type Tried struct {
	Mail    Mail
	Outcome Outcome
}

// Record writes down what became of one try.
func (p *Post) Record(ctx context.Context, m *Mail, o Outcome) error {
	return p.RecordAll(ctx, []Tried{{*m, o}})
}

// RecordAll writes down what became of tries, all in one transaction; those that were delivered a hundred a statement. A try that
// another process has since overtaken changes nothing, but that it was delivered counts whoever says it.
func (p *Post) RecordAll(ctx context.Context, tried []Tried) error {
	return p.db.Tx(ctx, func(ctx context.Context) error {
		now := p.db.Now()
		var delivered []Tried
		for _, t := range tried {
			if t.Outcome.State == Delivered {
				delivered = append(delivered, t)
				continue
			}
			if err := p.recordOther(ctx, t, now); err != nil {
				return err
			}
		}
		for some := range slices.Chunk(delivered, deliveredMost) {
			if err := p.recordDelivered(ctx, some, now); err != nil {
				return err
			}
		}
		return nil
	})
}

// deliveredMost is how many mails one statement says are delivered.
const deliveredMost = 100

func (p *Post) recordDelivered(ctx context.Context, tried []Tried, now time.Time) error {
	args := make([]any, 0, len(tried)*3+1)
	for _, t := range tried {
		merged, _ := t.Mail.Conditions.Merge(now, t.Outcome.Found)
		args = append(args, t.Mail.ID, t.Outcome.Answer, merged)
	}
	err := p.db.In(ctx).Exec(`WITH said (id, answer, conditions) AS (VALUES `+strings.Repeat("(?, ?, ?), ", len(tried)-1)+`(?, ?, ?))
		UPDATE mails SET state = 'delivered', answer = said.answer, conditions = said.conditions, observed = generation, delivered_at = ?
		FROM said WHERE mails.id = said.id AND state = 'sending'`, append(args, now)...).Error
	if err != nil {
		return fmt.Errorf("record mails: %w", err)
	}
	return nil
}

func (p *Post) recordOther(ctx context.Context, t Tried, now time.Time) error {
	m, o := t.Mail, t.Outcome
	conditions, answer, observed, untried := m.Conditions, o.Answer, m.Observed, 0
	if o.Untried {
		answer, untried = m.Answer, 1
	}
	if o.Found.Type != "" {
		conditions, _ = m.Conditions.Merge(now, o.Found)
	}
	if o.State == Failed {
		observed = m.Generation
	}
	next := o.Next
	if next.IsZero() {
		next = m.NextTryAt
	}
	undated := o.Untried && m.Tries <= 1 && !m.MayHaveArrived() // its first try is still to come
	address := ""                                               // which is nobody's
	if o.Paused {
		address = m.Recipient
	}
	err := p.db.In(ctx).Exec(`UPDATE mails SET state = ?, next_try_at = ?, answer = ?, conditions = ?, observed = ?, tries = tries - ?,
			dated_at = CASE WHEN ? THEN NULL ELSE dated_at END, paused_at = (SELECT since FROM paused_addresses WHERE address = ?)
		WHERE id = ? AND state = 'sending' AND takes = ?`,
		o.State, next.UTC().Truncate(time.Microsecond), answer, conditions, observed, untried, undated, address, m.ID, m.Takes).Error
	if err != nil {
		return fmt.Errorf("record mail: %w", err)
	}
	if o.Dead {
		return p.pause(ctx, m, answer, now)
	}
	return nil
}

// GiveUp notes that a mail is not to be sent any more, and why.
func (p *Post) GiveUp(ctx context.Context, m *Mail, found resource.Condition) error {
	conditions, _ := m.Conditions.Merge(p.db.Now(), found)
	err := p.db.In(ctx).Exec(`UPDATE mails SET state = 'failed', conditions = ?, observed = generation WHERE id = ? AND state IN ('waiting', 'sending')`,
		conditions, m.ID).Error
	if err != nil {
		return fmt.Errorf("give up mail: %w", err)
	}
	return nil
}
