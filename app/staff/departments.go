package staff

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"chancery/app/access"
	"chancery/app/audit"
	"chancery/app/fault"
	"chancery/app/owned"
	"chancery/app/store"
)

// DepartmentRow is a department with who and what belongs to it. People are those of every status: one who has left
// stays where they worked.
type DepartmentRow struct {
	Department
	People int
	Left   int // of them, how many have left
	Cases  int
	Source string // of the manifest that declares it, "" where none does
}

const departmentSQL = `SELECT d.id, d.name, d.generation, d.created_at, d.updated_at,
	(SELECT count(*) FROM users u WHERE u.department_id = d.id) AS people,
	(SELECT count(*) FROM users u WHERE u.department_id = d.id AND u.status = 'INACTIVE') AS "left",
	(SELECT count(*) FROM cases c WHERE c.department_id = d.id) AS cases,
	COALESCE((SELECT min(m.source) FROM declared m WHERE m.kind = 'department' AND m.object_id = d.id AND m.state <> 'released'), '') AS source
FROM departments d`

// DepartmentRows lists the departments by name. It needs departments.edit.
func (s *Staff) DepartmentRows(ctx context.Context, actor access.Actor) ([]DepartmentRow, error) {
	if err := actor.Must(access.DepartmentsEdit); err != nil {
		return nil, err
	}
	var rows []DepartmentRow
	if err := s.db.In(ctx).Raw(departmentSQL + ` ORDER BY lower(d.name), d.id`).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("departments: %w", err)
	}
	return rows, nil
}

// DepartmentRow is one department with who and what belongs to it, or fault.ErrNotFound. It needs departments.edit.
func (s *Staff) DepartmentRow(ctx context.Context, actor access.Actor, id string) (*DepartmentRow, error) {
	if err := actor.Must(access.DepartmentsEdit); err != nil {
		return nil, err
	}
	var row DepartmentRow
	ok, err := store.One(s.db.In(ctx).Raw(departmentSQL+` WHERE d.id = ?`, id), &row)
	if err != nil {
		return nil, fmt.Errorf("department: %w", err)
	}
	if !ok {
		return nil, fault.ErrNotFound
	}
	return &row, nil
}

// DepartmentPeople names some of those who are in a department, by last name, for a page that says who stands in the
// way. It needs departments.edit.
func (s *Staff) DepartmentPeople(ctx context.Context, actor access.Actor, id string, limit int) ([]Colleague, error) {
	if err := actor.Must(access.DepartmentsEdit); err != nil {
		return nil, err
	}
	var people []Colleague
	err := s.db.In(ctx).Raw(`SELECT id, first_name, last_name, display_name, title, picture_id FROM users WHERE department_id = ?
		ORDER BY sort_name, id LIMIT ?`, id, limit).Scan(&people).Error
	if err != nil {
		return nil, fmt.Errorf("people of a department: %w", err)
	}
	return people, nil
}

// CreateDepartment adds a department. It needs departments.edit, and returns *fault.Invalid on "name" when there is one
// of that name, in whatever case.
func (s *Staff) CreateDepartment(ctx context.Context, actor access.Actor, name string) (*Department, error) {
	if err := actor.Must(access.DepartmentsEdit); err != nil {
		return nil, err
	}
	d := &Department{ID: store.NewID(), Generation: 1, CreatedAt: s.db.Now(), UpdatedAt: s.db.Now()}
	err := s.db.Tx(ctx, func(ctx context.Context) error {
		var err error
		if d.Name, err = s.freeName(ctx, departmentNames, name, ""); err != nil {
			return err
		}
		if err := s.db.In(ctx).Create(d).Error; err != nil {
			return departmentNames.refused(err, name)
		}
		return s.departmentDone(ctx, actor, "department.create", d.ID, audit.Change{Field: "name", After: d.Name})
	})
	if err != nil {
		return nil, err
	}
	return d, nil
}

// RenameDepartment gives a department another name. generation is that of the form: a department that was changed since
// is *fault.Conflict (B-16). It needs departments.edit.
func (s *Staff) RenameDepartment(ctx context.Context, actor access.Actor, id, name string, generation int64) error {
	if err := actor.Must(access.DepartmentsEdit); err != nil {
		return err
	}
	return s.db.Tx(ctx, func(ctx context.Context) error {
		d, err := s.heldDepartment(ctx, id)
		if err != nil {
			return err
		}
		name, err := s.freeName(ctx, departmentNames, name, id)
		switch {
		case err != nil:
			return err
		case name == d.Name:
			return nil
		case generation != d.Generation:
			return &fault.Conflict{Current: map[string]string{"name": d.Name}}
		}
		if err := s.free(ctx, actor, "department", id, []audit.Change{{Field: "name"}}); err != nil {
			return err
		}
		err = s.db.In(ctx).Exec(`UPDATE departments SET name = ?, generation = generation + 1, updated_at = ? WHERE id = ?`, name, s.db.Now(), id).Error
		if err != nil {
			return departmentNames.refused(err, name)
		}
		return s.departmentDone(ctx, actor, "department.rename", id, audit.Change{Field: "name", Before: d.Name, After: name})
	})
}

// MergeDepartment moves everyone and every case of a department into another one, and removes the empty one: all or
// nothing, with a line in the history of each person. generation is that of the page that asked. It returns how many
// people moved, *fault.Invalid on "into", or *fault.Conflict. It needs departments.edit.
func (s *Staff) MergeDepartment(ctx context.Context, actor access.Actor, id, into string, generation int64) (moved int, err error) {
	if err := actor.Must(access.DepartmentsEdit); err != nil {
		return 0, err
	}
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		// In the order of their ids, so that two who merge each into the other's do not wait in a circle.
		first, second := id, into
		if second < first {
			first, second = second, first
		}
		held := map[string]*Department{}
		for _, one := range []string{first, second} {
			d, err := s.heldDepartment(ctx, one)
			if err != nil && one == id {
				return err
			}
			held[one] = d
		}
		from, to := held[id], held[into]
		switch {
		case to == nil || id == into:
			return fault.Field1("into", "staff.choose")
		case generation != from.Generation:
			return &fault.Conflict{Current: map[string]string{"into": from.Name}}
		}
		if err := owned.Whole(ctx, s.db, "department", id); err != nil {
			return err
		}
		if moved, err = s.moveAll(ctx, actor, from, to); err != nil {
			return err
		}
		if err := s.removeDepartment(ctx, from); err != nil {
			return err
		}
		return s.departmentDone(ctx, actor, "department.merge", id, audit.Change{Field: "name", Before: from.Name},
			audit.Change{Field: "into", After: to.Name}, audit.Change{Field: "people", After: strconv.Itoa(moved)})
	})
	return moved, err
}

// moveAll moves people and cases. The cases' table is the cases room's, which stands above this one; what a department
// takes along is said here, where departments end.
func (s *Staff) moveAll(ctx context.Context, actor access.Actor, from, to *Department) (int, error) {
	var people []string
	err := s.db.In(ctx).Raw(`SELECT id FROM users WHERE department_id = ? ORDER BY id`+s.db.ForUpdate(), from.ID).Scan(&people).Error
	if err != nil {
		return 0, fmt.Errorf("people of a department: %w", err)
	}
	now := s.db.Now()
	for _, sql := range []string{
		`UPDATE users SET department_id = ?, generation = generation + 1, updated_at = ? WHERE department_id = ?`,
		`UPDATE cases SET department_id = ?, generation = generation + 1, updated_at = ? WHERE department_id = ?`,
	} {
		if err := s.db.In(ctx).Exec(sql, to.ID, now, from.ID).Error; err != nil {
			return 0, fmt.Errorf("merge departments: %w", err)
		}
	}
	entries := make([]audit.Entry, len(people))
	for i, id := range people { // by name: the department that it was is gone
		entries[i] = audit.Entry{Action: "user.set-department", Kind: "user", ID: id, Changes: []audit.Change{{Field: "department", Before: from.Name, After: to.ID}}}
		if err := s.changed(ctx, id); err != nil {
			return 0, err
		}
	}
	return len(people), audit.RecordAll(ctx, s.db, actor.Actor, entries)
}

// DeleteDepartment removes a department that nobody is in and no case belongs to; else it is *fault.Refused. It needs
// departments.edit.
func (s *Staff) DeleteDepartment(ctx context.Context, actor access.Actor, id string) error {
	if err := actor.Must(access.DepartmentsEdit); err != nil {
		return err
	}
	return s.db.Tx(ctx, func(ctx context.Context) error {
		if _, err := s.heldDepartment(ctx, id); err != nil {
			return err
		}
		d, err := s.DepartmentRow(ctx, actor, id)
		if err != nil {
			return err
		}
		if err := owned.Whole(ctx, s.db, "department", id); err != nil {
			return err
		}
		if d.People > 0 || d.Cases > 0 {
			return fault.Refuse("departments.in-use", "Name", d.Name)
		}
		if err := s.removeDepartment(ctx, &d.Department); err != nil {
			return err
		}
		return s.departmentDone(ctx, actor, "department.delete", id, audit.Change{Field: "name", Before: d.Name})
	})
}

// SetDepartment puts a person into a department; "" takes them out of theirs (S2-35). It needs users.edit and is over the
// record; it returns *fault.Invalid on "department", *fault.Forbidden or fault.ErrNotFound.
func (s *Staff) SetDepartment(ctx context.Context, actor access.Actor, userID, departmentID string) error {
	return s.setDepartment(ctx, actor, userID, departmentID, nil)
}

// setDepartment is SetDepartment; shown is the department that whoever asks has seen, or nil. When another has moved the
// person since, it is *fault.Conflict (B-16).
func (s *Staff) setDepartment(ctx context.Context, actor access.Actor, userID, departmentID string, shown *string) error {
	if err := actor.Must(access.UsersEdit); err != nil {
		return err
	}
	return s.db.Tx(ctx, func(ctx context.Context) error {
		var next *string
		if departmentID != "" { // before the person, as a merge does, so that the two do not wait in a circle
			switch _, err := s.heldDepartment(ctx, departmentID); {
			case errors.Is(err, fault.ErrNotFound):
				return fault.Field1("department", "staff.choose")
			case err != nil:
				return err
			}
			next = &departmentID
		}
		var u User
		ok, err := store.Found(store.Locked(s.db.In(ctx)).Where("id = ?", userID).Take(&u).Error)
		if err != nil {
			return fmt.Errorf("user: %w", err)
		}
		if !ok {
			return fault.ErrNotFound
		}
		if err := s.over(ctx, actor, access.OverRecord, userID); err != nil {
			return err
		}
		was := ""
		if u.DepartmentID != nil {
			was = *u.DepartmentID
		}
		switch {
		case was == departmentID:
			return nil
		case shown != nil && was != *shown:
			return &fault.Conflict{Current: map[string]string{"department": was}}
		}
		if err := s.free(ctx, actor, "user", userID, []audit.Change{{Field: "department"}}); err != nil {
			return err
		}
		err = s.db.In(ctx).Exec(`UPDATE users SET department_id = ?, generation = generation + 1, updated_at = ? WHERE id = ?`, next, s.db.Now(), userID).Error
		if err != nil {
			return fmt.Errorf("set department: %w", err)
		}
		err = audit.Record(ctx, s.db, actor.Actor, audit.Entry{Action: "user.set-department", Kind: "user", ID: userID,
			Changes: []audit.Change{{Field: "department", Before: was, After: departmentID}}})
		if err != nil {
			return err
		}
		return s.changed(ctx, userID)
	})
}

// removeDepartment takes the row away, unless someone came in at this moment: a new user waits for no lock of ours.
func (s *Staff) removeDepartment(ctx context.Context, d *Department) error {
	err := s.db.In(ctx).Exec(`DELETE FROM departments WHERE id = ?`, d.ID).Error
	if store.Violated(err, "users_department_id_fkey", "") || store.Violated(err, "cases_department_id_fkey", "") {
		return fault.Refuse("departments.in-use", "Name", d.Name)
	}
	if err != nil {
		return fmt.Errorf("remove department: %w", err)
	}
	return nil
}

// heldDepartment is a department's row, locked until the transaction ends.
func (s *Staff) heldDepartment(ctx context.Context, id string) (*Department, error) {
	var d Department
	ok, err := store.Found(store.Locked(s.db.In(ctx)).Where("id = ?", id).Take(&d).Error)
	if err != nil {
		return nil, fmt.Errorf("department: %w", err)
	}
	if !ok {
		return nil, fault.ErrNotFound
	}
	return &d, nil
}

func (s *Staff) departmentDone(ctx context.Context, actor access.Actor, action, id string, changes ...audit.Change) error {
	if err := audit.Record(ctx, s.db, actor.Actor, audit.Entry{Action: action, Kind: "department", ID: id, Changes: changes}); err != nil {
		return err
	}
	return s.db.Changed(ctx, "department/"+id)
}
