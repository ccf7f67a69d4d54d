package web_test

import (
	"testing"

	"chancery/app/apptest"
)

// S0-16…S0-19, C-16: what was saved is confirmed in the language of the page; the next page speaks the new one.
func TestALanguageShowsFromTheNextPage(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		jon := app.SignIn("consultant")
		for _, path := range []string{"/me/preferences", "/me/edit"} {
			jon.Visit("/me/preferences").Submit("#preferences-form", "language", "en")
			form := "#preferences-form"
			if path == "/me/edit" {
				form = "#profile-form"
			}
			saved := jon.Visit(path).SubmitFragment(form, "language", "fr", "zone", "America/Montreal", "theme", "dark").Expect(200)
			saved.In(".alert-success", "Your changes are saved.").In(".alert-success a", "Reload now")
			jon.Visit(saved.Attr(".alert-success a", "href")).Expect(200).Has("html[lang=fr][data-theme=dark]", 1).In("main", "Préférences")
		}
	})
}

// S0-18: the zone governs every time that is shown; what is stored stays.
func TestAZoneMovesTheClock(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		jon := app.SignIn("consultant")
		toronto := jon.Visit("/me").In("#last-sign-in", "09:00")
		jon.Visit("/me/preferences").Submit("#preferences-form", "zone", "Asia/Kolkata").Expect(200).In(".alert-success", "saved").In("#zone-hint", "19:30")
		kolkata := jon.Visit("/me").In("#last-sign-in", "19:30")
		if toronto.Attr("#last-sign-in time", "datetime") != "2026-11-21T09:00:00-05:00" || kolkata.Attr("#last-sign-in time", "datetime") != "2026-11-21T19:30:00+05:30" {
			t.Error("the instant moved")
		}
	})
}

// Zones are searched by script and chosen from a plain list without; a forged one is refused.
func TestAZoneIsChosenFromTheList(t *testing.T) {
	app := apptest.One(t)
	jon := app.SignIn("consultant")
	p := jon.Visit("/me/preferences").Has("select#zone[data-combobox] option[selected]", 1)
	if n := p.Doc.Find("#zone option").Length(); n < 400 {
		t.Errorf("%d zones", n)
	}
	p.Submit("#preferences-form", "zone", "Mars/Olympus").Expect(422).In("#zone-error", "from the list").In("#errors", "Time zone:")
	p.Submit("#preferences-form", "language", "tlh").Expect(422).In("#language-error", "Choose")
	p.Submit("#preferences-form", "theme", "pink").Expect(422).In("#errors", "Theme:")
}
