package access

import (
	"context"
	"fmt"
	"slices"

	"chancery/app/store"
)

// Origins of a right.
const (
	FromRole    = "role"
	FromProfile = "profile"
)

// Origin is where a right comes from (B-11): a role, the role's ancestor, a profile that was added to the person, or one
// that hangs on the role or on its ancestor.
type Origin struct {
	Kind     string // FromRole or FromProfile
	ID, Name string // of the role or profile, the name as the practice wrote it
	Parent   bool   // through an ancestor of the person's role
	RoleID   string // of a profile: the role that it hangs on; "" when it was added to the person
	RoleName string
}

// Source is a right with all that it comes from, never empty. Taking a right away means to take it from each.
type Source struct {
	Permission Permission
	From       []Origin
}

// Sources explains the rights of a role with profiles added, in reading order. It looks through the same parts as
// Rights, so that it names just the rights that there are. The caller must not change what it gets.
func (b *Book) Sources(roleID string, profileIDs []string) []Source {
	role := b.roles[roleID]
	if role == nil {
		role = &bookRole{}
	}
	if len(profileIDs) == 0 && role.sources != nil {
		return role.sources()
	}
	parts := slices.Clone(role.parts)
	for _, id := range profileIDs {
		if p := b.profiles[id]; p != nil {
			parts = append(parts, part{Origin{Kind: FromProfile, ID: p.ID, Name: p.Name}, p.grants})
		}
	}
	return role.explain(parts)
}

// explain names for each permission the parts that grant it.
func (role *bookRole) explain(parts []part) []Source {
	var all []Source
	for _, p := range All() {
		s := Source{Permission: p}
		if role.Super {
			s.From = append(s.From, Origin{Kind: FromRole, ID: role.ID, Name: role.Name})
		}
		for _, part := range parts {
			if _, ok := part.grants[p]; ok && !(role.Super && part.ID == role.ID) {
				s.From = append(s.From, part.Origin)
			}
		}
		if len(s.From) > 0 {
			all = append(all, s)
		}
	}
	return all
}

// Sources explains the rights that a user has now; an unknown user has none.
func (a *Access) Sources(ctx context.Context, userID string) ([]Source, error) {
	role, profiles, book, err := a.of(ctx, userID)
	if err != nil || book == nil {
		return nil, err
	}
	return book.Sources(role, profiles), nil
}

// Of reads the rights a user has now: role ∪ profiles (S1-25). An unknown user has none.
func (a *Access) Of(ctx context.Context, userID string) (Rights, error) {
	role, profiles, book, err := a.of(ctx, userID)
	if err != nil || book == nil {
		return Rights{}, err
	}
	return book.Rights(role, profiles), nil
}

func (a *Access) of(ctx context.Context, userID string) (role string, profiles []string, book *Book, err error) {
	known, err := store.One(a.db.In(ctx).Raw(`SELECT role_id FROM users WHERE id = ?`, userID), &role)
	if err != nil || !known {
		return "", nil, nil, err
	}
	if err := a.db.In(ctx).Raw(`SELECT profile_id FROM user_profiles WHERE user_id = ? ORDER BY profile_id`, userID).Scan(&profiles).Error; err != nil {
		return "", nil, nil, fmt.Errorf("rights: %w", err)
	}
	if book, err = ReadBook(ctx, a.db); err != nil { // after the user: it knows every role and profile that they can have
		return "", nil, nil, fmt.Errorf("rights: %w", err)
	}
	return role, profiles, book, nil
}
