package main

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/alecthomas/kong"

	"chancery/app/apptest/pgtest"
	"chancery/app/store"
	"chancery/config"
)

// said is how one call of the program ended.
type said struct {
	code     int
	out, err string
}

// call runs the program in this process, in an empty folder.
func call(t *testing.T, stdin string, args ...string) said {
	t.Helper()
	var out, err bytes.Buffer
	code := run(args, &outside{out: &out, err: &err, in: strings.NewReader(stdin), getenv: os.Getenv})
	return said{code, out.String(), err.String()}
}

func (s said) expect(t *testing.T, code int, contains ...string) {
	t.Helper()
	if s.code != code {
		t.Errorf("exit code %d, want %d:\n%s%s", s.code, code, s.out, s.err)
	}
	for _, text := range contains {
		if !strings.Contains(s.out+s.err, text) {
			t.Errorf("%q is not said in:\n%s%s", text, s.out, s.err)
		}
	}
}

func TestWithoutArgumentsTheCommandsAreListed(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, args := range [][]string{nil, {"--help"}, {"-h"}} {
		call(t, "", args...).expect(t, 0, "serve", "migrate", "user create", "user link", "user unlock", "user reset", "user deactivate", "backup", "plan", "apply", "release", "check", "sweep", "ready", "version", "chancery serve --help")
	}
	if files, _ := os.ReadDir("."); len(files) != 0 {
		t.Errorf("asking for help wrote %v", files)
	}
}

func TestHelpExplainsEverySettingAndFitsTheTerminal(t *testing.T) {
	for _, width := range []int{80, 120} {
		t.Setenv("COLUMNS", fmt.Sprint(width))
		help := call(t, "", "serve", "--help")
		help.expect(t, 0)
		folded := strings.Join(strings.Fields(help.out), " ")
		for field := range reflect.TypeFor[config.Flags]().Fields() {
			name, value := field.Tag.Get("env"), field.Tag.Get("default")
			if name == "" || field.Tag.Get("help") == "" || field.Tag.Get("group") == "" {
				t.Errorf("%s has no variable, group or help", field.Name)
			}
			want := "(" + name
			if value != "" {
				want += "; default " + value
			}
			if !strings.Contains(folded, want+")") {
				t.Errorf("%d columns: %q is not in the help", width, want+")")
			}
		}
		for line := range strings.SplitSeq(help.out, "\n") {
			if n := utf8.RuneCountInString(line); n > width {
				t.Errorf("%d columns: a line of %d: %s", width, n, line)
			}
		}
	}
}

func TestVersionAndCommitArePrinted(t *testing.T) {
	for _, args := range []string{"version", "--version"} {
		if got := call(t, "", args); got.code != 0 || got.out != "chancery "+version+" (commit "+commit+")\n" {
			t.Errorf("%s: %+v", args, got)
		}
	}
}

func TestACallThatIsNoneEndsWithStatus2(t *testing.T) {
	call(t, "", "server").expect(t, 2, "unexpected argument server")
	call(t, "", "serve", "--lisen=:1").expect(t, 2, "unknown flag --lisen", "--listen")
	call(t, "", "user", "add").expect(t, 2, "missing flags", "--email")
}

func TestEveryWrongSettingIsNamedAtOnceWhateverRoomItIsFor(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("CHANCERY_MAIL_FROM", "nobody")
	t.Setenv("CHANCERY_SECRET_KEY_FILE", "/nowhere/key")
	bad := call(t, "", "serve", "--url=ftp://x", "--database=mysql://secret@db/x", "--blobs=s4://b", "--mail=pop3://h", "--session-idle=soon", "--lease-ttl=1s")
	bad.expect(t, 2, "wrong settings", "CHANCERY_URL: ", "CHANCERY_DATABASE: ", "CHANCERY_BLOBS: ", "CHANCERY_MAIL: ", "CHANCERY_MAIL_FROM: ",
		"CHANCERY_SESSION_IDLE: ", "CHANCERY_LEASE_TTL: ", "CHANCERY_SECRET_KEY_FILE: ")
	if strings.Contains(bad.err, "secret@") {
		t.Errorf("a password is repeated: %s", bad.err)
	}
	if files, _ := os.ReadDir("."); len(files) != 0 {
		t.Errorf("a start that failed wrote %v", files)
	}
}

func TestABusyPortIsNamedBeforeAnythingIsTouched(t *testing.T) {
	t.Chdir(t.TempDir())
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	at := taken.Addr().String()
	call(t, "", "serve", "--listen="+at, "--ops-listen=off").expect(t, 1, "CHANCERY_LISTEN", at, "address already in use")
	call(t, "", "serve", "--listen=127.0.0.1:0", "--ops-listen="+at).expect(t, 1, "CHANCERY_OPS_LISTEN", at, "address already in use")
	if files, _ := os.ReadDir("."); len(files) != 0 {
		t.Errorf("a start that failed wrote %v", files)
	}
}

func TestMigratingTwiceTakesNoStepTheSecondTime(t *testing.T) {
	each(t, func(t *testing.T, database []string) {
		first := call(t, "", append([]string{"migrate"}, database...)...)
		first.expect(t, 0, "the schema is up to date")
		if strings.HasPrefix(first.out, "0 steps") {
			t.Errorf("the first time: %s", first.out)
		}
		call(t, "", append([]string{"migrate"}, database...)...).expect(t, 0, "0 steps taken; the schema is up to date")
	})
}

func TestADemoIsForThisMachineOnly(t *testing.T) {
	t.Chdir(t.TempDir())
	call(t, "", "serve", "--demo", "--listen=0.0.0.0:8080", "--ops-listen=:9090", "--url=https://chancery.firm.example").
		expect(t, 2, "CHANCERY_LISTEN: a demo runs on loopback only", "CHANCERY_OPS_LISTEN: a demo runs", "CHANCERY_URL: a demo runs")
	for _, listen := range []string{"0.0.0.0:8080", ":8080", "192.0.2.1:8080", "[::]:8080"} {
		bad := call(t, "", "serve", "--demo", "--listen="+listen, "--ops-listen=off", "--lease-ttl=never")
		bad.expect(t, 2, "CHANCERY_LISTEN: a demo runs on loopback only", "CHANCERY_LEASE_TTL: ")
		if strings.Contains(bad.err, "CHANCERY_URL") {
			t.Errorf("an address for people is asked for: %s", bad.err)
		}
		call(t, "", "serve", "--demo", "--listen="+listen, "--ops-listen=off", "--url=https://127.0.0.1").expect(t, 2, "a demo runs on loopback only")
	}
	call(t, "", "serve", "--demo", "--listen=127.0.0.1:0", "--ops-listen=off", "--url=https://chancery.firm.example").expect(t, 2, "CHANCERY_URL: a demo runs")
	if files, _ := os.ReadDir("."); len(files) != 0 {
		t.Errorf("a start that failed wrote %v", files)
	}
}

func TestADemoRefusesADatabaseWithAPracticeOfItsOwn(t *testing.T) {
	each(t, func(t *testing.T, database []string) {
		call(t, "", add(database, "--email=elena@firm.example", "--first-name=Elena", "--last-name=Marlow")...).expect(t, 0)
		call(t, "", append([]string{"serve", "--demo", "--listen=127.0.0.1:0", "--ops-listen=off"}, database...)...).
			expect(t, 1, "holds a practice of its own", "CHANCERY_DATABASE")
	})
}

// B-19. What is removed is proved in jobs/pictures; here, that the command says what it found and refuses what it must.
func TestASweepSaysWhatItFound(t *testing.T) {
	each(t, func(t *testing.T, database []string) {
		call(t, "", append([]string{"sweep"}, database...)...).expect(t, 1, "chancery migrate")
		call(t, "", append([]string{"migrate"}, database...)...).expect(t, 0)
		call(t, "", append([]string{"sweep", "--dry-run"}, database...)...).expect(t, 0, "0 objects looked at, 0 orphans found, 0 removed")

		lost := filepath.Join(".data", "blobs", "pictures", store.NewID(), "64.jpg")
		old := time.Now().Add(-48 * time.Hour)
		if err := errors.Join(os.MkdirAll(filepath.Dir(lost), 0o700), os.WriteFile(lost, []byte("x"), 0o600), os.Chtimes(lost, old, old)); err != nil {
			t.Fatal(err)
		}
		call(t, "", append([]string{"sweep"}, database...)...).expect(t, 1, "1 orphans found, 0 removed", "knows none of the pictures")
		if _, err := os.Stat(lost); err != nil {
			t.Error(err)
		}
	})
}

func TestTheSecretKeyIsMadeOnceAndForItsOwnerOnly(t *testing.T) {
	dir := t.TempDir()
	s := config.Settings{Flags: config.Flags{Database: "sqlite:" + filepath.Join(dir, "chancery.db")}}
	first, err := secretKey(s)
	if err != nil || len(first) < keyLength {
		t.Fatalf("%d bytes, %v", len(first), err)
	}
	if again, err := secretKey(s); err != nil || !bytes.Equal(first, again) {
		t.Errorf("another key the second time: %v", err)
	}
	path := filepath.Join(dir, "secret-key")
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if err := os.WriteFile(path, []byte("short\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := secretKey(s); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("a key that was cut short: %v", err)
	}
}

// each runs fn with the flags of an empty database of each kind, in an empty folder.
func each(t *testing.T, fn func(t *testing.T, database []string)) {
	t.Helper()
	for _, kind := range []store.Dialect{store.SQLite, store.Postgres} {
		t.Run(string(kind), func(t *testing.T) {
			t.Chdir(t.TempDir())
			database := "sqlite:chancery.db"
			if kind == store.Postgres {
				database = pgtest.URL(t)
			}
			fn(t, []string{"--database=" + database, "--secret-key=" + strings.Repeat("k", 32)})
		})
	}
}

func add(database []string, more ...string) []string {
	return append(append([]string{"user", "add"}, database...), more...)
}

// inside opens the rooms on what a command has left.
func inside(t *testing.T, database []string) *house {
	t.Helper()
	var flags struct{ config.Flags }
	parser, err := kong.New(&flags)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parser.Parse(database); err != nil {
		t.Fatal(err)
	}
	s, err := understand(flags.Flags, &outside{getenv: os.Getenv})
	if err != nil {
		t.Fatal(err)
	}
	h, err := open(t.Context(), s, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.close() })
	return h
}
