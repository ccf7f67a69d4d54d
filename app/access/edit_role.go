package access

import (
	"context"
	"slices"
	"strings"
	"time"

	"chancery/app/fault"
	"chancery/app/store"
)

// RoleEdit is what an administrator says of a role.
type RoleEdit struct {
	Name        string
	Summary     string
	ParentID    string       // "" for none
	Permissions []Permission // the role's own
	ProfileIDs  []string     // that hang on it (V-2)
	Generation  int64        // of the role that the form was filled in from (B-16); of a new one 0
}

// CreateRole makes a role (S1-26). It needs roles.edit and every right that the role is to grant; it returns
// *fault.Invalid or *fault.Forbidden.
func (a *Access) CreateRole(ctx context.Context, actor Actor, e RoleEdit) (*Role, error) {
	was := &bookRole{Role: Role{ID: store.NewID()}}
	var now *bookRole
	err := a.change(ctx, actor, func(ctx context.Context, b *Book) (err error) {
		for _, r := range b.Roles() {
			was.Position = max(was.Position, r.Position+1)
		}
		if now, err = b.editedRole(actor, was, e); err != nil {
			return err
		}
		return a.save(ctx, actor, "role.create", was, now)
	})
	if err != nil {
		return nil, err
	}
	return &now.Role, nil
}

// UpdateRole changes a role: what it says of itself, its parent, its permissions, the profiles that hang on it. What it
// grants to others acts with their next request. It needs roles.edit; nobody adds or takes a right that they do not
// hold, and nobody changes the Super Admin. It returns *fault.Invalid, *fault.Conflict (another has saved meanwhile, B-16),
// *fault.Refused, *fault.Forbidden or fault.ErrNotFound.
func (a *Access) UpdateRole(ctx context.Context, actor Actor, id string, e RoleEdit) error {
	return a.change(ctx, actor, func(ctx context.Context, b *Book) error {
		was, err := b.editable(id)
		if err != nil {
			return err
		}
		now, err := b.editedRole(actor, was, e)
		if err != nil {
			return err
		}
		return a.save(ctx, actor, "role.update", was, now)
	})
}

func (b *Book) editable(roleID string) (*bookRole, error) {
	r := b.roles[roleID]
	switch {
	case r == nil:
		return nil, fault.ErrNotFound
	case r.Super:
		return nil, fault.Refuse("access.super-fixed")
	}
	return r, nil
}

// editedRole checks an edit of a role and returns the role as it would be. Everything wrong comes back at once.
func (b *Book) editedRole(actor Actor, was *bookRole, e RoleEdit) (*bookRole, error) {
	now := &bookRole{Role: was.Role, hung: slices.Compact(slices.Sorted(slices.Values(e.ProfileIDs)))}
	bad := &fault.Invalid{}
	now.Name, now.Summary = checkName(bad, e.Name), checkSummary(bad, e.Summary)
	if now.ParentID = nil; e.ParentID != "" {
		now.ParentID = &e.ParentID
	}
	now.own = checkPermissions(bad, was.own, e.Permissions)
	if now.parent() != was.parent() && now.parent() != "" {
		switch parent := b.roles[now.parent()]; {
		case parent == nil:
			bad.Add("parent", "access.choose")
		case parent.Super:
			bad.Add("parent", "access.parent-super")
		case slices.Contains(b.Heirs(was.ID), parent.ID):
			bad.Add("parent", "access.parent-circle")
		default:
			beyond(bad, "parent", actor, union(parent.sets))
		}
	}
	for _, id := range now.hung {
		if p := b.profiles[id]; p == nil {
			bad.Add("profiles", "access.choose")
		} else if !slices.Contains(was.hung, id) {
			beyond(bad, "profiles", actor, p.grants)
		}
	}
	beyond(bad, "permissions", actor, less(now.own, was.own))
	b.beyondTaken(bad, actor, was, now)
	if err := bad.Err(); err != nil {
		return nil, err
	}
	return now, stale(e.Generation, was.Generation, differences(now, was))
}

// beyondTaken notes, where it is lost, what the people of a role would lose that the actor does not hold.
func (b *Book) beyondTaken(bad *fault.Invalid, actor Actor, was, now *bookRole) {
	left := []grants{now.own}
	if parent := b.roles[now.parent()]; parent != nil {
		left = append(left, parent.sets...)
	}
	for _, id := range now.hung {
		if p := b.profiles[id]; p != nil {
			left = append(left, p.grants)
		}
	}
	field := "profiles"
	switch {
	case len(less(was.own, now.own)) > 0:
		field = "permissions"
	case was.parent() != now.parent():
		field = "parent"
	}
	beyondTaken(bad, field, actor, less(union(was.sets), union(left)))
}

func (r *bookRole) parent() string {
	if r.ParentID == nil {
		return ""
	}
	return *r.ParentID
}

func (r *bookRole) identity() (kind, id string) { return "role", r.ID }

func (r *bookRole) facts() []fact {
	return []fact{
		{"name", r.Name}, {"summary", r.Summary}, {"parent", r.parent()}, {"profiles", strings.Join(r.hung, " ")}, {"permissions", r.own.String()},
	}
}

func (r *bookRole) lists() []grantList {
	return []grantList{{"role_permissions", "permission", r.own.texts()}, {"role_profiles", "profile_id", r.hung}}
}

func (r *bookRole) row() any { return &r.Role }

func (r *bookRole) columns() map[string]any {
	return map[string]any{"name": r.Name, "summary": r.Summary, "parent_id": r.ParentID}
}

func (r *bookRole) touch(at time.Time) int64 {
	if r.Generation++; r.Generation == 1 {
		r.CreatedAt = at
	}
	r.UpdatedAt = at
	return r.Generation
}
