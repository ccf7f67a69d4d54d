package access

import (
	"context"
	"time"

	"chancery/app/fault"
	"chancery/app/store"
)

// ProfileEdit is what an administrator says of a profile.
type ProfileEdit struct {
	Name        string
	Summary     string
	Permissions []Permission
	Generation  int64
}

// CreateProfile makes a profile (S1-27). It needs roles.edit and every right that the profile is to add; it returns
// *fault.Invalid or *fault.Forbidden.
func (a *Access) CreateProfile(ctx context.Context, actor Actor, e ProfileEdit) (*Profile, error) {
	was := &bookProfile{Profile: Profile{ID: store.NewID()}}
	var now *bookProfile
	err := a.change(ctx, actor, func(ctx context.Context, _ *Book) (err error) {
		if now, err = editedProfile(actor, was, e); err != nil {
			return err
		}
		return a.save(ctx, actor, "profile.create", was, now)
	})
	if err != nil {
		return nil, err
	}
	return &now.Profile, nil
}

// UpdateProfile changes a profile as UpdateRole does a role, with the same errors.
func (a *Access) UpdateProfile(ctx context.Context, actor Actor, id string, e ProfileEdit) error {
	return a.change(ctx, actor, func(ctx context.Context, b *Book) error {
		was := b.profiles[id]
		now, err := editedProfile(actor, was, e)
		if err != nil {
			return err
		}
		return a.save(ctx, actor, "profile.update", was, now)
	})
}

// editedProfile checks an edit of a profile and returns the profile as it would be.
func editedProfile(actor Actor, was *bookProfile, e ProfileEdit) (*bookProfile, error) {
	if was == nil {
		return nil, fault.ErrNotFound
	}
	now := &bookProfile{Profile: was.Profile}
	bad := &fault.Invalid{}
	now.Name, now.Summary = checkName(bad, e.Name), checkSummary(bad, e.Summary)
	now.grants = checkPermissions(bad, was.grants, e.Permissions)
	beyond(bad, "permissions", actor, less(now.grants, was.grants))
	beyondTaken(bad, "permissions", actor, less(was.grants, now.grants))
	if err := bad.Err(); err != nil {
		return nil, err
	}
	return now, stale(e.Generation, was.Generation, differences(now, was))
}

func (p *bookProfile) identity() (kind, id string) { return "profile", p.ID }

func (p *bookProfile) facts() []fact {
	return []fact{{"name", p.Name}, {"summary", p.Summary}, {"permissions", p.grants.String()}}
}

func (p *bookProfile) lists() []grantList {
	return []grantList{{"profile_permissions", "permission", p.grants.texts()}}
}

func (p *bookProfile) row() any { return &p.Profile }

func (p *bookProfile) columns() map[string]any {
	return map[string]any{"name": p.Name, "summary": p.Summary}
}

func (p *bookProfile) touch(at time.Time) int64 {
	if p.Generation++; p.Generation == 1 {
		p.CreatedAt = at
	}
	p.UpdatedAt = at
	return p.Generation
}
