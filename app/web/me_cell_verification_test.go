package web_test

import (
	"testing"
	"time"

	"chancery/app/apptest"
	"chancery/app/post"
)

// own gives the consultant a number that nobody has verified, and signs them in.
func own(t *testing.T, app *apptest.App) *apptest.Client {
	t.Helper()
	app.Phone("consultant")
	if err := app.DB.In(t.Context()).Exec(`UPDATE users SET cell_verified_at = NULL`).Error; err != nil {
		t.Fatal(err)
	}
	return app.SignIn("consultant")
}

// S3-13: a person shows that the number in their profile is theirs, and signs in by it from then on; they are told by mail
// (ASVS 6.3.7).
func TestAPersonVerifiesTheirNumber(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		c := own(t, app)
		p := c.Visit("/me").In("#personal", "Not verified yet").Follow("a[href='/me/cell-verification/new']").In("main", "+1 416-555-0142")
		p = p.Submit("#cell-form").At("/me/cell-verification/edit")
		pin := app.PIN("consultant")
		p = p.Submit("#cell-form", "pin", otherPIN(pin)).Expect(422).In("#pin-error", "4 tries").In("#errors", "4 tries")
		p.Submit("#cell-form", "pin", "").Expect(422).In("#pin-error", "6 digits")
		p.Submit("#cell-form", "pin", pin).At("/me").In(".alert-success", "verified").In("#personal", "signs you in by PIN").Has("a[href^='/me/cell-verification']", 0)
		if _, err := app.Post.Latest(t.Context(), app.Person("consultant").ID, post.CellVerified); err != nil {
			t.Error(err)
		}
		c.Visit("/me/cell-verification/new").At("/me")
		app.Clock.Add(time.Minute)
		app.Visitor().Visit("/sign-in/phone").Submit("#phone", "cell", apptest.Cell).Submit("#pin-form", "pin", app.PIN("consultant")).At("/me")
		app.SignIn("admin").Visit("/users/"+app.Person("consultant").ID).In("main", "Verified: it signs in by PIN")
	})
}

// A PIN that is over leads back to asking; asking too often says so, with when to come back.
func TestAPINOfANumberThatIsOver(t *testing.T) {
	app := apptest.One(t)
	c := own(t, app)
	p := c.Visit("/me/cell-verification/new").Submit("#cell-form")
	again := p.Submit("#again").Expect(429).In("#errors", "half a minute")
	if again.Header.Get("Retry-After") != "30" {
		t.Errorf("come back after %q", again.Header.Get("Retry-After"))
	}
	pin := app.PIN("consultant")
	for range 4 {
		p = p.Submit("#cell-form", "pin", otherPIN(pin)).Expect(422).Has("#pin", 1)
	}
	p.Submit("#cell-form", "pin", otherPIN(pin)).Expect(422).Has("#pin", 0).In("#errors", "Ask for a new one")
	c.Visit("/me/cell-verification/edit").At("/me/cell-verification/new")
}

// ASVS 7.5.1: verifying a number, and changing one that signs in, asks for the password when the last proof is a while old.
func TestANumberThatSignsInIsChangedWithThePassword(t *testing.T) {
	app := apptest.One(t)
	c := own(t, app)
	app.Clock.Add(11 * time.Minute)
	p := c.Visit("/me/cell-verification/new").Has("#password", 1)
	p.Submit("#cell-form").Expect(422).Has("#password-error", 1)
	p.Submit("#cell-form", "password", apptest.Password).At("/me/cell-verification/edit").Submit("#cell-form", "pin", app.PIN("consultant")).At("/me")

	app.Clock.Add(11 * time.Minute)
	row := c.Visit("/me/fields/cell/edit").Has("#cell-form #password", 1).In("#cell-form", "prove that it is you")
	row.Submit("#cell-form", "cell", "+1 416 555 0199").Expect(422).Has("#password-error", 1)
	row.Submit("#cell-form", "cell", "+1 416 555 0199", "password", "no").Expect(422).Has("#password-error", 1)
	form := c.Visit("/me/edit")
	asked := form.Submit("#profile-form", "cell", "+1 416 555 0199", "office", "Room 7").Expect(422).Has("#profile-form #password[aria-invalid=true]", 1)
	if asked.Attr("#cell", "value") != "+1 416 555 0199" || asked.Attr("#office", "value") != "Room 7" {
		t.Error("what was typed is gone")
	}
	row.Submit("#cell-form", "cell", "+1 416 555 0199", "password", apptest.Password).At("/me").In("#personal", "416-555-0199").In("#personal", "Not verified yet")
	if _, err := app.Post.Latest(t.Context(), app.Person("consultant").ID, post.CellChanged); err != nil {
		t.Error(err)
	}
	c.Visit("/me/fields/cell/edit").Has("#cell-form #password", 0)
}

// ASVS 7.5.1: whoever changes a number that signs a colleague in proves who they are, in the row and in the form alike, and in
// a file; what was typed stays. A number that signs nobody in asks for nothing.
func TestAColleaguesNumberThatSignsInIsChangedAgainstAProof(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		app.Phone("consultant")
		jon := app.Person("consultant")
		admin := app.SignIn("admin")
		app.Clock.Add(11 * time.Minute)
		row := admin.Fragment("GET", "/users/"+jon.ID+"/fields/cell/edit", "/users/"+jon.ID, nil).Expect(200).Has("#cell-form input[name=password]", 1)
		row.SubmitFragment("#cell-form", "cell", "+1 416 555 0199").Expect(422).In("#password-error", "password").Has("#cell[value='+1 416 555 0199']", 1)
		cell := func() string {
			u, err := app.Staff.Get(t.Context(), jon.ID)
			if err != nil {
				t.Fatal(err)
			}
			return u.Cell
		}
		if cell() != apptest.Cell {
			t.Error("it was changed without a proof", cell())
		}
		edit := admin.Visit("/users/"+jon.ID+"/edit").Has("#edit-form input[name=password]", 0)
		edit.Submit("#edit-form", "bio", "Work permits.").At("/users/" + jon.ID)
		asked := admin.Visit("/users/"+jon.ID+"/edit").Submit("#edit-form", "cell", "+1 416 555 0199").Expect(422).Has("#cell[value='+1 416 555 0199']", 1)
		asked.Submit("#edit-form", "password", "not it").Expect(422).In("#password-error", "")
		file := func() *apptest.Page {
			return uploadChanges(admin, "E-mail,Cell number\n"+jon.Email+",+1 416 555 0177\n")
		}
		file().Submit("#import-confirm").At("/me/proof/new")
		if cell() != apptest.Cell {
			t.Error("it was changed without a proof", cell())
		}
		asked.Submit("#edit-form", "password", apptest.Password).At("/users/" + jon.ID)
		if cell() != "+14165550199" {
			t.Error(cell())
		}
		file().Submit("#import-confirm").In("h1", "Import of 1 row")
	})
}
