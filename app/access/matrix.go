package access

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"chancery/app/fault"
)

// Column is what an administrator says of the permissions of one role, or of one profile, in the matrix of all of them.
// What differs between Was and Now is what they ask for; it is done to what is stored, so that a column which nobody
// touched asks for nothing, whatever became of it meanwhile.
type Column struct {
	ID         string
	Was        []Permission // its own, as the matrix showed them
	Now        []Permission // as they are ticked
	Generation int64        // that the matrix was filled in from (B-16)
}

// Asks tells whether the column asks for a change.
func (c Column) Asks() bool {
	was, now := grantsOf(c.Was), grantsOf(c.Now)
	return len(less(was, now))+len(less(now, was)) > 0
}

// On are the permissions that stand in a column once what it asks for is done to those that are stored.
func (c Column) On(stored []Permission) []Permission {
	was, now := grantsOf(c.Was), grantsOf(c.Now)
	return slices.Sorted(maps.Keys(union([]grants{less(grantsOf(stored), less(was, now)), less(now, was)})))
}

// UpdateRoles changes the permissions of several roles, all that are asked for or none; what else stands in a role stays.
// It needs roles.edit. The fields of *fault.Invalid and of *fault.Conflict are the ids of roles: of those that would
// grant or lose what the actor does not hold, and of those whose permissions another has changed since, or that are gone. It
// returns *fault.Refused where it is the Super Admin.
func (a *Access) UpdateRoles(ctx context.Context, actor Actor, columns []Column) error {
	return a.updateMatrix(ctx, actor, "role.update", columns, roleColumn)
}

// UpdateProfiles is UpdateRoles for profiles.
func (a *Access) UpdateProfiles(ctx context.Context, actor Actor, columns []Column) error {
	return a.updateMatrix(ctx, actor, "profile.update", columns, profileColumn)
}

func (a *Access) updateMatrix(ctx context.Context, actor Actor, action string, columns []Column, edit columnEdit) error {
	return a.change(ctx, actor, func(ctx context.Context, b *Book) error {
		edits, err := b.matrix(actor, columns, edit)
		if err != nil {
			return err
		}
		for _, e := range edits {
			err := a.save(ctx, actor, action, e.was, e.now)
			var bad *fault.Invalid
			if errors.As(err, &bad) { // it is a manifest's; the fields of a matrix are its columns
				bad.Rename("permissions", e.id())
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// MatrixPreview is what saving a matrix would do, in all and by its columns.
type MatrixPreview struct {
	People  int64 // whose rights would change, each counted once
	Columns []ColumnPreview
}

// ColumnPreview is what would change for the people of one role or profile.
type ColumnPreview struct {
	ID string
	Preview
}

// PreviewRoles tells what UpdateRoles with the same columns would do, or returns the error that it would return. Its
// columns are the roles that are changed and those that build on one of them; each person has one role and so stands in
// one column.
func (a *Access) PreviewRoles(ctx context.Context, actor Actor, columns []Column) (*MatrixPreview, error) {
	return a.foretellMatrix(ctx, actor, columns, roleColumn, func(b *Book, edits []columnChange, people []combination, after *Book) (all []ColumnPreview) {
		for _, r := range b.Roles() {
			theirs := slices.DeleteFunc(slices.Clone(people), func(c combination) bool { return c.RoleID != r.ID })
			p := compare(theirs, b.Rights, after.Rights, All())
			edited := slices.ContainsFunc(edits, func(e columnChange) bool { return e.id() == r.ID })
			if edited || len(p.Gained)+len(p.Lost) > 0 {
				all = append(all, ColumnPreview{r.ID, *p})
			}
		}
		return all
	})
}

// PreviewProfiles is PreviewRoles for UpdateProfiles. Its columns are the profiles that are changed, each with the
// people who have it, whether it was added to them or hangs on their role, and what of its own change reaches them.
func (a *Access) PreviewProfiles(ctx context.Context, actor Actor, columns []Column) (*MatrixPreview, error) {
	return a.foretellMatrix(ctx, actor, columns, profileColumn, func(b *Book, edits []columnChange, people []combination, after *Book) (all []ColumnPreview) {
		for _, e := range edits {
			id, carriers := e.id(), b.Carriers(e.id())
			theirs := slices.DeleteFunc(slices.Clone(people), func(c combination) bool {
				return !slices.Contains(carriers, c.RoleID) && !slices.Contains(strings.Fields(c.Profiles), id)
			})
			was, now := b.profiles[id].grants, after.profiles[id].grants
			changed := union([]grants{less(was, now), less(now, was)})
			all = append(all, ColumnPreview{id, *compare(theirs, b.Rights, after.Rights, changed.list())})
		}
		return all
	})
}

func (a *Access) foretellMatrix(ctx context.Context, actor Actor, columns []Column, edit columnEdit,
	by func(b *Book, edits []columnChange, people []combination, after *Book) []ColumnPreview) (*MatrixPreview, error) {
	if err := actor.Must(RolesEdit); err != nil {
		return nil, err
	}
	book, err := ReadBook(ctx, a.db)
	if err != nil {
		return nil, err
	}
	edits, err := book.matrix(actor, columns, edit)
	if err != nil || len(edits) == 0 {
		return &MatrixPreview{}, err
	}
	subjects := make([]subject, len(edits))
	for i, e := range edits {
		subjects[i] = e.now
	}
	people, err := a.reached(ctx, book, subjects...)
	if err != nil {
		return nil, err
	}
	after := book.with(subjects...)
	return &MatrixPreview{compare(people, book.Rights, after.Rights, All()).People, by(book, edits, people, after)}, nil
}

// columnEdit is how a column is done to what is stored: by the rules of the role's or the profile's own form.
type columnEdit func(b *Book, actor Actor, c Column) (was, now subject, err error)

type columnChange struct{ was, now subject }

func (c columnChange) id() string {
	_, id := c.now.identity()
	return id
}

// matrix does the columns that ask for something. Everything wrong comes back at once, by the ids of the columns.
func (b *Book) matrix(actor Actor, columns []Column, edit columnEdit) ([]columnChange, error) {
	var edits []columnChange
	bad, stale := &fault.Invalid{}, &fault.Conflict{Current: map[string]string{}}
	for _, c := range columns {
		if !c.Asks() {
			continue
		}
		was, now, err := edit(b, actor, c)
		var invalid *fault.Invalid
		var conflict *fault.Conflict
		switch {
		case err == nil:
			edits = append(edits, columnChange{was, now})
		case errors.As(err, &invalid):
			for _, f := range invalid.Fields {
				bad.Fields = append(bad.Fields, fault.Field{Name: c.ID, Message: f.Message})
			}
		case errors.As(err, &conflict):
			stale.Current[c.ID] = conflict.Current["permissions"]
		case errors.Is(err, fault.ErrNotFound):
			stale.Current[c.ID] = ""
		default:
			return nil, err
		}
	}
	if err := bad.Err(); err != nil {
		return nil, err
	}
	if len(stale.Current) > 0 {
		return nil, stale
	}
	return edits, nil
}

func roleColumn(b *Book, actor Actor, c Column) (was, now subject, err error) {
	r, err := b.editable(c.ID)
	if err != nil {
		return nil, nil, err
	}
	n, err := b.editedRole(actor, r, RoleEdit{
		Name: r.Name, Summary: r.Summary, ParentID: r.parent(), Permissions: c.On(r.own.list()), ProfileIDs: r.hung, Generation: c.seen(r.own, r.Generation),
	})
	return r, n, err
}

func profileColumn(b *Book, actor Actor, c Column) (was, now subject, err error) {
	p := b.profiles[c.ID]
	if p == nil {
		return nil, nil, fault.ErrNotFound
	}
	n, err := editedProfile(actor, p, ProfileEdit{Name: p.Name, Summary: p.Summary, Permissions: c.On(p.grants.list()), Generation: c.seen(p.grants, p.Generation)})
	return p, n, err
}

// seen is the generation that a column was filled in from: the stored one, too, where another has since changed only
// what the matrix does not show.
func (c Column) seen(stored grants, generation int64) int64 {
	if slices.Equal(stored.list(), grantsOf(c.Was).list()) {
		return generation
	}
	return c.Generation
}
