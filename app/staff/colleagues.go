package staff

import (
	"context"
	"fmt"

	"chancery/app/access"
	"chancery/app/listing"
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
func (s *Staff) Colleagues(ctx context.Context, actor access.Actor, q Query) (listing.Part[Colleague], error) {
	asked := s.asked(Query{Sort: q.Sort, Descending: q.Descending, After: q.After, Before: q.Before, Size: q.Size})
	asked.Where = s.working(q.Search)
	p, err := listing.Read[Colleague](ctx, s.db, table, asked, colleagueColumns(actor))
	if err != nil {
		return p, fmt.Errorf("list colleagues: %w", err)
	}
	return p, nil
}

// FirstColleagues is the first of those whom Colleagues finds, by name, for who searches as they type: of more than
// listing.FirstMax they are the first of some of those (listing.First).
func (s *Staff) FirstColleagues(ctx context.Context, actor access.Actor, search string, most int) (listing.Part[Colleague], error) {
	asked := s.asked(Query{Size: most})
	asked.Where = s.working(search)
	p, err := listing.First[Colleague](ctx, s.db, table, asked, colleagueColumns(actor))
	if err != nil {
		return p, fmt.Errorf("search colleagues: %w", err)
	}
	return p, nil
}

// working are the conditions of those who work here and whom a search finds.
func (s *Staff) working(search string) []listing.Condition {
	return append(s.searching(search), listing.Equal(s.db, "u.status", Active, string(SortName)))
}

func colleagueColumns(actor access.Actor) listing.Columns {
	return listing.Columns{Select: `u.id, u.first_name, u.last_name, u.display_name, u.email, u.title, u.picture_id, u.office,
		CASE WHEN u.cell_hidden AND u.id <> ? THEN '' ELSE u.cell END AS cell, COALESCE(d.name, '') AS department`, Joins: rowJoins, Args: []any{actor.ID}}
}
