package blob

import (
	"bufio"
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestALinkLeadsNowhereOutsideTheDirectory: a key is clean, the disk may not be.
func TestALinkLeadsNowhereOutsideTheDirectory(t *testing.T) {
	outside, dir := t.TempDir(), t.TempDir()
	secret := filepath.Join(outside, "secret.txt")
	if err := os.WriteFile(secret, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, target := range map[string]string{"file.txt": secret, "folder": outside, "up": "../" + filepath.Base(outside)} {
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	s := open(t, "dir:"+dir, Credentials{})
	for _, key := range []string{"file.txt", "folder/secret.txt", "up/secret.txt"} {
		if object, err := s.Get(t.Context(), key); err == nil {
			_ = object.Body.Close()
			t.Errorf("%s was read through a link", key)
		}
		_ = s.Put(t.Context(), key, []byte("changed"), TypeOf(key)) // may replace a link, never what it leads to
		_ = s.Delete(t.Context(), key)
	}
	if body, err := os.ReadFile(secret); err != nil || string(body) != "secret" {
		t.Errorf("outside the directory there is now %q, %v", body, err)
	}
}

func TestNobodyElseOnTheMachineMayReadTheDirectory(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made", "here")
	put(t, open(t, "dir:"+dir, Credentials{}), "p/1/64.jpg", "x", "image/jpeg")
	err := filepath.WalkDir(dir, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s is %s", name, info.Mode())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestDeletingLeavesNoEmptyFolders(t *testing.T) {
	dir := t.TempDir()
	s := open(t, "dir:"+dir, Credentials{})
	put(t, s, "p/1/64.jpg", "x", "image/jpeg")
	put(t, s, "p/2/64.jpg", "x", "image/jpeg")
	if err := s.Delete(t.Context(), "p/1/64.jpg"); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "p", "1")); !os.IsNotExist(err) {
		t.Errorf("an empty folder stays: %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "p", "2", "64.jpg")); err != nil {
		t.Errorf("another object went with it: %v", err)
	}
}

func TestADirectoryThatCannotBeWrittenIsAnOutage(t *testing.T) {
	dir := t.TempDir()
	s := open(t, "dir:"+dir, Credentials{})
	put(t, s, "a.txt", "old", TypeOf("a.txt"))
	// A file in the place of the temporary folder stops root too, whom permissions do not.
	if err := os.RemoveAll(filepath.Join(dir, temporary)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, temporary), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.Put(t.Context(), "a.txt", []byte("new"), TypeOf("a.txt")); !isUnavailable(err) {
		t.Errorf("put: %v, want unavailable", err)
	}
	if err := s.Ready(t.Context()); !isUnavailable(err) {
		t.Errorf("ready: %v, want unavailable", err)
	}
	if _, body := get(t, s, "a.txt"); body != "old" {
		t.Errorf("the old object is %q", body)
	}
}

func TestWhatAKilledWriterLeftIsSweptWhenItIsOld(t *testing.T) {
	dir := t.TempDir()
	s := open(t, "dir:"+dir, Credentials{})
	old, fresh := filepath.Join(dir, temporary, "old"), filepath.Join(dir, temporary, "fresh")
	for _, name := range []string{old, fresh} {
		if err := os.WriteFile(name, []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	long := time.Now().Add(-2 * abandoned)
	if err := os.Chtimes(old, long, long); err != nil {
		t.Fatal(err)
	}
	if left := list(t, s, ""); len(left) != 0 {
		t.Errorf("what is being written is listed: %v", left)
	}
	open(t, "dir:"+dir, Credentials{})
	if _, err := os.Stat(old); !os.IsNotExist(err) {
		t.Errorf("the old one is still there: %v", err)
	}
	if _, err := os.Stat(fresh); err != nil {
		t.Errorf("the one being written was taken away: %v", err)
	}
}

// TestKillingTheWriterLeavesTheOldOrTheNewObject kills a real process that does nothing but replace one object.
func TestKillingTheWriterLeavesTheOldOrTheNewObject(t *testing.T) {
	const key, size = "p/1/512.jpg", 1 << 20
	if dir := os.Getenv("BLOB_TEST_WRITER"); dir != "" {
		s := open(t, "dir:"+dir, Credentials{})
		for i := 0; ; i++ {
			put(t, s, key, strings.Repeat(string(rune('a'+i%2)), size), "image/jpeg")
			_, _ = os.Stdout.WriteString("written\n")
		}
	}
	dir := t.TempDir()
	for range 5 {
		writer := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
		writer.Env = append(os.Environ(), "BLOB_TEST_WRITER="+dir)
		says, err := writer.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := writer.Start(); err != nil {
			t.Fatal(err)
		}
		_, reading := bufio.NewReader(says).ReadString('\n')
		killing := writer.Process.Kill()
		_ = writer.Wait()
		if reading != nil || killing != nil {
			t.Fatalf("the writer ended by itself: %v, %v", reading, killing)
		}
		s := open(t, "dir:"+dir, Credentials{})
		_, body := get(t, s, key)
		if len(body) != size || len(bytes.Trim([]byte(body), body[:1])) != 0 {
			t.Fatalf("half an object: %d bytes", len(body))
		}
		if found := list(t, s, ""); len(found) != 1 {
			t.Fatalf("found %v", found)
		}
	}
}
