package web_test

import (
	"net/url"
	"strings"
	"testing"

	"chancery/app/access"
	"chancery/app/apptest"
	"chancery/app/staff"
)

// reach gives a person numbers to be reached at.
func reach(t *testing.T, app *apptest.App, who, cell, hidden, office string) {
	t.Helper()
	change := staff.ProfileChange{Cell: &staff.Edit{Value: cell}, CellHidden: &staff.Edit{Value: hidden}, Office: &staff.Edit{Value: office}}
	if _, err := app.Staff.UpdateProfile(t.Context(), app.Actor(who), app.Person(who).ID, change); err != nil {
		t.Fatal(err)
	}
}

// S0-1, S0-14, C-9: whoever works here finds who else does, how to reach them, and their cards; nothing can be edited.
func TestEverybodyFindsTheirColleagues(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		reach(t, app, "other", "+1 416 555 0111", "false", "+1 416 555 0199 ext. 22")
		reach(t, app, "paralegal", "+1 416 555 0112", "true", "")
		c := app.SignIn("consultant")
		p := c.Visit("/me").Has(".side a[href='/users']", 0).Follow(".side a[href='/colleagues']").At("/colleagues")
		p.Has(".side a[aria-current=page]", 1).In(".side a[aria-current=page]", "Colleagues").Has("tbody tr", 6).In(".pager", "1 to 6 of 6")
		for _, who := range []string{"inactive", "invited"} {
			p.Has("a[href='/users/"+app.Person(who).ID+"']", 0)
		}
		row := "tbody tr:has(a[href='/users/" + app.Person("other").ID + "'])"
		p.In(row, "Lucía Fernández Ortega").In(row, apptest.Email("other")).In(row, "RCIC consultant").In(row, "Family").In(row, "+1 416-555-0111").In(row, "+1 416-555-0199").In(row, "ext. 22")
		p.Has(row+" .ava", 1).Has(row+" td a[href='tel:+14165550111']", 1).Has(row+" th a[href='tel:+14165550111']", 1)
		if strings.Contains(p.Body, "0112") {
			t.Error("a hidden number is on the page")
		}
		p.Has("main form:not([role=search]), main button:not(noscript button), main [hx-patch], main [hx-post], main [hx-delete]", 0)
		card := p.Follow(row+" th > a").In("h1", "Lucía Fernández Ortega").In(".side a[aria-current=page]", "Colleagues")
		card.Follow(".crumbs a").At("/colleagues")
		app.SignIn("paralegal").Visit("/colleagues").In("tbody", "+1 416-555-0112") // their own
	})
}

// S1-13: the card of who left, or has not come yet, says so to a colleague, and nothing else of the account.
func TestACardSaysThatNobodyAnswers(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		jon := app.SignIn("consultant")
		for who, says := range map[string]string{"inactive": "No longer works here", "invited": "Has not signed in yet"} {
			p := jon.Visit("/users/"+app.Person(who).ID).Expect(200).In(".page-head .status", says).Has(".status", 1)
			p.Has("main aside", 0)
		}
		jon.Visit("/users/"+app.Person("other").ID).Has("main .status", 0)
		app.SignIn("other").Visit("/users/"+app.Person("inactive").ID).In(".page-head .status", "Ya no trabaja aquí")
		app.SignIn("admin").Visit("/users/"+app.Person("inactive").ID).In(".page-head .status", "Inactive").Has(".page-head .status", 1)
	})
}

// S2-3: everybody has settings, their own first.
func TestEverybodyHasSettings(t *testing.T) {
	app := apptest.One(t)
	for who, n := range map[string]int{"consultant": 3, "admin": 4} {
		c := app.SignIn(who)
		for path, here := range map[string]string{"/me": "/me", "/me/edit": "/me", "/me/preferences": "/me/preferences", "/me/security": "/me/security", "/me/sign-ins": "/me/security"} {
			p := c.Visit(path).Has("#side-settings", 1).In("nav[aria-labelledby=side-settings] li:first-child a[href='/me']", "My Profile")
			p.Has(".side a[aria-current=page][href='"+here+"']", 1).Has(".side a[aria-current=page]", 1).Has(".side a[href='/me']", 1)
			if got := p.Doc.Find("nav[aria-labelledby=side-settings] a").Length(); got < n {
				t.Errorf("%s has %d settings", who, got)
			}
		}
	}
}

// S1-1: the administrators' card leads back to their own list.
func TestTheCardLeadsBackToTheReadersList(t *testing.T) {
	app := apptest.One(t)
	p := app.SignIn("admin").Visit("/colleagues").In(".side a[aria-current=page]", "Colleagues").Has(".side a[href='/users']", 1).Has(".top form[action='/search']", 1)
	p = p.Follow("tbody th > a").In(".side a[aria-current=page]", "Users").Has(".side a[aria-current=page]", 1)
	p.Follow(".crumbs a").At("/users")
}

// S0-32, C-9: found by words or by a number that may be seen; the search is in the address, and at the top of each page.
func TestASearchFindsColleagues(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		reach(t, app, "other", "+1 416 555 0111", "false", "")
		reach(t, app, "paralegal", "+1 416 555 0112", "true", "+1 416 555 0198")
		c := app.SignIn("consultant")
		for q, want := range map[string]int{"lucia": 1, "FERNANDEZ lucía": 1, "@firm.example": 6, "(416) 555-0111": 1, "+1 416-555-0111": 1, "lucia 0111": 1, "416 555 0198": 1,
			"416 555 0112": 0, "5550112": 0, "salcedo": 0, "owen": 0, "%": 0, "nobody": 0} {
			p := c.Visit("/colleagues?q="+url.QueryEscape(q)).Has("tbody tr", want)
			if p.Attr("#people-q", "value") != q {
				t.Errorf("the field forgot %q", q)
			}
			if want == 0 {
				p.In("#people", "Nobody matches “"+q+"”").Has("#people a[href='/colleagues']", 1)
			}
		}
		c.Visit("/me").Has(".top form[action='/search'] #q[placeholder='Search cases, clients, people'][name=q]", 1)
		f := c.Fragment("GET", "/colleagues?q=lucia", "/colleagues", nil).Has("#people tbody tr", 1)
		if strings.Contains(f.Body, "<html") {
			t.Error("the fragment is a whole page")
		}
		c.Visit("/colleagues?q=%00%ff%3Cscript%3E").Expect(200).Has("script:not([src])", 0)
	})
}

func TestTheColleaguesArePaged(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		for i := range 50 {
			letter := string(rune('a'+i/26)) + string(rune('a'+i%26))
			u := hire(t, app, staff.NewUser{FirstName: "Extra", LastName: "Person " + letter, Email: "extra" + letter + "@firm.example", RoleID: access.RoleViewer})
			if err := app.Staff.SeedStatus(t.Context(), u.ID, staff.Active, nil); err != nil {
				t.Fatal(err)
			}
		}
		c := app.SignIn("consultant")
		p := c.Visit("/colleagues?q=firm").Has("tbody tr", 25).In(".pager", "1 to 25 of 56").Has("a[rel=prev]", 0)
		p = p.Follow("a[rel=next]").In(".pager", "26 to 50 of 56").Follow("a[rel=next]").Has("tbody tr", 6).Has("a[rel=next]", 0)
		p.In(".pager", "51 to 56 of 56").Follow("a[rel=prev]").Follow("a[rel=prev]").In(".pager", "1 to 25 of 56").Has("a[rel=prev]", 0)
		if p = c.Visit("/colleagues?q=firm&after=nobody&from=51"); p.Path != "/colleagues?q=firm" {
			t.Errorf("a part that is not there leads to %s", p.Path)
		}
		if n := c.Visit("/colleagues").Header.Get("X-Statements"); n != "4" { // session, count, page, who of them is away
			t.Errorf("the list costs %s statements", n)
		}
	})
}
