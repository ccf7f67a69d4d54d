package billing_test

import (
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"chancery/app/access"
	"chancery/app/billing"
	"chancery/app/cases/casestest"
	"chancery/app/fault"
	"chancery/app/store"
)

// firm is a practice, and what its clients owe.
type firm struct {
	*casestest.Firm
	billing *billing.Billing
}

func each(t *testing.T, fn func(t *testing.T, f *firm)) {
	t.Helper()
	casestest.Each(t, func(t *testing.T, of *casestest.Firm) {
		fn(t, &firm{Firm: of, billing: billing.New(of.DB, of.Cases, of.Staff)})
	})
}

// person is somebody with these rights.
func (f *firm) person(first, rights string) access.Actor {
	f.T.Helper()
	return f.Person(first, "Person", strings.ToLower(first), rights)
}

const all = "invoices.view invoices.edit payments.view payments.record"

func draft(caseID, number string) billing.Draft {
	return billing.Draft{CaseID: caseID, Number: number, Title: "Fees", Currency: "cad", Amount: 125_050, IssuedOn: "2026-11-01", DueOn: "2026-11-30"}
}

const tomorrow = "2026-11-22"

func cash(n int64) billing.Received {
	return billing.Received{Amount: n, Method: "cash", ReceivedOn: "2026-11-20"}
}

func (f *firm) issue(who access.Actor, d billing.Draft) *billing.Invoice {
	f.T.Helper()
	i, err := f.billing.Issue(f.Ctx, who, d)
	f.Must(err)
	return i
}

func (f *firm) refused(err error, key string) {
	f.T.Helper()
	var r *fault.Refused
	if !errors.As(err, &r) || r.Message.Key != key {
		f.T.Errorf("%v, want %s", err, key)
	}
}

// S1-24: what one may do with money is each a right of its own, and none of them opens a case that one does not see (ASVS 8.2.2).
func TestRightsOfBilling(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		ana, ben := f.person("Ana", all), f.person("Ben", all)
		k := f.Open(ana)
		i := f.issue(ana, draft(k, "INV-1"))
		paid, err := f.billing.Record(f.Ctx, ana, i.ID, cash(50))
		f.Must(err)
		tries := map[string]func(who access.Actor) error{
			"invoices.view":    func(w access.Actor) error { _, _, err := f.billing.Invoices(f.Ctx, w, k); return err },
			"invoices.view ":   func(w access.Actor) error { _, err := f.billing.Invoice(f.Ctx, w, i.ID); return err },
			"invoices.edit":    func(w access.Actor) error { _, err := f.billing.Issue(f.Ctx, w, draft(k, "INV-2")); return err },
			"invoices.edit ":   func(w access.Actor) error { return f.billing.Withdraw(f.Ctx, w, i.ID) },
			"payments.view":    func(w access.Actor) error { _, err := f.billing.Payments(f.Ctx, w, k); return err },
			"payments.record":  func(w access.Actor) error { _, err := f.billing.Record(f.Ctx, w, i.ID, cash(50)); return err },
			"payments.record ": func(w access.Actor) error { return f.billing.Reverse(f.Ctx, w, paid.ID) },
		}
		for right, try := range tries {
			if err := try(ben); !errors.Is(err, fault.ErrNotFound) {
				t.Errorf("%s of a case that is not seen: %v", right, err)
			}
			without := ana
			without.Rights = access.Granted(false, strings.ReplaceAll("cases.view "+all, strings.TrimSpace(right), ""))
			var forbidden *fault.Forbidden
			if err := try(without); !errors.As(err, &forbidden) || forbidden.Permission != strings.TrimSpace(right) {
				t.Errorf("without %s: %v", right, err)
			}
		}
		list, totals, err := f.billing.Invoices(f.Ctx, ana, k)
		f.Must(err)
		if len(list) != 1 || list[0].Paid != 50 || len(totals) != 1 || totals[0] != (billing.Total{Currency: "CAD", Invoiced: 125_050, Settled: 50}) {
			t.Errorf("%+v %+v", list, totals)
		}
	})
}

// What was paid is never more than what is owed, however many record it at once, and comes back when a payment is reversed.
func TestPaymentsAddUp(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		ana := f.person("Ana", all)
		k := f.Open(ana)
		i := f.issue(ana, draft(k, "INV-1"))
		var done, refused atomic.Int64
		var hands sync.WaitGroup
		for range 8 {
			hands.Go(func() {
				switch _, err := f.billing.Record(f.Ctx, ana, i.ID, cash(50_000)); {
				case err == nil:
					done.Add(1)
				default:
					var bad *fault.Invalid
					if !errors.As(err, &bad) || bad.Fields[0].Message.Key != "billing.too-much" {
						t.Error(err)
					}
					refused.Add(1)
				}
			})
		}
		hands.Wait()
		if done.Load() != 2 || refused.Load() != 6 {
			t.Errorf("%d recorded, %d refused", done.Load(), refused.Load())
		}
		by, err := f.billing.Payments(f.Ctx, ana, k)
		f.Must(err)
		payments := by[i.ID]
		if len(payments) != 2 || payments[0].FirstName != "Ana" {
			t.Fatalf("%+v", by)
		}
		f.refused(f.billing.Withdraw(f.Ctx, ana, i.ID), "billing.has-payments")
		for range 2 {
			f.Must(f.billing.Reverse(f.Ctx, ana, payments[0].ID))
		}
		if now, err := f.billing.Invoice(f.Ctx, ana, i.ID); err != nil || now.Paid != 50_000 || now.Left() != 75_050 {
			t.Errorf("%+v %v", now, err)
		}
		_, err = f.billing.Record(f.Ctx, ana, i.ID, cash(75_050))
		f.Must(err)
		now, err := f.billing.Invoice(f.Ctx, ana, i.ID)
		f.Must(err)
		if now.State("2027-01-01") != "paid" {
			t.Error(now.State("2027-01-01"))
		}
		_, err = f.billing.Record(f.Ctx, ana, i.ID, cash(1))
		f.Invalid(err, "amount", "billing.too-much")
		if err := f.DB.In(f.Ctx).Exec(`UPDATE invoices SET paid = paid + 1 WHERE id = ?`, i.ID).Error; !store.Violated(err, "invoices_paid", "") {
			t.Error("the database takes more than is owed", err)
		}
		second := f.issue(ana, draft(k, "INV-2"))
		for range 2 {
			f.Must(f.billing.Withdraw(f.Ctx, ana, second.ID))
		}
		_, err = f.billing.Record(f.Ctx, ana, second.ID, cash(1))
		f.refused(err, "billing.void")
	})
}

func TestAnInvoiceIsHeldToItsBounds(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		ana := f.person("Ana", all)
		k, other := f.Open(ana), f.Open(ana)
		i := f.issue(ana, draft(k, "INV-1"))
		if i.Currency != "CAD" || i.State("2026-11-30") != "open" || i.State("2026-12-01") != "overdue" {
			t.Errorf("%+v", i)
		}
		for what, change := range map[string]func(*billing.Draft){
			"number billing.empty":         func(d *billing.Draft) { d.Number = " " },
			"number billing.number-taken":  func(d *billing.Draft) { d.Number = "inv-1" },
			"title billing.too-long":       func(d *billing.Draft) { d.Title = strings.Repeat("é", 201) },
			"currency billing.no-currency": func(d *billing.Draft) { d.Currency = "XXX" },
			"amount billing.no-amount":     func(d *billing.Draft) { d.Amount = 0 },
			"issued_on billing.no-day":     func(d *billing.Draft) { d.IssuedOn = "2026-02-30" },
			"due_on billing.due-before":    func(d *billing.Draft) { d.DueOn = "2026-10-31" },
		} {
			d := draft(k, "INV-9")
			change(&d)
			_, err := f.billing.Issue(f.Ctx, ana, d)
			field, key, _ := strings.Cut(what, " ")
			f.Invalid(err, field, key)
		}
		for what, r := range map[string]billing.Received{
			"amount billing.no-amount":    {Amount: -5, Method: "cash", ReceivedOn: "2026-11-20"},
			"method billing.no-method":    {Amount: 5, Method: "barter", ReceivedOn: "2026-11-20"},
			"received_on billing.no-day":  {Amount: 5, Method: "cash", ReceivedOn: "yesterday"},
			"received_on billing.not-yet": {Amount: 5, Method: "cash", ReceivedOn: tomorrow},
		} {
			_, err := f.billing.Record(f.Ctx, ana, i.ID, r)
			field, key, _ := strings.Cut(what, " ")
			f.Invalid(err, field, key)
		}
		f.Must(f.DB.In(f.Ctx).Exec(`UPDATE organization SET zone = 'America/Vancouver'`).Error) // where that day begins at eight in the morning, UTC
		r := cash(5)
		r.ReceivedOn = tomorrow
		for _, at := range []string{"2026-11-22T07:59:00Z", "2026-11-22T08:01:00Z"} {
			now, err := time.Parse(time.RFC3339, at)
			f.Must(err)
			f.Clock.Add(now.Sub(f.Clock.Now()))
			if _, err = f.billing.Record(f.Ctx, ana, i.ID, r); at > "2026-11-22T08" {
				f.Must(err)
			} else {
				f.Invalid(err, "received_on", "billing.not-yet")
			}
		}
		d := draft(k, "INV-5")
		d.ExternalID = "ledger-5"
		one := f.issue(ana, d)
		if again := f.issue(ana, d); again.ID != one.ID {
			t.Error("what comes twice is one")
		}
		d.CaseID = other
		_, err := f.billing.Issue(f.Ctx, ana, d)
		f.refused(err, "billing.elsewhere")
	})
}

func TestAmountsAsPeopleWriteThem(t *testing.T) {
	no, cents, unclear := billing.ErrAmount, billing.ErrCents, billing.ErrUnclear
	for _, c := range []struct {
		text, currency, decimal string
		want                    int64
		err                     error
	}{
		{"12.50", "CAD", ".", 1250, nil}, {"12,50", "EUR", ".", 1250, nil}, {"12.5", "CAD", ",", 1250, nil}, {"12", "CAD", ".", 1200, nil},
		{"1,250", "CAD", ".", 125_000, nil}, {"1.250", "EUR", ",", 125_000, nil}, {"1,250", "CAD", ",", 0, unclear}, {"1.500", "CAD", ".", 0, unclear},
		{"2 500,25 $", "CAD", ",", 250_025, nil}, {"2\u00a0500,25\u00a0$", "CAD", ",", 250_025, nil}, {"2 500,25", "CAD", ",", 250_025, nil}, {"2.500,25", "CAD", ",", 250_025, nil},
		{"$2,500.25", "CAD", ".", 250_025, nil}, {"CA$ 2,500.25", "CAD", ".", 250_025, nil}, {"CAD 1,250.50", "CAD", ".", 125_050, nil}, {"1 250,50 cad", "CAD", ",", 125_050, nil},
		{"12 €", "EUR", ",", 1200, nil}, {"12 €", "CAD", ",", 0, no}, {"US$ 12", "CAD", ".", 0, no}, {"$", "CAD", ".", 0, no}, {"R$ 5", "BRL", ".", 500, nil},
		{"1 250,00", "CAD", ".", 125_000, nil}, {"1\u202f250,5", "CAD", ",", 125_050, nil}, {"1’250.05", "CHF", ".", 125_005, nil}, {"1,250,000.99", "USD", ".", 125_000_099, nil},
		{"1.250.000,99", "EUR", ".", 125_000_099, nil}, {"1250", "JPY", ".", 1250, nil}, {"1,250", "JPY", ".", 1250, nil}, {"¥1,250", "JPY", ".", 1250, nil},
		{"12.5", "JPY", ".", 0, cents}, {"1,250.00", "JPY", ".", 0, cents}, {"1.250", "JPY", ".", 0, unclear}, {"1.250", "KWD", ".", 1250, nil}, {"1,250", "KWD", ".", 1_250_000, nil},
		{"1,250.5", "KWD", ".", 1_250_500, nil}, {"", "CAD", ".", 0, no}, {"-5", "CAD", ".", 0, no}, {"+5", "CAD", ".", 0, no}, {"5 USD", "CAD", ".", 0, no}, {"1,25,000", "CAD", ".", 0, no},
		{".5", "CAD", ".", 0, no}, {"5.", "CAD", ".", 0, no}, {"1..5", "CAD", ".", 0, no}, {"0x10", "CAD", ".", 0, no}, {"1e3", "CAD", ".", 0, no},
		{"99999999999999999999", "CAD", ".", 0, no}, {"5", "XXX", ".", 0, no}, {"１２", "CAD", ".", 0, no},
	} {
		got, err := billing.Parse(c.text, c.currency, c.decimal)
		if !errors.Is(err, c.err) || got != c.want {
			t.Errorf("%q %s is %d, %v; want %d, %v", c.text, c.currency, got, err, c.want, c.err)
		}
		if c.err == nil {
			plain := billing.Plain(c.want, c.currency)
			if again, err := billing.Parse(plain, c.currency, "."); err != nil || again != c.want {
				t.Errorf("%q is %d, %v", plain, again, err)
			}
			if again, err := billing.Parse(strings.Replace(plain, ".", ",", 1), c.currency, ","); err != nil || again != c.want {
				t.Errorf("%q with a comma is %d, %v", plain, again, err)
			}
		}
	}
}
