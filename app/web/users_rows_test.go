package web_test

import (
	"encoding/csv"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"chancery/app/access"
	"chancery/app/apptest"
	"chancery/app/staff"
)

// B-16: two administrators open one row; the second one's save changes nothing, and shows both values. Saved once more it
// is a choice between two that were both seen.
func TestTwoAdministratorsChangeOneRow(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		jon := app.Person("consultant")
		first, second := app.SignIn("admin"), app.SignIn("super")
		appeals := department(t, app, "Appeals")
		for what, to := range map[string][2]string{"role": {access.RoleAccountant, access.RoleViewer}, "department": {"", appeals}} {
			path := "/users/" + jon.ID + "/" + what
			mine, theirs := first.Visit(path+"/edit?back=%2Fusers"), second.Visit(path+"/edit?back=%2Fusers")
			before := mine.Attr("[name=was_"+what+"]", "value")
			mine.Submit("#"+what+"-form", what, to[0]).Expect(200).At("/users")
			p := theirs.Submit("#"+what+"-form", what, to[1]).Expect(409).In("#"+what+"-error", "This was changed meanwhile")
			p.In("#"+what+"-stored", "Now stored: "+map[string]string{"role": "Accountant", "department": "nothing"}[what])
			is := func(want string) {
				t.Helper()
				u, err := app.Staff.Get(t.Context(), jon.ID)
				if err != nil {
					t.Fatal(err)
				}
				has := map[string]string{"role": u.RoleID}
				if u.DepartmentID != nil {
					has["department"] = *u.DepartmentID
				}
				if has[what] != want {
					t.Errorf("%s is %q, want %q (it was %q)", what, has[what], want, before)
				}
			}
			is(to[0])
			if p.Attr("#"+what+" option[selected]", "value") != to[1] {
				t.Error("what was typed is lost")
			}
			p.Submit("#" + what + "-form").Expect(200)
			is(to[1])

			// In the row, as with script, and left as it was it overwrites nothing.
			stale := url.Values{"_csrf": {second.Visit("/users").Attr("[name=_csrf]", "value")}, "_method": {"PATCH"}, what: {to[0]}, "was_" + what: {before}}
			second.Fragment("POST", path, "/users", stale).Expect(409).Has("form [name=was_"+what+"][value='"+to[1]+"']", 1)
			stale.Set(what, before)
			second.Fragment("POST", path, "/users", stale).Expect(200)
			is(to[1])
		}
	})
}

// What is changed in a row leads back to the list, with its filters and order, and is said there. Without script it is the
// same as with it.
func TestARowLeadsBackToItsList(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		const list = "/users?q=firm&role=consultant&sort=-name"
		lucia := app.Person("other")
		row := "#row-" + lucia.ID
		c := app.SignIn("super")
		back := func(p *apptest.Page, notice string) {
			t.Helper()
			p.Expect(200).At("/users").In(".alert[role=status]", notice).Has(".filters [name=role] [selected][value=consultant]", 1).Has(".filters [name=sort] [selected][value='-name']", 1)
			if strings.Contains(p.Attr(row+" a.cell", "href"), "notice") {
				t.Error("the notice would be said again")
			}
		}
		p := c.Visit(list).Follow(row + " a[href*='/department/edit']").At("/users/" + lucia.ID + "/department/edit")
		if p.Attr("[data-cancel]", "href") != list {
			t.Errorf("giving up leads to %s", p.Attr("[data-cancel]", "href"))
		}
		back(p.Submit("#department-form", "department", ""), lucia.Name()+" is in no department now.")
		give(t, app, "consultant", 1)
		p = c.Visit(list).Follow(row + " a.status").At("/users/" + lucia.ID + "/deactivation/new")
		back(p.Submit("#departure-form"), lucia.Name()+" is deactivated.")
		p = c.Visit(list).Follow(row + " a.status").At("/users/" + lucia.ID + "/activation/new")
		back(p.Submit("#confirm form"), lucia.Name()+" is back")
		p = c.Visit(list).Follow(row+" a[href*='/role/edit']").Submit("#role-form", "role", access.RoleParalegal)
		if p.Path != strings.Replace(list, "?q=firm&", "?notice=role."+lucia.ID+"&q=firm&", 1) {
			t.Error(p.Path)
		}
		p.In(".alert[role=status]", lucia.Name()+" has the role Paralegal now.")

		for _, elsewhere := range []string{"//evil.example", "https://evil.example/users", "/usersx", "/me", "/\\evil.example"} {
			p := c.Visit("/users/" + lucia.ID + "/role/edit?back=" + url.QueryEscape(elsewhere))
			p.Has("#role-form [name=back]", 0).Has("#role-form [data-cancel][href='/users/"+lucia.ID+"/access']", 1)
		}
	})
}

// With script the sheet stands above the list, and what comes of it is the row.
func TestTheRowIsWhatComesOfTheSheet(t *testing.T) {
	app := apptest.One(t)
	c, peter := app.SignIn("super"), app.Person("accountant")
	sheet := "/users/" + peter.ID + "/deactivation/new?back=%2Fusers%3Fsort%3D-name"
	p := c.Fragment("GET", sheet, "/users?sort=-name", nil).Has("form[hx-post][hx-target='#dialog']", 1)
	p = p.SubmitFragment("#departure-form", "when", "later", "last_day", "yesterday").Expect(422).Has("dialog form[hx-post] [name=back][value='/users?sort=-name']", 1)
	p = p.SubmitFragment("#departure-form", "when", "now").Expect(200)
	p.Has("hx-partial[hx-target='#row-"+peter.ID+"']", 1).Has("hx-partial[hx-target='#dialog']", 1).In("hx-partial[hx-target='#toasts']", "is deactivated")
	if !strings.Contains(p.Body, `data-status="inactive" href="/users/`+peter.ID+`/activation/new?back=%2Fusers%3Fsort%3D-name"`) {
		t.Errorf("%s", p.Body)
	}
	c.Visit("/users/" + peter.ID + "/deactivation/new").Expect(200).At("/users/" + peter.ID + "/deactivation") // on their own page all is as before
}

// B-13: the list says of each invitation what became of it, and finds those that have expired, also long after.
func TestTheListTellsWhatBecameOfInvitations(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		ctx := t.Context()
		var people []*staff.User
		for i, name := range []string{"Open", "Expired", "Cancelled", "Never"} {
			u := hire(t, app, staff.NewUser{FirstName: name, LastName: "Person", Email: fmt.Sprintf("new%d@firm.example", i), RoleID: access.RoleViewer})
			people = append(people, u)
		}
		issue := func(u *staff.User) {
			t.Helper()
			if _, _, err := app.Signin.IssueWelcome(ctx, u.ID); err != nil {
				t.Fatal(err)
			}
		}
		issue(people[1])
		issue(people[2])
		if err := app.Signin.CancelInvitation(ctx, app.Actor("admin"), people[2].ID); err != nil {
			t.Fatal(err)
		}
		app.Clock.Add(30 * 24 * time.Hour)
		if _, err := app.Signin.CleanUp(ctx, 1000); err != nil {
			t.Fatal(err)
		}
		issue(people[0])
		c := app.SignIn("admin")
		p := c.Visit("/users?status=invited").Has("tbody tr", 5)
		for i, want := range []string{"Invited", "Invitation expired", "Invitation cancelled", "Not invited"} {
			p.In("#row-"+people[i].ID+" .status", want)
		}
		c.Visit("/users?status=expired").Has("tbody tr", 1).Has("#row-"+people[1].ID, 1).Has(".filters [name=status] [selected][value=expired]", 1)
		if err := app.Signin.Reinvite(ctx, app.Actor("admin"), people[1].ID); err != nil {
			t.Fatal(err)
		}
		c.Visit("/users?status=expired").Has("tbody tr", 0)
		c.Visit("/users?status=invited").In("#row-"+people[1].ID+" .status", "Invited")
	})
}

// S0-32: those who are selected are taken away as a file, whatever the list is filtered by.
func TestTheSelectionIsExported(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		c := app.SignIn("admin")
		c.Visit("/users").Has("#bulk button[formaction='/users.csv']", 1)
		names := func(path string) string {
			t.Helper()
			lines, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(c.Visit(path).Expect(200).Body, "\ufeff"))).ReadAll()
			if err != nil {
				t.Fatal(err)
			}
			var all []string
			for _, l := range lines[1:] {
				all = append(all, l[1])
			}
			return strings.Join(all, " ")
		}
		ids := "id=" + app.Person("other").ID + "&id=" + app.Person("inactive").ID + "&id=nobody"
		if got := names("/users.csv?q=mbeki&role=administrator&" + ids); got != apptest.Email("other")+" "+apptest.Email("inactive") && got != apptest.Email("inactive")+" "+apptest.Email("other") {
			t.Error(got)
		}
		if got := names("/users.csv?q=mbeki&all=1&" + ids); got != apptest.Email("admin") {
			t.Error(got)
		}
	})
}

// S1-34: those who have a profile are found by it, from the profile's page too; also whose role brings it.
func TestPeopleAreFoundByProfile(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		if err := app.Staff.SetProfiles(t.Context(), app.Actor("super"), app.Person("paralegal").ID, []string{"collections"}); err != nil {
			t.Fatal(err)
		}
		c := app.SignIn("super")
		p := c.Visit("/profiles/collections").Follow("aside a[href='/users?profile=collections']").Has("tbody tr", 1).Has("#row-"+app.Person("paralegal").ID, 1)
		p.Has(".filters [name=profile] [selected][value=collections]", 1).Has("#people header a[href='/users']", 1)
		if err := app.DB.In(t.Context()).Exec(`INSERT INTO role_profiles (role_id, profile_id) VALUES ('consultant', 'collections')`).Error; err != nil {
			t.Fatal(err)
		}
		c.Visit("/users?profile=collections").Has("tbody tr", 3)
	})
}

// Every head orders the list: by role and department as the reader reads them.
func TestEveryHeadOrdersTheList(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		if err := app.DB.In(t.Context()).Exec(`UPDATE users SET language = 'fr' WHERE id = ?`, app.Person("super").ID).Error; err != nil {
			t.Fatal(err)
		}
		column := func(c *apptest.Client, path string, n int) (all []string) {
			t.Helper()
			p := c.Visit(path).Has("thead th[aria-sort] a", 1).Has("thead th a", 6)
			for _, cell := range p.Doc.Find(fmt.Sprintf("tbody tr td:nth-last-child(%d)", n)).EachIter() {
				text, _, _ := strings.Cut(strings.TrimSpace(cell.Text()), ",")
				if len(all) == 0 || all[len(all)-1] != text {
					all = append(all, text)
				}
			}
			return all
		}
		english, french := app.SignIn("admin"), app.SignIn("super")
		for _, want := range []struct {
			c     *apptest.Client
			path  string
			n     int
			order string
		}{
			{english, "/users?sort=role", 4, "Accountant|Administrator|Paralegal|RCIC Consultant|Super Admin"},
			{english, "/users?sort=-role", 4, "Super Admin|RCIC Consultant|Paralegal|Administrator|Accountant"},
			{french, "/users?sort=role", 4, "Administration|Comptabilité|Consultation CRIC|Parajuridique|Superadministration"},
			{english, "/users?sort=status", 2, "Active|Not invited|Inactive"},
			{english, "/users?sort=-status", 2, "Inactive|Not invited|Active"},
		} {
			if got := strings.Join(column(want.c, want.path, want.n), "|"); got != want.order {
				t.Errorf("%s: %s, want %s", want.path, got, want.order)
			}
		}
		english.Visit("/users?sort=title").Has("thead th[aria-sort=ascending] a[href='/users?sort=-title']", 1)
		english.Visit("/users?sort=department").Has("thead th[aria-sort=ascending] a[href='/users?sort=-department']", 1)
	})
}

// B-11, B-17: before many are given a role it is said of each what they are and would be, and of all what it changes in
// rights; the list is one step away, with whom one had selected.
func TestTheDryRunSaysWhatChanges(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		c, jon, peter, elena := app.SignIn("admin"), app.Person("consultant"), app.Person("accountant"), app.Person("super")
		path := bulk("role", jon, peter, elena) + "&back=" + url.QueryEscape("/users?q=firm&sort=-name")
		c.Visit(path).Has("#bulk-form .btn-primary", 1).Has("#bulk-confirm", 0)
		p := c.Visit(path+"&value="+access.RoleViewer).In("h1", "Role Viewer for 3 people").Has("#bulk-form .btn-primary", 0).Has("#bulk-confirm .btn-primary", 1).Has("thead th", 2)
		p.In("tbody tr:has(a[href='/users/"+jon.ID+"'])", "RCIC Consultant → Viewer").In("tbody tr:has(a[href='/users/"+peter.ID+"'])", "Accountant → Viewer")
		p.In("tbody tr:has(a[href='/users/"+elena.ID+"'])", "Super Admin").Has("tbody tr:has(a[href='/users/"+elena.ID+"']) del", 0)
		p.In("#confirm-text", "The rights of 2 people change.").In("#lost", "1 person")
		if cancel := p.Attr("#bulk-form footer a", "href"); cancel != p.Attr(".crumbs a", "href") || !strings.HasPrefix(cancel, "/users?q=firm&sort=-name&selected=") {
			t.Error(cancel)
		}
		p.Follow("#bulk-form footer a").Has("tbody :checked", 3).Has("#row-"+jon.ID+" :checked", 1)
		run := p.Submit("#bulk-confirm").Expect(200)
		finish(t, app)
		c.Visit(run.Path).In("h1", "Role Viewer for 3 people").Has("thead th", 2)
		c.Visit("/runs").In("#runs", "Role Viewer for 3 people")

		appeals := department(t, app, "Appeals")
		c.Visit(bulk("department", jon, peter)+"&value="+appeals).In("h1", "Department Appeals for 2 people").In("tbody tr:has(a[href='/users/"+jon.ID+"'])", "→ Appeals").Has("#confirm-text", 0)
		c.Visit(bulk("department", jon)+"&value=").In("h1", "No department for 1 person").In("tbody tr", "→ None")
	})
}
