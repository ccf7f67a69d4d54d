package billing

import (
	"context"
	"fmt"

	"chancery/app/access"
	"chancery/app/cases"
	"chancery/app/fault"
	"chancery/app/store"
)

// Total is what is open and paid of a case's invoices in one currency.
type Total struct {
	Currency          string
	Invoiced, Settled int64
}

// Invoices are those of a case, the newest first, and their totals by currency, void ones apart. They need invoices.view and
// the case.
func (b *Billing) Invoices(ctx context.Context, actor access.Actor, caseID string) (all []Invoice, totals []Total, err error) {
	if err := actor.Must(access.InvoicesView); err != nil {
		return nil, nil, err
	}
	if err := b.cases.MustSee(ctx, actor, caseID); err != nil {
		return nil, nil, err
	}
	if err := b.db.In(ctx).Where("case_id = ?", caseID).Order("issued_on DESC, id DESC").Find(&all).Error; err != nil {
		return nil, nil, fmt.Errorf("invoices: %w", err)
	}
	err = b.db.In(ctx).Raw(`SELECT currency, sum(amount) AS invoiced, sum(paid) AS settled FROM invoices WHERE case_id = ? AND status = 'open' GROUP BY currency ORDER BY currency`, caseID).Scan(&totals).Error
	if err != nil {
		return nil, nil, fmt.Errorf("totals: %w", err)
	}
	return all, totals, nil
}

// Unpaid is how many invoices of a case are not paid yet. It needs invoices.view and the case.
func (b *Billing) Unpaid(ctx context.Context, actor access.Actor, caseID string) (n int64, err error) {
	if err := actor.Must(access.InvoicesView); err != nil {
		return 0, err
	}
	where, args, err := cases.Seen(actor)
	if err != nil {
		return 0, err
	}
	err = b.db.In(ctx).Raw(`SELECT count(*) FROM invoices i JOIN cases k ON k.id = i.case_id WHERE i.case_id = ? AND i.status = 'open' AND i.paid < i.amount AND `+where, append([]any{caseID}, args...)...).Scan(&n).Error
	if err != nil {
		return 0, fmt.Errorf("unpaid invoices: %w", err)
	}
	return n, nil
}

// Invoice is one of a case that the actor sees, or fault.ErrNotFound. It needs invoices.view.
func (b *Billing) Invoice(ctx context.Context, actor access.Actor, id string) (*Invoice, error) {
	if err := actor.Must(access.InvoicesView); err != nil {
		return nil, err
	}
	where, args, err := cases.Seen(actor)
	if err != nil {
		return nil, err
	}
	var i Invoice
	ok, err := store.One(b.db.In(ctx).Raw(`SELECT i.* FROM invoices i JOIN cases k ON k.id = i.case_id WHERE i.id = ? AND `+where, append([]any{id}, args...)...), &i)
	switch {
	case err != nil:
		return nil, fmt.Errorf("invoice: %w", err)
	case !ok:
		return nil, fault.ErrNotFound
	}
	return &i, nil
}

// Payment is one for an invoice of a case that the actor sees, or fault.ErrNotFound. It needs payments.view and invoices.view.
func (b *Billing) Payment(ctx context.Context, actor access.Actor, id string) (*Payment, error) {
	if err := actor.Must(access.PaymentsView); err != nil {
		return nil, err
	}
	if err := actor.Must(access.InvoicesView); err != nil {
		return nil, err
	}
	where, args, err := cases.Seen(actor)
	if err != nil {
		return nil, err
	}
	var p Payment
	ok, err := store.One(b.db.In(ctx).Raw(`SELECT p.* FROM payments p JOIN invoices i ON i.id = p.invoice_id JOIN cases k ON k.id = i.case_id WHERE p.id = ? AND `+where, append([]any{id}, args...)...), &p)
	switch {
	case err != nil:
		return nil, fmt.Errorf("payment: %w", err)
	case !ok:
		return nil, fault.ErrNotFound
	}
	return &p, nil
}

// Entry is a payment as a list shows it, with who recorded it.
type Entry struct {
	Payment
	FirstName   string
	LastName    string
	DisplayName string
}

// Payments are those of a case's invoices, by invoice, the newest last. They need payments.view and the case.
func (b *Billing) Payments(ctx context.Context, actor access.Actor, caseID string) (map[string][]Entry, error) {
	if err := actor.Must(access.PaymentsView); err != nil {
		return nil, err
	}
	if err := b.cases.MustSee(ctx, actor, caseID); err != nil {
		return nil, err
	}
	var all []Entry
	err := b.db.In(ctx).Raw(`SELECT p.*, COALESCE(u.first_name, '') AS first_name, COALESCE(u.last_name, '') AS last_name, COALESCE(u.display_name, '') AS display_name
		FROM payments p JOIN invoices i ON i.id = p.invoice_id LEFT JOIN users u ON u.id = p.recorded_by
		WHERE i.case_id = ? ORDER BY p.received_on, p.id`, caseID).Scan(&all).Error
	if err != nil {
		return nil, fmt.Errorf("payments: %w", err)
	}
	by := map[string][]Entry{}
	for _, p := range all {
		by[p.InvoiceID] = append(by[p.InvoiceID], p)
	}
	return by, nil
}
