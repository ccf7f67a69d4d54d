package staff

import (
	"context"
	"fmt"
	"strings"
	"time"

	"chancery/app/access"
)

// Row is a user as a list shows them.
type Row struct {
	ID           string
	Email        string
	FirstName    string
	LastName     string
	DisplayName  string
	Title        string
	Status       Status
	LockedUntil  *time.Time
	RoleID       string
	RoleName     string
	Department   string
	PictureID    *string
	LastSignInAt *time.Time
}

// Name is what the list calls the person.
func (r *Row) Name() string { return DisplayName(r.FirstName, r.LastName, r.DisplayName) }

// Query says which users a list wants.
type Query struct {
	Search string // words, all of which must occur in name, e-mail, title or phone
	Page   int    // from 1
	Size   int
}

// List is one page of the users by last name, and how many there are in all. It needs users.view (S1-1).
func (s *Staff) List(ctx context.Context, actor access.Actor, q Query) (rows []Row, total int64, err error) {
	if err := actor.Must(access.UsersView); err != nil {
		return nil, 0, err
	}
	where, args := "", []any{}
	for i, w := range strings.Fields(Fold(q.Search)) {
		if i == 8 {
			break
		}
		where += ` AND u.search LIKE ? ESCAPE '!'`
		args = append(args, "%"+strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(w)+"%")
	}
	if err := s.db.In(ctx).Raw(`SELECT count(*) FROM users u WHERE 1 = 1`+where, args...).Scan(&total).Error; err != nil {
		return nil, 0, fmt.Errorf("count users: %w", err)
	}
	// The page is cut from the index first and joined afterwards, so that 10,000 users cost as much as fifty.
	err = s.db.In(ctx).Raw(`SELECT u.id, u.email, u.first_name, u.last_name, u.display_name, u.title, u.status, u.role_id,
			u.picture_id, u.last_sign_in_at, c.locked_until, r.name AS role_name, COALESCE(d.name, '') AS department
		FROM (SELECT u.* FROM users u WHERE 1 = 1`+where+` ORDER BY sort_name, id LIMIT ? OFFSET ?) u
		JOIN roles r ON r.id = u.role_id
		LEFT JOIN departments d ON d.id = u.department_id
		LEFT JOIN credentials c ON c.user_id = u.id
		ORDER BY u.sort_name, u.id`, append(args, q.Size, (max(q.Page, 1)-1)*q.Size)...).Scan(&rows).Error
	if err != nil {
		return nil, 0, fmt.Errorf("list users: %w", err)
	}
	return rows, total, nil
}
