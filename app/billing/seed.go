package billing

import (
	"context"
	"fmt"
	"time"
)

// Issued is an invoice of the demo practice's past: by whom and when, whether it was withdrawn, and what came for it.
type Issued struct {
	Draft
	By       string
	At       time.Time
	Void     bool
	Payments []Came
}

// Came is a payment of the past, which may have been reversed.
type Came struct {
	Received
	By         string
	At         time.Time
	ReversedAt *time.Time
}

// Seed writes invoices and their payments in bulk, for the demo practice, whose past is made up: no audit tells of it.
func (b *Billing) Seed(ctx context.Context, all []Issued) error {
	var invoices []*Invoice
	var payments []*Payment
	for _, d := range all {
		i, err := made(d.Draft, d.By, d.At)
		if err != nil {
			return fmt.Errorf("seed invoice %s: %w", d.Number, err)
		}
		if d.Void {
			i.Status = Void
		}
		for _, r := range d.Payments {
			p, err := paid(r.Received, i.ID, r.By, r.At, r.ReceivedOn) // whichever day that is
			if err != nil {
				return fmt.Errorf("seed payment of %s: %w", d.Number, err)
			}
			if p.ReversedAt = r.ReversedAt; p.ReversedAt != nil {
				p.ReversedBy = &p.RecordedBy
			} else {
				i.Paid += p.Amount
			}
			payments = append(payments, p)
		}
		invoices = append(invoices, i)
	}
	if len(invoices) == 0 {
		return nil
	}
	return b.db.Tx(ctx, func(ctx context.Context) error {
		if err := b.db.In(ctx).CreateInBatches(invoices, 1000).Error; err != nil {
			return fmt.Errorf("seed invoices: %w", err)
		}
		if len(payments) == 0 {
			return nil
		}
		if err := b.db.In(ctx).CreateInBatches(payments, 1000).Error; err != nil {
			return fmt.Errorf("seed payments: %w", err)
		}
		return nil
	})
}
