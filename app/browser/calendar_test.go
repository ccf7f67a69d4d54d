package browser

import (
	"testing"

	"chancery/app/apptest/chrome"
)

// S0-34: the days are reached by the arrow keys, over the edges of what is shown, and from a day an appointment is planned without
// a mouse: in another zone, and shown in one's own.
func TestTheCalendarIsReadAndWrittenByKeys(t *testing.T) {
	app := practice(t)
	k := desk(t, app, "MR-1", "consultant", "paralegal", 0)
	p := signedIn(t, app, "consultant").Visit("/calendar?on=2027-01-14")
	day := func(iso string) string { return "a[data-day='" + iso + "']" }
	p.Eval(`document.querySelector("` + day("2027-01-14") + `").focus()`)
	p.Press(chrome.ArrowRight).Focused(day("2027-01-15")).Press(chrome.ArrowDown).Focused(day("2027-01-22")).Press(chrome.ArrowUp, chrome.ArrowLeft).Focused(day("2027-01-14"))
	p.Press(chrome.ArrowUp, chrome.ArrowUp).Focused(day("2026-12-31")) // of the month before, in the same calendar
	p.Load(func() { p.Press(chrome.ArrowUp) }).Sees("h2", "December 2026").Focused(day("2026-12-24"))
	p.Press(chrome.ArrowDown).Focused(day("2026-12-31")).Load(func() { p.Press(chrome.PageDown) }).Sees("h2", "January 2027").Focused(day("2027-01-31"))
	p.Load(func() { p.Press(chrome.PageDown) }).Sees("h2", "February 2027").Focused(day("2027-02-28")).Load(func() { p.Press(chrome.PageUp) }).Focused(day("2027-01-28"))
	p.Reload().Focused("body") // once

	// A week ends at its seventh day; its shape and whose it is stay.
	p.Visit("/calendar?shape=week&on=2027-01-28&person=all").Eval(`document.querySelector("` + day("2027-01-30") + `").focus()`)
	p.Load(func() { p.Press(chrome.ArrowRight) }).Focused(day("2027-01-31")).Until(`location.search.includes("person=all") && document.querySelectorAll("td").length === 7`)
	p.Load(func() { p.Press(chrome.ArrowUp) }).Focused(day("2027-01-24"))

	p.Visit("/calendar?on=2027-01-28").TabTo(".page-head .btn-primary").Press(chrome.Enter).At("/appointments/new").Until(`document.querySelector("#starts").value.startsWith("2027-01-28")`)
	p.Visit("/appointments/new?case=" + k + "&on=2027-01-28").TabTo("#title").Write("Call with the consulate")
	p.Eval(`for (const [id, at] of [["starts", "10:00"], ["ends", "10:45"]]) { const e = document.querySelector("#" + id); e.value = "2027-01-28T" + at; e.dispatchEvent(new Event("input", { bubbles: true })); }`)
	p.Choose("select[name=zone]", "Europe/Lisbon").TabTo("input[name=people][value='" + app.Person("paralegal").ID + "']").Press(" ").TabTo("#appointment-form .btn-primary").Press(chrome.Enter)
	p.Sees(".alert-success", "planned").Sees(".page-head time", "05:00 – 05:45").Sees(".page-head .fine", "10:00 – 10:45, Lisbon").Sees(".fields", "Mireille")
	p.Visit("/calendar?on=2027-01-28").Sees("td:has("+day("2027-01-28")+") li", "05:00 – 05:45")
	write(t, app, `UPDATE users SET zone = 'Europe/Lisbon' WHERE id = ?`, app.Person("consultant").ID)
	p.Visit("/calendar?on=2027-01-28").Sees("td:has("+day("2027-01-28")+") li", "10:00 – 10:45")
}
