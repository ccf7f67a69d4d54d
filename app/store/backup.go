package store

import (
	"context"
	"errors"
	"fmt"
	"net/url"

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

// Practice returns an error for a file that is no SQLite database of this program, or is damaged. It only reads, and leaves nothing beside the file.
func Practice(ctx context.Context, path string) error {
	pool, err := openSQLite(path, url.Values{"mode": {"ro"}, "immutable": {"1"}, "_pragma": {"cell_size_check(on)"}})
	if err != nil {
		return err
	}
	defer pool.Close()
	var says string
	var steps int
	if err := pool.QueryRowContext(ctx, `PRAGMA quick_check(1)`).Scan(&says); err != nil {
		return err
	}
	if says != "ok" {
		return fmt.Errorf("it is damaged: %s", says)
	}
	err = pool.QueryRowContext(ctx, `SELECT count(*) FROM goose_db_version JOIN organization ON TRUE WHERE version_id > 0`).Scan(&steps)
	if err == nil && steps == 0 {
		err = errors.New("there is no practice in it")
	}
	return err
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
