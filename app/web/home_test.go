package web_test

import (
	"strings"
	"testing"
	"time"

	"chancery/app/access"
	"chancery/app/agenda"
	"chancery/app/apptest"
)

// The first page says what waits: unread messages by case, today's appointments by the reader's own clock (S0-18), what is due, and
// notices; and what to do where there is nothing.
func TestTheFirstPageSaysWhatWaits(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		lucia := app.SignIn("other")
		p := lucia.Visit("/").Expect(200).At("/")
		if p.Doc.Find(".empty p").Length() != 4 {
			t.Errorf("%d places say what to do", p.Doc.Find(".empty p").Length())
		}
		if n := p.Header.Get("X-Statements"); n != "6" { // session, unread, appointments, deadlines, notices, whether there are exceptions
			t.Errorf("%s statements", n)
		}
		k := desk(t, app, "MR-1", "other", false)
		writes(t, app, k, "¿Cuándo?")
		zone, err := time.LoadLocation("America/Mexico_City")
		must(t, err)
		now := app.Clock.Now().In(zone)
		at := time.Date(now.Year(), now.Month(), now.Day(), 23, 30, 0, 0, zone)
		for title, begins := range map[string]time.Time{"late tonight": at, "tomorrow": at.Add(time.Hour)} {
			_, err := app.Agenda.Create(t.Context(), access.System("test"), agenda.Plan{CaseID: k, OwnerID: app.Person("other").ID, Title: title, StartsAt: begins, EndsAt: begins.Add(15 * time.Minute), Zone: "America/Mexico_City"})
			must(t, err)
		}
		for title, days := range map[string]int{"overdue": -1, "due today": 0, "next month": 30} {
			_, err := app.Agenda.SetDeadline(t.Context(), access.System("test"), k, title, now.AddDate(0, 0, days).Format(time.DateOnly))
			must(t, err)
		}
		p = lucia.Visit("/").Expect(200).In("h1", "Lucía").Has("#talks li.new", 1).In("#talks li.new", "¿Cuándo?")
		text := p.Text("main")
		for _, want := range []string{"late tonight", "23:30", "overdue", "Vencido", "due today"} {
			if !strings.Contains(text, want) {
				t.Errorf("%q is missing", want)
			}
		}
		for _, other := range []string{"tomorrow", "next month"} {
			if strings.Contains(text, other) {
				t.Errorf("%q is not for today", other)
			}
		}
		p.Has("[aria-labelledby=home-due] .status[data-status=failed]", 1).Follow("main li a[href^='/appointments/']").In("h1", "late tonight")
		run(t, app, `UPDATE users SET zone = 'Pacific/Kiritimati' WHERE id = ?`, app.Person("other").ID) // where it is tomorrow; what is due, is due where the practice is
		lucia.Visit("/").Has("[aria-labelledby=home-due] .status[data-status=failed]", 1).In("[aria-labelledby=home-due] .status[data-status=waiting]", "Hoy")
		lucia.Visit("/cases/"+k).Has("aside .status[data-status=failed]", 1)
		run(t, app, `DELETE FROM deadlines WHERE title = 'overdue'`)
		lucia.Visit("/cases/"+k).In("aside", "due today").Has("aside .status[data-status=failed]", 0)
		f := lucia.Do("GET", "/", "", "", map[string]string{"HX-Request": "true", "X-By-Itself": "1"}).Expect(200)
		if f.Doc.Find("#talks li.new").Length() != 1 || strings.Contains(f.Body, "<html") {
			t.Error(f.Body)
		}
	})
}

// S1-24, ASVS 8.2.2: who may read no messages and see no appointments has a first page without them.
func TestTheFirstPageShowsWhatItsReaderMaySee(t *testing.T) {
	app := apptest.One(t)
	desk(t, app, "MR-1", "accountant", false)
	app.SignIn("accountant").Visit("/").Expect(200).Has("#talks", 0).Has("#home-today", 0).Has("#home-due", 0).Has("#home-notices", 1).Has(".aside-end", 0).Has(".side a[href='/messages']", 0)
}

// V-4: behind the bell are the newest notices, also without script on a page of their own; marking them as read leaves what came
// since.
func TestTheBellHasTheNewestNotices(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		k := desk(t, app, "MR-1", "consultant", false)
		jon := app.SignIn("consultant")
		p := jon.Visit("/bulletins").Expect(200).Has(".bulletins > li.new", 1).Has(".top [popovertarget=bell] #bulletins-unread", 1)
		if _, err := app.Messages.Comment(t.Context(), app.Actor("super"), k, "@Jon Okafor"); err != nil {
			t.Fatal(err)
		}
		p.Submit("form[action='/bulletins/reading']").Expect(200).In(".alert-success", "marked as read").Has(".bulletins > li.new", 1).In(".bulletins > li.new", "Elena Marlow mentioned you in MR-1")
		bell := jon.Fragment("GET", "/bulletins?bell=1", "/me", nil).Expect(200).Has(".bulletins > li", 2)
		if n := bell.Header.Get("X-Statements"); n != "3" { // session, notices, how many are new
			t.Errorf("%s statements", n)
		}
		f := bell.SubmitFragment("form").Expect(200).Has(".bulletins > li.new", 0)
		if !strings.Contains(f.Body, `hx-target="#bulletins-unread"`) || f.Attr("#bulletins-unread", "data-count") != "0" {
			t.Error(f.Body)
		}
		if _, err := app.Cases.Reassign(t.Context(), app.Actor("super"), []string{desk(t, app, "MR-2", "other", false)}, app.Person("consultant").ID); err != nil {
			t.Fatal(err)
		}
		given := jon.Visit("/bulletins").In(".bulletins > li.new", "gave you 1 case") // one case leads to it
		jon.Visit(given.Attr(".bulletins > li.new a", "href")).Expect(200).In("main", "MR-2")
		for range 40 {
			if _, err := app.Messages.Comment(t.Context(), app.Actor("super"), k, "@Jon Okafor"); err != nil {
				t.Fatal(err)
			}
		}
		p = jon.Visit("/bulletins").Has(".bulletins > li.new", 30)
		jon.Visit(p.Attr("#older a[hx-get]", "href")).Expect(200).Has(".bulletins > li:not(.earlier)", 13)
	})
}
