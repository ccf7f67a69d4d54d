package access

import (
	"context"
	"fmt"

	"chancery/app/audit"
	"chancery/app/fault"
	"chancery/app/store"
)

// DeleteRole takes a custom role away that nobody has, whether they work here or have left, and that is nobody's parent.
// It needs roles.edit; it returns *fault.Refused, *fault.Forbidden or fault.ErrNotFound.
func (a *Access) DeleteRole(ctx context.Context, actor Actor, id string) error {
	return a.change(ctx, actor, func(ctx context.Context, b *Book) error {
		was, err := b.editable(id)
		switch {
		case err != nil:
			return err
		case Base(id):
			return fault.Refuse("access.role-base")
		case len(b.Heirs(id)) > 1:
			return fault.Refuse("access.role-parent")
		}
		return a.release(ctx, actor, was, &bookRole{}, `SELECT count(*) FROM users WHERE role_id = ?`)
	})
}

// DeleteProfile takes a profile away that nobody has and that hangs on no role, with the errors of DeleteRole.
func (a *Access) DeleteProfile(ctx context.Context, actor Actor, id string) error {
	return a.change(ctx, actor, func(ctx context.Context, b *Book) error {
		was := b.profiles[id]
		switch {
		case was == nil:
			return fault.ErrNotFound
		case len(b.Carriers(id)) > 0:
			return fault.Refuse("access.profile-hangs")
		}
		return a.release(ctx, actor, was, &bookProfile{}, `SELECT count(*) FROM user_profiles WHERE profile_id = ?`)
	})
}

// release removes a subject with the rows that belong to it, unless someone has it; none is an empty one of its kind.
// Whoever gives it to a person at the same moment is stopped by the foreign key, or stops this.
func (a *Access) release(ctx context.Context, actor Actor, was, none subject, having string) error {
	kind, id := was.identity()
	var n int64
	if err := a.db.In(ctx).Raw(having, id).Scan(&n).Error; err != nil {
		return fmt.Errorf("count people with %s: %w", kind, err)
	}
	if n > 0 {
		return fault.Refuse("access."+kind+"-in-use", "Count", n)
	}
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
