package browser

import (
	"testing"

	"chancery/app/apptest/chrome"
)

// Design §6: by phone everything is tapped; nothing waits for a pointer that hovers.
func TestAPhoneReachesEverythingByTapping(t *testing.T) {
	p := signedIn(t, practice(t), "super", chrome.Phone())
	p.Gone("#side").Click(".top [popovertarget=side]").Sees("#side:popover-open", "Users").Press(chrome.Escape).Gone("#side")
	p.Click(".top [popovertarget=side]").Sees("#side:popover-open", "").Click("#side a[href='/users']").At("/users").Gone("#side")
	p.Click(".top [popovertarget=side]").Sees("#side:popover-open", "")
	p.Tap(370, 500).Gone("#side")
	p.Click(".top .me").Sees("#me:popover-open", "").Click("#me header button").Gone("#me")
	p.Click(".top .me").Click("#me a[href='/me']").At("/me")
	p.Until(`[...document.querySelectorAll(".fields .edit")].every((e) => e.checkVisibility({ opacityProperty: true, visibilityProperty: true }))`)
	p.Click("a[href='/me/fields/office/edit']").Focused("#office").Write("+1 416 555 0100").Click("#office-form .btn-primary").Sees(".just-saved", "")
	p.Click(".rail a[href='/me/security']").At("/me/security").Until(`(() => { const a = document.querySelector(".rail [aria-current]").getBoundingClientRect(); return a.left >= 0 && a.right <= innerWidth; })()`)

	// A finger needs 40 px where it finds its way, and hardly less for a small button (design §6.5). axe-core sees to 24.
	for _, small := range chrome.Value[[]string](p, `[...document.querySelectorAll(".nav a, .top button, .btn:not([data-peek])")].filter((e) => e.checkVisibility() && e.getBoundingClientRect().height < (e.matches(".btn") ? 34.5 : 40)).map((e) => e.getBoundingClientRect().height + " " + e.outerHTML.slice(0, 120))`) {
		t.Errorf("too small for a finger: %s", small)
	}
}

// Design §5: "/" goes to the search, but never while one types.
func TestTheSlashGoesToTheSearch(t *testing.T) {
	p := signedIn(t, practice(t), "super")
	p.Press("/").Focused("#q").Write("mbeki").Press("/").Until(`document.querySelector("#q").value === "mbeki/"`).Fill("#q", "mbeki").Press(chrome.Enter).At("/search").Sees("#found", "Grace Mbeki")
}

// Design §6.2: the first stop skips to the page.
func TestTheFirstStopSkipsToThePage(t *testing.T) {
	app := practice(t)
	for _, p := range []*chrome.Page{signedIn(t, app, "super").Visit("/users"), visitor(t, app).Visit("/welcome/none")} {
		p.Press(chrome.Tab).Focused(".skip").Until(`document.querySelector(".skip").getBoundingClientRect().top >= 0`).Press(chrome.Enter).Focused("main")
	}
}

// The current tab is in sight on a phone, also where it is the last of many.
func TestTheCurrentTabIsInSight(t *testing.T) {
	app := practice(t)
	k := desk(t, app, "MR-1", "consultant", "paralegal", 0)
	p := signedIn(t, app, "super", chrome.Phone()).Visit("/cases/" + k + "/history")
	p.Until(`document.querySelector(".tabnav [aria-current]").getBoundingClientRect().right <= innerWidth && document.querySelector(".tabnav").scrollLeft > 0`)
	p.Visit("/cases/" + k).Until(`document.querySelector(".tabnav").scrollLeft === 0`)
}

// Design §5: on paper there is no navigation and no button.
func TestPaperShowsNoNavigation(t *testing.T) {
	p := signedIn(t, practice(t), "super").Visit("/users").Become(chrome.Print())
	p.Gone(".side, .top, .btn, .filters, .pager, .skip, .toast").Sees("#people tbody", "Grace Mbeki").Sees("h1", "Users")
	p.Become().Visit("/me").Become(chrome.Print()).Gone(".side, .top, .rail, .edit, .btn").Sees("#personal", "Elena")
}
