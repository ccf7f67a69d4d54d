package web_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"chancery/app/apptest"
	"chancery/app/signin"
)

// ASVS 3.3.1 to 3.3.4: every cookie that the product ever sets is for our script-free eyes only, never goes along from another
// site's form, and on https is bound to this host by its name. Each kind there is in the code is met on the way through the doors.
func TestEveryCookieIsBoundToItsHost(t *testing.T) {
	for base, want := range map[string]struct {
		prefix string
		secure bool
	}{"http://localhost": {"", false}, "https://chancery.firm.example": {"__Host-", true}} {
		app := apptest.One(t, apptest.At(base))
		_, codes := withAppAt(t, app)
		app.Phone("admin")
		b := &bareBrowser{t: t, app: app, prefix: want.prefix, jar: map[string]string{}}
		b.send("GET", "/sign-in", nil)
		b.send("POST", "/language", url.Values{"language": {"fr"}})
		b.send("POST", "/sign-in", url.Values{"email": {apptest.Email("consultant")}, "password": {apptest.Password}})
		b.send("POST", "/sign-in/step", url.Values{"recovery": {codes[0]}})
		b.token = between(b.send("GET", "/me", nil).body, `"X-CSRF-Token":"`, `"`)
		b.send("POST", "/sign-out", nil)
		b.send("GET", "/sign-in", nil)
		b.send("POST", "/sign-in/phone", url.Values{"cell": {apptest.Cell}})
		b.send("POST", "/sign-in/pin", url.Values{"pin": {app.PIN("admin")}})
		names := map[string]bool{}
		for _, c := range b.set {
			names[strings.TrimPrefix(c.Name, want.prefix)] = true
			if !strings.HasPrefix(c.Name, want.prefix+"chancery-") || !c.HttpOnly || c.Secure != want.secure || c.Path != "/" || c.Domain != "" || c.SameSite != http.SameSiteLaxMode {
				t.Errorf("%s: %s", base, c.Raw)
			}
		}
		if got, known := slices.Sorted(maps.Keys(names)), cookieNames(t); !slices.Equal(got, known) {
			t.Errorf("%s: %q were set; the code knows %q", base, got, known)
		}
		for _, kind := range []string{"session", "step", "pin", "device"} {
			for _, c := range b.set {
				if c.Name == want.prefix+"chancery-"+kind && c.Value != "" && len(strings.SplitN(c.Value, ".", 2)[0]) != 43 { // 256 bits
					t.Errorf("%s has %d characters", kind, len(c.Value))
				}
			}
		}
	}
}

// ... and no line of the room sets one in another way: each names all of it, and takes its name from cookieName.
func TestEveryCookieInTheCodeSaysAllOfItself(t *testing.T) {
	n := 0
	eachGoFile(t, ".", func(path string, file *ast.File) {
		ast.Inspect(file, func(node ast.Node) bool {
			if call, ok := node.(*ast.CallExpr); ok {
				if sel, ok := call.Fun.(*ast.SelectorExpr); ok && (sel.Sel.Name == "SetCookie" || sel.Sel.Name == "ClearCookie") {
					t.Errorf("%s sets a cookie by %s", path, sel.Sel.Name)
				}
			}
			lit, ok := node.(*ast.CompositeLit)
			if !ok {
				return true
			}
			kind, ok := lit.Type.(*ast.SelectorExpr)
			if !ok || kind.Sel.Name != "Cookie" {
				return true
			}
			n++
			fields := map[string]string{}
			for _, e := range lit.Elts {
				if kv, ok := e.(*ast.KeyValueExpr); ok {
					fields[kv.Key.(*ast.Ident).Name] = source(kv.Value)
				}
			}
			if !strings.HasPrefix(fields["Name"], "w.cookieName(") || fields["HTTPOnly"] != "true" || fields["Secure"] != "w.secure" || fields["SameSite"] != `"Lax"` || fields["Path"] != `"/"` || fields["Domain"] != "" {
				t.Errorf("%s: %v", path, fields)
			}
			return true
		})
	})
	if n < 6 {
		t.Errorf("only %d were found", n)
	}
}

// cookieNames are the values of the constants that are called cookie….
func cookieNames(t *testing.T) (names []string) {
	t.Helper()
	eachGoFile(t, ".", func(_ string, file *ast.File) {
		ast.Inspect(file, func(n ast.Node) bool {
			if v, ok := n.(*ast.ValueSpec); ok && strings.HasPrefix(v.Names[0].Name, "cookie") && len(v.Values) == 1 {
				if text, ok := v.Values[0].(*ast.BasicLit); ok {
					names = append(names, strings.Trim(text.Value, `"`))
				}
			}
			return true
		})
	})
	slices.Sort(names)
	return names
}

// eachGoFile parses the product's files of a folder.
func eachGoFile(t *testing.T, dir string, fn func(path string, file *ast.File)) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	must(t, err)
	for _, e := range entries {
		if name := e.Name(); strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") {
			file, err := parser.ParseFile(token.NewFileSet(), dir+"/"+name, nil, parser.SkipObjectResolution)
			must(t, err)
			fn(name, file)
		}
	}
}

// source is an expression as it is written, as far as cookies need it.
func source(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		return e.Value
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return source(e.X) + "." + e.Sel.Name
	case *ast.CallExpr:
		return source(e.Fun) + "("
	}
	return "?"
}

// bareBrowser keeps cookies whatever they say of https, follows nothing, and notes all that was ever set.
type bareBrowser struct {
	t      *testing.T
	app    *apptest.App
	prefix string
	token  string
	jar    map[string]string
	set    []*http.Cookie
}

func (b *bareBrowser) send(method, path string, form url.Values) answer {
	b.t.Helper()
	var cookies []string
	for name, value := range b.jar {
		cookies = append(cookies, name+"="+value)
	}
	headers := map[string]string{"Cookie": strings.Join(cookies, "; "), "X-CSRF-Token": b.token}
	body := ""
	if method == "POST" {
		body = form.Encode() + "&x=x"
	}
	res := bare(b.t, method, b.app.URL+path, body, headers)
	if res.status >= 400 {
		b.t.Fatalf("%s %s: %d", method, path, res.status)
	}
	for _, c := range res.cookies {
		b.set = append(b.set, c)
		if c.MaxAge < 0 || !c.Expires.IsZero() && c.Expires.Before(b.app.Clock.Now()) {
			delete(b.jar, c.Name)
		} else {
			b.jar[c.Name] = c.Value
		}
	}
	if tok := between(res.body, `name="_csrf" value="`, `"`); tok != "" {
		b.token = tok
	}
	return res
}

// withAppAt gives the consultant an authenticator app by the verbs, for where the pages' cookies need https.
func withAppAt(t *testing.T, app *apptest.App) (secret string, codes []string) {
	t.Helper()
	from := signin.Origin{Network: "192.0.2.1"}
	o, err := app.Signin.SignIn(t.Context(), apptest.Email("consultant"), apptest.Password, from)
	must(t, err)
	cur, err := app.Signin.Resume(t.Context(), o.Token, from)
	must(t, err)
	must(t, app.Signin.BeginApp(t.Context(), cur))
	setup, err := app.Signin.AppSetup(t.Context(), cur)
	must(t, err)
	codes, err = app.Signin.ConfirmApp(t.Context(), cur, appCode(t, app, setup.Secret), from)
	must(t, err)
	app.Clock.Add(time.Minute)
	return setup.Secret, codes
}
