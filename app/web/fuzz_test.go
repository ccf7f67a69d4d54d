package web

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
)

// FuzzForm reads any body as a form: what comes out is text, bounded, or one of the two refusals; a kept form stays
// within the house and never holds a password.
func FuzzForm(f *testing.F) {
	for _, s := range [][2]string{
		{fiber.MIMEApplicationForm, "first_name=Ana&last_name=Li&profiles=a&profiles=b"},
		{fiber.MIMEApplicationForm, "a=%ff&b=%00"},
		{fiber.MIMEApplicationForm, "kept_method=PATCH&kept_path=/me&typed_bio=x&typed_password=y"},
		{fiber.MIMEApplicationForm, "kept_method=POST&kept_path=//evil.example&typed_a=b"},
		{"multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb\r\n--x--\r\n"},
		{"multipart/form-data; boundary=x", "--x\r\n"},
		{"application/json", "{}"}, {";;", "a"}, {"", ""}, {"", "a=b"},
		{fiber.MIMEApplicationForm, strings.Repeat("a&", 500)},
	} {
		f.Add(s[0], s[1])
	}
	app := fiber.New()
	f.Fuzz(func(t *testing.T, kind, body string) {
		c := app.AcquireCtx(&fasthttp.RequestCtx{})
		defer app.ReleaseCtx(c)
		c.Request().Header.SetMethod(fiber.MethodPost)
		c.Request().Header.Set(fiber.HeaderContentType, kind)
		c.Request().SetBodyString(body)
		r := &request{Ctx: c}
		form, err := r.parse()
		if err != nil {
			if !errors.Is(err, errMedia) && !errors.Is(err, errMalformed) {
				t.Errorf("%v is no refusal", err)
			}
			return
		}
		n := 0
		for name, values := range form {
			n += len(values)
			for _, v := range values {
				if !utf8.ValidString(name) || !utf8.ValidString(v) || strings.ContainsRune(v, 0) {
					t.Errorf("%q=%q is no text", name, v)
				}
			}
		}
		if n > fieldsMax {
			t.Errorf("%d fields", n)
		}
		if kept := keptFrom(form); kept != nil {
			if !local(kept.Path) || kept.Method == fiber.MethodGet || len(kept.Fields) == 0 {
				t.Errorf("%+v", kept)
			}
			for _, field := range kept.Fields {
				if secretField(strings.TrimPrefix(field.Name, keptMark)) {
					t.Errorf("%s is carried on", field.Name)
				}
			}
		}
	})
}

// FuzzForwardedAddress reads any header of a trusted proxy: the answer is an address that stands in the header or the
// proxy's own, and a trusted one only when nobody else does.
func FuzzForwardedAddress(f *testing.F) {
	for _, h := range []string{"", "203.0.113.7", "198.51.100.1, 203.0.113.7", "203.0.113.7, 10.0.0.2", "evil, 203.0.113.7", "203.0.113.7, evil",
		"::ffff:203.0.113.7", "fe80::1%eth0", "[2001:db8::1]:443", ",,", " , 10.0.0.9", "10.0.0.3,10.0.0.2"} {
		f.Add(h)
	}
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	proxy := netip.MustParseAddr("10.0.0.1")
	f.Fuzz(func(t *testing.T, header string) {
		got := forwardedAddress(proxy, header, trusted)
		if !got.IsValid() || got.Zone() != "" || got.Is4In6() {
			t.Fatalf("%q gives %v", header, got)
		}
		known := got == proxy
		for hop := range strings.SplitSeq(header, ",") {
			if a, err := netip.ParseAddr(strings.TrimSpace(hop)); err == nil && a.Unmap().WithZone("") == got {
				known = true
			}
		}
		if !known {
			t.Errorf("%q gives %v, which stands nowhere", header, got)
		}
		// Whatever a stranger writes in front changes nothing once an address that is not trusted was found.
		if !within(got, trusted) {
			if again := forwardedAddress(proxy, "192.0.2.1, "+header, trusted); again != got {
				t.Errorf("%q gives %v, and %v with a word in front", header, got, again)
			}
		}
	})
}

func TestForwardedAddress(t *testing.T) {
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	for header, want := range map[string]string{
		"":                               "10.0.0.1",
		"203.0.113.7":                    "203.0.113.7",
		"198.51.100.1, 203.0.113.7":      "203.0.113.7",
		"203.0.113.7, 10.0.0.2":          "203.0.113.7",
		"198.51.100.1, evil, 10.0.0.2":   "10.0.0.2",
		"::ffff:203.0.113.7":             "203.0.113.7",
		"2001:db8::1%eth0, 10.0.0.2":     "2001:db8::1",
		"10.0.0.3, 10.0.0.2":             "10.0.0.3",
		"203.0.113.7, 198.51.100.1:4711": "10.0.0.1",
	} {
		if got := forwardedAddress(netip.MustParseAddr("10.0.0.1"), header, trusted).String(); got != want {
			t.Errorf("%q gives %s, want %s", header, got, want)
		}
	}
}

func TestOnlyPathsOfOursAreComeBackTo(t *testing.T) {
	for path, want := range map[string]bool{"/me": true, "/users?q=a&page=2": true, "/": true, "": false, "me": false, "//evil": false, "/\\evil": false,
		"/sign-in": false, "/sign-in?next=/me": false, "/static/x": false, "/a\nb": false, "https://evil.example": false, "/" + strings.Repeat("a", 1100): false} {
		if local(path) != want {
			t.Errorf("local(%.40q) is %t", path, !want)
		}
	}
}
