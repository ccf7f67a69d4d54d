package browser

import (
	"testing"

	"chancery/app/apptest/chrome"
)

// still tells whether a condition holds now and for a while: that nothing comes cannot be waited for otherwise.
func still(t *testing.T, p *chrome.Page, condition string) {
	t.Helper()
	if !chrome.Value[bool](p, `(async () => { for (let i = 0; i < 14; i++) { if (!(`+condition+`)) return false; await new Promise((r) => setTimeout(r, 50)); } return true; })()`) {
		t.Errorf("not for long: %s", condition)
	}
}

// S0-33: a person's card opens beside their name under the mouse and with the focus; the mouse may go into it, and the keys; Escape
// and leaving close it (WCAG 1.4.13).
func TestAPersonsCardOpensBesideTheirName(t *testing.T) {
	app := practice(t)
	k := desk(t, app, "MR-1", "consultant", "paralegal", 0)
	p := signedIn(t, app, "super").Visit("/cases/" + k)
	owner := "main aside a[href='/users/" + app.Person("consultant").ID + "']:not(.pop-card *)"
	const card, shown = ".pop-card", `document.querySelectorAll(".pop-card:popover-open").length === 1`
	p.Hover(owner).Sees(card, "Jon Okafor").Hover(card + " .person")
	still(t, p, shown)
	p.Mouse(640, 20).Gone(card)
	p.Hover(owner).Sees(card, "").Press(chrome.Escape).Gone(card)
	still(t, p, `!document.querySelector(".pop-card")`) // though the mouse is there yet
	p.Mouse(640, 20).Hover(owner).Sees(card, "").Click("h1").Gone(card)

	p.Eval(`scrollTo(0, 0); document.activeElement.blur()`)
	p.TabTo(owner).Sees(card, "Jon Okafor").Press(chrome.Tab).Focused(card + " a").Press(chrome.Escape).Gone(card).Focused(owner)
	still(t, p, `!document.querySelector(".pop-card")`)
	p.Press(chrome.Tab).TabTo(owner).Sees(card, "").TabTo("main aside a[href$='members/new']").Gone(card)
	p.TabTo(owner).Sees(card, "").Press(chrome.Enter).At("/users/" + app.Person("consultant").ID)

	// A notice tells of somebody and leads to what they did; in the inbox stands who wrote last.
	if err := app.Cases.AddMember(t.Context(), app.Actor("consultant"), k, app.Person("other").ID); err != nil {
		t.Fatal(err)
	}
	if _, err := app.Messages.Send(t.Context(), app.Actor("consultant"), k, "Good morning"); err != nil {
		t.Fatal(err)
	}
	lucia := signedIn(t, app, "other").Visit("/bulletins").TabTo("main .bulletins a[data-person]").Sees(card, "Jon Okafor").Press(chrome.Escape).Gone(card)
	lucia.Visit("/messages").TabTo("main .beginning a[href^='/users/']").Sees(card, "Jon Okafor")

	// News elsewhere on the page leave it alone.
	jon := signedIn(t, app, "consultant").Visit("/cases/"+k).TabTo("main aside li a[href^='/users/']").Sees(card, "Lucía")
	says(t, app, k, "Hello?")
	jon.Sees("#unread", "1")
	still(t, jon, shown)

	// What a page brings under a mouse that rests opens nothing.
	p.Visit("/cases/"+k).Mouse(700, 480).Eval(`document.querySelector("main").prepend(Object.assign(document.querySelector("main aside a[href^='/users/']").cloneNode(true), { id: "under" }));
		Object.assign(document.querySelector("#under").style, { position: "fixed", inset: "0", zIndex: 99 })`)
	still(t, p, `!document.querySelector(".pop-card")`)
	p.Mouse(705, 485).Sees(card, "")
}

// S0-31, S0-32: Ctrl-K and from there all the way by keys: what is typed is looked for, arrows point, Enter goes there; Escape gives it up step by
// step, and the focus is back where it was.
func TestTheSearchIsOpenedUsedAndLeftByKeys(t *testing.T) {
	app := practice(t)
	k := desk(t, app, "MR-2026-0007", "consultant", "paralegal", 0)
	p := signedIn(t, app, "super").Visit("/calendar")
	p.Eval(`document.querySelector(".tabnav a").focus()`)
	p.Control("k").Focused("#q").Write("demir").Sees("#q-list [role=option]", "Demir, Yusuf").Sees("#q-said", "")
	const pointed = `document.querySelector("#q-list [aria-selected=true]")`
	p.Until(`document.querySelector("#q").getAttribute("aria-expanded") === "true" && !` + pointed)
	p.Press(chrome.ArrowDown).Until(pointed + `?.id === document.querySelector("#q").getAttribute("aria-activedescendant")`).Focused("#q")
	p.Press(chrome.ArrowUp).Until("!" + pointed).Press(chrome.ArrowUp).Until(pointed + `.textContent.includes("demir")`) // round to the last: all results
	p.Press(chrome.Escape).Gone("#q-list").Focused("#q").Until(`document.querySelector("#q").value === "demir"`)
	p.Press(chrome.ArrowDown).Sees("#q-list [role=option]", "") // asks again
	p.Press(chrome.Escape).Gone("#q-list").Press(chrome.Escape).Until(`document.querySelector("#q").value === ""`).Press(chrome.Escape).Focused(".tabnav a")

	p.Control("k").Write("MR-2026-0007").Sees("#q-list [role=option][data-href='/cases/"+k+"']", "").Press(chrome.ArrowDown).Until(pointed + `.dataset.href === "/cases/` + k + `"`).Press(chrome.Enter).At("/cases/" + k)
	p.Control("k").Write("demir").Sees("#q-list [role=option]", "").Press(chrome.Enter).At("/search").Sees("#found", "Demir, Yusuf")
	p.Control("k").Focused("#q").Write("zzzz").Sees("#q-list [aria-disabled]", "zzzz").Press(chrome.ArrowDown).Until("!" + pointed).Press(chrome.Tab).Gone("#q-list")
}

// WCAG 2.1.1, 2.1.2, 2.4.7: Tab alone comes to everything on each page that can be used, shows where it is, and goes round.
func TestTabComesToEverything(t *testing.T) {
	app := practice(t)
	k := busy(t, app)
	one := diary(t, app, k)
	p := signedIn(t, app, "super")
	for _, path := range []string{"/", "/cases?status=any", "/cases/new", "/cases/" + k, "/cases/" + k + "/messages", "/cases/" + k + "/comments", "/cases/" + k + "/appointments", "/cases/" + k + "/billing",
		"/cases/" + k + "/scores", "/cases/" + k + "/history", "/stages", "/sync", "/sync/runs", "/messages", "/bulletins", "/calendar", "/calendar?shape=week", "/calendar?shape=list", "/appointments/" + one, "/appointments/new", "/search?q=demir", "/me/client-card",
		"/users/" + app.Person("consultant").ID + "/client-card"} {
		p.Visit(path).Eval(`scrollTo(0, 0);
			window.left = new Set([...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex='0']")].filter((e) => e.checkVisibility({ visibilityProperty: true }) && !e.disabled && e.tabIndex >= 0 && e.type !== "hidden" && !e.matches("input[type=radio]:not(:checked)")));
			window.unseen = [];
			document.addEventListener("focusin", ({ target }) => {
				window.left.delete(target);
				const at = getComputedStyle(target);
				if (at.outlineStyle === "none" && at.boxShadow === "none" && !target.closest(".pop-card")) window.unseen.push(target.outerHTML.slice(0, 120));
			})`)
		for range chrome.Value[int](p, `window.left.size`) + 12 {
			p.Press(chrome.Tab)
		}
		for _, e := range chrome.Value[[]string](p, `[...window.left].filter((e) => e.isConnected).map((e) => e.outerHTML.slice(0, 160))`) {
			t.Errorf("%s: Tab does not come to %s", path, e)
		}
		for _, e := range chrome.Value[[]string](p, `window.unseen`) {
			t.Errorf("%s: nothing shows the focus on %s", path, e)
		}
	}
}
