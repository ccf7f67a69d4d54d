package web_test

import (
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"chancery/app/access"
	"chancery/app/apptest"
	"chancery/app/calendar"
	"chancery/app/fault"
	"chancery/app/staff"
	"chancery/app/work"
)

// refusedRun asks for work of which every row is refused, for many long reasons.
func refusedRun(t *testing.T, app *apptest.App) string {
	t.Helper()
	q := work.Request{Kind: "import"}
	for i := range 60 {
		q.Items = append(q.Items, work.Item{Label: fmt.Sprintf("Marie-Thérèse Archambault-Desrosiers <marie-therese.archambault%d@firm.example>", i), Known: &work.Outcome{State: work.ItemRefused, Reasons: []work.Reason{
			{Field: "email", Message: fault.M("staff.email-taken-former", "Name", "Marie-Thérèse Archambault-Desrosiers")}, {Field: "role", Message: fault.M("import.role-unknown", "Name", "Consultante réglementée")},
			{Field: "department", Message: fault.M("import.department-unknown", "Name", "Regroupement familial")}, {Field: "zone", Message: fault.M("staff.zone-unknown")},
		}}})
	}
	q.Items = append(q.Items, work.Item{Label: "nobody", Input: "{}"})
	id, err := app.Work.Ask(t.Context(), app.Actor("super"), q)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// fragmentLimit is what an answer to a swap may take over the wire.
const fragmentLimit = 10_000

// D-3: whatever the pages ask for by a swap is small, with full lists, long names and everything wrong, in the language
// that takes the most room.
func TestEveryFragmentIsSmall(t *testing.T) {
	_, keepers := keepersOf(t)
	app := apptest.One(t, keepers)
	for i := range 110 {
		letters := string(rune('A'+i%26)) + string(rune('a'+i/26))
		u := hire(t, app, staff.NewUser{
			FirstName: "Marie-Thérèse", LastName: letters + "rchambault-Desrosiers", Email: "marie-therese." + letters + "rchambault@firm.example",
			Title: "RCIC consultant", RoleID: access.RoleConsultant, DepartmentID: *app.Person("other").DepartmentID,
		})
		if err := app.Staff.SeedStatus(t.Context(), u.ID, staff.Active, nil); err != nil {
			t.Fatal(err)
		}
		if err := app.DB.In(t.Context()).Exec(`UPDATE users SET cell = ?, office = ?, last_sign_in_at = ? WHERE id = ?`,
			fmt.Sprintf("+14165550%03d", i), "+14165550100;ext=1234", app.Clock.Now(), u.ID).Error; err != nil {
			t.Fatal(err)
		}
	}
	if err := app.DB.In(t.Context()).Exec(`UPDATE users SET language = 'fr'`).Error; err != nil {
		t.Fatal(err)
	}
	for range 9 {
		app.Visitor().Visit("/sign-in").Submit("form[action='/sign-in']", "email", apptest.Email("super"), "password", "wrong").Expect(422)
	}
	for range 21 { // a person holds twenty sessions at most
		app.Clock.Add(time.Second)
		signInAs(app, "super", phone)
	}
	c := app.SignIn("super")
	c.Headers = map[string]string{"HX-Request": "true", "HX-Current-URL": app.URL + "/me", "X-Page-Lang": "fr", "X-Page-Zone": "America/Toronto", "Accept-Encoding": "gzip, br"}

	ask := map[string]bool{}
	size := func(asks, what string, p *apptest.Page, status int) {
		t.Helper()
		ask[asks] = true
		t.Logf("%-32s %6d", what, len(p.Body))
		if p.Status != status || len(p.Body) > fragmentLimit {
			t.Errorf("%s: %d (want %d), %d bytes, want %d at most", what, p.Status, status, len(p.Body), fragmentLimit)
		}
	}
	get := func(asks, path string) { t.Helper(); size(asks, path, c.Visit(path), 200) }
	id, session := app.Person("paralegal").ID, ""
	plain := app.SignIn("super")
	for _, link := range plain.Visit("/me/security").Has("#sessions li", 20).Doc.Find("#sessions li a").EachIter() {
		session = link.AttrOr("href", "")
	}
	get("{{.Path}}", "/users")
	get("{{.Next}}", "/users?size=100")
	for _, cell := range []string{"role", "department"} {
		get("{{.Cell.URL}}", "/users/"+id+"/"+cell)
		get("{{.URL}}/edit", "/users/"+id+"/"+cell+"/edit")
		ask["{{.Cell.URL}}/edit?was_role={{.Was}}"] = true
	}
	get("{{.Previous}}", "/users?size=100&sort=-created")
	get("{{.Path}}", "/colleagues")
	get("{{.Path}}", "/search?q=archambault")
	get("/search/suggestions", "/search/suggestions?q=archambault")
	get("/zones", "/zones")
	for _, f := range []string{"first-name", "last-name", "display-name", "cell", "office", "address", "bio"} {
		get("{{.Base}}/fields/{{.Name}}/edit", "/me/fields/"+f+"/edit")
		get("{{.Base}}/fields/{{.ID}}", "/me/fields/"+f)
	}
	for _, f := range []string{"title", "department", "cell", "bio", "language", "zone"} {
		get("{{.Base}}/fields/{{.Name}}/edit", "/users/"+id+"/fields/"+f+"/edit")
		get("{{.Base}}/fields/{{.ID}}", "/users/"+id+"/fields/"+f)
	}
	run := refusedRun(t, app)
	get("{{.Self}}", "/runs/"+run)
	finish(t, app)
	get("{{.Self}}", "/runs/"+run)
	get("/me", "/me")
	get("/me/preferences", "/me/preferences")
	get("{{.Base}}", "/me/client-card")
	get("{{.Base}}/publication/new", "/me/client-card/publication/new")
	get("{{.Base}}/publication/delete", "/users/"+id+"/client-card/publication/delete")
	get("{{.Base}}/new", "/me/absences/new")
	get("{{$.Back}}/new?part=cover", "/me/absences/new?part=cover&cover="+app.Person("other").ID)
	get("{{$.Back}}/new?part=cover", "/me/absences/new?part=cover&cover="+id)
	absent, err := app.Staff.PlanAbsence(t.Context(), app.Actor("super"), app.Person("super").ID, staff.AbsencePlan{FirstDay: "2026-12-01", LastDay: "2026-12-24", CoverID: id, Note: strings.Repeat("é", 500)})
	if err != nil {
		t.Fatal(err)
	}
	get("{{.EditURL}}", "/me/absences/"+absent.ID+"/edit")
	get("{{.EndURL}}", "/me/absences/"+absent.ID+"/delete")
	long := strings.Repeat("marie-therese.", 15) + "archambault@firm.example"
	diary := connection(t, app, "super", calendar.Google, "on", calendar.Failing, calendar.Unreachable, long)
	connection(t, app, "super", calendar.Microsoft, "on", calendar.Reconnect, calendar.Revoked, long)
	connection(t, app, "super", calendar.CalDAV, "ending", calendar.Connected, "", long)
	get("/me/calendars", "/me/calendars")
	get("/me/calendars/{{.ID}}", "/me/calendars/"+diary+"/delete")
	get("{{.ReconnectURL}}", "/me/calendars/consents/new?kind=google")
	get("{{.URL}}", "/me/calendars/caldav/new")
	feed(t, app, "super", calendar.FeedFull)
	for _, ask := range []string{"/me/calendars/feed/new", "/me/calendars/feed/edit", "/me/calendars/feed/delete"} {
		get(ask, ask)
	}
	connection(t, app, "paralegal", calendar.Google, "on", calendar.Starting, "", long)
	get("{{.Wait}}", "/me/extension")
	get("{{.EndURL}}", "/users/"+id+"/calendars/delete")
	get("/me/picture/delete", "/me/picture/delete")
	get("/me/sign-ins?before={{.Older}}", "/me/sign-ins")
	get("/me/sessions/others/delete", "/me/sessions/others/delete")
	get("/me/sessions/{{.ID}}/delete", session)
	get("/users", "/users/new")
	get("{{.URL}}", "/users/"+id+"/picture/delete")
	get("{{.URL}}", "/users/"+id+"/sessions/delete")
	account, invited := "/users/"+id, "/users/"+app.Person("invited").ID
	get("{{.Head.User.URL}}/sessions/delete", account+"/sessions/delete")
	get("{{.EndURL}}", "/users/"+app.Person("super").ID+strings.TrimPrefix(session, "/me"))
	for _, path := range []string{account + "/password-reset/new", account + "/lock/delete", account + "/email/edit", invited + "/invitation",
		"/users/" + app.Person("super").ID + "/sign-ins"} {
		get("{{.URL}}", path)
	}
	get("/users/bulk/new", "/users/bulk/new?kind=role&value=paralegal&all=1&back=%2Fusers")
	get("{{.StatusURL}}", account+"/deactivation/new?back=%2Fusers%3Fq%3Da%26role%3Dconsultant")
	get("{{.Deactivate}}", account+"/deactivation/new")
	get("{{.User.URL}}/invitation/delete", invited+"/invitation/delete")
	get("{{.User.URL}}/email-change/delete", account+"/email-change/delete")

	department, title := *app.Person("other").DepartmentID, ""
	if titles, err := app.Staff.Titles(t.Context()); err != nil || len(titles) == 0 {
		t.Fatal(titles, err)
	} else {
		title = titles[0].ID
	}
	get("/departments/new", "/departments/new")
	get("{{.URL}}/edit", "/departments/"+department+"/edit")
	get("{{.URL}}/delete", "/departments/"+department+"/delete")
	get("{{.URL}}/merge/new", "/departments/"+department+"/merge/new")
	get("{{.}}", "/departments/"+department+"/merge/new")
	get("/titles/new", "/titles/new")
	get("/titles/new?for=person", "/titles/new?for=person")
	get("{{.URL}}/edit", "/titles/"+title+"/edit")
	get("{{.URL}}/delete", "/titles/"+title+"/delete")
	get("/roles", "/roles/new?from=manager")
	get("{{.URL}}/delete", "/roles/viewer/delete")
	get("/profiles", "/profiles/new")
	get("{{.Row.URL}}/delete", "/profiles/collections/delete")
	get("/organization/logo/delete", "/organization/logo/delete")
	get("{{.Path}}", "/history")
	get("{{.Path}}", "/users/"+id+"/history")

	give(t, app, "paralegal", 5)
	get("{{.URL}}/new", "/users/"+id+"/deactivation/new") // at its largest: there are cases to hand over
	get("{{.URL}}/delete", "/users/"+id+"/deactivation/delete")
	get("{{.URL}}", "/users/"+id+"/deactivation")
	give(t, app, "other", 60)
	get("{{.URL}}", "/users/"+app.Person("other").ID+"/cases?q=mr")

	file := one(t, app, `SELECT id FROM cases WHERE number = 'MR-other-00002'`)
	get("{{.Path}}", "/cases?size=100")
	for _, f := range []string{"title", "stage", "department", "private"} {
		get("{{.Base}}/fields/{{.Name}}/edit", "/cases/"+file+"/fields/"+f+"/edit")
	}
	get("{{.URL}}/owner/edit", "/cases/"+file+"/owner/edit")
	get("{{.URL}}/members/new", "/cases/"+file+"/members/new")
	get("{{.URL}}", "/cases/"+file+"/closure/new")
	get("/clients", "/clients?client_name=kow")
	get("/stages/new", "/stages/new")

	setup := plain.Visit("/me/factors").Submit("#app-form")
	setup.Submit("#confirm-form", "code", appCode(t, app, setup.Attr("#secret", "value"))).Expect(200).Has("#codes", 1)
	factor := strings.TrimSuffix(plain.Visit("/me/factors").Attr("#app a[href$='/delete']", "href"), "/delete")
	get("/me/factors/{{.ID}}/edit", factor+"/edit")
	plain.Headers = c.Headers // it has proved by the factor
	size("/me/factors/{{.ID}}/delete", factor+"/delete", plain.Visit(factor+"/delete"), 200)
	size("/me/recovery-codes/new", "/me/recovery-codes/new", plain.Visit("/me/recovery-codes/new"), 200)

	token := c.Visit("/me/edit").Attr("#profile-form [name=_csrf]", "value")
	send := func(asks, method, path string, status int, pairs ...string) {
		t.Helper()
		values := url.Values{"_csrf": {token}, "_method": {method}}
		for i := 0; i < len(pairs); i += 2 {
			values.Set(pairs[i], pairs[i+1])
		}
		size(asks, fmt.Sprintf("%s %s, %d", method, path, status), c.Do("POST", path, "application/x-www-form-urlencoded", values.Encode(), nil), status)
	}
	bio, address := strings.Repeat("Permis de travail. ", 20), "1200, boulevard René-Lévesque Ouest, bureau 2200\nMontréal (Québec) H3B 4W8"
	all := []string{"first_name", "J", "last_name", "", "display_name", "", "cell", "416 555 0118", "office", "1", "address", address, "was_address", address,
		"bio", bio, "was_bio", bio, "new", "court", "confirm", "autre", "current", "x", "language", "fr", "zone", "America/Toronto", "theme", ""}
	send("/me", "PATCH", "/me", 422, all...)
	send("/me/password", "PATCH", "/me/password", 422, "new", "court", "confirm", "autre", "current", "x")
	send("/me/preferences", "PATCH", "/me/preferences", 422, "language", "xx", "zone", "xx", "theme", "xx")
	send("/me/notifications/summary", "POST", "/me/notifications/summary", 200)
	send("{{.Base}}", "PATCH", "/me/client-card", 422, "client_email", "x", "office", "1", "client_bio", strings.Repeat("e", 1038))
	send("{{.Base}}", "PATCH", "/users/"+id+"/client-card", 422, "client_email", "x", "office", "1", "client_bio", strings.Repeat("e", 1038))
	app.House.Shows(night{app.Clock.Now().Add(-time.Hour)})
	get("{{.Self}}", "/system")
	send("{{.RunURL}}", "POST", "/system/jobs/dormant-accounts/runs", 200)
	send("{{.Base}}/publication", "POST", "/me/client-card/publication", 422)
	send("/me/calendars/consents", "POST", "/me/calendars/consents", 204, "kind", "google")
	send("/me/calendars/caldav", "POST", "/me/calendars/caldav", 422, "server", "", "user", strings.Repeat("x", 320), "password", "")
	send("{{.Action}}", "PATCH", "/me/absences/"+absent.ID, 409, "first_day", "2026-12-02", "last_day", "x", "cover", "", "note", "x", "generation", "7")
	send("/users", "POST", "/users", 422, "first_name", "J", "last_name", "", "email", "x", "first", "typed", "first_password", "x")
	send("{{.Base}}/fields/{{.ID}}", "PATCH", "/me/fields/bio", 422, "bio", strings.Repeat("é", 1038), "was_bio", bio)
	send("{{.Base}}/fields/{{.ID}}", "PATCH", "/me/fields/bio", 200, "bio", bio, "was_bio", "")
	send("{{.Base}}", "PATCH", "/users/"+id, 422, append(all, "title", "x")...)
	send("{{.Base}}", "PATCH", "/users/"+id, 409, "bio", bio, "was_bio", "x", "address", address, "was_address", "x", "title", "", "was_title", "x")
	send("{{.URL}}/cancellation", "POST", "/runs/"+run+"/cancellation", 204)
	send("/me/sessions/{{.ID}}", "DELETE", strings.TrimSuffix(session, "/delete"), 200)
	send("/me", "PATCH", "/me", 200, "office", "+1 416 555 0100 ext. 1234", "was_office", "")
	send("{{.User.URL}}/password-reset", "POST", account+"/password-reset", 422, "way", "typed", "temporary_password", "court")
	send("/me/factors/{{.Row.ID}}", "PATCH", factor, 422, "name", "")
	send("{{.User.URL}}/factors", "DELETE", account+"/factors", 422)
	send("{{.User.URL}}/email", "PATCH", account+"/email", 422, "email", apptest.Email("other"))
	send("{{.User.URL}}/email-verifications", "POST", account+"/email-verifications", 422)
	send("{{.User.URL}}/invitation", "POST", account+"/invitation", 422)
	send("{{.User.URL}}/invitation-links", "POST", invited+"/invitation-links", 200)
	send("/me/password", "PATCH", "/me/password", 200, "new", "Harbour-Violet-31!", "confirm", "Harbour-Violet-31!", "current", apptest.Password, "end_others", "true")

	send("{{.User.URL}}/deactivation", "POST", account+"/deactivation", 422, "when", "later", "last_day", "x", "way", "one", "back", "/users")
	send("/users/bulk", "POST", "/users/bulk", 409, "kind", "role", "value", "paralegal", "all", "1", "mark", "another")
	freed := "/users/" + app.Person("accountant").ID
	send("{{.User.URL}}/deactivation", "POST", freed+"/deactivation", 200, "when", "now", "way", "one", "back", "/users")
	send("{{.User.URL}}/activation", "POST", freed+"/activation", 200, "back", "/users")

	send("/roles", "POST", "/roles", 422, "name", "", "parent", "manager")
	send("{{.URL}}/preview", "POST", "/roles/viewer/preview", 200, "name", "x", "permissions", "users.view", "generation", "1")
	send("{{.URL}}/preview", "POST", "/roles/viewer/preview", 422, "name", "", "parent", "manager", "generation", "1")
	send("/profiles", "POST", "/profiles", 422, "name", "")
	send("{{.Row.URL}}/preview", "POST", "/profiles/collections/preview", 409, "name", "x", "generation", "7")
	send("{{.URL}}/preview", "POST", "/users/"+id+"/access/preview", 200, "role", "administrator")
	send("{{.URL}}/preview", "POST", "/users/"+id+"/access/preview", 422, "role", "nothing")
	send("{{.Action}}", "POST", "/departments", 422, "name", "")
	send("{{.Department.URL}}", "DELETE", "/departments/"+department, 422)
	send("{{.Department.URL}}/merge", "POST", "/departments/"+department+"/merge", 422)
	send("{{.Action}}", "POST", "/titles", 422, "name", strings.Repeat("é", 101))
	send("{{.Title.URL}}", "DELETE", "/titles/"+title, 204)
	send("/cases", "POST", "/cases", 422, "client_name", strings.Repeat("é", 201), "title", "")
	send("{{.URL}}", "PATCH", "/cases/"+file+"/owner", 422, "to", "")
	send("{{.Client.URL}}", "PATCH", "/clients/client-other", 422, "name", "", "email", "personne")
	send("{{.Stage.URL}}", "DELETE", "/stages/"+one(t, app, `SELECT id FROM stages`), 422)
	send("/organization", "PATCH", "/organization", 422, "section", "passwords", "password_policy", "x", "lock_tries", "x", "lock_minutes", "x")
	send("/organization", "PATCH", "/organization", 200, "section", "identity", "address", address)
	send("/organization/logo", "DELETE", "/organization/logo", 200)

	k := desk(t, app, "MR-900", "super", false)
	for i := range 40 {
		writes(t, app, k, fmt.Sprintf("Nous avons reçu le certificat numéro %d. Faut-il envoyer l’original ou d’abord la traduction?", i))
		if _, err := app.Messages.Comment(t.Context(), app.Actor("admin"), k, "@Elena Marlow, peux-tu regarder cela avant vendredi?"); err != nil {
			t.Fatal(err)
		}
	}
	get("/", "/")
	get("/messages", "/messages")
	get("{{.Here}}", "/messages?show=all")
	get("{{.Earlier}}", "/cases/"+k+"/messages?before=31")
	get("/bulletins?bell=1", "/bulletins?bell=1")
	get("{{.Older}}", "/bulletins?before=zzz")
	send("{{.Reading}}", "POST", "/cases/"+k+"/messages/reading", 204, "upto", "1")
	send("{{.URL}}/reading", "POST", "/bulletins/"+one(t, app, `SELECT max(id) FROM bulletins WHERE user_id = '`+app.Person("super").ID+`'`)+"/reading", 200)
	send("/bulletins/reading", "POST", "/bulletins/reading", 200, "upto", "0")
	send("/me/notifications", "PATCH", "/me/notifications", 200, "setting", "mention_mails", "mention_mails", "false")
	send("/me/notifications", "PATCH", "/me/notifications", 422, "setting", "daily", "minute", "x", "days", "1")
	sleepers(app)
	get("{{$.Self}}", "/sync")
	silence := one(t, app, `SELECT '/sync/exceptions/' || min(id) || '/silence' FROM sync_exceptions`)
	get("{{.Path}}/silence/new{{$.Asked}}", silence+"/new")
	send("{{.Row.Path}}/silence", "POST", silence, 422, "note", " ")
	send("{{.URL}}", "POST", "/cases/"+k+"/messages", 200, "body", "Merci")
	send("{{.URL}}", "POST", "/cases/"+k+"/comments", 422, "body", "")
	due, err := app.Agenda.SetDeadline(t.Context(), app.Actor("super"), k, "Déposer la demande de résidence permanente", "2026-12-01")
	if err != nil {
		t.Fatal(err)
	}
	get("{{.Edit}}", "/cases/"+k+"/deadlines/"+due.ID+"/edit")
	get("{{.}}", "/cases/"+k+"/invoices/new")
	get("{{.}}", "/cases/"+k+"/scores/new")
	get("card.js", "/colleagues/"+app.Person("other").ID+"/card")
	send("{{.Action}}", "POST", "/cases/"+k+"/invoices", 422)
	send("{{.Action}}", "POST", "/appointments", 422, "zone", "America/Toronto", "starts", "2026-11-01T01:30", "case", k)
	for _, asked := range asks(t) {
		if !ask[asked] && asked != "/me/picture" { // a picture answers with its form
			t.Errorf("a page asks for %s: its size is to be held here", asked)
		}
	}
}

// one is the one value that a query gives.
func one(t *testing.T, app *apptest.App, query string) (value string) {
	t.Helper()
	if err := app.DB.In(t.Context()).Raw(query).Scan(&value).Error; err != nil || value == "" {
		t.Fatal(query, err)
	}
	return value
}

// asks are the addresses that templates name for a swap.
func asks(t *testing.T) []string {
	t.Helper()
	var all []string
	named := regexp.MustCompile(`(?:hx-get|hx-post|hx-put|hx-patch|hx-delete|data-options)="([^"]*)"`)
	err := filepath.WalkDir("../../views", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".html" {
			return err
		}
		text, err := os.ReadFile(path)
		for _, m := range named.FindAllStringSubmatch(string(text), -1) {
			all = append(all, m[1])
		}
		return err
	})
	if err != nil || len(all) == 0 {
		t.Fatalf("no template was read: %v", err)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// What anybody's link or script could ask for is compressed only when it holds no token (BREACH); and nothing is that the
// browser did not ask to have compressed.
func TestWhatHoldsASecretIsNotCompressed(t *testing.T) {
	app := apptest.One(t)
	c := app.SignIn("admin")
	token := pageToken(c.Visit("/me"))
	for _, path := range []string{"/users", "/colleagues", "/zones"} {
		headers := map[string]string{"HX-Request": "true", "Accept-Encoding": "gzip"}
		p := c.Do("GET", path, "", "", headers)
		if p.Header.Get("Content-Encoding") != "gzip" || !strings.Contains(p.Header.Get("Vary"), "Accept-Encoding") {
			t.Errorf("%s: %q, varies by %q", path, p.Header.Get("Content-Encoding"), p.Header.Get("Vary"))
		}
		if p = c.Fragment("GET", path, path, nil).Expect(200); strings.Contains(p.Body, token) || strings.Contains(p.Body, "_csrf") {
			t.Errorf("%s is compressed and holds the token", path)
		}
		headers["Accept-Encoding"] = "gzip;q=0"
		if p = c.Do("GET", path, "", "", headers); p.Header.Get("Content-Encoding") != "" {
			t.Errorf("%s: compressed for who does not want it", path)
		}
		if p = c.Do("GET", path, "", "", map[string]string{"Accept-Encoding": "gzip, br"}); path != "/zones" && p.Header.Get("Content-Encoding") != "" {
			t.Errorf("%s as a page is compressed", path)
		}
	}
	for _, path := range []string{"/me", "/me/edit", "/me/security", "/me/preferences", "/users/new"} {
		p := c.Do("GET", path, "", "", map[string]string{"HX-Request": "true", "Accept-Encoding": "gzip, br"})
		if p.Header.Get("Content-Encoding") != "" || !strings.Contains(p.Body, token) {
			t.Errorf("%s holds the token and is compressed", path)
		}
	}
	if p := c.Do("PATCH", "/me", "application/x-www-form-urlencoded", url.Values{"_csrf": {"guessed"}}.Encode(), map[string]string{"HX-Request": "true", "Accept-Encoding": "gzip"}); p.Status != 403 || p.Header.Get("Content-Encoding") != "" {
		t.Errorf("a forged form: %d, %q", p.Status, p.Header.Get("Content-Encoding"))
	}
}
