package browser

import (
	"testing"

	"chancery/app/apptest/chrome"
)

// S0-16, S0-17, C-16: the page that was saved stays in its language, and so do its parts; the next one is in the new.
func TestALanguageShowsFromTheNextPageAndReloadNowIsOne(t *testing.T) {
	app := practice(t)
	p := signedIn(t, app, "consultant").Visit("/me/preferences").Choose("#language", "es").Click("#preferences-form .btn-primary")
	p.Sees(".alert-success", "Your changes are saved").Until(`document.documentElement.lang === "en"`).Sees("h1", "Preferences")
	p.Load(func() { p.Click(".alert-success a") }).At("/me/preferences").Sees("h1", "Preferencias").Until(`document.documentElement.lang === "es"`)

	// A part of a page that was there before the change stays in the page's language.
	p.Visit("/me").Sees("h1", "Mi perfil")
	write(t, app, `UPDATE users SET language = 'fr' WHERE id = ?`, app.Person("consultant").ID)
	p.Click("a[href='/me/fields/cell/edit']").Focused("#cell").Sees("#cell-form .btn-primary", "Guardar").Reload().Sees("h1", "Mon profil")
}

// S0-18, S0-19: a zone is found by any part of its name, and times follow from the next page.
func TestAZoneIsFoundByTyping(t *testing.T) {
	app := practice(t)
	p := signedIn(t, app, "consultant")
	before := chrome.Value[string](p, `document.querySelector("#last-sign-in time").textContent`)
	p.Visit("/me/preferences").Click("label[for=zone]").Focused("#zone").Fill("#zone", "kath").Sees("[role=option]", "Kathmandu")
	p.Press(chrome.Enter).Gone("[role=option]").Until(`document.querySelector("#zone").value.includes("Kathmandu")`)
	p.Press(chrome.Enter).Sees(".alert-success", "saved").Visit("/me")
	if after := chrome.Value[string](p, `document.querySelector("#last-sign-in time").textContent`); after == before {
		t.Errorf("it is %s in Kathmandu as in Toronto", after)
	}

	// After a swap the other zones are still to be had.
	p.Visit("/me/preferences").Click("#preferences-form .btn-primary").Sees(".alert-success", "saved")
	p.Fill("#zone", "lisb").Sees("[role=option]", "Lisbon").Press(chrome.Escape).Until(`document.querySelector("#zone").value.includes("Kathmandu")`)
}

func TestTheThemeIsTheDevicesUntilOneIsChosen(t *testing.T) {
	p := signedIn(t, practice(t), "consultant")
	shade := func() string {
		return chrome.Value[string](p, `getComputedStyle(document.querySelector(".page")).color`)
	}
	light := shade()
	p.Become(chrome.Dark())
	night := shade()
	if light == night {
		t.Fatal("the page does not follow the device")
	}
	p.Become().Visit("/me/preferences").Click("input[name=theme][value=dark]").Click("#preferences-form .btn-primary").Sees(".alert-success a", "")
	p.Load(func() { p.Click(".alert-success a") }).Until(`document.documentElement.dataset.theme === "dark"`)
	if got := shade(); got != night {
		t.Errorf("dark was chosen, the text is %s, want %s", got, night)
	}
	p.Become(chrome.Dark()).Click("input[name=theme][value=light]").Click("#preferences-form .btn-primary").Sees(".alert-success a", "")
	p.Load(func() { p.Click(".alert-success a") })
	if got := shade(); got != light {
		t.Errorf("light was chosen, the text is %s, want %s", got, light)
	}

	// What explains a choice stands beneath its words, not beneath its icon.
	p.Until(`(() => {
		const left = (node) => { const range = document.createRange(); range.selectNodeContents(node); return range.getBoundingClientRect().left; };
		const choice = document.querySelector("#theme").closest(".choice");
		return Math.abs(left(choice.querySelector("small").firstChild) - left(choice.querySelector("span").lastChild)) < 1;
	})()`)
}
