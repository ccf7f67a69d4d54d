package delivery_test

import (
	"bytes"
	"net/mail"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"chancery/app/delivery"
)

func TestDirectoryKeepsMailsInOrderOfTimeForTheOwnerOnly(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data", "outbox")
	sender := openDir(t, dir)
	if err := sender.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	var want []string
	for i, id := range []string{"zz", "aa", "mm"} {
		m := letter(id)
		m.Date = written.Add(time.Duration(i) * time.Microsecond)
		answer, err := sender.Send(t.Context(), m)
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, answer)
	}
	if want[0] != "20260314T150926.535898Z-zz.eml" {
		t.Errorf("name is %s", want[0])
	}
	if got := list(t, dir); !slices.Equal(got, want) {
		t.Errorf("holds %v, want %v", got, want)
	}
	info, err := os.Stat(filepath.Join(dir, want[0]))
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode() != 0o600 {
		t.Errorf("mode is %v", info.Mode())
	}
	if _, err := mail.ReadMessage(bytes.NewReader(read(t, dir, want[0]))); err != nil {
		t.Error(err)
	}
}

// A process may die after writing and before noting so; the second try must not make a second mail.
func TestDirectoryHoldsAMailOnceHoweverOftenItIsSent(t *testing.T) {
	dir := t.TempDir()
	for range 3 {
		sender := openDir(t, dir)
		if _, err := sender.Send(t.Context(), letter("one")); err != nil {
			t.Fatal(err)
		}
	}
	if got := list(t, dir); len(got) != 1 {
		t.Errorf("holds %v", got)
	}
}

func TestDirectoryForgetsHalfWrittenFilesOfDeadProcesses(t *testing.T) {
	dir := t.TempDir()
	for name, age := range map[string]time.Duration{".old.eml-X.part": 2 * time.Hour, ".new.eml-X.part": 0} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, time.Time{}, time.Now().Add(-age)); err != nil {
			t.Fatal(err)
		}
	}
	openDir(t, dir)
	if got := list(t, dir); !slices.Equal(got, []string{".new.eml-X.part"}) {
		t.Errorf("holds %v", got)
	}
}

func TestDirectoryThatCannotBeWrittenIsNeverTheMailsFault(t *testing.T) {
	dir := t.TempDir()
	sender := openDir(t, dir)
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if r := refused(t, sender, letter("one")); r.Permanent || r.Uncertain {
		t.Errorf("got %+v", *r)
	}
	if sender.Ready(t.Context()) == nil {
		t.Error("is said to be ready")
	}
}

func openDir(t *testing.T, dir string) delivery.Sender {
	t.Helper()
	sender, err := delivery.Open("dir:"+dir, delivery.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { sender.Close() })
	return sender
}

func list(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	return names
}

func read(t *testing.T, dir, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}
