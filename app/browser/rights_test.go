package browser

import (
	"testing"

	"chancery/app/access"
	"chancery/app/apptest/chrome"
)

// B-11, S1-26: an administrator makes a role, sees what a change of it would do, and gives it to someone, who may do so
// from their next click.
func TestARoleIsMadeChangedAndGiven(t *testing.T) {
	app := practice(t)
	jon := signedIn(t, app, "consultant")
	p := signedIn(t, app, "admin").Click(".side a[href='/roles']").At("/roles").Click(".page-head .btn-primary").At("/roles/new")
	p.Fill("#name", "Intake").Choose("#parent", access.RoleViewer).Click("input[value='cases.create']").Click("#role-form .btn-primary").Sees(".alert-success", "").Sees("h1", "Intake")
	p.Until(`document.querySelector("[value='cases.view']").disabled && document.querySelector("[value='cases.view']").checked`) // the parent's
	p.Visit("/users/"+app.Person("consultant").ID).Click(".tabnav a[href$='/access']").Sees("#effective", "RCIC Consultant")
	role := chrome.Value[string](p, `[...document.querySelector("#role").options].find((o) => o.text === "Intake").value`)
	p.Choose("#role", role).Click("#access-form .btn-primary").Until(`document.querySelector("dialog:modal")`).Sees("#lost", "Edit cases")
	p.Press(chrome.Escape).Gone("dialog:modal").Focused("#access-form .btn-primary") // the form is still there, as it was
	p.Until(`document.querySelector("#role").selectedOptions[0].text === "Intake"`)
	p.Click("#access-form .btn-primary").Until(`document.querySelector("dialog:modal")`).Load(func() { p.Click("dialog .btn-primary") }).Sees(".alert-success", "").Sees("#effective", "Intake")

	jon.Visit("/users").Sees("h1", "not") // no such page for him
	p.Visit("/roles/"+role).Click("input[value='users.view']").Click("#role-form .btn-primary").Until(`document.querySelector("dialog:modal")`).Sees("#gained", "1 person")
	p.Load(func() { p.Click("dialog .btn-primary") }).Sees(".alert-success", "")
	jon.Visit("/users").At("/users").Sees("#people tbody", "Marlow")

	p.Fill("#name", "").Click("#role-form .btn-primary").Focused("#errors").Click("#errors a[href='#name']").Focused("#name")
}

// S1-30: with script the question stands in a dialog, and names the risk.
func TestAThirdSuperAdminIsConfirmed(t *testing.T) {
	app := practice(t)
	write(t, app, `UPDATE users SET role_id = 'super-admin' WHERE id = ?`, app.Person("admin").ID)
	p := signedIn(t, app, "super").Visit("/users/"+app.Person("other").ID+"/access").Choose("#role", access.RoleSuperAdmin).Click("#access-form .btn-primary")
	p.Until(`document.querySelector("dialog:modal")`).Sees("dialog .alert-warning", "2 Super Admins").Load(func() { p.Click("dialog .btn-primary") }).Sees(".alert-success", "")
}

// The pages of rights, sound on every screen.
func TestThePagesOfRightsAreSound(t *testing.T) {
	app := practice(t)
	furnish(t, app, "fr")
	write(t, app, `UPDATE roles SET parent_id = 'viewer' WHERE id = 'consultant'`)
	write(t, app, `INSERT INTO role_profiles (role_id, profile_id) VALUES ('consultant', 'collections')`)
	write(t, app, `INSERT INTO roles (id, name, summary, parent_id, position, created_at, updated_at) VALUES ('custom', 'Spécialiste du parrainage conjugal', 'Pour les dossiers de la famille, avec les factures.', 'consultant', 9, ?, ?)`, app.Clock.Now(), app.Clock.Now())
	p := signedIn(t, app, "super")
	person := "/users/" + app.Person("other").ID
	for _, page := range []struct {
		name string
		open func()
	}{
		{"roles", func() { p.Visit("/roles") }},
		{"roles-new", func() { p.Visit("/roles/new?from=manager") }},
		{"roles-show", func() { p.Visit("/roles/custom") }},
		{"roles-super", func() { p.Visit("/roles/super-admin") }},
		{"roles-refused", func() { p.Visit("/roles/custom").Fill("#name", "").Click("#role-form .btn-primary").Focused("#errors") }},
		{"roles-preview", func() {
			p.Visit("/roles/viewer").Click("input[value='cases.view']").Click("input[value='users.view']").Click("#role-form .btn-primary").Until(`document.querySelector("dialog:modal")`)
		}},
		{"roles-delete", func() { p.Visit("/roles/custom/delete").Until(`document.querySelector("dialog:modal")`) }},
		{"profiles", func() { p.Visit("/profiles") }},
		{"profiles-new", func() { p.Visit("/profiles/new") }},
		{"profiles-show", func() { p.Visit("/profiles/collections") }},
		{"users-access", func() { p.Visit(person + "/access") }},
		{"users-access-own", func() { p.Visit("/users/" + app.Person("super").ID + "/access") }},
		{"users-access-preview", func() {
			p.Visit(person+"/access").Choose("#role", access.RoleManager).Click("#access-form .btn-primary").Until(`document.querySelector("dialog:modal")`)
		}},
		{"users-role-edit", func() { p.Visit(person + "/role/edit") }},
		{"me-rights", func() { p.Visit("/me").Click("#permissions summary") }},
	} {
		p.Become()
		page.open()
		for _, d := range []string{"1280-light", "1280-dark", "390-light", "390-dark"} {
			p.Become(devices[d]...)
			look(t, p, page.name+"-fr-"+d, "fr")
		}
	}
}
