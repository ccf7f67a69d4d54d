package browser

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"chancery/app/apptest"
	"chancery/app/apptest/chrome"
	"chancery/views"
)

// What a stranger stumbled over in My Profile, one journey each.

// S0-18, S0-26: what is no zone is said on its field, stays there, and is not saved as something else.
func TestWhatIsNoZoneIsSaidAndStays(t *testing.T) {
	app := practice(t)
	p := signedIn(t, app, "consultant").Visit("/me/preferences").Fill("#zone", "nonsense").Press(chrome.Tab)
	const told = `(() => { const field = document.querySelector("#zone"), by = field.getAttribute("aria-describedby").split(" ").map((id) => document.getElementById(id)).filter((e) => e?.checkVisibility()).map((e) => e.textContent).join(" ");
		return field.value === "nonsense" && field.ariaInvalid === "true" && by.includes("no such time zone"); })()`
	p.Sees("#zone-unknown", "no such time zone").Until(told)
	p.Click("#preferences-form .btn-primary").Focused("#errors").Sees("#zone-error", "no such time zone").Gone("#zone-unknown").Until(told).Gone(".alert-success")
	if zone := stored(t, app, "zone"); zone != "America/Toronto" {
		t.Errorf("the zone is %s", zone)
	}

	// One that there is takes the message away.
	p.Fill("#zone", "kathm").Press(chrome.Tab).Gone("#zone-error").Gone("#zone-unknown").Until(`document.querySelector("#zone").value.includes("Kathmandu") && !document.querySelector("#zone").hasAttribute("aria-invalid")`)
	p.Click("#preferences-form .btn-primary").Sees(".alert-success", "saved")
	if zone := stored(t, app, "zone"); zone != "Asia/Kathmandu" {
		t.Errorf("the zone is %s", zone)
	}

	// Straight from the field to the button, and by Enter: the click is not lost to the line that comes.
	p.Visit("/me/preferences").Fill("#zone", "nonsense").Click("#preferences-form .btn-primary").Sees("#zone-error", "no such time zone")
	p.Visit("/me/preferences").Fill("#zone", "nonsense").Press(chrome.Enter).Sees("#zone-unknown", "").Press(chrome.Enter).Sees("#zone-error", "")
	p.Visit("/me/preferences").Fill("#zone", " ").Press(chrome.Tab).Sees("#zone-unknown", "").Click("#preferences-form .btn-primary").Sees("#zone-error", "")

	admin := signedIn(t, app, "admin").Visit("/users/new").Fill("#zone", "nonsense").Press(chrome.Tab).Sees("#zone-unknown", "no such")
	admin.Until(`new FormData(document.querySelector("#user-form")).get("zone") === "nonsense"`)
}

// S0-18: people find a zone by what they call it, and what they most likely mean stands first.
func TestAZoneIsFoundByWhatPeopleType(t *testing.T) {
	p := signedIn(t, practice(t), "consultant").Visit("/me/preferences").Click("#zone").Sees("[role=option]", "")
	p.Until(`document.querySelectorAll("#zone").length && [...document.querySelectorAll("select[name=zone] option")].some((o) => o.dataset.search?.includes("Bombay"))`)
	ids := func(query string) []string {
		return chrome.Value[[]string](p.Fill("#zone", query).Sees("[role=option]", ""), `[...document.querySelectorAll("[role=option][data-index]")].map((o) => document.querySelector("select[name=zone]").options[o.dataset.index].value)`)
	}
	for query, first := range map[string]string{
		"Asia/Calcutta": "Asia/Kolkata", "calcutta": "Asia/Kolkata", "bombay": "Asia/Kolkata", "india": "Asia/Kolkata",
		"montreal": "America/Toronto", "ottawa": "America/Toronto", "america/montreal": "America/Toronto", "est": "America/Toronto",
		"eastern": "America/Toronto", "saint john": "America/Moncton", "ciudad de mexico": "America/Mexico_City", "mexico": "America/Mexico_City",
		"kiev": "Europe/Kyiv", "utc": "UTC", "london": "Europe/London", "st johns": "America/St_Johns", "são paulo": "America/Sao_Paulo", "san jose": "America/Costa_Rica",
	} {
		if got := ids(query); len(got) == 0 || got[0] != first {
			t.Errorf("%q finds %v, want %s first", query, got[:min(5, len(got))], first)
		}
	}
	same := ids("utc-5")
	for _, query := range []string{"-05:00", "gmt-5", "UTC−05:00", "utc -5", "-5"} {
		if got := ids(query); len(got) < 5 || fmt.Sprint(got[:5]) != fmt.Sprint(same[:5]) {
			t.Errorf("%q finds %v, want those of utc-5, %v", query, got, same)
		}
	}
	for _, id := range ids("gmt+1")[:5] {
		if label := chrome.Value[string](p, `document.querySelector("select[name=zone] option[value='`+id+`']").label`); label == "" || label[len(label)-len("+01:00)"):] != "+01:00)" {
			t.Errorf("gmt+1 finds %s", label)
		}
	}
	for _, id := range ids("est")[:2] {
		if id != "America/Toronto" && id != "America/New_York" {
			t.Errorf("est begins with %s", id)
		}
	}
}

// S0-16: the counter writes numbers as the server does.
func TestTheCounterWritesNumbersAsTheLanguageDoes(t *testing.T) {
	app := practice(t)
	p := signedIn(t, app, "consultant")
	for lang, want := range map[string]string{"en": "1,001 / 1,000", "es": "1,001 / 1,000", "fr": "1\u00a0001 / 1\u00a0000"} {
		write(t, app, `UPDATE users SET language = ? WHERE id = ?`, lang, app.Person("consultant").ID)
		p.Visit("/me/edit").Fill("#bio", strings.Repeat("x", 1001))
		p.Until(`document.querySelector("#bio-count").textContent === ` + chrome.Quote(want))
		if l := views.In(lang, nil, app.Clock.Now()); l.Number(1001)+" / "+l.Number(1000) != want {
			t.Errorf("%s: the server writes %s", lang, l.Number(1001))
		}
	}
}

// B-15: an inline edit is guarded as the whole form is; Escape, pressed by habit, says first that nothing is saved.
func TestAnInlineEditIsNotLostByASlip(t *testing.T) {
	const edit = "a[href='/me/fields/bio/edit']"
	p := signedIn(t, practice(t), "consultant").Click(edit).Focused("#bio").Write("Half a thought").Click("#side a[href='/colleagues']").At("/colleagues")
	if p.Asked() != 1 {
		t.Errorf("asked %d times, want once", p.Asked())
	}
	p.Visit("/me").Click(edit).Focused("#bio").Press(chrome.Escape).Gone("#bio").Focused(edit)
	p.Press(chrome.Enter).Focused("#bio").Write("Half a thought").Press(chrome.Escape).Sees("[data-unsaved]", "Escape once more").Focused("#bio").Until(`document.querySelector("#bio").value === "Half a thought"`)
	p.Write(", and more").Gone("[data-unsaved]").Press(chrome.Escape).Sees("[data-unsaved]", "").Press(chrome.Escape).Gone("#bio").Focused(edit)
	p.Press(chrome.Enter).Focused("#bio").Write("Half a thought").Click("#bio-form [data-cancel]").Gone("#bio")
	p.Click(edit).Focused("#bio").Write("A whole one").Click("#bio-form .btn-primary").Sees(".just-saved", "").Visit("/colleagues")
	if p.Asked() != 1 {
		t.Errorf("asked %d times, want once: nothing was left unsaved since", p.Asked())
	}
}

// B-15: so is what was typed into a dialog, whichever way it is closed, and on a page of its own; what was not typed in asks nothing.
func TestADialogIsNotClosedOverWhatWasTyped(t *testing.T) {
	app := practice(t)
	id := docket(t, app)
	const link, kept = "a[href$='invoices/new']", `document.querySelector("dialog:modal #number").value === "MR-1"`
	p := signedIn(t, app, "super").Visit("/cases/" + id + "/billing")
	p.Click(link).Until(`document.querySelector("dialog:modal")`).Press(chrome.Escape).Gone("dialog")
	p.Click(link).Sees("dialog #number", "").Type("#number", "MR-1").Press(chrome.Escape).Sees("[data-unsaved]", "not saved").Until(kept)
	p.Write("2").Gone("[data-unsaved]").Press(chrome.Escape).Sees("[data-unsaved]", "").Press(chrome.Escape).Gone("dialog").Focused(link)
	p.Click(link).Sees("dialog #number", "").Type("#number", "MR-1").Click("dialog [data-close]").Sees("[data-unsaved]", "").Until(kept).Click("dialog [data-close]").Gone("dialog")
	p.Visit("/cases/"+id+"/invoices/new").Type("#number", "MR-1").Click("dialog [data-close]").Sees("[data-unsaved]", "").Click("dialog [data-close]").At("/cases/" + id + "/billing")
	if p.Asked() != 0 {
		t.Errorf("asked %d times by the browser, want none: the page said it", p.Asked())
	}
}

// A size that the browser or an extension gave a field is not carried over to the field that takes its place: the policy refuses styles in
// attributes, and says so on the console, which fails any of these tests.
func TestASizeIsNotCarriedOver(t *testing.T) {
	app := practice(t)
	p := signedIn(t, app, "consultant").Visit("/cases/" + docket(t, app) + "/comments")
	p.Eval(`document.querySelectorAll("textarea").forEach((field) => { field.style.height = "12rem"; })`)
	p.Type("main textarea", "A remark").Click("main form:has(textarea) .btn-primary").Sees("#comments", "A remark")
	p.Visit("/me/client-card").Eval(`document.querySelector("#client-bio").style.height = "20rem"`)
	p.Fill("#client-bio", "A few words").Click("#card-form .btn-primary").Sees("[role=status]", "The client card is saved.")
}

// A title of one long word is broken, on every page that shows it.
func TestALongWordStaysOnThePage(t *testing.T) {
	app := practice(t)
	id := docket(t, app)
	write(t, app, `UPDATE cases SET title = ? WHERE id = ?`, strings.Repeat("X", 200), id)
	for _, device := range [][]chrome.Option{nil, {chrome.Phone()}} {
		p := signedIn(t, app, "consultant", device...)
		for _, path := range []string{"", "/messages", "/comments", "/appointments", "/history", "/closure/new"} {
			p.Visit("/cases/" + id + path).Until(`document.documentElement.scrollWidth <= innerWidth`)
		}
		p.Visit("/cases").Until(`document.documentElement.scrollWidth <= innerWidth`)
	}
}

// S0-25: "Saved" stands on the line of "Edit", is said of the last one alone, and leaves.
func TestSavedLeavesAfterAWhile(t *testing.T) {
	app := practice(t)
	p := signedIn(t, app, "consultant").Click("a[href='/me/fields/cell/edit']").Focused("#cell").Fill("#cell", "+1 416 555 0142").Press(chrome.Enter).Sees(".just-saved .saved", "Saved")
	p.Until(`(() => { // a row of two lines: the words stand on one line, and in the first
		const row = document.querySelector(".just-saved"), range = document.createRange(), bottom = (node) => { range.selectNodeContents(node); return range.getBoundingClientRect().bottom; };
		return row.querySelector("dd > span").getClientRects()[0].height > 30 && Math.abs(bottom(row.querySelector(".saved").lastChild) - bottom(row.querySelector(".edit").firstChild)) < 1.5; })()`)
	p.Click("a[href='/me/fields/bio/edit']").Focused("#bio").Write("Family class").Click("#bio-form .btn-primary").Until(`document.querySelector(".just-saved #bio-shown")`)
	p.Until(`document.querySelectorAll(".just-saved").length === 1 && document.querySelectorAll(".saved:not([data-fading])").length === 1`)
	p.Gone(".just-saved").Gone(".saved").Until(`!document.querySelector(".saved")`).Sees("#bio-shown", "Family class").Focused("a[href='/me/fields/bio/edit']")
}

// ASVS 6.2.6: whatever hides what is typed can show it.
func TestEveryPasswordCanBeShown(t *testing.T) {
	app := practice(t)
	p := signedIn(t, app, "consultant").Visit("/me/security")
	for id, what := range map[string]string{"current": "the current password", "new": "the new password", "confirm": "the repeated password"} {
		p.Fill("#"+id, "Secret-1").Sees("[data-peek="+id+"]", what).Click("[data-peek=" + id + "]").Until(`document.querySelector("#` + id + `").type === "text"`)
		p.Click("[data-peek=" + id + "]").Until(`document.querySelector("#` + id + `").type === "password"`)
	}
	const all = `[...document.querySelectorAll("input[type=password]")].every((field) => document.querySelector("[data-peek='" + field.id + "']:not([hidden])"))`
	write(t, app, `UPDATE sessions SET proven_at = ? WHERE user_id = ?`, app.Clock.Now().Add(-time.Hour), app.Person("consultant").ID)
	app.SignIn("consultant")
	p.Until(all).Visit("/me/security").Click("#sessions header a").Until(`document.querySelector("dialog:modal #password")`).Until(all)
	token, _, err := app.Signin.IssueWelcome(t.Context(), app.Person("invited").ID)
	if err != nil {
		t.Fatal(err)
	}
	visitor(t, app).Visit("/welcome/"+token).Sees("#confirm", "").Until(all)
}

// S2-18, C-3: after a refusal the list says which of its lines the password did not meet, until the next one does.
func TestTheChecklistSaysWhatWasRefused(t *testing.T) {
	p := signedIn(t, practice(t), "consultant").Visit("/me/security").Gone("#policy [data-refused]")
	p.Fill("#current", apptest.Password).Fill("#new", "Qwerty123").Fill("#confirm", "other").Click("#password-form .btn-primary").Focused("#errors")
	const refused = `[...document.querySelectorAll("#policy [data-refused]")].map((item) => item.querySelector("use").getAttribute("href").endsWith("#circle-x") && getComputedStyle(item).color === getComputedStyle(document.querySelector("#new-error, #confirm-error")).color ? item.textContent.trim().replace(/\s+/g, " ") : "unlike")`
	p.Until(refused + `.join() === "not yet met: One of @ $ ! % * ? &,not yet met: The same both times,not yet met: Hard to guess: no common password, no name from here"`)
	p.Until(`(() => { const list = document.querySelector("#policy").getBoundingClientRect(), guess = document.querySelector("#policy [data-asks]").getBoundingClientRect(); return Math.abs(list.width - guess.width) < 1; })()`)
	p.Fill("#new", newPassword).Fill("#confirm", newPassword).Sees("#policy [data-asks][data-met]", "").Gone("#policy [data-refused]:not([data-met])")
	p.Until(`[...document.querySelectorAll("#policy li")].every((item) => item.querySelector("use").getAttribute("href").endsWith("#circle-check"))`)
}

// Design §6: the menu of a phone closes by a button, as the account's drawer does; and the picture is not on every page.
func TestThePhoneMenuHasAButtonToCloseIt(t *testing.T) {
	p := signedIn(t, practice(t), "consultant", chrome.Phone())
	p.Click(".top [popovertarget=side]").Sees("#side:popover-open", "").Click("#side [popovertargetaction=hide]").Gone("#side").Focused(".top [popovertarget=side]")
	p.Sees("#picture .ava", "")
	for _, path := range []string{"/me/preferences", "/me/security", "/me/sign-ins"} {
		p.Visit(path).Sees("h1", "").Gone("#picture").Sees(".rail nav", "")
	}
	p.Become().Visit("/me/security").Sees("#picture .ava", "").Gone("#side [popovertargetaction=hide]")
}

// B-15, C-16: the door says why one stands before it, and whether anything was kept, in the language of the page.
func TestTheDoorSaysThatTheSessionHadEnded(t *testing.T) {
	app := practice(t)
	end := func() {
		write(t, app, `UPDATE sessions SET ended_at = ? WHERE user_id = ?`, app.Clock.Now(), app.Person("consultant").ID)
	}
	write(t, app, `UPDATE users SET language = 'fr' WHERE id = ?`, app.Person("consultant").ID)
	p := signedIn(t, app, "consultant").Click("a[href='/me/fields/bio/edit']").Focused("#bio").Write("Rien encore")
	end()
	p.Click("#bio-form .btn-primary").At("/sign-in").Sees(".alert-info", "Votre saisie est conservée").Until(`document.documentElement.lang === "fr" && !location.search.includes("notice")`)
	enter(p, "consultant", apptest.Password).At("/me").Until(`document.querySelector("#bio")?.value === "Rien encore"`)
	p.Click("#bio-form .btn-primary").Sees(".just-saved", "")
	end()
	p.Click("a[href='/me/fields/cell/edit']").At("/sign-in").Sees(".alert-info", "rien n’a été modifié").Until(`document.documentElement.lang === "fr"`)
}

// stored is a column of the consultant's.
func stored(t *testing.T, app *apptest.App, column string) (value string) {
	t.Helper()
	if err := app.DB.In(t.Context()).Raw(`SELECT `+column+` FROM users WHERE id = ?`, app.Person("consultant").ID).Scan(&value).Error; err != nil {
		t.Fatal(err)
	}
	return value
}
