package agenda

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"chancery/app/cases"
	"chancery/app/fault"
	"chancery/app/zone"
)

// check holds a plan to its bounds, and says who comes besides the owner. Whoever was known before may have left since.
func (a *Agenda) check(ctx context.Context, p *Plan, known []string) (people []string, err error) {
	bad := &fault.Invalid{}
	p.Title = line(bad, "title", p.Title, true)
	p.Place = line(bad, "place", p.Place, false)
	p.Notes = strings.TrimSpace(strings.ReplaceAll(p.Notes, "\r\n", "\n"))
	if n := utf8.RuneCountInString(p.Notes); n > notesMax {
		bad.Add("notes", "agenda.too-long", "Max", notesMax, "Count", n)
	}
	p.StartsAt, p.EndsAt = p.StartsAt.UTC().Truncate(time.Second), p.EndsAt.UTC().Truncate(time.Second)
	switch {
	case p.StartsAt.Year() < 2000 || p.StartsAt.Year() > 2100:
		bad.Add("starts", "agenda.no-day")
	case !p.EndsAt.After(p.StartsAt):
		bad.Add("ends", "agenda.ends-before")
	case p.EndsAt.Sub(p.StartsAt) > lastsMost:
		bad.Add("ends", "agenda.too-far", "Days", int(lastsMost/(24*time.Hour)))
	}
	if name, ok := zone.Canonical(p.Zone); ok {
		p.Zone = name
	} else {
		bad.Add("zone", "agenda.no-zone")
	}
	people = slices.DeleteFunc(slices.Clone(p.People), func(id string) bool { return id == "" || id == p.OwnerID })
	slices.Sort(people)
	if people = slices.Compact(people); len(people) > peopleMax {
		bad.Add("people", "agenda.too-many", "Max", peopleMax)
		return nil, bad.Err()
	}
	fresh := slices.DeleteFunc(append(slices.Clone(people), p.OwnerID), func(id string) bool { return slices.Contains(known, id) })
	var here []string
	if len(fresh) > 0 {
		if err := a.db.In(ctx).Raw(`SELECT id FROM users WHERE id IN ? AND status <> 'INACTIVE'`, fresh).Scan(&here).Error; err != nil {
			return nil, fmt.Errorf("who comes: %w", err)
		}
	}
	for _, id := range fresh {
		switch {
		case slices.Contains(here, id):
		case id == p.OwnerID:
			bad.Add("owner", "agenda.owner-gone")
		default:
			bad.Add("people", "agenda.person-gone")
		}
	}
	if err := a.seeing(ctx, bad, p, here); err != nil {
		return nil, err
	}
	return people, bad.Err()
}

// seeing refuses who does not see the case that a plan is of: they would never see the appointment.
func (a *Agenda) seeing(ctx context.Context, bad *fault.Invalid, p *Plan, fresh []string) error {
	if p.CaseID == "" || len(fresh) == 0 {
		return nil
	}
	sees, with := cases.SeenBy()
	blind, err := a.persons(ctx, `SELECT u.id, u.first_name, u.last_name, u.display_name FROM users u JOIN cases k ON k.id = ?
		WHERE u.id IN ? AND COALESCE(k.owner_id, '') <> u.id AND NOT `+sees+` ORDER BY u.sort_name, u.id`, append([]any{p.CaseID, fresh}, with...)...)
	if err != nil {
		return err
	}
	var names []string
	for i := range blind {
		if blind[i].ID == p.OwnerID {
			bad.Add("owner", "agenda.owner-not-on-case", "Name", blind[i].Name())
		} else {
			names = append(names, blind[i].Name())
		}
	}
	if len(names) > 0 {
		bad.Add("people", "agenda.not-on-case", "Count", len(names), "Names", strings.Join(names, ", "))
	}
	return nil
}

// line is one line of text.
func line(bad *fault.Invalid, field, s string, needed bool) string {
	s = strings.Join(strings.Fields(s), " ")
	switch n := utf8.RuneCountInString(s); {
	case n == 0 && needed:
		bad.Add(field, "agenda.empty")
	case n > titleMax:
		bad.Add(field, "agenda.too-long", "Max", titleMax, "Count", n)
	}
	return s
}
