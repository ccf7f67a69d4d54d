package pgtest_test

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"chancery/app/apptest/pgtest"
)

func TestEachTestHasADatabaseOfItsOwn(t *testing.T) {
	one, two := pgtest.URL(t), pgtest.URL(t)
	query(t, one, "CREATE TABLE mine (id int)")
	if got := query(t, two, "SELECT count(*) FROM pg_tables WHERE tablename = 'mine'"); got != int64(0) {
		t.Errorf("the second database sees %v tables of the first, want 0", got)
	}
}

func TestTheDatabaseGoesWithItsTest(t *testing.T) {
	var url string
	t.Run("a test that leaves a connection open", func(t *testing.T) {
		url = pgtest.URL(t)
		connect(t, url)
	})
	if conn, err := pgx.Connect(t.Context(), url); err == nil {
		conn.Close(t.Context())
		t.Error("the database is still there after its test")
	}
}

func TestATemplateIsPreparedOnceAndCopiedForEachTest(t *testing.T) {
	prepared := 0
	prepare := func(url string) error {
		prepared++
		conn, err := pgx.Connect(t.Context(), url)
		if err != nil {
			return err
		}
		_, err = conn.Exec(t.Context(), "CREATE TABLE staff (name text); INSERT INTO staff VALUES ('Mina')")
		return errors.Join(err, conn.Close(t.Context()))
	}
	one := pgtest.FromTemplate(t, "staff", prepare)
	two := pgtest.FromTemplate(t, "staff", prepare)
	query(t, one, "DELETE FROM staff")
	if got := query(t, two, "SELECT count(*) FROM staff"); got != int64(1) {
		t.Errorf("the second copy has %v rows, want the one of the template", got)
	}
	if prepared != 1 {
		t.Errorf("prepare ran %d times, want 1", prepared)
	}
}

// A killed run must leave neither a server nor its folder: the helper below is killed with its cluster running.
func TestAKilledProcessLeavesNoClusterBehind(t *testing.T) {
	if os.Getenv("PGTEST_HELPER") == "1" {
		c, err := pgtest.Start(pgtest.Options{})
		if err != nil {
			t.Fatal(err)
		}
		os.Stdout.WriteString("url " + c.URL() + "\n")
		// Until it is killed, or the test with it. To wait for what nobody sends would be a deadlock, which ends the process before it is killed.
		_, err = io.Copy(io.Discard, os.Stdin)
		t.Fatal(errors.Join(errors.New("nobody killed the helper"), err, c.Stop()))
	}
	pgtest.URL(t) // skips where Postgres is not installed

	helper := exec.Command(os.Args[0], "-test.run=^TestAKilledProcessLeavesNoClusterBehind$")
	helper.Env = append(os.Environ(), "PGTEST_HELPER=1")
	in, err := helper.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := helper.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := helper.Start(); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 4096)
	n, err := out.Read(buf)
	url, ok := strings.CutPrefix(strings.TrimSpace(string(buf[:n])), "url ")
	if err != nil || !ok {
		t.Fatalf("the helper said %q, %v", buf[:n], err)
	}
	config, err := pgx.ParseConfig(url)
	if err != nil {
		t.Fatal(err)
	}
	query(t, url, "SELECT 1::bigint")

	if err := helper.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if err := helper.Wait(); err == nil {
		t.Fatal("the helper ended by itself")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for {
		if _, err := os.Stat(config.Host); errors.Is(err, os.ErrNotExist) {
			break
		}
		select {
		case <-ctx.Done():
			t.Fatalf("%s is still there", filepath.Base(config.Host))
		case <-time.After(10 * time.Millisecond):
		}
	}
	if conn, err := pgx.Connect(t.Context(), url); err == nil {
		conn.Close(t.Context())
		t.Error("the server still answers")
	}
}

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

func query(t *testing.T, url, sql string) any {
	t.Helper()
	conn := connect(t, url)
	defer conn.Close(t.Context())
	rows, err := conn.Query(t.Context(), sql)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var value any
	if rows.Next() {
		if err := rows.Scan(&value); err != nil {
			t.Fatal(err)
		}
	}
	rows.Close()
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return value
}
