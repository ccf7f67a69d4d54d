// Package billing knows what clients owe for a case, and what they have paid.
//
// It is small on purpose: it makes the rights of S1-24 real (who may see invoices, write them, see payments, record them), and is
// no accounting. Whoever sees none of it by their role has it added by a profile such as "Collections".
//
// # Money
//
// An amount is a whole number of the smallest unit of its currency (ISO 4217): 1250 CAD are 12.50, 1250 JPY are 1,250. It is never a
// float, and amounts of two currencies are never added. An invoice has one currency, which its payments share.
//
// The sum paid stands on the invoice. It is changed with each payment in one statement, and the database refuses one below
// zero or beyond the amount: of two who record the same payment at once, one is told.
//
// # Nothing goes away
//
// A payment that was recorded by mistake is reversed, and stays; an invoice is voided. Neither is deleted (S1-15).
package billing

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"chancery/app/access"
	"chancery/app/audit"
	"chancery/app/cases"
	"chancery/app/fault"
	"chancery/app/staff"
	"chancery/app/store"
)

// Status of an invoice.
type Status string

// The statuses. Whether an open one is paid, or overdue, follows from its numbers (State).
const (
	Open Status = "open"
	Void Status = "void"
)

// Invoice is what a client owes for a case. Days are YYYY-MM-DD, amounts in minor units.
type Invoice struct {
	ID         string
	CaseID     string
	Number     string // unique, however it is capitalized
	Title      string
	Currency   string
	Amount     int64
	Paid       int64
	Status     Status
	IssuedOn   string
	DueOn      string
	ExternalID *string
	CreatedBy  string
	Generation int64
	CreatedAt  time.Time
	UpdatedAt  time.Time
}

// State is how an invoice stands: "void", "paid", "overdue" or "open". today is the practice's day.
func (i *Invoice) State(today string) string {
	switch {
	case i.Status == Void:
		return "void"
	case i.Paid >= i.Amount:
		return "paid"
	case i.DueOn < today:
		return "overdue"
	}
	return "open"
}

// Left is what is still to be paid.
func (i *Invoice) Left() int64 { return i.Amount - i.Paid }

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

// amountMost bounds an amount: a thousand billions of minor units, which every JSON reader keeps exactly.
const amountMost = 1_000_000_000_000

const textMax = 200

// Billing is the room.
type Billing struct {
	db    *store.DB
	cases *cases.Cases
	staff *staff.Staff
}

// New opens the room.
func New(db *store.DB, files *cases.Cases, people *staff.Staff) *Billing {
	return &Billing{db: db, cases: files, staff: people}
}

// Draft is what an invoice is to be.
type Draft struct {
	CaseID     string
	Number     string
	Title      string
	Currency   string
	Amount     int64
	IssuedOn   string
	DueOn      string
	ExternalID string
}

// Issue writes an invoice. One whose external id is here already is returned as it is. It needs invoices.edit and the case,
// and returns *fault.Invalid, or fault.ErrNotFound.
func (b *Billing) Issue(ctx context.Context, actor access.Actor, d Draft) (*Invoice, error) {
	if err := actor.Must(access.InvoicesEdit); err != nil {
		return nil, err
	}
	i, err := made(d, actor.ID, b.db.Now())
	if err != nil {
		return nil, err
	}
	if d.ExternalID != "" {
		i.ExternalID = &d.ExternalID
	}
	err = b.db.Tx(ctx, func(ctx context.Context) error {
		if _, err := b.cases.Hold(ctx, actor, d.CaseID); err != nil {
			return err
		}
		if i.ExternalID != nil {
			var known Invoice
			ok, err := store.Found(b.db.In(ctx).Where("external_id = ?", d.ExternalID).Take(&known).Error)
			switch {
			case err != nil:
				return fmt.Errorf("invoice that came before: %w", err)
			case ok && known.CaseID != d.CaseID:
				return fault.Refuse("billing.elsewhere")
			case ok:
				*i = known
				return nil
			}
		}
		err := b.db.In(ctx).Create(i).Error
		if store.Violated(err, "invoices_number", "") {
			return fault.Field1("number", "billing.number-taken")
		}
		if store.Violated(err, "invoices_external", "invoices.external_id") { // another case's came at the same moment
			return fault.Refuse("billing.elsewhere")
		}
		if err != nil {
			return fmt.Errorf("issue invoice: %w", err)
		}
		return b.note(ctx, actor, i, "invoice.create", []audit.Change{{Field: "number", After: i.Number}, {Field: "amount", After: sum(i.Amount, i.Currency)}})
	})
	if err != nil {
		return nil, err
	}
	return i, nil
}

// made is the row of a new invoice, or *fault.Invalid.
func made(d Draft, by string, now time.Time) (*Invoice, error) {
	bad := &fault.Invalid{}
	i := &Invoice{ID: store.NewID(), CaseID: d.CaseID, Number: line(bad, "number", d.Number, true), Title: line(bad, "title", d.Title, false),
		Currency: strings.ToUpper(strings.TrimSpace(d.Currency)), Amount: d.Amount, Status: Open, IssuedOn: day(bad, "issued_on", d.IssuedOn),
		DueOn: day(bad, "due_on", d.DueOn), CreatedBy: by, Generation: 1, CreatedAt: now, UpdatedAt: now}
	if _, ok := Digits(i.Currency); !ok {
		bad.Add("currency", "billing.no-currency")
	}
	amount(bad, i.Amount)
	if i.DueOn != "" && i.DueOn < i.IssuedOn {
		bad.Add("due_on", "billing.due-before")
	}
	return i, bad.Err()
}

// Withdraw voids an invoice for which nothing was paid; twice does no harm. It needs invoices.edit and the case, and returns
// *fault.Refused where something was paid: that has to be reversed first.
func (b *Billing) Withdraw(ctx context.Context, actor access.Actor, id string) error {
	if err := actor.Must(access.InvoicesEdit); err != nil {
		return err
	}
	return b.db.Tx(ctx, func(ctx context.Context) error {
		i, err := b.hold(ctx, actor, id)
		switch {
		case err != nil:
			return err
		case i.Status == Void:
			return nil
		case i.Paid > 0:
			return fault.Refuse("billing.has-payments")
		}
		_, err = b.db.Exec(ctx, `UPDATE invoices SET status = 'void', generation = generation + 1, updated_at = $1 WHERE id = $2`, b.db.Now(), id)
		if err != nil {
			return fmt.Errorf("void invoice: %w", err)
		}
		return b.note(ctx, actor, i, "invoice.void", []audit.Change{{Field: "number", Before: i.Number, After: i.Number}})
	})
}

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

// hold locks an invoice of a case that the actor sees, the case first. It needs invoices.view.
func (b *Billing) hold(ctx context.Context, actor access.Actor, id string) (*Invoice, error) {
	if err := actor.Must(access.InvoicesView); err != nil {
		return nil, err
	}
	var caseID string
	ok, err := store.One(b.db.In(ctx).Raw(`SELECT case_id FROM invoices WHERE id = ?`, id), &caseID)
	switch {
	case err != nil:
		return nil, fmt.Errorf("invoice: %w", err)
	case !ok:
		return nil, fault.ErrNotFound
	}
	if _, err := b.cases.Hold(ctx, actor, caseID); err != nil {
		return nil, err
	}
	var i Invoice
	if err := store.Locked(b.db.In(ctx)).Where("id = ?", id).Take(&i).Error; err != nil {
		return nil, fmt.Errorf("hold invoice: %w", err)
	}
	return &i, nil
}

// pay changes what was paid for an invoice that is held.
func (b *Billing) pay(ctx context.Context, i *Invoice, by int64) error {
	_, err := b.db.Exec(ctx, `UPDATE invoices SET paid = paid + $1, generation = generation + 1, updated_at = $2 WHERE id = $3`, by, b.db.Now(), i.ID)
	if err != nil {
		return fmt.Errorf("sum of payments: %w", err)
	}
	return nil
}

func (b *Billing) note(ctx context.Context, actor access.Actor, i *Invoice, action string, changes []audit.Change) error {
	if err := b.db.Changed(ctx, "case/"+i.CaseID); err != nil {
		return err
	}
	return audit.Record(ctx, b.db, actor.Actor, audit.Entry{Action: action, Kind: "case", ID: i.CaseID, Changes: changes})
}

func amount(bad *fault.Invalid, n int64) {
	if n <= 0 || n > amountMost {
		bad.Add("amount", "billing.no-amount")
	}
}

func day(bad *fault.Invalid, field, s string) string {
	if at, err := time.Parse(time.DateOnly, s); err != nil || at.Year() < 2000 || at.Year() > 2100 {
		bad.Add(field, "billing.no-day")
		return ""
	}
	return s
}

// line is one line of text.
func line(bad *fault.Invalid, field, s string, needed bool) string {
	s = strings.Join(strings.Fields(s), " ")
	switch n := utf8.RuneCountInString(s); {
	case n == 0 && needed:
		bad.Add(field, "billing.empty")
	case n > textMax:
		bad.Add(field, "billing.too-long", "Max", textMax, "Count", n)
	}
	return s
}
