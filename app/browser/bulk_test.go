package browser

import "testing"

// none is true of a list of which nothing is selected: its bar is not there.
const none = `!document.querySelector("tbody :checked") && !document.querySelector("#people .bulk").checkVisibility()`

// B-1, B-17: people who leave in one go. Each choice of who takes over shows at once what would come of it, what was
// typed stays, and the list lets go of the selection once it has been put to use, also when one goes back to it.
func TestPeopleLeaveInOneGo(t *testing.T) {
	app := practice(t)
	working(t, app)
	files(t, app, "consultant", 4)
	jon, lucia := "#row-"+app.Person("consultant").ID, "#row-"+app.Person("paralegal").ID
	p := signedIn(t, app, "admin").Visit("/users").Click(jon+" .checkbox").Click(lucia+" .checkbox").Sees("[data-selected]", "2 selected")
	p.Load(func() { p.Click("#bulk button[value=deactivation]") }).Sees("tbody", "4 open cases would be left without an owner")
	p.Fill("#reason", "Halifax closes").Choose("#successor", app.Person("other").ID).Sees("tbody", "Open cases: 4, to Lucía Fernández Ortega (4)")
	p.Until(`document.querySelector("#reason").value === "Halifax closes" && location.search.includes("successor=") && document.querySelector("#bulk-confirm [name=successor]").value !== ""`)
	p.Click("#way [value=department]").Until(`document.querySelector("#bulk-confirm [name=way]").value === "department"`).Focused("#way [value=department]")
	p.Click("#way [value=one]").Until(`document.querySelector("#bulk-confirm [name=way]").value === "one"`).Sees("tbody", "to Lucía Fernández Ortega (4)")
	p.Load(func() { p.Click("#bulk-confirm .btn-error") }).Sees("h1 .status", "Finished").Sees("tbody", "to Lucía Fernández Ortega (4)")
	p.Until(`!location.search.includes("notice")`).Visit("/users").Until(none)
	p.Click(jon+" .checkbox").Visit("/runs").Click("#runs li a").Sees("h1 .status", "Finished").Visit("/users").Sees("[data-selected]", "1 selected")
}

// A selection is done also for the list that one goes back to.
func TestTheListOfBeforeLetsGoOfASelectionThatWasPutToUse(t *testing.T) {
	app := practice(t)
	working(t, app)
	p := signedIn(t, app, "admin").Visit("/users").Click("#row-"+app.Person("invited").ID+" .checkbox").Sees("[data-selected]", "1 selected")
	p.Load(func() { p.Click("#bulk button[value=invitation]") })
	p.Load(func() { p.Click("#bulk-confirm .btn") }).Sees("h1 .status", "Finished")
	p.Eval(`history.go(-2)`)
	p.At("/users").Until(none)
}
