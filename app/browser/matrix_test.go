package browser

import (
	"testing"

	"chancery/app/apptest/chrome"
)

// The issue: the matrix edits roles. Boxes are reached by keys, what is not saved is seen, the question stands in a dialog,
// and who changes their mind finds every tick where it was.
func TestRolesAreChangedInTheMatrix(t *testing.T) {
	app := practice(t)
	p := signedIn(t, app, "admin").Click(".side a[href='/roles']").At("/roles").Click("#compare header a").At("/roles/matrix/edit")
	box := func(value string) string { return `#matrix [value="` + value + `"]` }
	p.Click(box("consultant users.view")).Until(tinted(box("consultant users.view")))
	p.Press(chrome.ArrowDown).Focused(box("consultant users.create")).Press(chrome.ArrowRight, chrome.ArrowRight).Focused(box("accountant users.create"))
	p.Press(chrome.ArrowUp, chrome.ArrowUp).Focused(box("accountant users.view")) // the first row: no further
	p.Press(chrome.ArrowLeft, " ").Until(tinted(box("paralegal users.view")))
	p.Press(" ").Until(`!(` + tinted(box("paralegal users.view")) + `)`)
	for range 6 {
		p.Press(chrome.ArrowLeft)
	}
	p.Focused(box("administrator users.view")) // past it there are no boxes
	p.Click("#matrix-form .btn-primary").Until(`document.querySelector("dialog:modal")`).Sees("dialog h3", "RCIC Consultant").Sees("dialog", "2 people")
	p.Press(chrome.Escape).Gone("dialog:modal").Until(`document.querySelector('` + box("consultant users.view") + `').checked`)
	p.Click("#matrix-form .btn-primary").Until(`document.querySelector("dialog:modal")`).Load(func() { p.Click("dialog .btn-primary") }).At("/roles").Sees(".alert-success", "The roles are saved")

	p.Become(devices["390-light"]...)
	p.Visit("/roles/matrix/edit").Click(box("viewer users.view")) // which has to be scrolled to, in its own box
	p.Until(`document.querySelector("#matrix").parentElement.scrollLeft > 100 && document.documentElement.scrollLeft === 0`)
	p.Until(`document.querySelector("#matrix tbody tr:nth-child(2) th").getBoundingClientRect().left >= 0`) // the right's name stays
	p.Until(`document.documentElement.scrollWidth <= document.documentElement.clientWidth`)
}

// B-16: who comes second sees what the first did beside what they ticked.
func TestAStaleMatrixSaysWhatAnotherDid(t *testing.T) {
	app := practice(t)
	p := signedIn(t, app, "admin").Visit("/roles/matrix/edit").Click(`#matrix [value="viewer users.view"]`)
	write(t, app, `DELETE FROM role_permissions WHERE role_id = 'viewer' AND permission = 'messages.view'`)
	write(t, app, `UPDATE roles SET generation = generation + 1 WHERE id = 'viewer'`)
	p.Click("#matrix-form .btn-primary").Sees("#stored", "taken: Read messages").Focused("#errors").Expect("409")
	p.Until(`document.querySelector('#matrix [value="viewer users.view"]').checked && !document.querySelector('#matrix [value="viewer messages.view"]').checked`)
	p.Click("#errors a").Focused("#c-viewer")
	p.Click("#matrix-form .btn-primary").Until(`document.querySelector("dialog:modal")`).Load(func() { p.Click("dialog .btn-primary") }).Sees(".alert-success", "")
}

// The matrices, sound on every screen in the longest language.
func TestTheMatricesAreSoundOnEveryScreen(t *testing.T) {
	app := practice(t)
	furnish(t, app, "fr")
	write(t, app, `UPDATE roles SET parent_id = 'viewer' WHERE id = 'consultant'`)
	write(t, app, `INSERT INTO roles (id, name, summary, parent_id, position, created_at, updated_at) VALUES ('custom', 'Spécialiste du parrainage conjugal', '', 'consultant', 9, ?, ?)`, app.Clock.Now(), app.Clock.Now())
	p := signedIn(t, app, "super")
	ask := func() {
		p.Visit("/roles/matrix/edit").Click(`#matrix [value="viewer users.view"]`).Click(`#matrix [value="manager cases.edit"]`).Click("#matrix-form .btn-primary")
	}
	for _, page := range []struct {
		name string
		open func()
	}{
		{"roles", func() { p.Visit("/roles") }},
		{"roles-matrix", func() { p.Visit("/roles/matrix/edit").Click(`#matrix [value="manager users.edit"]`) }},
		{"roles-matrix-preview", func() { ask(); p.Until(`document.querySelector("dialog:modal")`) }},
		{"profiles", func() { p.Visit("/profiles") }},
		{"profiles-matrix", func() { p.Visit("/profiles/matrix/edit") }},
		{"roles-matrix-stale", func() {
			p.Visit("/roles/matrix/edit").Click(`#matrix [value="viewer users.view"]`)
			write(t, app, `DELETE FROM role_permissions WHERE role_id = 'viewer' AND permission = 'messages.view'`)
			write(t, app, `UPDATE roles SET generation = generation + 1 WHERE id = 'viewer'`)
			p.Click("#matrix-form .btn-primary").Focused("#errors").Expect("409")
		}},
	} {
		p.Become()
		page.open()
		for _, d := range []string{"1280-light", "1280-dark", "390-light", "390-dark"} {
			p.Become(devices[d]...)
			look(t, p, page.name+"-fr-"+d, "fr")
		}
	}
}

// tinted: the cell of a box has another background than its row.
func tinted(box string) string {
	return `getComputedStyle(document.querySelector('` + box + `').parentElement).backgroundColor !== getComputedStyle(document.querySelector('#matrix tbody tr:last-child th')).backgroundColor
		&& document.querySelector('` + box + `').checked !== document.querySelector('` + box + `').defaultChecked`
}
