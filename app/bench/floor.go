package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"net"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	sqlite "github.com/ncruces/go-sqlite3/driver"
	"golang.org/x/crypto/argon2"
)

// floor is the server that does the least one could do for the same answer: Fiber as it comes, the raw driver with
// statements prepared once, no template, no header, no log. What the product costs beyond it is ours.
type floor struct {
	pool                      *sql.DB
	session, user, bare, line *sql.Stmt
	saveLine                  *sql.Stmt // Postgres: both in one
	plain                     *plain
	letters                   []byte
	slots                     chan struct{} // as many hash at once as there are cores
}

// runFloor is the child process. It prints its address and serves until it is told to end.
func runFloor() error {
	pool, err := openRaw(os.Getenv("BENCH_DATABASE"))
	if err != nil {
		return err
	}
	defer pool.Close()
	f := &floor{pool: pool, letters: bytes.Repeat([]byte("chancery "), 1<<18/9), slots: make(chan struct{}, runtime.GOMAXPROCS(0))}
	if err := f.prepare(pool); err != nil {
		return err
	}
	if f.plain, err = capture(os.Getenv("BENCH_DATABASE"), os.Getenv("BENCH_KEY"), os.Getenv("BENCH_COOKIE")); err != nil {
		return err
	}
	app := fiber.New(fiber.Config{DisableStartupMessage: true})
	app.Get("/f0/:size", f.read)
	app.Post("/f0/:size/save", f.save)
	app.Post("/f0/:size/bare", f.update)
	app.Post("/f0/cases/:from", f.move)
	app.Post("/f0/:size/message/:case", f.receive)
	app.Get("/f1/:how", f.template)
	app.Post("/argon2", f.hash)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	go func() {
		<-ctx.Done()
		_ = app.Shutdown()
	}()
	fmt.Println(listener.Addr())
	return app.Listener(listener)
}

// openRaw opens the database by its driver, with the pool, the durability and the times that the product has.
func openRaw(url string) (*sql.DB, error) {
	if path, ok := strings.CutPrefix(url, "sqlite:"); ok {
		pool, err := sqlite.Open("file:" + path + "?_txlock=immediate&_timefmt=2006-01-02T15:04:05.000000Z07:00&_pragma=busy_timeout(10000)&_pragma=journal_mode(wal)&_pragma=synchronous(normal)&_pragma=foreign_keys(on)&_pragma=wal_autocheckpoint(4000)")
		if err == nil {
			pool.SetMaxOpenConns(max(4, 2*runtime.GOMAXPROCS(0)))
			pool.SetMaxIdleConns(max(4, 2*runtime.GOMAXPROCS(0)))
		}
		return pool, err
	}
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, err
	}
	pool := stdlib.OpenDB(*config)
	pool.SetMaxOpenConns(20)
	pool.SetMaxIdleConns(20)
	return pool, nil
}

const (
	bareSQL = `UPDATE users SET bio = $1, updated_at = $2 WHERE id = $3`
	lineSQL = `INSERT INTO audit (id, at, actor_id, actor_name, action, object_kind, object_id, changes, network, request_id) `
)

func (f *floor) prepare(pool *sql.DB) error {
	type statement struct {
		to  **sql.Stmt
		sql string
	}
	todo := []statement{
		{&f.session, `SELECT id, user_id, last_seen_at, expires_at FROM sessions WHERE token_hash = $1 AND ended_at IS NULL AND expires_at > $2`},
		{&f.user, `SELECT email, first_name, last_name, display_name, title, cell, office, address, bio, language, zone, theme, status, role_id,
			department_id, picture_id, last_sign_in_at, created_at FROM users WHERE id = $1`},
		{&f.bare, bareSQL},
	}
	if strings.HasPrefix(os.Getenv("BENCH_DATABASE"), "sqlite:") {
		todo = append(todo, statement{&f.line, lineSQL + `VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`})
	} else {
		todo = append(todo, statement{&f.saveLine, `WITH changed AS (` + bareSQL + ` RETURNING 1) ` + lineSQL + `SELECT $4, $5, $6, $7, $8, $9, $10, $11, $12, $13 FROM changed`})
	}
	for _, s := range todo {
		made, err := pool.Prepare(s.sql) //nolint:sqlclosecheck // they live as long as the pool
		if err != nil {
			return err
		}
		*s.to = made
	}
	return nil
}

// reader is one session select and one user select, with every column scanned.
func (f *floor) reader(c *fiber.Ctx) (id string, err error) {
	hash := sha256.Sum256([]byte(c.Cookies(cookieName)))
	var (
		session                                                   string
		seen, expires, created                                    time.Time
		email, first, last, display, title, cell, office, address string
		bio, language, zone, theme, status, role                  string
		department, picture                                       *string
		signedIn                                                  *time.Time
	)
	err = f.session.QueryRowContext(c.Context(), hex.EncodeToString(hash[:]), time.Now().UTC()).Scan(&session, &id, &seen, &expires)
	if err != nil {
		return "", err
	}
	return id, f.user.QueryRowContext(c.Context(), id).Scan(&email, &first, &last, &display, &title, &cell, &office, &address, &bio,
		&language, &zone, &theme, &status, &role, &department, &picture, &signedIn, &created)
}

// read is F0 of a page or a fragment: it writes as many letters as the product's answer has.
func (f *floor) read(c *fiber.Ctx) error {
	if _, err := f.reader(c); err != nil {
		return err
	}
	return f.answer(c)
}

// save is F0 of a save: the row and its audit line, both or neither (S1-14), by the shortest way that each database has.
func (f *floor) save(c *fiber.Ctx) error {
	id, err := f.reader(c)
	if err != nil {
		return err
	}
	bio, now := c.FormValue("bio"), time.Now().UTC()
	changes := `[{"field":"bio","before":"` + bio + `","after":"` + bio + `"}]`
	line := []any{uuid.Must(uuid.NewV7()).String(), now, id, "Somebody", "user.edit-profile", "user", id, changes, "127.0.0.1", uuid.NewString()}
	if f.saveLine != nil {
		if _, err := f.saveLine.ExecContext(c.Context(), append([]any{bio, now, id}, line...)...); err != nil {
			return err
		}
		return f.answer(c)
	}
	tx, err := f.pool.BeginTx(c.Context(), nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	for _, do := range []struct {
		prepared *sql.Stmt
		values   []any
	}{{f.bare, []any{bio, now, id}}, {f.line, line}} {
		inside := tx.StmtContext(c.Context(), do.prepared) //nolint:sqlclosecheck // the transaction closes it
		if _, err := inside.ExecContext(c.Context(), do.values...); err != nil {
			return err
		}
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	return f.answer(c)
}

// update is a save that leaves no trace of who changed what, for comparison.
func (f *floor) update(c *fiber.Ctx) error {
	id, err := f.reader(c)
	if err != nil {
		return err
	}
	if _, err := f.bare.ExecContext(c.Context(), c.FormValue("bio"), time.Now().UTC(), id); err != nil {
		return err
	}
	return f.answer(c)
}

func (f *floor) answer(c *fiber.Ctx) error {
	size, err := c.ParamsInt("size")
	if err != nil {
		return err
	}
	return c.Type("html").Send(f.letters[:size])
}

// template is F1: F0's queries, and one execution of My Profile's template with the data that the product gave it.
func (f *floor) template(c *fiber.Ctx) error {
	if _, err := f.reader(c); err != nil {
		return err
	}
	return f.plain.write(c.Type("html").Response().BodyWriter(), c.Params("how"))
}

// hash is the bare argon2id of a sign-in. Fiber round it is less than a thousandth.
func (f *floor) hash(c *fiber.Ctx) error {
	f.slots <- struct{}{}
	defer func() { <-f.slots }()
	argon2.IDKey([]byte(password), []byte("sixteen octets!!"), 2, 19*1024, 1, 32)
	return c.SendStatus(fiber.StatusNoContent)
}
