package web_test

import (
	"testing"

	"chancery/app/apptest"
	"chancery/app/post"
)

// B-6: the link works signed out and by a plain form; looking changes nothing, the button does, once.
func TestItWasNotMeByThePlainForm(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		mine, thief := app.SignIn("consultant"), signInWith(app, phone)
		path, _ := secretOf(t, app, post.NewDevice, "consultant")
		for range 3 {
			app.Visitor().Visit(path).Expect(200)
		}
		app.Visitor().Do("HEAD", path, "", "", nil).Expect(200)
		mine.Visit("/me").At("/me")
		guest := app.Visitor()
		p := guest.Visit(path).In("h1", "It was not you?").In("main", "Jon Okafor").In("main", "consultant@firm.example").Has("#disown .btn-error", 1)
		p.Submit("#disown").Expect(200).In("h1", "Everybody is locked out").In("main", "consultant@firm.example")
		mine.Visit("/me").At("/sign-in")
		thief.Visit("/me").At("/sign-in")
		guest.Visit(path).Expect(410).In("main", "It has been used").In("main", "Forgot your password?")
		app.Visitor().Visit("/sign-in").Submit("form[action^='/sign-in']", "email", apptest.Email("consultant"), "password", apptest.Password).Expect(422).In("#refused", "not right")
		app.SignIn("admin").Visit("/users/"+app.Person("consultant").ID).In("main", "was not theirs")

		path, _ = secretOf(t, app, post.PasswordRecover, "consultant")
		p = guest.Visit(path).In("h1", "Choose a new password").Has("input[name=end_others]", 0)
		p.Submit("#reset", "new", "Harbour-Violin-58?", "confirm", "Harbour-Violin-58?").At("/me")
	})
}

// B-6: from a browser in which one is signed in oneself, too; the session there ends with the others.
func TestItWasNotMeWhileSignedIn(t *testing.T) {
	app := apptest.One(t)
	jon := app.SignIn("consultant")
	path, _ := secretOf(t, app, post.NewDevice, "consultant")
	p := jon.Visit(path).Submit("#disown").Expect(200).In("h1", "Everybody is locked out").Has("body[data-user='']", 1)
	if p.Header.Get("Clear-Site-Data") == "" || jon.Cookie("chancery-session") != "" {
		t.Error("the browser keeps something of the session")
	}
	grace := app.SignIn("admin") // somebody else's browser stays signed in
	path, _ = secretOf(t, app, post.NewDevice, "admin")
	app.SignIn("other").Visit(path).Submit("#disown").Expect(200)
	grace.Visit("/me").At("/sign-in")
}

// B-6: a browser keeps the cookie by which it is known when its session ends; it opens nothing.
func TestABrowserStaysKnownAfterSigningOut(t *testing.T) {
	app := apptest.One(t)
	jon := app.SignIn("consultant")
	known := jon.Cookie("chancery-device")
	if len(known) != 43 {
		t.Fatal(known)
	}
	jon.Visit("/me").Submit("form[action='/sign-out']")
	if jon.Cookie("chancery-device") != known || jon.Cookie("chancery-session") != "" {
		t.Error("signing out takes the session's cookie, and leaves the browser known")
	}
	jon.Visit("/me").At("/sign-in")
	jon.Visit("/sign-in").Submit("form[action^='/sign-in']", "email", apptest.Email("consultant"), "password", apptest.Password).At("/")
	var n int
	if err := app.DB.In(t.Context()).Raw("SELECT count(*) FROM mails WHERE kind = 'new-device'").Scan(&n).Error; err != nil || n != 1 {
		t.Errorf("%d mails, %v", n, err)
	}
	if jon.Cookie("chancery-device") != known {
		t.Error("it has another one")
	}
}
