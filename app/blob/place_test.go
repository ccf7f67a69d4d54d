package blob

import (
	"strings"
	"testing"
)

func TestURLsOfStores(t *testing.T) {
	for url, want := range map[string]place{
		"dir:.data/blobs":                              {dir: ".data/blobs"},
		"dir:/var/lib/x":                               {dir: "/var/lib/x"},
		"s3://pictures":                                {bucket: "pictures"},
		"s3://pictures/?region=eu-central-1":           {bucket: "pictures", region: "eu-central-1"},
		"s3://pictures?endpoint=http://127.0.0.1:9000": {bucket: "pictures", endpoint: "http://127.0.0.1:9000", pathStyle: true},
		"s3://pictures?endpoint=https%3A%2F%2Fs3.example%2F&path_style=true": {bucket: "pictures", endpoint: "https://s3.example", pathStyle: true},
		"s3://my.pictures?endpoint=https://s3.example&path_style=false&region=garage": {
			bucket: "my.pictures", endpoint: "https://s3.example", region: "garage"},
	} {
		got, err := parse(url)
		if err != nil || got != want {
			t.Errorf("%s: %+v, %v; want %+v", url, got, err, want)
		}
	}
}

func TestWrongURLsAreRefusedWithTheReason(t *testing.T) {
	for url, reason := range map[string]string{
		"":                                     "must be dir:PATH or s3://",
		"dir:":                                 "names no directory",
		"/var/lib/x":                           "must be",
		"file:///var/lib/x":                    "must be",
		"S3s://pictures":                       "must be",
		"s3://":                                "bucket's name",
		"s3:pictures":                          "bucket's name",
		"s3://Pictures":                        "bucket's name",
		"s3://pictures:9000":                   "bucket's name",
		"s3://pictures/staff":                  "nothing may follow",
		"s3://pictures#x":                      "nothing may follow",
		"s3://pictures?endpoint=":              "endpoint must",
		"s3://pictures?endpoint=s3.test":       "endpoint must",
		"s3://pictures?endpoint=ftp://s3.test": "endpoint must",
		"s3://pictures?endpoint=http://s3.test/path":  "endpoint must",
		"s3://pictures?endpoint=http://:9000":         "endpoint must",
		"s3://pictures?endpoint=http://k:s@s3.test":   "endpoint must",
		"s3://pictures?region=a/b":                    "region must",
		"s3://pictures?path_style=perhaps":            "path_style must",
		"s3://pictures?pathstyle=true":                "not a parameter",
		"s3://pictures?region=a&region=b":             "given 2 times",
		"s3://pictures?region=%zz":                    "cannot be read",
		"s3://pictures?endpoint=x&region=_&x=1":       "region must", // all faults at once
		"s3://AKIAEXAMPLE:s3cr3t@pictures":            "do not belong",
		"s3://AKIAEXAMPLE:s3cr3t@pictures:not-a-port": "must be",
	} {
		err := Check(url)
		if err == nil || !strings.Contains(err.Error(), reason) {
			t.Errorf("%s: %v, want %q", url, err, reason)
			continue
		}
		if strings.Contains(err.Error(), "s3cr3t") || strings.Contains(err.Error(), "AKIAEXAMPLE") {
			t.Errorf("%s: the message gives a secret away", url)
		}
		if _, err := Open(t.Context(), url, Credentials{}); err == nil {
			t.Errorf("%s: opened all the same", url)
		}
	}
}

func TestABucketOfAWSNeedsARegion(t *testing.T) {
	t.Setenv("AWS_REGION", "")
	t.Setenv("AWS_DEFAULT_REGION", "")
	if _, err := Open(t.Context(), "s3://pictures", Credentials{}); err == nil || !strings.Contains(err.Error(), "region") {
		t.Errorf("%v, want the region asked for", err)
	}
	t.Setenv("AWS_REGION", "eu-central-1")
	if _, err := Open(t.Context(), "s3://pictures", Credentials{}); err != nil {
		t.Errorf("with AWS_REGION: %v", err)
	}
}
