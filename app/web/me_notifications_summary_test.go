package web_test

import (
	"strings"
	"testing"
	"time"

	"chancery/app/access"
	"chancery/app/apptest"
	"chancery/app/cases"
	"chancery/app/messages"
	"chancery/app/post"
	"chancery/app/staff"
)

// S3-19, B-14: the page says what the mail would, at each level of privacy, and sends one when it is asked to, but not without end.
func TestADailySummaryIsSeenAndSentBeforehand(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		const at = "/me/notifications/summary"
		boss, jon := access.System("test"), app.SignIn("consultant")
		jon.Visit(at).Expect(200).In("h1", "Your daily summary").In(".page-head p", "Monday, 23 November 2026, 08:00").In("#summary-subject", "Nothing is unread").In(".empty", "no summary is sent")
		client, err := app.Cases.AddClient(t.Context(), boss, cases.NewClient{Name: "Quillon, Aneta"})
		must(err)
		k, err := app.Cases.Create(t.Context(), boss, cases.NewCase{Number: "MR-7", Title: "Work permit", ClientID: client.ID, OwnerID: app.Person("consultant").ID})
		must(err)
		_, err = app.Messages.Receive(t.Context(), boss, messages.Received{CaseID: k.ID, Body: "Which form, please?"})
		must(err)
		page := jon.Visit(at).In("#summary-subject", "1 unread message in 1 case").In(".talks", "Quillon, Aneta").In(".talks", "MR-7").In(".talks", "Which form, please?")
		if page.Attr(".talks a.btn", "href") != "/cases/"+k.ID {
			t.Error("it does not lead to the case")
		}
		policy := func(name, value string) {
			t.Helper()
			must(app.Notices.SetPolicy(t.Context(), boss, map[string]*staff.Edit{name: {Value: value}}))
		}
		policy("privacy", "subject")
		lacks(t, jon.Visit(at).In(".talks", "Quillon, Aneta").In(".talks", "1 unread message").In("main", "keeps what clients write out of e-mails"), "Which form")
		policy("privacy", "count")
		lacks(t, jon.Visit(at).Has(".talks", 0).In("main", "1 message of a client in 1 case").In("main", "keeps clients and what they write out of e-mails"), "Quillon")
		policy("summary", "false")
		jon.Visit(at).In(".page-head p", "it is off").Submit("#summary-send").At(at).In(".alert-success", "on its way")
		for range 4 {
			jon.Visit(at).SubmitFragment("#summary-send").Expect(200).In(".alert-success", "on its way")
		}
		app.Clock.Add(18*time.Minute + 30*time.Second)
		refused := jon.Visit(at).SubmitFragment("#summary-send").Expect(429).In("#errors", "Not sent").In("#errors", "You have been sent 5 within the hour. Try again in 42 minutes.")
		if after := refused.Header.Get("Retry-After"); after != "2490" {
			t.Errorf("again after %s seconds", after)
		}
		m, err := app.Post.Latest(t.Context(), app.Person("consultant").ID, post.Summary)
		must(err)
		if m.Recipient != app.Person("consultant").Email || m.Data != `{"Asked":true}` {
			t.Errorf("%+v", m)
		}
		lacks(t, app.SignIn("paralegal").Visit(at).In("#summary-subject", "Aucun message non lu"), "Quillon")
	})
}

func lacks(t *testing.T, p *apptest.Page, text string) {
	t.Helper()
	if strings.Contains(p.Text("main"), text) {
		t.Errorf("the page says %q", text)
	}
}
