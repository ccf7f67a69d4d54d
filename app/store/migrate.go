package store

import (
	"context"
	"embed"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"
	"github.com/pressly/goose/v3/lock"
)

// Migrations are SQL, paired by name in two folders, and run by goose. They are only ever added: the version before
// must run on the schema after (expand, then contract one release later).
// That is why no statement says SELECT *: a column that is added under a running replica would change the result of a
// statement it has prepared, which Postgres refuses. GORM's QueryFields does so for reads of whole structs.

//go:embed migrations
var migrations embed.FS

// Migrate brings the schema to the newest version and returns how many steps that took. On Postgres a session lock
// makes replicas that start together wait for one another.
func (db *DB) Migrate(ctx context.Context) (steps int, err error) {
	err = db.provided(func(p *goose.Provider) error {
		done, err := p.Up(ctx)
		steps = len(done)
		return err
	})
	return steps, err
}

// MigrateTo brings the schema up to one version, for tests that seed data between two steps.
func (db *DB) MigrateTo(ctx context.Context, version int64) error {
	return db.provided(func(p *goose.Provider) error {
		_, err := p.UpTo(ctx, version)
		return err
	})
}

// Pending tells whether the schema is older than this program.
func (db *DB) Pending(ctx context.Context) (pending bool, err error) {
	err = db.provided(func(p *goose.Provider) error {
		pending, err = p.HasPending(ctx)
		return err
	})
	return pending, err
}

func (db *DB) provided(fn func(*goose.Provider) error) error {
	files, err := fs.Sub(migrations, "migrations/"+string(db.dialect))
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	pool, dialect, opts := db.pool, database.DialectPostgres, []goose.ProviderOption{goose.WithDisableGlobalRegistry(true)}
	if db.dialect == SQLite {
		dialect = database.DialectSQLite3
		// A pool of its own, which reads times in any format: goose lets SQLite write its own, which ours is not.
		if pool, err = openSQLite(db.dsn, nil); err != nil {
			return fmt.Errorf("migrate: %w", err)
		}
		defer func() { _ = pool.Close() }()
	} else {
		locker, err := lock.NewPostgresSessionLocker()
		if err != nil {
			return fmt.Errorf("migrate: %w", err)
		}
		opts = append(opts, goose.WithSessionLocker(locker))
	}
	p, err := goose.NewProvider(dialect, pool, files, opts...)
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	if err := fn(p); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}
