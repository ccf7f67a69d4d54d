package web

import (
	"maps"
	"slices"

	"chancery/app/cases"
	"chancery/app/fault"
	"chancery/app/staff"
	"chancery/views"
)

// bulkSuccession is who takes over when many leave at once: the same choices as on one person's sheet, without those
// that are a person's own, a day and a new owner for each case.
type bulkSuccession struct {
	Ways   []wayChoice
	Way    inputField
	Taker  takerFields
	Reason inputField
	Chosen []hiddenField // what the rows below were shown for
}

// bulkInput is what the kind wants to know for all rows. It returns *fault.Invalid where that cannot be chosen.
func (w *Web) bulkInput(r *request, kind *bulkKind, people []staff.Selected, f form) (string, error) {
	if kind.name != "deactivation" {
		return f.get("value"), nil
	}
	p := bulkPlan(f)
	bad := &fault.Invalid{}
	if err := w.otherSuccessor(r, bad, f, &p); err != nil {
		return "", err
	}
	if err := bad.Err(); err != nil {
		return "", err
	}
	return w.Staff.Together(people, p)
}

// settled is the form with the new owner among those listed, where it names them by their address.
func (w *Web) settled(r *request, f form) (form, error) {
	p, bad := bulkPlan(f), &fault.Invalid{}
	if err := w.otherSuccessor(r, bad, f, &p); err != nil || bad.Err() != nil || p.Successor == f.get("successor") {
		return f, err
	}
	f = maps.Clone(f)
	f["successor"] = []string{p.Successor}
	delete(f, "successor_email")
	return f, nil
}

func bulkPlan(f form) staff.Plan {
	p := staff.Plan{Way: staff.Way(f.get("way")), Successor: f.get("successor"), Reason: f.get("reason")}
	if p.Way == "" {
		p.Way = staff.ToOne
	}
	return p
}

// bulkSuccession fills in who could take over.
func (w *Web) bulkSuccession(r *request, l views.Locale, people []staff.Selected, f form, p problems) (*bulkSuccession, error) {
	plan := bulkPlan(f)
	leaving := make([]string, len(people))
	for i := range people {
		leaving[i] = people[i].ID
	}
	takers, err := w.Cases.TakersBesides(r.ctx, r.actor(), leaving)
	if err != nil {
		return nil, err
	}
	in := func(name string) inputField { return inputField{f.get(name), p.field(name)} }
	v := &bulkSuccession{
		Way: in("way"), Reason: in("reason"),
		Taker: takerFields{Takers: takerChoices(l, takers, plan.Successor), Successor: in("successor"), Other: in("successor_email"), More: len(takers) == cases.TakersMost},
		Ways: []wayChoice{
			{string(staff.ToOne), l.T(message("departure.way-one")), l.T(message("departure.way-one-hint")), true, plan.Way == staff.ToOne},
			{string(staff.ToDepartment), l.T(message("bulk.department")), l.T(message("bulk.department-hint")), false, plan.Way == staff.ToDepartment},
		},
		Chosen: []hiddenField{{"way", string(plan.Way)}, {"successor", plan.Successor}},
	}
	if err := w.markAway(r, v.Taker.Takers, w.Now()); err != nil {
		return nil, err
	}
	if v.Taker.More && plan.Successor != "" && p.fields["successor"] == "" {
		if err := w.listed(r, v, plan.Successor); err != nil {
			return nil, err
		}
	}
	return v, nil
}

// listed puts a new owner who was named by the address among those who are offered.
func (w *Web) listed(r *request, v *bulkSuccession, id string) error {
	if slices.ContainsFunc(v.Taker.Takers, func(c choice) bool { return c.Chosen }) {
		return nil
	}
	u, err := w.Staff.Get(r.ctx, id)
	if err != nil {
		return err
	}
	v.Taker.Takers = append(v.Taker.Takers, choice{u.ID, u.Name(), true})
	return nil
}
