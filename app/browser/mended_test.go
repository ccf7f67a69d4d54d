package browser

import (
	"fmt"
	"strings"
	"testing"

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

// stored is a column of the consultant's.
func stored(t *testing.T, app *apptest.App, column string) (value string) {
	t.Helper()
	if err := app.DB.In(t.Context()).Raw(`SELECT `+column+` FROM users WHERE id = ?`, app.Person("consultant").ID).Scan(&value).Error; err != nil {
		t.Fatal(err)
	}
	return value
}
