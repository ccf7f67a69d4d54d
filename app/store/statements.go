package store

import (
	"context"
	"database/sql/driver"
	"errors"

	lite "github.com/ncruces/go-sqlite3/driver"
)

// A connection to SQLite keeps the statements that it has prepared: to parse one takes several times as long as to run
// it. GORM's own cache of them (PrepareStmt) is not used. It prepares a statement in the transaction that first needs
// it, and database/sql prepares such a statement anew in each later transaction; that was a fifth of a save on SQLite,
// and on Postgres, where the driver keeps statements by itself, one more round trip for each statement.

// statementsMax is how many statements a connection keeps. There are some hundred; lists of many lengths make more.
const statementsMax = 256

// connector opens connections that keep their statements.
type connector struct{ driver.Connector }

func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	made, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &conn{made.(fullConn), map[string]*stmt{}}, nil
}

// fullConn and fullStmt are what the driver's connections and statements can do beyond the least.
type (
	fullConn interface {
		lite.Conn
		driver.ExecerContext
		driver.NamedValueChecker
	}
	fullStmt interface {
		driver.Stmt
		driver.StmtExecContext
		driver.StmtQueryContext
		driver.NamedValueChecker
	}
)

type conn struct {
	fullConn
	ready map[string]*stmt // prepared, and not in use
}

func (c *conn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	if s, ok := c.ready[query]; ok {
		delete(c.ready, query)
		return s, nil
	}
	s, err := c.fullConn.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	return &stmt{fullStmt: s.(fullStmt), of: c, query: query}, nil
}

func (c *conn) Close() error {
	var errs []error
	for _, s := range c.ready {
		errs = append(errs, s.fullStmt.Close())
	}
	clear(c.ready)
	return errors.Join(append(errs, c.fullConn.Close())...)
}

type stmt struct {
	fullStmt
	of    *conn
	query string
	times []int // its columns of times; nil as long as nobody has asked (times.go)
}

// Close keeps the statement for the next one who asks, in the place of any other when there are too many.
func (s *stmt) Close() error {
	if _, another := s.of.ready[s.query]; another {
		return s.fullStmt.Close()
	}
	var err error
	if len(s.of.ready) >= statementsMax {
		for query, old := range s.of.ready {
			delete(s.of.ready, query)
			err = old.fullStmt.Close()
			break
		}
	}
	s.of.ready[s.query] = s
	return err
}
