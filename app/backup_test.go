package main

import (
	"archive/tar"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"chancery/app/apptest/pgtest"
	"chancery/app/store/storetest"
)

// A backup that is made while the server runs is the practice: people sign in by their passwords, and what is sealed with the key opens.
func TestABackupOfSQLiteIsThePractice(t *testing.T) {
	t.Parallel()
	p := newPractice(t, storetest.SQLite(t))
	s := p.settings()
	delete(s, "SECRET_KEY") // the one beside the database
	s["BLOBS"] = "dir:" + t.TempDir()
	c := start(t, s)
	picture := filepath.Join(strings.TrimPrefix(s["BLOBS"], "dir:"), "folder", "picture")
	if err := os.MkdirAll(filepath.Dir(picture), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(picture, []byte("a picture"), 0o600); err != nil {
		t.Fatal(err)
	}
	email, password := p.colleague()
	signIn(t, c.url, email, password)

	to := filepath.Join(t.TempDir(), "backup")
	backup := func(to string) said {
		t.Helper()
		return call(t, "", "backup", "--database="+p.database, "--blobs="+s["BLOBS"], "--mail=dir:"+t.TempDir(), "--url="+c.url, to)
	}
	backup(to).expect(t, 0, "holds the practice as it is now", "chancery restore "+to)
	backup(to).expect(t, 1, "is not empty")
	sent := backup("-")
	sent.expect(t, 0)
	held := map[string]int64{}
	for r := tar.NewReader(strings.NewReader(sent.out)); ; {
		h, err := r.Next()
		if err != nil {
			if !errors.Is(err, io.EOF) {
				t.Error(err)
			}
			break
		}
		held[h.Name] = h.Mode
	}
	if held["chancery.db"] == 0 || held["secret-key"] != 0o600 || held["blobs/folder/picture"] == 0 {
		t.Errorf("the archive holds %v", held)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(strings.TrimPrefix(p.database, "sqlite:")), "backup-*")); len(left) > 0 {
		t.Errorf("an archive left %v", left)
	}
	if code := c.term(); code != 0 {
		t.Fatalf("exit code %d", code)
	}
	for name, mode := range map[string]os.FileMode{"": 0o700, "secret-key": 0o600, "chancery.db": 0o600} {
		if info, err := os.Stat(filepath.Join(to, name)); err != nil || info.Mode().Perm() != mode {
			t.Errorf("%q in the backup: %v, %v", name, info, err)
		}
	}
	if b, err := os.ReadFile(filepath.Join(to, "blobs", "folder", "picture")); err != nil || string(b) != "a picture" {
		t.Errorf("the picture: %q, %v", b, err)
	}

	call(t, "", "backup", "--database="+s["DATABASE"], "--blobs="+s["BLOBS"], filepath.Join(strings.TrimPrefix(s["BLOBS"], "dir:"), "monday")).expect(t, 1, "lies among the pictures")

	s["DATABASE"], s["BLOBS"] = "sqlite:"+filepath.Join(to, "chancery.db"), "dir:"+filepath.Join(to, "blobs")
	restored := start(t, s)
	signIn(t, restored.url, email, password)
	call(t, "", "backup", "--database=sqlite:"+filepath.Join(to, "none.db"), filepath.Join(to, "more")).expect(t, 1, "there is no database")
}

// The same with Postgres, by its own programs, as the chart's README says.
func TestABackupOfPostgresIsThePractice(t *testing.T) {
	t.Parallel()
	p := newPractice(t, storetest.Postgres(t))
	c := start(t, p.settings())
	email, password := p.colleague()
	signIn(t, c.url, email, password)
	call(t, "", "backup", "--database="+p.database, "--secret-key="+strings.Repeat("k", 32), t.TempDir()).expect(t, 1, "pg_dump --format=custom")

	file := filepath.Join(t.TempDir(), "chancery.dump")
	do := func(name string, args ...string) {
		t.Helper()
		if out, err := exec.CommandContext(t.Context(), name, args...).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", name, err, out)
		}
	}
	do("pg_dump", "--format=custom", "--file="+file, p.database)
	if code := c.term(); code != 0 {
		t.Fatalf("exit code %d", code)
	}
	empty := pgtest.URL(t)
	do("pg_restore", "--no-owner", "--exit-on-error", "--dbname="+empty, file)
	s := p.settings()
	s["DATABASE"] = empty
	signIn(t, start(t, s).url, email, password)
}
