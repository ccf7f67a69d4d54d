package declared_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"chancery/app/apptest"
	"chancery/app/store"
	"chancery/jobs/declared"
)

// mount is a directory as a cluster mounts a ConfigMap: links through ..data into a folder of this version, which is swapped at once.
type mount struct {
	t    *testing.T
	dir  string
	n    int
	from string
}

func (m *mount) swap(files map[string]string) {
	m.t.Helper()
	m.n++
	version := "..2026_" + string(rune('a'+m.n))
	must(m.t, os.Mkdir(filepath.Join(m.dir, version), 0o700))
	for name, text := range files {
		must(m.t, os.WriteFile(filepath.Join(m.dir, version, name), []byte(text), 0o600))
		if _, err := os.Lstat(filepath.Join(m.dir, name)); err != nil {
			must(m.t, os.Symlink("..data/"+name, filepath.Join(m.dir, name)))
		}
	}
	must(m.t, os.Symlink(version, filepath.Join(m.dir, "..tmp")))
	must(m.t, os.Rename(filepath.Join(m.dir, "..tmp"), filepath.Join(m.dir, "..data")))
	for _, name := range []string{"wills.yaml", "mina.yaml"} {
		if _, said := files[name]; !said {
			_ = os.Remove(filepath.Join(m.dir, name))
		}
	}
	if m.from != "" {
		must(m.t, os.RemoveAll(filepath.Join(m.dir, m.from)))
	}
	m.from = version
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

const (
	wills = "apiVersion: chancery.dev/v1alpha1\nkind: Department\nmetadata: {name: wills}\nspec: {name: Wills}\n"
	mina  = "apiVersion: chancery.dev/v1alpha1\nkind: User\nmetadata: {name: mina}\nspec: {email: mina@firm.example, firstName: Mina, lastName: Rao, role: paralegal, department: wills}\n"
)

// B-3: a directory that changes is applied within seconds, as a mounted ConfigMap changes too; what somebody changes by SQL is put right within one
// interval; and a look at what has not changed asks the database nothing.
func TestThePracticeAgreesWithADirectory(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		m := &mount{t: t, dir: t.TempDir()}
		r := &declared.Reconciler{Declared: app.Declared, Dir: m.dir, Every: time.Minute, Now: app.Clock.Now}
		turn := func() int64 {
			t.Helper()
			ctx, n := store.WithCount(t.Context())
			result, err := r.Reconcile(ctx, declared.Prefix+declared.Source)
			must(t, err)
			if wait := result.At().Sub(app.Clock.Now()); wait <= 0 || wait > 5*time.Second {
				t.Errorf("the directory is looked at again after %v", wait)
			}
			app.Clock.Add(5 * time.Second)
			return n.N()
		}
		problems := func() (text string) {
			must(t, app.DB.Row(t.Context(), `SELECT COALESCE(max(problems), '') FROM declared_sources`).Scan(&text))
			return text
		}
		department := func() string {
			var name string
			must(t, app.DB.Row(t.Context(), `SELECT COALESCE(max(d.name), '') FROM users u JOIN departments d ON d.id = u.department_id WHERE u.email = 'mina@firm.example'`).Scan(&name))
			return name
		}
		turn()
		if !strings.Contains(problems(), "nothing is declared") {
			t.Errorf("of an empty directory it is said: %q", problems())
		}
		m.swap(map[string]string{"wills.yaml": wills, "mina.yaml": mina})
		turn()
		if department() != "Wills" || problems() != "" {
			t.Fatalf("Mina is in %q, with %q", department(), problems())
		}
		if n := turn(); n != 0 {
			t.Errorf("a look at what has not changed took %d statements", n)
		}
		m.swap(map[string]string{"wills.yaml": strings.Replace(wills, "Wills", "Estates", 1), "mina.yaml": mina})
		turn()
		if department() != "Estates" {
			t.Fatalf("Mina is in %q", department())
		}
		_, err := app.DB.Exec(t.Context(), `UPDATE users SET department_id = NULL, role_id = 'viewer' WHERE email = 'mina@firm.example'`)
		must(t, err)
		for range 12 {
			turn()
		}
		if department() != "Estates" {
			t.Errorf("a minute later Mina is in %q", department())
		}
		var drift string
		must(t, app.DB.Row(t.Context(), `SELECT drift FROM declared WHERE name = 'mina'`).Scan(&drift))
		if drift != "department role" {
			t.Errorf("the drift is noted as %q", drift)
		}

		m.swap(map[string]string{"wills.yaml": strings.Replace(wills, "name: Wills", "nam: Wills", 1), "mina.yaml": mina})
		turn()
		if !strings.Contains(problems(), "wills.yaml:4: Department/wills: spec.nam: unknown field") || strings.Contains(problems(), m.dir) {
			t.Errorf("of a wrong file it is said: %q", problems())
		}
		m.swap(map[string]string{"wills.yaml": wills})
		turn()
		var status string
		must(t, app.DB.Row(context.Background(), `SELECT status FROM users WHERE email = 'mina@firm.example'`).Scan(&status))
		if problems() != "" || status != "INACTIVE" {
			t.Errorf("Mina, whose manifest is gone, is %s; it is said: %q", status, problems())
		}
		must(t, os.RemoveAll(m.dir))
		turn()
		if !strings.Contains(problems(), "cannot be read") {
			t.Errorf("of a directory that is gone it is said: %q", problems())
		}
	})
}
