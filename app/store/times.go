package store

import (
	"context"
	"database/sql/driver"
	"fmt"
	"strings"
	"time"

	"github.com/ncruces/go-sqlite3"
)

// Times in SQLite are text, and the schema lets any text in. Ours are all of timeLayout, but whoever mends a row by hand
// writes what SQLite's own functions give: datetime('now') is "2026-11-22 01:02:03", julianday('now') a fraction,
// unixepoch() a whole number. All of these are read; the driver alone reads timeLayout and no other, and a row of
// another kind would break each page that shows it and each request of a session that it is about.
//
// What is no time at all reads as the zero time, long ago, by which whatever it bounds is over.

// QueryContext asks as the driver does, and reads times of any kind.
func (s *stmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	r, err := s.fullStmt.QueryContext(ctx, args)
	if err != nil {
		return nil, err
	}
	full, ok := r.(fullRows)
	if !ok {
		return nil, fmt.Errorf("the sqlite driver's rows are of another kind now: %T", r)
	}
	if s.times == nil {
		s.times = timeColumns(full)
	}
	return &rows{full, s.times}, nil
}

// fullRows are what the driver's rows can do beyond the least.
type fullRows interface {
	driver.RowsColumnTypeDatabaseTypeName
	driver.RowsColumnTypeNullable
	driver.RowsColumnTypeScanType
	ColumnDeclType(column int) string
}

type rows struct {
	fullRows
	times []int
}

// Next reads a row. The driver has made times of what is in timeLayout.
func (r *rows) Next(dest []driver.Value) error {
	if err := r.fullRows.Next(dest); err != nil {
		return err
	}
	for _, i := range r.times {
		if i >= len(dest) {
			break
		}
		switch v := dest[i].(type) {
		case nil, time.Time:
		default:
			dest[i] = anyTime(v)
		}
	}
	return nil
}

// timeColumns are the columns that the migrations declare as times; what is computed has no type.
func timeColumns(r fullRows) []int {
	found := []int{}
	for i := range r.Columns() {
		if strings.EqualFold(r.ColumnDeclType(i), "timestamp") {
			found = append(found, i)
		}
	}
	return found
}

// anyTime reads a time in whatever form SQLite knows, in UTC and microseconds.
func anyTime(v driver.Value) time.Time {
	t, err := sqlite3.TimeFormatAuto.Decode(v)
	if y := t.UTC().Year(); err != nil || y < 1 || y > 9999 { // beyond these, JSON has no word for it
		return time.Time{}
	}
	return t.UTC().Truncate(time.Microsecond)
}
