package web_test

import (
	"fmt"
	"strings"
	"testing"

	"chancery/app/apptest"
	"chancery/app/casesync"
)

// sleepers lets a night end with exceptions: one of the consultant's, and one of nobody's.
func sleepers(app *apptest.App) {
	app.System.Says(casesync.Clients, "id", "c1", "name", "Anya Petrova")
	app.System.Says(casesync.Cases, "id", "k1", "number", "MR-1", "title", "Study permit", "client", "c1", "owner", app.Person("consultant").Email, "status", "sleeping")
	app.System.Says(casesync.Cases, "id", "k2", "number", "MR-2", "title", "Appeal", "client", "c9", "owner", "x@firm.example", "status", "open")
	app.Night()
}

// B-7: by reason, first failed, nights in a row, person, and what to do; people see theirs, those who see to the sync all of it.
func TestExceptionsAreThereToBeSeenTo(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		sleepers(app)
		mine := app.SignIn("consultant").Visit("/sync").Expect(200)
		if got := mine.Text("main"); !strings.Contains(got, "MR-1") || strings.Contains(got, "MR-2") || strings.Contains(got, "Rows read") || !strings.Contains(got, "1 night") || !strings.Contains(got, "sleeping") {
			t.Error(got)
		}
		if n := mine.Doc.Find("form[action='/sync/runs']").Length(); n != 0 {
			t.Error("who does not see to the sync is offered to run it")
		}
		c := app.SignIn("admin")
		all := c.Visit("/sync").Expect(200)
		if got := all.Text("main"); !strings.Contains(got, "MR-1") || !strings.Contains(got, "MR-2") || !strings.Contains(got, "Nobody") || !strings.Contains(got, "The owner is nobody here") {
			t.Error(got)
		}
		if got := c.Visit("/sync?show=nobody").Text("tbody"); strings.Contains(got, "MR-1") || !strings.Contains(got, "MR-2") {
			t.Error(got)
		}
		if got := c.Visit("/sync?reason=status-unknown").Text("tbody"); !strings.Contains(got, "MR-1") || strings.Contains(got, "MR-2") {
			t.Error(got)
		}
		// What was put right lands by the button; what was not says so.
		app.System.Forget(casesync.Cases)
		app.System.Says(casesync.Cases, "id", "k1", "number", "MR-1", "title", "Study permit", "client", "c1", "owner", app.Person("consultant").Email, "status", "open")
		app.System.Says(casesync.Cases, "id", "k2", "number", "MR-2", "title", "Appeal", "client", "c9", "owner", "x@firm.example", "status", "open")
		p := c.Visit("/sync?reason=owner-unknown").Submit("form[action$='/retries'][action^='/sync/exceptions/']")
		if p.Expect(200); !strings.Contains(p.Text("main"), "still cannot") && !strings.Contains(p.Body, "still cannot") {
			t.Error(p.Text("main"))
		}
		if r := app.Night(); r.Created != 1 {
			t.Errorf("%+v", r)
		}
		if got := c.Visit("/sync").Text("tbody"); strings.Contains(got, "MR-1") {
			t.Error(got)
		}
	})
}

// An exception is left with a note, which it wants; it goes where those are that were left, and comes back.
func TestAnExceptionIsLeftWithANote(t *testing.T) {
	app := apptest.One(t)
	sleepers(app)
	c := app.SignIn("admin")
	ask := c.Visit("/sync?show=nobody").Doc.Find("a[href$='/silence/new?show=nobody']").AttrOr("href", "")
	c.Visit(ask).Submit("#silence-form", "note", " ").Expect(422)
	c.Visit(ask).Submit("#silence-form", "note", "The client never came").Expect(200)
	if got := c.Visit("/sync").Text("tbody"); strings.Contains(got, "MR-2") {
		t.Error(got)
	}
	left := c.Visit("/sync?show=ignored")
	if got := left.Text("tbody"); !strings.Contains(got, "The client never came") || !strings.Contains(got, "Ignored by") {
		t.Error(got)
	}
	left.Submit("form[action$='/silence']").Expect(200)
	if got := c.Visit("/sync").Text("tbody"); !strings.Contains(got, "MR-2") {
		t.Error(got)
	}
}

// Many are tried again as long work, whose page says what became of each; a run is asked for by a button, and a run that would close much asks.
func TestTheSyncIsRunAndDecidedByPages(t *testing.T) {
	app := apptest.One(t)
	sleepers(app)
	c := app.SignIn("admin")
	p := c.Visit("/sync").Submit("form[action='/sync/retries']").Expect(200)
	if !strings.HasPrefix(p.Path, "/runs/") || !strings.Contains(p.Text("h1"), "Case sync: 2") {
		t.Error(p.Path, p.Text("h1"))
	}
	if p := c.Visit("/sync").Submit("form[action='/sync/runs']").Expect(200); !strings.Contains(p.Body, "every 1s") || !strings.Contains(p.Text("main"), "Waiting") {
		t.Error(p.Text("main"))
	}
	app.Night()
	app.System.Forget(casesync.Cases)
	for i := range 12 {
		app.System.Says(casesync.Cases, "id", fmt.Sprint("m", i), "number", fmt.Sprint("N-", i), "title", "Visa", "client", "c1", "owner", app.Person("consultant").Email, "status", "open")
	}
	app.Night()
	app.System.Forget(casesync.Cases)
	if r := app.Night(); r.State != casesync.Asking {
		t.Fatalf("%+v", r)
	}
	if p := c.Visit("/sync").Submit(".alert form:has(input[value='DELETE'])").Expect(200); !strings.Contains(p.Body, "They stay open") {
		t.Error(p.Text("main"))
	}
	if p := c.Visit("/sync/runs").Expect(200); p.Doc.Find("#main .list li").Length() != 4 {
		t.Error(p.Text("main"))
	}
	app.SignIn("consultant").Visit("/sync/runs").Expect(403)
}

// The list is reached from the first page by whoever has something to see to there, with how many, and from the sidebar by those who see to the sync. Where no case system
// is set up it says so, and to who may see the system how one is.
func TestTheListIsReachedAndSaysWhatItIs(t *testing.T) {
	app := apptest.One(t)
	sleepers(app)
	nav := `nav a[href="/sync"]`
	mine := app.SignIn("consultant").Visit("/")
	if got := mine.Text("#main a[href='/sync']"); !strings.Contains(got, "1 exception ") || mine.Doc.Find(nav).Length() != 0 {
		t.Error(got)
	}
	app.SignIn("consultant").Visit("/sync").Expect(200)
	c := app.SignIn("admin")
	if p := c.Visit("/"); p.Doc.Find(nav).Length() == 0 || p.Doc.Find("#main a[href='/sync']").Length() != 0 {
		t.Error(p.Text("main"))
	}
	app.Sync.Asks(nil)
	if got := c.Visit("/sync").Text("main"); !strings.Contains(got, "from before") {
		t.Error(got)
	}
	for _, statement := range []string{`DELETE FROM sync_exceptions`, `DELETE FROM sync_runs`} {
		if err := app.DB.In(t.Context()).Exec(statement).Error; err != nil {
			t.Fatal(err)
		}
	}
	if err := app.DB.In(t.Context()).Exec(`INSERT INTO sync_runs (id, state, reason, detail, requested_by, requested_name, created_at, next_at) SELECT 'r', 'failed', 'missing', 'no list of cases', '', '', created_at, created_at FROM users LIMIT 1`).Error; err != nil {
		t.Fatal(err)
	}
	if got := c.Visit("/sync").Text("main"); !strings.Contains(got, "did not get through") || strings.Contains(got, "was taken over") {
		t.Error(got) // a run that has failed says nothing of what waits
	}
	if err := app.DB.In(t.Context()).Exec(`DELETE FROM sync_runs`).Error; err != nil {
		t.Fatal(err)
	}
	if got := c.Visit("/sync").Text("main"); !strings.Contains(got, "No case system is set up") || !strings.Contains(got, "CHANCERY_SYNC") || strings.Contains(got, "taken over") {
		t.Error(got)
	}
	if got := app.SignIn("consultant").Visit("/sync").Text("main"); !strings.Contains(got, "No case system is set up") || strings.Contains(got, "CHANCERY_SYNC") {
		t.Error(got)
	}
}
