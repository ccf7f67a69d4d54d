package web_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"chancery/app/apptest"
)

// ASVS 3.4.6 (clickjacking), 3.4.3, 3.4.4, 3.4.8: nothing that any route answers may be framed, to whom ever it answers, as a page,
// as a fragment or as a head alone; nor has it a policy that lets others' script, style or forms in.
func TestNothingCanBeFramed(t *testing.T) {
	app := apptest.One(t)
	at := places(t, app)
	browsers := map[string]*apptest.Client{"a stranger": app.Visitor(), "the super administrator": app.SignIn("super"), "a paralegal": app.SignIn("paralegal")}
	seen := map[int]int{}
	for _, route := range slices.Sorted(maps.Keys(needs)) {
		method, path, _ := strings.Cut(route, " ")
		path = at.Replace(path)
		for who, c := range browsers {
			cookies := map[string]string{"Cookie": "chancery-session=" + c.Cookie("chancery-session")}
			fragment := map[string]string{"Cookie": cookies["Cookie"], "HX-Request": "true"}
			tries := []answer{}
			switch method {
			case "GET":
				tries = append(tries, bare(t, "GET", app.URL+path, "", cookies), bare(t, "GET", app.URL+path, "", fragment), bare(t, "HEAD", app.URL+path, "", cookies))
			default: // refused, and what refuses is a page, too
				tries = append(tries, bare(t, method, app.URL+path, "a=b", cookies))
			}
			for _, res := range tries {
				seen[res.status]++
				directives := map[string]string{}
				for d := range strings.SplitSeq(res.header.Get("Content-Security-Policy"), "; ") {
					name, value, _ := strings.Cut(d, " ")
					directives[name] = value
				}
				for name, want := range map[string]string{"frame-ancestors": "'none'", "default-src": "'none'", "base-uri": "'none'", "form-action": "'self'", "script-src": "'self'", "style-src": "'self'"} {
					if directives[name] != want {
						t.Errorf("%s for %s, %d: %s is %q", route, who, res.status, name, directives[name])
					}
				}
				for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin"} {
					if res.header.Get(name) != want {
						t.Errorf("%s for %s, %d: %s is %q", route, who, res.status, name, res.header.Get(name))
					}
				}
			}
		}
	}
	for _, status := range []int{200, 303, 401, 403, 404} { // the walk has met each kind of answer
		if seen[status] == 0 {
			t.Errorf("no answer was %d: %v", status, seen)
		}
	}
	if seen[200] < 100 {
		t.Errorf("%d pages: %v", seen[200], seen)
	}
}
