package web

import (
	"errors"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"chancery/app/access"
	"chancery/app/cases"
	"chancery/app/fault"
	"chancery/app/staff"
	"chancery/views"
)

// usersDeactivationNewView is the sheet on which someone's leaving is decided (B-1): as a dialog with script, as a page
// of its own without, or where each case is given to someone of its own.
type usersDeactivationNewView struct {
	views.Page
	User        userCard
	Question    string
	Alone       bool
	Back        string // the list that it was opened from, or ""
	CloseURL    string // where giving up leads
	Errors      *views.Errors
	Owns        []holdingLine
	Orphans     string // "14 open cases would have no owner"; "" when there are none
	CasesURL    string
	Named       string // by a manifest, and which; "" by none
	Way         inputField
	Ways        []wayChoice
	PickedURL   string // where cases are picked one by one; "" when they are here
	Picks       []pickLine
	PicksMore   string
	Taker       takerFields
	Now         bool
	When        inputField
	LaterHint   string
	LastDay     inputField
	FirstDay    string // the earliest that can be chosen
	Reason      inputField
	ConfirmText string
}

// holdingLine is how much of a kind a person owns.
type holdingLine struct{ Text, Count string }

// takerFields name who takes over: one of those listed, or somebody else by their address. It is users/_taker.
type takerFields struct {
	Rest      bool // of what is not given to someone of its own
	Takers    []choice
	Successor inputField
	Other     inputField // the address of a new owner who is not listed
	More      bool       // not everybody is
}

type wayChoice struct {
	Value, Text, Hint     string
	NeedsSuccessor, Taken bool
}

// pickLine is a case and who is to take it.
type pickLine struct {
	Field, Number, Title, Client string
	Takers                       []choice
	Error                        views.FieldError
}

// picksMost is how many cases are listed to be given away one by one; what is beyond goes to the new owner, or is
// reassigned before, on the person's list of cases.
const picksMost = 100

// foretoldMost is how many new owners a choice names.
const foretoldMost = 8

// takersOffered is how many colleagues the sheet lists, those of the department first; it comes as a dialog, and is small.
const takersOffered = 30

// usersDeactivationNew shows the sheet; or the departure, when there is one to look at.
func (w *Web) usersDeactivationNew(r *request) error {
	f := form{"when": {"now"}, "way": {r.Query("way")}, "back": {r.Query("back")}}
	if f.get("way") == "" {
		f["way"] = []string{string(staff.ToOne)}
	}
	return w.usersDeactivation(r, fiber.StatusOK, f, problems{})
}

// usersDeactivationCreate deactivates a person now, or plans it for the end of a day.
func (w *Web) usersDeactivationCreate(r *request) error {
	f, err := r.parse()
	if err != nil {
		return err
	}
	id := r.Params("id")
	plan, err := w.departurePlan(r, id, f)
	if err == nil {
		_, err = w.Staff.Deactivate(r.ctx, r.actor(), id, plan)
	}
	if back := r.cameFrom(f); err == nil && back != "" {
		return w.rowChanged(r, back, "deactivation", id)
	}
	if err == nil {
		return r.goTo("/users/" + id + "/deactivation")
	}
	p, ok := w.problems(r, byField(err))
	if !ok {
		return err
	}
	return w.usersDeactivation(r, p.status, f, p)
}

// byField names the field of the sheet that a plan was refused for, so that the summary leads to it (C-6).
func byField(err error) error {
	var refused *fault.Refused
	if !errors.As(err, &refused) {
		return err
	}
	var name string
	switch refused.Message.Key {
	case "departure.no-successor", "departure.successor-gone":
		name = "successor"
	case "departure.no-department":
		name = "way"
	default:
		return err
	}
	return &fault.Invalid{Fields: []fault.Field{{Name: name, Message: refused.Message}}}
}

// departurePlan reads a plan from the sheet.
func (w *Web) departurePlan(r *request, id string, f form) (staff.Plan, error) {
	p := staff.Plan{Reason: f.get("reason"), Way: staff.Way(f.get("way")), Successor: f.get("successor")}
	bad := &fault.Invalid{}
	if err := w.otherSuccessor(r, bad, f, &p); err != nil {
		return p, err
	}
	switch f.get("when") {
	case "now":
	case "later":
		at, err := w.Staff.LastDay(r.ctx, f.get("last_day"))
		if err := bad.Join(err); err != nil {
			return p, err
		}
		p.At = at
	default:
		bad.Add("when", "departure.choose-when")
	}
	if p.Way == staff.ToPicked {
		var err error
		if p.Picked, err = w.picked(r, bad, id, f); err != nil {
			return p, err
		}
	}
	return p, bad.Err()
}

// otherSuccessor reads the address of a new owner who is not listed.
func (w *Web) otherSuccessor(r *request, bad *fault.Invalid, f form, p *staff.Plan) error {
	address := f.get("successor_email")
	if address == "" || p.Way == staff.ToDepartment {
		return nil
	}
	u, err := w.Staff.ByEmail(r.ctx, address)
	switch {
	case errors.Is(err, fault.ErrNotFound):
		bad.Add("successor_email", "departure.picked-address")
		return nil
	case err != nil:
		return err
	}
	p.Successor = u.ID
	return nil
}

// picked reads who takes which of the cases that are listed: fields to-CASE, each a person. What is wrong names the case.
func (w *Web) picked(r *request, bad *fault.Invalid, id string, f form) (map[string]string, error) {
	takers, err := w.Cases.Takers(r.ctx, r.actor(), id)
	if err != nil {
		return nil, err
	}
	rows, _, err := w.Cases.OfOwner(r.ctx, r.actor(), id, cases.Owned{Limit: picksMost})
	if err != nil {
		return nil, err
	}
	all := map[string]string{}
	for _, row := range rows {
		to := f.get("to-" + row.ID)
		switch {
		case to == "":
		case slices.ContainsFunc(takers, func(t cases.Taker) bool { return t.ID == to }):
			all[row.ID] = to
		default:
			bad.Add("to-"+row.ID, "departure.picked-gone", "Number", hiddenNumber(r.locale(w), &row))
		}
	}
	return all, nil
}

func (w *Web) usersDeactivation(r *request, status int, f form, p problems) error {
	c, err := w.Staff.Card(r.ctx, r.actor(), r.Params("id"))
	if err != nil {
		return err
	}
	if c.Account != nil && status == fiber.StatusOK && (c.Account.Status == staff.Inactive || c.Account.Leaving != "") {
		return r.goTo("/users/" + c.ID + "/deactivation")
	}
	l := r.locale(w)
	in := func(name string) inputField { return inputField{f.get(name), p.field(name)} }
	v := usersDeactivationNewView{
		Page: w.page(r, "departure.title", "users"), User: w.userCardOf(r, c), Question: l.T(message("departure.question", "Name", c.Name())),
		Alone: !r.fragment(), Errors: p.summary, CasesURL: "/users/" + c.ID + "/cases", ConfirmText: l.T(message("departure.confirm")),
		Way: in("way"), Taker: takerFields{Successor: in("successor"), Other: in("successor_email")}, When: in("when"), Now: f.get("when") != "later", LastDay: in("last_day"), Reason: in("reason"),
	}
	if v.Back = r.cameFrom(f); v.Back != "" {
		v.CloseURL = v.Back
	} else {
		v.CloseURL = v.User.URL
	}
	v.FirstDay = w.practiceDay(r)
	v.LaterHint = l.T(message("departure.later-hint", "Zone", views.ZoneName(l.Lang, r.cur.Org.Zone)))
	owner, err := w.Staff.Owner(r.ctx, "user", c.ID)
	if err != nil {
		return err
	}
	if owner.Source != "" {
		v.Named = l.T(message("declared.still-named", "Source", owner.Source))
	}
	orphans, err := w.holdings(r, l, c.ID, &v)
	if err != nil {
		return err
	}
	if orphans > 0 {
		if err := w.successors(r, l, c, f, p, &v); err != nil {
			return err
		}
		v.Orphans, v.ConfirmText = l.T(message("departure.orphans", "Count", int(orphans))), l.T(message("departure.confirm-reassign"))
	}
	return w.render(r, status, "users/deactivation/new", v)
}

// holdings fills in what the person owns, and tells how much of it someone must take over.
func (w *Web) holdings(r *request, l views.Locale, id string, v *usersDeactivationNewView) (orphans int64, err error) {
	all, err := w.Staff.Holdings(r.ctx, r.actor(), id)
	for _, h := range all {
		v.Owns = append(v.Owns, holdingLine{l.T(message("departure.holding." + h.Kind)), l.Number(int(h.Count))})
		if h.Successor {
			orphans += h.Count
		}
	}
	return orphans, err
}

// successors fills in who could take over.
func (w *Web) successors(r *request, l views.Locale, c *staff.Card, f form, p problems, v *usersDeactivationNewView) error {
	takers, err := w.Cases.Takers(r.ctx, r.actor(), c.ID)
	if err != nil {
		return err
	}
	v.Taker.More = len(takers) > takersOffered
	v.Taker.Takers = takerChoices(l, takers[:min(len(takers), takersOffered)], f.get("successor"))
	if err := w.markAway(r, v.Taker.Takers, w.Now()); err != nil {
		return err
	}
	v.Ways = []wayChoice{{string(staff.ToOne), l.T(message("departure.way-one")), l.T(message("departure.way-one-hint")), true, false}}
	if c.Department != "" {
		hint := l.T(message("departure.way-department-hint", "Department", c.Department))
		now, err := w.foretold(r, l, c.ID, staff.Plan{Way: staff.ToDepartment}, foretoldMost)
		if err != nil {
			return err
		}
		if len(now) > 0 {
			hint += " " + l.T(message("departure.way-department-now", "Names", strings.Join(now, ", ")))
		}
		v.Ways = append(v.Ways, wayChoice{string(staff.ToDepartment), l.T(message("departure.way-department")), hint, false, false})
	}
	way := f.get("way")
	if way == string(staff.ToPicked) && r.cur.Rights.Can(access.CasesViewAll) {
		v.Ways = append(v.Ways, wayChoice{string(staff.ToPicked), l.T(message("departure.way-picked")), "", true, false})
		rows, total, err := w.Cases.OfOwner(r.ctx, r.actor(), c.ID, cases.Owned{Limit: picksMost})
		if err != nil {
			return err
		}
		for _, row := range rows {
			name := "to-" + row.ID
			v.Taker.Rest = true
			v.Picks = append(v.Picks, pickLine{name, hiddenNumber(l, &row), row.Title, row.Client, pickChoices(takers, f.get(name)), p.field(name)})
		}
		if total > int64(len(rows)) {
			v.PicksMore = l.T(message("departure.picked-first", "Count", len(rows)))
		}
	} else {
		v.PickedURL = withBack("/users/"+c.ID+"/deactivation/new?way=picked", v.Back)
	}
	for i := range v.Ways {
		v.Ways[i].Taken = v.Ways[i].Value == way
	}
	return nil
}

// pickChoices are the colleagues whom a case can be given to: those of the department first, and whoever was chosen.
func pickChoices(takers []cases.Taker, chosen string) []choice {
	var list []choice
	for i, t := range takers {
		if i < takersOffered || t.ID == chosen {
			list = append(list, choice{t.ID, takerName(t), t.ID == chosen})
		}
	}
	return list
}

// usersDeactivationConfirm asks before a planned departure is cancelled.
func (w *Web) usersDeactivationConfirm(r *request) error {
	return w.usersConfirm(r, "users/deactivation/delete", "departure.cancel-title", "departure.cancel-question")
}

// usersDeactivationDelete cancels a planned departure.
func (w *Web) usersDeactivationDelete(r *request) error {
	id := r.Params("id")
	if err := w.Staff.CancelDeparture(r.ctx, r.actor(), id); err != nil && !errors.Is(err, fault.ErrNotFound) {
		return err
	}
	return r.goTo("/users/" + id + "/deactivation")
}
