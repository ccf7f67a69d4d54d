package staff

import (
	"context"
	"fmt"
)

// Several are the users of these ids, by their ids, for who works on many at once. One that does not exist is missing.
func (s *Staff) Several(ctx context.Context, ids []string) (map[string]*User, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	var users []User
	if err := s.db.In(ctx).Where("id IN ?", ids).Find(&users).Error; err != nil {
		return nil, fmt.Errorf("users: %w", err)
	}
	several := make(map[string]*User, len(users))
	for i := range users {
		several[users[i].ID] = &users[i]
	}
	return several, nil
}
