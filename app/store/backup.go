package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/ncruces/go-sqlite3"
)

// ErrNoBackup is Backup's answer for Postgres, which has programs of its own for it.
var ErrNoBackup = errors.New("postgres is backed up by pg_dump")

// Backup writes the whole database, as it is at one moment, into a new file, while others read and write. For SQLite only.
func (db *DB) Backup(ctx context.Context, path string) error {
	if db.dialect != SQLite {
		return ErrNoBackup
	}
	if _, err := db.Exec(ctx, `VACUUM INTO $1`, path); err != nil {
		return fmt.Errorf("back up: %w", err)
	}
	return nil
}

// Alone returns an error when another program has the SQLite database in a file open. What its log holds is in the file then, and there is none beside it; one
// that cannot be read is nobody's.
func Alone(ctx context.Context, path string) error {
	pool, err := openSQLite(path, nil)
	if err != nil {
		return err
	}
	defer pool.Close()
	pool.SetMaxOpenConns(1)
	_, err = pool.ExecContext(ctx, `PRAGMA busy_timeout = 0; PRAGMA journal_mode = delete`) // which nobody can while others look on
	if errors.Is(err, sqlite3.BUSY) || errors.Is(err, sqlite3.LOCKED) {
		return fmt.Errorf("another program uses %s: end it first", path)
	}
	return ctx.Err()
}
