package store

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/ncruces/go-sqlite3/driver"
	"github.com/ncruces/go-sqlite3/gormlite"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
)

// Check says what is wrong with a database URL, without connecting: sqlite:PATH or postgres://….
func Check(raw string) error {
	_, err := parse(raw)
	return err
}

// Open opens the database at a URL: sqlite:PATH (made with its folder when it is not there) or postgres://….
// It does not migrate. now is the clock; nil means the time of the machine.
func Open(ctx context.Context, raw string, now func() time.Time) (*DB, error) {
	if now == nil {
		now = time.Now
	}
	target, err := parse(raw)
	if err != nil {
		return nil, err
	}
	db := &DB{dialect: target.dialect, dsn: target.dsn, now: Clock(now), done: make(chan struct{})}
	if db.pool, err = target.open(); err != nil {
		return nil, err
	}
	if err := db.pool.PingContext(ctx); err != nil {
		_ = db.pool.Close()
		return nil, fmt.Errorf("open %s database: %w", target.dialect, err)
	}
	var dialector gorm.Dialector
	if db.dialect == SQLite {
		dialector = gormlite.OpenDB(db.pool)
	} else {
		dialector = postgres.New(postgres.Config{Conn: db.pool})
	}
	db.gorm, err = gorm.Open(dialector, &gorm.Config{
		SkipDefaultTransaction: true,
		QueryFields:            true, // never SELECT *: see Migrate
		DisableAutomaticPing:   true,
		Logger:                 quietLogger{},
		NowFunc:                db.now,
	})
	if err != nil {
		_ = db.pool.Close()
		return nil, fmt.Errorf("open %s database: %w", target.dialect, err)
	}
	feed, cancel := context.WithCancel(context.WithoutCancel(ctx))
	db.stop = cancel
	go db.listen(feed)
	return db, nil
}

type target struct {
	dialect Dialect
	dsn     string
}

func parse(raw string) (target, error) {
	scheme, rest, ok := strings.Cut(raw, ":")
	if !ok {
		return target{}, fmt.Errorf("want sqlite:PATH or postgres://…")
	}
	switch scheme {
	case "sqlite":
		if rest == "" || strings.HasPrefix(rest, ":") {
			return target{}, fmt.Errorf("name a file after sqlite:, for example sqlite:.data/chancery.db")
		}
		return target{SQLite, rest}, nil
	case "postgres", "postgresql":
		u, err := url.Parse(raw)
		if err != nil {
			return target{}, fmt.Errorf("not a URL") // the parser's own error would repeat the password
		}
		if strings.Trim(u.Path, "/") == "" {
			return target{}, fmt.Errorf("name a database after the host, for example postgres://chancery@db/chancery")
		}
		if _, err := pgxpool.ParseConfig(raw); err != nil {
			return target{}, fmt.Errorf("not a Postgres URL that the driver understands")
		}
		return target{Postgres, raw}, nil
	default:
		return target{}, fmt.Errorf("unknown scheme %q: want sqlite:PATH or postgres://…", scheme)
	}
}

// timeLayout has a fixed width, so that times compare as text.
const timeLayout = "2006-01-02T15:04:05.000000Z07:00"

func (t target) open() (*sql.DB, error) {
	if t.dialect == Postgres {
		cfg, err := pgxpool.ParseConfig(t.dsn)
		if err != nil {
			return nil, fmt.Errorf("open postgres database: not a URL that the driver understands")
		}
		pool := stdlib.OpenDB(*cfg.ConnConfig, stdlib.OptionAfterConnect(settle))
		// As many idle as open: fewer are closed and opened again under load, and each new one has its plans to make.
		pool.SetMaxOpenConns(20)
		pool.SetMaxIdleConns(20)
		pool.SetConnMaxIdleTime(5 * time.Minute)
		pool.SetConnMaxLifetime(time.Hour)
		return pool, nil
	}
	if dir := filepath.Dir(t.dsn); dir != "." {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, fmt.Errorf("open sqlite database: %w", err)
		}
	}
	pool, err := openSQLite(t.dsn, url.Values{"_timefmt": {timeLayout}})
	if err != nil {
		return nil, err
	}
	// Every connection has its own page cache and statements; readers beyond the cores only cost memory.
	n := max(4, runtime.GOMAXPROCS(0)*2)
	pool.SetMaxOpenConns(n)
	pool.SetMaxIdleConns(n)
	pool.SetConnMaxIdleTime(time.Minute)
	return pool, nil
}

// settle tells a connection two things that Postgres takes for otherwise by default; a server, a role or a URL that says them itself is kept to.
//
// random_page_cost: what a page read out of order costs on a disk without moving heads, and in memory. By default four times as much, and
// whole tables are read where an index would read a tenth.
//
// jit: a statement that is thought to be dear is compiled first. The estimates of who-sees-what, with a lineage of roles in each, are
// always too high: half a second of compiling for a millisecond of work.
func settle(ctx context.Context, c *pgx.Conn) error {
	_, err := c.Exec(ctx, `SELECT set_config(name, CASE name WHEN 'jit' THEN 'off' ELSE '1.1' END, false)
		FROM pg_settings WHERE name IN ('jit', 'random_page_cost') AND source = 'default'`)
	return err
}

func openSQLite(path string, more url.Values) (*sql.DB, error) {
	q := url.Values{"_txlock": {"immediate"}, "_pragma": {
		"busy_timeout(10000)", "journal_mode(wal)", "synchronous(normal)", "foreign_keys(on)", "cache_size(-2000)",
		"temp_store(memory)", "journal_size_limit(67108864)", "wal_autocheckpoint(4000)",
	}}
	maps.Copy(q, more)
	c, err := (&driver.SQLite{}).OpenConnector((&url.URL{Scheme: "file", Opaque: escapePath(path), RawQuery: q.Encode()}).String())
	if err != nil {
		return nil, fmt.Errorf("open sqlite database: %w", err)
	}
	return sql.OpenDB(connector{c}), nil
}

// escapePath keeps ?, # and % of a file's name out of the URI's own grammar.
func escapePath(p string) string {
	return strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(filepath.ToSlash(p))
}
