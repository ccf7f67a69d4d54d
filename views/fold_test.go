package views_test

import (
	"strings"
	"testing"
)

const head = "{{/* layout: none */}}\n"

func TestWhatNoRequestCanChangeIsFoldedIn(t *testing.T) {
	s := little(t, map[string]string{
		"a/index.html": head + `<p title="{{t "app.not-you"}}">{{t "app.sign-out"}}</p>{{icon "bell"}}<link href="{{asset "app.css"}}" lang="{{lang}}">`,
		"b/index.html": head + `<p>{{t "app.errors" "Count" .}}</p>`,
	})
	got := render(t, s, "fr", "a/index", true, nil)
	want := `<p title="Ce n’était pas vous?">Se déconnecter</p>` +
		`<svg class="icon" aria-hidden="true"><use href="/static/0f0f/icons.svg#bell"/></svg>` +
		`<link href="/static/0f0f/app.css" lang="fr">`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	// With a value it remains a call; the plural form and the thousands are the language's.
	for n, want := range map[int]string{
		0:         "Rien n’est encore enregistré\u00a0: 0 champ demande votre attention",
		1:         "Rien n’est encore enregistré\u00a0: 1 champ demande votre attention",
		1234:      "Rien n’est encore enregistré\u00a0: 1\u00a0234 champs demandent votre attention",
		1_000_000: "Rien n’est encore enregistré\u00a0: 1\u00a0000\u00a0000 de champs demandent votre attention",
	} {
		if got := render(t, s, "fr", "b/index", true, n); got != "<p>"+want+"</p>" {
			t.Errorf("%d: %s", n, got)
		}
	}
}

// A translation can hold nothing that becomes markup or an action.
func TestFoldedTextsAreEscaped(t *testing.T) {
	s := little(t, map[string]string{
		"locales/en/x.json": `{"x.odd": "a < b & \"c\" 'd'"}`, "locales/es/x.json": `{"x.odd": "e"}`, "locales/fr/x.json": `{"x.odd": "f"}`,
		"a/index.html": head + `<p title="{{t "x.odd"}}">{{t "x.odd"}}</p>`,
	})
	const odd = "a &lt; b &amp; &#34;c&#34; &#39;d&#39;"
	if got := render(t, s, "en", "a/index", true, nil); got != `<p title="`+odd+`">`+odd+`</p>` {
		t.Error(got)
	}
	_, err := tryLittle(t, map[string]string{"locales/en/x.json": `{"x.odd": "{{ .Name }}"}`})
	if err == nil || !strings.Contains(err.Error(), "x.odd") {
		t.Errorf("braces in a text: %v", err)
	}
}

func TestWhiteSpaceOfLinesIsSqueezedExceptWhereItIsContent(t *testing.T) {
	s := little(t, map[string]string{"a/index.html": head + `  <div>
      {{/* a word to the author,
           on two lines */}}
      {{if .}}
        <b>yes</b>  
      {{else}}
        <b>no</b>
      {{end}}
      <textarea>
  kept  
   </textarea>   <i>after</i>  
      <pre>  a
    {{if .}}
  b</pre>{{end}}
  </div>
`})
	want := "<div>\n<b>yes</b>\n<textarea>\n  kept  \n   </textarea>   <i>after</i>\n<pre>  a\n    \n  b</pre>\n</div>"
	if got := render(t, s, "en", "a/index", true, true); got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// Whoever mistypes learns it at start, with file and line.
func TestMistakesStopTheStartWithFileAndLine(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"no such text":       {head + "<p>\n{{t \"app.nothing\"}}", `a/index.html:3:2: no text "app.nothing"`},
		"in a pipeline":      {head + "{{if eq . (t \"app.nothing\")}}{{end}}", `a/index.html:2:`},
		"key computed":       {head + "{{t .}}", `a/index.html:2:`},
		"value forgotten":    {head + "{{t \"app.errors\"}}", `text "app.errors" takes [Count], not []`},
		"value too many":     {head + "{{t \"app.close\" \"Name\" .}}", `text "app.close" takes [], not [Name]`},
		"no such icon":       {head + "\n\n{{icon \"bellx\"}}", `a/index.html:4:2: no icon "bellx"`},
		"icon computed":      {head + "{{icon .}}", `must stand there as a literal`},
		"listed icon":        {head + "{{/* icons: bell bellx */}}{{icon .}}", `no icon "bellx"`},
		"no layout":          {"<p>", `a/index.html:1: a page begins with`},
		"unknown layout":     {"{{/* layout: app2 */}}", `a/index.html:1: a page begins with`},
		"own name space":     {head + "{{define \"x\"}}{{end}}", "one file is one template"},
		"no such part":       {head + "{{template \"a/_rows\" .}}", `a/index.html:2:11: no template "a/_rows"`},
		"markup in disorder": {head + "<a href=\"{{.}}>", "a/index"},
		"unclosed action":    {head + "\n{{if .}}", "a/index.html:3"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := tryLittle(t, map[string]string{"a/index.html": c.text})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
}

// All of it at once, not one a start.
func TestEveryMistakeIsNamed(t *testing.T) {
	_, err := tryLittle(t, map[string]string{
		"a/index.html": head + "{{t \"app.one\"}}\n{{t \"app.two\"}}",
		"b/index.html": head + "{{t \"app.three\"}}",
	})
	for _, key := range []string{"app.one", "app.two", "app.three"} {
		if err == nil || !strings.Contains(err.Error(), key) {
			t.Errorf("%s is not named: %v", key, err)
		}
	}
}

// The line in an error at run time is the line in the file, whatever was squeezed out before it.
func TestErrorsAtRunTimeNameTheLineInTheFile(t *testing.T) {
	s := little(t, map[string]string{"a/index.html": head + `{{/* one
two */}}
  {{if true}}

  {{end}}
  <p>{{.Missing}}</p>`})
	err := s.Render(new(strings.Builder), "en", "a/index", false, struct{ Present string }{})
	if err == nil || !strings.Contains(err.Error(), "a/index:7:") {
		t.Error(err)
	}
}

func TestComputedIconsMayBeListed(t *testing.T) {
	s := little(t, map[string]string{"a/index.html": head + `{{/* icons: bell menu */}}{{icon .}}`})
	if got := render(t, s, "en", "a/index", true, "menu"); !strings.Contains(got, "icons.svg#menu") {
		t.Error(got)
	}
}
