package browser

import (
	"fmt"
	"strings"
	"testing"

	"chancery/app/apptest"
	"chancery/app/apptest/chrome"
)

// S0-4, S0-5, C-5.
func TestTheAvatarLeadsToMyProfile(t *testing.T) {
	p := signedIn(t, practice(t), "consultant").Visit("/me/security")
	p.Click(".top .me").Sees("#me:popover-open", "consultant@firm.example")
	p.Click("#me a[href='/me']").At("/me").Sees("h1", "My Profile")
	p.Until(`document.querySelector("#picture").getBoundingClientRect().right < document.querySelector("#personal").getBoundingClientRect().left`)

	// By keyboard: the drawer opens on Enter, holds the next stop, and Escape gives the focus back.
	p.TabTo(".top .me").Press(chrome.Enter).Sees("#me:popover-open", "").TabTo("#me a[href='/me/preferences']").Press(chrome.Escape).Gone("#me").Focused(".top .me")
	p.Press(chrome.Enter).TabTo("#me a[href='/me/preferences']").Press(chrome.Enter).At("/me/preferences")
}

// S0-14, S0-25, S0-26, design §4: one field in its row.
func TestThePhoneNumberIsChangedByKeyboardAlone(t *testing.T) {
	app := practice(t)
	p := signedIn(t, app, "consultant")
	const edit = "a[href='/me/fields/cell/edit']"
	p.TabTo(edit).Press(chrome.Enter).Focused("#cell")
	p.Press(chrome.Escape).Gone("#cell").Focused(edit)

	p.Press(chrome.Enter).Focused("#cell").Write("12").Press(chrome.Enter)
	p.Sees("#cell-error", "").Focused("#cell").Until(`document.activeElement.value === "12" && document.activeElement.ariaInvalid === "true" && document.activeElement.getAttribute("aria-describedby").includes("cell-error")`)
	p.Sees("#cell-form", "")

	p.Fill("#cell", "+1 416 555 0142").Press(chrome.Enter).Sees(".just-saved .saved", "Saved").Focused(edit)
	p.Sees("#cell-shown", "+1 416-555-0142").Reload().Sees("#cell-shown", "+1 416-555-0142")
}

// S0-24, S0-26, S2-4, C-6.
func TestAllOfItIsSavedOrNothing(t *testing.T) {
	p := signedIn(t, practice(t), "consultant").Click("#main a[href='/me/edit']").At("/me/edit")
	p.Fill("#first-name", "").Fill("#cell", "12").Fill("#bio", "Family class").Click("#profile-form .btn-primary")
	p.Focused("#errors").Until(`document.querySelectorAll("#errors li").length === 2 && document.querySelector("#errors").getBoundingClientRect().top >= 0`)
	p.Click("#errors a[href='#cell']").Focused("#cell").Until(`document.activeElement.value === "12" && document.querySelector("#bio").value === "Family class"`)
	p.Until(`document.querySelector("#cell").getBoundingClientRect().top > document.querySelector(".top").getBoundingClientRect().bottom`)
	p.Click("#errors a[href='#first-name']").Focused("#first-name").Write("Jonathan")
	p.Fill("#cell", "+1 416 555 0142").Click("#profile-form .btn-primary").Sees(".alert-success", "saved").At("/me")
	p.Sees("#first-name-shown", "Jonathan").Sees("#bio-shown", "Family class").Sees(".photo b", "Jonathan Okafor")
	p.Until(`document.querySelector("#me header b").textContent === "Jonathan Okafor" && document.querySelector("h1") && document.title.startsWith("My Profile")`)
	if p.Asked() != 0 {
		t.Error("asked whether to leave what was saved")
	}
}

// B-15: unsaved changes are not lost by a slip.
func TestLeavingWhatWasNotSavedIsAskedFirst(t *testing.T) {
	p := signedIn(t, practice(t), "consultant").Visit("/me/edit").Type("#bio", "Half a thought").Click(".rail a[href='/me/security']").At("/me/security")
	if p.Asked() != 1 {
		t.Errorf("asked %d times, want once", p.Asked())
	}
	p.Visit("/me/edit").Type("#bio", "Half a thought").Click("[data-discard]").At("/me")
	if p.Asked() != 1 {
		t.Error("asked although it was given up on purpose")
	}
}

// A text grows with what is typed and has no handle: a handle would leave a style attribute, which a swap carries on
// and the policy refuses.
func TestATextGrowsWithoutAHandle(t *testing.T) {
	p := signedIn(t, practice(t), "consultant").Visit("/me/edit").Until(`getComputedStyle(document.querySelector("#bio")).resize === "none"`)
	before := chrome.Value[float64](p, `document.querySelector("#bio").offsetHeight`)
	p.Type("#bio", strings.Repeat("Family class\n", 12))
	if after := chrome.Value[float64](p, `document.querySelector("#bio").offsetHeight`); after <= before || chrome.Value[bool](p, `document.querySelector("#bio").hasAttribute("style")`) {
		t.Errorf("%v pixels high, then %v", before, after)
	}
	p.Fill("#cell", "12").Click("#profile-form .btn-primary").Focused("#errors").Until(`document.querySelector("#bio").value.includes("Family class")`)
}

// What the address says of the page before is said once.
func TestTheAddressForgetsWhatWasSaid(t *testing.T) {
	p := signedIn(t, practice(t), "consultant").Visit("/me?saved=profile").Sees(".alert-success", "saved").Until(`location.pathname + location.search === "/me"`)
	p.Reload().Gone(".alert-success")
}

// Names of every country are in one typeface; what few need is fetched by them alone.
func TestANameFromVietnamIsInTheSameTypeface(t *testing.T) {
	app := practice(t)
	const fetched = `performance.getEntriesByType("resource").some((e) => e.name.endsWith("/inter-vietnamese.woff2"))`
	p := signedIn(t, app, "consultant").Until(`document.fonts.status === "loaded" && !` + fetched)
	write(t, app, `UPDATE users SET first_name = 'Thị Hồng', last_name = 'Nguyễn' WHERE id = ?`, app.Person("consultant").ID)
	p.Reload().Sees(".photo b", "Thị Hồng Nguyễn").Until(fetched + ` && document.fonts.check("16px Inter", "Thị Hồng Nguyễn")`)
}

// B-15: a double click is one save.
func TestADoubleClickSavesOnce(t *testing.T) {
	app := practice(t)
	p := signedIn(t, app, "consultant").Visit("/me/edit").Fill("#bio", "Family class").DoubleClick("#profile-form .btn-primary").At("/me").Sees(".alert-success", "")
	if n := strings.Count(app.Log.String(), "method=PATCH route=/me "); n != 1 {
		t.Errorf("%d saves", n)
	}
	p.Click("a[href='/me/fields/cell/edit']").Focused("#cell").Write("+1 416 555 0142").DoubleClick("#cell-form .btn-primary").Sees(".just-saved", "")
	if n := strings.Count(app.Log.String(), "method=PATCH route=/me/fields/:field "); n != 1 {
		t.Errorf("%d saves of the row", n)
	}
}

// B-16: who comes second sees both values, and saving once more is a choice.
func TestTwoTabsDoNotOverwriteOneAnother(t *testing.T) {
	app := practice(t)
	p := signedIn(t, app, "consultant").Click("a[href='/me/fields/bio/edit']").Focused("#bio").Write("Here")
	write(t, app, `UPDATE users SET bio = 'Elsewhere' WHERE id = ?`, app.Person("consultant").ID)
	p.Click("#bio-form .btn-primary").Sees("#bio-stored", "Elsewhere").Until(`document.querySelector("#bio").value === "Here"`)
	p.Click("#bio-form .btn-primary").Sees(".just-saved", "").Sees("#bio-shown", "Here")
}

// B-15: what was typed comes back after signing in again.
func TestASessionThatEndedElsewhereKeepsWhatWasTyped(t *testing.T) {
	app := practice(t)
	p := signedIn(t, app, "consultant")
	end := func() {
		write(t, app, `UPDATE sessions SET ended_at = ? WHERE user_id = ?`, app.Clock.Now(), app.Person("consultant").ID)
	}
	p.Click("a[href='/me/fields/bio/edit']").Focused("#bio").Write("Typed before the end")
	end()
	p.Click("#bio-form .btn-primary").At("/sign-in").Until(`new URLSearchParams(location.search).get("next") === "/me"`)
	enter(p, "consultant", apptest.Password).At("/me").Until(`document.querySelector("#bio")?.value === "Typed before the end"`)
	p.Sees("#toasts", "").Click("#bio-form .btn-primary").Sees(".just-saved", "").Sees("#bio-shown", "Typed before the end")

	p.Visit("/me/edit").Fill("#last-name", "Okafor-Reyes").Fill("#new", "Secret-Orchard-31!")
	end()
	p.Click("#profile-form .btn-primary").At("/sign-in")
	enter(p, "consultant", apptest.Password).At("/me/edit").Until(`document.querySelector("#last-name").value === "Okafor-Reyes" && document.querySelector("#new").value === ""`)

	// It is this person's alone: whoever signs in next at the same place gets nothing of it.
	p.Fill("#first-name", "Mine")
	end()
	p.Click("#profile-form .btn-primary").At("/sign-in")
	enter(p, "admin", apptest.Password).At("/me/edit").Until(`document.querySelector("#first-name").value === "Grace"`)
}

// B-15: a page that was open since before its reader signed in again in another tab saves nothing and loses nothing.
func TestAPageFromBeforeSigningInAgainKeepsWhatWasTyped(t *testing.T) {
	app := practice(t)
	p := signedIn(t, app, "consultant").Visit("/me/edit").Fill("#bio", "Typed in the old tab").Fill("#new", "Secret-Orchard-31!")
	inAnotherTab(p, "consultant")
	p.Expect("403").Load(func() { p.Click("#profile-form .btn-primary") })
	p.At("/me/edit").Until(`document.querySelector("#bio").value === "Typed in the old tab" && document.querySelector("#new").value === ""`).Sees("#toasts", "").Gone("#toasts .alert-error")
	p.Click("#profile-form .btn-primary").At("/me").Sees("#bio-shown", "Typed in the old tab")

	// Where nothing was typed, it is said why nothing happened.
	p.Visit("/me/preferences")
	inAnotherTab(p, "consultant")
	p.Load(func() { p.Click("#preferences-form .btn-primary") }).At("/me/preferences").Sees("#toasts", "too old to be sent")

	// Whoever else has signed in gets nothing of it.
	p.Visit("/me/edit").Fill("#first-name", "Mine")
	inAnotherTab(p, "admin")
	p.Load(func() { p.Click("#profile-form .btn-primary") })
	p.At("/me/edit").Until(`document.querySelector("#first-name").value === "Grace"`).Sees("#toasts", "too old to be sent")
}

// inAnotherTab signs out and someone in, beside the page that is open, and is not told of it (TestAnOpenPageGoesToTheDoorWithItsSession).
func inAnotherTab(p *chrome.Page, who string) {
	p.Eval(fmt.Sprintf(`(async () => {
		document.querySelector("#live")?.remove();
		const text = async (answer) => (await answer).text();
		const send = (html, path, fields) => text(fetch(path, { method: "POST", body: new URLSearchParams({ ...fields,
			_csrf: new DOMParser().parseFromString(html, "text/html").querySelector("form[action='" + path + "'] [name=_csrf]").value }) }));
		const door = await send(await text(fetch("/me/preferences")), "/sign-out", {});
		await send(door, "/sign-in", { email: %q, password: %q });
		document.body.dataset.elsewhere = "done";
	})()`, apptest.Email(who), apptest.Password))
	p.Until(`document.body.dataset.elsewhere === "done"`)
}
