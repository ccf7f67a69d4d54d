package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/jackc/pgx/v5"

	"chancery/app/access"
	"chancery/app/apptest/s3test"
	"chancery/app/apptest/smtptest"
	"chancery/app/staff"
	"chancery/app/store/storetest"
)

func TestADemoStartsFromNothingAndIsKeptAtTheSecondStart(t *testing.T) {
	t.Parallel()
	first := start(t, nil, "--demo")
	for _, text := range []string{"A demo practice was made: 40 people", ".data/outbox", "admin@demo.example", "consultant@demo.example", "paralegal@demo.example", demoPassword, first.url} {
		if !first.out.has(text) {
			t.Errorf("%q is not said in:\n%s", text, first.out)
		}
	}
	if code := first.term(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	second := start(t, settings{"DATABASE": "sqlite:" + filepath.Join(first.cmd.Dir, ".data", "chancery.db")}, "--demo")
	if !second.out.has("The demo practice is kept as it was left: 40 people") {
		t.Errorf("said:\n%s", second.out)
	}
	if code := second.term(); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

// What is under way is answered, what is idle is hung up on, and nothing new is taken.
func TestToldToEndItAnswersWhatIsUnderWayAndEnds(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, database string) {
		c := start(t, quick(database, nil))
		address := strings.TrimPrefix(c.url, "http://")
		dial := func() net.Conn {
			conn, err := net.Dial("tcp", address)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = conn.Close() })
			if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
				t.Fatal(err)
			}
			return conn
		}
		idle := dial()
		fmt.Fprintf(idle, "GET /sign-in HTTP/1.1\r\nHost: %s\r\n\r\n", address)
		if status := answered(t, idle); status != 200 {
			t.Fatalf("the sign-in page: %d", status)
		}
		form := "email=jon%40firm.example&password=x"
		busy := dial()
		fmt.Fprintf(busy, "POST /sign-in HTTP/1.1\r\nHost: %s\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n%s",
			address, len(form), form[:5])
		got, err := http.Get(c.url + "/sign-in") // answered after the server has begun to read busy's request
		if err != nil {
			t.Fatal(err)
		}
		_ = got.Body.Close()

		if err := c.cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		c.until("it says that it ends", func() bool { return c.log.has("finishing what is under way") })
		until(t, "nothing new is taken", func() bool {
			conn, err := net.Dial("tcp", address)
			if err == nil {
				_ = conn.Close()
			}
			return err != nil
		})
		if _, err := io.WriteString(busy, form[5:]); err != nil {
			t.Fatal(err)
		}
		if status := answered(t, busy); status >= 500 {
			t.Errorf("the request under way: %d", status)
		}
		began := time.Now()
		if code := c.wait(); code != 0 {
			t.Errorf("exit code %d", code)
		}
		if took := time.Since(began); took > finishWithin/2 {
			t.Errorf("it took %s to end after the last answer", took)
		}
		if c.log.has("panic") || c.log.has("level=ERROR") {
			t.Error("it did not end cleanly")
		}
	})
}

func TestToldToEndTwiceItEndsAtOnce(t *testing.T) {
	t.Parallel()
	c := start(t, nil)
	conn, err := net.Dial("tcp", strings.TrimPrefix(c.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "POST /sign-in HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n") // under way for ever
	c.until("the request is under way", func() bool {
		response, err := http.Get(c.url + "/sign-in")
		if err == nil {
			_ = response.Body.Close()
		}
		return err == nil
	})
	if err := c.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	c.until("it says that it ends", func() bool { return c.log.has("finishing what is under way") })
	began := time.Now()
	c.term()
	if took := time.Since(began); took > finishWithin/2 {
		t.Errorf("it took %s", took)
	}
}

// At any moment of its start; nothing hangs, and it is no failure.
func TestToldToEndWhileItStartsItEnds(t *testing.T) {
	t.Parallel()
	for i := range 12 {
		c := begin(t, nil, "--demo")
		select {
		case <-time.After(time.Duration(i) * 30 * time.Millisecond): // from before main to after the first page
		case <-c.ended:
		}
		_ = c.cmd.Process.Signal(syscall.SIGTERM)
		c.wait()
		status := c.cmd.ProcessState.Sys().(syscall.WaitStatus)
		if !(status.Exited() && status.ExitStatus() == 0 || status.Signaled() && status.Signal() == syscall.SIGTERM) {
			t.Errorf("after %d ms: %s\n%s", i*30, c.cmd.ProcessState, c.log)
		}
	}
}

// The moment between having its address and serving on it is too short to be hit from outside.
func TestToldToEndBeforeItServesItEnds(t *testing.T) {
	for range 100 {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		ended := make(chan error, 1)
		go func() {
			ended <- together(ctx, fiber.New(fiber.Config{DisableStartupMessage: true}), listener, func(context.Context) error { return nil }, slog.New(slog.DiscardHandler))
		}()
		select {
		case err := <-ended:
			if err != nil {
				t.Fatal(err)
			}
		case <-time.After(patience):
			t.Fatal("it does not end")
		}
	}
}

// What of the two fails first is told, and ends the other.
func TestWhenTheJobsFailThePagesEndWithTheirError(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	broken := errors.New("the jobs are broken")
	err = together(t.Context(), fiber.New(fiber.Config{DisableStartupMessage: true}), listener, func(context.Context) error { return broken }, slog.New(slog.DiscardHandler))
	if !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
}

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
	if err := hold.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.until("it is ready", func() bool { status, _ := c.get("/readyz"); return status == 200 })
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
	if !c.log.has("not ready") || strings.Count(c.log.String(), "part=mail") != 1 {
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
	c.until("it has the lease", func() bool { return c.log.has("lease taken") })

	shut, open := doors(t, p.database)
	shut()
	c.until("the outage is seen", func() bool { status, _ := c.ready(); return status == 503 })
	if _, r := c.ready(); r["status"] != "down" || r["database"] != "down" || r["blobs"] != "ok" || r["mail"] != "ok" {
		t.Errorf("while the database is away: %v", r)
	}
	if status, _ := c.get("/livez"); status != 200 {
		t.Errorf("livez: %d; it would be started anew for nothing", status)
	}
	c.until("the lease is lost", func() bool { return c.log.has("lease lost") })
	open()
	c.until("it is ready again", func() bool { status, _ := c.ready(); return status == 200 })
	p.delivered(c, p.invite("Jon"))
	if code := c.term(); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

// A mail server that hangs in the middle of a mail must not keep the program from ending in time.
func TestToldToEndItDoesNotWaitForAMailServerThatHangs(t *testing.T) {
	t.Parallel()
	practices(t, func(t *testing.T, p *practice) {
		invited := p.invite("Jon")
		p.server.Hang(smtptest.Content, true)
		s := p.settings()
		s["MAIL_TIMEOUT"] = "5m"
		c := start(t, s)
		c.until("the mail is on its way", func() bool { return p.state(invited) == "sending" && p.server.SignIns() > 0 })
		began := time.Now()
		if code := c.term(); code != 0 {
			t.Errorf("exit code %d", code)
		}
		if took := time.Since(began); took > finishWithin {
			t.Errorf("it took %s", took)
		}
		p.server.Hang(smtptest.Content, false)
		s["MAIL_TIMEOUT"] = "2s"
		p.expect(invited, "waiting") // not lost, and not held for five minutes
	})
}

func TestTheNameOfThePracticeIsTheFirstStarts(t *testing.T) {
	t.Parallel()
	p := newPractice(t, storetest.SQLite(t))
	if _, err := p.h.staff.Create(t.Context(), access.System("test"), staff.NewUser{FirstName: "Jon", LastName: "Okafor", Email: "jon@firm.example",
		RoleID: access.RoleConsultant, Language: "en", Zone: "UTC"}); err != nil {
		t.Fatal(err)
	}
	s := p.settings()
	s["PRACTICE"] = "Another name"
	start(t, s)
	if org, err := p.h.staff.Organization(t.Context()); err != nil || org.Name != "Marlow Reyes" {
		t.Errorf("the practice is called %q, %v", org.Name, err)
	}
}

// answered reads the whole answer to a request on a connection.
func answered(t *testing.T, conn net.Conn) (status int) {
	t.Helper()
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatalf("not answered: %v", err)
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		t.Fatalf("not answered: %v", err)
	}
	return response.StatusCode
}

// BenchmarkFirstStartOfTheDemo measures what `make run` does after the build: from nothing to the first page.
func BenchmarkFirstStartOfTheDemo(b *testing.B) {
	program(b)
	for b.Loop() {
		c := start(b, nil, "--demo")
		b.StopTimer()
		c.kill()
		if err := os.RemoveAll(filepath.Join(c.cmd.Dir, ".data")); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
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
	if got != status || r["status"] != all || r["database"] != database || r["blobs"] != blobs || r["mail"] != mail || len(r) != 4 {
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
