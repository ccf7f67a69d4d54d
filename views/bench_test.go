package views_test

import (
	"io"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"chancery/views"
)

// fields is a page of the usual size: the shell, and thirty rows with a text and an icon each.
const fields = `{{/* layout: app */}}
<h1>{{t "app.nav.me"}}</h1>
<dl class="panel fields">
  {{range .Rows}}
  <div><dt>{{t "app.account"}}</dt><dd><span>{{.Text}}</span><a class="edit" href="{{.URL}}">{{icon "pencil"}}{{t "app.settings"}}</a></dd></div>
  {{end}}
</dl>
`

type row struct{ Text, URL string }

type rows struct {
	views.Page
	Rows []row
}

func sampleRows() rows {
	d := rows{Page: page("fr")}
	for range 30 {
		d.Rows = append(d.Rows, row{"184 Front Street East", "/me/edit"})
	}
	return d
}

// unfolded gives the same templates with every call left for run time: a trim marker on the right keeps fold away.
func unfolded(t testing.TB) *views.Set {
	tree := fstest.MapFS{"me/index.html": {Data: []byte(fields)}}
	copyTree(t, tree)
	call := regexp.MustCompile(`\{\{(t|icon|asset|lang)((?: "[^"]*")?)\}\}`)
	for name, f := range tree {
		if strings.HasSuffix(name, ".html") {
			f.Data = call.ReplaceAll(f.Data, []byte("{{- $1$2}}"))
		}
	}
	s, err := views.LoadFrom(tree, icons{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func folded(t testing.TB) *views.Set { return little(t, map[string]string{"me/index.html": fields}) }

func BenchmarkPage(b *testing.B) { benchmark(b, sampleRows()) }

func BenchmarkShell(b *testing.B) { benchmark(b, rows{Page: page("fr")}) }

func benchmark(b *testing.B, data rows) {
	for _, c := range []struct {
		name   string
		render func(io.Writer, string, string, bool, any) error
	}{
		{"compiled", folded(b).Render}, {"folded", folded(b).RenderPlain}, {"unfolded", unfolded(b).RenderPlain},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := c.render(io.Discard, "fr", "me/index", true, data); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// Twenty fields of the page's common data, found in three ways.
func BenchmarkField(b *testing.B) {
	s := little(b, map[string]string{
		"a/direct.html":   "{{/* layout: none */}}{{with .Page}}" + strings.Repeat("{{.CSRF}}", 20) + "{{end}}",
		"a/through.html":  "{{/* layout: none */}}" + strings.Repeat("{{.Page.CSRF}}", 20),
		"a/promoted.html": "{{/* layout: none */}}" + strings.Repeat("{{.CSRF}}", 20),
	})
	data := sampleRows()
	for _, name := range []string{"direct", "through", "promoted"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := s.Render(io.Discard, "en", "a/"+name, true, data); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
