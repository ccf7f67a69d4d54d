package browser

import (
	"testing"

	"chancery/app/apptest/chrome"
)

// S1-19…S1-21: whether devices are signed out is asked only where it is a choice: with the link, and not with the two ways
// that do so anyway.
func TestAResetAsksOnlyWhatItDoesNotDoAnyway(t *testing.T) {
	app := practice(t)
	p := signedIn(t, app, "admin").Visit("/users/" + app.Person("consultant").ID + "/password-reset/new")
	p.Until(`document.querySelector("[name=end_sessions]").checkVisibility()`)
	for _, way := range []string{"typed", "mailed"} {
		p.Click("[name=way][value=" + way + "]").Until(`!document.querySelector("[name=end_sessions]").checkVisibility()`)
	}
	p.Click("[name=way][value=link]").Until(`document.querySelector("[name=end_sessions]").checkVisibility()`)
}

// What can be done with a row is side by side on a desktop; on a phone one button opens it, and the focus goes back there.
func TestARowsActionsAreOneButtonOnAPhone(t *testing.T) {
	app := practice(t)
	const open, edit, first = `document.querySelector("tbody .acts-open").checkVisibility()`, "tbody tr:first-child .acts a[href$='/edit']", "tbody tr:first-child .acts-open"
	for _, path := range []string{"/departments", "/titles"} {
		signedIn(t, app, "admin").Visit(path).Until("!" + open).Click(edit).Until(`document.querySelector("dialog:modal")`).Focused("#name")
		p := signedIn(t, app, "admin", chrome.Phone()).Visit(path).Until(open + ` && !document.querySelector("` + edit + `").checkVisibility()`)
		p.Click(first).Click(edit).Until(`document.querySelector("dialog:modal") && !document.querySelector(".acts:popover-open")`).Focused("#name")
		p.Press(chrome.Escape).Gone("dialog").Focused(first)
	}
}
