package web_test

import (
	"fmt"
	"strings"
	"testing"

	"chancery/app/access"
	"chancery/app/apptest"
)

// S3-25, B-15: a conversation is read and answered without script; what is new is divided from what was read, a form that was
// refused keeps its words, and one that is sent twice is one message.
func TestAConversationIsReadAndAnswered(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		k := desk(t, app, "MR-1", "consultant", false)
		for i := range 3 {
			writes(t, app, k, fmt.Sprintf("message %d", i+1))
		}
		jon := app.SignIn("consultant")
		if _, err := app.Messages.Read(t.Context(), app.Actor("consultant"), k, 2); err != nil {
			t.Fatal(err)
		}
		p := jon.Visit("/cases/"+k+"/messages").Expect(200).Has("#thread > li[data-number]", 3).Has("#thread > .new", 1).Has("#thread > #new + #m-3", 1)
		if n := p.Header.Get("X-Statements"); n != "7" { // session, sees, mark, messages, case, members, who of them is away
			t.Errorf("%s statements", n)
		}
		refused := p.Submit("#reply", "body", " \n ").Expect(422).In("#body-error", "Write something first")
		long := strings.Repeat("é", 10_001)
		refused = refused.Submit("#reply", "body", long).Expect(422).In("#body-error", "At most 10,000 characters")
		if refused.Text("#reply textarea") != long {
			t.Error("what was typed is lost")
		}
		sent := refused.Submit("#reply", "body", "Thank you.\r\nWe look into it.").Expect(200).In(".alert-success", "was sent").Has("#m-4", 1)
		if !strings.Contains(sent.Text("#m-4"), "Jon Okafor") || sent.Attr("#unread", "data-count") != "0" || sent.Doc.Find("#m-4 .ava").Length() != 1 { // S0-3
			t.Error(sent.Text("#m-4"))
		}
		refused.Submit("#reply", "body", "Thank you.\r\nWe look into it.").Expect(200).Has("#m-4", 1).Has("#m-5", 0)
		// With script: an empty form, and what the page does not show yet.
		f := sent.SubmitFragment("#reply", "body", "And more").Expect(200).Has("form#reply", 1)
		if f.Text("textarea") != "" || !strings.Contains(f.Body, `id="m-5"`) || strings.Contains(f.Body, "<html") {
			t.Error(f.Body)
		}
		if f = sent.SubmitFragment("#reply", "body", "").Expect(422); f.Doc.Find("form#reply #body-error").Length() != 1 {
			t.Error(f.Body)
		}
	})
}

// A long conversation comes in parts, the newest first, by links that work without script.
func TestALongConversationComesInParts(t *testing.T) {
	app := apptest.One(t)
	k := desk(t, app, "MR-1", "consultant", false)
	for i := range 35 {
		writes(t, app, k, fmt.Sprint(i+1))
	}
	jon := app.SignIn("consultant")
	p := jon.Visit("/cases/"+k+"/messages").Has("#thread > li[data-number]", 30).Has("#m-35", 1)
	before := jon.Visit(p.Attr("#earlier a", "href")).Expect(200).Has("#thread > li[data-number]", 5).Has("#m-1", 1).Has("#earlier", 0).Has("#reply", 0).Has("#reading", 0)
	before.Has("section header a", 1)
	f := jon.Fragment("GET", p.Attr("#earlier a", "hx-get"), "/cases/"+k+"/messages", nil).Expect(200)
	if strings.Count(f.Body, "data-number=") != 5 || strings.Contains(f.Body, "<form") {
		t.Error(f.Body)
	}
}

// ASVS 8.2.2: what is said of a case that one does not see is not there, whichever way it is asked for; and who may only read
// is shown no form.
func TestAForeignCaseIsNotThere(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		k := desk(t, app, "MR-1", "other", false)
		writes(t, app, k, "for Lucía")
		c, err := app.Messages.Comment(t.Context(), app.Actor("other"), k, "for the team")
		must(t, err)
		jon := app.SignIn("consultant")
		tok := pageToken(jon.Visit("/me"))
		for route := range needs {
			method, path, _ := strings.Cut(route, " ")
			if !strings.HasPrefix(path, "/cases/:id/") || !strings.Contains(path, "messages") && !strings.Contains(path, "comments") && !strings.Contains(path, "callables") {
				continue
			}
			path = strings.NewReplacer(":id", k, ":comment", c.ID).Replace(path)
			for _, fragment := range []string{"", "true"} {
				p := jon.Do(method, path, "application/x-www-form-urlencoded", "body=hello&upto=1", map[string]string{"X-CSRF-Token": tok, "HX-Request": fragment})
				if p.Status != 404 || strings.Contains(p.Body, "Lucía") || strings.Contains(p.Body, "Demir") {
					t.Errorf("%s (fragment %q): %d", route, fragment, p.Status)
				}
			}
		}
		for _, path := range []string{"/messages", "/messages?q=Demir", "/messages?show=all"} {
			jon.Visit(path).Expect(200).Has("#inbox .talks li", 0)
		}
		must(t, app.Cases.AddMember(t.Context(), access.System("test"), k, app.Person("consultant").ID))
		must(t, app.DB.In(t.Context()).Exec(`DELETE FROM role_permissions WHERE permission = 'messages.send'`).Error)
		jon.Visit("/cases/"+k+"/messages").Expect(200).Has("#thread #m-1", 1).Has("#reply", 0)
		jon.Do("POST", "/cases/"+k+"/messages", "application/x-www-form-urlencoded", "body=hello", map[string]string{"X-CSRF-Token": tok}).Expect(403)
	})
}

// The inbox: what is unread first, then the newest; mine or all, and found by words, all of it in the address.
func TestTheInboxShowsWhatIsUnreadFirst(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		grace := app.SignIn("admin")
		if p := grace.Visit("/messages").Expect(200); p.Doc.Find(".empty").Length() != 1 {
			t.Error("an empty inbox says what to do")
		}
		old, read, other := desk(t, app, "MR-1", "admin", false), desk(t, app, "MR-2", "admin", false), desk(t, app, "MR-3", "consultant", false)
		desk(t, app, "MR-4", "admin", false) // nothing was said in it
		writes(t, app, old, "still  unread")
		app.Clock.Add(1e9)
		writes(t, app, read, "read")
		if _, err := app.Messages.Send(t.Context(), app.Actor("admin"), read, "answered"); err != nil {
			t.Fatal(err)
		}
		app.Clock.Add(1e9)
		writes(t, app, other, "of another")
		p := grace.Visit("/messages").Expect(200).Has("#inbox .talks > li", 2)
		if n := p.Header.Get("X-Statements"); n != "4" { // session, count, rows, what was said last
			t.Errorf("%s statements", n)
		}
		rows := p.Doc.Find("#inbox .talks > li")
		if first := rows.First(); first.Find("a").AttrOr("href", "") != "/cases/"+old+"/messages#new" || first.Find(".count").Length() != 1 || !strings.Contains(first.Text(), "still unread") {
			t.Error(first.Text())
		}
		if last := rows.Last(); last.Find(".count").Length() != 0 || !strings.Contains(last.Text(), "You: answered") {
			t.Error(last.Text())
		}
		grace.Visit("/messages?show=all").Has("#inbox .talks > li", 3).Has(".tabnav a[href='/messages?show=all'][aria-current]", 1)
		grace.Visit("/messages?show=all&q=MR-3").Has("#inbox .talks > li", 1).Has("form.filters input[name=show]", 1)
		grace.Visit("/messages?q=MR-3").Has("#inbox .talks > li", 0).In("#inbox h2", "No conversation matches “MR-3”")
		f := grace.Fragment("GET", "/messages?q=&show=all", "/messages", nil).Expect(200)
		if f.Header.Get("HX-Replace-Url") != "/messages?show=all" || strings.Contains(f.Body, "_csrf") || f.Doc.Find("#inbox .talks > li").Length() != 3 {
			t.Error(f.Header, f.Body)
		}
	})
}
