package post

import (
	"context"
	"fmt"
	"strings"
	"time"

	"chancery/app/resource"
	"chancery/app/store"
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

// RecordAll writes down what became of tries, all in one transaction; those that were delivered many a statement. A try that
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
		return p.recordDelivered(ctx, delivered, now)
	})
}

func (p *Post) recordDelivered(ctx context.Context, tried []Tried, now time.Time) error {
	if p.db.Dialect() == store.Postgres {
		return p.sayDelivered(ctx, tried, now, 0)
	}
	for len(tried) > 0 { // SQLite has no arrays, and to take JSON apart costs it more than values
		n := 1
		for n*10 <= min(len(tried), deliveredMost) {
			n *= 10
		}
		if err := p.sayDelivered(ctx, tried[:n], now, n); err != nil {
			return err
		}
		tried = tried[n:]
	}
	return nil
}

// deliveredMost is how many mails one statement on SQLite says are delivered. With tens and ones for what is left, there are three statements, which
// stay prepared; one of each length would be parsed and planned nearly each time.
const deliveredMost = 100

// sayDelivered says it of all, by arrays (values 0) or by so many values.
func (p *Post) sayDelivered(ctx context.Context, tried []Tried, now time.Time, values int) error {
	if len(tried) == 0 {
		return nil
	}
	args := make([]any, 1, len(tried)*3+1)
	args[0] = now
	ids, answers, conditions := make([]string, len(tried)), make([]string, len(tried)), make([]string, len(tried))
	for i, t := range tried {
		merged, _ := t.Mail.Conditions.Merge(now, t.Outcome.Found)
		written, err := merged.Value()
		if err != nil {
			return err
		}
		ids[i], answers[i], conditions[i] = t.Mail.ID, t.Outcome.Answer, written.(string)
		args = append(args, ids[i], answers[i], conditions[i])
	}
	said := `unnest($2::text[], $3::text[], $4::text[]) said (id, answer, conditions)`
	if values == 0 {
		args = []any{now, ids, answers, conditions}
	} else {
		said = `(SELECT column1 AS id, column2 AS answer, column3 AS conditions FROM (VALUES ` + strings.Repeat("(?, ?, ?), ", values-1) + `(?, ?, ?))) said`
	}
	_, err := p.db.Exec(ctx, `UPDATE mails SET state = 'delivered', answer = said.answer, conditions = said.conditions, observed = generation, delivered_at = $1
		FROM `+said+` WHERE mails.id = said.id AND state = 'sending'`, args...)
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
