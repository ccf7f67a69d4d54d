// Package search answers one question over people, clients and cases: words, all of which must occur in whatever is found.
//
// It has no table and no rule of its own. What there is to find, and who finds it, the rooms below say: people as
// colleagues find each other (staff.Colleagues), so that a hidden cell number finds nobody; clients of whom the reader sees
// a case, and cases that the reader sees, by number, title, and the names of client and owner, mixed (cases.Search). How
// words are looked for is listing's: by trigrams on Postgres, by FTS5 on SQLite. What things look like,
// and how many are shown, never comes in here.
//
// What a question costs is said by make bench ARGS="-search", at a hundred thousand cases and fifty thousand clients, for who
// sees all of them and for who sees their own.
package search

import (
	"context"

	"chancery/app/access"
	"chancery/app/cases"
	"chancery/app/listing"
	"chancery/app/staff"
)

// Search is the room.
type Search struct {
	staff *staff.Staff
	cases *cases.Cases
}

// New opens the room.
func New(people *staff.Staff, c *cases.Cases) *Search { return &Search{people, c} }

// Found is what a question found, the first of each kind and how many there are (listing.FirstMax at most).
type Found struct {
	People  listing.Part[staff.Colleague] // by last name
	Clients listing.Part[cases.ClientRow] // by name
	Cases   listing.Part[cases.Row]       // those opened last first
}

// Empty tells whether nothing was found.
func (f *Found) Empty() bool { return f.People.Total+f.Clients.Total+f.Cases.Total == 0 }

// Find is the first of each kind, most of each at most, of what the actor may find. A question without words finds nothing;
// who may see no case finds people alone.
func (s *Search) Find(ctx context.Context, actor access.Actor, question string, most int) (f Found, err error) {
	if len(listing.Terms(question)) == 0 {
		return f, nil
	}
	if f.People, err = s.staff.FirstColleagues(ctx, actor, question, most); err != nil {
		return f, err
	}
	if !actor.Rights.Can(access.CasesView) {
		return f, nil
	}
	f.Cases, f.Clients, err = s.cases.Search(ctx, actor, question, most)
	return f, err
}
