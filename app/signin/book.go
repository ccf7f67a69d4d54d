package signin

import (
	"context"

	"chancery/app/access"
)

// Book is the roles and profiles as they were at the start of the caller's request, or later: Resume has just compared
// what is kept with the database. Pages that show rights read it and ask nothing.
func (s *Signin) Book(ctx context.Context) (*access.Book, error) {
	if p := s.practice.last.Load(); p != nil {
		return p.book, nil
	}
	return access.ReadBook(ctx, s.db)
}
