package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/ncruces/go-sqlite3"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// Dialect is one of the two databases. The few things that differ between them are methods here or in this file.
type Dialect string

// The two databases.
const (
	SQLite   Dialect = "sqlite"
	Postgres Dialect = "postgres"
)

// Violated tells whether err says that the named unique index or constraint refused, so that a room can say which
// field it was. name is the name in the migrations, equal in both databases; for a unique index over plain columns
// SQLite names the columns instead, so columns gives them as "table.column, table.column".
func Violated(err error, name, columns string) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.ConstraintName == name && strings.HasPrefix(pg.Code, "23")
	}
	var lite *sqlite3.Error
	if errors.As(err, &lite) && lite.Code() == sqlite3.CONSTRAINT {
		text := lite.Error()
		return strings.Contains(text, "'"+name+"'") || strings.HasSuffix(text, ": "+name) ||
			(columns != "" && strings.HasSuffix(text, ": "+columns))
	}
	return false
}

// Locked adds a row lock to a query inside a transaction. It is the lock of a change that leaves the key alone, since
// ours never change: a row that another inserts with a reference to the locked one need not wait for it, and so cannot
// wait in a circle. SQLite has no row locks and needs none: its transactions run one after the other from their first
// statement on.
func Locked(q *gorm.DB) *gorm.DB {
	if q.Name() == string(SQLite) {
		return q
	}
	return q.Clauses(clause.Locking{Strength: "NO KEY UPDATE"})
}

// ForUpdate is the ending of a raw query that locks the rows it reads as Locked does, for SQL that is written by hand.
func (db *DB) ForUpdate() string {
	if db.dialect == Postgres {
		return " FOR NO KEY UPDATE"
	}
	return ""
}

// Among is the condition that a text is one of a list, for SQL that is written by hand: "id "+db.Among("$1"), with [DB.List] as
// the argument. The list is one argument, so the statement is the same for each length of it, and stays prepared.
func (db *DB) Among(placeholder string) string {
	if db.dialect == Postgres {
		return "= ANY(" + placeholder + "::text[])"
	}
	return "IN (SELECT value FROM json_each(" + placeholder + "))"
}

// List is the argument for Among.
func (db *DB) List(texts []string) any {
	if db.dialect == Postgres {
		return texts
	}
	b, _ := json.Marshal(texts) // texts are all that it could refuse, and it does not
	return string(b)
}

// Alone makes a transaction wait until no other one holds the same name, and hold it to its end: for what no row stands for, such
// as the next number. Take it before any row. SQLite's transactions run one after the other anyway.
func (db *DB) Alone(ctx context.Context, name string) error {
	if db.dialect != Postgres {
		return nil
	}
	if _, err := db.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtext($1))`, name); err != nil {
		return fmt.Errorf("alone with %s: %w", name, err)
	}
	return nil
}
