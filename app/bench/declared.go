package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"text/tabwriter"
	"time"

	"chancery/app/access"
	"chancery/app/apptest/frozen"
	"chancery/app/declared"
	"chancery/app/manifest"
	"chancery/app/post"
	"chancery/app/signin"
	"chancery/app/staff"
	"chancery/app/store"
)

// Ten thousand people declared by manifests, in files of a hundred, with departments, profiles and roles that they refer to: the first apply, which invites them
// all; a comparison that finds nothing to do; one in which every hundredth is stated otherwise, and one in which one is. The comparison that finds nothing is run
// on tables that refuse to be written to. All is done in this process, as jobs/declared does it.
//
// The floor of the first apply is its rows of people, of what is known of them and of the history written once more, each by a statement of its own and as many to a transaction,
// into tables without index. That of a comparison is reading the files and every person's row, by one statement.

const (
	declaredPeople = 10_000
	declaredFile   = 100 // people to a file
	declaredAtOnce = 25  // rows to a transaction of the floor, as app/declared has them
)

// declaredRun is one run on one database.
type declaredRun struct {
	name         string
	took, floor  time.Duration // floor is 0 where there is none
	statements   int64
	cpu          figure // in seconds
	heap         uint64 // in use at most
	done         int    // steps that changed anything
	neverWritten bool   // the tables refused to be written to
}

// declaredRuns measures on one database.
func declaredRuns(ctx context.Context, s *stage) (all []*declaredRun, err error) {
	progress(s.name + ": a practice moves in")
	if err := s.practice.fill(ctx, 500); err != nil {
		return nil, err
	}
	db, err := store.Open(ctx, s.practice.database, nil)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	people := staff.New(db, staff.Studio{})
	room := declared.New(db, access.New(db), people, signin.New(db, people, post.New(db), signin.Options{Key: []byte(s.practice.key)}), nil, 20)
	dir := filepath.Join(s.practice.dir, "manifests")
	for _, n := range []struct {
		name           string
		hundredth, one int // editions of the office of every hundredth, and of the first of them
		quiet          bool
		floor          func(context.Context, *store.DB, string) error
	}{
		{name: "first apply", floor: writeOnceMore},
		{name: "nothing to do", quiet: true, floor: readOnceMore},
		{name: "every hundredth otherwise", hundredth: 1, one: 1},
		{name: "one otherwise", hundredth: 1, one: 2},
	} {
		progress(s.name + ": " + n.name)
		if err := declare(dir, n.hundredth, n.one); err != nil {
			return nil, err
		}
		run := &declaredRun{name: n.name, neverWritten: n.quiet}
		if run.cpu, err = s.spent(func() error { return run.do(ctx, db, room, dir) }); err != nil {
			return nil, fmt.Errorf("%s: %w", n.name, err)
		}
		run.cpu.server, run.cpu.database = run.cpu.server/1e6, run.cpu.database/1e6
		if n.floor != nil {
			began := time.Now()
			if err := n.floor(ctx, db, dir); err != nil {
				return nil, fmt.Errorf("the floor of %s: %w", n.name, err)
			}
			run.floor = time.Since(began)
		}
		all = append(all, run)
	}
	return all, writesNothing(ctx, db, room, dir)
}

// writesNothing fails when a comparison that finds nothing to do writes to any table.
func writesNothing(ctx context.Context, db *store.DB, room *declared.Declared, dir string) error {
	if err := frozen.Tables(ctx, db); err != nil {
		return err
	}
	set, err := manifest.Dir(os.DirFS(dir))
	if err != nil {
		return err
	}
	if _, err := room.Apply(ctx, "bench", set); err != nil {
		return fmt.Errorf("a comparison that finds nothing to do: %w", err)
	}
	if err := room.Unread(ctx, "bench", "to see that a write fails"); err == nil {
		return errors.New("the tables can be written to, and this sees nothing")
	}
	return nil
}

// do reads the files and applies them, as often as it takes to see the most memory in use: after reading, and after all.
func (r *declaredRun) do(ctx context.Context, db *store.DB, room *declared.Declared, dir string) error {
	runtime.GC()
	ctx, n := store.WithCount(ctx)
	stop := r.watch()
	defer stop()
	began := time.Now()
	set, err := manifest.Dir(os.DirFS(dir))
	if err != nil {
		return err
	}
	p, err := room.Apply(ctx, "bench", set)
	if err != nil {
		return err
	}
	r.took, r.statements = time.Since(began), n.N()
	if refused := p.Count(declared.Refuse); refused > 0 {
		return fmt.Errorf("%d were refused", refused)
	}
	r.done = p.Count(declared.Create) + p.Count(declared.Change) + p.Count(declared.Take)
	if r.neverWritten && p.Differs() {
		return errors.New("what was applied a moment ago is not as it is stated")
	}
	return nil
}

// watch reads the heap while something is done.
func (r *declaredRun) watch() (stop func()) {
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			r.heap = max(r.heap, m.HeapInuse)
			select {
			case <-done:
				return
			case <-tick.C:
			}
		}
	}()
	return func() { close(done); <-ended }
}

// declare writes the manifests. Whoever is stated otherwise has another office.
func declare(dir string, hundredth, one int) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	const head = "---\napiVersion: " + manifest.APIVersion + "\n"
	text := ""
	for i, name := range []string{"Family", "Business", "Refugees", "Appeals", "Intake"} {
		text += fmt.Sprintf("%skind: Department\nmetadata: {name: d%d}\nspec: {name: %s}\n", head, i, name)
	}
	for i := range 5 {
		text += fmt.Sprintf("%skind: Profile\nmetadata: {name: p%d}\nspec: {name: Stated %d, permissions: [cases.view]}\n", head, i, i)
		text += fmt.Sprintf("%skind: Role\nmetadata: {name: r%d}\nspec: {name: Team %d, parent: paralegal, profiles: [p%d]}\n", head, i, i, i)
	}
	if err := os.WriteFile(filepath.Join(dir, "practice.yaml"), []byte(text), 0o600); err != nil {
		return err
	}
	for from := 0; from < declaredPeople; from += declaredFile {
		text := ""
		for i := from; i < from+declaredFile; i++ {
			office := 0
			switch {
			case i == 0:
				office = one
			case i%100 == 0:
				office = hundredth
			}
			text += fmt.Sprintf("%skind: User\nmetadata: {name: u%05d}\nspec:\n  email: declared.%05d@firm.example\n  firstName: Ana\n  lastName: Number %d\n  role: r%d\n  department: d%d\n  office: \"+1416555%04d\"\n  language: en\n  timeZone: America/Toronto\n",
				head, i, i, i, i%5, i%5, office)
		}
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("people-%05d.yaml", from)), []byte(text), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// writeOnceMore writes what the first apply left, row by row.
func writeOnceMore(ctx context.Context, db *store.DB, _ string) error {
	for _, table := range []struct{ name, which string }{
		{"users", "email LIKE 'declared.%'"}, {"declared", "kind = 'user'"}, {"audit", "object_kind = 'user' AND object_id IN (SELECT id FROM users WHERE email LIKE 'declared.%')"},
	} {
		var ids []string
		if err := db.In(ctx).Raw(`SELECT id FROM ` + table.name + ` WHERE ` + table.which).Scan(&ids).Error; err != nil {
			return err
		}
		if len(ids) < declaredPeople {
			return fmt.Errorf("of %s there are %d rows", table.name, len(ids))
		}
		if err := db.In(ctx).Exec(`CREATE TABLE floor_` + table.name + ` AS SELECT * FROM ` + table.name + ` WHERE 1 = 0`).Error; err != nil {
			return err
		}
		for len(ids) > 0 {
			some := ids[:min(declaredAtOnce, len(ids))]
			ids = ids[len(some):]
			err := db.Tx(ctx, func(ctx context.Context) error {
				for _, id := range some {
					if _, err := db.Exec(ctx, `INSERT INTO floor_`+table.name+` SELECT * FROM `+table.name+` WHERE id = $1`, id); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				return err
			}
		}
		if err := db.In(ctx).Exec(`DROP TABLE floor_` + table.name).Error; err != nil {
			return err
		}
	}
	return nil
}

// readOnceMore reads the files, and a row of each person.
func readOnceMore(ctx context.Context, db *store.DB, dir string) error {
	if _, err := manifest.Dir(os.DirFS(dir)); err != nil {
		return err
	}
	var rows []staff.User
	err := db.In(ctx).Raw(`SELECT * FROM users WHERE email LIKE 'declared.%'`).Scan(&rows).Error
	if err == nil && len(rows) != declaredPeople {
		err = fmt.Errorf("there are %d people", len(rows))
	}
	return err
}

func printDeclared(w io.Writer, name string, runs []*declaredRun) {
	if len(runs) == 0 {
		return
	}
	fmt.Fprintf(w, "\n%s: %d people declared by manifests\n", name, declaredPeople)
	t := tabwriter.NewWriter(w, 2, 8, 2, ' ', 0)
	fmt.Fprintln(t, "run\ttook s\ttimes the floor\tdone\tstatements\twrites\tCPU s, ours + database\theap MiB\t")
	for _, r := range runs {
		floor, writes := "", ""
		if r.floor > 0 {
			floor = fmt.Sprintf("%.1f", r.took.Seconds()/r.floor.Seconds())
		}
		if r.neverWritten {
			writes = "0"
		}
		fmt.Fprintf(t, "%s\t%.1f\t%s\t%d\t%d\t%s\t%.1f + %.1f\t%.0f\t\n", r.name, r.took.Seconds(), floor, r.done, r.statements, writes, r.cpu.server, r.cpu.database, float64(r.heap)/(1<<20))
	}
	_ = t.Flush()
}
