package browser

import (
	"context"
	"testing"
	"time"

	"chancery/app/access"
	"chancery/app/apptest"
	"chancery/app/apptest/chrome"
	"chancery/app/cases"
	"chancery/app/staff"
	"chancery/app/system"
)

// plan writes an absence down that is from so many days from now to so many.
func plan(t *testing.T, app *apptest.App, who, cover string, from, to int) {
	t.Helper()
	day := func(n int) string { return app.Clock.Now().AddDate(0, 0, n).Format(time.DateOnly) }
	p := staff.AbsencePlan{FirstDay: day(from), LastDay: day(to), CoverID: app.Person(cover).ID, Note: "The keys are with the front desk.\nThe hearing of Thursday is adjourned."}
	if _, err := app.Staff.PlanAbsence(context.Background(), access.System("test"), app.Person(who).ID, p); err != nil {
		t.Fatal(err)
	}
}

// machine is a house with a job and two reconcilers.
type machine struct{ since time.Time }

func (machine) Schedule() []system.Job {
	next := func(t time.Time) time.Time { return t.Truncate(time.Hour).Add(time.Hour + 7*time.Minute) }
	return []system.Job{{Name: "clean-up", When: "7 * * * *", Next: next}, {Name: "dormant-accounts", When: "20 4 * * *", Next: next}}
}

func (m machine) Depths(context.Context) ([]system.Depth, error) {
	return []system.Depth{{Name: "mails", Due: 12, Oldest: m.since}, {Name: "pictures"}}, nil
}

// TestAbsencesAndTheSystemAreSoundOnEveryScreen looks at the pages of absences and at the system's, as pages_test.go does at all others.
func TestAbsencesAndTheSystemAreSoundOnEveryScreen(t *testing.T) {
	everyLanguage(t, func(t *testing.T, lang string, screens []string) {
		app := practice(t)
		furnish(t, app, lang)
		tour(t, app, lang, screens, "super", []page{{"absences-none", func(s *scene) { s.Visit("/me/absences").Sees("#absences", "") }}})
		plan(t, app, "consultant", "other", 1, 12)
		plan(t, app, "other", "consultant", 3, 5)
		plan(t, app, "super", "consultant", 1, 1)
		now := app.Clock.Now()
		app.House.Shows(machine{now.Add(-time.Hour)})
		write(t, app, `INSERT INTO runs (id, job, due_at, state, tries, next_try_at, created_at, started_at, finished_at, result) VALUES ('r', 'clean-up', ?, 'failed', 5, ?, ?, ?, ?, 'gave-up 5')`, now.Add(-time.Hour), now, now, now.Add(-40*time.Minute), now.Add(-20*time.Minute))
		dialog := func(path, link string) func(*scene) {
			return func(s *scene) { asked(link)(&scene{s.Visit(path), s.t, s.app}) }
		}
		tour(t, app, lang, screens, "consultant", []page{
			{"absences", func(s *scene) { s.Visit("/me/absences").Sees("#absences li", "").Sees("#duties li", "") }},
			{"absence-new", dialog("/me/absences", "#absences header a")},
			{"absence-refused", func(s *scene) { s.Click("#absence-form .btn-primary").Focused("#errors") }},
			{"absence-change", dialog("/me/absences", "#absences a[href$='/edit']")},
			{"absence-end", dialog("/me/absences", "#absences a[href$='/delete']")},
		})
		tour(t, app, lang, screens, "super", []page{
			{"absences-of-somebody", func(s *scene) {
				s.Visit("/users/"+s.app.Person("consultant").ID+"/absences").Sees("#absences li", "")
			}},
			{"system", func(s *scene) { s.Visit("/system").Sees("#needs li", "").Sees("#loop-mails", "12") }},
		})
	})
}

// B-5: an absence is planned by keyboard alone, and who is chosen for a cover is warned of at once who may not see the cases; and the page that asks itself how the house is doing keeps the focus.
func TestAnAbsenceIsPlannedByKeyboardAndTheSystemKeepsTheFocus(t *testing.T) {
	app := practice(t)
	if err := app.Cases.Seed(t.Context(), []cases.Client{{ID: "client", Name: "Kowalczyk, Aneta"}}, []cases.NewCase{{Number: "MR-1", Title: "Work permit", ClientID: "client", OwnerID: app.Person("consultant").ID}}); err != nil {
		t.Fatal(err)
	}
	p := signedIn(t, app, "consultant")
	p.Visit("/me/absences").TabTo("#absences header a").Press(chrome.Enter).Until(`document.querySelector("dialog:modal")`)
	day := app.Clock.Now().AddDate(0, 0, 7).Format(time.DateOnly)
	p.Eval(`document.querySelector("#first-day").value = "` + day + `"; document.querySelector("#last-day").value = "` + day + `"`)
	p.Choose("#cover", app.Person("other").ID).Sees("#cover-sees .alert-warning", app.Person("other").Name()).TabTo("#absence-form .btn-primary").Press(chrome.Enter)
	p.At("/me/absences").Sees("#absences li", app.Person("other").Name()).Sees("#absences .alert-warning", "")

	app.House.Shows(machine{app.Clock.Now()})
	boss := signedIn(t, app, "super").Visit("/system")
	boss.TabTo("#run-dormant-accounts").Press(chrome.Enter).Sees("#job-dormant-accounts .status", "").Focused("#run-dormant-accounts")
	write(t, app, `UPDATE runs SET state = 'done', started_at = due_at, finished_at = due_at`)
	boss.Until(`document.querySelector("#job-dormant-accounts form")`).Focused("#run-dormant-accounts") // it has asked by itself
}
