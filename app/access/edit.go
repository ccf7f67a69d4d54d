package access

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"chancery/app/audit"
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

// ProfileEdit is what an administrator says of a profile.
type ProfileEdit struct {
	Name        string
	Summary     string
	Permissions []Permission
	Generation  int64
}

// CreateRole makes a role (S1-26). It needs roles.edit and every right that the role is to grant; it returns
// *fault.Invalid or *fault.Forbidden.
func (a *Access) CreateRole(ctx context.Context, actor Actor, e RoleEdit) (*Role, error) {
	role := &bookRole{Role: Role{ID: store.NewID()}}
	return a.saveRole(ctx, actor, "role.create", role.ID, func(b *Book) (*bookRole, error) {
		for _, r := range b.Roles() {
			role.Position = max(role.Position, r.Position+1)
		}
		return role, nil
	}, e)
}

// UpdateRole changes a role: what it says of itself, its parent, its permissions, the profiles that hang on it. What it
// grants to others acts with their next request. It needs roles.edit; nobody adds a right that they do not hold, and
// nobody changes the Super Admin. It returns *fault.Invalid, *fault.Conflict (another has saved meanwhile, B-16),
// *fault.Refused, *fault.Forbidden or fault.ErrNotFound.
func (a *Access) UpdateRole(ctx context.Context, actor Actor, id string, e RoleEdit) error {
	_, err := a.saveRole(ctx, actor, "role.update", id, func(b *Book) (*bookRole, error) { return b.editable(id) }, e)
	return err
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

func (a *Access) saveRole(ctx context.Context, actor Actor, action, id string, find func(*Book) (*bookRole, error), e RoleEdit) (*Role, error) {
	if err := actor.Must(RolesEdit); err != nil {
		return nil, err
	}
	var saved *Role
	err := a.db.Tx(ctx, func(ctx context.Context) error {
		book, err := a.hold(ctx)
		if err != nil {
			return err
		}
		was, err := find(book)
		if err != nil {
			return err
		}
		now, err := book.edited(actor, was, e)
		if err != nil {
			return err
		}
		saved = &now.Role
		changes := roleChanges(was, now)
		if len(changes) == 0 {
			return nil
		}
		now.UpdatedAt = a.db.Now()
		if now.Generation++; now.Generation == 1 {
			now.CreatedAt = now.UpdatedAt
		}
		if err := a.writeRole(ctx, &now.Role); err != nil {
			return err
		}
		if err := a.regrant(ctx, "role_permissions", "role_id", id, "permission", texts(was.own.list()), texts(now.own.list())); err != nil {
			return err
		}
		if err := a.regrant(ctx, "role_profiles", "role_id", id, "profile_id", was.hung, now.hung); err != nil {
			return err
		}
		if err := audit.Record(ctx, a.db, actor.Actor, audit.Entry{Action: action, Kind: "role", ID: id, Changes: changes}); err != nil {
			return err
		}
		return a.db.Changed(ctx, "role/"+id)
	})
	return saved, err
}

// edited checks an edit of a role and returns the role as it would be. Everything wrong comes back at once.
func (b *Book) edited(actor Actor, was *bookRole, e RoleEdit) (*bookRole, error) {
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
	if err := bad.Err(); err != nil {
		return nil, err
	}
	return now, stale(e.Generation, was.Generation, roleChanges(now, was))
}

func (r *bookRole) parent() string {
	if r.ParentID == nil {
		return ""
	}
	return *r.ParentID
}

func roleChanges(was, now *bookRole) []audit.Change {
	return changes([]audit.Change{
		{Field: "name", Before: was.Name, After: now.Name},
		{Field: "summary", Before: was.Summary, After: now.Summary},
		{Field: "parent", Before: was.parent(), After: now.parent()},
		{Field: "profiles", Before: strings.Join(was.hung, " "), After: strings.Join(now.hung, " ")},
		{Field: "permissions", Before: strings.Join(texts(was.own.list()), " "), After: strings.Join(texts(now.own.list()), " ")},
	})
}

// DeleteRole takes a custom role away that nobody has, whether they work here or have left, and that is nobody's parent.
// It needs roles.edit; it returns *fault.Refused, *fault.Forbidden or fault.ErrNotFound.
func (a *Access) DeleteRole(ctx context.Context, actor Actor, id string) error {
	if err := actor.Must(RolesEdit); err != nil {
		return err
	}
	return a.db.Tx(ctx, func(ctx context.Context) error {
		book, err := a.hold(ctx)
		if err != nil {
			return err
		}
		was, err := book.editable(id)
		switch {
		case err != nil:
			return err
		case Base(id):
			return fault.Refuse("access.role-base")
		case len(book.Heirs(id)) > 1:
			return fault.Refuse("access.role-parent")
		}
		changes := roleChanges(was, &bookRole{})
		return a.release(ctx, actor, "role", id, changes, []string{"role_permissions", "role_profiles"}, `SELECT count(*) FROM users WHERE role_id = ?`)
	})
}

// CreateProfile makes a profile (S1-27). It needs roles.edit and every right that the profile is to add; it returns
// *fault.Invalid or *fault.Forbidden.
func (a *Access) CreateProfile(ctx context.Context, actor Actor, e ProfileEdit) (*Profile, error) {
	id := store.NewID()
	return a.saveProfile(ctx, actor, "profile.create", id, func(*Book) *bookProfile { return &bookProfile{Profile: Profile{ID: id}} }, e)
}

// UpdateProfile changes a profile as UpdateRole does a role, with the same errors.
func (a *Access) UpdateProfile(ctx context.Context, actor Actor, id string, e ProfileEdit) error {
	_, err := a.saveProfile(ctx, actor, "profile.update", id, func(b *Book) *bookProfile { return b.profiles[id] }, e)
	return err
}

func (a *Access) saveProfile(ctx context.Context, actor Actor, action, id string, find func(*Book) *bookProfile, e ProfileEdit) (*Profile, error) {
	if err := actor.Must(RolesEdit); err != nil {
		return nil, err
	}
	var saved *Profile
	err := a.db.Tx(ctx, func(ctx context.Context) error {
		book, err := a.hold(ctx)
		if err != nil {
			return err
		}
		was := find(book)
		now, err := edited(actor, was, e)
		if err != nil {
			return err
		}
		saved = &now.Profile
		changes := profileChanges(was, now)
		if len(changes) == 0 {
			return nil
		}
		now.UpdatedAt = a.db.Now()
		if now.Generation++; now.Generation == 1 {
			now.CreatedAt = now.UpdatedAt
		}
		if err := a.writeProfile(ctx, &now.Profile); err != nil {
			return err
		}
		if err := a.regrant(ctx, "profile_permissions", "profile_id", id, "permission", texts(was.grants.list()), texts(now.grants.list())); err != nil {
			return err
		}
		if err := audit.Record(ctx, a.db, actor.Actor, audit.Entry{Action: action, Kind: "profile", ID: id, Changes: changes}); err != nil {
			return err
		}
		return a.db.Changed(ctx, "profile/"+id)
	})
	return saved, err
}

func edited(actor Actor, was *bookProfile, e ProfileEdit) (*bookProfile, error) {
	if was == nil {
		return nil, fault.ErrNotFound
	}
	now := &bookProfile{Profile: was.Profile}
	bad := &fault.Invalid{}
	now.Name, now.Summary = checkName(bad, e.Name), checkSummary(bad, e.Summary)
	now.grants = checkPermissions(bad, was.grants, e.Permissions)
	beyond(bad, "permissions", actor, less(now.grants, was.grants))
	if err := bad.Err(); err != nil {
		return nil, err
	}
	return now, stale(e.Generation, was.Generation, profileChanges(now, was))
}

func profileChanges(was, now *bookProfile) []audit.Change {
	return changes([]audit.Change{
		{Field: "name", Before: was.Name, After: now.Name},
		{Field: "summary", Before: was.Summary, After: now.Summary},
		{Field: "permissions", Before: strings.Join(texts(was.grants.list()), " "), After: strings.Join(texts(now.grants.list()), " ")},
	})
}

// DeleteProfile takes a profile away that nobody has and that hangs on no role, with the errors of DeleteRole.
func (a *Access) DeleteProfile(ctx context.Context, actor Actor, id string) error {
	if err := actor.Must(RolesEdit); err != nil {
		return err
	}
	return a.db.Tx(ctx, func(ctx context.Context) error {
		book, err := a.hold(ctx)
		if err != nil {
			return err
		}
		was := book.profiles[id]
		switch {
		case was == nil:
			return fault.ErrNotFound
		case len(book.Carriers(id)) > 0:
			return fault.Refuse("access.profile-hangs")
		}
		changes := profileChanges(was, &bookProfile{})
		return a.release(ctx, actor, "profile", id, changes, []string{"profile_permissions"}, `SELECT count(*) FROM user_profiles WHERE profile_id = ?`)
	})
}

// release removes a role or profile with the rows that belong to it, unless someone has it. Whoever gives it to a person
// at the same moment is stopped by the foreign key, or stops this.
func (a *Access) release(ctx context.Context, actor Actor, kind, id string, changes []audit.Change, belongs []string, having string) error {
	var n int64
	if err := a.db.In(ctx).Raw(having, id).Scan(&n).Error; err != nil {
		return fmt.Errorf("count people with %s: %w", kind, err)
	}
	if n > 0 {
		return fault.Refuse("access."+kind+"-in-use", "Count", n)
	}
	for _, table := range belongs {
		if err := a.db.In(ctx).Exec(`DELETE FROM `+table+` WHERE `+kind+`_id = ?`, id).Error; err != nil {
			return fmt.Errorf("release %s: %w", kind, err)
		}
	}
	if err := a.db.In(ctx).Exec(`DELETE FROM `+kind+`s WHERE id = ?`, id).Error; err != nil {
		if store.Violated(err, "users_role_id_fkey", "") || store.Violated(err, "user_profiles_profile_id_fkey", "") {
			return fault.Refuse("access."+kind+"-in-use", "Count", int64(1))
		}
		return fmt.Errorf("release %s: %w", kind, err)
	}
	if err := audit.Record(ctx, a.db, actor.Actor, audit.Entry{Action: kind + ".delete", Kind: kind, ID: id, Changes: changes}); err != nil {
		return err
	}
	return a.db.Changed(ctx, kind+"/"+id)
}

// hold locks all roles and profiles and reads them: edits go one after the other, so that two of them can neither make
// a circle nor grant by way of one another what neither may.
func (a *Access) hold(ctx context.Context) (*Book, error) {
	for _, table := range []string{"roles", "profiles"} {
		var ids []string
		if err := a.db.In(ctx).Raw(`SELECT id FROM ` + table + ` ORDER BY id` + a.db.ForUpdate()).Scan(&ids).Error; err != nil {
			return nil, fmt.Errorf("hold %s: %w", table, err)
		}
	}
	return ReadBook(ctx, a.db)
}

func (a *Access) writeRole(ctx context.Context, r *Role) error {
	if r.Generation == 1 {
		return named("roles_name", a.db.In(ctx).Create(r).Error)
	}
	return named("roles_name", a.db.In(ctx).Exec(`UPDATE roles SET name = ?, summary = ?, parent_id = ?, generation = ?, updated_at = ? WHERE id = ?`,
		r.Name, r.Summary, r.ParentID, r.Generation, r.UpdatedAt, r.ID).Error)
}

func (a *Access) writeProfile(ctx context.Context, p *Profile) error {
	if p.Generation == 1 {
		return named("profiles_name", a.db.In(ctx).Create(p).Error)
	}
	return named("profiles_name", a.db.In(ctx).Exec(`UPDATE profiles SET name = ?, summary = ?, generation = ?, updated_at = ? WHERE id = ?`,
		p.Name, p.Summary, p.Generation, p.UpdatedAt, p.ID).Error)
}

// named says of a write that its name is taken, when that is why it failed.
func named(unique string, err error) error {
	switch {
	case err == nil:
		return nil
	case store.Violated(err, unique, ""):
		return fault.Field1("name", "access.name-taken")
	}
	return fmt.Errorf("write: %w", err)
}

// regrant writes the difference between two lists.
func (a *Access) regrant(ctx context.Context, table, key, id, column string, was, now []string) error {
	gone := slices.DeleteFunc(slices.Clone(was), func(v string) bool { return slices.Contains(now, v) })
	come := slices.DeleteFunc(slices.Clone(now), func(v string) bool { return slices.Contains(was, v) })
	if len(gone) > 0 {
		if err := a.db.In(ctx).Exec(`DELETE FROM `+table+` WHERE `+key+` = ? AND `+column+` IN ?`, id, gone).Error; err != nil {
			return fmt.Errorf("take from %s: %w", id, err)
		}
	}
	if len(come) == 0 {
		return nil
	}
	rows := make([]map[string]any, len(come))
	for i, v := range come {
		rows[i] = map[string]any{key: id, column: v}
	}
	if err := a.db.In(ctx).Table(table).Create(rows).Error; err != nil {
		return fmt.Errorf("grant to %s: %w", id, err)
	}
	return nil
}

// beyond notes under a field that it would grant what the actor does not hold.
func beyond(bad *fault.Invalid, field string, actor Actor, g grants) {
	for p := range g {
		if !actor.Rights.Can(p) {
			bad.Add(field, "access.beyond")
			return
		}
	}
}

// stale is the conflict of a form that was filled in from an older state (B-16): what is stored now, of the fields in
// which the form differs from it. A form that says just what is stored is none.
func stale(filledIn, stored int64, differ []audit.Change) error {
	if filledIn == stored || len(differ) == 0 {
		return nil
	}
	c := &fault.Conflict{Current: map[string]string{}}
	for _, d := range differ {
		c.Current[d.Field] = d.After
	}
	return c
}

func changes(all []audit.Change) []audit.Change {
	return slices.DeleteFunc(all, func(c audit.Change) bool { return c.Before == c.After })
}

// checkPermissions are the permissions of a form, with those that are stored and that this program does not know: a
// newer one, which runs beside it while it is being replaced, does.
func checkPermissions(bad *fault.Invalid, was grants, list []Permission) grants {
	g := grantsOf(list)
	for p := range g {
		if !slices.Contains(All(), p) {
			bad.Add("permissions", "access.choose")
		}
	}
	for p := range was {
		if !slices.Contains(All(), p) {
			g[p] = struct{}{}
		}
	}
	return g
}

func union(sets []grants) grants {
	all := grants{}
	for _, g := range sets {
		maps.Copy(all, g)
	}
	return all
}

func less(g, other grants) grants {
	left := grants{}
	for p := range g {
		if _, ok := other[p]; !ok {
			left[p] = struct{}{}
		}
	}
	return left
}

func texts(list []Permission) []string {
	all := make([]string, len(list))
	for i, p := range list {
		all[i] = string(p)
	}
	return all
}
