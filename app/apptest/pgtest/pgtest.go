// Package pgtest gives each test a Postgres database of its own, and a bench a cluster of its own.
//
// A test calls [URL] for an empty database, or [FromTemplate] for one that was migrated already. The database is
// dropped when the test ends. The cluster under it is, in this order:
//
//   - the one that CHANCERY_TEST_POSTGRES names: `make test` starts one for the whole run and sets it, so that each
//     package need not pay for initdb. It is meant for a cluster that goes away with the run; on a lasting server the
//     templates, databases called chancery_template_*, stay behind. The account in it must be allowed to create
//     databases;
//   - else one started for this process from the installed binaries, on a Unix socket in a temporary folder.
//
// Where no Postgres is installed a test skips and says which package is missing; with CI=true or
// CHANCERY_TEST_REQUIRE=1 it fails instead, because a skipped test proves nothing there.
//
// Nothing of ours may be imported here: the store's own tests stand on this package.
//
// Measured on two busy cores with Postgres 15 (`go test -run '^$' -bench . ./app/apptest/pgtest`): a cluster up and down
// 0.36 s, a database made and dropped 21 ms. A schema per test would be cheaper still, but the product's migrations and
// its LISTEN channels belong to a database.
package pgtest

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

const adminTimeout = time.Minute // for one CREATE or DROP DATABASE on a machine that is busy

// URL returns the postgres:// URL of a fresh empty database, which is dropped when tb ends. What tb opens on it must
// be closed in a Cleanup registered after this call, or is cut off.
func URL(tb testing.TB) string {
	tb.Helper()
	return create(tb, server(tb), "template1")
}

// FromTemplate is URL for a database that prepare has filled, typically with the migrations. prepare runs once in this
// process for each name; every call copies what it left, which is several times cheaper than to migrate again. prepare
// must close its connections: Postgres does not copy a database that is in use.
func FromTemplate(tb testing.TB, name string, prepare func(url string) error) string {
	tb.Helper()
	admin := server(tb)
	once, _ := templates.LoadOrStore(name, &template{})
	t := once.(*template)
	t.once.Do(func() {
		t.database = "chancery_template_" + randomName()
		if t.err = admin.exec(tb.Context(), "CREATE DATABASE "+t.database+" TEMPLATE template1"); t.err != nil {
			return
		}
		t.err = prepare(admin.url(t.database))
	})
	if t.err != nil {
		tb.Fatalf("pgtest: prepare the template %q: %v", name, t.err)
	}
	return create(tb, admin, t.database)
}

// What outlives a single test in this process. It is package state, which the house forbids elsewhere: `go test` has
// no other place that all tests of a process share.
var (
	templates sync.Map // name → *template
	cluster   = sync.OnceValues(func() (*Cluster, error) { return Start(Options{}) })
)

type template struct {
	once     sync.Once
	database string
	err      error
}

// server returns the access to the cluster that the databases are made in, or ends the test.
func server(tb testing.TB) access {
	tb.Helper()
	given := os.Getenv("CHANCERY_TEST_POSTGRES")
	if given == "" {
		c, err := cluster()
		if errors.Is(err, ErrNotInstalled) && !required() {
			tb.Skipf("pgtest: %v", err)
		}
		if err != nil {
			tb.Fatalf("pgtest: %v", err)
		}
		given = c.URL()
	}
	admin, err := parseAccess(given)
	if err != nil {
		tb.Fatalf("pgtest: CHANCERY_TEST_POSTGRES: %v", err)
	}
	return admin
}

func required() bool {
	return os.Getenv("CI") == "true" || os.Getenv("CHANCERY_TEST_REQUIRE") == "1"
}

func create(tb testing.TB, admin access, template string) string {
	tb.Helper()
	name := "chancery_test_" + randomName()
	if err := admin.exec(tb.Context(), "CREATE DATABASE "+name+" TEMPLATE "+template); err != nil {
		tb.Fatalf("pgtest: %v", err)
	}
	tb.Cleanup(func() {
		// The context of tb is over by now. FORCE, because a server under test may have been killed, not closed.
		if err := admin.exec(context.Background(), "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			tb.Errorf("pgtest: %v", err)
		}
	})
	return admin.url(name)
}

// access is a URL of the cluster, of which only the database changes.
type access struct{ base url.URL }

func parseAccess(text string) (access, error) {
	u, err := url.Parse(text)
	if err != nil {
		return access{}, errors.New("not a URL") // the error itself would repeat a password
	}
	if u.Scheme != "postgres" && u.Scheme != "postgresql" {
		return access{}, fmt.Errorf("want a postgres:// URL, got scheme %q", u.Scheme)
	}
	return access{base: *u}, nil
}

func (a access) url(database string) string {
	u := a.base
	u.Path = "/" + database
	return u.String()
}

// exec runs one statement in a connection of its own, in the database that the URL names.
func (a access) exec(ctx context.Context, statement string) error {
	ctx, cancel := context.WithTimeout(ctx, adminTimeout)
	defer cancel()
	conn, err := pgx.Connect(ctx, a.base.String())
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if _, err := conn.Exec(ctx, statement); err != nil {
		return fmt.Errorf("%s: %w", statement, err)
	}
	return nil
}

func randomName() string {
	b := make([]byte, 8)
	rand.Read(b) // never fails
	return hex.EncodeToString(b)
}
