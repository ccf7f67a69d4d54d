package web_test

import (
	"strings"
	"testing"

	"chancery/app/access"
	"chancery/app/apptest"
)

// Issue 5, S0-32: one box finds people, clients and cases; without script by its page, whose address can be shared.
func TestOneBoxFindsPeopleClientsAndCases(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		id := caseOf(t, app, "consultant", false)
		jon := app.SignIn("consultant")
		p := jon.Visit("/search").Expect(200).In("#found h2", "What are you looking for?")
		if token := p.Attr(".top form[role=search]", "action"); token != "/search" {
			t.Error(token)
		}
		p = jon.Visit("/search?q=kowalczyk").In("#found [role=status]", "2 results")
		p.Has("#found section", 2).Has("#found b", 0).Has("#found a[href='/cases/"+id+"']", 1).In("#found-cases", "Cases 1").In("#found-clients", "Clients 1")
		atMost(t, p, "12")
		if got := p.Attr("#found-q", "value"); got != "kowalczyk" {
			t.Errorf("the field forgot: %q", got)
		}
		p.Follow("#found section:nth-of-type(2) a").In("h1", "Kowalczyk, Aneta")
		jon.Visit("/search?q=okafor+permit").In("#found [role=status]", "1 result").Has("#found a[href='/cases/"+id+"']", 1)
		jon.Visit("/search?q=lucia").Has("#found a[href='/users/"+app.Person("other").ID+"']", 1).Has("#found .ava", 1).In("#found .fine", "Family")
		p = jon.Visit("/search?q=%3Cscript%3E%00%ff").Expect(200).In("#found h2", "Nothing matches “<script>”").Has("script:not([src])", 0)
		p.Follow("#found .empty a").At("/search")

		f := jon.Fragment("GET", "/search?q=kowal", "/search", nil).Has("#found section", 2)
		if strings.Contains(f.Body, "<html") || strings.Contains(f.Body, "_csrf") {
			t.Error("the fragment is more than what was found")
		}
	})
}

// ASVS 8.2.2: neither page nor suggestions tell of what the reader does not see.
func TestASearchTellsOfNothingForeign(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		caseOf(t, app, "consultant", true)
		for who, finds := range map[string]bool{"consultant": true, "super": true, "admin": false, "other": false, "accountant": false} {
			for _, path := range []string{"/search?q=kowalczyk", "/search/suggestions?q=kowalczyk", "/search?q=work+permit"} {
				if got := strings.Contains(app.SignIn(who).Fragment("GET", path, "/me", nil).Expect(200).Body, "Kowalczyk"); got != finds {
					t.Errorf("%s as %s: found %t", path, who, got)
				}
			}
		}
		run(t, app, `DELETE FROM role_permissions WHERE role_id = 'consultant' AND permission = ?`, string(access.CasesView))
		app.SignIn("consultant").Visit("/search?q=kowalczyk").Expect(200).Has("#found .empty", 1)
		app.Visitor().Visit("/search?q=kowalczyk").At("/sign-in")
	})
}

// The box suggests a few of each, and all that there is; without script it is a form.
func TestTheBoxSuggests(t *testing.T) {
	app := apptest.One(t)
	give(t, app, "consultant", 30)
	c := app.SignIn("super")
	p := c.Fragment("GET", "/search/suggestions?q=mr-consultant", "/me", nil).Expect(200).Has("[role=group]", 1).Has("[role=group] [role=option]", 4).Has("[role=option]", 5)
	if said, all := p.Attr("[data-said]", "data-said"), p.Attr("[data-said] > [role=option]", "data-href"); said != "30 results" || all != "/search?q=mr-consultant" {
		t.Errorf("%q, %q", said, all)
	}
	c.Fragment("GET", "/search/suggestions?q=zzz", "/me", nil).Has("[aria-disabled=true]", 1).Has("[data-href]", 0)
	if at := c.Visit("/search/suggestions?q=zzz").At("/search").Path; at != "/search?q=zzz" {
		t.Error(at)
	}
	list := c.Visit("/search?q=mr-consultant").Has("#found-cases + *", 0).Has("#found section:first-of-type li", 20).Follow("#found header a")
	list.At("/cases").In("#cases [role=status]", "30 cases")
	do(t, app.Cases.Close(t.Context(), access.System("test"), one(t, app, `SELECT id FROM cases WHERE number = 'MR-consultant-00002'`), 0))
	c.Visit("/search?q=mr-consultant-00002").In("#found .fine", "Closed")
}
