package web_test

import (
	"strings"
	"testing"
	"time"

	"chancery/app/access"
	"chancery/app/apptest"
	"chancery/app/billing"
	"chancery/app/cases"
)

// caseOf begins a case of a cast member and returns its id.
func caseOf(t *testing.T, app *apptest.App, who string, private bool, members ...string) string {
	t.Helper()
	actor := access.System("test")
	k, err := app.Cases.Create(t.Context(), actor, cases.NewCase{Title: "Work permit <b>&", NewClient: &cases.NewClient{Name: "Kowalczyk, Aneta"}, OwnerID: app.Person(who).ID, Private: private})
	do(t, err)
	for _, m := range members {
		do(t, app.Cases.AddMember(t.Context(), actor, k.ID, app.Person(m).ID))
	}
	return k.ID
}

// atMost holds a page against the statements that it may cost.
func atMost(t *testing.T, p *apptest.Page, most string) {
	t.Helper()
	if n := p.Header.Get("X-Statements"); len(n) > len(most) || len(n) == len(most) && n > most {
		t.Errorf("%s costs %s statements, %s at most", p.Path, n, most)
	}
}

// S0-31, S0-32, ASVS 8.2.2: the list has what the reader sees, by what its address asks for.
func TestCasesAreListed(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		give(t, app, "consultant", 30) // the first is private
		give(t, app, "other", 3)
		do(t, app.Cases.Close(t.Context(), access.System("test"), caseOf(t, app, "consultant", false), 0))
		jon := app.SignIn("consultant")
		p := jon.Visit("/cases").In("#cases [role=status]", "30 cases").Has("tbody tr", 25).Has("tbody .tag", 0).Has("nav a[href='/cases'][aria-current=page]", 1)
		p.Has("main td b b, main th b", 0).Has("#bulk", 0).Has("[name=mine]", 0)
		atMost(t, p, "7")
		p.Follow("a[rel=next]").Has("tbody tr", 5)
		jon.Visit("/cases?status=any").In("#cases [role=status]", "31 cases")
		jon.Visit("/cases?status=closed").Has("tbody tr", 1).In("tbody .tag", "Closed")
		jon.Visit("/cases?q=lucia").Has("tbody tr", 0).In("#cases .empty", "No case matches “lucia”").Follow("#cases .empty a").At("/cases")
		jon.Visit("/cases?q=mr-consultant-00001+jon").Has("tbody tr", 1).In("tbody .tag", "Private")
		jon.Visit("/cases?stage=Gathering&unread=1").Has("tbody tr", 0).In("#cases .empty h2", "No case matches these filters").Has("[name=stage] [selected][value=Gathering]", 1).Has("[name=unread] [selected]", 1)

		admin := app.SignIn("admin")
		p = admin.Visit("/cases").In("#cases [role=status]", "31 cases").Has("#bulk", 1).Has("[name=mine]", 1).Has("tbody [name=id]", 25) // 29 and 2
		p.Has("[name=owner] option", 3)
		admin.Visit("/cases?mine=1").Has("tbody tr", 0)
		admin.Visit("/cases?owner="+app.Person("other").ID).Has("tbody tr", 2)
		admin.Visit("/cases?department=none&size=50").Has("tbody tr", 31).Has(".pager a[aria-current]", 1)
		super := app.SignIn("super")
		first := func(p *apptest.Page) string { return p.Text("tbody tr:first-child th a") }
		p = super.Visit("/cases?sort=number").Has("th[aria-sort=ascending]", 1)
		if first(p) != "MR-consultant-00001" {
			t.Error(first(p))
		}
		if p = p.Follow("th[aria-sort] a"); p.Path != "/cases?sort=-number" || first(p) != "MR-other-00003" {
			t.Error(p.Path, first(p))
		}
		if at := super.Fragment("GET", "/cases?q=&status=open&owner=&sort=-opened&stage=&department=&unread=", "/cases", nil).Has("tbody tr", 25).Header.Get("HX-Replace-Url"); at != "/cases" {
			t.Error(at)
		}
	})
}

// D-1, B-16: a field is changed in its row; what another has changed meanwhile is shown with both values.
func TestACaseIsEditedInItsPlace(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		id := caseOf(t, app, "consultant", false)
		_, err := app.Cases.CreateStage(t.Context(), access.System("test"), "Filed")
		do(t, err)
		c := app.SignIn("consultant")
		p := c.Visit("/cases/"+id).In("h1", "Kowalczyk, Aneta: Work permit <b>&").Has("main b b", 0).Has("#details > div", 5).Has(".tabnav a", 6)
		atMost(t, p, "6")
		form := p.Follow("#details a[href$='title/edit']").Has("#title-form", 1)
		other := c.Visit("/cases/" + id + "/fields/title/edit")
		form.Submit("#title-form", "title", "").Expect(422).In("#title-error", "Write 1 to 200 characters.")
		done := form.SubmitFragment("#title-form", "title", "Study permit").Expect(200).In("#title-shown", "Study permit").Has(".just-saved", 1)
		if !strings.Contains(done.Body, `hx-target="#case-line"`) || !strings.Contains(done.Body, "Kowalczyk, Aneta: Study permit") {
			t.Error(done.Body)
		}
		stale := other.Submit("#title-form", "title", "Visitor record").Expect(409).In("#title-stored", "Study permit")
		stale.Submit("#title-form", "title", "Visitor record").At("/cases/"+id).In("[role=status]", "Saved.").In("h1", "Visitor record")
		c.Visit("/cases/"+id+"/fields/stage/edit").Submit("#stage-form", "stage", "Filed").In(".page-head .status", "Filed")
		c.Visit("/cases/"+id+"/fields/private/edit").Submit("#private-form", "private", "true").In(".page-head .tag", "Private")
		c.Visit("/cases/" + id + "/fields/nothing/edit").Expect(404)
		admin := app.SignIn("admin")
		admin.Visit("/cases/" + id).Expect(404)
		run(t, app, `UPDATE cases SET private = ?`, false)
		admin.Visit("/cases/"+id+"/fields/private/edit").Submit("#private-form", "private", "true").Expect(422).In("[role=alert]", "Add yourself first")
		app.SignIn("accountant").Visit("/cases/" + id).Expect(404)
		run(t, app, `UPDATE users SET role_id = 'viewer' WHERE id = ?`, app.Person("consultant").ID)
		c.Visit("/cases/"+id).Has("#details > div", 5).Has("#details a", 0).Has(".page-head .btn", 0)
	})
}

// A case is begun from its form: for a new client, or for whom the name means; by what is wrong all at once.
func TestACaseIsBegunFromItsForm(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		c := app.SignIn("consultant")
		form := c.Visit("/cases").Follow(".page-head a").At("/cases/new").Has("#owner option[selected][value='"+app.Person("consultant").ID+"']", 1).Has("#stage option[selected][value='']", 1)
		form.Submit("#case-form", "client_name", "", "title", "", "number", strings.Repeat("1", 41)).Expect(422).Has("#errors li", 3).Has("[aria-invalid=true]", 3)
		p := form.Submit("#case-form", "client_name", "Núñez, Iván", "title", "Refugee claim", "private", "true").Expect(200).In("h1", "Núñez, Iván: Refugee claim").In("[role=status]", "The case is there.")
		p.In(".page-head .tag", "Private").In("aside .person", "Jon Okafor").In(".page-head p", "2026-0001")

		again := form.Submit("#case-form", "client_name", "nunez", "title", "Appeal").Expect(422).In("#client-error", "Choose which client").Has("#client-choices input", 2).In("#client-choices", "New client: nunez")
		again.Submit("#case-form", "client", again.Attr("#client-choices input", "value")).Expect(200).In("h1", "Núñez, Iván: Appeal")
		again.Submit("#case-form", "client", "new").Expect(200).In("h1", "nunez: Appeal")
		again.Submit("#case-form", "client", "another").Expect(422).In("#client-error", "Choose the client")
		c.Fragment("GET", "/clients?client_name=nu", "/cases/new", nil).Has("#client-choices input", 3).Has("form", 0)
		c.Fragment("GET", "/clients?client_name=", "/cases/new", nil).Has("#client-choices[hidden]", 1)
		c.Visit("/clients?client_name=nunez").In("h1", "New case").Has("#client-choices input", 3)
		// another, who sees none of these, is told of none
		app.SignIn("other").Fragment("GET", "/clients?client_name=iv", "/cases/new", nil).Has("#client-choices input", 2)
		app.SignIn("paralegal").Visit("/cases/new").Expect(403)
		_, err := app.Cases.CreateStage(t.Context(), access.System("test"), "Intake")
		do(t, err)
		form = c.Visit("/cases/new").Has("#stage option[selected][value=Intake]", 1) // a case begins at the beginning
		form.Submit("#case-form", "client_name", "", "stage", "").Expect(422).Has("#stage option[selected][value='']", 1)
	})
}

// S3-18, S3-25, V-4: who works on a case, and who is told of it.
func TestMembersAndBell(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		id := caseOf(t, app, "consultant", false)
		c := app.SignIn("consultant")
		add := c.Visit("/cases/" + id).Follow("aside a[href$='members/new']")
		add.Submit("#case-form", "member", "").Expect(422).In("#member-error", "Choose someone who works here.")
		p := add.Submit("#case-form", "member", app.Person("paralegal").ID).At("/cases/"+id).In("main aside li", "Mireille Tremblay-Côté")
		p.Follow("aside a[href$='members/new']").Has("#member option[value='"+app.Person("paralegal").ID+"']", 0)
		m := app.SignIn("paralegal")
		run(t, app, `UPDATE users SET language = 'en' WHERE id = ?`, app.Person("paralegal").ID)
		number := one(t, app, `SELECT number FROM cases WHERE id = '`+id+`'`)
		told := m.Visit("/bulletins").In(".bulletins > li.new", "Jon Okafor added you to "+number)
		m.Visit(told.Attr(".bulletins > li.new a", "href")).At("/cases/" + id)
		bell := m.Visit("/cases/"+id).Has("#case-bell [aria-pressed=true]", 1)
		bell.Submit("#case-bell").At("/cases/"+id).Has("#case-bell [aria-pressed=false]", 1)
		bell.SubmitFragment("#case-bell").Has("#case-bell [data-focus]", 1)
		p.Follow("main aside li a.btn").In("h2", "Mireille Tremblay-Côté").Submit("#case-form").In("[role=status]", "no longer on the case").Has("main aside li", 0)
		m.Visit("/cases/" + id).Expect(404)
		m.Visit("/bulletins").In(".bulletins", "You were added to a case that you do not see now").Has(".bulletins > li.new", 0)
		app.SignIn("super").Visit("/cases/"+id).Has("#case-bell", 0)
	})
}

// S1-13, S1-17, S1-18: a case is given away, closed with its owner, and taken up by someone who works here.
func TestACaseChangesHands(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		id, lucia := caseOf(t, app, "consultant", false), app.Person("other").ID
		c := app.SignIn("admin")
		give := c.Visit("/cases/" + id).Follow(".actions a[href$='owner/edit']")
		give.Submit("#case-form", "to", "").Expect(422).In("#to-error", "Choose who takes the cases over.")
		give.Submit("#case-form", "to", lucia).At("/cases/"+id).In("aside .person", "Lucía Fernández Ortega").In("[role=status]", "reassigned")
		closing := c.Visit("/cases/" + id).Follow(".actions a[href$='closure/new']")
		give = c.Visit("/cases/" + id + "/owner/edit")
		closing.Has("dialog .alert-warning", 0)
		run(t, app, `INSERT INTO appointments (id, case_id, owner_id, title, starts_at, ends_at, zone, created_by, created_at, updated_at) VALUES ('a', ?, ?, 'Review', ?, ?, 'UTC', 'x', ?, ?)`, id, lucia, app.Clock.Now().Add(time.Hour), app.Clock.Now().Add(2*time.Hour), app.Clock.Now(), app.Clock.Now())
		_, err := app.Billing.Issue(t.Context(), access.System("test"), billing.Draft{CaseID: id, Number: "I-1", Currency: "CAD", Amount: 100, IssuedOn: "2026-11-01", DueOn: "2026-12-01"})
		do(t, err)
		c.Visit("/cases/"+id+"/closure/new").In("dialog .alert-warning", "1 appointment is still planned.").In("dialog .alert-warning", "1 invoice is not paid yet.").Has("dialog .alert-warning li", 2)
		app.SignIn("other").Visit("/cases/"+id+"/closure/new").Has("dialog .alert-warning li", 1).In("dialog .alert-warning", "1 cita") // sees no invoices
		closing.Submit("#case-form").In(".page-head .status", "Closed on 21 November 2026").Has(".actions a[href$='owner/edit']", 0)
		c.Visit("/cases/"+id).Has("aside .panel", 3) // nothing comes next
		c.Visit("/cases/"+id+"/appointments").Has("main a[href^='/appointments/new']", 0).Has("#coming li", 1)
		// a closed case keeps its owner, whoever is named
		give.Submit("#case-form", "to", app.Person("consultant").ID).Expect(422).In("#errors", "The case is closed. Reopen it first.").Has("#to", 0).Has("#case-form button", 0)
		c.Visit("/cases/"+id+"/owner/edit").Expect(422).In("#errors", "The case is closed.").In("#dialog-text", "stay with Lucía")
		c.Visit("/cases/"+id).In("aside .person", "Lucía Fernández Ortega")
		run(t, app, `UPDATE users SET status = 'INACTIVE' WHERE id = ?`, lucia)
		p := c.Visit("/cases/"+id).In("aside .person small", "").In("aside .person", "No longer works here")
		open := p.Follow(".actions a[href$='closure/delete']")
		open.Submit("#case-form", "owner", "").Expect(422).Has("#owner[aria-invalid=true]", 1)
		open.Submit("#case-form", "owner", app.Person("consultant").ID).Has(".page-head .status", 0).In("aside .person", "Jon Okafor")
		// one who gives away what they do not see then is led to the list
		run(t, app, `UPDATE users SET role_id = 'manager', status = 'ACTIVE' WHERE id = ?`, lucia)
		run(t, app, `UPDATE cases SET private = ?, owner_id = ?`, true, lucia)
		app.SignIn("other").Visit("/cases/"+id+"/owner/edit").Submit("#case-form", "to", app.Person("consultant").ID).In("[role=status]", "Se reasignó 1 caso a Jon Okafor.")
	})
}

// S1-17, B-17: several are given away at once, after it was shown what would come of it; others than were shown are not.
func TestSeveralCasesAreReassigned(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		give(t, app, "consultant", 40)
		give(t, app, "other", 2)
		lucia := app.Person("other").ID
		c := app.SignIn("super")
		c.Visit("/cases?sort=number").In("#bulk label", "All 42 that match").Has("#bulk[action='/cases/reassignment/new'] [name=back][value='/cases?sort=number']", 1)
		ask := "/cases/reassignment/new?back=%2Fcases%3Fsort%3Dnumber"
		c.Visit(ask).Expect(422).In("#errors", "Select at least one case").Has("#bulk-confirm", 0)
		c.Visit(ask+"&all=1").Has("#bulk-confirm", 0).In(".page-head", "42 cases are selected.").Has("#bulk-form [name=all]", 1)
		p := c.Visit(ask+"&all=1&to="+lucia).Expect(200).In("#rows-title + p", "40 cases go to Lucía Fernández Ortega. 2 stay as they are.").Has("tbody tr", 42).Has("tbody [data-status=inactive]", 2)
		atMost(t, p, "9")
		caseOf(t, app, "consultant", false) // meanwhile
		p.Submit("#bulk-confirm").Expect(422).In("#errors", "Other cases match now")
		p = c.Visit(ask+"&all=1&to="+lucia).Submit("#bulk-confirm").In("[role=status]", "41 cases were reassigned to Lucía")
		if p.Path != "/cases?count=41&notice=moved&sort=number&to="+lucia {
			t.Error(p.Path)
		}
		ids := c.Visit("/cases?sort=number&size=50").Attr("tbody [name=id]", "value")
		c.Visit("/cases/reassignment/new?id="+ids+"&to="+lucia).In("#rows-title + p", "0 cases go to").Has("#bulk-confirm", 0)
		run(t, app, `UPDATE users SET status = 'INACTIVE' WHERE id = ?`, app.Person("paralegal").ID)
		app.SignIn("consultant").Visit("/cases/reassignment/new?id=" + ids).Expect(403)
	})
}

// S1-14: a case says who did what, in words; and where they were is for those who look after accounts.
func TestACaseHasAHistory(t *testing.T) {
	app := apptest.One(t)
	id := caseOf(t, app, "consultant", false, "paralegal")
	c := app.SignIn("consultant")
	c.Visit("/cases/"+id+"/fields/title/edit").Submit("#title-form", "title", "Study permit")
	p := c.Visit("/cases/"+id).Follow(".tabnav a[href$=history]").Has(".log li", 3).In(".log li:first-child", "Case changed").In(".log li:first-child", "Matter").In(".log li:first-child ins", "Study permit")
	p.In(".log li:nth-child(2)", "Mireille Tremblay-Côté").Has(".log a[href^='/users/']", 1)
	if strings.Contains(p.Text(".log"), "127.0.0.1") || strings.Contains(p.Text(".log"), "0.0.0.0") {
		t.Error(p.Text(".log"))
	}
	atMost(t, p, "7")

	// who reads the practice's history reads no word of a private case, nor of a client who has no other
	admin := app.SignIn("admin")
	admin.Visit("/history").In(".log", "Study permit").In(".log", "Kowalczyk")
	run(t, app, `UPDATE cases SET private = ?`, true)
	if p := admin.Visit("/history").In(".log", "Case changed").In(".log", "Client created"); strings.Contains(p.Text(".log"), "permit") || strings.Contains(p.Text(".log"), "Kowalczyk") || strings.Contains(p.Text(".log"), "2026-0001") {
		t.Error(p.Text(".log"))
	}
	if p := admin.Visit("/history.csv"); strings.Contains(p.Body, "permit") || strings.Contains(p.Body, "Kowalczyk") {
		t.Error(p.Body)
	}
	app.SignIn("super").Visit("/history").In(".log", "Study permit")
}

// A client's page has the cases that the reader sees, and their data for who may edit.
func TestAClientHasAPage(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		id := caseOf(t, app, "consultant", false)
		c := app.SignIn("consultant")
		p := c.Visit("/cases/"+id).Follow("aside .kv a").In("h1", "Kowalczyk, Aneta").Has("tbody tr", 1)
		atMost(t, p, "5")
		edit := p.Follow(".page-head a")
		other := c.Visit(edit.Path)
		edit.Submit("#client-form", "email", "nobody").Expect(422).In("#email-error", "one complete e-mail address")
		edit.Submit("#client-form", "name", "Nowak, Aneta", "phone", "+1 416 555 0111").In("h1", "Nowak, Aneta").In(".kv", "+1 416 555 0111")
		other.Submit("#client-form", "name", "Kowalczyk-Nowak, Aneta").Expect(409).In("#name-stored", "Nowak, Aneta")
		other.Submit("#client-form", "language", "fr").In("h1", "Nowak, Aneta").In(".kv", "Français") // what another changed stays
		c.Visit("/cases?q=5550111").Has("tbody tr", 1)
		app.SignIn("other").Visit(p.Path).Expect(404)
	})
}

// The practice's stages are created, renamed, put in order and removed.
func TestStagesAreLookedAfter(t *testing.T) {
	app := apptest.One(t)
	c := app.SignIn("admin")
	p := c.Visit("/stages").In(".empty", "No stages yet")
	for _, name := range []string{"Gathering", "Filed"} {
		p = p.Follow(".page-head a").Submit("#name-form", "name", name).At("/stages").In("[role=status]", "The stage was created.")
	}
	p.Follow(".page-head a").Submit("#name-form", "name", "filed").Expect(422).In("#name-error", "There is a stage called Filed already.")
	p = p.Submit("tbody tr:last-child form").At("/stages").In("tbody tr:first-child th", "Filed").In("tbody tr:first-child th", "1 of 2")
	p = p.Follow("tbody tr:first-child a[href$=edit]").Submit("#name-form", "name", "Submitted").In("tbody tr:first-child th", "Submitted")
	give(t, app, "consultant", 2)
	used := c.Visit("/stages").In("tbody tr:last-child td", "2 cases").Follow("tbody tr:last-child a[href$=delete]").In("#dialog-text", "Gathering still has 2 cases")
	used.Has("button.btn-error", 0)
	p.Follow("tbody tr:first-child a[href$=delete]").Submit("#stage-delete").At("/stages").Has("tbody tr", 1)
	app.SignIn("consultant").Visit("/stages").Expect(403)
}
