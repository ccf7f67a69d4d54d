package web

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"chancery/app/access"
	"chancery/app/billing"
	"chancery/app/fault"
	"chancery/app/staff"
	"chancery/views"
)

// casesBillingShowView is what a client owes for a case, and what was paid (S1-24).
type casesBillingShowView struct {
	views.Page
	Head     caseHead
	Totals   []billTotal
	Invoices []billLine
	New      string // "" for who may not
	Paid     bool   // the reader sees payments
}

// billTotal is what of a case is invoiced and paid in one currency.
type billTotal struct{ Invoiced, Settled, Left string }

// billLine is an invoice with what can be done about it.
type billLine struct {
	Number   string
	Title    string
	Amount   string
	Settled  string // with who sees payments
	Left     string
	Issued   views.Time
	Due      views.Time
	State    string // for the mark beside it
	StateIs  string // in words
	Payments []paymentLine
	Pay      string // URLs; "" for who may not, or where there is nothing to do
	Void     string
}

// paymentLine is a payment, with who wrote it down.
type paymentLine struct {
	Amount   string
	Method   string
	Note     string
	By       string
	Day      views.Time
	Reversed string // in words; "" for one that stands
	Reverse  string
}

// money writes an amount in the reader's language.
func money(l views.Locale, n int64, currency string) string {
	digits, _ := billing.Digits(currency)
	return l.Money(n, digits, currency)
}

// casesBillingShow is a case's invoices with their payments; each part by its own right.
func (w *Web) casesBillingShow(r *request) error {
	head, s, err := w.caseHeadOf(r, r.Params("id"), "billing")
	if err != nil {
		return err
	}
	can, l := r.cur.Rights.Can, r.locale(w)
	v := casesBillingShowView{Page: w.page(r, "billing.tab", "cases"), Head: head, Paid: can(access.PaymentsView)}
	v.Title, v.Notice = s.Number+" · "+v.Title, w.said(r, "billing.done.", "issued", "voided", "recorded", "reversed")
	invoices, totals, err := w.Billing.Invoices(r.ctx, r.actor(), s.ID)
	if err != nil {
		return err
	}
	payments := map[string][]billing.Entry{}
	if v.Paid {
		if payments, err = w.Billing.Payments(r.ctx, r.actor(), s.ID); err != nil {
			return err
		}
	}
	if can(access.InvoicesEdit) {
		v.New = head.URL + "/invoices/new"
	}
	for _, t := range totals {
		line := billTotal{Invoiced: money(l, t.Invoiced, t.Currency)}
		if v.Paid {
			line.Settled, line.Left = money(l, t.Settled, t.Currency), money(l, t.Invoiced-t.Settled, t.Currency)
		}
		v.Totals = append(v.Totals, line)
	}
	today := w.practiceDay(r)
	for i := range invoices {
		v.Invoices = append(v.Invoices, w.billLine(r, l, &invoices[i], payments[invoices[i].ID], head.URL, today))
	}
	return w.render(r, fiber.StatusOK, "cases/billing/show", v)
}

// stateMarks are the colours of an invoice's states.
var stateMarks = map[string]string{"open": "waiting", "paid": "ok", "overdue": "failed", "void": "inactive"}

func (w *Web) billLine(r *request, l views.Locale, i *billing.Invoice, payments []billing.Entry, base, today string) billLine {
	can, state := r.cur.Rights.Can, i.State(today)
	line := billLine{Number: i.Number, Title: i.Title, Amount: money(l, i.Amount, i.Currency), Issued: dayOnly(l, i.IssuedOn), Due: dayOnly(l, i.DueOn), State: stateMarks[state], StateIs: l.T(message("billing.state." + state))}
	at := base + "/invoices/" + i.ID
	if can(access.PaymentsView) {
		line.Settled = money(l, i.Paid, i.Currency)
		if i.Status != billing.Void {
			line.Left = money(l, i.Left(), i.Currency)
		}
	}
	if can(access.PaymentsRecord) && i.Status == billing.Open && i.Left() > 0 {
		line.Pay = at + "/payments/new"
	}
	if can(access.InvoicesEdit) && i.Status == billing.Open && i.Paid == 0 {
		line.Void = at + "/voiding/new"
	}
	for j := range payments {
		p := &payments[j]
		one := paymentLine{Amount: money(l, p.Amount, i.Currency), Method: l.T(message("billing.method." + p.Method)), Note: p.Note, Day: dayOnly(l, p.ReceivedOn), By: staff.DisplayName(p.FirstName, p.LastName, p.DisplayName)}
		switch {
		case p.ReversedAt != nil:
			one.Reversed = l.T(message("billing.reversed-on", "Day", l.Date(*p.ReversedAt)))
		case can(access.PaymentsRecord):
			one.Reverse = base + "/payments/" + p.ID + "/reversal/new"
		}
		line.Payments = append(line.Payments, one)
	}
	return line
}

// dayOnly is a day without a zone.
func dayOnly(l views.Locale, day string) views.Time {
	at, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return views.Time{ISO: day, Text: day}
	}
	l.Zone = time.UTC
	return views.Time{ISO: day, Text: l.Date(at)}
}

func (w *Web) toBilling(r *request, notice string) error {
	return r.goTo(casesAt + "/" + r.Params("id") + "/billing?notice=" + notice)
}

// casesInvoicesNew is the form of an invoice: of today, due in thirty days.
func (w *Web) casesInvoicesNew(r *request) error {
	f := form{"issued_on": {w.practiceDay(r)}, "currency": {billing.Currencies()[0]}}
	if at, err := time.Parse(time.DateOnly, f.get("issued_on")); err == nil {
		f["due_on"] = []string{at.AddDate(0, 0, 30).Format(time.DateOnly)}
	}
	return w.casesInvoiceForm(r, f, problems{status: fiber.StatusOK})
}

func (w *Web) casesInvoicesCreate(r *request) error {
	f, err := r.parse()
	if err != nil {
		return err
	}
	d := billing.Draft{CaseID: r.Params("id"), Number: f.get("number"), Title: f.get("title"), Currency: f.get("currency"), IssuedOn: f.get("issued_on"), DueOn: f.get("due_on")}
	l := r.locale(w)
	d.Amount, err = billing.Parse(f.get("amount"), d.Currency, l.Decimal())
	why := amountProblem(l, f.get("amount"), d.Currency, err) // what is no amount is none, which Issue refuses
	if _, err := w.Billing.Issue(r.ctx, r.actor(), d); err != nil {
		p, ok := w.problems(r, err)
		if !ok {
			return err
		}
		p.reword("amount", why)
		return w.casesInvoiceForm(r, f, p)
	}
	return w.toBilling(r, "issued")
}

func (w *Web) casesInvoiceForm(r *request, f form, p problems) error {
	v, _, err := w.caseForm(r, "billing.invoice-new", "billing", p)
	if err != nil {
		return err
	}
	l := r.locale(w)
	v.Action, v.Button = v.Case.URL+"/invoices", l.T(message("billing.issue"))
	currency := p.formField(l, f, "currency", "billing.currency", "", true)
	for _, code := range billing.Currencies() {
		currency.Options = append(currency.Options, choice{code, code, code == currency.Value})
	}
	v.Fields = []fieldView{
		p.formField(l, f, "number", "billing.number", "text", true), p.formField(l, f, "title", "billing.what", "text", false), p.formField(l, f, "amount", "billing.amount", "text", true), currency,
		p.formField(l, f, "issued_on", "billing.issued", "date", true), p.formField(l, f, "due_on", "billing.due", "date", true),
	}
	return w.renderCaseForm(r, p.status, "cases/invoices/new", v)
}

// invoiceOf is the invoice of the address, which is one of its case.
func (w *Web) invoiceOf(r *request) (*billing.Invoice, error) {
	i, err := w.Billing.Invoice(r.ctx, r.actor(), r.Params("invoice"))
	if err != nil {
		return nil, err
	}
	if i.CaseID != r.Params("id") {
		return nil, fault.ErrNotFound
	}
	return i, nil
}

// casesVoidingNew asks before an invoice is voided.
func (w *Web) casesVoidingNew(r *request) error {
	return w.casesVoidingForm(r, problems{status: fiber.StatusOK})
}

func (w *Web) casesVoidingForm(r *request, p problems) error {
	i, err := w.invoiceOf(r)
	if err != nil {
		return err
	}
	v, _, err := w.caseForm(r, "billing.void-title", "billing", p)
	if err != nil {
		return err
	}
	l := r.locale(w)
	v.Action, v.Danger, v.Button = v.Case.URL+"/invoices/"+i.ID+"/voiding", true, l.T(message("billing.void-button"))
	v.Text = l.T(message("billing.void-text", "Number", i.Number, "Amount", money(l, i.Amount, i.Currency)))
	return w.renderCaseForm(r, p.status, "cases/invoices/voiding/new", v)
}

func (w *Web) casesVoidingCreate(r *request) error {
	i, err := w.invoiceOf(r)
	if err != nil {
		return err
	}
	if err := w.Billing.Withdraw(r.ctx, r.actor(), i.ID); err != nil {
		p, ok := w.problems(r, err)
		if !ok {
			return err
		}
		return w.casesVoidingForm(r, p)
	}
	return w.toBilling(r, "voided")
}

// casesPaymentsNew is the form of a payment, filled in with what is left.
func (w *Web) casesPaymentsNew(r *request) error {
	i, err := w.invoiceOf(r)
	if err != nil {
		return err
	}
	f := w.today(r, "received_on")
	f["amount"] = []string{typed(r.locale(w), i.Left(), i.Currency)}
	return w.casesPaymentForm(r, i, f, problems{status: fiber.StatusOK})
}

func (w *Web) casesPaymentsCreate(r *request) error {
	f, err := r.parse()
	if err != nil {
		return err
	}
	i, err := w.invoiceOf(r)
	if err != nil {
		return err
	}
	got := billing.Received{Method: f.get("method"), ReceivedOn: f.get("received_on"), Note: f.get("note")}
	l := r.locale(w)
	got.Amount, err = billing.Parse(f.get("amount"), i.Currency, l.Decimal())
	why := amountProblem(l, f.get("amount"), i.Currency, err)
	if _, err := w.Billing.Record(r.ctx, r.actor(), i.ID, got); err != nil {
		p, ok := w.problems(r, err)
		if !ok {
			return err
		}
		if i, err = w.invoiceOf(r); err != nil { // another may have recorded one meanwhile
			return err
		}
		if got.Amount > i.Left() { // in the reader's way of writing amounts
			why = l.T(message("billing.too-much", "Left", money(l, i.Left(), i.Currency)))
		}
		p.reword("amount", why)
		return w.casesPaymentForm(r, i, f, p)
	}
	return w.toBilling(r, "recorded")
}

// typed is an amount as the reader would type it: 1250.50, in French 1250,50.
func typed(l views.Locale, n int64, currency string) string {
	return strings.Replace(billing.Plain(n, currency), ".", l.Decimal(), 1)
}

// amountProblem says why what was typed is no amount of the currency; "" for the room's own words.
func amountProblem(l views.Locale, text, currency string, err error) string {
	digits, ok := billing.Digits(currency)
	example := map[int]int64{0: 1250, 2: 125050, 3: 1250500}[digits]
	switch {
	case !ok || err == nil || strings.TrimSpace(text) == "":
		return ""
	case errors.Is(err, billing.ErrCents):
		return l.T(message("billing.no-cents", "Currency", currency))
	case errors.Is(err, billing.ErrUnclear):
		return l.T(message("billing.unclear", "Typed", strings.TrimSpace(text), "Example", typed(l, example, currency)))
	}
	return l.T(message("billing.not-amount", "Currency", currency, "Example", typed(l, example, currency)))
}

func (w *Web) casesPaymentForm(r *request, i *billing.Invoice, f form, p problems) error {
	v, _, err := w.caseForm(r, "billing.payment-new", "billing", p)
	if err != nil {
		return err
	}
	l := r.locale(w)
	v.Action, v.Button = v.Case.URL+"/invoices/"+i.ID+"/payments", l.T(message("billing.record"))
	v.Text = l.T(message("billing.payment-text", "Number", i.Number, "Left", money(l, i.Left(), i.Currency)))
	amount, method := p.formField(l, f, "amount", "billing.amount", "text", true), p.formField(l, f, "method", "billing.method", "", true)
	amount.Label = l.T(message("billing.amount-in", "Currency", i.Currency))
	method.Options = []choice{{"", l.T(message("billing.choose")), method.Value == ""}}
	for _, m := range billing.Methods() {
		method.Options = append(method.Options, choice{m, l.T(message("billing.method." + m)), m == method.Value})
	}
	v.Fields = []fieldView{amount, method, p.formField(l, f, "received_on", "billing.received", "date", true), p.formField(l, f, "note", "billing.note", "text", false)}
	return w.renderCaseForm(r, p.status, "cases/payments/new", v)
}

// casesReversalNew asks before a payment is taken back.
func (w *Web) casesReversalNew(r *request) error {
	v, _, err := w.caseForm(r, "billing.reverse-title", "billing", problems{})
	if err != nil {
		return err
	}
	i, p, err := w.paymentOf(r)
	if err != nil {
		return err
	}
	l := r.locale(w)
	v.Action, v.Danger, v.Button = v.Case.URL+"/payments/"+p.ID+"/reversal", true, l.T(message("billing.reverse"))
	v.Text = l.T(message("billing.reverse-text", "Amount", money(l, p.Amount, i.Currency), "Day", dayOnly(l, p.ReceivedOn).Text, "Number", i.Number))
	return w.renderCaseForm(r, fiber.StatusOK, "cases/payments/reversal/new", v)
}

// paymentOf is the payment of the address with its invoice, which is one of its case.
func (w *Web) paymentOf(r *request) (*billing.Invoice, *billing.Entry, error) {
	caseID := r.Params("id")
	by, err := w.Billing.Payments(r.ctx, r.actor(), caseID)
	if err != nil {
		return nil, nil, err
	}
	for invoice, payments := range by {
		if j := slices.IndexFunc(payments, func(p billing.Entry) bool { return p.ID == r.Params("payment") }); j >= 0 {
			i, err := w.Billing.Invoice(r.ctx, r.actor(), invoice)
			return i, &payments[j], err
		}
	}
	return nil, nil, fault.ErrNotFound
}

// casesReversalCreate takes a payment back; twice does no harm.
func (w *Web) casesReversalCreate(r *request) error {
	_, p, err := w.paymentOf(r)
	if err != nil {
		return err
	}
	if err := w.Billing.Reverse(r.ctx, r.actor(), p.ID); err != nil {
		return err
	}
	return w.toBilling(r, "reversed")
}
