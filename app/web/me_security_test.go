package web_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"chancery/app/apptest"
)

const phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile Safari/604.1"

// S2-17…S2-24, S0-28, C-2: refused with a clear message, and nothing changes.
func TestAPasswordChangeIsRefusedClearly(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		jon := app.SignIn("consultant")
		page := jon.Visit("/me/security")
		for _, c := range []struct{ current, new, confirm, where, text string }{
			{"", "", "", "#new-error", "Type the new password"},
			{"", "", "", "#current-error", "current password"},
			{"", "", "", "#confirm-error", "second time"},
			{"", "Harbour-Violet-31!", "Harbour-Violet-31!", "#current-error", "current password"},
			{"Wrong-One-99!", "Harbour-Violet-31!", "Harbour-Violet-31!", "#current-error", "not your current password"},
			{apptest.Password, "Harbour-Violet-31!", "Harbour-Violet-31?", "#confirm-error", "differ"},
			{apptest.Password, apptest.Password, apptest.Password, "#new-error", "the password you have now"},
			{apptest.Password, "harbour-violet-31!", "harbour-violet-31!", "#new-error", "uppercase"},
			{apptest.Password, "Okafor-Harbour-31!", "Okafor-Harbour-31!", "#new-error", "Okafor"},
		} {
			p := page.Submit("#password-form", "current", c.current, "new", c.new, "confirm", c.confirm).Expect(422).In(c.where, c.text).Has("#errors", 1)
			p.Has("input[type=password][value]:not([value=''])", 0)
		}
		page.Submit("#password-form", "current", apptest.Password, "new", "Harbour-Violet-31!", "confirm", "Harbour-Violet-31!").Expect(200).At("/me/security").In(".alert-success", "sign in again")
	})
}

// S0-26: the summary lists all that is wrong, in the order of the form.
func TestTheSummaryOfAPasswordChangeListsAll(t *testing.T) {
	app := apptest.One(t)
	page := app.SignIn("consultant").Visit("/me/security")
	page.Submit("#password-form", "current", "", "new", "", "confirm", "").Expect(422).Has("#errors li", 3).In("#errors li:first-child", "Current password")
	page.Submit("#password-form", "current", "Wrong-One-99!", "new", "short", "confirm", "shorter").Expect(422).Has("#errors li", 3)
}

// ASVS 6.1.1, 6.3.1, B-15: the fifth wrong password of a session leads to the door, and says why; what else was typed is
// kept.
func TestWrongPasswordsLeadToTheDoor(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		for _, script := range []bool{false, true} {
			jon := app.SignIn("consultant")
			page := jon.Visit("/me/edit")
			typed := []string{"current", "Wrong-One-99!", "new", "Harbour-Violet-31!", "confirm", "Harbour-Violet-31!", "bio", "Typed meanwhile"}
			for range 4 {
				page.Submit("#profile-form", typed...).Expect(422).In("#current-error", "not your current password")
			}
			if script {
				p := page.SubmitFragment("#profile-form", typed...).Expect(401)
				to := p.Header.Get("HX-Redirect")
				if p.Header.Get("X-Signed-Out") != "1" || !strings.Contains(to, "notice=guessed") {
					t.Errorf("leads to %q", to)
				}
				jon.Visit(to).Expect(200).In(".alert", "wrong five times")
			} else {
				page.Submit("#profile-form", typed...).Expect(401).In(".alert", "wrong five times").In(".alert", "is kept").Has("[name=typed_bio][value='Typed meanwhile']", 1)
			}
			jon.Visit("/me").At("/sign-in")
		}
		signInWith(app, phone).Visit("/me").At("/me")
	})
}

// C-8, S2-28: the other devices are signed out with the password unless one says otherwise.
func TestOtherDevicesGoWithThePassword(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		jon, other := app.SignIn("consultant"), app.SignIn("consultant")
		page := jon.Visit("/me/security").Has("[name=end_others][checked]", 1).Has("#sessions li", 2)
		page.Submit("#password-form", "current", apptest.Password, "new", "Harbour-Violet-31!", "confirm", "Harbour-Violet-31!", "end_others", "false").Expect(200)
		other.Visit("/me").At("/me")
		page.Submit("#password-form", "current", "Harbour-Violet-31!", "new", apptest.Password, "confirm", apptest.Password).Expect(200).Has("#sessions li", 1)
		other.Visit("/me").At("/sign-in")
		jon.Visit("/me").At("/me")
	})
}

// S2-18, S2-19, ASVS 6.2.1: the page shows the policy in force and recommends more.
func TestThePolicyStandsBesideThePassword(t *testing.T) {
	app := apptest.One(t)
	jon := app.SignIn("consultant")
	p := jon.Visit("/me/security").Has("#policy [data-rule]", 5).Has("#policy [data-same=confirm]", 1).Has("#new[data-policy=policy][autocomplete=new-password]", 1)
	p.In("#policy-hint", "15 characters or more").Has("#current[autocomplete=current-password]", 1).Has("[data-peek=new]", 1)
	if err := app.DB.In(t.Context()).Exec("UPDATE organization SET password_policy = 'length'").Error; err != nil {
		t.Fatal(err)
	}
	jon.Visit("/me/security").Has("#policy [data-rule]", 1).In("#policy", "15")
	jon.Visit("/me/edit").Has("#policy [data-rule]", 1)
}

// S2-28…S2-30, C-7: one's own sessions are named, and one, or all others, can be ended after a question.
func TestOwnSessionsAreListedAndEnded(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		jon, mobile := app.SignIn("consultant"), signInWith(app, phone)
		p := jon.Visit("/me/security").Has("#sessions li", 2).In("#sessions", "Safari · iPhone").In("#sessions", "127.0.0.1").In("#sessions", "This device")
		p.In("#sessions", "Change your password at once and contact your administrator").In("#sessions", "An administrator can also sign you out everywhere")
		ask := p.Follow("#sessions li a.btn").Expect(200).In("dialog h2", "Sign out Safari · iPhone?").Has("#password", 0)
		ask.Submit("#session-form").Expect(200).At("/me/security").In(".alert-success", "signed out").Has("#sessions li", 1)
		mobile.Visit("/me").At("/sign-in")

		signInWith(app, phone)
		app.SignIn("consultant")
		ask = jon.Visit("/me/security").Follow("a[href='/me/sessions/others/delete']").In("dialog h2", "all your other devices")
		list := ask.SubmitFragment("#session-form").Expect(200).Has("#sessions li", 1).Has("main", 0).Has("[data-focus] .alert-success", 1)
		if !strings.Contains(list.Body, `hx-target="#dialog"`) {
			t.Error("the dialog stays open")
		}
	})
}

// ASVS 7.5.2: when the last proof is not fresh, ending a session takes the password.
func TestEndingASessionTakesAFreshProof(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		jon, mobile := app.SignIn("consultant"), signInWith(app, phone)
		app.Clock.Add(11 * time.Minute)
		ask := jon.Visit("/me/security").Follow("#sessions li a.btn").Has("#password[autocomplete=current-password]", 1)
		ask.SubmitFragment("#session-form", "password", "").Expect(422).Has("dialog", 1).In("#password-error", "Type your password")
		ask.Submit("#session-form", "password", "wrong").Expect(422).In("#password-error", "not your current password")
		mobile.Visit("/me").At("/me")
		ask.Submit("#session-form", "password", apptest.Password).Expect(200).At("/me/security")
		mobile.Visit("/me").At("/sign-in")
	})
}

// ASVS 8.2.2: another's session, one that never was, and the one at hand are not there.
func TestForeignSessionsAreNotFound(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		grace, jon := app.SignIn("admin"), app.SignIn("consultant")
		var foreign, own string
		if err := app.DB.In(t.Context()).Raw("SELECT id FROM sessions WHERE user_id = ?", app.Person("admin").ID).Scan(&foreign).Error; err != nil {
			t.Fatal(err)
		}
		if err := app.DB.In(t.Context()).Raw("SELECT id FROM sessions WHERE user_id = ?", app.Person("consultant").ID).Scan(&own).Error; err != nil {
			t.Fatal(err)
		}
		token := jon.Visit("/me/edit").Attr("#profile-form [name=_csrf]", "value")
		for _, id := range []string{foreign, own, "nobody", ""} {
			if id != "" {
				jon.Visit("/me/sessions/" + id + "/delete").Expect(404)
			}
			jon.Do("DELETE", "/me/sessions/"+id, "application/x-www-form-urlencoded", url.Values{"_csrf": {token}}.Encode(), nil).Expect(404)
		}
		grace.Visit("/me").At("/me")
		jon.Visit("/me").At("/me")
	})
}

// S2-37: successes and failures with their method, the newest first, and the older ones on demand.
func TestTheHistoryHoldsSuccessesAndFailures(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		app.Visitor().Visit("/sign-in").Submit("form[action^='/sign-in']", "email", apptest.Email("consultant"), "password", "wrong").Expect(422)
		var jon *apptest.Client
		for range 12 {
			app.Clock.Add(time.Minute)
			jon = signInWith(app, phone)
		}
		p := jon.Visit("/me/security").Has("#sign-ins tr", 10).In("#sign-ins", "Signed in").In("#sign-ins", "Password").In("#sign-ins", "Safari · iPhone")
		older := jon.Fragment("GET", p.Attr("#older", "hx-get"), "/me/security", nil).Expect(200)
		if n := strings.Count(older.Body, "<tr>"); n != 4 || !strings.Contains(older.Body, "User created") || !strings.Contains(older.Body, `<hx-partial hx-target="#older"`) || !strings.Contains(older.Body, "Wrong password") {
			t.Errorf("%d older rows: %s", n, older.Body)
		}
		p.Follow("#older").Expect(200).At("/me/sign-ins").Has("#sign-ins tr", 4).In("#sign-ins", "Wrong password").In("#older", "Nothing older")
		app.SignIn("paralegal").Visit("/me/security").Has("#sign-ins tr", 2)
	})
}

// D-3: ten tries at a time keep the page small, however many there were.
func TestTheHistoryKeepsItsPageSmall(t *testing.T) {
	app := apptest.One(t)
	for range 9 {
		app.Visitor().Visit("/sign-in").Submit("form[action='/sign-in']", "email", apptest.Email("super"), "password", "wrong").Expect(422)
	}
	app.SignIn("super")
	f := app.SignIn("super").Fragment("GET", "/me/security", "/me", nil).Has("#sign-ins tr", 10).Has("#sessions li", 2).Has("#older[hx-get]", 1)
	if len(f.Body) > 12_500 {
		t.Errorf("%d bytes", len(f.Body))
	}
}

// S1-6: a temporary password opens nothing but its own change; the current one is not asked again (C-2).
func TestAForcedChangeComesFirst(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		if err := app.DB.In(t.Context()).Exec("UPDATE credentials SET must_change = true WHERE user_id = ?", app.Person("consultant").ID).Error; err != nil {
			t.Fatal(err)
		}
		jon := app.SignIn("consultant")
		p := jon.Visit("/me").At("/me/password/edit").Has("body.door", 1).Has("#current", 0).In("h1", "Choose a new password")
		jon.Visit("/me/security").At("/me/password/edit")
		p.Has("img[src^='/pictures/']", 0) // they would not load yet
		p.Submit("#password-form").Expect(422).In("#new-error", "Type the new password")
		p.Submit("#password-form", "new", apptest.Password, "confirm", apptest.Password).Expect(422).In("#new-error", "the password you have now")
		p.Submit("#password-form", "new", "Harbour-Violet-31!", "confirm", "Harbour-Violet-31!").Expect(200).At("/me").In(".alert-success", "password is changed")
		jon.Visit("/me/password/edit").At("/me/security")
	})
}

// signInWith is the consultant's sign-in on another device.
func signInWith(app *apptest.App, userAgent string) *apptest.Client {
	return signInAs(app, "consultant", userAgent)
}

func signInAs(app *apptest.App, who, userAgent string) *apptest.Client {
	c := app.Visitor()
	c.Headers["User-Agent"] = userAgent
	c.Visit("/sign-in").Submit("form[action^='/sign-in']", "email", apptest.Email(who), "password", apptest.Password)
	return c
}

// B-6: what administrators did to the account stands among the sign-ins, with who it was, and not from where; a lock is seen
// by whom it is about.
func TestTheTimelineTellsWhatOthersDid(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		jon := app.SignIn("consultant")
		app.Clock.Add(time.Minute)
		write(t, app, `UPDATE users SET email_verified_at = NULL WHERE id = ?`, app.Person("consultant").ID)
		admin := app.SignIn("admin")
		admin.Visit("/users/" + app.Person("consultant").ID + "/password-reset/new").Submit("#reset-form")
		admin.Visit("/users/"+app.Person("consultant").ID+"/edit").Submit("#edit-form", "address", "12 Harbour Street")
		p := jon.Visit("/me/security").In("#sign-ins", "Password reset by an administrator").In("#sign-ins", "Grace Mbeki").In("#sign-ins", "User edited").In("#sign-ins .tag", "Address")
		p.In("#overview", "Password").In("#overview", "Not verified").Has("#locked", 0)
		rows := p.Doc.Find("#sign-ins tr")
		if text := rows.First().Text(); strings.Contains(text, "127.0.0.1") {
			t.Errorf("it says where an administrator sits: %s", text)
		}
		for range 10 {
			app.Visitor().Visit("/sign-in").Submit("form[action^='/sign-in']", "email", apptest.Email("consultant"), "password", "wrong").Expect(422)
		}
		jon.Visit("/me/security").In("#locked", "locked").In("#sign-ins", "Account locked after wrong passwords").In("#sign-ins", "By itself")
	})
}
