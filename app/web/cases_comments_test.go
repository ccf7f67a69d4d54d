package web_test

import (
	"strings"
	"testing"
	"time"

	"chancery/app/access"
	"chancery/app/apptest"
	"chancery/app/staff"
)

// S0-3, S1-13: the team comments on a case without script; whoever is called by @ is told, and the author stands beside what they
// said, also when they have left.
func TestTheTeamCommentsOnACase(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		k := desk(t, app, "MR-1", "consultant", false)
		must(t, app.Cases.AddMember(t.Context(), access.System("test"), k, app.Person("paralegal").ID))
		run(t, app, `DELETE FROM bulletins`) // of cases that came
		jon, mireille := app.SignIn("consultant"), app.SignIn("paralegal")
		path := "/cases/" + k + "/comments"
		p := jon.Visit(path).Expect(200).In(".empty h3", "No comments yet")
		p.Submit("#comment", "body", "").Expect(422).In("#body-error", "Write something first")
		p = p.Submit("#comment", "body", "@Mireille Tremblay-Côté, <b>please</b>\ncall the consulate.").Expect(200).In(".alert-success", "was added")
		line := p.Doc.Find("#comments > li")
		if line.Length() != 1 || line.Find(".called").AttrOr("href", "") != "/users/"+app.Person("paralegal").ID || !strings.Contains(line.Find(".said").Text(), "<b>please</b>") {
			t.Error(line.Html())
		}
		if line.Find(".ava").Length() != 1 || line.Find("header .name").Text() != "Jon Okafor" {
			t.Error("who said it is missing")
		}
		m := mireille.Visit(path).Expect(200)
		if m.Attr("#bulletins-unread", "data-count") != "1" || m.Doc.Find("#comments a[href$='/edit']").Length() != 0 {
			t.Error("the called one is not told, or may edit what others said")
		}
		// By the bell to the comment: the notice is read by that.
		list := mireille.Visit("/bulletins").Expect(200).In(".bulletins li.new", "Jon Okafor vous a mentionné dans MR-1")
		at := mireille.Visit(list.Attr(".bulletins li.new a", "href"))
		if at.Path != path || at.Attr("#bulletins-unread", "data-count") != "0" {
			t.Errorf("at %s with %s", at.Path, at.Attr("#bulletins-unread", "data-count"))
		}
		jon.Visit(list.Attr(".bulletins li.new a", "href")).Expect(404) // it is not his
		// Edited and taken back.
		edit := p.Attr("#comments a[href$='/edit']", "href")
		e := jon.Visit(edit).Expect(200)
		if got := e.Doc.Find("textarea").Text(); got != "@Mireille Tremblay-Côté, <b>please</b>\ncall the consulate." {
			t.Errorf("to be edited is %q", got)
		}
		e.Submit("form[action*='/comments/']", "body", " ").Expect(422)
		p = e.Submit("form[action*='/comments/']", "body", "It is done.").Expect(200).In("#comments small", "edited").In("#comments .said", "It is done.")
		f := jon.Fragment("GET", edit, path, nil).Expect(200).Has("li textarea", 1)
		if f = f.SubmitFragment("form", "body", "Twice done."); f.Status != 200 || f.Doc.Find("li .said").Text() != "Twice done." {
			t.Error(f.Body)
		}
		gone := jon.Visit(p.Attr("#comments a[href$='/delete']", "href")).Expect(200).Submit("dialog form").Expect(200)
		gone.In("#comments li", "taken back by its author").In("#comments li", "Jon Okafor")
		if strings.Contains(gone.Body, "done.") {
			t.Error("its words are still there")
		}
		m.Submit("#comment", "body", "It is sent.")
		must(t, app.Staff.SeedStatus(t.Context(), app.Person("paralegal").ID, staff.Inactive, nil))
		last := jon.Visit(path).Doc.Find("#comments > li").Last()
		if last.Find(".ava").Length() != 1 || last.Find("header .name").Text() != "Mireille Tremblay-Côté" || !strings.Contains(last.Find("header").Text(), "no longer here") {
			t.Error(last.Html())
		}
	})
}

// S1-15: after an hour a comment stays as it is, and the form says why.
func TestACommentIsMendedForAnHour(t *testing.T) {
	app := apptest.One(t)
	k := desk(t, app, "MR-1", "consultant", false)
	jon := app.SignIn("consultant")
	p := jon.Visit("/cases/"+k+"/comments").Submit("#comment", "body", "first")
	edit, ask := jon.Visit(p.Attr("#comments a[href$='/edit']", "href")), jon.Visit(p.Attr("#comments a[href$='/delete']", "href"))
	app.Clock.Add(time.Hour)
	edit.Submit("form[action*='/comments/']", "body", "second").Expect(422).In("[role=alert]", "for an hour")
	ask.Submit("dialog form").Expect(422).In("[role=alert]", "for an hour")
	jon.Visit("/cases/"+k+"/comments").In("#comments .said", "first").Has("#comments a[href$='/edit']", 0)
}

// B-15: a comment that is sent twice is one.
func TestACommentThatIsSentTwiceIsOne(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		k := desk(t, app, "MR-1", "consultant", false)
		page := app.SignIn("consultant").Visit("/cases/" + k + "/comments")
		page.Submit("#comment", "body", "once")
		page.Submit("#comment", "body", "once").Expect(200).Has("#comments > li", 1)
		page.SubmitFragment("#comment", "body", "once").Expect(200)
		app.SignIn("consultant").Visit("/cases/"+k+"/comments").Has("#comments > li", 1)
	})
}

// Those who can be called are offered by the beginning of a name, and nobody else of the practice.
func TestThoseWhoSeeACaseCanBeCalled(t *testing.T) {
	app := apptest.One(t)
	k := desk(t, app, "MR-1", "consultant", true)
	must(t, app.Cases.AddMember(t.Context(), access.System("test"), k, app.Person("paralegal").ID))
	jon := app.SignIn("consultant")
	f := jon.Fragment("GET", "/cases/"+k+"/callables?q=", "/", nil).Expect(200)
	if got := f.Doc.Find("[role=option]").Length(); got != 2 || f.Attr("ul", "data-said") != "2 people. Choose with the arrow keys." {
		t.Errorf("%d: %s", got, f.Body)
	}
	f = jon.Fragment("GET", "/cases/"+k+"/callables?q=trem", "/", nil).Expect(200)
	if f.Doc.Find("[role=option]").Length() != 1 || f.Attr("[role=option]", "data-handle") != "Mireille Tremblay-Côté" {
		t.Error(f.Body)
	}
	if n := f.Header.Get("X-Statements"); n != "4" { // session, sees, case, people
		t.Errorf("%s statements", n)
	}
}

// Who did not write a comment is told so, and gets no form of it; the bell is for who may see messages.
func TestACommentIsItsAuthorsAlone(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		k := caseOf(t, app, "consultant", false, "paralegal", "accountant")
		c, err := app.Messages.Comment(t.Context(), app.Actor("consultant"), k, "Passports are missing")
		do(t, err)
		for _, what := range []string{"edit", "delete"} {
			at := "/cases/" + k + "/comments/" + c.ID + "/" + what
			app.SignIn("consultant").Visit(at).Expect(200)
			app.SignIn("paralegal").Visit(at).Expect(403).Has("form[action*='/comments/']", 0)
		}
		app.SignIn("consultant").Visit("/cases/"+k).Has("#case-bell", 1)
		app.SignIn("accountant").Visit("/cases/"+k).Expect(200).Has("#case-bell", 0)
		app.SignIn("accountant").Visit("/nowhere").Expect(404).Has("main a[href='/']", 1)
	})
}
