package web

import (
	"errors"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"chancery/app/access"
	"chancery/app/cases"
	"chancery/app/fault"
	"chancery/app/resource"
	"chancery/app/staff"
	"chancery/views"
)

// usersDeactivationShowView is a person's departure: the plan, how far it is, or the receipt. While work is left the page
// asks for itself again, and what it shows is in the database, so that it survives a reload.
type usersDeactivationShowView struct {
	views.Page
	Head        userHead
	URL         string
	State       string // info, warning, success: how the summary looks
	Summary     string
	Details     []string // who planned or did it, for when, and why
	Plan        string
	Takers      []string // who would take over how many, as things stand
	CasesURL    string
	Working     bool
	Done, Total string
	Progress    string
	Items       []receiptLine
	Steps       []departureStep
	MayCancel   bool
	MayAgain    bool
}

// receiptLine is what became of a kind, and who took how much of it.
type receiptLine struct {
	Text string
	To   []string
}

type departureStep struct {
	Text   string
	Status status
}

// usersDeactivationShow shows the last departure of a person.
func (w *Web) usersDeactivationShow(r *request) error {
	head, card, err := w.userHeadOf(r, r.Params("id"), "deactivation")
	if err != nil {
		return err
	}
	head.Leaving = nil // it is what the page says
	l, may := r.locale(w), r.cur.Rights.Can(access.UsersDeactivate) && head.over.may(access.OverAccount)
	v := usersDeactivationShowView{Page: w.page(r, "departure.show-title", "users"), Head: head, URL: head.User.URL + "/deactivation", CasesURL: head.User.URL + "/cases"}
	v.Title = card.Name() + ": " + v.Title
	d, err := w.Staff.Departure(r.ctx, r.actor(), card.ID)
	if errors.Is(err, fault.ErrNotFound) { // they left by another road, or never did
		v.State, v.Summary = "info", l.T(message("departure.none", "Name", card.Name()))
		return w.render(r, fiber.StatusOK, "users/deactivation/show", v)
	}
	if err != nil {
		return err
	}
	switch d.State {
	case staff.Planned:
		v.State, v.Summary = "info", l.T(message("departure.planned", "Name", card.Name(), "Day", lastDay(r, l, d.DueAt)))
	case staff.Blocked:
		v.State, v.Summary = "warning", l.T(message("departure.blocked", "Name", card.Name()))
	case staff.Working:
		v.State, v.Summary, v.Working = "info", l.T(message("departure.working", "Name", card.Name())), true
	case staff.Cancelled:
		v.State, v.Summary = "info", l.T(message("departure.cancelled"))
	default:
		v.State, v.Summary = "success", l.T(message("departure.done", "Name", card.Name()))
	}
	v.MayAgain = may && d.State == staff.Cancelled && card.Account.Status != staff.Inactive
	if d.StartedAt != nil {
		v.Details = []string{l.T(message("departure.left-at", "At", *d.StartedAt, "Name", d.RequestedName))}
		v.fillReceipt(l, d)
	} else {
		if d.State == staff.Blocked {
			v.Details = []string{obstacle(l, d), l.T(message("departure.planned-for", "Day", lastDay(r, l, d.DueAt)))}
		}
		v.Details = append(v.Details, l.T(message("departure.planned-by", "Name", d.RequestedName, "At", d.CreatedAt)))
		v.MayCancel = may && d.Open()
		if v.Plan, err = w.planText(r, l, d); err != nil {
			return err
		}
		if may && d.Open() {
			if v.Takers, err = w.foretold(r, l, card.ID, d.Plan, cases.TakersMost); err != nil {
				return err
			}
		}
	}
	if reason := departureReason(l, d); reason != "" {
		v.Details = append(v.Details, l.T(message("departure.reason-said", "Reason", reason)))
	}
	return w.render(r, fiber.StatusOK, "users/deactivation/show", v)
}

// departureReason is why somebody leaves: as it was written, or in words what a program noted.
func departureReason(l views.Locale, d *staff.Departure) string {
	switch program := strings.HasPrefix(d.RequestedBy, "system:"); {
	case program && d.Reason == staff.DormantReason:
		return l.T(message("departure.reason-dormant"))
	case program && d.Reason == staff.UndeclaredReason:
		return l.T(message("departure.reason-undeclared"))
	}
	return d.Reason
}

// foretold is who would take over how many by a plan, as things stand, the first most of them by name; none where the plan
// would be refused.
func (w *Web) foretold(r *request, l views.Locale, id string, p staff.Plan, most int) (lines []string, err error) {
	takers, err := w.Cases.Foretell(r.ctx, r.actor(), id, p)
	var refused *fault.Refused
	if errors.As(err, &refused) {
		return nil, nil
	}
	for _, t := range takers[:min(len(takers), most)] {
		lines = append(lines, l.T(message("departure.taken", "Name", t.Name, "Count", int(t.Count))))
	}
	if more := len(takers) - most; more > 0 {
		lines = append(lines, l.T(message("departure.more-people", "Count", more)))
	}
	return lines, err
}

// fillReceipt tells what became of all that the person owned, and how far the rest is.
func (v *usersDeactivationShowView) fillReceipt(l views.Locale, d *staff.Departure) {
	for _, item := range d.Receipt.Items {
		if item.Count == 0 {
			v.Items = append(v.Items, receiptLine{Text: l.T(message("departure.receipt-none", "Kind", l.T(message("departure.holding."+item.Kind))))})
			continue
		}
		line := receiptLine{Text: l.T(message("departure.receipt."+item.Kind, "Count", int(item.Count)))}
		for _, t := range item.To {
			line.To = append(line.To, l.T(message("departure.taken", "Name", t.Name, "Count", int(t.Count))))
		}
		v.Items = append(v.Items, line)
	}
	v.Done, v.Total = itoa(d.Done), itoa(d.Total)
	v.Progress = l.T(message("departure.progress", "Done", int(d.Done), "Total", int(d.Total)))
	for _, s := range []struct{ condition, text string }{
		{staff.MailsStopped, l.T(message("departure.step-mails"))},
		{staff.LinksSpent, l.T(message("departure.step-links"))},
		{staff.OwnersTold, l.T(message("departure.step-owners"))},
		{staff.ReceiptSent, l.T(message("departure.step-receipt", "Name", d.RequestedName))},
	} {
		c, _ := d.Conditions.Get(s.condition)
		step := departureStep{s.text, status{"waiting", l.T(message("departure.status-waiting"))}}
		switch c.Status {
		case resource.True:
			step.Status = status{"ok", l.T(message("departure.status-done"))}
		case resource.False:
			step.Status = status{"retrying", l.T(message("departure.status-failed"))}
		}
		v.Steps = append(v.Steps, step)
	}
}

// planText says who is to take over.
func (w *Web) planText(r *request, l views.Locale, d *staff.Departure) (string, error) {
	name := ""
	if d.Plan.Successor != "" {
		u, err := w.Staff.Get(r.ctx, d.Plan.Successor)
		if err != nil {
			return "", err
		}
		name = u.Name()
	}
	switch {
	case d.Plan.Way == staff.ToDepartment:
		return l.T(message("departure.plan-department")), nil
	case name == "":
		return l.T(message("departure.plan-none")), nil
	case d.Plan.Way == staff.ToPicked:
		return l.T(message("departure.plan-picked", "Count", len(d.Plan.Picked), "Name", name)), nil
	}
	return l.T(message("departure.plan-one", "Name", name)), nil
}

// obstacle says why a plan would be refused, and what to do.
func obstacle(l views.Locale, d *staff.Departure) string {
	c, _ := d.Conditions.Get(staff.Possible)
	switch c.Reason {
	case staff.NoSuccessor:
		return l.T(message("departure.obstacle-successor"))
	case staff.NoColleague:
		return l.T(message("departure.obstacle-colleague"))
	case staff.LastSuper:
		return l.T(message("departure.obstacle-super"))
	}
	return l.T(message("departure.obstacle-other"))
}

// lastDay is the last day of who leaves at the end of it, by the practice's clock.
func lastDay(r *request, l views.Locale, due time.Time) string {
	return views.In(l.Lang, r.cur.Org.Place(), due).Date(due.Add(-time.Second))
}
