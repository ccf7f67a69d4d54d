package staff

import (
	"context"
	"database/sql"
	"fmt"
)

// Several are the users of these ids, by their ids, for who works on many at once: what they are called, where mails reach them
// and whether they may come in; nothing else is read. One that does not exist is missing.
func (s *Staff) Several(ctx context.Context, ids []string) (map[string]*User, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	several := make(map[string]*User, len(ids))
	err := s.db.Query(ctx, func(row *sql.Rows) error {
		var u User
		if err := row.Scan(&u.ID, &u.Email, &u.FirstName, &u.LastName, &u.DisplayName, (*string)(&u.Status)); err != nil {
			return err
		}
		several[u.ID] = &u
		return nil
	}, `SELECT id, email, first_name, last_name, display_name, status FROM users WHERE id `+s.db.Among("$1"), s.db.List(ids))
	if err != nil {
		return nil, fmt.Errorf("users: %w", err)
	}
	return several, nil
}
