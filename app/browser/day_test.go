package browser

import (
	"context"
	"fmt"
	"testing"
	"time"

	"chancery/app/access"
	"chancery/app/agenda"
	"chancery/app/apptest"
)

// The pages that the day is made of are looked at as all others are (pages_test.go): first with nothing on them, then with what there is.
func TestEveryPageOfTheDayIsSoundOnEveryScreen(t *testing.T) {
	for lang, screens := range map[string][]string{"fr": {"1280-light", "1280-dark", "390-light", "390-dark"}, "es": {"390-dark"}, "en": {"1280-light"}} {
		t.Run(lang, func(t *testing.T) {
			app := practice(t)
			write(t, app, `UPDATE users SET language = ?`, lang)
			p := visitor(t, app)
			s := &scene{p, t, app}
			s.speak(lang)
			enter(p.Visit("/sign-in"), "consultant", apptest.Password).At("/")
			see := func(pages []page) {
				for _, page := range pages {
					p.Become()
					page.open(s)
					for _, screen := range screens {
						p.Become(devices[screen]...)
						look(t, p, page.name+"-"+lang+"-"+screen, lang)
					}
				}
			}
			see([]page{
				{"home-empty", func(s *scene) { s.Visit("/").Sees("#talks .empty", "") }},
				{"inbox-empty", func(s *scene) { s.Visit("/messages").Sees("#inbox .empty", "") }},
				{"notices-empty", func(s *scene) { s.Visit("/bulletins").Sees(".empty", "") }},
			})
			k := busy(t, app)
			see([]page{
				{"home", func(s *scene) { s.Visit("/").Sees("#talks .new", "") }},
				{"inbox", func(s *scene) { s.Visit("/messages").Sees("#inbox .new", "") }},
				{"inbox-no-match", func(s *scene) { s.Visit("/messages?q=nothing").Sees("#inbox .empty", "") }},
				{"notices", func(s *scene) { s.Visit("/bulletins").Sees(".bulletins .new", "") }},
				{"bell", func(s *scene) { s.Visit("/me").Click(".top [popovertarget=bell]").Sees("#bell .bulletins", "") }},
				{"conversation", func(s *scene) { s.Visit("/cases/"+k+"/messages").Sees("#new", "").Sees("#m-36", "") }},
				{"conversation-refused", func(s *scene) { s.Click("#reply .btn-primary").Sees("#body-error", "") }},
				{"conversation-before", func(s *scene) { s.Visit("/cases/"+k+"/messages?before=7").Sees("#m-1", "") }},
				{"comments", func(s *scene) { s.Visit("/cases/"+k+"/comments").Sees("#comments .called", "") }},
				{"comments-people", func(s *scene) { s.Visit("/cases/"+k+"/comments").Click("#body").Write("@").Sees("#body-people li", "") }},
				{"comments-edited", func(s *scene) {
					s.Visit("/cases/"+k+"/comments").Click("#comments a[href$='/edit']").Sees("#comments textarea", "")
				}},
				{"comments-taken-back", func(s *scene) {
					s.Visit("/cases/"+k+"/comments").Click("#comments a[href$='/delete']").Sees("dialog[open]", "")
				}},
			})
		})
	}
}

// busy gives the consultant a day.
func busy(t *testing.T, app *apptest.App) string {
	t.Helper()
	ctx, actor, me := context.Background(), access.System("test"), app.Person("consultant").ID
	do := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	var k string
	for i := range 4 {
		k = desk(t, app, fmt.Sprintf("MR-2026-000%d", i), "consultant", "paralegal", 3)
	}
	for i := range 32 {
		says(t, app, k, fmt.Sprintf("I have the police certificate number %d from Ankara now.\nShould I upload the original, or the translation first? https://example.org/a/very/long/address/that/has/no/place/to/break/%d", i, i))
	}
	_, err := app.Messages.Read(ctx, app.Actor("consultant"), k, 33)
	do(err)
	_, err = app.Messages.Send(ctx, app.Actor("paralegal"), k, "Both, please.")
	do(err)
	for _, who := range []string{"paralegal", "super", "consultant"} {
		_, err = app.Messages.Comment(ctx, app.Actor(who), k, "@Jon Okafor and @Mireille Tremblay-Côté, the translator quoted 3 days for two pages. Fine to order?")
		do(err)
	}
	now := time.Now()
	for i, title := range []string{"Consultation by video about the whole family’s application", "Hearing"} {
		at := now.Add(time.Duration(i) * time.Minute)
		_, err = app.Agenda.Create(ctx, actor, agenda.Plan{CaseID: k, OwnerID: me, Title: title, Place: "18 King Street East, Suite 1200, Toronto", StartsAt: at, EndsAt: at.Add(time.Hour), Zone: "America/Toronto"})
		do(err)
	}
	for i, title := range []string{"Send the biometrics letter", "Review the translations", "Answer the officer"} {
		_, err = app.Agenda.SetDeadline(ctx, actor, k, title, now.AddDate(0, 0, i-1).Format(time.DateOnly))
		do(err)
	}
	return k
}
