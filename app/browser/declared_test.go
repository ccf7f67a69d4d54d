package browser

import (
	"testing"

	"chancery/app/apptest"
	"chancery/app/apptest/chrome"
	"chancery/app/manifest"
)

const stated = "apiVersion: chancery.dev/v1alpha1\n"

// declare applies manifests as a directory would.
func declare(t *testing.T, app *apptest.App, text string) {
	t.Helper()
	set, err := manifest.Text("test.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := app.Declared.Apply(t.Context(), "directory", set); err != nil {
		t.Fatal(err)
	}
}

// stateAll declares some of each kind: one is refused, one had drifted, one is paused by its manifest, a source drops most of its people and another cannot be read.
func stateAll(t *testing.T, app *apptest.App) {
	t.Helper()
	const practice = stated + "kind: Organization\nmetadata: {name: practice}\nspec: {tagline: Wills, language: en, policies: {lockTries: 7, passwordPolicy: classic, lockAll: false}}\n---\n" +
		stated + "kind: Department\nmetadata: {name: wills-and-estates-of-the-eastern-provinces}\nspec: {name: Wills}\n---\n" +
		stated + "kind: Profile\nmetadata: {name: collections}\nspec: {name: Collections, summary: Sees bills, permissions: [invoices.view]}\n---\n" +
		stated + "kind: Role\nmetadata: {name: lead}\nspec: {name: Lead, summary: Leads, parent: paralegal, permissions: [cases.reassign], profiles: [collections]}\n---\n" +
		stated + "kind: User\nmetadata: {name: wrong}\nspec: {email: wrong@firm.example, firstName: Wrong, lastName: Zone, role: lead, timeZone: Nowhere/Land}\n---\n" +
		stated + "kind: User\nmetadata: {name: later, annotations: {chancery.dev/paused: \"true\"}}\nspec: {email: later@firm.example, firstName: La, lastName: Ter, role: lead}\n---\n" +
		stated + "kind: User\nmetadata: {name: jon.okafor}\nspec: {email: consultant@firm.example, firstName: Jon, timeZone: America/Toronto, role: consultant, department: wills-and-estates-of-the-eastern-provinces}\n"
	people := ""
	for _, name := range []string{"ann", "ben", "cem", "dan"} {
		people += "---\n" + stated + "kind: User\nmetadata: {name: " + name + "}\nspec: {email: " + name + "@firm.example, firstName: Per, lastName: Son, role: viewer}\n"
	}
	declare(t, app, practice+people)
	write(t, app, `UPDATE users SET first_name = 'Wrong' WHERE email = 'consultant@firm.example'`)
	declare(t, app, practice)
	if err := app.Declared.Unread(t.Context(), "cluster", "wills.yaml:4: Department/wills: spec.nam: unknown field; is name meant?"); err != nil {
		t.Fatal(err)
	}
}

// B-3: the pages of what is declared, and the forms in which it is locked, are sound on every screen and in every language.
func TestEveryPageOfWhatIsDeclaredIsSound(t *testing.T) {
	everyLanguage(t, func(t *testing.T, lang string, screens []string) {
		app := practice(t)
		write(t, app, `UPDATE users SET language = ?`, lang)
		at := func(path, sees string) func(*scene) { return func(s *scene) { s.Visit(path).Sees(sees, "") } }
		jon := "/users/" + app.Person("consultant").ID
		tour(t, app, lang, screens, "super", []page{
			{"declared-none", at("/system/declared", "#declared .empty")},
			{"declared", func(s *scene) { stateAll(s.t, s.app); s.Visit("/system/declared").Sees("#declared tbody tr", "") }},
			{"declared-no-match", at("/system/declared?state=released", "#declared .empty")},
			{"declared-system", at("/system", "#needs")},
			{"declared-organization", at("/organization", "#org-lock-tries[readonly]")},
			{"declared-role", func(s *scene) { s.Visit("/roles").Click("a[href^='/roles/0']").Sees("#summary[readonly]", "") }},
			{"declared-profile", at("/profiles/collections", "#name[readonly]")},
			{"declared-person", at(jon, "#first-name-shown")},
			{"declared-person-edit", at(jon+"/edit", "#first-name[readonly]")},
			{"declared-access", at(jon+"/access", "#role[readonly]")},
			{"declared-role-of", at(jon+"/role/edit", "#role-hint")},
			{"declared-department-of", at(jon+"/department/edit", "#department-hint")},
			{"declared-leaving", at(jon+"/deactivation/new", "#departure-form .alert-info")},
		})
	})
}

// B-3: an object is paused and taken up again by keys alone.
func TestADeclaredObjectIsPausedByKeys(t *testing.T) {
	app := practice(t)
	declare(t, app, stated+"kind: User\nmetadata: {name: jon}\nspec: {email: consultant@firm.example, firstName: Jon}\n")
	p := signedIn(t, app, "super").Visit("/system/declared")
	p.TabTo("#declared form[action$='/pause'] button").Load(func() { p.Press(chrome.Enter) }).Sees(".alert-success", "left alone").Sees("#declared tbody tr", "Paused by")
	p.TabTo("#declared form[action$='/pause'] button").Load(func() { p.Press(chrome.Enter) }).Sees(".alert-success", "compared with its manifest")
}
