package web_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"chancery/app/access"
	"chancery/app/apptest"
	"chancery/app/cases"
	"chancery/app/staff"
	"chancery/jobs/accounts"
)

// give writes n open cases of a cast member.
func give(t testing.TB, app *apptest.App, who string, n int) {
	t.Helper()
	client := cases.Client{ID: "client-" + who, Name: "Kowalczyk, Aneta"}
	var all []cases.NewCase
	for i := range n {
		all = append(all, cases.NewCase{Number: fmt.Sprintf("MR-%s-%05d", who, i+1), Title: "Work permit <b>&", ClientID: client.ID, Stage: "Gathering",
			OwnerID: app.Person(who).ID, Private: i == 0})
	}
	if err := app.Cases.Seed(t.Context(), []cases.Client{client}, all); err != nil {
		t.Fatal(err)
	}
}

// seeOut does what the jobs would do now.
func seeOut(t *testing.T, app *apptest.App) {
	t.Helper()
	r := &accounts.Reconciler{Staff: app.Staff, Signin: app.Signin, Notices: app.Notices, Post: app.Post, Now: app.Clock.Now}
	due, err := r.Due(t.Context(), app.Clock.Now().Add(time.Microsecond))
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range due {
		if _, err := r.Reconcile(t.Context(), d.Key); err != nil {
			t.Fatal(err)
		}
	}
}

// S1-16, S1-17: the tab, the selection, the colleague, Apply.
func TestSelectedCasesAreReassigned(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		give(t, app, "consultant", 120)
		jon, lucia := app.Person("consultant"), app.Person("other")
		c := app.SignIn("admin")
		p := c.Visit("/users/"+jon.ID).In(".tabnav .count", "120").Follow(".tabnav a[href$='/cases']").Has("tbody tr", 50).In(".pager", "50 of 120 open cases")
		p.Has("main b b, td b", 0).Has("tbody .tag", 1).Has("select[name=to] option", 5) // choose, Elena, Grace, Lucía, Mireille
		if n, _ := strconv.Atoi(p.Header.Get("X-Statements")); n < 1 || n > 10 {
			t.Errorf("the page costs %d statements", n)
		}
		p.Submit("#cases", "to", lucia.ID).Expect(422).In("#errors", "Select at least one case")
		first := p.Attr("tbody .checkbox", "value")
		p.Submit("#cases", "case", first, "to", "").Expect(422).In("#to-error", "Choose who takes the cases over.").Has("tbody .checkbox[checked]", 1)
		p = p.Submit("#cases", "case", first, "to", lucia.ID).Expect(200).In("[role=status]", "1 case was reassigned to Lucía Fernández Ortega.").In(".tabnav .count", "119")
		p.Submit("#cases", "all", "true", "to", app.Person("inactive").ID).Expect(422).In("#to-error", "not active").Has("input[name=all][checked]", 1)
		p.Submit("#cases", "all", "true", "to", lucia.ID).Expect(200).In("[role=status]", "119 cases were reassigned").In(".empty", "No open cases").In("main", "Closed cases stay with Jon Okafor")
		c.Visit("/users/"+lucia.ID).In(".tabnav .count", "120")
		page := c.Visit("/users/"+lucia.ID+"/cases").Follow("a[rel=next]").Has("tbody tr", 50).Follow("a[rel=next]").Has("tbody tr", 20).Has("a[rel=next]", 0)
		page.Follow(".pager a").Has("tbody tr", 50)
		c.Visit("/users/"+lucia.ID+"/cases?q=00007").Has("tbody tr", 1).Has("input[name=all]", 0)
		c.Visit("/users/"+lucia.ID+"/cases?q=zzz").Has("tbody tr", 0).In(".empty", "zzz")
	})
}

// Whoever may look after cases sees them; others do not learn how many there are.
func TestAssignedCasesAreForThoseWhoSeeAllCases(t *testing.T) {
	app := apptest.One(t)
	give(t, app, "consultant", 2)
	app.SignIn("accountant").Visit("/users/" + app.Person("consultant").ID + "/cases").Expect(403)
	app.SignIn("other").Visit("/users/"+app.Person("consultant").ID).Has(".tabnav", 0)
	own := app.SignIn("consultant").Visit("/users/"+app.Person("consultant").ID+"/cases").Expect(200).Has("tbody tr", 2).Has("#to", 0) // where the letter of new cases leads
	own.Follow(".tabnav a:first-child").Has(".tabnav a", 2)
}

// B-1, S1-11, S1-18: one sheet; refused with the reason while a case would be orphaned; done at once, with a receipt.
func TestAPersonIsDeactivatedByOneSheet(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		give(t, app, "consultant", 14)
		jon, lucia := app.Person("consultant"), app.Person("other")
		phone := app.SignIn("consultant")
		c := app.SignIn("admin")
		sheet := c.Visit("/users/"+jon.ID).Follow("#user-menu a[href$='/deactivation/new']").In("dialog h2", "Deactivate Jon Okafor?")
		sheet.In(".facts", "Open cases").In(".facts", "14").In(".alert-warning", "14 open cases would have no owner").Has("input[name=way]", 2)
		c.Fragment("GET", "/users/"+jon.ID+"/deactivation/new", "/users/"+jon.ID, nil).Has("dialog[data-autoshow] a[data-close]", 1)
		refused := sheet.Submit("#departure-form", "reason", "Moves to Halifax").Expect(422).In("#errors a[href='#successor']", "14 open cases would be left without an owner").In("#successor-error", "Choose who takes them over").Has("dialog .alert-warning", 0)
		if refused.Text("#reason") != "Moves to Halifax" {
			t.Error("what was typed is lost")
		}
		sheet.Submit("#departure-form", "successor", app.Person("inactive").ID).Expect(422).In("#errors", "Arturo Salcedo is not active")
		phone.Visit("/me").At("/me")
		done := sheet.Submit("#departure-form", "way", "one", "successor", lucia.ID, "reason", "Moves to Halifax").Expect(200).At("/users/" + jon.ID + "/deactivation")
		phone.Visit("/me").At("/sign-in")
		done.In("#departure", "is out").Has("#departure[hx-get]", 1).In(".list", "14 open cases were handed over").In(".list", "Lucía Fernández Ortega: 14").In(".list", "1 session was ended").In("footer", "7 of 11 steps are done")
		seeOut(t, app)
		receipt := c.Visit("/users/"+jon.ID+"/deactivation").In(".alert-success", "Jon Okafor has left.").Has("#departure[hx-get]", 0).In("footer", "11 of 11 steps are done").Has(".list .status[data-status=ok]", 11).In(".list", "One-time links: none").In(".alert-success", "Reason: Moves to Halifax")
		receipt.Has(".person .status[data-status=inactive]", 1)
		var mail struct{ Recipient, Data string }
		if err := app.DB.In(t.Context()).Raw(`SELECT recipient, data FROM mails WHERE kind = 'departure-receipt'`).Scan(&mail).Error; err != nil ||
			mail.Recipient != apptest.Email("admin") || !strings.Contains(mail.Data, "Lucía Fernández Ortega (14)") {
			t.Errorf("%+v, %v", mail, err)
		}
		if got := c.Visit("/users/" + jon.ID + "/deactivation/new"); got.Path != "/users/"+jon.ID+"/deactivation" {
			t.Errorf("the sheet of one who has left is at %s", got.Path)
		}
		sheet.Submit("#departure-form", "way", "one", "successor", lucia.ID).Expect(422).In("#errors", "inactive already") // a second click

		// S1-33: back, with the history, without the sessions.
		back := c.Visit("/users/"+jon.ID).Follow("#user-menu a[href$='/activation/new']").In("dialog h2", "Reactivate Jon Okafor?")
		back.Submit("dialog form").In("[role=status]", "Jon Okafor is back").Has(".person .status[data-status=active]", 1)
		phone.Visit("/me").At("/sign-in")
		app.SignIn("consultant").Visit("/me").At("/me")
	})
}

// B-1: planned for the end of a day by the practice's clock, shown, and taken back; or carried out when its time comes.
func TestADepartureIsPlannedForADay(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		give(t, app, "consultant", 3)
		jon := app.Person("consultant")
		c := app.SignIn("admin")
		sheet := c.Visit("/users/"+jon.ID+"/deactivation/new").In("dialog", "Toronto").In("#way", "As things stand: Lucía Fernández Ortega: 3.")
		sheet.Submit("#departure-form", "way", "department", "when", "later", "last_day", "2026-11-20").Expect(422).In("#last-day-error", "This day is over").Has("input[name=way][value=department][checked]", 1)
		sheet.Submit("#departure-form", "way", "department", "when", "later", "last_day", "").Expect(422).In("#last-day-error", "Enter the last day")
		plan := func() *apptest.Page {
			return sheet.Submit("#departure-form", "way", "department", "when", "later", "last_day", "2026-11-30").Expect(200).
				In("#departure", "Jon Okafor leaves at the end of 30 November 2026.").In("#departure", "spread over the department").In("#departure .list", "Lucía Fernández Ortega: 3")
		}
		p := plan()
		c.Visit("/users/"+jon.ID).In("main", "Leaves at the end of 30 November 2026.")
		p.Follow("#departure a[href$='/delete']").In("dialog h2", "Cancel the departure of Jon Okafor?").Submit("dialog form").In("#departure", "has been cancelled")
		plan()
		app.Clock.Add(9*24*time.Hour + 14*time.Hour + 59*time.Minute) // 30 November, 23:59 in Toronto
		seeOut(t, app)
		app.SignIn("consultant").Visit("/me").At("/me")
		app.Clock.Add(time.Minute)
		seeOut(t, app)
		app.Visitor().Visit("/sign-in").Submit("form[action^='/sign-in']", "email", apptest.Email("consultant"), "password", apptest.Password).Expect(422)
		app.SignIn("admin").Visit("/users/"+jon.ID+"/deactivation").In(".alert-success", "has left").In(".list", "3 open cases were handed over")
	})
}

// S1-18: a plan that would be refused says so to whoever planned it, on the page and by mail, and clears by itself.
func TestAPlanThatBecomesImpossibleSaysSo(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		give(t, app, "consultant", 3)
		jon, lucia := app.Person("consultant"), app.Person("other")
		c := app.SignIn("admin")
		c.Visit("/users/"+jon.ID+"/deactivation/new").Submit("#departure-form", "way", "one", "successor", lucia.ID, "when", "later", "last_day", "2026-12-24").In("#departure", "All open cases go to Lucía")
		if _, err := app.Staff.Deactivate(t.Context(), access.System("test"), lucia.ID, staff.Plan{}); err != nil {
			t.Fatal(err)
		}
		blocked := func() (n int) {
			if err := app.DB.In(t.Context()).Raw(`SELECT count(*) FROM mails WHERE kind = 'departure-blocked' AND recipient = ?`, apptest.Email("admin")).Scan(&n).Error; err != nil {
				t.Fatal(err)
			}
			return n
		}
		for range 3 {
			app.Clock.Add(time.Hour)
			seeOutAt(t, app, jon.ID)
		}
		if blocked() != 1 {
			t.Errorf("%d mails", blocked())
		}
		c.Visit("/users/"+jon.ID+"/deactivation").In(".alert-warning", "blocked").In(".alert-warning", "is not active any more").In(".alert-warning", "Planned for the end of 24 December 2026").Has("#departure a[href$='/delete']", 1)
		c.Visit("/users/"+jon.ID).In(".alert-warning", "The planned departure is blocked.")
		if err := app.Staff.Reactivate(t.Context(), access.System("test"), lucia.ID); err != nil {
			t.Fatal(err)
		}
		seeOutAt(t, app, jon.ID)
		c.Visit("/users/"+jon.ID+"/deactivation").Has(".alert-warning", 0).In("#departure", "leaves at the end of 24 December 2026")
	})
}

// seeOutAt has the reconciler look at one person's departure, as it does within the hour, and at once when told.
func seeOutAt(t *testing.T, app *apptest.App, userID string) {
	t.Helper()
	d, err := app.Staff.Departure(t.Context(), access.System("test"), userID)
	if err != nil {
		t.Fatal(err)
	}
	r := &accounts.Reconciler{Staff: app.Staff, Signin: app.Signin, Notices: app.Notices, Post: app.Post, Now: app.Clock.Now}
	if _, err := r.Reconcile(t.Context(), accounts.Prefix+d.ID); err != nil {
		t.Fatal(err)
	}
}

// B-1: each case to someone of its own.
func TestCasesArePickedOneByOne(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		give(t, app, "consultant", 3)
		jon, lucia := app.Person("consultant"), app.Person("other")
		c := app.SignIn("admin")
		sheet := c.Visit("/users/"+jon.ID+"/deactivation/new").Follow("dialog a[href$='way=picked']").Has("select[name^=to-]", 3).Has(".picks li:first-child option", 5)
		field := sheet.Attr("select[name^=to-]", "name")
		bad := sheet.Submit("#departure-form", field, app.Person("inactive").ID, "successor", lucia.ID).Expect(422)
		bad.In("#"+field+"-error", "Private case: this colleague cannot").In("#errors a[href='#"+field+"']", "Private case")
		bad.Has("#successor option[selected][value='"+lucia.ID+"']", 1)
		bad = sheet.Submit("#departure-form", field, app.Person("paralegal").ID).Expect(422).Has("#successor[aria-invalid=true]", 1).Has("#errors a[href='#successor']", 1)
		bad.Has("#"+field+" option[selected][value='"+app.Person("paralegal").ID+"']", 1)
		sheet.Submit("#departure-form", field, app.Person("paralegal").ID, "successor", lucia.ID).Expect(200).In(".list", "Lucía Fernández Ortega: 2").In(".list", "Mireille Tremblay-Côté: 1")
	})
}

// S1-32: oneself is not offered, and refused; so is the last Super Admin.
func TestWhoCannotBeDeactivatedByThePage(t *testing.T) {
	app := apptest.One(t)
	c := app.SignIn("admin")
	c.Visit("/users/"+app.Person("admin").ID).Has("#user-menu a[href$='/deactivation/new']", 0)
	c.Visit("/users/"+app.Person("admin").ID+"/deactivation/new").Submit("#departure-form").Expect(422).In("#errors", "your own account")
	c.Visit("/users/"+app.Person("super").ID+"/deactivation/new").Expect(403).In("main", "Only another Super Admin")
	app.SignIn("consultant").Visit("/users/" + app.Person("other").ID + "/deactivation/new").Expect(403)
	c.Visit("/users/"+app.Person("inactive").ID+"/deactivation").In("#departure", "No departure of Arturo Salcedo is on record.")
}

// In a large practice the sheet lists some colleagues, and takes the others by their address.
func TestANewOwnerWhoIsNotListedIsNamedByAddress(t *testing.T) {
	app := apptest.One(t)
	give(t, app, "consultant", 2)
	for i := range 45 {
		u := hire(t, app, staff.NewUser{FirstName: "Zoe", LastName: fmt.Sprintf("Person %02d", i), Email: fmt.Sprintf("zoe%d@firm.example", i), RoleID: access.RoleConsultant})
		if err := app.Staff.SeedStatus(t.Context(), u.ID, staff.Active, nil); err != nil {
			t.Fatal(err)
		}
	}
	sheet := app.SignIn("admin").Visit("/users/"+app.Person("consultant").ID+"/deactivation/new").Has("#successor option", 31)
	sheet.Submit("#departure-form", "successor_email", "nobody@firm.example").Expect(422).In("#successor-email-error", "No colleague")
	sheet.Submit("#departure-form", "successor_email", apptest.Email("inactive")).Expect(422).In("#errors", "Arturo Salcedo is not active")
	sheet.Submit("#departure-form", "successor_email", "ZOE44@firm.example").Expect(200).In(".list", "Zoe Person 44: 2")
}
