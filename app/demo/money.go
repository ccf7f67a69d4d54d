package demo

import (
	"fmt"
	"sort"
	"time"

	"chancery/app/access"
	"chancery/app/billing"
)

// imagineMoney bills half of the cases: a retainer in two parts, and what was paid for the client. Most of it has come, some has come
// in part, and some is late.
func (p *past) imagineMoney() {
	for _, f := range p.files {
		if !p.chance.in(50) {
			continue
		}
		w, clerk := p.words[f.owner.language], p.called("grace.mbeki")
		for _, m := range f.members {
			if m.is(access.RoleAccountant) {
				clerk, w = m, p.words[m.language]
			}
		}
		currency, unit := "CAD", int64(50_00)
		switch {
		case f.language == "es" && p.chance.in(30):
			currency, unit = "MXN", 500_00
		case p.chance.in(6):
			currency = "USD"
		}
		fee := map[string]int64{"family": 44, "work": 30, "refugee": 50, "status": 18, "firm": 90}[f.matter] + int64(p.chance.below(12))
		for part := range 2 + p.chance.below(2) {
			at := f.from.Add(time.Duration(2+part*(20+p.chance.below(30)))*24*time.Hour + 5*time.Hour)
			if at.After(f.until) {
				break
			}
			i := billing.Issued{By: clerk.id, At: p.byDay(at), Draft: billing.Draft{CaseID: f.ID, Title: p.words[f.language].lists["fee"][part], Currency: currency, Amount: fee / 2 * unit,
				IssuedOn: at.In(clerk.where).Format(time.DateOnly), DueOn: at.Add(30 * 24 * time.Hour).In(clerk.where).Format(time.DateOnly)}}
			if part == 2 {
				i.Amount = 1 + unit*int64(3+p.chance.below(20)) + int64(p.chance.below(99))
			}
			p.pay(&i, at, w)
			p.invoices = append(p.invoices, i)
		}
	}
	sort.SliceStable(p.invoices, func(i, j int) bool { return p.invoices[i].At.Before(p.invoices[j].At) })
	for i := range p.invoices {
		p.invoices[i].Number = fmt.Sprintf("F-%s-%04d", p.invoices[i].IssuedOn[:4], i+1)
	}
}

// pay has what came for an invoice come.
func (p *past) pay(i *billing.Issued, at time.Time, w *words) {
	come := func(amount int64, days int, reversed bool) {
		when := at.Add(time.Duration(days) * 24 * time.Hour)
		if when.After(p.now) {
			return
		}
		c := billing.Came{By: i.By, At: p.byDay(when), Received: billing.Received{Amount: amount, Method: one(p.chance, []string{"transfer", "transfer", "card", "cheque", "cash"}),
			ReceivedOn: when.Format(time.DateOnly)}}
		if p.chance.in(25) {
			c.Note = one(p.chance, w.lists["noted"])
		}
		if reversed {
			back := earliest(c.At.Add(26*time.Hour), p.now)
			c.ReversedAt = &back
		}
		i.Payments = append(i.Payments, c)
	}
	switch n := p.chance.below(100); {
	case n < 4:
		i.Void = true
	case n < 60:
		come(i.Amount, 1+p.chance.below(25), false)
	case n < 75:
		half := i.Amount / 2
		come(half, 1+p.chance.below(10), false)
		come(i.Amount-half, 12+p.chance.below(20), false)
	case n < 84:
		come(i.Amount/3, 3+p.chance.below(20), false)
	case n < 88: // typed for the wrong invoice, and taken back
		come(i.Amount, 4, true)
	}
}

func earliest(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
