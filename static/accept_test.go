package static

import (
	"strings"
	"testing"
)

func TestAcceptEncodingIsNegotiatedByQuality(t *testing.T) {
	for header, want := range map[string]string{
		"":                               "",
		"gzip, deflate, br, zstd":        "br",
		"gzip, deflate":                  "gzip",
		"deflate, zstd":                  "",
		"br;q=0.5, gzip;q=0.8":           "gzip",
		"br;q=0, gzip":                   "gzip",
		"*":                              "br",
		"*;q=0.5, br;q=0":                "gzip",
		"gzip;q=0, *":                    "br",
		"identity, br;q=0.2":             "",
		"identity;q=0.1, br;q=0.2":       "br",
		"br;q=0, gzip;q=0, identity;q=0": "",
		"*;q=0":                          "",
		"BR":                             "br",
		" \tbr ; Q=0.001 , *;q=0":        "br",
		"x-gzip":                         "gzip",
		"br;level=3;q=0, gzip;q=1.000":   "gzip",
		"br;q=2":                         "",
		"br;q=":                          "",
		"br;q=0.1234":                    "",
		"br;q=-1":                        "",
		"brr, gzipp":                     "",
		",,;;,br":                        "br",
	} {
		if got := negotiate(header, true, true); got != want {
			t.Errorf("%q: %q, want %q", header, got, want)
		}
	}
	if got := negotiate("br", false, false); got != "" {
		t.Errorf("a file without siblings was promised as %q", got)
	}
}

func FuzzAcceptEncoding(f *testing.F) {
	for _, seed := range []string{"gzip, deflate, br", "br;q=0.5, *;q=0", ";;,,==", "br;q=1.0000", "identity;q=0"} {
		f.Add(seed, true, true)
	}
	f.Fuzz(func(t *testing.T, header string, brotli, gzip bool) {
		got := negotiate(header, brotli, gzip)
		switch got {
		case "":
		case "br", "gzip":
			if got == "br" && !brotli || got == "gzip" && !gzip {
				t.Errorf("%q: promised %s, which there is not", header, got)
			}
			if !strings.Contains(strings.ToLower(header), got) && !strings.Contains(header, "*") {
				t.Errorf("%q: sent %s to a client that never named it", header, got)
			}
		default:
			t.Errorf("%q: %q", header, got)
		}
		if again := negotiate(header+" ", brotli, gzip); again != got {
			t.Errorf("%q: a trailing space changes %q to %q", header, got, again)
		}
	})
}
