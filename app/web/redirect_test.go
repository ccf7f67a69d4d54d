package web_test

import (
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"chancery/app/apptest"
)

// lures are addresses of another site, as browsers read them, in all the ways in which a check may be led to take them for
// paths of ours.
var lures = []string{
	"https://evil.example/", "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example", "\\/evil.example", "/\t/evil.example", "\t//evil.example",
	"/\r\n/evil.example", "/\n/evil.example", "https:evil.example", "https:/evil.example", "HTTPS://evil.example", " //evil.example", "//evil.example/%2f..",
	"/%2f%2fevil.example", "%2f%2fevil.example", "/%5cevil.example", "/.//evil.example", "/..//evil.example", "javascript:alert(1)//evil.example", "java\tscript:alert(1)",
	"data:text/html,evil.example", "//ours@evil.example", "http://127.0.0.1@evil.example/", "@evil.example", ".evil.example", "/users?x=\r\nLocation: //evil.example",
	"/users\\..\\\\evil.example", "//evil。example", "/\u2028/evil.example", "/users/../..//evil.example",
}

var dropped = strings.NewReplacer("\t", "", "\r", "", "\n", "")

// leads tells where a browser goes by a link on one of our pages: to a path of ours, or elsewhere (WHATWG URL §4.4: white space
// round it and tabs and line ends in it are dropped, a backslash is a slash).
func leads(t *testing.T, app *apptest.App, page, link string) (host string) {
	t.Helper()
	link = strings.ReplaceAll(dropped.Replace(strings.Trim(link, "\x00\x01\x1f ")), "\\", "/")
	base, err := url.Parse(app.URL + page)
	must(t, err)
	to, err := base.Parse(link)
	if err != nil {
		return "nowhere that can be read: " + link
	}
	if to.Scheme != "http" || to.Host == "" {
		return to.Scheme + ":" + to.Opaque
	}
	return to.Host
}

// offsite fails for every place in an answer that leads elsewhere: its head, and its links and forms.
func offsite(t *testing.T, app *apptest.App, what string, page string, res answer) {
	t.Helper()
	home := strings.TrimPrefix(app.URL, "http://")
	check := func(where, link string) {
		if host := leads(t, app, page, link); host != home {
			t.Errorf("%s: %s %q leads to %s", what, where, link, host)
		}
	}
	for _, name := range []string{"Location", "HX-Redirect", "HX-Location", "HX-Push-Url", "HX-Replace-Url", "Refresh", "Content-Location"} {
		if values := res.header.Values(name); len(values) == 1 {
			check(name, values[0])
		} else if len(values) > 1 {
			t.Errorf("%s: %d times %s", what, len(values), name)
		}
	}
	if len(res.body) == 0 || !strings.Contains(res.body, "evil") && !strings.Contains(res.body, "script:") {
		return
	}
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(res.body))
	must(t, err)
	for _, attr := range []string{"href", "action", "formaction", "src", "hx-get", "hx-post", "hx-patch", "hx-put", "hx-delete", "hx-push-url"} {
		doc.Find("[" + attr + "]").Each(func(_ int, s *goquery.Selection) {
			if v := s.AttrOr(attr, ""); strings.Contains(v, "evil") || strings.Contains(v, "script:") {
				check(attr, v)
			}
		})
	}
}

// ASVS 3.7.2: whatever address a stranger has made, no route leads from it to another site, by its head or by a link or form on
// its page: not to who is in, not to who is not, and not as a fragment.
func TestNoAddressOfOursLeadsToAnotherSite(t *testing.T) {
	app := apptest.One(t)
	at := places(t, app)
	session := map[string]string{"Cookie": "chancery-session=" + app.SignIn("super").Cookie("chancery-session")}
	for _, route := range slices.Sorted(maps.Keys(needs)) {
		method, path, _ := strings.Cut(route, " ")
		if method != "GET" || strings.HasPrefix(path, "/static") || strings.HasPrefix(path, "/pictures") || strings.HasSuffix(path, ".csv") {
			continue
		}
		path = at.Replace(path)
		for _, lure := range lures {
			q := url.Values{"next": {lure}, "back": {lure}, "return": {lure}, "to": {lure}, "url": {lure}, "redirect": {lure}, "from": {lure}, "path": {lure}}.Encode()
			for who, headers := range map[string]map[string]string{"a stranger": {}, "super": session} {
				offsite(t, app, route+" with "+lure+" for "+who, path, bare(t, "GET", app.URL+path+"?"+q, "", headers))
			}
		}
		for _, lure := range lures { // where a fragment came from
			if strings.ContainsAny(lure, "\r\n\u2028。") {
				continue // no header can hold it
			}
			offsite(t, app, route+" as a fragment of "+lure, path, bare(t, "GET", app.URL+path, "", map[string]string{"HX-Request": "true", "HX-Current-URL": lure, "Referer": lure}))
		}
	}
}

// ASVS 3.7.2: and none of the forms that lead on, once they have done what they are for.
func TestNoFormLeadsToAnotherSite(t *testing.T) {
	app := apptest.One(t)
	_, codes := withApp(t, app, app.SignIn("consultant"))
	app.Phone("admin")
	led := 0
	send := func(t *testing.T, path string, headers map[string]string, form url.Values, lure string) answer {
		t.Helper()
		for _, name := range []string{"next", "back", "return", "kept_path"} {
			if form.Get(name) == "" {
				form.Set(name, lure)
			}
		}
		res := bare(t, "POST", app.URL+path, form.Encode(), headers)
		offsite(t, app, path+" with "+lure, path, res)
		if res.status == 303 {
			led++
		}
		return res
	}
	door := func() (headers map[string]string) {
		res := bare(t, "GET", app.URL+"/sign-in", "", nil)
		return map[string]string{"Cookie": "chancery-visitor=" + res.cookies[0].Value, "X-CSRF-Token": between(res.body, `name="_csrf" value="`, `"`)}
	}
	for i, lure := range lures {
		out := door()
		send(t, "/sign-in", out, url.Values{"email": {apptest.Email("super")}, "password": {apptest.Password}}, lure)
		send(t, "/sign-in", out, url.Values{"email": {""}, "password": {""}}, lure)
		send(t, "/sign-in", out, url.Values{"email": {""}, "password": {""}, "kept_method": {"POST"}, "typed_bio": {"x"}}, lure)
		send(t, "/language", out, url.Values{"language": {"en"}}, lure)
		send(t, "/sign-in/phone", out, url.Values{"kept_method": {"POST"}, "typed_bio": {"x"}}, lure)
		if i < len(codes) { // each code works once
			step := send(t, "/sign-in", out, url.Values{"email": {apptest.Email("consultant")}, "password": {apptest.Password}}, lure)
			for _, c := range step.cookies {
				if c.Name == "chancery-step" {
					send(t, "/sign-in/step", map[string]string{"Cookie": out["Cookie"] + "; chancery-step=" + c.Value, "X-CSRF-Token": out["X-CSRF-Token"]}, url.Values{"recovery": {codes[i]}}, lure)
				}
			}
			app.Clock.Add(3 * time.Hour) // the limits of asking
			asked := send(t, "/sign-in/phone", out, url.Values{"cell": {apptest.Cell}}, lure)
			for _, c := range asked.cookies {
				if c.Name == "chancery-pin" {
					send(t, "/sign-in/pin", map[string]string{"Cookie": out["Cookie"] + "; chancery-pin=" + c.Value, "X-CSRF-Token": out["X-CSRF-Token"]}, url.Values{"pin": {app.PIN("admin")}}, lure)
				}
			}
		}
		super := app.SignIn("super")
		inside := map[string]string{"Cookie": "chancery-session=" + super.Cookie("chancery-session"), "X-CSRF-Token": pageToken(super.Visit("/me"))}
		for _, path := range []string{"/sign-in", "/sign-in/step", "/sign-in/phone", "/sign-in/pin", "/sign-in/passkey", "/language", "/me/proof"} { // who is in already
			send(t, path, inside, url.Values{"language": {"en"}, "password": {apptest.Password}}, lure)
		}
		jon := "/users/" + app.Person("consultant").ID
		for _, path := range []string{jon + "/role", jon + "/department"} {
			send(t, path, inside, url.Values{"_method": {"PATCH"}, "role": {"consultant"}, "department": {""}, "was_role": {"x"}}, lure)
		}
		send(t, "/me/preferences", map[string]string{"Cookie": "chancery-session=over", "Referer": regexp.MustCompile(`[^ -~]`).ReplaceAllString(lure, "")}, url.Values{"language": {"en"}}, lure)
	}
	if led < 9*len(lures) {
		t.Errorf("only %d forms led anywhere", led)
	}
}
