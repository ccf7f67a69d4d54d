package web_test

import (
	"errors"
	"strings"
	"testing"

	"chancery/app/apptest"
	"chancery/app/fault"
)

// S2-34, C-18: administrators change the practice's settings, section by section, with and without script.
func TestTheOrganizationIsChanged(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		app.SignIn("consultant").Visit("/organization").Expect(403)
		c := app.SignIn("admin")
		p := c.Visit("/me").Follow(".side a[href='/organization']").Has("section form[action='/organization']", 7)
		if n := p.Header.Get("X-Statements"); n != "3" { // session, organization, and whose its fields are
			t.Errorf("the page costs %s statements", n)
		}
		p.Has("#org-name[value='Marlow Reyes']", 1).Has("#org-lock-tries[value='10']", 1).Has("#org-idle-minutes[value='']", 1).Has("input[name=password_policy][value=classic][checked]", 1)
		p = p.Submit("#identity-form", "name", "Marlow & Reyes", "address", "1 King Street\nToronto").At("/organization").In("#identity [role=status]", "Saved").In(".side .brand", "Marlow & Reyes")
		p.Has("[role=status]", 3) // this one, and the places of the toasts and of what a search found
		if !strings.HasPrefix(p.Text("title"), "Organization · Marlow & Reyes") {
			t.Error(p.Text("title"))
		}
		p.Submit("#passwords-form", "password_policy", "length", "lock_all", "true").In("#passwords [role=status]", "Saved")
		o, err := app.Staff.Organization(t.Context())
		if err != nil || o.PasswordPolicy != "length" || !o.LockAll || o.Address != "1 King Street\nToronto" || o.SingleNames {
			t.Errorf("%+v, %v", o, err)
		}
		c.Visit("/organization").Submit("#passwords-form", "lock_all", "false")
		if o, err = app.Staff.Organization(t.Context()); err != nil || o.LockAll || o.PasswordPolicy != "length" {
			t.Errorf("a switch stays on: %+v, %v", o, err)
		}
		f := c.Visit("/organization").SubmitFragment("#identity-form", "tagline", "Since 1998").Expect(200).Has("section#identity", 1).Has("[data-focus] [role=status]", 1).Has("main", 0)
		if f.Has("hx-partial[hx-target='.side .brand']", 1); !strings.Contains(f.Text("hx-partial"), "Since 1998") {
			t.Error("the menu keeps the old line")
		}
	})
}

// S0-26, C-6: what is wrong is said by name above the section and beneath the field, and nothing of it is saved.
func TestARefusedSectionComesBackAsItWas(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		page := app.SignIn("admin").Visit("/organization")
		for _, fragment := range []bool{false, true} {
			send := page.Submit
			if fragment {
				send = page.SubmitFragment
			}
			p := send("#sessions-form", "idle_minutes", "2", "lifetime_hours", "soon").Expect(422)
			p.In("#sessions #errors", "Minutes without use: Enter a whole number from 5 to 10,080").Has("#errors a[href='#org-lifetime-hours']", 1)
			p.Has("#org-idle-minutes[value='2'][aria-invalid=true]", 1).Has("#org-lifetime-hours[value=soon]", 1).Has("#org-idle-minutes-error", 1)
			if whole := p.Doc.Find("main").Length() == 1; whole == fragment {
				t.Errorf("whole page %t for a fragment %t", whole, fragment)
			}
			send("#sessions-form", "idle_minutes", "180", "lifetime_hours", "1").Expect(422).In("#org-lifetime-hours-error", "cannot end by itself")
		}
		if o, err := app.Staff.Organization(t.Context()); err != nil || o.IdleMinutes != nil {
			t.Error(o, err)
		}
	})
}

// B-16: two administrators change one setting: the second sees both values, and saves the one that holds.
func TestTwoWhoChangeOneSettingSeeEachOther(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		mine := app.SignIn("admin").Visit("/organization")
		app.SignIn("super").Visit("/organization").Submit("#identity-form", "name", "Theirs", "tagline", "Also theirs").At("/organization")
		mine.SubmitFragment("#identity-form", "name", "Mine", "contact", "me").Expect(409).Has("main", 0).In("#org-name-stored", "Theirs").Has("#org-name[value=Mine]", 1)
		if o, err := app.Staff.Organization(t.Context()); err != nil || o.Name != "Theirs" || o.Contact == "me" {
			t.Errorf("a stale form has changed something: %+v, %v", o, err)
		}
		p := mine.Submit("#identity-form", "name", "Mine", "contact", "me").Expect(409).In("#org-name-stored", "Theirs").Has("#org-name[value=Mine]", 1).Has("#org-contact[value=me]", 1)
		p.Submit("#identity-form").At("/organization")
		if o, err := app.Staff.Organization(t.Context()); err != nil || o.Name != "Mine" || o.Contact != "me" || o.Tagline != "Also theirs" {
			t.Errorf("%+v, %v", o, err)
		}
	})
}

// S2-34, S2-15, S2-25: the logo goes the pictures' way, shows at once for everyone and at the door, and can be taken away.
func TestTheLogoIsUploadedAndRemoved(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		c := app.SignIn("admin")
		p := c.Visit("/organization").Has("#logo a", 0).Upload("#logo", "picture", "logo.png", "image/png", picture(t, 300, 200)).At("/organization").In("#logo .saved", "Logo saved")
		old := p.Attr("#logo img", "src")
		app.Visitor().Visit(old).Expect(200)
		app.SignIn("consultant").Visit("/me").Has("#organization img[src^='/logo/']", 1).Has(".side .brand img[src^='/logo/']", 1)
		c.Headers["HX-Request"] = "true"
		f := p.Upload("#logo", "picture", "logo.png", "image/png", picture(t, 64, 64)).Expect(200).Has("main", 0).Has("hx-partial[hx-target='.side .brand'] img[src^='/logo/']", 1)
		f.Upload("#logo", "picture", "logo.svg", "image/svg+xml", []byte("<svg/>")).Expect(422).In("#picture-error", "JPG, PNG or WebP")
		p.Upload("#logo", "picture", "logo.png", "image/png", append(picture(t, 9, 9), make([]byte, 5<<20)...)).Expect(413).In("#picture-error", "5 MB")
		app.Blobs.Fail(&fault.Unavailable{Message: fault.M("blob.unavailable"), Cause: errors.New("down")})
		p.Upload("#logo", "picture", "logo.png", "image/png", picture(t, 9, 9)).Expect(503).In("#picture-error", "cannot be stored")
		app.Blobs.Fail(nil)
		delete(c.Headers, "HX-Request")
		c.Visit(old).Expect(404)
		p.Upload("#logo", "picture", "x", "text/plain", []byte("x")).Expect(422).Has("#identity-form", 1).Has("#picture-error[hidden]", 0)
		p = c.Visit("/organization").Follow("a[href='/organization/logo/delete']").In("h2", "Remove the logo?").Submit("#logo-delete").At("/organization").In("#logo .saved", "Logo removed")
		p.Has("#logo a", 0)
		c.Visit("/history").In(".log", "Logo changed").In(".log", "Logo taken away")
		app.SignIn("consultant").Visit("/organization/logo/delete").Expect(403)
	})
}

// ASVS 3.4.3: only pages on which a picture is cropped may show one from memory.
func TestTheOrganizationsPageMayCrop(t *testing.T) {
	app := apptest.One(t)
	c := app.SignIn("admin")
	if !strings.Contains(c.Visit("/organization").Header.Get("Content-Security-Policy"), "blob:") || strings.Contains(c.Visit("/departments").Header.Get("Content-Security-Policy"), "blob:") {
		t.Error("the policy of the wrong pages lets blob: in")
	}
}
