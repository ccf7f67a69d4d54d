package access

import (
	"context"
	"fmt"
	"slices"
	"time"

	"chancery/app/audit"
	"chancery/app/fault"
	"chancery/app/owned"
	"chancery/app/store"
)

// subject is a role or a profile as a save, a deletion and a preview see it, with all that is said of it.
type subject interface {
	identity() (kind, id string)
	facts() []fact           // what stands in it, as the history and a conflict write it
	lists() []grantList      // its rows in other tables
	row() any                // its own row
	columns() map[string]any // of that row, what an edit may change
	touch(at time.Time) (generation int64)
}

type fact struct{ field, value string }

// grantList is one list of a subject: the values of a column beside the subject's id.
type grantList struct {
	table, column string
	values        []string
}

// change does what an edit of roles and profiles needs: the permission, one transaction, and all roles and profiles held
// as they are, so that edits go one after the other: two of them can neither make a circle nor grant by way of one another
// what neither may.
func (a *Access) change(ctx context.Context, actor Actor, edit func(context.Context, *Book) error) error {
	if err := actor.Must(RolesEdit); err != nil {
		return err
	}
	return a.db.Tx(ctx, func(ctx context.Context) error {
		for _, table := range []string{"roles", "profiles"} {
			var ids []string
			if err := a.db.In(ctx).Raw(`SELECT id FROM ` + table + ` ORDER BY id` + a.db.ForUpdate()).Scan(&ids).Error; err != nil {
				return fmt.Errorf("hold %s: %w", table, err)
			}
		}
		book, err := ReadBook(ctx, a.db)
		if err != nil {
			return err
		}
		return edit(ctx, book)
	})
}

// save writes what differs between a subject as it was and as it is to be, of a new one everything, with one line of
// history. It counts the generation up; where nothing differs it does nothing.
func (a *Access) save(ctx context.Context, actor Actor, action string, was, now subject) error {
	changes := differences(was, now)
	if len(changes) == 0 {
		return nil
	}
	kind, id := now.identity()
	if err := a.free(ctx, actor, kind, id, changes); err != nil {
		return err
	}
	if err := a.write(ctx, kind, id, now); err != nil {
		return err
	}
	before := was.lists()
	for i, l := range now.lists() {
		if err := a.regrant(ctx, kind+"_id", id, before[i], l); err != nil {
			return err
		}
	}
	if err := audit.Record(ctx, a.db, actor.Actor, audit.Entry{Action: action, Kind: kind, ID: id, Changes: changes}); err != nil {
		return err
	}
	return a.db.Changed(ctx, kind+"/"+id)
}

// free returns *fault.Invalid where a person would change what a manifest states (B-3).
func (a *Access) free(ctx context.Context, actor Actor, kind, id string, changes []audit.Change) error {
	if actor.Program() {
		return nil
	}
	fields := make([]string, len(changes))
	for i, c := range changes {
		fields[i] = c.Field
	}
	return owned.Free(ctx, a.db, kind, id, fields...)
}

// freeOf is free for an edit that is not done yet.
func (a *Access) freeOf(ctx context.Context, actor Actor, b *Book, now subject) error {
	kind, id := now.identity()
	var was subject
	if r, p := b.roles[id], b.profiles[id]; r != nil {
		was = r
	} else if p != nil {
		was = p
	} else {
		return nil // it is new
	}
	return a.free(ctx, actor, kind, id, differences(was, now))
}

// differences are the facts of two states of a subject that are not the same.
func differences(was, now subject) []audit.Change {
	var changes []audit.Change
	before := was.facts()
	for i, f := range now.facts() {
		if before[i].value != f.value {
			changes = append(changes, audit.Change{Field: f.field, Before: before[i].value, After: f.value})
		}
	}
	return changes
}

func (a *Access) write(ctx context.Context, kind, id string, now subject) error {
	var err error
	at := a.db.Now()
	if generation := now.touch(at); generation == 1 {
		err = a.db.In(ctx).Create(now.row()).Error
	} else {
		set := now.columns()
		set["generation"], set["updated_at"] = generation, at
		err = a.db.In(ctx).Table(kind+"s").Where("id = ?", id).Updates(set).Error
	}
	switch {
	case err == nil:
		return nil
	case store.Violated(err, kind+"s_name", ""):
		return fault.Field1("name", "access.name-taken")
	}
	return fmt.Errorf("write %s: %w", kind, err)
}

// regrant writes the difference between two lists.
func (a *Access) regrant(ctx context.Context, key, id string, was, now grantList) error {
	gone := slices.DeleteFunc(slices.Clone(was.values), func(v string) bool { return slices.Contains(now.values, v) })
	come := slices.DeleteFunc(slices.Clone(now.values), func(v string) bool { return slices.Contains(was.values, v) })
	if len(gone) > 0 {
		if err := a.db.In(ctx).Exec(`DELETE FROM `+now.table+` WHERE `+key+` = ? AND `+now.column+` IN ?`, id, gone).Error; err != nil {
			return fmt.Errorf("take from %s: %w", id, err)
		}
	}
	if len(come) == 0 {
		return nil
	}
	rows := make([]map[string]any, len(come))
	for i, v := range come {
		rows[i] = map[string]any{key: id, now.column: v}
	}
	if err := a.db.In(ctx).Table(now.table).Create(rows).Error; err != nil {
		return fmt.Errorf("grant to %s: %w", id, err)
	}
	return nil
}
