// Package store opens the database and is all that a room sees of it: transactions that compose, the change feed, the
// migrations, and the few differences of dialect. No table of the practice is known here.
//
// # Two databases, one SQL
//
// SQLite in a file is the default and serves one machine; Postgres serves many. Rooms write one SQL for both: ids are
// UUIDv7 text made in Go, times are UTC and made in Go, enumerations are text with a CHECK, upserts say ON CONFLICT,
// lists in one column say string_agg, and JSON is stored as text and never asked into. What truly differs stands in
// dialect.go.
//
// Times are written to SQLite with six digits of a second always, so that they sort and compare as text exactly as
// Postgres' timestamptz does; both keep microseconds, and [Clock] gives no finer ones.
//
// # The SQLite driver
//
// ncruces/go-sqlite3 with its own GORM dialect: pure Go, so one static binary without cgo, and the steadiest writer of
// the three there are: it lets nobody wait for long. Sixteen writers through GORM, with the settings of open.go, three
// runs on a busy machine of two cores; the other two in a module of their own with the same loop and settings:
//
//	driver                        updates/s       p99 ms      longest wait ms
//	ncruces v0.34.0               21,900–31,400   4.7–7.9     33–150
//	modernc (glebarez v1.11.0)    14,800–37,600   3.1–11.4    181–534
//	mattn v1.14.22 (cgo)          22,000–29,600   5.3–7.9     451–1,768
//
// With sixteen connections instead of four the longest waits are 347–474, 1,508–2,358 and 1,539–3,179 ms, which is why
// there are few. Again: go test ./app/store -run '^$' -bench SixteenWriters -benchtime 2s
//
// Versions of the driver and of its dialect are pinned to the same number. Transactions begin IMMEDIATE, so they queue
// at the start instead of failing at the end.
//
// GORM is used as a query builder and scanner only. Its TranslateError is off, since it hides which index refused, and
// its logger is ours, since the default one prints values (see log.go).
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"
)

// DB is an open database. It is safe for use by many goroutines.
type DB struct {
	gorm    *gorm.DB
	pool    *sql.DB
	dialect Dialect
	dsn     string
	now     func() time.Time
	hub     hub
	stop    context.CancelFunc
	done    chan struct{}
}

// NewID makes a UUIDv7: unique, and later ones sort after earlier ones, so that inserts go to the end of an index.
func NewID() string { return uuid.Must(uuid.NewV7()).String() }

// Clock turns a source of time into the store's: UTC, in microseconds, as both databases keep it.
func Clock(now func() time.Time) func() time.Time {
	return func() time.Time { return now().UTC().Truncate(time.Microsecond) }
}

// Now is the time to write into rows: UTC, in microseconds.
func (db *DB) Now() time.Time { return db.now() }

// Dialect tells which database this is.
func (db *DB) Dialect() Dialect { return db.dialect }

// Ready asks the database for an answer (for /readyz).
func (db *DB) Ready(ctx context.Context) error { return db.pool.PingContext(ctx) }

// Close ends the change feed and closes every connection.
func (db *DB) Close() error {
	db.stop()
	<-db.done
	return db.pool.Close()
}

type txKey struct{}

type tx struct {
	sql     *sql.Tx
	gorm    *gorm.DB // made by the first In
	changed []string
}

// In is the GORM handle to query with: inside the transaction that ctx carries, or outside of any.
func (db *DB) In(ctx context.Context) *gorm.DB {
	t, ok := ctx.Value(txKey{}).(*tx)
	if !ok {
		return db.gorm.WithContext(ctx)
	}
	if t.gorm == nil {
		t.gorm = db.gorm.Session(&gorm.Session{NewDB: true, Context: ctx})
		t.gorm.Statement.ConnPool = t.sql
	}
	return t.gorm.WithContext(ctx)
}

// Row sends a query for one row past GORM's builder, and Exec a statement. They are for what every request or every
// save does: there the builder costs a tenth and more. Placeholders are $1, $2, … in order, which both databases know.
func (db *DB) Row(ctx context.Context, query string, args ...any) *sql.Row {
	counted(ctx)
	return db.conn(ctx).QueryRowContext(ctx, query, args...)
}

// Query is Row for many rows; each is given to scan.
func (db *DB) Query(ctx context.Context, scan func(*sql.Rows) error, query string, args ...any) error {
	counted(ctx)
	rows, err := db.conn(ctx).QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// Exec is Row for a statement without an answer. It returns how many rows it changed.
func (db *DB) Exec(ctx context.Context, statement string, args ...any) (changed int64, err error) {
	counted(ctx)
	done, err := db.conn(ctx).ExecContext(ctx, statement, args...)
	if err != nil {
		return 0, err
	}
	return done.RowsAffected()
}

func (db *DB) conn(ctx context.Context) gorm.ConnPool {
	if t, ok := ctx.Value(txKey{}).(*tx); ok {
		return t.sql
	}
	return db.pool
}

// Tx runs fn in one transaction, carried by the context that fn gets. A Tx within a Tx joins it, so that verbs of
// several rooms compose into one commit: all of it, or none. Keys named by Changed go out after the commit.
func (db *DB) Tx(ctx context.Context, fn func(ctx context.Context) error) error {
	if _, ok := ctx.Value(txKey{}).(*tx); ok {
		return fn(ctx)
	}
	begun, err := db.pool.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer func() { _ = begun.Rollback() }() // after an error, and when fn panics; after the commit it does nothing
	t := &tx{sql: begun}
	inside := context.WithValue(ctx, txKey{}, t)
	if err := fn(inside); err != nil {
		return err
	}
	if err := db.announceInside(inside, t); err != nil {
		return err
	}
	if err := begun.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	db.announceAfter(t)
	return nil
}

// Inner runs fn as a part of the transaction that ctx carries, and takes that part back when fn fails: what it wrote, and
// the keys that it noted as changed. The transaction itself goes on, whichever way fn ended.
func (db *DB) Inner(ctx context.Context, fn func(ctx context.Context) error) error {
	t, ok := ctx.Value(txKey{}).(*tx)
	if !ok {
		return db.Tx(ctx, fn)
	}
	if _, err := t.sql.ExecContext(ctx, "SAVEPOINT inner_part"); err != nil {
		return fmt.Errorf("begin a part: %w", err)
	}
	noted := len(t.changed)
	failed := fn(ctx)
	if failed != nil {
		t.changed = t.changed[:noted]
		if _, err := t.sql.ExecContext(ctx, "ROLLBACK TO SAVEPOINT inner_part"); err != nil {
			return fmt.Errorf("take a part back: %w", err) // and not fn's error: nothing was taken back
		}
	}
	if _, err := t.sql.ExecContext(ctx, "RELEASE SAVEPOINT inner_part"); err != nil {
		return fmt.Errorf("end a part: %w", err)
	}
	return failed
}

// Found turns GORM's and database/sql's "no rows" into false, and keeps every other error.
func Found(err error) (bool, error) {
	switch {
	case err == nil:
		return true, nil
	case errors.Is(err, gorm.ErrRecordNotFound), errors.Is(err, sql.ErrNoRows):
		return false, nil
	default:
		return false, err
	}
}

// One scans the first row of a raw query into dest and tells whether there was one. It asks the rows themselves: GORM's
// own Scan counts none when dest is of a named scalar type, such as an enumeration's.
func One(q *gorm.DB, dest any) (bool, error) {
	rows, err := q.Rows()
	if err != nil {
		return false, fmt.Errorf("query: %w", err)
	}
	defer func() { _ = rows.Close() }()
	if !rows.Next() {
		if err := rows.Err(); err != nil {
			return false, fmt.Errorf("query: %w", err)
		}
		return false, nil
	}
	if err := q.ScanRows(rows, dest); err != nil {
		return false, fmt.Errorf("query: %w", err)
	}
	return true, nil
}
