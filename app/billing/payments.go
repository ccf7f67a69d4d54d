package billing

import (
	"context"
	"fmt"
	"slices"
	"time"

	"chancery/app/access"
	"chancery/app/audit"
	"chancery/app/fault"
	"chancery/app/store"
)

// Payment is money that came for an invoice, in its currency.
type Payment struct {
	ID         string
	InvoiceID  string
	Amount     int64
	Method     string // one of Methods
	ReceivedOn string
	Note       string
	ExternalID *string
	RecordedBy string
	CreatedAt  time.Time
	ReversedAt *time.Time
	ReversedBy *string
}

// Methods are the ways in which money comes.
func Methods() []string { return []string{"transfer", "card", "cheque", "cash", "other"} }

// Received is a payment that is to be recorded.
type Received struct {
	Amount     int64
	Method     string
	ReceivedOn string
	Note       string
	ExternalID string
}

// Record notes that money has come for an invoice. It needs payments.record, invoices.view and the case, and returns *fault.Invalid on
// "amount" (more than is left, too), "method", "received_on" (a day after the practice's own, too) or "note", *fault.Refused for a void one, or fault.ErrNotFound.
func (b *Billing) Record(ctx context.Context, actor access.Actor, invoiceID string, r Received) (*Payment, error) {
	if err := actor.Must(access.PaymentsRecord); err != nil {
		return nil, err
	}
	today, err := b.today(ctx)
	if err != nil {
		return nil, err
	}
	p, err := paid(r, invoiceID, actor.ID, b.db.Now(), today)
	if err != nil {
		return nil, err
	}
	if r.ExternalID != "" {
		p.ExternalID = &r.ExternalID
	}
	err = b.db.Tx(ctx, func(ctx context.Context) error {
		i, err := b.hold(ctx, actor, invoiceID)
		if err != nil {
			return err
		}
		if p.ExternalID != nil {
			var known Payment
			ok, err := store.Found(b.db.In(ctx).Where("external_id = ?", r.ExternalID).Take(&known).Error)
			switch {
			case err != nil:
				return fmt.Errorf("payment that came before: %w", err)
			case ok && known.InvoiceID != invoiceID:
				return fault.Refuse("billing.elsewhere")
			case ok:
				*p = known
				return nil
			}
		}
		switch {
		case i.Status == Void:
			return fault.Refuse("billing.void")
		case p.Amount > i.Left():
			return fault.Field1("amount", "billing.too-much", "Left", sum(i.Left(), i.Currency))
		}
		err = b.db.In(ctx).Create(p).Error
		if store.Violated(err, "payments_external", "payments.external_id") { // another invoice's came at the same moment
			return fault.Refuse("billing.elsewhere")
		}
		if err != nil {
			return fmt.Errorf("record payment: %w", err)
		}
		if err := b.pay(ctx, i, p.Amount); err != nil {
			return err
		}
		return b.note(ctx, actor, i, "payment.record", []audit.Change{{Field: "number", After: i.Number}, {Field: "amount", After: sum(p.Amount, i.Currency)}})
	})
	if err != nil {
		return nil, err
	}
	return p, nil
}

// today is the practice's day.
func (b *Billing) today(ctx context.Context) (string, error) {
	org, err := b.staff.Organization(ctx)
	if err != nil {
		return "", err
	}
	return org.Day(b.db.Now()), nil
}

// paid is the row of a new payment, or *fault.Invalid.
func paid(r Received, invoiceID, by string, now time.Time, today string) (*Payment, error) {
	bad := &fault.Invalid{}
	p := &Payment{ID: store.NewID(), InvoiceID: invoiceID, Amount: r.Amount, Method: r.Method, ReceivedOn: day(bad, "received_on", r.ReceivedOn),
		Note: line(bad, "note", r.Note, false), RecordedBy: by, CreatedAt: now}
	amount(bad, p.Amount)
	if p.ReceivedOn > today {
		bad.Add("received_on", "billing.not-yet")
	}
	if !slices.Contains(Methods(), p.Method) {
		bad.Add("method", "billing.no-method")
	}
	return p, bad.Err()
}

// Reverse takes back a payment that was recorded by mistake, or that did not come after all; twice does no harm. It needs
// payments.record and the case.
func (b *Billing) Reverse(ctx context.Context, actor access.Actor, paymentID string) error {
	if err := actor.Must(access.PaymentsRecord); err != nil {
		return err
	}
	return b.db.Tx(ctx, func(ctx context.Context) error {
		var p Payment
		ok, err := store.Found(b.db.In(ctx).Where("id = ?", paymentID).Take(&p).Error)
		switch {
		case err != nil:
			return fmt.Errorf("payment: %w", err)
		case !ok:
			return fault.ErrNotFound
		}
		i, err := b.hold(ctx, actor, p.InvoiceID)
		if err != nil {
			return err
		}
		n, err := b.db.Exec(ctx, `UPDATE payments SET reversed_at = $1, reversed_by = $2 WHERE id = $3 AND reversed_at IS NULL`, b.db.Now(), actor.ID, paymentID)
		if err != nil {
			return fmt.Errorf("reverse payment: %w", err)
		}
		if n == 0 {
			return nil
		}
		if err := b.pay(ctx, i, -p.Amount); err != nil {
			return err
		}
		return b.note(ctx, actor, i, "payment.reverse", []audit.Change{{Field: "number", After: i.Number}, {Field: "amount", Before: sum(p.Amount, i.Currency)}})
	})
}

// pay changes what was paid for an invoice that is held.
func (b *Billing) pay(ctx context.Context, i *Invoice, by int64) error {
	_, err := b.db.Exec(ctx, `UPDATE invoices SET paid = paid + $1, generation = generation + 1, updated_at = $2 WHERE id = $3`, by, b.db.Now(), i.ID)
	if err != nil {
		return fmt.Errorf("sum of payments: %w", err)
	}
	return nil
}
