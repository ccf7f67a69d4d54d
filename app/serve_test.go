package main

import (
	"os"
	"path/filepath"
	"testing"

	"chancery/app/access"
	"chancery/app/demo"
	"chancery/app/staff"
	"chancery/app/store/storetest"
)

func TestADemoStartsFromNothingAndIsKeptAtTheSecondStart(t *testing.T) {
	t.Parallel()
	first := start(t, nil, "--demo")
	for _, text := range []string{"A demo practice was made: 40 people", ".data/outbox", "admin@demo.example", "consultant@demo.example", "paralegal@demo.example", demo.Password, first.url} {
		if !first.out.Has(text) {
			t.Errorf("%q is not said in:\n%s", text, first.out)
		}
	}
	if code := first.term(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	second := start(t, settings{"DATABASE": "sqlite:" + filepath.Join(first.dir, ".data", "chancery.db")}, "--demo")
	if !second.out.Has("The demo practice is kept as it was left: 40 people") {
		t.Errorf("said:\n%s", second.out)
	}
	if code := second.term(); code != 0 {
		t.Errorf("exit code %d", code)
	}
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

// BenchmarkFirstStartOfTheDemo measures what `make run` does after the build: from nothing to the first page.
func BenchmarkFirstStartOfTheDemo(b *testing.B) {
	program(b)
	for b.Loop() {
		c := start(b, nil, "--demo")
		b.StopTimer()
		c.Kill()
		if err := os.RemoveAll(filepath.Join(c.dir, ".data")); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
}
