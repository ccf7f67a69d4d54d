package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The streams are what the installed Go really prints: a module is written, and tested by `go test -json`.
func TestTheSummaryCountsWhatReallyHappened(t *testing.T) {
	for _, c := range []struct {
		name, source string
		want         count
		says, hushes []string
	}{
		{
			name: "passes, and a parent is not a test more",
			source: `func TestA(t *testing.T) { t.Log("quiet") }
				func TestB(t *testing.T) { t.Run("one", func(*testing.T) {}); t.Run("two", func(*testing.T) {}) }`,
			want: count{Passed: 3}, says: []string{"ok   sample"}, hushes: []string{"quiet"},
		},
		{
			name: "a failed subtest is one failure, and is quoted",
			source: `func TestB(t *testing.T) {
				t.Run("good", func(t *testing.T) { t.Log("quiet") })
				t.Run("bad", func(t *testing.T) { t.Error("the roof leaks") }) }`,
			want: count{Passed: 1, Failed: 1}, says: []string{"the roof leaks", "FAIL sample"}, hushes: []string{"quiet"},
		},
		{
			name:   "a parent that fails after its subtests is a failure",
			source: `func TestB(t *testing.T) { t.Run("good", func(*testing.T) {}); t.Error("the roof leaks") }`,
			want:   count{Passed: 1, Failed: 1}, says: []string{"the roof leaks"},
		},
		{
			name:   "a skip is told with its reason",
			source: `func TestA(t *testing.T) { t.Skip("no ladder") }`,
			want:   count{Skipped: 1}, says: []string{"skipped: sample TestA:", "no ladder"},
		},
		{
			name: "a panic fails the test it happened in",
			source: `func TestA(t *testing.T) {}
				func TestB(t *testing.T) { panic("fire") }`,
			want: count{Passed: 1, Failed: 1}, says: []string{"panic: fire"},
		},
		{
			name:   "an exit in the middle fails",
			source: `func TestA(t *testing.T) { os.Exit(3) }`,
			want:   count{Failed: 1}, says: []string{"FAIL sample"},
		},
		{
			name: "a failure outside of any test is a failure",
			source: `func TestA(t *testing.T) {}
				func TestMain(m *testing.M) { m.Run(); os.Exit(4) }`,
			want: count{Passed: 1, Failed: 1}, says: []string{"FAIL sample"},
		},
		{
			name:   "what does not build is a failure, and the compiler is quoted",
			source: `func TestA(t *testing.T) { undefinedName() }`,
			want:   count{Failed: 1}, says: []string{"undefined: undefinedName"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out strings.Builder
			r := newReport(&out)
			if err := r.read(bytes.NewReader(stream(t, c.source))); err != nil {
				t.Fatal(err)
			}
			r.end()
			if r.total != c.want {
				t.Errorf("counted %v, want %v", r.total, c.want)
			}
			for _, text := range c.says {
				if !strings.Contains(out.String(), text) {
					t.Errorf("the report does not say %q", text)
				}
			}
			for _, text := range c.hushes {
				if strings.Contains(out.String(), text) {
					t.Errorf("the report says %q of a test that passed", text)
				}
			}
			if t.Failed() {
				t.Log(out.String())
			}
		})
	}
}

// A stream that breaks off, because the run was killed, is not a success.
func TestAStreamThatBreaksOffIsAFailure(t *testing.T) {
	r := newReport(new(strings.Builder))
	err := r.read(strings.NewReader(`{"Action":"start","Package":"p"}
{"Action":"run","Package":"p","Test":"TestA"}
{"Action":"pass","Package":"p","Test":"TestA"}
{"Action":"run","Package":"p","Test":"TestB"}`))
	if err != nil {
		t.Fatal(err)
	}
	r.end()
	if want := (count{Passed: 1, Failed: 1}); r.total != want {
		t.Errorf("counted %v, want %v", r.total, want)
	}
}

func stream(t *testing.T, source string) []byte {
	t.Helper()
	dir := t.TempDir()
	imports := "import \"testing\"\n"
	if strings.Contains(source, "os.") {
		imports += "import \"os\"\n"
	}
	for name, text := range map[string]string{
		"go.mod":         "module sample\n",
		"sample_test.go": "package sample\n" + imports + source,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("go", "test", "-json", "-vet=off", "./...")
	cmd.Dir = dir
	// the flags of the build, so that the standard library is not compiled once more for this
	cmd.Env = append(os.Environ(), "GOFLAGS=-trimpath", "CGO_ENABLED=0", "GOWORK=off")
	out, err := cmd.Output()
	if err != nil && len(out) == 0 {
		t.Fatal(err)
	}
	return out
}

// Each run has its own arguments, and all are counted together.
func TestSeveralRunsAreCountedTogether(t *testing.T) {
	got := split([]string{"-race", "./a", "--", "./b", "--", "-run", "X", "./c"}, "--")
	if fmt.Sprint(got) != "[[-race ./a] [./b] [-run X ./c]]" {
		t.Error(got)
	}
	total := count{1, 2, 3}
	if total.add(count{10, 20, 30}); total != (count{11, 22, 33}) {
		t.Error(total)
	}
}
