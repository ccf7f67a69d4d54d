package staff

import (
	"context"
	"fmt"
	"slices"
	"time"

	"chancery/app/access"
	"chancery/app/audit"
	"chancery/app/fault"
	"chancery/app/store"
)

// Title is a job title of the practice's list (C-11). It grants nothing; users.title holds its name.
type Title struct {
	ID         string
	Name       string
	Generation int64
	CreatedAt  time.Time
	UpdatedAt  time.Time
}

// TitleRow is a title with how many people have it, of every status.
type TitleRow struct {
	Title
	People int
}

const titleSQL = `SELECT t.id, t.name, t.generation, t.created_at, t.updated_at,
	(SELECT count(*) FROM users u WHERE u.title = t.name) AS people FROM titles t`

// Titles is the list, by name, for those who give one to a person.
func (s *Staff) Titles(ctx context.Context) ([]Title, error) {
	var titles []Title
	if err := s.db.In(ctx).Order("lower(name), id").Find(&titles).Error; err != nil {
		return nil, fmt.Errorf("titles: %w", err)
	}
	return titles, nil
}

// TitleRows is the list with its people. It needs titles.edit.
func (s *Staff) TitleRows(ctx context.Context, actor access.Actor) ([]TitleRow, error) {
	if err := actor.Must(access.TitlesEdit); err != nil {
		return nil, err
	}
	var rows []TitleRow
	if err := s.db.In(ctx).Raw(titleSQL + ` ORDER BY lower(t.name), t.id`).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("titles: %w", err)
	}
	return rows, nil
}

// TitleRow is one title with its people, or fault.ErrNotFound. It needs titles.edit.
func (s *Staff) TitleRow(ctx context.Context, actor access.Actor, id string) (*TitleRow, error) {
	if err := actor.Must(access.TitlesEdit); err != nil {
		return nil, err
	}
	var row TitleRow
	ok, err := store.One(s.db.In(ctx).Raw(titleSQL+` WHERE t.id = ?`, id), &row)
	if err != nil {
		return nil, fmt.Errorf("title: %w", err)
	}
	if !ok {
		return nil, fault.ErrNotFound
	}
	return &row, nil
}

// CreateTitle adds a title. It needs titles.edit, and returns *fault.Invalid on "name" when it is there already, in
// whatever case.
func (s *Staff) CreateTitle(ctx context.Context, actor access.Actor, name string) (*Title, error) {
	if err := actor.Must(access.TitlesEdit); err != nil {
		return nil, err
	}
	t := &Title{ID: store.NewID(), Generation: 1, CreatedAt: s.db.Now(), UpdatedAt: s.db.Now()}
	err := s.db.Tx(ctx, func(ctx context.Context) error {
		var err error
		if t.Name, err = s.freeName(ctx, titleNames, name, ""); err != nil {
			return err
		}
		if err := s.db.In(ctx).Create(t).Error; err != nil {
			return titleNames.refused(err, name)
		}
		return s.titleDone(ctx, actor, "title.create", t.ID, audit.Change{Field: "name", After: t.Name})
	})
	if err != nil {
		return nil, err
	}
	return t, nil
}

// RenameTitle gives a title another name, also to everyone who has it, in one transaction. generation is that of the
// form: a title that was changed since is *fault.Conflict. It needs titles.edit.
func (s *Staff) RenameTitle(ctx context.Context, actor access.Actor, id, name string, generation int64) error {
	if err := actor.Must(access.TitlesEdit); err != nil {
		return err
	}
	return s.db.Tx(ctx, func(ctx context.Context) error {
		t, err := s.heldTitle(ctx, id)
		if err != nil {
			return err
		}
		name, err := s.freeName(ctx, titleNames, name, id)
		switch {
		case err != nil:
			return err
		case name == t.Name:
			return nil
		case generation != t.Generation:
			return &fault.Conflict{Current: map[string]string{"name": t.Name}}
		}
		err = s.db.In(ctx).Exec(`UPDATE titles SET name = ?, generation = generation + 1, updated_at = ? WHERE id = ?`, name, s.db.Now(), id).Error
		if err != nil {
			return titleNames.refused(err, name)
		}
		if err := s.retitle(ctx, actor, t.Name, name); err != nil {
			return err
		}
		return s.titleDone(ctx, actor, "title.rename", id, audit.Change{Field: "name", Before: t.Name, After: name})
	})
}

// retitle gives everyone with a title its new name. What a search looks through holds the title too, folded together
// with the rest, and is made anew for each.
func (s *Staff) retitle(ctx context.Context, actor access.Actor, old, name string) error {
	var people []User
	if err := store.Locked(s.db.In(ctx)).Where("title = ?", old).Order("id").Find(&people).Error; err != nil {
		return fmt.Errorf("people with a title: %w", err)
	}
	entries, now := make([]audit.Entry, len(people)), s.db.Now()
	for i := range people {
		u := &people[i]
		u.Title = name
		u.index()
		err := s.db.In(ctx).Exec(`UPDATE users SET title = ?, search = ?, generation = generation + 1, updated_at = ? WHERE id = ?`, name, u.Search, now, u.ID).Error
		if err != nil {
			return fmt.Errorf("rename title: %w", err)
		}
		entries[i] = audit.Entry{Action: "user.set-title", Kind: "user", ID: u.ID, Changes: []audit.Change{{Field: "title", Before: old, After: name}}}
	}
	return audit.RecordAll(ctx, s.db, actor.Actor, entries)
}

// DeleteTitle removes a title that nobody has; else it is *fault.Refused. It needs titles.edit.
func (s *Staff) DeleteTitle(ctx context.Context, actor access.Actor, id string) error {
	if err := actor.Must(access.TitlesEdit); err != nil {
		return err
	}
	return s.db.Tx(ctx, func(ctx context.Context) error {
		t, err := s.heldTitle(ctx, id)
		if err != nil {
			return err
		}
		var people int64
		if err := s.db.In(ctx).Raw(`SELECT count(*) FROM users WHERE title = ?`, t.Name).Scan(&people).Error; err != nil {
			return fmt.Errorf("people with a title: %w", err)
		}
		if people > 0 {
			return fault.Refuse("titles.in-use", "Name", t.Name, "Count", int(people))
		}
		if err := s.db.In(ctx).Exec(`DELETE FROM titles WHERE id = ?`, id).Error; err != nil {
			return fmt.Errorf("remove title: %w", err)
		}
		return s.titleDone(ctx, actor, "title.delete", id, audit.Change{Field: "name", Before: t.Name})
	})
}

// TitleFor is the title of the list that a typed one means, whatever its case, or "" for none; one that is not in the
// list is noted in bad. Within a transaction it holds the title's row, so that it is neither renamed nor removed before
// the person has it.
func (s *Staff) TitleFor(ctx context.Context, bad *fault.Invalid, field, typed string) (string, error) {
	titles, err := s.Titles(ctx)
	if err != nil {
		return "", err
	}
	name := titleAmong(titles, bad, field, typed)
	return name, s.holdTitle(ctx, bad, field, name)
}

// titleAmong is the title of a list that a typed one means.
func titleAmong(titles []Title, bad *fault.Invalid, field, typed string) string {
	name := line(typed)
	if name == "" {
		return ""
	}
	if i := slices.IndexFunc(titles, func(t Title) bool { return sameName(t.Name, name) }); i >= 0 {
		return titles[i].Name
	}
	bad.Add(field, "titles.unknown")
	return name
}

// holdTitle locks the row of a title that was found a moment ago, and notes that it is gone if it is.
func (s *Staff) holdTitle(ctx context.Context, bad *fault.Invalid, field, name string) error {
	if name == "" || bad.Has(field) {
		return nil
	}
	var t Title
	ok, err := store.Found(store.Locked(s.db.In(ctx)).Where("name = ?", name).Take(&t).Error)
	if err != nil {
		return fmt.Errorf("title: %w", err)
	}
	if !ok {
		bad.Add(field, "titles.unknown")
	}
	return nil
}

// SeedTitle writes a title once; what is there stays as it is.
func (s *Staff) SeedTitle(ctx context.Context, name string) error {
	now := s.db.Now()
	err := s.db.In(ctx).Exec(`INSERT INTO titles (id, name, created_at, updated_at) VALUES (?, ?, ?, ?) ON CONFLICT (lower(name)) DO NOTHING`,
		store.NewID(), name, now, now).Error
	if err != nil {
		return fmt.Errorf("seed title: %w", err)
	}
	return nil
}

func (s *Staff) heldTitle(ctx context.Context, id string) (*Title, error) {
	var t Title
	ok, err := store.Found(store.Locked(s.db.In(ctx)).Where("id = ?", id).Take(&t).Error)
	if err != nil {
		return nil, fmt.Errorf("title: %w", err)
	}
	if !ok {
		return nil, fault.ErrNotFound
	}
	return &t, nil
}

func (s *Staff) titleDone(ctx context.Context, actor access.Actor, action, id string, changes ...audit.Change) error {
	if err := audit.Record(ctx, s.db, actor.Actor, audit.Entry{Action: action, Kind: "title", ID: id, Changes: changes}); err != nil {
		return err
	}
	return s.db.Changed(ctx, "title/"+id)
}
