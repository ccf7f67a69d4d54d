package main

import (
	"context"
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"chancery/app/apptest/s3test"
	"chancery/app/store/storetest"
)

// A long migration must not be taken for a program that hangs. It is made long by another's lock on the schema.
func TestWhileItStartsItIsAliveAndNotReady(t *testing.T) {
	t.Parallel()
	database := storetest.Postgres(t)
	conn, err := pgx.Connect(t.Context(), database)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	hold, err := conn.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := hold.Exec(t.Context(), "LOCK TABLE goose_db_version IN ACCESS EXCLUSIVE MODE"); err != nil {
		t.Fatal(err)
	}
	c := begin(t, quick(database, nil))
	c.until("ops answers", func() bool { status, _ := c.get("/livez"); return status == 200 })
	if status, body := c.get("/readyz"); status != 503 || body != `{"status":"starting"}`+"\n" {
		t.Errorf("readyz: %d %s", status, body)
	}
	call(t, "", "ready", c.ops+"/readyz").expect(t, 1, "not ready (503)", "starting")
	if err := hold.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.until("it is ready", func() bool { status, _ := c.get("/readyz"); return status == 200 })
	call(t, "", "ready", c.ops+"/readyz").expect(t, 0, "ok")
}

// B-24: only the database makes it unready.
func TestReadinessTellsHowEachPartIs(t *testing.T) {
	t.Parallel()
	server := s3test.New(t)
	s := quick(storetest.Postgres(t), settings{"BLOBS": server.URL(), "BLOBS_KEY_ID": server.Credentials.AccessKeyID,
		"BLOBS_SECRET": server.Credentials.SecretAccessKey, "MAIL": "smtp://127.0.0.1:1?tls=none"})
	c := start(t, s)
	if status, body := c.get("/livez"); status != 200 || body != "ok\n" {
		t.Errorf("livez: %d %s", status, body)
	}
	c.expectReady(200, "degraded", "ok", "ok", "degraded") // nobody takes mails at that port
	server.Kill()
	until(t, "the outage of storage is seen", func() bool { _, r := c.ready(); return r["blobs"] == "degraded" })
	c.expectReady(200, "degraded", "ok", "degraded", "degraded")
	if !c.log.Has("not ready") || strings.Count(c.log.String(), "part=mail") != 1 {
		t.Error("an outage is to be logged once, when it begins")
	}
	if status, body := c.get("/metrics"); status != 200 || !strings.Contains(body, `chancery_loop_reconciles_total`) || !strings.Contains(body, "go_goroutines") {
		t.Errorf("metrics: %d %.300s", status, body)
	}
}

// The database goes away under a running program: it says so, lives on, and works again when the database is back.
func TestItOutlivesAnOutageOfTheDatabase(t *testing.T) {
	t.Parallel()
	p := newPractice(t, storetest.Postgres(t))
	c := start(t, p.settings())
	c.expectReady(200, "ok", "ok", "ok", "ok")
	c.until("it has the lease", func() bool { return c.log.Has("lease taken") })

	shut, open := doors(t, p.database)
	shut()
	c.until("the outage is seen", func() bool { status, _ := c.ready(); return status == 503 })
	if _, r := c.ready(); r["status"] != "down" || r["database"] != "down" || r["blobs"] != "ok" || r["mail"] != "ok" {
		t.Errorf("while the database is away: %v", r)
	}
	if status, _ := c.get("/livez"); status != 200 {
		t.Errorf("livez: %d; it would be started anew for nothing", status)
	}
	c.until("the lease is lost", func() bool { return c.log.Has("lease lost") })
	open()
	c.until("it is ready again", func() bool { status, _ := c.ready(); return status == 200 })
	p.delivered(c, p.invite("Jon"))
	if code := c.term(); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

// ready asks /readyz.
func (c *child) ready() (status int, parts map[string]string) {
	c.t.Helper()
	status, body := c.get("/readyz")
	if err := json.Unmarshal([]byte(body), &parts); err != nil {
		c.t.Fatalf("readyz: %d %s", status, body)
	}
	return status, parts
}

func (c *child) expectReady(status int, all, database, blobs, mail string) {
	c.t.Helper()
	got, r := c.ready()
	if got != status || r["status"] != all || r["database"] != database || r["blobs"] != blobs || r["mail"] != mail || len(r) != 4 && r["texts"] != "ok" {
		c.t.Errorf("ready: %d %v, want %d with %s, %s, %s, %s", got, r, status, all, database, blobs, mail)
	}
}

// doors shut and open a Postgres database for everyone, as an outage of the server does.
func doors(t *testing.T, database string) (shut, open func()) {
	t.Helper()
	u, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	name := strings.Trim(u.Path, "/")
	u.Path = "/postgres"
	do := func(statements ...string) func() {
		return func() {
			ctx, cancel := context.WithTimeout(context.Background(), patience)
			defer cancel()
			conn, err := pgx.Connect(ctx, u.String())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close(ctx)
			for _, s := range statements {
				if _, err := conn.Exec(ctx, s); err != nil {
					t.Fatalf("%s: %v", s, err)
				}
			}
		}
	}
	return do("ALTER DATABASE "+name+" ALLOW_CONNECTIONS false", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '"+name+"'"),
		do("ALTER DATABASE " + name + " ALLOW_CONNECTIONS true")
}
