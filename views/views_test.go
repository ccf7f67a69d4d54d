package views_test

import (
	"bytes"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"chancery/views"
)

// assets serves every name under a fixed fingerprint.
type assets struct{}

func (assets) Path(name string) string { return "/static/0f0f/" + name }

func load(t testing.TB) *views.Set {
	t.Helper()
	s, err := views.Load(assets{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// page is what the shell knows of Elena on an ordinary morning.
func page(lang string) views.Page {
	return views.Page{
		Title: "Elena", Lang: lang, Zone: "America/Toronto", CSRF: "t0ken-_t0ken", Path: "/me",
		Org: views.Org{Name: "Marlow Reyes", Tagline: "Montréal", LogoURL: "/logo/1"},
		Me: views.Me{ID: "0192", Name: "Elena Marlow", Email: "elena@marlowreyes.example", Role: "RCIC",
			Avatar: views.Avatar{Initials: "EM", Hue: 1}, LastSignIn: &views.Time{ISO: "2026-11-21T08:14:00-05:00", Text: "08:14"}},
		Nav: views.Nav{Users: true, Current: "me"},
	}
}

// bare is a page with nothing of its own.
type bare struct {
	views.Page
	Words string
}

// little is a tree with two pages and a fragment in the real layouts.
func little(t testing.TB, more map[string]string) *views.Set {
	t.Helper()
	s, err := tryLittle(t, more)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func tryLittle(t testing.TB, more map[string]string) (*views.Set, error) {
	t.Helper()
	tree := fstest.MapFS{}
	copyTree(t, tree)
	tree["me/index.html"] = &fstest.MapFile{Data: []byte("{{/* layout: app */}}\n<h1>{{.Words}}</h1>\n{{template \"me/_part\" .}}\n")}
	tree["me/_part.html"] = &fstest.MapFile{Data: []byte("<p id=\"part\">{{.Words}}</p>\n")}
	tree["error/show.html"] = &fstest.MapFile{Data: []byte("{{/* layout: door */}}\n<h1>{{.Words}}</h1>\n")}
	for name, text := range more {
		tree[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return views.LoadFrom(tree, assets{})
}

func render(t testing.TB, s *views.Set, lang, name string, page bool, data any) string {
	t.Helper()
	var out bytes.Buffer
	if err := s.Render(&out, lang, name, page, data); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestSmoke(t *testing.T) {
	s := little(t, nil)
	t.Log(render(t, s, "fr", "me/index", true, bare{page("fr"), "<b>"}))
	t.Log(render(t, s, "fr", "me/index", false, bare{page("fr"), "<b>"}))
	t.Log(render(t, s, "es", "error/show", true, bare{views.Page{Title: "x"}, "<b>"}))
	sub, text, html, err := s.Mail("fr", "America/Toronto", "welcome", map[string]any{"Organization": "Marlow\r\nReyes", "Name": "Zoé", "Email": "z@x.example", "By": "Elena", "SignInURL": "https://x.example/sign-in", "Link": "https://x.example/l/1", "Expires": "2026-11-24T13:14:00Z", "Password": ""})
	t.Log(sub, "\n", text, "\n", html, err)
	for _, z := range s.Zones("fr", time.Now())[:5] {
		t.Log(z)
	}
	_ = strings.TrimSpace
}
