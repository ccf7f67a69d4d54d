package store

import (
	"context"
	"errors"
	"fmt"
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
