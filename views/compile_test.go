package views

import (
	"bytes"
	"errors"
	"fmt"
	"html/template"
	"strings"
	"testing"
)

type sampleAssets struct{}

func (sampleAssets) Path(name string) string { return "/static/0f0f/" + name }

// shown has a field of each kind that a view struct could have.
type shown struct {
	Text    string
	Ready   template.HTML
	URL     template.URL
	Named   name
	Spoken  spokenName
	Whole   int
	Sized   int64
	Part    float64
	Yes     bool
	Any     any
	Missing *shown
	Words   []string
	Inner   *shown
	Page
}

type name string

type spokenName string

func (s spokenName) String() string { return "<" + string(s) + ">" }

func (s shown) Loud() string { return s.Text + "!" }

func (s shown) Said(how string) string { return s.Text + how }

// pieces put a value into every kind of place that markup has for one, and use the language in every way that a
// template of ours does, and in some that none does.
var pieces = []string{
	`<p>{{.Text}}</p>`, `<p title="{{.Text}}">`, `<p title='{{.Text}}'>`, `<title>{{.Text}}</title>`, `<textarea>{{.Text}}</textarea>`,
	`<a href="{{.Text}}">`, `<a href="/users/{{.Text}}/edit">`, `<a href="/users?q={{.Text}}">`, `<a href="#{{.Text}}">`, `<img src='{{.Text}}'>`,
	`<form action="{{.Text}}">`, `<p hx-get="{{.Text}}">`, `<p class="a {{if .Text}}b{{end}} {{.Named}}">`, `<p data-src="{{.Text}}">`,
	`<p title={{.Text}}>`, `<script>var x = {{.Text}}</script>`, `<p onclick="f({{.Text}})">`, `<p style="color: {{.Text}}">`, `<img srcset="{{.Text}}">`,
	`{{.Ready}}`, `<p title="{{.Ready}}">`, `<textarea>{{.Ready}}</textarea>`, `{{.URL}}`, `<a href="{{.URL}}">`, `<a href="{{.Ready}}">`,
	`{{.Named}} {{.Spoken}} {{.Whole}} {{.Sized}} {{.Part}} {{.Yes}} {{.Any}}`, `<p title="{{.Spoken}}" data-n="{{.Whole}}" hidden="{{.Any}}">`,
	`<a href="/{{.Whole}}">`, `<a href="{{.Any}}">`, `{{.Words}}`, `{{.}}`,
	`{{if .Any}}a{{else}}b{{end}}{{if .Part}}c{{end}}{{if .Whole}}d{{end}}{{if .Words}}e{{end}}{{if .Missing}}f{{end}}{{if .Yes}}g{{else if .Text}}h{{end}}`,
	`{{with .Inner}}{{.Text}} {{$.Text}}{{else}}none{{end}}`, `{{with .Text}}{{.}}{{end}}`, `{{.Inner.Text}}`, `{{.Missing.Text}}`, `{{.Nothing}}`,
	`{{range .Words}}<li>{{.}}</li>{{else}}none{{end}}`, `{{range .Text}}{{.}}{{end}}`, `{{range $i, $w := .Words}}{{$i}}{{$w}}{{end}}`, `{{range $w := .Words}}{{.}}{{range $.Words}}{{.}}{{$w}}{{end}}{{end}}`, `{{range $i, $w := .Words}}{{$w.Text}}{{end}}`,
	`{{index .Words 1}}`, `{{index .Text 0}}`, `{{with .Words}}{{$.Said "!"}}{{$.Inner.Said "?"}}{{end}}`, `{{range .Words}}{{break}}{{end}}`,
	`{{if eq .Text "a"}}1{{end}}{{if ne .Text "a"}}2{{end}}{{if eq .Whole 3}}3{{end}}{{if eq .Named .Text}}4{{end}}`, `{{if eq .Whole .Text}}1{{end}}`, `{{if eq .Any "x"}}1{{end}}`,
	`{{if and .Yes (not .Text)}}1{{end}}{{if or .Text .Whole}}2{{end}}{{and .Text .Whole}}{{or .Text .Named}}`, `{{len .Words}}`, `{{len .Text}}`, `{{if gt (len .Words) 1}}1{{end}}`,
	`{{.Said "!"}}`, `{{.Loud}}`, `{{$.Inner.Loud}}`, `{{.Missing.Loud}}`, `{{with .Inner}}{{.Loud}}{{end}}`, `{{(.Said "!")}}`, `{{.Inner.Said "?"}}`, `{{.Missing.Said "?"}}`, `{{.Said 3}}`, `{{.Said}}`, `{{printf "%s-%d" .Text .Whole}}`, `{{.Text | printf "%q"}}`,
	`{{t "app.errors" "Count" (len .Words)}}`, `{{icon .Text}}`, `{{- asset "app.css"}}`, `{{template "shared/_avatar" .Page.Me.Avatar}}`,
	`{{template "shared/_avatar" (.Page.Me.Avatar.Sized "lg")}}`, `{{.CSRF}} {{.Me.Name}}`, `<p title="{{template "a/_part" .}}">{{template "a/_part" .}}</p>`, `{{template "a/_part" .Missing}}`,
	`{{$x := .Text}}{{$x}}`, `<!-- {{.Text}} -->`, `<a href="{{if .Yes}}/a{{else}}/b{{end}}?{{.Text}}">`, `<p {{.Text}}="x">`,
}

func samples() []any {
	every := make([]byte, 256)
	for i := range every {
		every[i] = byte(i)
	}
	var all []any
	for _, text := range []string{
		"", "plain", "Zoë’s – 北京", string(every), "\xff\xfe", "javascript:alert(1)", "JaVaScRiPt:x", "/me?a=b&c=d+e#f", "//other.example", "http://a.example/ü",
		"mailto:a@b.example", "a:b", "/a:b", "data:text/html,x", "x' onclick='y", "</textarea><script>", "1 < 2 && 3 > 2", "%zz%41", "a b", "{{.}}", "<b>&amp;</b>",
	} {
		s := shown{Text: text, Ready: template.HTML("<i>" + text), URL: template.URL(text), Named: name(text), Spoken: spokenName(text), Whole: len(text), Sized: -5,
			Part: 1.5, Yes: len(text)%2 == 0, Words: strings.Fields(text), Page: Page{CSRF: text, Me: Me{Name: text, Avatar: Avatar{URL: text, Initials: text, Hue: 3}}}}
		inner := s
		s.Inner, s.Any = &inner, text
		all = append(all, s, &s)
	}
	for _, v := range []any{nil, 7, 2.5, true, template.HTML("<i>"), spokenName("<x>"), errors.New("<e>"), []string{"a"}, map[string]string{"a": "<"}, &shown{}} {
		all = append(all, shown{Text: "a", Named: "a", Whole: 3, Any: v}, v)
	}
	return all
}

// ASVS 1.2.1: escaping is html/template's, whoever writes.
func TestCompiledTemplatesWriteWhatHTMLTemplateWrites(t *testing.T) {
	for _, piece := range pieces {
		set := trySet(t, piece)
		for _, data := range samples() {
			var want, got bytes.Buffer
			wantErr := set.RenderPlain(&want, "en", "a/show", true, data)
			gotErr := set.Render(&got, "en", "a/show", true, data)
			if got.String() != want.String() || fmt.Sprint(gotErr) != fmt.Sprint(wantErr) {
				t.Errorf("%s with %+v\n got %q %v\nwant %q %v", piece, data, got.String(), gotErr, want.String(), wantErr)
			}
		}
	}
}

// trySet is a set of one page. A piece stands as it is, unfolded, so that the functions are called at run time.
func trySet(t *testing.T, piece string) *Set {
	t.Helper()
	avatar, err := files.ReadFile("shared/_avatar.html")
	if err != nil {
		t.Fatal(err)
	}
	texts, err := readCatalogue(files, "en")
	if err != nil {
		t.Fatal(err)
	}
	parse := func(name string) (*template.Template, error) {
		engine, err := parseAll(map[string]string{
			"a/show.html": piece, "page/a/show.html": `{{template "a/show" .}}`,
			"a/_part.html": `{{.Text}}{{with .Inner}} {{.Text}}{{end}}`, "shared/_avatar.html": string(avatar),
		}, functions(texts, sampleAssets{}))
		if err != nil {
			return nil, err
		}
		set := engine.Templates.Lookup(name)
		return set, escape(set)
	}
	s := newSet(files, sampleAssets{}, embedded)
	set, err := parse(laidOut + "a/show")
	if err != nil {
		t.Fatal(piece, err)
	}
	compiler{programs: s.in("en").programs, functions: functions(texts, sampleAssets{})}.add(set, parse)
	return s
}

// Nothing in the binary is wrong: what is made when it is first asked for would tell a reader, and not who built it.
func TestTheEmbeddedTemplatesAreSound(t *testing.T) {
	if err := Load(sampleAssets{}).Check(); err != nil {
		t.Error(err)
	}
}

// A template that is not compiled works, but costs several times as much: this test finds it.
func TestEveryTemplateIsCompiled(t *testing.T) {
	set := Load(sampleAssets{})
	if err := set.Check(); err != nil {
		t.Fatal(err)
	}
	for _, l := range Languages() {
		programs := set.languages[l.Code].programs
		for name, p := range programs {
			if p.body == nil {
				t.Errorf("%s is not compiled: it says something that compile.go does not know", name)
			}
		}
		for _, name := range set.Names() {
			if programs[name] == nil || set.IsPage(name) && programs[laidOut+name] == nil {
				t.Errorf("%s was not made", name)
			}
		}
	}
}
