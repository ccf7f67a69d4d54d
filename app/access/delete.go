package access

import (
	"context"
	"fmt"

	"chancery/app/audit"
	"chancery/app/fault"
	"chancery/app/owned"
	"chancery/app/store"
)

// DeleteRole takes a custom role away that nobody has, whether they work here or have left, and that is nobody's parent.
// It needs roles.edit; it returns *fault.Refused, *fault.Forbidden or fault.ErrNotFound.
func (a *Access) DeleteRole(ctx context.Context, actor Actor, id string) error {
	return a.change(ctx, actor, func(ctx context.Context, b *Book) error {
		was, err := a.freeRole(ctx, b, id)
		if err != nil {
			return err
		}
		return a.release(ctx, actor, was, &bookRole{})
	})
}

// DeleteProfile takes a profile away that nobody has and that hangs on no role, with the errors of DeleteRole.
func (a *Access) DeleteProfile(ctx context.Context, actor Actor, id string) error {
	return a.change(ctx, actor, func(ctx context.Context, b *Book) error {
		was, err := a.freeProfile(ctx, b, id)
		if err != nil {
			return err
		}
		return a.release(ctx, actor, was, &bookProfile{})
	})
}

// MayDeleteRole returns the error that DeleteRole would return now, for a page that asks first.
func (a *Access) MayDeleteRole(ctx context.Context, actor Actor, b *Book, id string) error {
	if err := actor.Must(RolesEdit); err != nil {
		return err
	}
	_, err := a.freeRole(ctx, b, id)
	return err
}

// MayDeleteProfile is MayDeleteRole of DeleteProfile.
func (a *Access) MayDeleteProfile(ctx context.Context, actor Actor, b *Book, id string) error {
	if err := actor.Must(RolesEdit); err != nil {
		return err
	}
	_, err := a.freeProfile(ctx, b, id)
	return err
}

func (a *Access) freeRole(ctx context.Context, b *Book, id string) (*bookRole, error) {
	was, err := b.editable(id)
	switch {
	case err != nil:
		return nil, err
	case Base(id):
		return nil, fault.Refuse("access.role-base")
	}
	if err := owned.Whole(ctx, a.db, "role", id); err != nil { // first: nobody is to free in vain what stays all the same
		return nil, err
	}
	if len(b.Heirs(id)) > 1 {
		return nil, fault.Refuse("access.role-parent")
	}
	return was, a.unused(ctx, was, `SELECT count(*) FROM users WHERE role_id = ?`)
}

func (a *Access) freeProfile(ctx context.Context, b *Book, id string) (*bookProfile, error) {
	was := b.profiles[id]
	if was == nil {
		return nil, fault.ErrNotFound
	}
	if err := owned.Whole(ctx, a.db, "profile", id); err != nil {
		return nil, err
	}
	if len(b.Carriers(id)) > 0 {
		return nil, fault.Refuse("access.profile-hangs")
	}
	return was, a.unused(ctx, was, `SELECT count(*) FROM user_profiles WHERE profile_id = ?`)
}

// unused refuses what someone has, counted by a query.
func (a *Access) unused(ctx context.Context, was subject, having string) error {
	kind, id := was.identity()
	var n int64
	if err := a.db.In(ctx).Raw(having, id).Scan(&n).Error; err != nil {
		return fmt.Errorf("count people with %s: %w", kind, err)
	}
	if n > 0 {
		return fault.Refuse("access."+kind+"-in-use", "Count", n)
	}
	return nil
}

// release removes a subject that nobody has, with the rows that belong to it; none is an empty one of its kind. Whoever
// gives it to a person at the same moment is stopped by the foreign key, or stops this.
func (a *Access) release(ctx context.Context, actor Actor, was, none subject) error {
	kind, id := was.identity()
	for _, l := range was.lists() {
		if err := a.db.In(ctx).Exec(`DELETE FROM `+l.table+` WHERE `+kind+`_id = ?`, id).Error; err != nil {
			return fmt.Errorf("release %s: %w", kind, err)
		}
	}
	if err := a.db.In(ctx).Exec(`DELETE FROM `+kind+`s WHERE id = ?`, id).Error; err != nil {
		if store.Violated(err, "users_role_id_fkey", "") || store.Violated(err, "user_profiles_profile_id_fkey", "") {
			return fault.Refuse("access."+kind+"-in-use", "Count", int64(1))
		}
		return fmt.Errorf("release %s: %w", kind, err)
	}
	if err := audit.Record(ctx, a.db, actor.Actor, audit.Entry{Action: kind + ".delete", Kind: kind, ID: id, Changes: differences(was, none)}); err != nil {
		return err
	}
	return a.db.Changed(ctx, kind+"/"+id)
}
