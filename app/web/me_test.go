package web_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"chancery/app/apptest"
	"chancery/views/viewstest"
)

// S0-5, S2-10…S2-16, C-11, C-13: what only administrators change can be read and not edited.
func TestMyProfileShowsTheAccountReadOnly(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		p := app.SignIn("consultant").Visit("/me").Expect(200)
		p.In("#email", "consultant@firm.example").In("#email", "ask your administrator (Settings → Users)") // S0-12, S0-13
		p.In("#verified", "Verified").Has("#verified time", 1)
		p.In("#status", "Active").Has("#status [data-status=active]", 1)
		p.In("#job-title", "RCIC consultant").In("#job-title", "ask help@firm.example")
		p.In("#role", "RCIC Consultant").In("#permissions", "Create cases").Has("#permissions li", 7)
		p.In("#department", "Family").In("#organization", "Marlow Reyes").Has("#organization img", 1)
		p.Has("time#created", 1).Has("#last-sign-in time", 1)
		p.Has("#account input, #account form, #account .edit", 0)
		p.Has("nav[aria-label='Your account'] a", 7).Has("nav[aria-label='Your account'] [aria-current=page]", 1)
	})
}

// C-13: LOCKED follows from a time, and says until when; what is locked is the password, not the session.
func TestALockedAccountSaysUntilWhen(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		jon, stranger := app.SignIn("consultant"), app.Visitor()
		for range 10 {
			stranger.Visit("/sign-in").Submit("form[action^='/sign-in']", "email", apptest.Email("consultant"), "password", "wrong")
		}
		jon.Visit("/me").Expect(200).In("#status", "Locked").Has("#status [data-status=locked]", 1).Has("#status time", 1)
	})
}

// D-3: the session's query brings all that the page shows; and the page is small.
func TestMyProfileIsOneQueryAndSmall(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		elena := app.SignIn("super") // the one with the most permissions
		for path, want := range map[string]struct {
			statements string
			bytes      int
			fragment   int
		}{
			"/me":                        {"1", 19 << 10, 12 << 10},
			"/me/fields/bio":             {"1", 19 << 10, 2 << 10},
			"/me/fields/cell/edit":       {"1", 20 << 10, 2 << 10},
			"/me/edit":                   {"1", 56 << 10, 52 << 10}, // of which 35 KiB are the time zones
			"/me/preferences":            {"1", 48 << 10, 44 << 10},
			"/me/security":               {"6", 20 << 10, 12 << 10}, // sessions, tries, changes, factors, recovery codes
			"/me/sign-ins":               {"3", 15 << 10, 2 << 10},
			"/me/picture/delete":         {"1", 12 << 10, 2 << 10}, // of which 9 KiB are the shell, with all settings
			"/me/sessions/others/delete": {"2", 12 << 10, 2 << 10},
		} {
			page, fragment := elena.Visit(path).Expect(200), elena.Fragment("GET", path, "/me", nil).Expect(200)
			if got := page.Header.Get("X-Statements"); got != want.statements {
				t.Errorf("%s: %s statements, want %s", path, got, want.statements)
			}
			if len(page.Body) > want.bytes || len(fragment.Body) > want.fragment {
				t.Errorf("%s: page %d bytes of %d, fragment %d of %d", path, len(page.Body), want.bytes, len(fragment.Body), want.fragment)
			}
		}
	})
}

// D-1: every address of My Profile is a page with its layout, and a fragment without.
func TestEveryPartOfMyProfileIsAPageToo(t *testing.T) {
	app := apptest.One(t)
	jon := app.SignIn("consultant")
	for _, path := range []string{"/me", "/me/edit", "/me/fields/first-name", "/me/fields/bio/edit", "/me/picture/delete", "/me/preferences",
		"/me/security", "/me/sign-ins", "/me/sessions/others/delete"} {
		page := jon.Visit(path).Expect(200).Has("main#main", 1).Has("h1", 1)
		if page.Text("title") == "" {
			t.Errorf("%s has no title", path)
		}
		if f := jon.Fragment("GET", path, "/me", nil).Expect(200); strings.Contains(f.Body, "<html") {
			t.Errorf("%s: the fragment has the layout round it", path)
		}
	}
	jon.Visit("/me/fields/cell/edit").Has("#personal form#cell-form", 1).Has(".fields .edit", 7)
	jon.Visit("/me/fields/email").Expect(404)
	jon.Visit("/me/fields/title/edit").Expect(404)
}

// S0-24, S0-25, S2-5…S2-9, C-1, C-9: one button saves everything.
func TestSaveChangesSavesAllOfIt(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		jon := app.SignIn("consultant")
		before := jon.Cookie("chancery-session")
		p := jon.Visit("/me/edit").Submit("#profile-form", "first_name", "  Jonathan ", "cell", "+91 98765 43210", "cell_hidden", "true",
			"office", "+1 416 555 0100 ext. 12", "address", "184 Front Street\r\nToronto", "bio", "Family cases", "zone", "Europe/Madrid", "theme", "dark",
			"current", apptest.Password, "new", "Harbour-Violet-31!", "confirm", "Harbour-Violet-31!")
		p.Expect(200).At("/me").In(".alert-success", "your password is changed").In(".alert-success", "sign in again") // S2-24
		p.In("#personal", "Jonathan").In("#personal", "+91 98765 43210").In("#personal", "Hidden from coworkers").In("#personal", "ext. 12").In("#bio-shown", "Family cases")
		u, err := app.Staff.Get(t.Context(), app.Person("consultant").ID)
		if err != nil {
			t.Fatal(err)
		}
		if u.FirstName != "Jonathan" || u.Cell != "+919876543210" || !u.CellHidden || u.Office != "+14165550100;ext=12" || u.Address != "184 Front Street\nToronto" ||
			u.Zone != "Europe/Madrid" || u.Theme != "dark" {
			t.Errorf("stored %+v", u)
		}
		if jon.Cookie("chancery-session") == before { // ASVS 7.2.4
			t.Error("the session kept its secret")
		}
		jon.Visit("/me").Expect(200).At("/me").Has("html[data-theme=dark]", 1) // S0-28
		app.Visitor().Visit("/sign-in").Submit("form[action^='/sign-in']", "email", apptest.Email("consultant"), "password", apptest.Password).Expect(422)
	})
}

// S0-21…S0-26, S2-4, C-6: nothing is saved when anything is wrong, and the page says what, above and beneath.
func TestOneFaultSavesNothing(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		jon := app.SignIn("consultant")
		p := jon.Visit("/me/edit").Submit("#profile-form", "first_name", "J", "last_name", "", "cell", "416 555 0118", "bio", strings.Repeat("é", 1038),
			"address", "1 King Street", "new", "short", "confirm", "other")
		p.Expect(422).At("/me").Has("#errors[role=alert]", 1).Has("#errors a", 7)
		p.In("#errors h2", "7 fields").In("#errors li:first-child", "First name: Write the first name with 2 to 100 characters.")
		p.In("#first-name-error", "2 to 100").In("#last-name-error", "Enter a last name").In("#cell-error", "country code").In("#bio-error", "Shorten it by 38 characters")
		p.In("#new-error", "8 characters").In("#confirm-error", "differ").In("#current-error", "current password")
		p.Doc.Find("#errors a").Each(func(_ int, a *goquery.Selection) {
			id := a.AttrOr("href", "")
			p.Has(id+"[aria-invalid=true]", 1)
			if !strings.Contains(p.Attr(id, "aria-describedby"), strings.TrimPrefix(id, "#")+"-error") {
				t.Errorf("%s is not described by its message", id)
			}
		})
		if p.Attr("#first-name", "value") != "J" || p.Text("#address") != "1 King Street" || len([]rune(p.Text("#bio"))) != 1038 {
			t.Error("what was typed is gone")
		}
		for _, id := range []string{"#current", "#new", "#confirm"} {
			if p.Attr(id, "value") != "" {
				t.Errorf("%s came back", id)
			}
		}
		u, err := app.Staff.Get(t.Context(), app.Person("consultant").ID)
		if err != nil {
			t.Fatal(err)
		}
		if u.FirstName != "Jon" || u.Address != "" {
			t.Errorf("saved %q %q", u.FirstName, u.Address)
		}
		p.Submit("#profile-form", "first_name", "Jon", "last_name", "Okafor", "cell", "", "bio", "").Expect(200).In(".alert-success", "saved")
	})
}

// S0-23: one of the two password fields alone is an error. S0-22: both empty change nothing.
func TestHalfAPasswordIsAnError(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		jon := app.SignIn("consultant")
		jon.Visit("/me/edit").Submit("#profile-form", "new", "Harbour-Violet-31!", "current", apptest.Password).Expect(422).In("#confirm-error", "second time")
		jon.Visit("/me/edit").Submit("#profile-form", "confirm", "Harbour-Violet-31!", "current", apptest.Password).Expect(422).In("#new-error", "Type the new password")
		before := jon.Visit("/me/security").Text("h2#h-password + p time")
		app.Clock.Add(12 * time.Hour)
		jon = app.SignIn("consultant")
		jon.Visit("/me/edit").Submit("#profile-form", "bio", "New").Expect(200).At("/me")
		if got := jon.Visit("/me/security").Text("h2#h-password + p time"); got != before {
			t.Errorf("password changed %s, was %s", got, before)
		}
	})
}

// S0-12, ASVS 8.2.3: a forged form changes nothing that it does not offer.
func TestForgedFieldsChangeNothing(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		jon := app.SignIn("consultant")
		token := jon.Visit("/me/edit").Attr("#profile-form [name=_csrf]", "value")
		forged := url.Values{"_csrf": {token}, "email": {"me@evil.example"}, "role": {"super-admin"}, "role_id": {"super-admin"}, "title": {"Boss"}, "status": {"INACTIVE"}, "bio": {"Hello"}}
		jon.Do("PATCH", "/me", "application/x-www-form-urlencoded", forged.Encode(), nil).Expect(200)
		u, err := app.Staff.Get(t.Context(), app.Person("consultant").ID)
		if err != nil {
			t.Fatal(err)
		}
		if was := app.Person("consultant"); u.Email != was.Email || u.RoleID != was.RoleID || u.Title != was.Title || u.Bio != "Hello" {
			t.Errorf("%s %s %s %s", u.Email, u.RoleID, u.Title, u.Bio)
		}
		forged = url.Values{"_csrf": {token}, "cell": {""}, "last_name": {"Forged"}}
		jon.Do("PATCH", "/me/fields/cell", "application/x-www-form-urlencoded", forged.Encode(), nil).Expect(200)
		jon.Visit("/me").In("#last-name-shown", "Okafor") // a row changes its own field only
	})
}

// B-16: the second of two forms that were open at once shows both values and changes nothing; then it is a choice.
func TestAStaleFormShowsBothValues(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		jon := app.SignIn("consultant")
		first, second := jon.Visit("/me/edit"), jon.Visit("/me/edit")
		first.Submit("#profile-form", "bio", "From the first tab", "cell_hidden", "true").Expect(200)
		p := second.Submit("#profile-form", "bio", "From the second tab").Expect(409)
		p.In("#bio-error", "changed meanwhile").In("#bio-stored", "From the first tab").In("#bio", "From the second tab").In("#errors", "Bio:")
		p.Has("#cell-hidden-stored", 0) // left as it was filled in: no conflict, and the first tab's choice stays
		if !strings.Contains(p.Attr("#bio", "aria-describedby"), "bio-stored") {
			t.Error("what is stored is not read out with the field")
		}
		jon.Visit("/me").In("#bio-shown", "From the first tab")
		p.Submit("#profile-form").Expect(200).In("#bio-shown", "From the second tab")
		jon.Visit("/me/edit").Has("#cell-hidden[checked]", 1)

		row := jon.Visit("/me/fields/bio/edit")
		jon.Visit("/me/fields/bio/edit").Submit("#bio-form", "bio", "Third").Expect(200)
		row.SubmitFragment("#bio-form", "bio", "Fourth").Expect(409).In("#bio-stored", "Third")
	})
}

// D-1, B-15: htmx gets the parts of the page, what is wrong stays in the form, and what was saved shows everywhere.
func TestSavingByHtmx(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		jon := app.SignIn("consultant")
		edit := jon.Visit("/me/edit")
		bad := edit.SubmitFragment("#profile-form", "first_name", "").Expect(422).Has("#errors[data-focus]", 1).Has("main", 0)
		bad.In("#first-name-error", "Enter a first name")
		good := edit.SubmitFragment("#profile-form", "first_name", "Jonathan").Expect(200).In("h1", "My Profile").In(".alert-success", "saved").Has("[data-focus] .alert-success", 1)
		if good.Header.Get("HX-Push-Url") != "/me" || !strings.Contains(good.Body, "<title>My Profile · Marlow Reyes</title>") {
			t.Error("the address bar or the title stays behind")
		}
		if !strings.Contains(good.Body, `<hx-partial hx-target=".top .me"`) {
			t.Error("the top bar keeps the old name")
		}
	})
}

// D-1: the confirmation of a plain form is one of ours; nothing in the address is echoed.
func TestNothingInTheAddressIsEchoed(t *testing.T) {
	app := apptest.One(t)
	jon := app.SignIn("consultant")
	jon.Visit("/me?saved=profile").In(".alert-success", "Your changes are saved.")
	if p := jon.Visit("/me?saved=%3Cb%3EGotcha").Has(".alert-success", 0); strings.Contains(p.Body, "Gotcha") {
		t.Error("echoed")
	}
}

// S0-16: no page of My Profile says anything in English to those who read another language, right or wrong.
func TestMyProfileSpeaksThreeLanguages(t *testing.T) {
	app := apptest.One(t)
	for who, lang := range map[string]string{"other": "es", "paralegal": "fr"} {
		c := app.SignIn(who)
		signInAs(app, who, phone)
		check := func(p *apptest.Page) *apptest.Page {
			t.Helper()
			for _, left := range viewstest.Leftovers(lang, p.Body) {
				t.Errorf("%s in %s: %s", p.Path, lang, left)
			}
			return p
		}
		for _, path := range []string{"/me", "/me/preferences", "/me/security", "/me/sign-ins", "/me/fields/cell/edit", "/me/picture/delete",
			"/me/sessions/others/delete", "/me?saved=profile", "/me?saved=password", "/me?saved=picture", "/me/security?saved=sessions"} {
			check(c.Visit(path).Expect(200))
		}
		check(c.Visit("/me/security")).Follow("#sessions li a.btn")
		p := check(c.Visit("/me/edit"))
		check(p.Submit("#profile-form", "first_name", "J", "cell", "1", "bio", strings.Repeat("x", 1001), "new", "x", "confirm", "y").Expect(422))
		check(c.Visit("/me").Upload("#picture", "picture", "me.png", "image/png", []byte("no picture")).Expect(422))
		check(p.SubmitFragment("#profile-form", "zone", "Asia/Tokyo", "cell", "+1 416 555 0118", "office", "+1 416 555 0100 ext. 2").Expect(200))
	}
}
