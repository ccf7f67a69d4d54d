package staff

import (
	"context"
	"fmt"
	"strings"

	"chancery/app/fault"
	"chancery/app/store"
)

// namesOf is a table of things whose names are unique whatever their case: departments, titles. The unique index has
// the last word; but SQLite knows the case of no letter beyond ASCII, so that a look comes first.
type namesOf struct {
	table, index string
	taken        string // catalogue keys
	missing      string
}

var (
	departmentNames = namesOf{"departments", "departments_name", "departments.taken", "departments.missing"}
	titleNames      = namesOf{"titles", "titles_name", "titles.taken", "titles.missing"}
)

// freeName cleans a name and refuses one that another row than id has.
func (s *Staff) freeName(ctx context.Context, of namesOf, typed, id string) (string, error) {
	name := line(typed)
	bad := &fault.Invalid{}
	if name == "" {
		bad.Add("name", of.missing)
	}
	checkMax(bad, "name", name, nameMax)
	if err := bad.Err(); err != nil {
		return "", err
	}
	var rows []struct{ ID, Name string }
	if err := s.db.In(ctx).Raw(`SELECT id, name FROM ` + of.table).Scan(&rows).Error; err != nil {
		return "", fmt.Errorf("names of %s: %w", of.table, err)
	}
	for _, row := range rows {
		if row.ID != id && sameName(row.Name, name) {
			return "", fault.Field1("name", of.taken, "Name", row.Name)
		}
	}
	return name, nil
}

// refused is what a failed write means: the name was taken in this moment, or something is broken.
func (of namesOf) refused(err error, name string) error {
	if store.Violated(err, of.index, "") {
		return fault.Field1("name", of.taken, "Name", name)
	}
	return fmt.Errorf("write %s: %w", of.table, err)
}

func sameName(a, b string) bool { return strings.EqualFold(a, b) }
