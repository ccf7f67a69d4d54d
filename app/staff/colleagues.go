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

// Colleagues is one page of the people who work here, by last name, and how many there are in all; the actor is one of
// them. It needs no permission. Whoever has left, or has not been here yet, is found by List alone.
func (s *Staff) Colleagues(ctx context.Context, actor access.Actor, q Query) (people []Colleague, total int64, err error) {
	where, args := matching(q.Search)
	where = `u.status = 'ACTIVE'` + where
	if err := s.db.In(ctx).Raw(`SELECT count(*) FROM users u WHERE `+where, args...).Scan(&total).Error; err != nil {
		return nil, 0, fmt.Errorf("count colleagues: %w", err)
	}
	args = append(append([]any{actor.ID}, args...), q.Size, (max(q.Page, 1)-1)*q.Size)
	err = s.db.In(ctx).Raw(`SELECT u.id, u.first_name, u.last_name, u.display_name, u.email, u.title, u.picture_id, u.office,
			CASE WHEN u.cell_hidden AND u.id <> ? THEN '' ELSE u.cell END AS cell, COALESCE(d.name, '') AS department
		FROM (SELECT u.* FROM users u WHERE `+where+` ORDER BY sort_name, id LIMIT ? OFFSET ?) u
		LEFT JOIN departments d ON d.id = u.department_id
		ORDER BY u.sort_name, u.id`, args...).Scan(&people).Error
	if err != nil {
		return nil, 0, fmt.Errorf("list colleagues: %w", err)
	}
	return people, total, nil
}
