package staff

import (
	"context"
	"fmt"
	"slices"

	"chancery/app/access"
)

// Selected is a person of a selection.
type Selected struct {
	ID          string
	Email       string
	FirstName   string
	LastName    string
	DisplayName string
	Status      Status
	RoleID      string
	ProfileIDs  string // by spaces
	// DepartmentID is nil for none.
	DepartmentID *string
}

// Name is what lists call the person.
func (s *Selected) Name() string { return DisplayName(s.FirstName, s.LastName, s.DisplayName) }

// selectedAtOnce is how many ids one query asks for.
const selectedAtOnce = 500

// Select is the people of these ids by last name; ids that nobody has are left out. It needs users.view.
func (s *Staff) Select(ctx context.Context, actor access.Actor, ids []string) ([]Selected, error) {
	if err := actor.Must(access.UsersView); err != nil {
		return nil, err
	}
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	type row struct {
		Selected
		SortName string
	}
	var rows []row
	for part := range slices.Chunk(ids, selectedAtOnce) {
		var some []row
		err := s.db.In(ctx).Raw(`SELECT u.id, u.email, u.first_name, u.last_name, u.display_name, u.status, u.sort_name, u.role_id, u.department_id,
			COALESCE((SELECT string_agg(p.profile_id, ' ') FROM user_profiles p WHERE p.user_id = u.id), '') AS profile_ids FROM users u WHERE u.id IN ?`, part).Scan(&some).Error
		if err != nil {
			return nil, fmt.Errorf("selected users: %w", err)
		}
		rows = append(rows, some...)
	}
	slices.SortFunc(rows, func(a, b row) int {
		if a.SortName != b.SortName {
			if a.SortName < b.SortName {
				return -1
			}
			return 1
		}
		if a.ID < b.ID {
			return -1
		}
		return 1
	})
	people := make([]Selected, len(rows))
	for i := range rows {
		people[i] = rows[i].Selected
	}
	return people, nil
}
