package browser

import (
	"context"
	"testing"

	"chancery/app/access"
	"chancery/app/apptest/chrome"
	"chancery/app/notices"
	"chancery/app/staff"
)

// TestNotificationsAreSoundOnEveryScreen looks at the pages of what people are told, as pages_test.go does at all others.
func TestNotificationsAreSoundOnEveryScreen(t *testing.T) {
	everyLanguage(t, func(t *testing.T, lang string, screens []string) {
		app := practice(t)
		furnish(t, app, lang)
		lock := map[string]*staff.Edit{notices.Summary + notices.LockSuffix: {Value: "true"}}
		if err := app.Notices.SetPolicy(context.Background(), access.System("test"), lock); err != nil {
			t.Fatal(err)
		}
		tour(t, app, lang, screens, "super", []page{
			{"notifications", func(s *scene) { s.Visit("/me/notifications").Sees("#setting-summary .note", "") }},
			{"notifications-refused", func(s *scene) {
				s.Eval(`document.querySelector("#setting-quiet-from").value = document.querySelector("#setting-quiet-to").value = "07:00"`)
				s.Click("#setting-quiet .times button").Sees("#setting-quiet .error", "")
			}},
			{"notifications-of-the-practice", func(s *scene) { s.Visit("/organization/notifications").Sees("#privacy-form", "") }},
			{"unsubscribe", func(s *scene) {
				all, err := s.app.Notices.PreferencesOf(context.Background(), s.app.Person("super").ID)
				if err != nil {
					s.t.Fatal(err)
				}
				s.Visit(s.app.Notices.UnsubscribePath(all[s.app.Person("super").ID], notices.ScoreMails)).Sees("#unsubscribe", "")
			}},
		})
	})
}

// S3-24: a switch is turned by keyboard, saves itself, says so, and keeps the focus; so does the way back to what the practice has. One notice is marked as read the same way.
func TestASwitchSavesItselfAndKeepsTheFocus(t *testing.T) {
	app := practice(t)
	write(t, app, `INSERT INTO bulletins (id, user_id, kind, send_key, created_at) VALUES ('b1', ?, 'cases', 'b1', ?)`, app.Person("consultant").ID, app.Clock.Now())
	p := signedIn(t, app, "consultant").Visit("/me/notifications")
	p.TabTo("#setting-message-mails-on").Press(" ").Sees("#setting-message-mails .saved", "Saved").Focused("#setting-message-mails-on")
	p.TabTo("#setting-message-mails [name=follow]").Press(chrome.Enter).Until(`!document.querySelector("#setting-message-mails [name=follow]")`).Focused("#setting-message-mails-on")
	c, err := app.Notices.Choices(t.Context(), app.Person("consultant").ID)
	if err != nil || c[notices.MessageMails].Chosen {
		t.Errorf("%+v %v", c[notices.MessageMails], err)
	}
	// Quiet hours are turned off whatever stands in their times, which stay as they were stored.
	p.Visit("/me/notifications").TabTo("#setting-quiet-on").Press(" ").Sees("#setting-quiet .saved", "Saved").Focused("#setting-quiet-on")
	p.Visit("/me/notifications").Eval(`document.querySelector("#setting-quiet-from").value = ""`)
	p.TabTo("#setting-quiet-on").Press(" ").Sees("#setting-quiet .saved", "Saved").Focused("#setting-quiet-on").Until(`!document.querySelector("#setting-quiet-on").checked`)
	if c, err = app.Notices.Choices(t.Context(), app.Person("consultant").ID); err != nil || c[notices.Quiet].Value != "false" || c[notices.QuietFrom].Value != c[notices.QuietFrom].Practice {
		t.Errorf("%+v %+v %v", c[notices.Quiet], c[notices.QuietFrom], err)
	}
	p.Visit("/bulletins").TabTo("#bulletin-b1 button").Press(chrome.Enter).Until(`!document.querySelector("#bulletin-b1.new") && document.querySelector("#bulletins-unread").dataset.count === "0"`).Focused("#bulletin-b1 a")
}
