package staff

import (
	"context"
	"fmt"

	"chancery/app/access"
)

// Colleague is a person as everybody who works here finds them in the list (S0-1, S0-14): what is on the card too, and
// nothing of the account.
type Colleague struct {
	ID          string
	FirstName   string
	LastName    string
	DisplayName string
	Email       string
	Title       string
	Department  string
	PictureID   *string
	Cell        string // E.164; "" when the person hides it from others (C-9)
	Office      string // E.164, with ;ext= when there is an extension
}

// Name is what others call the person.
func (c *Colleague) Name() string { return DisplayName(c.FirstName, c.LastName, c.DisplayName) }

// Colleagues is one part of the people who work here, and how many there are; the actor is one of them. It needs no
// permission. Of the query only the search, the order and the part count: whoever has left, or has not been here yet, is
// found by List alone.
func (s *Staff) Colleagues(ctx context.Context, actor access.Actor, q Query) (Part[Colleague], error) {
	here := condition{finds: "u.status = 'ACTIVE'", tests: s.bare("u.status") + " = 'ACTIVE'", order: SortName}
	m, err := s.match(ctx, append(s.searching(q.Search), here))
	if err != nil {
		return Part[Colleague]{}, fmt.Errorf("count colleagues: %w", err)
	}
	p := Part[Colleague]{Total: min(m.total, CountMax), More: m.total > CountMax}
	err = part(ctx, s, m, q, `u.id, u.first_name, u.last_name, u.display_name, u.email, u.title, u.picture_id, u.office,
		CASE WHEN u.cell_hidden AND u.id <> ? THEN '' ELSE u.cell END AS cell, COALESCE(d.name, '') AS department`, &p, actor.ID)
	if err != nil {
		return Part[Colleague]{}, fmt.Errorf("list colleagues: %w", err)
	}
	return p, nil
}
