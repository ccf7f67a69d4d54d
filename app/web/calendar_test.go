package web_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"chancery/app/access"
	"chancery/app/agenda"
	"chancery/app/apptest"
)

// appointment plans one of a cast member and returns its id. Days are of 2026, in Toronto.
func appointment(t *testing.T, app *apptest.App, who, caseID, title, starts, ends string) string {
	t.Helper()
	toronto, err := time.LoadLocation("America/Toronto")
	do(t, err)
	at := func(s string) time.Time {
		at, err := time.ParseInLocation("2006-01-02 15:04", s, toronto)
		do(t, err)
		return at
	}
	p, err := app.Agenda.Create(t.Context(), access.System("test"), agenda.Plan{CaseID: caseID, OwnerID: app.Person(who).ID, Title: title, Place: "Room 2", StartsAt: at(starts), EndsAt: at(ends), Zone: "America/Toronto"})
	do(t, err)
	return p.ID
}

// S0-18, S0-34: appointments stand on their days in the reader's zone, in a month, a week and a list, by what the address asks
// for; deadlines stand on their day, whatever the zone.
func TestTheCalendarShowsEachDayInTheReadersZone(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		id := caseOf(t, app, "consultant", false, "other")
		late := appointment(t, app, "consultant", id, "Call <b>", "2026-11-24 18:30", "2026-11-24 19:30")
		appointment(t, app, "consultant", "", "Over two days", "2026-11-26 15:00", "2026-11-28 10:00")
		appointment(t, app, "other", "", "Dentist", "2026-11-25 10:00", "2026-11-25 11:00")
		_, err := app.Agenda.SetDeadline(t.Context(), access.System("test"), id, "File the appeal", "2026-11-20")
		do(t, err)
		jon := app.SignIn("consultant")
		p := jon.Visit("/calendar").In("h2", "November 2026").Has(".days tbody tr", 5).Has(".days [aria-current=date][data-day='2026-11-21']", 1).Has("main li b b", 0)
		p.In("td:has([data-day='2026-11-24']) li b", "18:30 – 19:30").In("td:has([data-day='2026-11-24']) li", "Call <b>").In("td:has([data-day='2026-11-20']) [data-deadline]", "Overdue")
		p.In("td:has([data-day='2026-11-26']) b", "from 15:00").In("td:has([data-day='2026-11-27']) b", "all day").In("td:has([data-day='2026-11-28']) b", "until 10:00")
		p.Has("[name=person] option[selected][value='']", 1).Has(".nav [aria-current=page][href='/calendar']", 1).In("td:has([data-day='2026-11-01']) > small", "The clocks go back")
		if strings.Contains(p.Body, "Dentist") {
			t.Error("a colleague's own appointment is shown")
		}
		atMost(t, p, "7")
		p.Follow("[rel=next]").In("h2", "December 2026").Follow("[rel=prev]").In("h2", "November 2026")
		week := p.Follow(".tabnav a[href*=week]").In("h2", "15 November 2026 to 21 November 2026").Has(".days tbody td", 7)
		week.Follow("[rel=next]").In("h2", "22 November 2026 to 28 November 2026").In("td:has([data-day='2026-11-24']) li", "Kowalczyk")
		p.Follow("td:has([data-day='2026-11-24']) .day").Has(".agenda section", 4).In("#day-2026-11-24", "Tuesday 24 November 2026")
		jon.Visit("/calendar?person="+app.Person("other").ID).Has(".days li:not([data-deadline])", 0).Has("[name=person] option[selected][value='"+app.Person("other").ID+"']", 1)
		jon.Visit("/calendar?shape=list&person=all&case="+id+"&on=2026-11-01").Has(".agenda li", 2).In("main", "Show every case")
		jon.Visit("/calendar?on=never&shape=spiral&person=%27&case=x").In("h2", "November 2026")

		// The same hour is the next morning in Stockholm; a deadline's day is the same.
		run(t, app, `UPDATE users SET zone = 'Europe/Stockholm' WHERE id = ?`, app.Person("consultant").ID)
		p = jon.Visit("/calendar").In("td:has([data-day='2026-11-25']) li b", "00:30 – 01:30").Has("td:has([data-day='2026-11-24']) li", 0)
		p.In("td:has([data-day='2026-11-20']) [data-deadline]", "File the appeal")
		jon.Visit("/appointments/"+late).In("time", "Wednesday 25 November 2026, 00:30 – 01:30").In(".page-head .fine", "Tuesday 24 November 2026, 18:30 – 19:30")
	})
}

// S0-18: an hour that the clocks skip is refused with words; of one that they show twice the form asks which, and that is said
// wherever it is shown. An appointment is changed in its own zone, cancelled, and planned again.
func TestAppointmentsArePlannedByTheClocksOfTheirZone(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		id := caseOf(t, app, "consultant", false, "paralegal")
		jon := app.SignIn("consultant")
		form := jon.Visit("/cases/"+id+"/appointments").Follow("a[href^='/appointments/new']").Has("[name=people]", 4).Has("[name=which_starts]", 0)
		bad := form.Submit("#appointment-form", "title", "", "starts", "2027-03-14T02:30", "ends", "2027-03-14T01:00").Expect(422)
		bad.In("#starts-error", "On 14 March 2027 the clocks skip 02:30 in this time zone").In("#errors", "Begins: On 14 March 2027")
		bad.Submit("#appointment-form", "starts", "2027-03-14T03:30", "ends", "2027-03-14T03:00").Expect(422).In("#title-error", "Give it a title.").In("#ends-error", "The end must be after the beginning.")
		twice := form.Submit("#appointment-form", "title", "Night call", "starts", "2026-11-01T01:30", "ends", "2026-11-01T03:00").Expect(422)
		twice.In("#which-starts-error", "the clocks show 01:30 twice").Has("[name=which_starts]", 2)
		shown := twice.Submit("#appointment-form", "which_starts", "second").In("[role=status]", "The appointment is planned.").In(".page-head time", "01:30 (the second time) – 03:00")
		if at := shown.Attr(".page-head time", "datetime"); at != "2026-11-01T01:30:00-05:00" {
			t.Error(at)
		}
		edit := shown.Follow(".actions a[href$=edit]").Has("[name=which_starts][checked][value=second]", 1)
		other := jon.Visit(edit.Path)
		edit.Submit("#appointment-form", "starts", "2026-12-01T09:00", "ends", "2026-12-01T10:00", "place", "Room 1").In("[role=status]", "The appointment was changed.").In(".fields", "Room 1")
		stale := other.Submit("#appointment-form", "place", "Room 9").Expect(409).In("#place-stored", "Room 1").In("#starts-stored", "1 December 2026, 09:00")
		stale.Submit("#appointment-form", "starts", "2026-12-01T09:00", "ends", "2026-12-01T10:00").In(".fields", "Room 9")
		p := jon.Visit(strings.TrimSuffix(edit.Path, "/edit")).Follow(".actions a[href$='cancellation/new']").In("#dialog-title", "Cancel this appointment?")
		p = p.Submit("#cancel-form").In("[role=status]", "The appointment is cancelled.").Has(".actions a", 0)
		jon.Visit("/calendar?on=2026-12-01").Has(".days li", 0)
		jon.Visit("/cases/"+id+"/appointments").In("#coming .status", "Cancelled")
		jon.Visit(edit.Path).Submit("#appointment-form", "place", "Room 3").Expect(422).In("#errors", "cancelled")
		p.Submit("#restore").In("[role=status]", "planned again")
		jon.Visit("/calendar?on=2026-12-01").Has(".days li", 1)
	})
}

// ASVS 8.2.2: to an appointment of a case only those are asked who see it: the form offers nobody else, and says whom to add first. Whoever is asked is
// told behind the bell, and of what becomes of it; not who does it, and no word of a case to who no longer sees it.
func TestWhoIsAskedToAnAppointmentIsTold(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		id := caseOf(t, app, "consultant", false, "paralegal")
		run(t, app, `DELETE FROM bulletins`)
		jon, mireille := app.SignIn("consultant"), app.SignIn("paralegal")
		at := "/appointments/new?case=" + id
		form := jon.Visit(at)
		if form.Has("[name=people][value='"+app.Person("paralegal").ID+"']", 1).Doc.Find("[value='"+app.Person("other").ID+"']").Length() != 0 {
			t.Error("somebody is offered who does not see the case")
		}
		sent := url.Values{"_csrf": {form.Attr("input[name=_csrf]", "value")}, "case": {id}, "title": {"Review"}, "zone": {"UTC"}, "starts": {"2026-11-25T10:00"}, "ends": {"2026-11-25T11:00"}, "people": {app.Person("other").ID}}
		bad := jon.Do("POST", "/appointments", "application/x-www-form-urlencoded", sent.Encode(), nil).Expect(422)
		bad.In("#people", "Lucía Fernández Ortega does not see this case. Add them to the case first.").In("#errors", "Who else comes: Lucía")
		sent["people"], sent["owner"] = nil, []string{app.Person("other").ID}
		jon.Do("POST", "/appointments", "application/x-www-form-urlencoded", sent.Encode(), nil).Expect(422).In("#owner-error", "does not see this case")

		form.Submit("#appointment-form", "title", "Review", "people", app.Person("paralegal").ID).In("[role=status]", "The appointment is planned.")
		list := mireille.Visit("/bulletins").Has(".bulletins > li", 1).In(".bulletins > li.new", "Jon Okafor vous a invité à un rendez-vous dans 2026-0001")
		made := jon.Visit(mireille.Visit(list.Attr(".bulletins > li a", "href")).In("h1", "Review").Path)
		made.Follow(".actions a[href$=edit]").Submit("#appointment-form", "place", "Room 2")
		made.Follow(".actions a[href$='cancellation/new']").Submit("#cancel-form").Submit("#restore")
		mireille.Visit("/bulletins").Has(".bulletins > li", 4).In(".bulletins", "a déplacé un de vos rendez-vous dans 2026-0001").In(".bulletins", "a annulé un de vos rendez-vous dans 2026-0001").In(".bulletins", "a rétabli un de vos rendez-vous annulés dans 2026-0001")
		jon.Visit("/bulletins").Has(".bulletins > li", 0)

		do(t, app.Cases.RemoveMember(t.Context(), access.System("test"), id, app.Person("paralegal").ID))
		jon.Visit(made.Path).Follow(".actions a[href$=edit]").Submit("#appointment-form", "place", "Room 3")
		p := mireille.Visit("/bulletins").Has(".bulletins > li", 4).In(".bulletins", "Un rendez-vous a changé dans un dossier que vous ne voyez plus")
		if strings.Contains(p.Text(".bulletins"), "2026-0001") {
			t.Error(p.Text(".bulletins"))
		}
		mireille.Visit(list.Attr(".bulletins > li a", "href")).Expect(404)

		alone := jon.Visit("/appointments/new").Has("[name=people][value='"+app.Person("other").ID+"']", 1)
		alone.Submit("#appointment-form", "title", "Lunch", "people", app.Person("other").ID)
		lucia := app.SignIn("other")
		told := lucia.Visit("/bulletins").In(".bulletins > li.new", "Jon Okafor le invitó a una cita")
		lucia.Visit(told.Attr(".bulletins > li a", "href")).In("h1", "Lunch")
	})
}

// ASVS 8.2.2: the calendar says nothing of a case that one does not see, nor of another's own; and nothing is planned there. Whatever has
// an address of its own: foreign_test.go.
func TestTheCalendarShowsNothingForeign(t *testing.T) {
	app := apptest.One(t)
	id := caseOf(t, app, "consultant", true)
	appointment(t, app, "consultant", id, "Secret", "2026-11-24 18:30", "2026-11-24 19:30")
	appointment(t, app, "consultant", "", "Doctor", "2026-11-25 18:30", "2026-11-25 19:30")
	for _, who := range []string{"other", "admin"} {
		c := app.SignIn(who)
		token := c.Visit("/me").Attr("input[name=_csrf]", "value")
		if body := c.Visit("/calendar?person=all").Body + c.Visit("/calendar?person="+app.Person("consultant").ID).Body; strings.Contains(body, "Secret") || strings.Contains(body, "Doctor") {
			t.Errorf("%s sees it in the calendar", who)
		}
		c.Visit("/calendar?case=" + id).Expect(404)
		c.Visit("/appointments/new?case=" + id).Expect(404)
		c.Do("POST", "/appointments", "application/x-www-form-urlencoded", "_csrf="+token+"&title=Mine&zone=UTC&starts=2026-11-24T10:00&ends=2026-11-24T11:00&case="+id, nil).Expect(404)
	}
	app.SignIn("accountant").Visit("/calendar").Expect(403)
}

// What is due in a case is set, moved and done on its page.
func TestDeadlinesAreLookedAfterOnTheCase(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		id := caseOf(t, app, "consultant", false)
		c := app.SignIn("consultant")
		at := "/cases/" + id + "/appointments"
		form := c.Visit(at).In("main", "No deadline is set.").Follow("a[href$='deadlines/new']")
		form.Submit("#case-form", "title", "", "due_on", "2026-02-30").Expect(422).In("#title-error", "Give it a title.").In("#due-on-error", "Choose a day.")
		p := form.Submit("#case-form", "title", "File the appeal", "due_on", "2026-11-19").In("[role=status]", "The deadline is set.").In("#deadlines", "Thursday 19 November 2026").In("#deadlines", "Overdue")
		atMost(t, p, "10")
		edit := p.Follow("#deadlines a[href$=edit]")
		other := c.Visit(edit.Path)
		p = edit.Submit("#case-form", "due_on", "2026-12-19").Has("#deadlines .status", 0)
		other.Submit("#case-form", "due_on", "2026-12-20").Expect(409).In("#due-on-stored", "2026-12-19")
		p = p.Submit("#deadlines form").In("[role=status]", "It is done.").In("#deadlines", "Done on 21 November 2026").Has("#deadlines a", 0)
		p.Submit("#deadlines form").In("[role=status]", "It is to be done again.")
		c.Visit("/cases/"+id+"/history").In(".log", "Deadline met").In(".log", "19 November 2026")
		run(t, app, `UPDATE users SET role_id = 'viewer' WHERE id = ?`, app.Person("consultant").ID)
		c.Visit(at).Has("#deadlines li", 1).Has("#deadlines form", 0).Has("#deadlines a", 0)
	})
}

// S1-24: who sees invoices, writes them, sees payments and records them are four rights; "Collections" adds them to whoever has a
// case. Amounts are written as the reader's language does; nothing goes away.
func TestBillingIsARightOfItsOwn(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		id := caseOf(t, app, "consultant", false, "accountant")
		at := "/cases/" + id + "/billing"
		jon := app.SignIn("consultant")
		jon.Visit("/cases/"+id).Has(".tabnav a[href$=billing]", 0)
		jon.Visit(at).Expect(403)
		peter := app.SignIn("accountant")
		form := peter.Visit(at).In(".empty", "No invoices yet").Follow("a[href$='invoices/new']")
		form.Submit("#case-form", "number", "", "amount", "much", "due_on", "2026-01-01").Expect(422).In("#number-error", "Fill this in.").In("#errors", "Number: Fill this in.").In("#amount-error", "This is no amount in CAD. Write it like 1250.50.").In("#due-on-error", "must not be before")
		form.Submit("#case-form", "number", "F-1", "amount", "1.500", "currency", "CAD").Expect(422).In("#amount-error", "“1.500” can be read in two ways. Write the amount like 1250.50.")
		form.Submit("#case-form", "number", "F-1", "amount", "1.5", "currency", "JPY").Expect(422).In("#amount-error", "JPY has no cents").In("#errors", "Amount: JPY has no cents")
		form.Submit("#case-form", "number", "F-1", "amount", "0", "currency", "JPY").Expect(422).In("#amount-error", "Give an amount above zero.")
		p := form.Submit("#case-form", "number", "F-1", "amount", "1,250.5", "currency", "CAD").In("[role=status]", "The invoice was written.").In("article header", "CAD 1,250.50").In("article .status", "Open")
		atMost(t, p, "10")
		pay := p.Follow("a[href$='payments/new']").In("main", "CAD 1,250.50 is still to be paid")
		pay.Submit("#case-form", "amount", "2000", "method", "card").Expect(422).In("#amount-error", "Only CAD 1,250.50 is still to be paid.")
		pay.Submit("#case-form", "amount", "5", "method", "card", "received_on", "2026-11-23").Expect(422).In("#received-on-error", "This day has not come yet.")
		p = pay.Submit("#case-form", "amount", "250.50", "method", "card", "note", "<b>first").In("[role=status]", "recorded").In("article li", "CAD 250.50").In("article li", "Peter Lindqvist").In(".facts", "CAD 1,000.00").Has("a[href$='voiding/new']", 0)
		p = p.Follow("a[href$='reversal/new']").In("#case-form", "CAD 250.50 of 21 November 2026 no longer counts").Submit("#case-form").In("article li", "Reversed on 21 November 2026")
		run(t, app, `UPDATE users SET language = 'fr' WHERE id = ?`, app.Person("accountant").ID)
		french := peter.Visit(at).Follow("a[href$='payments/new']").In("main", "1 250,50 CAD")
		if typed := french.Attr("#amount", "value"); typed != "1250,50" {
			t.Errorf("filled in as %q", typed)
		}
		french.Submit("#case-form", "amount", "1,250", "method", "card").Expect(422).In("#amount-error", "deux façons")
		french.Submit("#case-form", "amount", "2 500,25 $", "method", "card").Expect(422).In("#amount-error", "1 250,50 CAD")
		run(t, app, `UPDATE users SET language = 'en' WHERE id = ?`, app.Person("accountant").ID)
		p.Follow("a[href$='voiding/new']").Submit("#case-form").In("article .status", "Void").Has("article a", 0)
		run(t, app, `UPDATE users SET language = 'fr' WHERE id = ?`, app.Person("accountant").ID)
		peter.Visit(at).In("article header", "1 250,50 CAD")
		peter.Visit("/cases/"+id+"/history").In(".log", "250,50 CAD")

		run(t, app, `INSERT INTO user_profiles (user_id, profile_id, created_at) VALUES (?, 'collections', ?)`, app.Person("consultant").ID, app.Clock.Now())
		jon.Visit(at).Has("article", 1).Has("a[href$='invoices/new']", 1)
		run(t, app, `DELETE FROM user_profiles WHERE user_id = ?`, app.Person("consultant").ID)
		run(t, app, `UPDATE users SET role_id = 'manager' WHERE id = ?`, app.Person("consultant").ID)
		jon.Visit(at).Has("article li", 1).Has("article a", 0).Has("a[href$='invoices/new']", 0) // sees both, changes neither
	})
}

// ASVS 8.2.2: an invoice, a payment or a deadline is reached by its own case alone, also by who sees both.
func TestABillIsReachedByItsOwnCaseAlone(t *testing.T) {
	app := apptest.One(t)
	mine, other := caseOf(t, app, "consultant", false, "accountant"), caseOf(t, app, "other", false)
	d, err := app.Agenda.SetDeadline(t.Context(), access.System("test"), other, "Theirs", "2026-12-01")
	do(t, err)
	super := app.SignIn("super")
	p := super.Visit("/cases/"+other+"/invoices/new").Submit("#case-form", "number", "F-9", "amount", "10")
	pay := p.Attr("a[href$='payments/new']", "href")
	void := p.Attr("a[href$='voiding/new']", "href")
	p = super.Visit(pay).Submit("#case-form", "method", "cash")
	reverse := p.Attr("a[href$='reversal/new']", "href")
	for _, path := range []string{pay, void, reverse, "/cases/" + other + "/deadlines/" + d.ID + "/edit"} {
		super.Visit(path).Expect(200)
		super.Visit(strings.Replace(path, other, mine, 1)).Expect(404)
		app.SignIn("accountant").Visit(strings.Replace(path, other, mine, 1)).Expect(map[bool]int{true: 403, false: 404}[strings.Contains(path, "deadlines")])
	}
}

// S3-25: what a client answered is shown with what all answers come to, and added by who may edit the case.
func TestScoresOfACase(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		id := caseOf(t, app, "consultant", false)
		c := app.SignIn("consultant")
		form := c.Visit("/cases/"+id+"/scores").In(".empty", "No answers yet").Follow("a[href$='scores/new']")
		form.Submit("#case-form", "comment", "Fine").Expect(422).In("#score-error", "A score is from 0 to 10.")
		p := form.Submit("#case-form", "score", "10", "comment", "Great <b>work")
		form.Submit("#case-form", "score", "6")
		form.Submit("#case-form", "score", "9")
		p = c.Visit(p.Path).In(".facts dd", "33").In(".facts small", "3 answers").Has("main .list li", 3).In(".list", "Great <b>work").In(".list li:nth-child(2)", "Detractor")
		atMost(t, p, "9")
		run(t, app, `UPDATE users SET role_id = 'viewer' WHERE id = ?`, app.Person("consultant").ID)
		c.Visit("/cases/"+id+"/scores").Has("a[href$='scores/new']", 0)
	})
}

// S0-33, S0-1, S0-15: the card beside a name says who somebody is and how to reach them, to any colleague, as far as they let it be
// seen; it is small, and without script the name leads to their page.
func TestACardOpensWhereverAPersonIsNamed(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		other := app.Person("other")
		run(t, app, `UPDATE users SET bio = ?, cell = '+14165550111', cell_hidden = ?, office = '+14165550100;ext=12' WHERE id = ?`, "Family <b>law\nand more", true, other.ID)
		c := app.SignIn("accountant")
		p := c.Fragment("GET", "/colleagues/"+other.ID+"/card", "/colleagues", nil).Expect(200).In(".person", "Lucía Fernández Ortega").In(".muted", "Family <b>law").Has("b", 0).Has("a[href^='tel:']", 1).Has("a[href='/users/"+other.ID+"']", 1).Has("a[href^='/calendar']", 0)
		if strings.Contains(p.Body, "0111") || strings.Contains(p.Body, "and more") || len(p.Body) > 2500 {
			t.Errorf("%d bytes: %s", len(p.Body), p.Body)
		}
		atMost(t, p, "3")
		app.SignIn("consultant").Fragment("GET", "/colleagues/"+other.ID+"/card", "/colleagues", nil).Has("a[href='/calendar?person="+other.ID+"']", 1)
		c.Fragment("GET", "/colleagues/"+app.Person("inactive").ID+"/card", "/colleagues", nil).In(".status", "No longer works here")
		c.Visit("/colleagues/" + other.ID + "/card").At("/users/" + other.ID)
		c.Fragment("GET", "/colleagues/nobody/card", "/colleagues", nil).Expect(404)
	})
}
