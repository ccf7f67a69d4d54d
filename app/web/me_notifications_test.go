package web_test

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"chancery/app/apptest"
	"chancery/app/notices"
	"chancery/app/staff"
)

// S3-18…S3-24, B-14, B-21: each switch is a form of its own, which saves itself, with and without script; what the practice has locked is said and cannot be turned.
func TestNotificationsAreChosenOneByOne(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		must(t, app.Notices.SetPolicy(t.Context(), app.Actor("admin"), map[string]*staff.Edit{notices.Summary + notices.LockSuffix: {Value: "true"}}))
		jon := app.SignIn("consultant")
		p := jon.Visit("/me").Follow("a[href='/me/notifications']").Expect(200).In("h1", "Notifications")
		p.Has("#setting-message-mails-on[checked]", 0).Has("#setting-score-mails-on[checked]", 1).Has("#setting-summary-on[checked][disabled]", 1).
			In("#setting-summary", "Your practice decides this for everybody: on.").In("#setting-score-mails", "As your practice has it: on.")
		p = p.Submit("#setting-message-mails", "message_mails", "true").At("/me/notifications").Has("#setting-message-mails-on[checked]", 1).
			In("#setting-message-mails .saved", "Saved").In("#setting-message-mails", "Follow the practice (off)")
		p = p.Submit("#setting-message-mails", "follow", "true").Has("#setting-message-mails-on[checked]", 0).In("#setting-message-mails", "As your practice has it: off.")
		p = p.Submit("#setting-daily", "minute", "06:45").In("#setting-daily .saved", "Saved").Has("#setting-daily-time[value='06:45']", 1)
		p = p.Submit("#setting-quiet", "quiet", "true", "quiet_from", "20:00", "quiet_to", "20:00").Expect(422).In("#setting-quiet .error", "must end at another time").Has("#setting-quiet-to[value='20:00'][aria-invalid]", 1)
		p.Submit("#setting-quiet", "quiet", "true", "quiet_from", "20:00", "quiet_to", "07:30").Has("#setting-quiet-on[checked]", 1).Has("#setting-quiet-to[value='07:30']", 1)
		// Who turns them off need not put the times right first; the stored ones stay, and can be changed while they are off.
		for _, to := range []string{"20:00", ""} {
			jon.Visit("/me/notifications").Submit("#setting-quiet", "quiet", "false", "quiet_from", "20:00", "quiet_to", to).Expect(200).Has("#setting-quiet-on[checked]", 0).Has("#setting-quiet-to[value='07:30']", 1)
			jon.Visit("/me/notifications").Submit("#setting-quiet", "quiet", "false", "quiet_from", "20:00", "quiet_to", to).Expect(422)
			jon.Visit("/me/notifications").Submit("#setting-quiet", "quiet", "true").Expect(200).Has("#setting-quiet-on[checked]", 1)
		}
		p = jon.Visit("/me/notifications").Submit("#setting-bell", "bell", "false", "everywhere", "true").Has("#setting-bell-on[checked]", 0)
		if p.Doc.Find("#setting-summary button").Length() != 0 {
			t.Error("what is locked has a button")
		}

		// With script it is the setting alone that comes back.
		f := frag(jon, p, "PATCH", "/me/notifications", "setting", "mention_mails", "mention_mails", "false").Expect(200).Has("#setting-mention-mails-on[checked]", 0).In(".saved", "Saved")
		if f.Doc.Find("form").Length() != 1 {
			t.Error(f.Body)
		}
		frag(jon, p, "PATCH", "/me/notifications", "setting", "summary", "summary", "false").Expect(422).In(".error", "Your practice decides this for everybody. Nothing was changed.")
		frag(jon, p, "PATCH", "/me/notifications", "setting", "daily", "minute", "soon", "days", "1").Expect(422).In(".error", "08:00")
		frag(jon, p, "PATCH", "/me/notifications", "setting", "user_id").Expect(400)
		all, err := app.Notices.Choices(t.Context(), app.Person("consultant").ID)
		must(t, err)
		if all[notices.Minute].Value != "06:45" || all[notices.QuietTo].Value != "07:30" || all[notices.MentionMails].Value != "false" || all[notices.Summary].Value != "true" || all[notices.Days].Value != "12345" {
			t.Errorf("%+v", all)
		}
		app.SignIn("admin").Visit("/users/"+app.Person("consultant").ID+"/history").In(".log", "Notifications changed").In(".log", "Quiet until")
	})
}

// B-14: the practice's defaults, locks and level are saved section by section, with what they were, and reach whoever has chosen nothing.
func TestThePracticeSetsWhatPeopleAreTold(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		grace := app.SignIn("admin")
		p := grace.Visit("/organization").Follow("a[href='/organization/notifications']").Expect(200).Has("#org-privacy input[value=full][checked]", 1)
		p = p.Submit("#privacy-form", "privacy", "count").In("#privacy .alert-success", "Saved").Has("#org-privacy input[value=count][checked]", 1)
		// One row a kind: whether it is on, and whether nobody may change it, each by its full name.
		if p.Has("#mails .locks tbody tr", 5).Has("#mails .locks thead th", 3).Attr("#org-mention-mails-locked", "aria-label") != "Mentions: nobody may change it" || p.Attr("#org-mention-mails", "aria-label") != "Mentions" {
			t.Error("a box of the table has no name of its own")
		}
		p = p.Submit("#mails-form", "message_mails", "true", "exceptions_locked", "true").Has("#org-message-mails[checked]", 1).Has("#org-exceptions-locked[checked]", 1)
		p = p.Submit("#daily-form", "minute", "9").Expect(422).In("#daily .alert-error", "Time").Has("#org-minute[aria-invalid]", 1)
		p.Submit("#daily-form", "minute", "09:15", "days", "2").Has("#org-minute[value='09:15']", 1)
		frag(grace, grace.Visit("/organization/notifications"), "PATCH", "/organization/notifications", "section", "quiet", "quiet", "true", "quiet_from", "19:00", "quiet_to", "08:00").Expect(200).In(".alert-success", "Saved")
		frag(grace, p, "PATCH", "/organization/notifications", "section", "privacy", "was_privacy", "full", "privacy", "subject").Expect(409).In("main, body", "How many")
		lucia := app.SignIn("other").Visit("/me/notifications").Expect(200).Has("#setting-message-mails-on[checked]", 1).Has("#setting-exceptions-on[disabled]", 1).Has("#setting-daily-time[value='09:15']", 1).
			In("#setting-quiet", "de 19:00 a 08:00")
		frag(app.SignIn("other"), lucia, "PATCH", "/organization/notifications", "section", "privacy", "privacy", "full").Expect(403)
		grace.Visit("/history").In(".log", "Notifications of the practice changed").In(".log", "How many")
	})
}

// RFC 8058, B-4: a mail program turns a mail off by one POST without a cookie, a page or a token; who follows the link reads what comes, and what it turns off, and can turn it on again.
func TestAMailIsTurnedOffByOneClick(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		lucia := app.Person("other")
		all, err := app.Notices.PreferencesOf(t.Context(), lucia.ID)
		must(t, err)
		path := app.Notices.UnsubscribePath(all[lucia.ID], notices.ScoreMails)
		on := func() bool {
			t.Helper()
			c, err := app.Notices.Choices(t.Context(), lucia.ID)
			must(t, err)
			return c[notices.ScoreMails].Value == "true"
		}
		guest := app.Visitor()
		guest.Visit(path).Expect(200).In("h1", "Correos que recibe").In("main", "other@firm.example").Has("#comes li", 5).In("#unsubscribe", "Cada puntuación NetPromoter")
		if !on() {
			t.Error("to look at it turned it off (ASVS 3.5.3)")
		}
		for range 2 {
			res, err := http.PostForm(app.URL+path, url.Values{"List-Unsubscribe": {"One-Click"}})
			must(t, err)
			_ = res.Body.Close()
			if res.StatusCode != 200 || on() || len(res.Cookies()) != 0 {
				t.Fatal(res.Status, on(), res.Cookies())
			}
		}
		p := guest.Visit(path).In("#unsubscribe", "Volver a activar").Submit("#unsubscribe").Expect(200).In("[role=status]", "Activado de nuevo")
		if !on() {
			t.Error("it is not on again")
		}
		p.Submit("#unsubscribe").In("[role=status]", "Desactivado")
		guest.Visit(path + "A").Expect(404)
		guest.Visit(strings.Replace(path, "/unsubscribe/", "/unsubscribe/x", 1)).Expect(404)
		must(t, app.Notices.SetPolicy(t.Context(), app.Actor("admin"), map[string]*staff.Edit{notices.ScoreMails + notices.LockSuffix: {Value: "true"}}))
		guest.Visit(path).Has("#unsubscribe", 0).In("main", "Su despacho decidió")
		for _, body := range []url.Values{{"List-Unsubscribe": {"One-Click"}}, {"on": {"true"}}} { // and nobody is told that anything was turned
			res, err := http.PostForm(app.URL+path, body)
			must(t, err)
			page, err := io.ReadAll(res.Body)
			must(t, errors.Join(err, res.Body.Close()))
			if res.StatusCode != 200 || strings.Contains(string(page), "alert-success") || !strings.Contains(string(page), "Su despacho decidió") {
				t.Errorf("%s: %s", res.Status, page)
			}
		}
	})
}

// frag sends a form as htmx does, with the request token of a page.
func frag(c *apptest.Client, p *apptest.Page, method, path string, pairs ...string) *apptest.Page {
	if p == nil {
		p = c.Visit("/me/notifications")
	}
	form := url.Values{"_csrf": {p.Attr("input[name=_csrf]", "value")}}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	return c.Fragment(method, path, "/me/notifications", form)
}

// One notice is marked as read without going where it leads, and the count goes down; nobody marks another's.
func TestOneNoticeIsMarkedAsRead(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		run(t, app, `DELETE FROM bulletins`)
		for _, id := range []string{"b1", "b2"} {
			run(t, app, `INSERT INTO bulletins (id, user_id, kind, send_key, created_at) VALUES ('`+id+`', '`+app.Person("consultant").ID+`', 'cases', '`+id+`', '2026-11-20 10:00:00')`)
		}
		jon := app.SignIn("consultant")
		p := jon.Visit("/bulletins").Has(".bulletins .new", 2)
		p = p.SubmitTo("#read-one", "/bulletins/b1/reading").At("/bulletins").Has(".bulletins .new", 1).Has("#bulletin-b1 button", 0)
		frag(jon, p, "POST", "/bulletins/b2/reading").Expect(200).Has("li.new", 0).Has("#bulletins-unread[data-count='0']", 1)
		frag(app.SignIn("other"), nil, "POST", "/bulletins/b1/reading").Expect(404)
	})
}
