package web

import (
	"strings"
	"time"

	"chancery/app/staff"
	"chancery/views"
)

// Who is away is said wherever a person is chosen or named (B-5): in lists that something is given from, so that who gives it knows before; on
// their card; and beside a case.

// awayText is "Away until 27 November 2026; Ben Ode stands in".
func awayText(l views.Locale, o staff.Out) string {
	until := dayOnly(l, o.LastDay).Text
	if o.StandIn == nil {
		return l.T(message("absence.away-alone", "Day", until))
	}
	return l.T(message("absence.away", "Day", until, "Name", o.StandIn.Name()))
}

// awayTexts says so of those of some people who are away at a moment, by their id.
func (w *Web) awayTexts(r *request, ids []string, at time.Time) (map[string]string, error) {
	outs, err := w.Staff.Outs(r.ctx, ids, at)
	if err != nil {
		return nil, err
	}
	l, texts := r.locale(w), make(map[string]string, len(outs))
	for id, o := range outs {
		texts[id] = awayText(l, o)
	}
	return texts, nil
}

// markAway says in a list of people to choose from who of them is away at a moment.
func (w *Web) markAway(r *request, people []choice, at time.Time) error {
	ids := make([]string, len(people))
	for i := range people {
		ids[i] = people[i].Value
	}
	texts, err := w.awayTexts(r, ids, at)
	if err != nil {
		return err
	}
	l := r.locale(w)
	for i := range people {
		if text := texts[people[i].Value]; text != "" {
			people[i].Text = l.T(message("absence.choice", "Name", people[i].Text, "Away", text))
		}
	}
	return nil
}

// sayAway says of people who are named on a page that they are away at a moment; nil ones are nobody.
func (w *Web) sayAway(r *request, at time.Time, people ...*namedPerson) error {
	var ids []string
	for _, p := range people {
		if p != nil {
			ids = append(ids, p.id())
		}
	}
	if len(ids) == 0 {
		return nil
	}
	texts, err := w.awayTexts(r, ids, at)
	if err != nil {
		return err
	}
	for _, p := range people {
		if p != nil {
			p.Away = texts[p.id()]
		}
	}
	return nil
}

func (p *namedPerson) id() string { return strings.TrimPrefix(p.URL, "/users/") }
