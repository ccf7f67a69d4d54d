package api

import (
	"context"
	"net/http"
	"time"

	"chancery/app/access"
	"chancery/app/billing"
)

// Invoice is what a client owes for a case.
type Invoice struct {
	ID         string    `json:"id"`
	CaseID     string    `json:"case_id"`
	Number     string    `json:"number"`
	Title      string    `json:"title"`
	Currency   string    `json:"currency" minLength:"3" maxLength:"3" example:"CAD"`
	Amount     int64     `json:"amount" minimum:"1" doc:"In minor units."`
	Paid       int64     `json:"paid" minimum:"0"`
	Status     string    `json:"status" enum:"open,void"`
	IssuedOn   string    `json:"issued_on" format:"date"`
	DueOn      string    `json:"due_on" format:"date"`
	ExternalID *string   `json:"external_id"`
	UpdatedAt  time.Time `json:"updated_at"`
}

func (i Invoice) address() string { return "/invoices/" + i.ID }

func invoiceOf(i *billing.Invoice) Invoice {
	return Invoice{ID: i.ID, CaseID: i.CaseID, Number: i.Number, Title: i.Title, Currency: i.Currency, Amount: i.Amount, Paid: i.Paid, Status: string(i.Status), IssuedOn: i.IssuedOn, DueOn: i.DueOn,
		ExternalID: i.ExternalID, UpdatedAt: i.UpdatedAt}
}

// InvoiceDraft is what an invoice is to be.
type InvoiceDraft struct {
	Number     string `json:"number" minLength:"1" maxLength:"200"`
	Title      string `json:"title,omitempty" maxLength:"200"`
	Currency   string `json:"currency" minLength:"3" maxLength:"3" example:"CAD"`
	Amount     int64  `json:"amount" minimum:"1" maximum:"1000000000000" doc:"In minor units."`
	IssuedOn   string `json:"issued_on" format:"date"`
	DueOn      string `json:"due_on" format:"date"`
	ExternalID string `json:"external_id,omitempty" maxLength:"200" doc:"One that is here already is answered as it is."`
}

// Payment is money that came for an invoice, in its currency.
type Payment struct {
	ID         string     `json:"id"`
	InvoiceID  string     `json:"invoice_id"`
	Amount     int64      `json:"amount" minimum:"1"`
	Method     string     `json:"method" enum:"transfer,card,cheque,cash,other"`
	ReceivedOn string     `json:"received_on" format:"date"`
	Note       string     `json:"note"`
	ExternalID *string    `json:"external_id"`
	ReversedAt *time.Time `json:"reversed_at"`
}

func (p Payment) address() string { return "/payments/" + p.ID }

func paymentOf(p *billing.Payment) Payment {
	return Payment{ID: p.ID, InvoiceID: p.InvoiceID, Amount: p.Amount, Method: p.Method, ReceivedOn: p.ReceivedOn, Note: p.Note, ExternalID: p.ExternalID, ReversedAt: p.ReversedAt}
}

// PaymentDraft is a payment that is to be recorded.
type PaymentDraft struct {
	Amount     int64  `json:"amount" minimum:"1" maximum:"1000000000000"`
	Method     string `json:"method" enum:"transfer,card,cheque,cash,other"`
	ReceivedOn string `json:"received_on" format:"date"`
	Note       string `json:"note,omitempty" maxLength:"200"`
	ExternalID string `json:"external_id,omitempty" maxLength:"200" doc:"One that is here already is answered as it is."`
}

func (a *API) invoices() {
	on(a, operation{method: http.MethodGet, path: "/cases/{id}/invoices", id: "list-invoices", tag: "Invoices", summary: "List the invoices of a case, newest first", scope: access.InvoicesView, also: []access.Permission{access.CasesView}},
		func(ctx context.Context, who access.Actor, in *ByID) (*one[list[Invoice]], error) {
			rows, _, err := a.Billing.Invoices(ctx, who, in.ID)
			if err != nil {
				return nil, err
			}
			all := make([]Invoice, len(rows))
			for i := range rows {
				all[i] = invoiceOf(&rows[i])
			}
			return listOf(all, ""), nil
		})
	type creation struct {
		ByID
		Keyed
		Body InvoiceDraft
	}
	on(a, operation{method: http.MethodPost, path: "/cases/{id}/invoices", id: "create-invoice", tag: "Invoices", summary: "Write an invoice", scope: access.InvoicesEdit, also: []access.Permission{access.CasesView}, status: http.StatusCreated},
		func(ctx context.Context, who access.Actor, in *creation) (*made[Invoice], error) {
			return create(ctx, a, in.Keyed, func(ctx context.Context) (Invoice, string, error) {
				b := in.Body
				i, err := a.Billing.Issue(ctx, who, billing.Draft{CaseID: in.ID, Number: b.Number, Title: b.Title, Currency: b.Currency, Amount: b.Amount, IssuedOn: b.IssuedOn, DueOn: b.DueOn, ExternalID: b.ExternalID})
				if err != nil {
					return Invoice{}, "", err
				}
				return invoiceOf(i), "", nil
			})
		})
	on(a, operation{method: http.MethodGet, path: "/invoices/{id}", id: "get-invoice", tag: "Invoices", summary: "Get an invoice", scope: access.InvoicesView, also: []access.Permission{access.CasesView}},
		func(ctx context.Context, who access.Actor, in *ByID) (*one[Invoice], error) {
			return a.invoice(ctx, who, in.ID)
		})
	on(a, operation{method: http.MethodGet, path: "/invoices/{id}/payments", id: "list-payments", tag: "Invoices", summary: "List the payments of an invoice, oldest first", scope: access.PaymentsView, also: []access.Permission{access.InvoicesView, access.CasesView}},
		func(ctx context.Context, who access.Actor, in *ByID) (*one[list[Payment]], error) {
			i, err := a.Billing.Invoice(ctx, who, in.ID) // which needs invoices.view besides
			if err != nil {
				return nil, err
			}
			of, err := a.Billing.Payments(ctx, who, i.CaseID)
			if err != nil {
				return nil, err
			}
			rows := of[i.ID]
			all := make([]Payment, len(rows))
			for n := range rows {
				all[n] = paymentOf(&rows[n].Payment)
			}
			return listOf(all, ""), nil
		})
	type paying struct {
		ByID
		Keyed
		Body PaymentDraft
	}
	on(a, operation{method: http.MethodPost, path: "/invoices/{id}/payments", id: "record-payment", tag: "Invoices", summary: "Record a payment", scope: access.PaymentsRecord, also: []access.Permission{access.InvoicesView, access.CasesView}, status: http.StatusCreated},
		func(ctx context.Context, who access.Actor, in *paying) (*made[Payment], error) {
			return create(ctx, a, in.Keyed, func(ctx context.Context) (Payment, string, error) {
				b := in.Body
				p, err := a.Billing.Record(ctx, who, in.ID, billing.Received{Amount: b.Amount, Method: b.Method, ReceivedOn: b.ReceivedOn, Note: b.Note, ExternalID: b.ExternalID})
				if err != nil {
					return Payment{}, "", err
				}
				return paymentOf(p), "", nil
			})
		})
	on(a, operation{method: http.MethodPut, path: "/invoices/{id}/voiding", id: "void-invoice", tag: "Invoices", summary: "Void an invoice for which nothing was paid", scope: access.InvoicesEdit, also: []access.Permission{access.InvoicesView, access.CasesView}},
		func(ctx context.Context, who access.Actor, in *ByID) (*one[Invoice], error) {
			if err := a.Billing.Withdraw(ctx, who, in.ID); err != nil {
				return nil, err
			}
			return a.invoice(ctx, who, in.ID)
		})
	on(a, operation{method: http.MethodGet, path: "/payments/{id}", id: "get-payment", tag: "Invoices", summary: "Get a payment", scope: access.PaymentsView, also: []access.Permission{access.InvoicesView, access.CasesView}},
		func(ctx context.Context, who access.Actor, in *ByID) (*one[Payment], error) { // needs invoices.view besides
			return a.payment(ctx, who, in.ID)
		})
	on(a, operation{method: http.MethodPut, path: "/payments/{id}/reversal", id: "reverse-payment", tag: "Invoices", summary: "Take back a payment that did not come after all", scope: access.PaymentsRecord, also: []access.Permission{access.PaymentsView, access.InvoicesView, access.CasesView}},
		func(ctx context.Context, who access.Actor, in *ByID) (*one[Payment], error) {
			if err := a.Billing.Reverse(ctx, who, in.ID); err != nil {
				return nil, err
			}
			return a.payment(ctx, who, in.ID)
		})
}

func (a *API) invoice(ctx context.Context, who access.Actor, id string) (*one[Invoice], error) {
	i, err := a.Billing.Invoice(ctx, who, id)
	if err != nil {
		return nil, err
	}
	return &one[Invoice]{Body: invoiceOf(i)}, nil
}

func (a *API) payment(ctx context.Context, who access.Actor, id string) (*one[Payment], error) {
	p, err := a.Billing.Payment(ctx, who, id)
	if err != nil {
		return nil, err
	}
	return &one[Payment]{Body: paymentOf(p)}, nil
}
