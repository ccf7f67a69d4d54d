package web_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"chancery/app/apptest"
	"chancery/app/work"
)

// finish does all the work that was asked for, as the jobs would.
func finish(t *testing.T, app *apptest.App) {
	t.Helper()
	ids, err := app.Work.Due(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range ids {
		for more := true; more; {
			if more, err = app.Work.Advance(t.Context(), id); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// signOuts asks for sign-outs of everyone, and of n people who are not there.
func signOuts(t *testing.T, app *apptest.App, who string, n int) string {
	t.Helper()
	items := []work.Item{{ObjectID: app.Person("consultant").ID, Label: "Jon Okafor"}, {ObjectID: app.Person("other").ID, Label: "=Lucía"}}
	for i := range n {
		items = append(items, work.Item{ObjectID: fmt.Sprintf("nobody-%03d", i), Label: fmt.Sprintf("Nobody %03d", i)})
	}
	id, err := app.Work.Ask(t.Context(), app.Actor(who), work.Request{Kind: "sign-out", Items: items})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// A run shows how far it is, asks itself again while it is not over, and says of each row what became of it.
func TestARunShowsHowFarItIs(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		app.SignIn("consultant")
		id := signOuts(t, app, "admin", 150)
		c := app.SignIn("admin")
		p := c.Visit("/runs/"+id).Expect(200).In("h1", "Sign-out of 152 people").In("h1 .status", "Waiting").Has("noscript a[href='/runs/"+id+"']", 0) // goquery reads noscript as text
		if p.Attr("#run", "hx-trigger") != "every 1s" || p.Attr("progress", "value") != "0" || p.Attr("progress", "max") != "152" {
			t.Errorf("%q, %q", p.Attr("#run", "hx-trigger"), p.Attr("progress", "value"))
		}
		if _, err := app.Work.Advance(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		f := c.Fragment("GET", "/runs/"+id, "/runs/"+id, nil).Expect(200).In("h1 .status", "Running").In("[role=status]", "100 of 152")
		if f.Attr("progress", "value") != "100" || strings.Contains(f.Body, "<html") || len(f.Body) > fragmentLimit {
			t.Errorf("%q, %d bytes", f.Attr("progress", "value"), len(f.Body))
		}
		finish(t, app)
		c.Fragment("GET", "/runs/"+id, "/runs/"+id, nil).In("h1 .status", "Finished").Has("#run[hx-trigger]", 0).Has("form", 0)
		p = c.Visit("/runs/"+id).In(".facts", "Done1").In(".facts", "As it was already1").In(".facts", "Refused150").Has("tbody tr", 25)
		if n := p.Header.Get("X-Statements"); n != "4" { // session, run, counts, rows
			t.Errorf("%s statements", n)
		}
		p = p.Follow(".tabnav a[href$='state=refused']").In("tbody tr:first-child", "There is no such person").Follow("a[rel=next]")
		if q, _ := url.Parse(p.Path); q.Query().Get("state") != "refused" || q.Query().Get("after") != "27" {
			t.Error(p.Path)
		}
	})
}

func TestARunIsDownloaded(t *testing.T) {
	app := apptest.One(t)
	id := signOuts(t, app, "admin", 2)
	finish(t, app)
	p := app.SignIn("admin").Visit("/runs/" + id + "/items.csv").Expect(200)
	lines := strings.Split(strings.TrimPrefix(p.Body, "\ufeff"), "\r\n")
	if len(lines) != 6 || lines[0] != "Row,Item,Result,Reason" || !strings.HasPrefix(lines[2], "2,'=Lucía,So already") || !strings.Contains(lines[3], "no such person") {
		t.Errorf("%q", lines)
	}
	if p.Header.Get("Content-Disposition") != `attachment; filename="run-`+id+`.csv"` {
		t.Error(p.Header.Get("Content-Disposition"))
	}
	p = app.SignIn("admin").Visit("/runs/" + id + "/items.csv?state=refused")
	if n := strings.Count(p.Body, "\r\n"); n != 3 {
		t.Errorf("%d lines are refused", n)
	}
}

func TestARunCanBeStopped(t *testing.T) {
	app := apptest.One(t)
	id := signOuts(t, app, "admin", 150)
	if _, err := app.Work.Advance(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	p := app.SignIn("admin").Visit("/runs/"+id).Submit("form[action$='/cancellation']").At("/runs/"+id).In("h1 .status", "Stopped").In("[role=status]", "100 of 152").Has("#run[hx-trigger]", 0)
	finish(t, app)
	p.In(".alert-warning", "stays done").Follow(".tabnav a[href$='state=waiting']").Has("tbody tr", 25)
}

// ASVS 8.2.2: a run of another is none, but to those who see the whole system.
func TestARunOfAnotherIsNone(t *testing.T) {
	app := apptest.One(t)
	id := signOuts(t, app, "super", 1)
	jon := app.SignIn("consultant")
	tok := pageToken(jon.Visit("/me"))
	for _, path := range []string{"/runs/" + id, "/runs/" + id + "/items.csv", "/runs/nobody"} {
		jon.Visit(path).Expect(404)
	}
	jon.Do("POST", "/runs/"+id+"/cancellation", "application/x-www-form-urlencoded", "", map[string]string{"X-CSRF-Token": tok}).Expect(404)
	app.SignIn("admin").Visit("/runs/" + id).Expect(200)
}

// One finds again what one has asked for, the newest first, by its page's way to older ones; nobody else's is among them.
func TestOwnRunsAreListed(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		c := app.SignIn("admin")
		c.Visit("/me").Follow("#me a[href='/runs']").Expect(200).In("h1", "Background tasks").In(".empty h2", "Nothing yet").Has("#runs[hx-get]", 0)
		app.SignIn("accountant").Visit("/me").Has("#me a[href='/runs']", 0)
		signOuts(t, app, "super", 1)
		id := signOuts(t, app, "admin", 1)
		p := c.Visit("/runs").Has("#runs li", 1).Has("#runs[hx-get='/runs']", 1).In("#runs li", "Sign-out of 3 people").In("#runs li .status", "Waiting")
		p.Follow("#runs li a").At("/runs/" + id).Follow(".crumbs a[href='/runs']").At("/runs")
		finish(t, app)
		c.Visit("/runs").Has("#runs[hx-get]", 0).Has("#runs progress", 0).In("#runs li .status", "Finished").In("#runs li small", "3 of 3 rows, 1 refused")
		for range 51 {
			app.Clock.Add(time.Second)
			signOuts(t, app, "admin", 0)
		}
		p = c.Visit("/runs").Has("#runs li", 50)
		if n := p.Header.Get("X-Statements"); n > "4" || len(n) > 1 {
			t.Errorf("the page costs %s statements", n)
		}
		p.Follow("#runs a[rel=next]").Has("#runs li", 2).In("#runs li:last-child", "3 of 3 rows").Has("#runs a[rel=next]", 0)
		c.Visit("/runs?before="+signOuts(t, app, "super", 1)).Has("#runs li", 0) // of another's nothing is learnt
	})
}

// The list lets go of a selection when the run that it was put to use for is shown, and not whenever that run is looked at.
func TestASelectionIsDoneWhenItIsPutToUse(t *testing.T) {
	app := apptest.One(t)
	c := app.SignIn("admin")
	p := c.Visit(bulk("deactivation", app.Person("consultant"))).Submit("#bulk-confirm").Expect(200).Has("[data-bulk-done=users]", 1)
	c.Visit(strings.TrimSuffix(p.Path, "?notice=asked")).Has("[data-bulk-done]", 0)
}
