package web_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"chancery/app/agenda"
	"chancery/app/apptest"
	"chancery/app/apptest/icaltest"
	"chancery/app/calendar"
)

// feed makes the address of somebody's feed, as a path.
func feed(t *testing.T, app *apptest.App, who string, d calendar.Detail) (path string) {
	t.Helper()
	token, err := app.Calendars.MakeFeed(t.Context(), app.Actor(who), d)
	must(t, err)
	return "/calendars/" + token + ".ics"
}

func planned(t *testing.T, app *apptest.App, who, title string) {
	t.Helper()
	at := app.Clock.Now().Add(48 * time.Hour)
	_, err := app.Agenda.Create(t.Context(), app.Actor(who), agenda.Plan{Title: title, Place: "Room 2", StartsAt: at, EndsAt: at.Add(time.Hour), Zone: "America/Toronto"})
	must(t, err)
}

// S3-16: an address is made, shown once, and read by a program that knows nothing of us; what it tells is changed; it is renewed, and ends.
func TestAFeedIsMadeChangedRenewedAndEnded(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		planned(t, app, "consultant", "Baptiste v. Crown")
		c := app.SignIn("consultant")
		p := c.Visit("/me/calendars").In("#feed .empty", "No private address").Follow("#feed a").At("/me/calendars/feed/new").Has("[name=detail][checked]", 0)
		p = p.Submit("#feed-form").Expect(422).Has("dialog[open]", 0).In("h1", "Make a private address?").In("#detail-error", "Choose").Has("#errors a[href='#detail']", 1)
		p = p.Submit("#feed-form", "detail", "full").Expect(200).In(".alert", "once").In(".alert", "titles and places").In(".alert", "only to your own").In("main", "From URL").Has("[data-copy=address]", 1)
		address := p.Attr("#address", "value")
		if !strings.HasPrefix(address, app.URL+"/calendars/") || p.Header.Get("Cache-Control") != "no-store" {
			t.Fatal(address, p.Header)
		}
		read := func(address string) *icaltest.Calendar {
			return icaltest.Read(t, []byte(bare(t, "GET", address, "", nil).body))
		}
		if got := read(address); len(got.Events) != 1 || got.Events[0].Title != "Baptiste v. Crown" || got.Name != "Marlow Reyes" {
			t.Errorf("%+v", got)
		}
		p = c.Visit("/me/calendars").In("#feed dd", "titles and places").Has("#feed dd time", 2)
		if strings.Contains(p.Body, strings.TrimPrefix(address, app.URL)) {
			t.Error("the address is shown again")
		}

		p.Follow("#feed a[href$='/edit']").Has("[name=detail][value=full][checked]", 1).Submit("#feed-form", "detail", "busy").At("/me/calendars").In(".alert-success", "from now on").In("#feed dd", "Times only")
		run(t, app, `UPDATE users SET language = 'fr' WHERE id = ?`, app.Person("consultant").ID)
		if got := read(address); len(got.Events) != 1 || got.Events[0].Title != "Rendez-vous" || got.Events[0].Place != "" {
			t.Errorf("%+v", got)
		}
		run(t, app, `UPDATE users SET language = 'en' WHERE id = ?`, app.Person("consultant").ID)

		second := c.Visit("/me/calendars").Follow("#feed a[href$='/new']").In("#feed-form .alert", "ends at once").Has("[name=detail][value=busy][checked]", 1).Submit("#feed-form").Expect(200).In(".alert", "when you are taken").Attr("#address", "value")
		if res := bare(t, "GET", address, "", nil); res.status != 404 || second == address {
			t.Errorf("the first: %d", res.status)
		}
		run(t, app, `UPDATE users SET epoch = epoch + 1 WHERE id = ?`, app.Person("consultant").ID)
		c = app.SignIn("consultant")
		c.Visit("/me/calendars").In("#feed .alert", "does not work").Has("#feed a[href$='/edit']", 0)
		c.Visit("/me/calendars/feed/delete").Submit("#feed-delete").At("/me/calendars").In(".alert-success", "has ended").Has("#feed .empty", 1)
		for _, gone := range []string{"delete", "edit"} {
			c.Visit("/me/calendars/feed/" + gone).Expect(404)
		}
	})
}

// ASVS 7.5.1: an address gives a way in away, and wants a fresh proof; ending it wants none. Who may see no appointments makes none, and ends one.
func TestAFeedWantsAProofAndEndingItNone(t *testing.T) {
	app := apptest.One(t)
	feed(t, app, "consultant", calendar.FeedFull)
	c := app.SignIn("consultant")
	form, edit := c.Visit("/me/calendars/feed/new"), c.Visit("/me/calendars/feed/edit")
	app.Clock.Add(11 * time.Minute)
	form.Submit("#feed-form", "detail", "full").At("/me/proof/new")
	edit.Submit("#feed-form", "detail", "busy").At("/me/proof/new")
	c.Visit("/me/calendars/feed/edit").At("/me/proof/new").Submit("#proof-form", "password", apptest.Password).At("/me/calendars/feed/edit").Submit("#feed-form", "detail", "busy").At("/me/calendars")
	app.Clock.Add(11 * time.Minute)
	run(t, app, `DELETE FROM role_permissions WHERE permission = 'appointments.view'`)
	c.Visit("/me/calendars/feed/new").Expect(403)
	c.Visit("/me/calendars").Has("#feed footer a", 1).Follow("#feed footer a").Submit("#feed-delete").At("/me/calendars").Has("#feed", 0)
}

// RFC 9110 §13.1.2: a program that has the feed already is told so, and who is nobody's reads nothing and learns nothing from how that is said.
func TestAFeedIsReadByPrograms(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		planned(t, app, "consultant", "Hearing")
		address := app.URL + feed(t, app, "consultant", calendar.FeedFull)
		res := bare(t, "GET", address, "", nil)
		h, etag := res.header, res.header.Get("ETag")
		if res.status != 200 || h.Get("Content-Type") != "text/calendar; charset=utf-8" || h.Get("Cache-Control") != "private, no-cache" || h.Get("Referrer-Policy") != "no-referrer" ||
			h.Get("Vary") != "" || h.Get("Set-Cookie") != "" || !strings.HasPrefix(h.Get("Content-Disposition"), "inline; filename=") || !strings.Contains(h.Get("X-Robots-Tag"), "noindex") || len(etag) != 45 {
			t.Fatalf("%d %v", res.status, h)
		}
		for _, has := range []string{etag, "W/" + etag, `"x", ` + etag} {
			if res := bare(t, "GET", address, "", map[string]string{"If-None-Match": has}); res.status != 304 || res.body != "" || res.header.Get("ETag") != etag {
				t.Errorf("%s: %d %v", has, res.status, res.header)
			}
		}
		at := h.Get("Last-Modified")
		if seen, err := http.ParseTime(at); err != nil || seen.After(app.Clock.Now()) || app.Clock.Now().Sub(seen) > time.Second {
			t.Errorf("it is so since %q: %v", at, err)
		}
		asked := func(pairs ...string) answer {
			headers := map[string]string{}
			for i := 0; i < len(pairs); i += 2 {
				headers[pairs[i]] = pairs[i+1]
			}
			return bare(t, "GET", address, "", headers)
		}
		long := app.Clock.Now().Add(-time.Hour).UTC().Format(http.TimeFormat)
		app.Clock.Add(time.Minute)
		for _, c := range []struct {
			status int
			pairs  []string
		}{
			{304, []string{"If-Modified-Since", at}},
			{304, []string{"If-Modified-Since", app.Clock.Now().UTC().Format(http.TimeFormat)}},
			{200, []string{"If-Modified-Since", long}},
			{200, []string{"If-Modified-Since", "yesterday"}},
			{304, []string{"If-Modified-Since", long, "If-None-Match", etag}}, // the ETag alone counts
			{200, []string{"If-Modified-Since", at, "If-None-Match", `"x"`}},
		} {
			if res := asked(c.pairs...); res.status != c.status || res.header.Get("Last-Modified") != at {
				t.Errorf("%v: %d %v, want %d", c.pairs, res.status, res.header, c.status)
			}
		}
		if res := bare(t, "HEAD", address, "", nil); res.status != 200 || res.body != "" || res.header.Get("ETag") != etag {
			t.Errorf("HEAD: %d %v", res.status, res.header)
		}
		planned(t, app, "consultant", "Another")
		if res := bare(t, "GET", address, "", map[string]string{"If-None-Match": etag}); res.status != 200 || res.header.Get("ETag") == etag || !strings.Contains(res.body, "Another") {
			t.Errorf("something is new: %d", res.status)
		}
		if res := asked("If-Modified-Since", at); res.status != 200 || res.header.Get("Last-Modified") == at {
			t.Errorf("something is new since %s: %d %v", at, res.status, res.header)
		}
		at = asked().header.Get("Last-Modified")
		run(t, app, `UPDATE calendar_feeds SET detail = 'busy' WHERE user_id = ?`, app.Person("consultant").ID)
		if res := asked("If-Modified-Since", at); res.status != 200 || res.header.Get("Last-Modified") != "" { // in the same second
			t.Errorf("it tells less since %s: %d %v", at, res.status, res.header)
		}

		same := map[string]bool{}
		run(t, app, `UPDATE users SET status = 'INACTIVE' WHERE id = ?`, app.Person("consultant").ID)
		token := strings.TrimSuffix(strings.TrimPrefix(address, app.URL+"/calendars/"), ".ics")
		for _, of := range []string{token, strings.Repeat("A", 43), "x", token + "x"} {
			res := bare(t, "GET", app.URL+"/calendars/"+of+".ics", "", nil)
			if strings.Contains(res.body, of+".ics") || res.status != 404 {
				t.Errorf("%d, with the address: %t", res.status, strings.Contains(res.body, of+".ics"))
			}
			res.header.Del("Date")
			res.header.Del("X-Statements") // of tests alone
			id := res.header.Get("X-Request-ID")
			same[strings.ReplaceAll(fmt.Sprint(res.header)+res.body, id, "")] = true
		}
		if len(same) != 1 {
			t.Errorf("who is nobody's is told apart: %d answers", len(same))
		}
		run(t, app, `DROP TABLE calendar_feeds`)
		if res := bare(t, "GET", address, "", nil); res.status != 500 || strings.Contains(res.body, token) {
			t.Errorf("%d, with the address: %t", res.status, strings.Contains(res.body, token))
		}
		if log := app.Log.String(); strings.Contains(log, token) || !strings.Contains(log, "/calendars/:token.ics") {
			t.Error("the log has the address, or not the route")
		}
	})
}

// One network address asks so often in a minute, and is told when to come back.
func TestAFeedIsNotAskedForWithoutEnd(t *testing.T) {
	app := apptest.One(t)
	path := feed(t, app, "consultant", calendar.FeedFull)
	for range 60 {
		bare(t, "GET", app.URL+path, "", nil)
	}
	if res := bare(t, "GET", app.URL+path, "", nil); res.status != 429 || res.header.Get("Retry-After") == "" || strings.Contains(res.body, path) {
		t.Errorf("%d %v", res.status, res.header)
	}
	app.Clock.Add(time.Minute)
	if res := bare(t, "GET", app.URL+path, "", nil); res.status != 200 {
		t.Errorf("a minute later: %d", res.status)
	}
}
