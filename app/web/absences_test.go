package web_test

import (
	"strings"
	"testing"

	"chancery/app/access"
	"chancery/app/apptest"
	"chancery/app/staff"
)

// B-5: one plans an absence, changes it and comes back early, with and without script; who stands in is told behind the bell, and sees when.
func TestAnAbsenceIsPlannedAndEnded(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		jon, ben := app.SignIn("consultant"), app.Person("accountant")
		p := jon.Visit("/me").Follow(".rail a[href='/me/absences']").At("/me/absences").In("#absences", "No absence is planned.").Has("#past", 0).Has("#duties", 0)
		p = p.Follow("#absences header a").At("/me/absences/new").In("#dialog-title", "Plan an absence")
		p.Submit("#absence-form", "first_day", "2026-12-01", "last_day", "2026-11-30", "cover", ben.ID).Expect(422).In("#last-day-error", "first day or a later one").In("[role=alert]", "Last day away")
		p.Submit("#absence-form", "first_day", "2026-12-01", "last_day", "2026-12-04", "cover", ben.ID, "note", "The keys are with Mina.").
			At("/me/absences").In("[role=status]", "The absence is planned.").In("#absences", "1 December 2026 – 4 December 2026").In("#absences", ben.Name()).In("#absences", "The keys are with Mina.").In("#absences .status", "To come")
		p = app.SignIn("accountant").Visit("/bulletins").In(".bulletins", "You stand in for Jon Okafor").Follow(".bulletins a").At("/me/absences")
		p.In("#duties", "Jon Okafor").In("#duties", "1 December 2026 – 4 December 2026").In("#duties", "The keys are with Mina.")

		form := jon.Visit("/me/absences").Follow("#absences a[href$='/edit']")
		stale := jon.Visit("/me/absences").Follow("#absences a[href$='/edit']")
		form.Submit("#absence-form", "last_day", "2026-12-07").At("/me/absences").In("#absences", "1 December 2026 – 7 December 2026")
		stale.Submit("#absence-form", "last_day", "2026-12-05").Expect(409).In("#last-day-stored", "7 December 2026").Submit("#absence-form", "last_day", "2026-12-05").In("#absences", "5 December 2026")

		jon.Visit("/me/absences").Follow("#absences a[href$='/delete']").In("#dialog-title", "Call the absence off?").Submit("#absence-end").At("/me/absences").In("#past .status", "Called off").Has("#absences li", 0)
	})
}

// B-5: whoever chooses a cover is told how many of the open cases that one may see, before and after, with and without script; so is the cover. It is no refusal.
func TestWhatACoverMaySeeIsSaidBeforeAndAfter(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		give(t, app, "consultant", 5)
		jon, other, peter := app.SignIn("consultant"), app.Person("other"), app.Person("accountant")
		for _, n := range []string{"1", "3"} {
			if err := app.Cases.AddMember(t.Context(), access.System("test"), one(t, app, "SELECT id FROM cases WHERE number = 'MR-consultant-0000"+n+"'"), other.ID); err != nil {
				t.Fatal(err)
			}
		}
		some := other.Name() + " may see 2 of your 5 open cases: what happens in the others still comes to you. Choose somebody else, or ask an administrator to add " + other.Name() + " to them"
		f := jon.Visit("/me/absences/new").In("#cover option[value='"+other.ID+"']", "sees 2 of 5 open cases").In("#cover option[value='"+peter.ID+"']", "sees 0 of 5 open cases").Has("#cover-sees .alert", 0)
		if n := f.Header.Get("X-Statements"); n != "4" { // session, people, their absences, what they may see
			t.Errorf("%s statements", n)
		}
		if text := f.Doc.Find("#cover option[value='" + app.Person("super").ID + "']").Text(); strings.Contains(text, "sees") {
			t.Errorf("who sees all is warned of: %q", text)
		}
		chosen := jon.Fragment("GET", "/me/absences/new?part=cover&cover="+other.ID, "/me/absences", nil).Expect(200).In(".alert-warning", some)
		if strings.Contains(chosen.Body, "<form") {
			t.Error(chosen.Body)
		}
		jon.Fragment("GET", "/me/absences/new?part=cover&cover="+app.Person("super").ID, "/me/absences", nil).Expect(200).Has(".alert", 0).In("p", "Elena Marlow may see all your 5 open cases.")
		if p := jon.Fragment("GET", "/me/absences/new?part=cover&cover=", "/me/absences", nil).Expect(200); strings.TrimSpace(p.Body) != "" {
			t.Errorf("%q", p.Body)
		}
		p := f.Submit("#absence-form", "first_day", "2026-12-01", "last_day", "2026-11-30", "cover", other.ID).Expect(422).In("#cover-sees .alert-warning", some)
		p = p.Submit("#absence-form", "first_day", "2026-12-01", "last_day", "2026-12-04", "cover", other.ID).At("/me/absences").In("#absences .alert-warning", some)
		p.Follow("#absences a[href$='/edit']").In("#cover-sees .alert-warning", some)
		if n := jon.Visit("/me/absences").Header.Get("X-Statements"); n != "7" { // session, absences, names, the cover's own, what that one may see, duties, names
			t.Errorf("%s statements", n)
		}

		lucia := app.SignIn("other")
		lucia.Visit("/bulletins").In(".bulletins", "Usted reemplaza a Jon Okafor: vea cuándo (usted puede ver 2 de 5 casos abiertos)").Follow(".bulletins a").At("/me/absences").In("#duties .alert-warning", "Usted puede ver 2 de los 5 casos abiertos de Jon Okafor")
		boss := app.SignIn("super").Visit("/users/"+app.Person("consultant").ID+"/absences").In("#absences .alert-warning", other.Name()+" may see 2 of the 5 open cases of Jon Okafor")
		boss.Follow("#absences a[href$='/edit']").In("#cover-sees .alert-warning", "still goes to Jon Okafor").Submit("#absence-form", "cover", app.Person("super").ID).In("#absences", "Elena Marlow may see all 5 open cases of Jon Okafor.").Has("#absences .alert-warning", 0)
		jon.Visit("/me/absences").Follow("#absences a[href$='/delete']").Submit("#absence-end").At("/me/absences")
		if text := jon.Visit("/me/absences").Doc.Find("#past").Text(); strings.Contains(text, "may see") {
			t.Errorf("said of what is over: %q", text)
		}
	})
}

// B-5: whoever gives something to one who is away is told before, and who stands in: in lists to choose from, beside the case, on the card, among the
// colleagues, and on the client card.
func TestWhoIsAwayIsSaidWhereTheyAreChosenAndNamed(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		jon, other := app.Person("consultant"), app.Person("other")
		give(t, app, "other", 1)
		_, err := app.Staff.PlanAbsence(t.Context(), access.System("test"), jon.ID, staff.AbsencePlan{FirstDay: "2026-11-21", LastDay: "2026-11-27", CoverID: other.ID, Note: "hospital"})
		if err != nil {
			t.Fatal(err)
		}
		boss := app.SignIn("super")
		const says = "Away until 27 November 2026; "
		with := says + other.Name() + " stands in"
		k := one(t, app, `SELECT id FROM cases WHERE number = 'MR-other-00001'`)
		for path, selector := range map[string]string{
			"/cases/" + k + "/owner/edit":                 "#to option[value='" + jon.ID + "']",
			"/cases/" + k + "/members/new":                "#member option[value='" + jon.ID + "']",
			"/cases/new":                                  "#owner option[value='" + jon.ID + "']",
			"/users/" + other.ID + "/cases":               "#to option[value='" + jon.ID + "']",
			"/users/" + other.ID + "/deactivation/new":    "#successor option[value='" + jon.ID + "']",
			"/appointments/new?on=2026-11-26":             "#owner option[value='" + jon.ID + "']",
			"/users/" + jon.ID:                            "#away",
			"/colleagues":                                 "tr:has(a[href='/users/" + jon.ID + "'])",
			"/cases/reassignment/new?case=" + k + "&to=x": "#to option[value='" + jon.ID + "']",
		} {
			boss.Visit(path).In(selector, with)
		}
		if text := boss.Visit("/appointments/new?on=2026-11-30").Doc.Find("#owner option[value='" + jon.ID + "']").Text(); strings.Contains(text, "Away") {
			t.Errorf("back on that day, and %q", text)
		}
		boss.Visit("/cases/"+k+"/owner/edit").Submit("#case-form", "to", jon.ID).In("aside", with)
		app.SignIn("accountant").Fragment("GET", "/colleagues/"+jon.ID+"/card", "/", nil).In(".card-pop", with)
		boss.Visit("/users/"+jon.ID+"/absences").In("#absences", "hospital").Follow("#absences a[href$='/delete']").Submit("#absence-end").In("#past .status", "Ended on")
		boss.Visit("/users/"+jon.ID).Has("#away", 0)
	})
}
