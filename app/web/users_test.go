package web_test

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"chancery/app/access"
	"chancery/app/apptest"
	"chancery/app/post"
	"chancery/app/resource"
	"chancery/app/staff"
)

// S1-1, C-13: the list tells who is here and how they stand.
func TestTheListShowsEveryoneAndHowTheyStand(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		until := app.Clock.Now().Add(time.Minute)
		if err := app.DB.In(t.Context()).Exec(`UPDATE credentials SET locked_until = ? WHERE user_id IN (?, ?)`, until, app.Person("accountant").ID, app.Person("inactive").ID).Error; err != nil {
			t.Fatal(err)
		}
		c := app.SignIn("admin")
		p := c.Visit("/users").Has("tbody tr", 8).In(".pager", "1 to 8 of 8").Has(".pager a", 0).Has("a[href='/users/new']", 1)
		for who, want := range map[string][2]string{"super": {"active", "Super Admin"}, "invited": {"inactive", "Not invited"}, "inactive": {"inactive", "Paralegal"}, "accountant": {"locked", "Accountant"}} {
			row := "tbody tr:has(a[href='/users/" + app.Person(who).ID + "'])"
			p.In(row, app.Person(who).Name()).In(row, apptest.Email(who)).In(row, want[1]).Has(row+" .status[data-status="+want[0]+"]", 1)
		}
		app.Clock.Add(2 * time.Minute)
		c.Visit("/users").Has(".status[data-status=locked]", 0) // the lock ends by time, and nothing has to unlock it
	})
}

// S0-32: a search finds by words of name, e-mail, title or phone, and its address can be kept.
func TestASearchFinds(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		c := app.SignIn("admin")
		for q, want := range map[string]int{"lucia": 1, "FERNANDEZ lucía": 1, "tremblay-cote": 1, "@firm.example": 8, "rcic": 8, "%": 0, "_": 0, "nobody": 0, "lucia okafor": 0} {
			p := c.Visit("/users?q="+url.QueryEscape(q)).Has("tbody tr", want)
			if p.Attr("#people-q", "value") != q {
				t.Errorf("the field forgot %q", q)
			}
			if want == 0 {
				p.In("#people", "Nobody matches “"+q+"”").Has("#people a[href='/users']", 1)
			}
		}
		f := c.Fragment("GET", "/users?q=lucia", "/users", nil).Has("tbody tr", 1)
		if strings.Contains(f.Body, "<html") {
			t.Error("the fragment is a whole page")
		}
		c.Visit("/users?q=%3Cscript%3E").Has("script:not([src])", 0)
	})
}

func TestTheListIsPaged(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		for i := range 50 {
			hire(t, app, staff.NewUser{FirstName: "Extra", LastName: "Person " + string(rune('a'+i/26)) + string(rune('a'+i%26)), Email: "extra" + string(rune('a'+i/26)) + string(rune('a'+i%26)) + "@firm.example", RoleID: access.RoleViewer})
		}
		c := app.SignIn("admin")
		p := c.Visit("/users?q=firm").Has("tbody tr", 25).In(".pager", "1 to 25 of 58").Has("a[rel=prev]", 0)
		p = p.Follow("a[rel=next]").In(".pager", "26 to 50 of 58").Follow("a[rel=next]").Has("tbody tr", 8).Has("a[rel=next]", 0)
		p.In(".pager", "51 to 58 of 58").Has("tbody tr", 8)
		p.Follow("a[rel=prev]").In(".pager", "26 to 50 of 58").Follow("a[rel=prev]").In(".pager", "1 to 25 of 58").Has("a[rel=prev]", 0)
		for _, astray := range []string{"/users?q=firm&after=nobody&from=51", "/users?q=firm&before=nobody&from=26", "/users?before=" + app.Person("admin").ID + "&from=9&q=firm"} {
			if p = c.Visit(astray); p.Path != "/users?q=firm" {
				t.Errorf("%s leads to %s", astray, p.Path)
			}
		}
		if n := c.Visit("/users").Header.Get("X-Statements"); n != "4" { // session, count, page, and what became of the invitations on it
			t.Errorf("the list costs %s statements", n)
		}
	})
}

func hire(t testing.TB, app *apptest.App, n staff.NewUser) *staff.User {
	t.Helper()
	n.Language, n.Zone = "en", "America/Toronto"
	u, err := app.Staff.Create(t.Context(), access.System("test"), n)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// S1-2…S1-10: an administrator creates a colleague; a welcome mail is queued, and the page says so.
func TestAnAdministratorCreatesAColleague(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		p := app.SignIn("admin").Visit("/users").Follow("a[href='/users/new']")
		if p.Attr("#zone option[selected]", "value") != "America/Toronto" || p.Attr("#language option[selected]", "value") != "en" {
			t.Error("the practice's own language and zone are not the default (S1-8)")
		}
		p.Has("input[name=first][value=link][checked]", 1).Has("#role option[selected]", 0)
		p = p.Submit("#user-form", "first_name", " Gabriel ", "last_name", "Tremblay", "email", "Gabriel@Firm.example", "title", "Paralegal",
			"role", "paralegal", "profiles", "collections", "language", "fr", "zone", "America/Vancouver").Expect(200)
		p.In("h1", "Gabriel Tremblay").In("[role=status]", "Gabriel Tremblay was created. A welcome e-mail is on its way to gabriel@firm.example.")
		p.In(".page-head", "Invited").In("main aside", "Paralegal").In("main aside", "Collections").In("#language-shown", "Français").In("#zone-shown", "Vancouver").In(".alert-info", "The invitation is on its way.")
		id := strings.TrimSuffix(strings.TrimPrefix(p.Path, "/users/"), "?notice=created")
		m, err := app.Post.Find(t.Context(), "welcome/"+id)
		if err != nil || m.Language != "fr" || m.Recipient != "gabriel@firm.example" || m.State != post.Waiting {
			t.Errorf("%+v, %v", m, err)
		}
	})
}

// B-15: a form that is sent twice is one creation, and the second answer is the first's; a later one, another's, or one with
// another name is not.
func TestAFormSentTwiceCreatesOnce(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		form := app.SignIn("admin").Visit("/users/new")
		fields := []string{"first_name", "Gabriel", "last_name", "Tremblay", "email", "Gabriel@firm.example", "role", "paralegal"}
		first := form.Submit("#user-form", fields...).Expect(200).In("h1", "Gabriel Tremblay")
		again := form.Submit("#user-form", fields...).Expect(200).In("h1", "Gabriel Tremblay").In("[role=status]", "was created")
		if again.Path != first.Path {
			t.Errorf("%s, and again %s", first.Path, again.Path)
		}
		if to := form.SubmitFragment("#user-form", fields...).Expect(204).Header.Get("HX-Redirect"); to != first.Path {
			t.Errorf("with script: %s", to)
		}
		var people, mails int64
		db := app.DB.In(t.Context())
		if db.Table("users").Where("email = 'gabriel@firm.example'").Count(&people); people != 1 {
			t.Errorf("%d people", people)
		}
		if db.Table("mails").Where("recipient = 'gabriel@firm.example'").Count(&mails); mails != 1 {
			t.Errorf("%d mails", mails)
		}
		form.Submit("#user-form", append(slices.Clone(fields), "last_name", "Roy")...).Expect(422).In("#email-error", "Gabriel Tremblay")
		app.SignIn("super").Visit("/users/new").Submit("#user-form", fields...).Expect(422).In("#email-error", "Gabriel Tremblay")
		app.Clock.Add(2*time.Minute + time.Second)
		form.Submit("#user-form", fields...).Expect(422).In("#email-error", "Gabriel Tremblay")
	})
}

// S1-5: an empty password is not called new: there is no other.
func TestAMissingFirstPasswordIsAskedFor(t *testing.T) {
	app := apptest.One(t)
	form := app.SignIn("admin").Visit("/users/new")
	form.Submit("#user-form", "first", "typed", "first_password", "").Expect(422).In("#first-password-error", "Type a password.")
}

// S0-26, C-6: what is wrong is said above the form and beneath each field, in the page's order; nothing else is lost.
func TestARefusedFormComesBackAsItWas(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		form := app.SignIn("admin").Visit("/users/new")
		for _, fragment := range []bool{false, true} {
			send := form.Submit
			if fragment {
				send = form.SubmitFragment
			}
			p := send("#user-form", "first_name", "X", "last_name", "Tremblay", "email", "gabriel", "title", "Paralegal", "profiles", "collections",
				"first", "typed", "first_password", "short", "language", "es").Expect(422)
			var order []string
			for _, link := range p.Doc.Find("#errors a").EachIter() {
				order = append(order, link.AttrOr("href", ""))
			}
			if got := strings.Join(order, " "); got != "#first-name #email #role #first-password" {
				t.Errorf("the summary names %s", got)
			}
			p.In("#errors li:first-child", "First name: ").In("#errors li:last-child", "Password: ")
			p.Has("#password-rules ~ #first-password-error", 1).Has("#email-hint ~ #email-error", 1)
			for _, id := range order {
				p.Has(id+"[aria-invalid=true]", 1).Has(id+"-error", 1)
				if !strings.Contains(p.Attr(id, "aria-describedby"), strings.TrimPrefix(id, "#")+"-error") {
					t.Errorf("%s does not name its message", id)
				}
			}
			p.Has("#errors[role=alert][data-focus]", 1).Has("input[name=profiles][checked]", 1).Has("input[name=first][value=typed][checked]", 1)
			if p.Attr("#title option[selected]", "value") != "Paralegal" || p.Attr("#language option[selected]", "value") != "es" || p.Attr("#first-password", "value") != "" {
				t.Error("what was typed is lost, or the password is not")
			}
			if whole := strings.Contains(p.Body, "<html"); whole == fragment {
				t.Errorf("whole page %t for a fragment %t", whole, fragment)
			}
		}
	})
}

// S1-4, S1-28: an address is used once, also that of one who has left; the form says whose it is.
func TestAnAddressIsUsedOnce(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		form := app.SignIn("admin").Visit("/users/new")
		try := func(email string) *apptest.Page {
			return form.Submit("#user-form", "first_name", "Gabriel", "last_name", "Tremblay", "email", email, "role", "viewer").Expect(422)
		}
		try(strings.ToUpper(apptest.Email("consultant"))).In("#email-error", "belongs to Jon Okafor")
		try(apptest.Email("inactive")).In("#email-error", "Arturo Salcedo, who no longer works here")
	})
}

// S1-5, S1-6, C-14: a typed first password is temporary.
func TestATypedFirstPasswordHasToBeChanged(t *testing.T) {
	app := apptest.One(t)
	form := app.SignIn("admin").Visit("/users/new")
	create := func(name string) {
		form.Submit("#user-form", "first_name", name, "last_name", "Person", "email", strings.ToLower(name)+"@firm.example", "role", "viewer",
			"first", "typed", "first_password", "Harbour-Copper-88!").Expect(200)
	}
	enter := func(name string) *apptest.Page {
		return app.Visitor().Visit("/sign-in").Submit("form[action='/sign-in']", "email", strings.ToLower(name)+"@firm.example", "password", "Harbour-Copper-88!")
	}
	create("Anna")
	enter("Anna").At("/me/password/edit")
	app.Clock.Add(73 * time.Hour)
	enter("Anna").Expect(422).In("#refused", "has expired")
}

// S1-30, S1-32: only a Super Admin can make another, and is warned before the third.
func TestSuperAdminIsOfferedWithCare(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		c := app.SignIn("admin")
		c.Visit("/users/new").Has("option[value=super-admin]", 0).Has(".alert-warning", 0)
		values := url.Values{"_csrf": {pageToken(c.Visit("/me"))}, "first_name": {"Owen"}, "last_name": {"Pritchard"},
			"email": {"owen2@firm.example"}, "role": {"super-admin"}, "language": {"en"}, "zone": {"UTC"}, "first": {"link"}}
		c.Do("POST", "/users", "application/x-www-form-urlencoded", values.Encode(), nil).Expect(422).In("#role-error", "Only a Super Admin")
		super := app.SignIn("super")
		super.Visit("/users/new").Has("option[value=super-admin][data-reveals]", 1).Has(".alert-warning", 0).
			Submit("#user-form", "first_name", "Second", "last_name", "Super", "email", "second@firm.example", "role", "super-admin").Expect(200)
		super.Visit("/users/new").In(".alert-warning.revealed", "2 people are Super Admins already")
	})
}

// S0-1: any colleague sees a card and can change nothing on it.
func TestAColleaguesCardCanOnlyBeRead(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		jon := app.Person("consultant")
		set := func(v string) *staff.Edit { return &staff.Edit{Value: v} }
		if _, err := app.Staff.UpdateProfile(t.Context(), app.Actor("consultant"), jon.ID, staff.ProfileChange{Cell: set("+1 416 555 0121"), Office: set("+1 416 555 0100 ext. 7"), Bio: set("Work permits.\n<b>Families.</b>")}); err != nil {
			t.Fatal(err)
		}
		p := app.SignIn("paralegal").Visit("/users/" + jon.ID).Expect(200)
		p.In("h1", "Jon Okafor").In("dl", apptest.Email("consultant")).In("dl", "+1 416-555-0121").In("dl", "poste 7").In("dl", "Family").In("dl", "Work permits.")
		p.Has("main form", 0).Has("main input", 0).Has("main aside", 0).Has("main .status", 0).Has("main [hx-get]", 0).Has("main b", 0)
		if p.Attr("dl a[href^='tel:']", "href") != "tel:+14165550121" {
			t.Error(p.Attr("dl a[href^='tel:']", "href"))
		}
		if p.Attr("html", "lang") != "fr" || !strings.HasPrefix(p.Text("title"), "Jon Okafor") {
			t.Errorf("%q", p.Text("title"))
		}
		if _, err := app.Staff.UpdateProfile(t.Context(), app.Actor("consultant"), jon.ID, staff.ProfileChange{CellHidden: set("true")}); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(app.SignIn("paralegal").Visit("/users/"+jon.ID).Body, "555-0121") {
			t.Error("a hidden number is shown (C-9)")
		}
		app.SignIn("consultant").Visit("/users/"+jon.ID).Has("main a[href='/me']", 1).In("dl", "+1 416-555-0121")
		app.SignIn("admin").Visit("/users/"+jon.ID).In("main aside", "RCIC Consultant").In("#last-sign-in", "Today, 09:00").Has("main .status[data-status=active]", 1)
	})
}

// S0-30: an administrator takes an unfit picture away, after a question.
func TestAnUnfitPictureIsRemoved(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		jon, ctx := app.Person("consultant"), t.Context()
		if _, err := app.Staff.SetPicture(ctx, app.Actor("consultant"), jon.ID, staff.Upload{Name: "me.png", Type: "image/png", File: smallPNG(t)}); err != nil {
			t.Fatal(err)
		}
		app.SignIn("other").Visit("/users/"+jon.ID).Has("main .ava img", 1).Has("main a[href$='/picture/delete']", 0)
		c := app.SignIn("admin")
		show := c.Visit("/users/" + jon.ID)
		shown := show.Attr("main .ava img", "src")
		c.Visit(shown).Expect(200)
		dialog := show.Follow("a[href$='/picture/delete']").In("dialog h2", "Remove the picture of Jon Okafor?")
		c.Fragment("GET", "/users/"+jon.ID+"/picture/delete", "/users/"+jon.ID, nil).Has("dialog[data-autoshow] a[data-close]", 1)
		dialog.Submit("dialog form").In("[role=status]", "The picture was removed.").Has("main .ava img", 0).Has("main a[href$='/picture/delete']", 0)
		c.Visit(shown).Expect(404)
		dialog.Submit("dialog form").Expect(200) // twice does no harm
	})
}

// S1-22: signed out everywhere means at the next request of each device.
func TestAPersonIsSignedOutEverywhere(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		phone, desk := app.SignIn("consultant"), app.SignIn("consultant")
		c := app.SignIn("admin")
		p := c.Visit("/users/"+app.Person("consultant").ID).Follow("a[href$='/sessions/delete']").In("dialog h2", "Sign out Jon Okafor everywhere?").Has(".alert-warning", 0)
		phone.Visit("/me").At("/me")
		p.Submit("dialog form").In("[role=status]", "Jon Okafor is signed out everywhere.")
		phone.Visit("/me").At("/sign-in")
		desk.Visit("/me").At("/sign-in")
		c.Visit("/me").At("/me")
		c.Visit("/users/"+app.Person("admin").ID+"/sessions/delete").In(".alert-warning", "your own account").Submit("dialog form").At("/sign-in")
	})
}

// B-13: the card tells how an invitation stands.
func TestTheCardTellsHowAnInvitationStands(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		ctx, c := t.Context(), app.SignIn("admin")
		c.Visit("/users/"+app.Person("invited").ID).In(".alert-warning", "No invitation was sent.")
		p := c.Visit("/users/new").Submit("#user-form", "first_name", "Gabriel", "last_name", "Tremblay", "email", "gabriel@firm.example", "role", "viewer")
		path, _, _ := strings.Cut(p.Path, "?")
		id := strings.TrimPrefix(path, "/users/")
		deliver := func(state string) {
			if err := app.DB.In(ctx).Exec(`UPDATE mails SET state = ?, delivered_at = ? WHERE user_id = ?`, state, app.Clock.Now(), id).Error; err != nil {
				t.Fatal(err)
			}
		}
		deliver("failed")
		c.Visit(path).In(".alert-warning", "could not be delivered")
		deliver("sending")
		m, err := app.Post.Find(ctx, "welcome/"+id)
		if err != nil {
			t.Fatal(err)
		}
		if err := app.Post.GiveUp(ctx, m, resource.Condition{Type: post.Delivery, Status: resource.Unknown, Reason: "TooLate"}); err != nil {
			t.Fatal(err)
		}
		c.Visit(path).In(".alert-warning", "Nobody knows whether the invitation has arrived")
		deliver("delivered")
		if _, _, err := app.Signin.IssueWelcome(ctx, id); err != nil {
			t.Fatal(err)
		}
		c.Visit(path).In(".alert-info", "The link works until: 28 Nov, 09:00.").Has(".alert-warning", 0)
		app.Clock.Add(8 * 24 * time.Hour)
		app.SignIn("admin").Visit(path).In(".alert-warning", "The invitation has expired, and nobody has used it: Yesterday, 09:00.")
	})
}

// smallPNG is a small picture.
func smallPNG(t *testing.T) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 600, 600))
	for i := range 600 {
		img.Set(i, i, color.RGBA{200, 30, 30, 255})
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
