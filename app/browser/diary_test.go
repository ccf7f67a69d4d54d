package browser

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/jpeg"
	"strings"
	"testing"
	"time"

	"chancery/app/access"
	"chancery/app/agenda"
	"chancery/app/apptest"
	"chancery/app/apptest/chrome"
	"chancery/app/billing"
	"chancery/app/cases"
)

// TestEveryPageOfTheDiaryIsSoundOnEveryScreen looks at the calendar, at what a case has of dates, money and scores, at the search
// and at the cards of people, as pages_test.go does at all others: empty, full, and with each of their dialogs open.
func TestEveryPageOfTheDiaryIsSoundOnEveryScreen(t *testing.T) {
	everyLanguage(t, func(t *testing.T, lang string, screens []string) {
		app := practice(t)
		furnish(t, app, lang)
		bare := desk(t, app, "MR-2026-0100", "other", "consultant", 0)
		k := busy(t, app)
		at := "/cases/" + k
		emptyPages := []page{
			{"case-appointments-none", func(s *scene) { s.Visit("/cases/"+bare+"/appointments").Sees("#deadlines-title", "") }},
			{"case-billing-none", func(s *scene) { s.Visit("/cases/"+bare+"/billing").Sees(".empty", "") }},
			{"case-scores-none", func(s *scene) { s.Visit("/cases/"+bare+"/scores").Sees(".empty", "") }},
			{"calendar-none", func(s *scene) { s.Visit("/calendar?shape=list&on=2031-01-01").Sees(".empty", "") }},
			{"search-start", func(s *scene) { s.Visit("/search").Sees(".empty", "") }},
			{"search-none", func(s *scene) { s.Visit("/search?q=nothing-at-all").Sees(".empty", "") }},
		}
		tour(t, app, lang, screens, "super", emptyPages)
		one := diary(t, app, k)
		dialog := func(path, link string) func(*scene) {
			return func(s *scene) { asked(link)(&scene{s.Visit(path), s.t, s.app}) }
		}
		tour(t, app, lang, screens, "consultant", []page{
			{"calendar", func(s *scene) { s.Visit("/calendar").Sees(".days", "") }},
			{"calendar-week", func(s *scene) { s.Visit("/calendar?shape=week").Sees(".days", "") }},
			{"calendar-list", func(s *scene) { s.Visit("/calendar?shape=list&person=all").Sees(".agenda", "") }},
			{"calendar-clocks", func(s *scene) { s.Visit("/calendar?on=2026-11-01").Sees(".days .fine", "") }},
			{"appointment", func(s *scene) { s.Visit("/appointments/"+one).Sees(".fields", "") }},
			{"appointment-new", func(s *scene) { s.Visit("/appointments/new?case="+k).Sees("#people", "") }},
			{"appointment-new-refused", func(s *scene) {
				s.Visit("/appointments/new?case=" + k).Click("#appointment-form .btn-primary").Focused("#errors")
			}},
			{"appointment-edit", func(s *scene) { s.Visit("/appointments/"+one+"/edit").Sees("#people", "") }},
			{"appointment-cancel", dialog("/appointments/"+one, ".actions a[href$='cancellation/new']")},
			{"case-appointments", func(s *scene) { s.Visit(at+"/appointments").Sees("#coming", "").Sees("#past", "") }},
			{"case-deadline-new", dialog(at+"/appointments", "a[href$='deadlines/new']")},
			{"case-deadline-edit", dialog(at+"/appointments", "#deadlines a[href$='edit']")},
			{"case-scores", func(s *scene) { s.Visit(at+"/scores").Sees(".facts", "") }},
			{"case-score-new", dialog(at+"/scores", "a[href$='scores/new']")},
			{"search-suggestions", func(s *scene) {
				s.Visit("/me").Control("k").Focused("#q").Write("ma").Sees("#q-list [role=option]", "").Press(chrome.ArrowDown)
			}},
			{"search-suggestions-none", func(s *scene) {
				s.Visit("/me").Control("k").Focused("#q").Write("zzzz").Sees("#q-list [aria-disabled]", "")
			}},
			{"person-card", func(s *scene) { s.personCard(at) }},
			{"client-card-incomplete", func(s *scene) { s.Visit("/me/client-card").Sees("#card-missing", "") }},
			{"client-card-refused", func(s *scene) {
				s.Fill("#client-email", "nobody").Fill("#office", "1").Click("#card-form .btn-primary").Focused("#errors")
			}},
		})
		tour(t, app, lang, screens, "super", []page{
			{"search", func(s *scene) { s.Visit("/search?q=ma").Sees("#found .list", "") }},
			{"case-billing", func(s *scene) { s.Visit(at+"/billing").Sees(".facts", "") }},
			{"case-invoice-new", dialog(at+"/billing", "a[href$='invoices/new']")},
			{"case-invoice-refused", func(s *scene) { s.Click("#case-form .btn-primary").Focused("#errors") }},
			{"case-invoice-void", dialog(at+"/billing", "a[href$='voiding/new']")},
			{"case-payment-new", dialog(at+"/billing", "a[href$='payments/new']")},
			{"case-payment-reverse", dialog(at+"/billing", "a[href$='reversal/new']")},
			{"client-card-of-somebody", func(s *scene) {
				s.Visit("/users/"+s.app.Person("consultant").ID+"/client-card").Sees("#card-form", "")
			}},
		})
		carded(t, app, "other")
		tour(t, app, lang, screens, "other", []page{
			{"client-card", func(s *scene) { s.Visit("/me/client-card").Sees("#card-state", "") }},
			{"client-card-publish", dialog("/me/client-card", "a[href$='publication/new']")},
			{"client-card-shown", func(s *scene) {
				s.Click("#publication-form .btn-primary").Sees("#card-state.alert-success a", "")
			}},
			{"client-card-withdraw", dialog("/me/client-card", "a[href$='publication/delete']")},
		})
		slug := scanned(t, app, `SELECT card_slug FROM users WHERE id = ?`, app.Person("other").ID)
		public := visitor(t, app).Visit("/cards/"+slug).Sees("h1", "Fernández") // in the language of the browser, which knows nothing of ours
		for _, d := range screens {
			public.Become(devices[d]...)
			look(t, public, "client-card-public-"+lang+"-"+d, "en")
		}
	})
}

// scanned is one value out of the database.
func scanned(t *testing.T, app *apptest.App, sql string, args ...any) (value string) {
	t.Helper()
	if err := app.DB.In(context.Background()).Raw(sql, args...).Scan(&value).Error; err != nil {
		t.Fatal(err)
	}
	return value
}

// personCard opens the card of the person that a page names first, by keyboard.
func (s *scene) personCard(path string) {
	s.Visit(path).TabTo("main aside a[href^='/users/']").Sees(".pop-card .card-pop", "")
}

// diary gives a case dates, invoices, payments and scores in each of their states, and returns an appointment with everything that
// one can have.
func diary(t *testing.T, app *apptest.App, k string) string {
	t.Helper()
	ctx, actor, me := context.Background(), access.System("test"), app.Person("consultant").ID
	do := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	now := app.Clock.Now().Truncate(time.Hour)
	do(app.Cases.AddMember(ctx, actor, k, app.Person("paralegal").ID))
	do(app.Cases.AddMember(ctx, actor, k, app.Person("other").ID)) // only who sees the case is asked to come
	one, err := app.Agenda.Create(ctx, actor, agenda.Plan{CaseID: k, OwnerID: me, Title: "Preparation for the interview at the consulate general", Place: "18 King Street East, Suite 1200, Toronto", StartsAt: now.Add(26 * time.Hour), EndsAt: now.Add(27 * time.Hour),
		Zone: "America/Mexico_City", Notes: "The client brings the passports.\nAn interpreter for Turkish comes along.", People: []string{app.Person("paralegal").ID, app.Person("other").ID}})
	do(err)
	for i := range 9 {
		a, err := app.Agenda.Create(ctx, actor, agenda.Plan{CaseID: k, OwnerID: []string{me, app.Person("other").ID}[i%2], Title: []string{"Intake call", "Review of the translations", "Biometrics with the whole family"}[i%3],
			StartsAt: now.Add(time.Duration(i-3) * 31 * time.Hour), EndsAt: now.Add(time.Duration(i-3)*31*time.Hour + 45*time.Minute), Zone: "America/Toronto"})
		do(err)
		if i%4 == 1 {
			_, err = app.Agenda.Cancel(ctx, actor, a.ID, a.Generation)
			do(err)
		}
	}
	due, err := app.Agenda.Deadlines(ctx, actor, agenda.Days{CaseID: k, Limit: 9})
	do(err)
	_, err = app.Agenda.FinishDeadline(ctx, app.Actor("paralegal"), due[0].ID, true)
	do(err)
	day := func(n int) string { return now.AddDate(0, 0, n).Format(time.DateOnly) }
	for i, title := range []string{"Retainer", "Government fees and biometrics", "", "Second instalment of the agreed fee for the whole family’s application"} {
		inv, err := app.Billing.Issue(ctx, actor, billing.Draft{CaseID: k, Number: fmt.Sprintf("INV-2026-%04d", i+1), Title: title, Currency: []string{"CAD", "CAD", "JPY", "CAD"}[i], Amount: []int64{250000, 123450, 98000, 1234567890}[i], IssuedOn: day(-40 + 10*i), DueOn: day(-10 + 10*i)})
		do(err)
		switch i {
		case 0:
			_, err = app.Billing.Record(ctx, app.Actor("super"), inv.ID, billing.Received{Amount: 250000, Method: billing.Methods()[0], ReceivedOn: day(-20), Note: "In two parts, by the brother of the client"})
		case 1:
			var p *billing.Payment
			p, err = app.Billing.Record(ctx, app.Actor("super"), inv.ID, billing.Received{Amount: 100, Method: billing.Methods()[0], ReceivedOn: day(-20)})
			do(err)
			do(app.Billing.Reverse(ctx, app.Actor("super"), p.ID))
			_, err = app.Billing.Record(ctx, app.Actor("super"), inv.ID, billing.Received{Amount: 50000, Method: billing.Methods()[1], ReceivedOn: day(-12)})
		case 2:
			err = app.Billing.Withdraw(ctx, actor, inv.ID)
		}
		do(err)
	}
	for i, said := range []string{"Everything was explained to us twice, patiently, and in our own language.", "", "It took long."} {
		_, err = app.Cases.AddScore(ctx, actor, k, cases.NewScore{Score: []int64{10, 8, 3}[i], Comment: said, AnsweredAt: now.AddDate(0, -i, -1)})
		do(err)
	}
	return one.ID
}

// carded gives somebody all that a card for clients wants.
func carded(t *testing.T, app *apptest.App, who string) {
	t.Helper()
	id, picture := app.Person(who).ID, "picture-"+who
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, 256, 256)), nil); err != nil {
		t.Fatal(err)
	}
	for _, size := range []string{"64", "128", "256", "512"} {
		if err := app.Blobs.Put(t.Context(), "pictures/"+picture+"/"+size+".jpg", b.Bytes(), "image/jpeg"); err != nil {
			t.Fatal(err)
		}
	}
	write(t, app, `INSERT INTO pictures (id, owner_kind, owner_id, state, width, height, created_at) VALUES (?, 'user', ?, 'current', 400, 400, ?)`, picture, id, app.Clock.Now())
	write(t, app, `UPDATE users SET picture_id = ?, client_email = 'maximiliana.fernandez-wolfeschlegelsteinhausen@clients.firm.example', client_bio = ? WHERE id = ?`, picture,
		strings.Repeat("Spousal and family class applications, humanitarian and compassionate grounds. ", 4)+"\nSpanish, French and some Portuguese.", id)
}
