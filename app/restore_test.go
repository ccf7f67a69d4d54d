package main

import (
	"archive/tar"
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"chancery/app/store/storetest"
	"chancery/config"
)

func write(t *testing.T, content string, path ...string) {
	t.Helper()
	file := filepath.Join(path...)
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, path ...string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		t.Error(err)
	}
	return string(b)
}

// only is the one file or folder of a pattern.
func only(t *testing.T, pattern ...string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(pattern...))
	if err != nil || len(found) != 1 {
		t.Fatalf("%v: %v, %v", pattern, found, err)
	}
	return found[0]
}

// Out of one machine as an archive, and into another one whose server runs: after its next start it is the practice, people sign in, and what was there is kept.
func TestARestoredBackupIsThePractice(t *testing.T) {
	t.Parallel()
	p := newPractice(t, storetest.SQLite(t))
	from := p.settings()
	delete(from, "SECRET_KEY")
	from["BLOBS"] = "dir:" + t.TempDir()
	write(t, "a picture", strings.TrimPrefix(from["BLOBS"], "dir:"), "folder", "picture")
	email, password := p.colleague()
	signIn(t, start(t, from).url, email, password)
	flags := func(s settings) []string {
		return []string{"--database=" + s["DATABASE"], "--blobs=" + s["BLOBS"], "--mail=dir:" + t.TempDir(), "--url=https://chancery.firm.example"}
	}
	sent := call(t, "", append([]string{"backup", "-"}, flags(from)...)...)
	sent.expect(t, 0)
	made := filepath.Join(t.TempDir(), "monday")
	call(t, "", append([]string{"backup", made}, flags(from)...)...).expect(t, 0)

	at := t.TempDir()
	to := p.settings()
	delete(to, "SECRET_KEY")
	to["DATABASE"], to["BLOBS"] = "sqlite:"+filepath.Join(at, "chancery.db"), "dir:"+filepath.Join(at, "blobs")
	write(t, "of before", at, "blobs", "old")
	c := start(t, to)
	restore := func(stdin string, args ...string) said {
		t.Helper()
		return call(t, stdin, append(append([]string{"restore"}, args...), flags(to)...)...)
	}
	restore(sent.out[:len(sent.out)/2], "-").expect(t, 1, "nothing is restored", "unexpected EOF")
	restore(sent.out[:strings.Index(sent.out, "chancery.db")], "-").expect(t, 1, "nothing is restored")
	restore("", "-").expect(t, 1, "this is no backup of chancery, or not all of one")
	restore("no archive at all", "-").expect(t, 1, "archive")
	restore(strings.Replace(sent.out, "a picture", "a fixture", 1), "-").expect(t, 1, "blobs/folder/picture is not as it was")
	restore("").expect(t, 1, "say which backup")
	restore("", "--cancel").expect(t, 1, "no backup lies ready")
	if left, _ := filepath.Glob(filepath.Join(at, "resto*")); len(left) > 0 {
		t.Errorf("what was refused left %v", left)
	}
	restore(sent.out, "-").expect(t, 0, "The backup is whole and lies ready", filepath.Join(at, "before-"))
	restore(sent.out, "-").expect(t, 1, "lies ready already")
	restore("", "--cancel").expect(t, 0, "nothing is restored")
	monday := filepath.Join(t.TempDir(), "monday.tar")
	write(t, sent.out, monday)
	restore("", monday).expect(t, 0, "lies ready")
	restore("", "--cancel").expect(t, 0, "nothing is restored")
	if err := os.Chmod(filepath.Join(made, "secret-key"), 0o644); err != nil { // as it may come from a stick
		t.Fatal(err)
	}
	restore("", made).expect(t, 0, "lies ready")
	lying := config.Settings{Flags: config.Flags{Database: to["DATABASE"], Blobs: to["BLOBS"]}}
	if _, err := takeRestored(t.Context(), lying); err == nil || !strings.Contains(err.Error(), "another program uses") {
		t.Errorf("put in place under a server that runs: %v", err)
	}
	if code := c.term(); code != 0 {
		t.Fatalf("exit code %d", code)
	}

	c = start(t, to)
	db := storetest.Open(t, to["DATABASE"], nil)
	var open, told int
	if err := db.Row(t.Context(), `SELECT (SELECT count(*) FROM sessions WHERE ended_at IS NULL), (SELECT count(*) FROM audit WHERE action = 'organization.restore')`).Scan(&open, &told); err != nil {
		t.Fatal(err)
	}
	if open != 0 || told != 1 {
		t.Errorf("%d sessions of the backup stand open, and the history tells of %d restores", open, told)
	}
	signIn(t, c.url, email, password)
	if got := read(t, at, "blobs", "folder", "picture"); got != "a picture" {
		t.Errorf("the picture: %q", got)
	}
	if read(t, at, "secret-key") != read(t, made, "secret-key") {
		t.Error("the key is not the backup's")
	}
	for _, name := range []string{"secret-key", "chancery.db", "blobs/folder/picture"} {
		if info, err := os.Stat(filepath.Join(at, name)); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
	for _, name := range []string{"chancery.db-wal", "chancery.db-shm"} {
		if info, err := os.Stat(filepath.Join(at, name)); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("beside a database that is served: %s: %v, %v", name, info, err)
		}
	}
	before := only(t, at, "before-*")
	if read(t, before, "blobs", "old") != "of before" || read(t, before, "chancery.db") == "" || read(t, before, "secret-key") == read(t, at, "secret-key") {
		t.Error("what was there is not kept")
	}
	if left, _ := filepath.Glob(filepath.Join(at, "resto*")); len(left) > 0 {
		t.Errorf("what was put in place left %v", left)
	}
}

// A backup that would not open here is refused before anything is touched.
func TestABackupThatDoesNotFitIsRefused(t *testing.T) {
	t.Parallel()
	at, without, with := t.TempDir(), t.TempDir(), t.TempDir()
	write(t, "database", without, databaseFile)
	write(t, "database", with, databaseFile)
	write(t, "key", with, keyFile)
	write(t, "picture", with, pictureFolder, "one")
	for _, folder := range []string{without, with} {
		if err := seal(folder); err != nil {
			t.Fatal(err)
		}
	}
	base := []string{"restore", "--mail=dir:" + t.TempDir(), "--url=https://chancery.firm.example"}
	sqlite := append(base, "--database=sqlite:"+filepath.Join(at, "practice.db"), "--blobs=dir:"+filepath.Join(at, "blobs"))
	const key = "--secret-key=kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk"
	call(t, "", append(sqlite, without)...).expect(t, 1, "holds no secret key")
	call(t, "", append(sqlite, key, with)...).expect(t, 1, "CHANCERY_SECRET_KEY sets another")
	call(t, "", append(base, "--database=sqlite:"+filepath.Join(at, "practice.db"), "--blobs=s3://bucket?region=eu-west-1", with)...).expect(t, 1, "CHANCERY_BLOBS is no directory")
	call(t, "", append(base, "--database=postgres://chancery@127.0.0.1/chancery", key, with)...).expect(t, 1, "pg_restore")
	call(t, "", append(sqlite, filepath.Join(at, "none"))...).expect(t, 1, "nothing is restored")
	if err := os.Symlink("/etc/passwd", filepath.Join(with, "more")); err != nil {
		t.Fatal(err)
	}
	call(t, "", append(sqlite, with)...).expect(t, 1, "more: it is no file")
	if err := os.Remove(filepath.Join(with, "more")); err != nil {
		t.Fatal(err)
	}
	write(t, "more", with, "more")
	call(t, "", append(sqlite, with)...).expect(t, 1, "more is not of the backup")
	if err := os.Remove(filepath.Join(with, "more")); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(with, keyFile)); err != nil {
		t.Fatal(err)
	}
	call(t, "", append(sqlite, with)...).expect(t, 1, "secret-key is missing")
	if err := os.Symlink(without, filepath.Join(with, "latest")); err != nil {
		t.Fatal(err)
	}
	call(t, "", append(sqlite, filepath.Join(with, "latest"))...).expect(t, 1, "holds no secret key")
	call(t, "", append(sqlite, key, without)...).expect(t, 1, "chancery.db is no practice's")
	call(t, "", append(sqlite, at)...).expect(t, 1, "this is no backup of chancery") // where the copy would be copied, too
	if left, _ := os.ReadDir(at); len(left) > 0 {
		t.Errorf("what was refused left %v", left)
	}
}

// Once a start has begun to put a backup in place, dropping it would drop what is in neither place.
func TestARestoreThatHasBegunIsNotCancelled(t *testing.T) {
	t.Parallel()
	at := t.TempDir()
	write(t, "new", at, "restore-20261123T140000Z", databaseFile)
	write(t, "old", at, "before-20261123T140000Z", databaseFile)
	call(t, "", "restore", "--cancel", "--database=sqlite:"+filepath.Join(at, databaseFile), "--mail=dir:"+t.TempDir(), "--url=https://chancery.firm.example").
		expect(t, 1, "it is too late", "Start the server", filepath.Join(at, "before-20261123T140000Z"))
	if read(t, at, "restore-20261123T140000Z", databaseFile) != "new" {
		t.Error("the backup is dropped")
	}
}

// An archive writes nothing but files, and none outside the folder that it is unpacked into.
func TestAnArchiveStaysInItsFolder(t *testing.T) {
	t.Parallel()
	for what, h := range map[string]tar.Header{
		"a file above it":     {Name: "../chancery.db", Typeflag: tar.TypeReg, Size: 1, Mode: 0o600},
		"a file by its path":  {Name: "/tmp/chancery.db", Typeflag: tar.TypeReg, Size: 1, Mode: 0o600},
		"a link":              {Name: "chancery.db", Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd"},
		"another file's link": {Name: "chancery.db", Typeflag: tar.TypeLink, Linkname: "/etc/passwd"},
		"a folder above it":   {Name: "../blobs/", Typeflag: tar.TypeDir, Mode: 0o700},
		"a device":            {Name: "chancery.db", Typeflag: tar.TypeChar},
		"one that turns back": {Name: "blobs/../../chancery.db", Typeflag: tar.TypeReg, Size: 1, Mode: 0o600},
	} {
		var archive bytes.Buffer
		w := tar.NewWriter(&archive)
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if h.Size > 0 {
			if _, err := w.Write([]byte("x")); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		at := t.TempDir()
		call(t, archive.String(), "restore", "-", "--database=sqlite:"+filepath.Join(at, "data", "chancery.db"), "--mail=dir:"+t.TempDir(), "--url=https://chancery.firm.example").
			expect(t, 1, "nothing is restored: archive: "+h.Name)
		if left, _ := filepath.Glob(filepath.Join(at, "*", "*")); len(left) > 0 || there(filepath.Join(at, "chancery.db")) || there(filepath.Join(at, "blobs")) {
			t.Errorf("%s: it left %v", what, left)
		}
	}
}

// A start that is cut short anywhere while it puts a backup in place is ended by the next one, and nothing of either practice is lost.
func TestARestoreThatIsCutShortIsEnded(t *testing.T) {
	t.Parallel()
	for died := range 9 {
		at := t.TempDir()
		in := func(name ...string) string { return filepath.Join(append([]string{at}, name...)...) }
		const ready, before = "restore-20261123T140000Z", "before-20261123T140000Z"
		for name, one := range map[string]string{databaseFile: "database", keyFile: "key", "blobs/one": "picture"} {
			write(t, "new "+one, at, ready, name)
			write(t, "old "+one, at, name)
		}
		write(t, "old log", at, databaseFile+"-wal")
		write(t, "old index", at, databaseFile+"-shm")
		if err := seal(in(ready)); err != nil {
			t.Fatal(err)
		}
		for _, one := range [][2]string{
			{"blobs", before + "/blobs"}, {ready + "/blobs", "blobs"}, {keyFile, before + "/" + keyFile}, {ready + "/" + keyFile, keyFile},
			{databaseFile + "-wal", before + "/" + databaseFile + "-wal"}, {databaseFile + "-shm", before + "/" + databaseFile + "-shm"},
			{databaseFile, before + "/" + databaseFile}, {ready + "/" + databaseFile, databaseFile},
		}[:died] {
			if err := move(in(one[0]), in(one[1])); err != nil {
				t.Fatal(err)
			}
		}
		s := config.Settings{Flags: config.Flags{Database: "sqlite:" + in(databaseFile), Blobs: "dir:" + in("blobs")}}
		done, err := takeRestored(t.Context(), s)
		if err != nil || done == nil {
			t.Errorf("it died after %d moves: %v", died, err)
		}
		for name, one := range map[string]string{databaseFile: "database", keyFile: "key", "blobs/one": "picture"} {
			if is, was := read(t, at, name), read(t, at, before, name); is != "new "+one || was != "old "+one {
				t.Errorf("it died after %d moves: %s is %q, and %q is kept", died, name, is, was)
			}
		}
		if there(in(databaseFile+"-wal")) || there(in(databaseFile+"-shm")) {
			t.Errorf("it died after %d moves: the log of before lies where it was", died)
		}
	}
}
