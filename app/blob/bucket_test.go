package blob

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"chancery/app/apptest/s3test"
)

// TestTheBucketStandsInThePathWhenAsked goes by a host name: of an address the SDK knows by itself that no bucket's name fits
// before it.
func TestTheBucketStandsInThePathWhenAsked(t *testing.T) {
	var path string
	var header http.Header
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		path, header = r.URL.Path, r.Header
	}))
	defer server.Close()
	_, port, _ := strings.Cut(strings.TrimPrefix(server.URL, "http://"), ":")
	s := openHurried(t, s3test.URL("localhost:"+port), s3test.Credentials{AccessKeyID: "k", SecretAccessKey: "s"})
	put(t, s, "p/1/64.jpg", "x", "image/jpeg")
	if path != "/pictures/p/1/64.jpg" {
		t.Errorf("asked for %q", path)
	}
	// Several S3-compatible servers refuse what the SDK would add by itself.
	for name := range header {
		if strings.HasPrefix(strings.ToLower(name), "x-amz-checksum") || strings.EqualFold(name, "x-amz-trailer") {
			t.Errorf("a checksum that nobody asked for: %s", name)
		}
	}
}
