package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"chancery/app/apptest"
)

// whole gives a cast member all that a card wants, but what the form asks for.
func whole(t *testing.T, app *apptest.App, who string) {
	t.Helper()
	run(t, app, `INSERT INTO pictures (id, owner_kind, owner_id, state, width, height, created_at) VALUES (?, 'user', ?, 'current', 400, 400, ?)`, "picture-"+who, app.Person(who).ID, app.Clock.Now())
	run(t, app, `UPDATE users SET picture_id = ? WHERE id = ?`, "picture-"+who, app.Person(who).ID)
	do(t, app.Blobs.Put(t.Context(), "pictures/picture-"+who+"/256.jpg", []byte("a picture"), "image/jpeg"))
}

// S3-2…S3-11, V-8, C-12, B-10: a card is filled in, seen as clients see it, published once it is whole, and taken back.
func TestAClientCardIsPublishedAndTakenBack(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		id := app.Person("consultant").ID
		jon := app.SignIn("consultant")
		p := jon.Visit("/me").Follow(".rail a[href='/me/client-card']").At("/me/client-card").In("h1", "Client card").Has("#card-missing li", 4).In("#card-missing", "Add a picture.").Has("a[href$='publication/new']", 0)
		p.In("#card-email", "No e-mail yet").Has("#client-email[data-mirror='#card-email']", 1).Has("#client-bio[data-mirror='#card-bio']", 1).In(".card-preview", "Jon Okafor").In(".card-preview small", "RCIC consultant")
		atMost(t, p, "4")
		p.Submit("#card-form", "client_email", apptest.Email("consultant"), "office", "1", "client_bio", strings.Repeat("é", 1001)).Expect(422).Has("#errors li", 3).In("#client-email-error", "the address you sign in with").In("#errors", "E-mail for clients: ")
		p = p.Submit("#card-form", "client_email", "team@firm.example", "office", "+1 416 555 0118 ext. 12", "client_bio", "I speak for <b>families</b>.\nEnglish, français.").At("/me/client-card").In("[role=status]", "The client card is saved.")
		p.Has("#card-missing li", 1).In("#card-bio", "I speak for <b>families</b>.").Has("#card-bio b", 0).In("#card-office", "+1 416-555-0118").In("#card-email", "team@firm.example")
		jon.Visit("/me/client-card/publication/new").Has("#publication-missing li", 1).Has("#publication-form button", 0)
		jon.Visit("/me/client-card/publication/new").Submit("#publication-form").Expect(422).Has("#publication-missing li", 1)
		whole(t, app, "consultant")

		stale := jon.Visit("/me/client-card").In("#card-state", "private").Has("#card-missing", 0)
		p = stale.Follow("a[href$='publication/new']").In("#dialog-title", "Show the card of Jon Okafor to clients?").Submit("#publication-form").At("/me/client-card").In("[role=status]", "published")
		public := p.Attr("#card-state a[href*='/cards/']", "href")
		if !strings.HasPrefix(public, app.URL+"/cards/jon-okafor-") {
			t.Fatal(public)
		}
		public = strings.TrimPrefix(public, app.URL)

		anybody := app.Visitor()
		anybody.Headers = map[string]string{"Accept-Language": "de"}
		c := anybody.Visit(public).Expect(200).In("h1", "Jon Okafor").In("small", "RCIC consultant").In("p", "I speak for <b>families</b>.").Has("p b", 0).Has("a[href='mailto:team@firm.example']", 1).Has("a[href^='tel:+14165550118']", 1)
		c.Has("script", 0).Has("form", 0).Has("meta[name=robots][content*=noindex]", 1).Has("html[lang=en]", 1).In(".contact", "Marlow Reyes")
		if c.Header.Get("Set-Cookie") != "" || c.Header.Get("Cache-Control") != "public, max-age=60" || !strings.Contains(c.Header.Get("X-Robots-Tag"), "noindex") || strings.Contains(c.Header.Get("Vary"), "Cookie") {
			t.Errorf("%v", c.Header)
		}
		if strings.Contains(c.Body, apptest.Email("consultant")) || strings.Contains(c.Body, id) {
			t.Error("S3-11: the card tells the sign-in name, or the account")
		}
		atMost(t, c, "3") // the card, whether its person is away, the practice
		picture := anybody.Visit(c.Attr(".ava img", "src")).Expect(200)
		if picture.Body != "a picture" || picture.Header.Get("Set-Cookie") != "" || picture.Header.Get("Cache-Control") != "public, max-age=60" {
			t.Errorf("%q, %v", picture.Body, picture.Header)
		}
		anybody.Visit(public + "/picture/63").Expect(404)
		anybody.Visit("/pictures/picture-consultant/256").At("/sign-in")
		anybody.Headers["Accept-Language"] = "fr-CA"
		anybody.Visit(public).Has("html[lang=fr]", 1)
		run(t, app, `UPDATE organization SET language = 'es'`)
		anybody.Headers["Accept-Language"] = "de"
		anybody.Visit(public).Has("html[lang=es]", 1)
		if got := jon.Visit(public).Has("h1", 1).Header.Get("Set-Cookie"); got != "" {
			t.Error("the session was looked at")
		}

		jon.Visit("/me/client-card").Follow("a[href$='publication/delete']").Submit("#publication-form").At("/me/client-card").In("[role=status]", "private again")
		gone := anybody.Visit(public).Expect(404)
		if gone.Header.Get("Set-Cookie") != "" || gone.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%v", gone.Header)
		}
		anybody.Visit(public + "/picture/256").Expect(404)
		anybody.Visit("/cards/nobody").Expect(404)

		other := jon.Visit("/me/client-card")
		jon.Visit("/me/client-card").Submit("#card-form", "client_email", "ours@firm.example")
		other.Submit("#card-form", "client_email", "mine@firm.example").Expect(409).In("#client-email-stored", "ours@firm.example")
		f := jon.Visit("/me/client-card").SubmitFragment("#card-form", "client_bio", "Shorter.").Expect(200).In("#card-bio", "Shorter.").In("[role=status]", "saved")
		if strings.Contains(f.Body, "<html") {
			t.Error("the fragment is a whole page")
		}
	})
}

// B-10: those who look after accounts see and change the cards of others, under the rules of records; others do neither.
func TestACardOfSomebodyElse(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		whole(t, app, "consultant")
		at := "/users/" + app.Person("consultant").ID + "/client-card"
		grace := app.SignIn("admin")
		p := grace.Visit("/users/"+app.Person("consultant").ID).Follow(".tabnav a[href$='/client-card']").At(at).Has("#card-missing li", 3).In("#card-missing", "An office number")
		p = p.Submit("#card-form", "client_email", "team@firm.example", "office", "+1 416 555 0118", "client_bio", "Families.").At(at).In("[role=status]", "saved")
		p = p.Follow("a[href$='publication/new']").Submit("#publication-form").At(at).In("#card-state", "Clients see this card at")
		p.Follow("a[href$='publication/delete']").Submit("#publication-form").At(at).In("#card-state", "private")
		grace.Visit("/users/"+app.Person("consultant").ID+"/history").In(".log", "Client card withdrawn").In(".log", "Client card published").In(".log", "E-mail for clients")
		run(t, app, `UPDATE users SET role_id = 'manager' WHERE id = ?`, app.Person("other").ID)
		app.SignIn("other").Visit(at).Expect(200).Has("#card-form", 0).Has("#card-state .btn", 0).In(".card-preview", "Families.")
		app.SignIn("paralegal").Visit(at).Expect(403)
		boss := "/users/" + app.Person("super").ID + "/client-card"
		token := pageToken(grace.Visit(at))
		for _, path := range []string{boss, boss + "/publication"} {
			method := map[bool]string{true: "PATCH", false: "POST"}[path == boss]
			form := url.Values{"_csrf": {token}, "_method": {method}, "client_email": {"forged@firm.example"}}
			if p := grace.Do(http.MethodPost, path, "application/x-www-form-urlencoded", form.Encode(), nil); p.Status != 403 {
				t.Errorf("%s of a Super Admin by an administrator: %d", path, p.Status)
			}
		}
		grace.Visit("/users/nobody/client-card").Expect(404)
	})
}
