package web_test

import (
	"bytes"
	"image"
	"image/png"
	"testing"

	"chancery/app/access"
	"chancery/app/apptest"
	"chancery/app/staff"
)

// S2-15, S2-25, ASVS 8.2.2: the practice's picture stands at the door; people's pictures do not.
func TestTheDoorShowsThePracticesPictureAndNobodyElses(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		var b bytes.Buffer
		if err := png.Encode(&b, image.NewRGBA(image.Rect(0, 0, 300, 300))); err != nil {
			t.Fatal(err)
		}
		up := staff.Upload{Name: "logo.png", Type: "image/png", File: b.Bytes()}
		if err := app.Staff.SetLogo(t.Context(), access.System("test"), up); err != nil {
			t.Fatal(err)
		}
		jon, err := app.Staff.SetPicture(t.Context(), app.Actor("consultant"), app.Person("consultant").ID, up)
		if err != nil {
			t.Fatal(err)
		}
		door := app.Visitor()
		logo := door.Visit("/sign-in").Expect(200).Attr(".brand img", "src")
		if got := door.Visit(logo).Expect(200).Header.Get("Content-Type"); got != "image/jpeg" {
			t.Errorf("the logo is %q", got)
		}
		door.Visit("/logo/" + *jon.PictureID + "/64").Expect(404)
		door.Visit("/pictures/" + *jon.PictureID + "/64").At("/sign-in")
		app.SignIn("paralegal").Visit("/pictures/" + *jon.PictureID + "/64").Expect(200)
	})
}
