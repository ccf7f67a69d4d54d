package views_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"chancery/views"
	"chancery/views/viewstest"
)

// icons is a sprite with those icons only that the tests and the shell name.
type icons struct{ viewstest.Assets }

func (icons) HasIcon(name string) bool { return name != "bellx" }

// page is what the shell knows of Elena on an ordinary morning.
func page(lang string) views.Page {
	return views.Page{
		Title: "Elena", Lang: lang, Zone: "America/Toronto", CSRF: "t0ken-_t0ken", Path: "/me",
		Org: views.Org{Name: "Marlow Reyes", Tagline: "Montréal", LogoURL: "/logo/1"},
		Me: views.Me{ID: "0192", Name: "Elena Marlow", Email: "elena@marlowreyes.example", Role: "RCIC",
			Avatar: views.Avatar{Initials: "EM", Hue: 1}, LastSignIn: &views.Time{ISO: "2026-11-21T08:14:00-05:00", Text: "08:14"}},
		Nav: views.Nav{Users: true, Settings: []views.NavLink{{Text: "7", URL: "/users", Icon: "users", Current: true}}, Current: "me"},
	}
}

// wordy is a page that shows one text.
type wordy struct {
	views.Page
	Words string
}

// little loads the real layouts, shared parts, mails and catalogues with two pages and a part of the test's own.
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
	tree := fstest.MapFS{
		"me/index.html":   {Data: []byte("{{/* layout: app */}}\n<h1>{{.Words}}</h1>\n{{template \"me/_part\" .}}\n")},
		"me/_part.html":   {Data: []byte("<p id=\"part\">{{.Words}}</p>\n")},
		"error/show.html": {Data: []byte("{{/* layout: door */}}\n<h1>{{.Words}}</h1>\n")},
	}
	copyTree(t, tree)
	for name, text := range more {
		tree[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return views.LoadFrom(tree, icons{})
}

func render(t testing.TB, s *views.Set, lang, name string, page bool, data any) string {
	t.Helper()
	var out bytes.Buffer
	if err := s.Render(&out, lang, name, page, data); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// D-1: the page holds its fragment; the same data serves both.
func TestPageAndFragmentAreOneTemplate(t *testing.T) {
	s := little(t, nil)
	data := wordy{page("es"), "<i>"}
	fragment := render(t, s, "es", "me/index", false, data)
	if want := "<h1>&lt;i&gt;</h1>\n<p id=\"part\">&lt;i&gt;</p>"; fragment != want {
		t.Errorf("fragment %q", fragment)
	}
	whole := render(t, s, "es", "me/index", true, data)
	for _, want := range []string{fragment, `<html lang="es">`, "Cerrar sesión", "</html>", `aria-current="page"`} {
		if !strings.Contains(whole, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	door := render(t, s, "es", "error/show", true, &wordy{views.Page{Title: "404"}, "?"})
	if !strings.Contains(door, `class="door"`) || strings.Contains(door, `class="side"`) {
		t.Error("the door has the shell of the house round it")
	}
}

// C-16: what htmx asks for comes in the language and zone of the page it stands on.
func TestThePagePinsItsLanguageAndZone(t *testing.T) {
	got := render(t, little(t, nil), "fr", "me/index", true, wordy{page("fr"), ""})
	const want = `hx-headers:inherited='{"X-CSRF-Token":"t0ken-_t0ken","X-Page-Lang":"fr","X-Page-Zone":"America/Toronto"}'`
	if !strings.Contains(got, want) {
		t.Errorf("no %s", want)
	}
}

func TestAThemeIsAskedForOnlyWhenChosen(t *testing.T) {
	s, p := little(t, nil), page("en")
	if got := render(t, s, "en", "me/index", true, wordy{p, ""}); strings.Contains(got, "data-theme") {
		t.Error("a theme though none was chosen")
	}
	p.Theme = "dark"
	if got := render(t, s, "en", "me/index", true, wordy{p, ""}); !strings.Contains(got, `<html lang="en" data-theme="dark">`) {
		t.Error("the chosen theme is missing")
	}
}

// Only those who may see the users find the way to them (S1-1).
func TestUsersAreFoundByThoseWhoMay(t *testing.T) {
	s, p := little(t, nil), page("en")
	if got := render(t, s, "en", "me/index", true, wordy{p, ""}); strings.Count(got, `"/users"`) != 1 {
		t.Error("no link for one who may")
	}
	p.Nav.Users, p.Nav.Settings = false, nil
	if got := render(t, s, "en", "me/index", true, wordy{p, ""}); strings.Contains(got, "/users") {
		t.Error("a way to the users for one who may not")
	}
}

func TestNothingIsWrittenWhenATemplateFails(t *testing.T) {
	s := little(t, map[string]string{"a/index.html": "{{/* layout: app */}}\n<p>{{.Words}}</p>{{.Missing}}"})
	var out bytes.Buffer
	if err := s.Render(&out, "en", "a/index", true, wordy{page("en"), "x"}); err == nil {
		t.Error("no error")
	}
	if out.Len() > 0 {
		t.Errorf("%d bytes of half a page", out.Len())
	}
	if err := s.Render(&out, "en", "me/index", true, wordy{page("en"), "x"}); err != nil || !strings.HasPrefix(out.String(), "<!doctype") {
		t.Errorf("the next page suffers: %v", err)
	}
}

func TestUnknownTemplatesAndFailingWritersAreErrors(t *testing.T) {
	s := little(t, nil)
	if err := s.Render(io.Discard, "en", "me/nothing", true, nil); err == nil {
		t.Error("an unknown template renders")
	}
	if err := s.Render(io.Discard, "en", "me/_part", true, nil); err == nil {
		t.Error("a part renders as a page")
	}
	if err := s.Render(broken{}, "en", "me/_part", false, wordy{}); !errors.Is(err, errBroken) {
		t.Error(err)
	}
}

var errBroken = errors.New("broken")

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errBroken }

func TestALanguageThatIsNotSpokenBecomesEnglish(t *testing.T) {
	if got := render(t, little(t, nil), "de", "me/index", true, wordy{page("en"), ""}); !strings.Contains(got, `<html lang="en"`) {
		t.Error("not English")
	}
}

// The engine's own layouts fail here: pages lose their content while fragments are rendered (see the package comment).
// Run with -race.
func TestPagesAndFragmentsRenderAtTheSameTime(t *testing.T) {
	s := little(t, nil)
	var wg sync.WaitGroup
	for worker := range 8 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := range 200 {
				lang := views.Languages()[(worker+i)%3].Code
				words := strings.Repeat("w", 1+(worker*31+i)%90)
				var out bytes.Buffer
				asPage := (worker+i)%2 == 0
				if err := s.Render(&out, lang, "me/index", asPage, wordy{page(lang), words}); err != nil {
					t.Error(err)
					return
				}
				if got := out.String(); !strings.Contains(got, "<h1>"+words+"</h1>") || strings.Contains(got, "</html>") != asPage {
					t.Errorf("someone else's page: %s", got)
					return
				}
			}
		}()
	}
	wg.Wait()
}

// Layouts and shared parts; the pages of app/web have their list there.
func TestEveryLayoutAndSharedPartInEveryLanguage(t *testing.T) {
	tree := fstest.MapFS{"door/show.html": {Data: []byte("{{/* layout: door */}}\n")}, "app/show.html": {Data: []byte("{{/* layout: app */}}\n")}}
	copyTree(t, tree)
	s, err := views.LoadFrom(tree, icons{})
	if err != nil {
		t.Fatal(err)
	}
	whole := func(lang string) any { return wordy{page(lang), ""} }
	viewstest.Every(t, s, map[string]func(string) any{
		"app/show":            whole,
		"door/show":           whole,
		"shared/_alert":       func(string) any { return &views.Notice{Text: "✓", Link: "/me", LinkText: "→"} },
		"shared/_count":       func(string) any { return views.Count{ID: "unread", N: 7, Text: "7", Says: "✓"} },
		"shared/_avatar":      func(string) any { return views.Avatar{URL: "/avatars/1", Size: "lg"} },
		"shared/_crop":        func(string) any { return nil },
		"shared/_unsaved":     func(string) any { return nil },
		"shared/_errors":      func(string) any { return &views.Errors{Fields: []views.FieldError{{ID: "bio", Text: "1000"}}} },
		"shared/_field-error": func(string) any { return views.FieldError{ID: "bio", Text: "1000"} },
		"shared/_password-rules": func(string) any {
			type rule struct {
				Pattern, Text string
				Refused       bool
			}
			type whose struct {
				Other, Form                             bool
				FirstName, LastName, DisplayName, Email string
			}
			return struct {
				ID, Same string
				Rules    []rule
				Whose    whose

				SameRefused, GuessRefused bool
			}{"new-rules", "confirm", []rule{{".{8,}", "8", true}}, whose{Other: true, FirstName: "2"}, true, true}
		},
		"shared/_zone-options": func(lang string) any {
			return []views.Zone{{ID: "America/Toronto", Label: "Toronto"}}
		},
	})
}

// A hole in the list of templates would be a page nobody tried.
func TestEnglishLeftOversAreFound(t *testing.T) {
	for page, want := range map[string]int{
		`<p>Sign out</p>`: 1,
		`<p>Se déconnecter</p><input placeholder="Search cases, clients, people">`:                   1,
		`<p>Nothing was saved yet: 3 fields need your attention</p>`:                                 1,
		`<p data-offline="The server cannot be reached. Check your connection and try again.">x</p>`: 1,
		`<p>Se déconnecter</p><style>Sign out</style>`:                                               0,
	} {
		if got := viewstest.Leftovers("fr", page); (len(got) > 0) != (want > 0) {
			t.Errorf("%s: %v", page, got)
		}
	}
}
