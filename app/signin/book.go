package signin

import (
	"context"

	"chancery/app/access"
)

// Sources explains the person's rights, by the book that found them (B-11, S2-13).
func (c *Current) Sources() []access.Source {
	if c.practice == nil {
		return nil
	}
	return c.practice.book.Sources(c.User.RoleID, c.profileIDs)
}

// Book is the roles and profiles as they were at the start of the caller's request, or later: Resume has just compared
// what is kept with the database. Pages that show rights read it and ask nothing.
func (s *Signin) Book(ctx context.Context) (*access.Book, error) {
	if p := s.practice.last.Load(); p != nil {
		return p.book, nil
	}
	return access.ReadBook(ctx, s.db)
}
