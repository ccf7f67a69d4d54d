package main

import (
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"chancery/app/apptest/pgtest"
)

// An upgrade brings the schema up to date while replicas of the version before still serve (expand, then contract): the program as it was before the newest
// migration is built from the history, and goes on reading, writing and signing people in on the schema after it.
func TestTheVersionBeforeRunsOnTheNewSchema(t *testing.T) {
	t.Parallel()
	program := versionBefore(t)
	database := pgtest.URL(t)
	s := quick(database, nil)
	old := beginAs(t, exec.Command(program, "serve"), s)
	old.until("the version before is ready", func() bool { status, _ := old.get("/readyz"); return status == http.StatusOK })
	made := exec.Command(program, "user", "create", "--super-admin", "--email=ada@firm.example", "--first-name=Ada", "--last-name=Quinn", "--password")
	const first, password = "Quarry-Lantern-31!", "Lantern-Orchard-27!"
	made.Stdin = strings.NewReader(first + "\n" + first + "\n")
	made.Env = []string{"CHANCERY_DATABASE=" + database, "CHANCERY_SECRET_KEY=" + s["SECRET_KEY"], "CHANCERY_URL=" + old.url, "HOME=" + t.TempDir()}
	made.Dir = t.TempDir()
	if out, err := made.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	f := &fleet{t: t, address: strings.TrimPrefix(old.url, "http://")}
	ada := f.signIn("ada@firm.example", first)
	token := csrfField.FindStringSubmatch(f.read(ada, "/me/password/edit"))
	if token == nil {
		t.Fatal("the page for a new password has no token")
	}
	response, err := ada.PostForm(old.url+"/me/password", url.Values{"_csrf": {token[1]}, "_method": {"PUT"}, "current": {first}, "new": {password}, "confirm": {password}})
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	f.write(ada, "Before")

	call(t, "", "migrate", "--database="+database, "--secret-key="+s["SECRET_KEY"], "--url="+old.url, "--mail=dir:"+t.TempDir(), "--blobs=dir:"+t.TempDir()).expect(t, 0, "the schema is up to date")
	f.write(ada, "After")
	f.read(f.signIn("ada@firm.example", password), "/me")
	if old.log.Has("level=ERROR") {
		t.Error("the version before failed at something")
	}

	// The version after takes over, with the sessions that there are.
	now := start(t, s)
	f.address = strings.TrimPrefix(now.url, "http://")
	if page := f.read(f.signIn("ada@firm.example", password), "/me"); !strings.Contains(page, "After") {
		t.Error("what was written by the version before is not shown by the one after")
	}
	if code := old.term(); code != 0 {
		t.Errorf("the version before ended with %d", code)
	}
}

// versionBefore builds the program of the commit before the newest migration.
func versionBefore(t *testing.T) string {
	t.Helper()
	git := func(args ...string) string {
		t.Helper()
		out, err := exec.CommandContext(t.Context(), "git", args...).Output()
		if err != nil {
			if os.Getenv("CI") == "" && os.Getenv("CHANCERY_TEST_REQUIRE") == "" {
				t.Skipf("no history here to build the version before from: git %s: %v", args[0], err)
			}
			t.Fatalf("git %s: %v", args[0], err)
		}
		return strings.TrimSpace(string(out))
	}
	root := git("rev-parse", "--show-toplevel")
	migrations, err := filepath.Glob("store/migrations/postgres/*.sql") // sorted: the last has the highest number
	if err != nil || len(migrations) == 0 {
		t.Fatalf("no migrations: %v", err)
	}
	// --follow: one that was given another number before its release came with the commit that gave it the first
	newest := git("-C", root, "log", "-1", "--follow", "--diff-filter=A", "--format=%H", "--", "app/"+filepath.ToSlash(migrations[len(migrations)-1]))
	if newest == "" {
		t.Fatal("the history knows of no migration")
	}
	tree := filepath.Join(t.TempDir(), "before")
	git("-C", root, "worktree", "add", "--detach", tree, newest+"^")
	t.Cleanup(func() { _ = exec.Command("git", "-C", root, "worktree", "remove", "--force", tree).Run() })
	program := filepath.Join(tree, "chancery")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", program, "./app")
	build.Dir = tree
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the version before: %v\n%s", err, out)
	}
	return program
}
