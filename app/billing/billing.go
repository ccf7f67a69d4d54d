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
