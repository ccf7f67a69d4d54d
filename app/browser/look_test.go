package browser

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"chancery/app/apptest/chrome"
)

// look is what holds of every page, whatever it says: axe-core's rules of WCAG 2.2 A and AA and its best practice find
// nothing; it has one main heading, a title, the right language; it does not scroll sideways, and nothing sticks out.
func look(t *testing.T, p *chrome.Page, name, lang string) {
	t.Helper()
	for _, problem := range problems(t, p) {
		t.Errorf("%s: %s", name, problem)
	}
	if got := chrome.Value[string](p, `document.documentElement.lang`); got != lang {
		t.Errorf("%s: the page says it is written in %q, want %q", name, got, lang)
	}
	p.Settle()
	if folder := os.Getenv("CHANCERY_SHOTS"); folder != "" {
		p.Shot(filepath.Join(folder, name+".png"))
	}
}

// problems is what axe-core and we find wrong with a page. axe-core stays with the page while it changes its device.
func problems(t *testing.T, p *chrome.Page) []string {
	t.Helper()
	source, err := readAxe()
	if err != nil {
		chrome.Require(t, "axe-core is not installed (make assets): %v", err)
	}
	if !chrome.Value[bool](p, `"axe" in window`) {
		p.Eval(source)
	}
	return chrome.Value[[]string](p, looking)
}

// readAxe reads axe-core's source, a development dependency of static.
var readAxe = sync.OnceValues(func() (string, error) {
	b, err := os.ReadFile(filepath.FromSlash("../../static/node_modules/axe-core/axe.min.js"))
	return string(b), err
})

// looking names each problem with its rule and its element. A page that was looked at in this width already, as it is now, can differ in its
// colours alone: then their rules are asked, which is half of the work.
const looking = `(async () => {
	scrollTo(0, 0);
	const problems = [], short = (e) => e.outerHTML.replace(/\s+/g, " ").slice(0, 160);
	const before = window.looked;
	window.looked = [innerWidth, document.querySelectorAll(":popover-open").length, document.body.innerHTML].join();
	const again = window.looked === before;
	const found = await axe.run(document, { resultTypes: ["violations"], runOnly: again ? { type: "rule", values: ["color-contrast", "link-in-text-block"] }
		: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] });
	for (const rule of found.violations) for (const node of rule.nodes) problems.push("axe " + rule.id + " " + node.target.join(" ") + " " + node.html.slice(0, 160) + " " + (node.any[0]?.message ?? node.all[0]?.message ?? node.none[0]?.message ?? ""));
	if (again) return problems;
	const headings = [...document.querySelectorAll("h1")].length;
	if (headings !== 1) problems.push(headings + " main headings");
	if (!document.title.trim()) problems.push("no title");
	const room = document.documentElement.clientWidth;
	if (document.documentElement.scrollWidth > room) problems.push("scrolls sideways: " + document.documentElement.scrollWidth + " in " + room);
	for (const e of document.body.querySelectorAll("*")) {
		const box = e.getBoundingClientRect();
		if (!box.width || !box.height || e.closest(".sr-only, .skip, .ava, .crop") || !e.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
		let left = 0, right = room, scrolls = false; // what is seen of it: the screen, or a part that cuts off or scrolls
		for (let up = e; up && up !== document.body && !up.matches(":popover-open, dialog:modal") && !scrolls; up = up.parentElement) { // those two stand above everything
			if (up === e) continue;
			const { overflowX } = getComputedStyle(up), its = up.getBoundingClientRect();
			scrolls = overflowX === "auto" || overflowX === "scroll";
			if (overflowX === "hidden" || overflowX === "clip") [left, right] = [Math.max(left, its.left), Math.min(right, its.right)];
		}
		if (!scrolls && (box.right > right + 1 || box.left < left - 1))
			problems.push("sticks out (" + Math.round(box.left) + " to " + Math.round(box.right) + ", seen from " + Math.round(left) + " to " + Math.round(right) + "): " + short(e));
	}
	for (const e of document.querySelectorAll("button, a, label, h1, h2, th, .btn, .tag, .status"))
		if (e.checkVisibility() && e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).overflowX !== "visible" && getComputedStyle(e).display !== "inline" && !e.closest(".sr-only") && !e.querySelector(".sr-only"))
			problems.push("cut off: " + short(e));
	return problems;
})()`

// The looking itself must be able to fail.
func TestLookingFindsWhatIsWrong(t *testing.T) {
	app := practice(t)
	p := visitor(t, app).Visit("/sign-in")
	p.Eval(`document.querySelector("main").insertAdjacentHTML("beforeend", '<h1>Again</h1><img src="/static/none.png"><div id="wide">x</div><p id="grey">grey words</p>');
		document.querySelector("#wide").style.width = "200vw"; document.querySelector("#grey").style.color = "#444"; document.documentElement.lang = "xx"`)
	p.Until(`document.querySelector("main img").complete`)
	found, _ := json.Marshal(problems(t, p))
	for _, want := range []string{"axe image-alt", "axe html-lang-valid", "2 main headings", "scrolls sideways", "sticks out"} {
		if !strings.Contains(string(found), want) {
			t.Errorf("%s was not found in %s", want, found)
		}
	}
	if strings.Contains(string(found), "color-contrast") {
		t.Errorf("grey on white is found in %s", found)
	}
	inTheDark, _ := json.Marshal(problems(t, p.Become(chrome.Dark())))
	if !strings.Contains(string(inTheDark), "axe color-contrast #grey") || strings.Contains(string(inTheDark), "headings") {
		t.Errorf("in the dark there is %s, want #grey alone", inTheDark)
	}
	if len(p.Faults("none.png")) == 0 {
		t.Error("the picture that did not come was not noticed")
	}
	p.Faults("")
}
