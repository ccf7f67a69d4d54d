package apptest

import (
	"bytes"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/textproto"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
)

// Client is a browser without script: it keeps cookies, follows redirects, and submits forms as a page shows them.
type Client struct {
	app     *App
	t       testing.TB
	http    *http.Client
	Headers map[string]string // sent with every request
}

// Visitor is a browser in which nobody is signed in.
func (a *App) Visitor() *Client {
	cookies, err := cookiejar.New(nil)
	must(a.t, err)
	return &Client{app: a, t: a.t, http: &http.Client{Jar: jar{cookies, a.Clock.Now}}, Headers: map[string]string{"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0 Safari/537.36"}}
}

// jar keeps cookies by the app's clock. The library's knows only the machine's, and would drop each session's cookie once
// the fixed day of the tests is further back than a session lasts.
type jar struct {
	*cookiejar.Jar
	now func() time.Time
}

// SetCookies moves the end of each cookie from the app's time to the machine's.
func (j jar) SetCookies(u *url.URL, cookies []*http.Cookie) {
	for _, c := range cookies {
		if !c.Expires.IsZero() {
			c.Expires = c.Expires.Add(time.Since(j.now()))
		}
	}
	j.Jar.SetCookies(u, cookies)
}

// SignIn is a browser in which a cast member has signed in by the sign-in page.
func (a *App) SignIn(who string) *Client {
	a.t.Helper()
	c := a.Visitor()
	p := c.Visit("/sign-in").Submit("form[action^='/sign-in']", "email", Email(who), "password", Password)
	if strings.HasPrefix(p.Path, "/sign-in") {
		a.t.Fatalf("%s could not sign in: %d\n%s", who, p.Status, p.Text("main"))
	}
	return c
}

// Page is an answer, parsed.
type Page struct {
	c      *Client
	t      testing.TB
	Path   string // with the query, after redirects
	Status int
	Header http.Header
	Body   string
	Doc    *goquery.Selection
}

// Visit gets a page.
func (c *Client) Visit(path string) *Page {
	c.t.Helper()
	return c.do("GET", path, nil, "", nil)
}

// Fragment gets a URL as htmx does, from the page at from.
func (c *Client) Fragment(method, path, from string, form url.Values) *Page {
	c.t.Helper()
	var body io.Reader
	kind := ""
	if form != nil {
		body, kind = strings.NewReader(form.Encode()), "application/x-www-form-urlencoded"
	}
	return c.do(method, path, body, kind, map[string]string{"HX-Request": "true", "HX-Current-URL": c.app.URL + from})
}

// Do sends any request.
func (c *Client) Do(method, path, contentType, body string, headers map[string]string) *Page {
	c.t.Helper()
	return c.do(method, path, strings.NewReader(body), contentType, headers)
}

// Cookie is the value of a cookie the client holds, or "".
func (c *Client) Cookie(name string) string {
	u, err := url.Parse(c.app.URL)
	must(c.t, err)
	for _, k := range c.http.Jar.Cookies(u) {
		if k.Name == name {
			return k.Value
		}
	}
	return ""
}

func (c *Client) do(method, path string, body io.Reader, contentType string, headers map[string]string) *Page {
	c.t.Helper()
	if !strings.HasPrefix(path, "http") {
		path = c.app.URL + path
	}
	req, err := http.NewRequestWithContext(c.t.Context(), method, path, body)
	must(c.t, err)
	for k, v := range c.Headers {
		req.Header.Set(k, v)
	}
	for k, v := range headers {
		req.Header.Set(k, v)
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	res, err := c.http.Do(req)
	must(c.t, err)
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	must(c.t, err)
	doc, err := goquery.NewDocumentFromReader(bytes.NewReader(b))
	must(c.t, err)
	return &Page{c: c, t: c.t, Path: res.Request.URL.RequestURI(), Status: res.StatusCode, Header: res.Header, Body: string(b), Doc: doc.Selection}
}

// Submit fills in the form that the selector names and sends it, hidden fields, request token and all. Pairs are names
// and values; a checkbox or radio is chosen by its value, a checkbox is cleared by "". A name that the form does not
// show fails the test.
func (p *Page) Submit(selector string, pairs ...string) *Page {
	p.t.Helper()
	form, action := p.form(selector)
	values := p.values(form, pairs)
	return p.c.do("POST", action, strings.NewReader(values.Encode()), "application/x-www-form-urlencoded", nil)
}

// SubmitTo is Submit by a button that sends the form to another address (formaction).
func (p *Page) SubmitTo(selector, action string, pairs ...string) *Page {
	p.t.Helper()
	form, _ := p.form(selector)
	sends := `button[formaction="` + action + `"]`
	if form.Find(sends).Length() != 1 && p.Doc.Find(sends+`[form="`+form.AttrOr("id", "")+`"]`).Length() != 1 {
		p.t.Fatalf("%s: no button of %q sends to %s", p.Path, selector, action)
	}
	return p.c.do("POST", action, strings.NewReader(p.values(form, pairs).Encode()), "application/x-www-form-urlencoded", nil)
}

// SubmitFragment is Submit as htmx does it.
func (p *Page) SubmitFragment(selector string, pairs ...string) *Page {
	p.t.Helper()
	form, action := p.form(selector)
	values := p.values(form, pairs)
	return p.c.do("POST", action, strings.NewReader(values.Encode()), "application/x-www-form-urlencoded",
		map[string]string{"HX-Request": "true", "HX-Current-URL": p.c.app.URL + p.Path, "X-Page-Lang": p.Doc.Find("html").AttrOr("lang", "en")})
}

// Upload sends a file by the multipart form that the selector names.
func (p *Page) Upload(selector, field, name, contentType string, file []byte) *Page {
	p.t.Helper()
	form, action := p.form(selector)
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for k, vs := range p.values(form, nil) {
		for _, v := range vs {
			must(p.t, m.WriteField(k, v))
		}
	}
	h := textproto.MIMEHeader{"Content-Disposition": {fmt.Sprintf(`form-data; name=%q; filename=%q`, field, name)}, "Content-Type": {contentType}}
	w, err := m.CreatePart(h)
	must(p.t, err)
	_, err = w.Write(file)
	must(p.t, err)
	must(p.t, m.Close())
	return p.c.do("POST", action, &b, m.FormDataContentType(), nil)
}

func (p *Page) form(selector string) (form *goquery.Selection, action string) {
	p.t.Helper()
	form = p.Doc.Find(selector)
	if form.Length() != 1 || !form.Is("form") {
		p.t.Fatalf("%s: %d forms are %q (status %d)\n%s", p.Path, form.Length(), selector, p.Status, clip(p.Body))
	}
	if strings.ToLower(form.AttrOr("method", "get")) != "post" {
		p.t.Fatalf("%s: form %q does not post", p.Path, selector)
	}
	return form, form.AttrOr("action", p.Path)
}

func (p *Page) values(form *goquery.Selection, pairs []string) url.Values {
	p.t.Helper()
	v := url.Values{}
	names := map[string]bool{}
	fields := form.Find("input, select, textarea")
	if id := form.AttrOr("id", ""); id != "" { // those that stand elsewhere on the page
		fields = fields.AddSelection(p.Doc.Find(`[form="` + id + `"]`).Filter("input, select, textarea"))
	}
	fields.Each(func(_ int, s *goquery.Selection) {
		name := s.AttrOr("name", "")
		if _, off := s.Attr("disabled"); name == "" || off {
			return
		}
		names[name] = true
		switch kind := s.AttrOr("type", "text"); {
		case s.Is("select"):
			chosen := s.Find("option[selected]")
			if chosen.Length() == 0 {
				chosen = s.Find("option").First()
			}
			v.Add(name, chosen.AttrOr("value", strings.TrimSpace(chosen.Text())))
		case s.Is("textarea"):
			v.Add(name, strings.TrimPrefix(s.Text(), "\n"))
		case kind == "checkbox" || kind == "radio":
			if _, on := s.Attr("checked"); on {
				v.Add(name, s.AttrOr("value", "on"))
			}
		case kind == "file" || kind == "submit" || kind == "button":
		default:
			v.Add(name, s.AttrOr("value", ""))
		}
	})
	form.Find("button[name]").Each(func(_ int, s *goquery.Selection) { names[s.AttrOr("name", "")] = true }) // pressed where a pair says so
	for i := 0; i+1 < len(pairs); i += 2 {
		if !names[pairs[i]] {
			p.t.Fatalf("%s: the form shows no field %q", p.Path, pairs[i])
		}
		if pairs[i+1] == "" && fields.Filter(`input[type=checkbox][name="`+pairs[i]+`"]`).Length() > 0 {
			v.Del(pairs[i])
			continue
		}
		v.Set(pairs[i], pairs[i+1])
	}
	return v
}

// Follow visits the link that the selector names.
func (p *Page) Follow(selector string) *Page {
	p.t.Helper()
	href, ok := p.Doc.Find(selector).First().Attr("href")
	if !ok {
		p.t.Fatalf("%s: no link is %q", p.Path, selector)
	}
	return p.c.Visit(href)
}

// Expect fails the test when the status is another.
func (p *Page) Expect(status int) *Page {
	p.t.Helper()
	if p.Status != status {
		p.t.Fatalf("%s: status %d, want %d\n%s", p.Path, p.Status, status, clip(p.Body))
	}
	return p
}

// At fails the test when the page is at another path (without its query).
func (p *Page) At(path string) *Page {
	p.t.Helper()
	if got, _, _ := strings.Cut(p.Path, "?"); got != path {
		p.t.Fatalf("at %s, want %s\n%s", p.Path, path, p.Text("main"))
	}
	return p
}

// In fails the test when no element of that selector contains the text.
func (p *Page) In(selector, text string) *Page {
	p.t.Helper()
	if got := p.Text(selector); !strings.Contains(got, text) {
		p.t.Fatalf("%s: %q says %q, want %q", p.Path, selector, got, text)
	}
	return p
}

// Has fails the test unless n elements match.
func (p *Page) Has(selector string, n int) *Page {
	p.t.Helper()
	if got := p.Doc.Find(selector).Length(); got != n {
		p.t.Fatalf("%s: %d elements are %q, want %d\n%s", p.Path, got, selector, n, clip(p.Body))
	}
	return p
}

// Text is what the elements of a selector say, white space folded.
func (p *Page) Text(selector string) string {
	return strings.Join(strings.Fields(p.Doc.Find(selector).Text()), " ")
}

// Attr is an attribute of the first element of a selector.
func (p *Page) Attr(selector, name string) string {
	return p.Doc.Find(selector).First().AttrOr(name, "")
}

func clip(s string) string {
	if len(s) > 2000 {
		return s[:2000] + "…"
	}
	return s
}

// Plant puts a cookie into the browser, as somebody might who has a hand in it.
func (c *Client) Plant(name, value string) {
	c.t.Helper()
	u, err := url.Parse(c.app.URL)
	must(c.t, err)
	c.http.Jar.SetCookies(u, []*http.Cookie{{Name: name, Value: value, Path: "/"}})
}
