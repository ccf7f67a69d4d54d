package avatar

import (
	"bytes"
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"chancery/app/fault"
)

// TestTooManyPixelsAreRefusedBeforeTheyAreDecoded proves ASVS 5.2.6 and B-19: the files end after their headers, so that
// any attempt to decode them would find them broken; and next to nothing is allocated.
func TestTooManyPixelsAreRefusedBeforeTheyAreDecoded(t *testing.T) {
	sof := func(w, h int) []byte {
		return append([]byte{0xff, 0xd8}, segment(markerSOF0, []byte{8, byte(h >> 8), byte(h), byte(w >> 8), byte(w), 1, 1, 0x11, 0})...)
	}
	for name, data := range map[string][]byte{
		"png 20,000×20,000":           headerPNG(20_000, 20_000, 8, 2),
		"png, palette":                headerPNG(20_000, 20_000, 8, 3),
		"png, as large as may be":     headerPNG(1<<31-1, 1<<31-1, 8, 6),
		"png, one side":               headerPNG(12_001, 1, 8, 0),
		"png, product":                headerPNG(7_072, 7_072, 8, 2),
		"png, 16 bits a channel":      headerPNG(6_000, 6_000, 16, 6),
		"jpeg":                        sof(20_000, 20_000),
		"jpeg, one side":              sof(1, 12_001),
		"webp, canvas":                webpFile(vp8x(0, 20_000, 20_000)),
		"webp, largest canvas":        webpFile(vp8x(0, 1<<24, 1<<24)),
		"webp, lossless":              webpFile(flatVP8L(16_000, 16_000, red)),
		"jpeg, progressive":           progressive(7_000, 7_000, 1)[:400],
		"animated and much too large": webpFile(vp8x(2, 20_000, 20_000)),
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		refused(t, name, data, "picture.too-many-pixels")
		runtime.ReadMemStats(&after)
		if took := after.TotalAlloc - before.TotalAlloc; took > 1<<20 {
			t.Errorf("%s: %d bytes were allocated to refuse it", name, took)
		}
	}
}

// TestOtherThingsAreRefused proves S0-7's second half and ASVS 5.2.2.
func TestOtherThingsAreRefused(t *testing.T) {
	m := upright(64, 64)
	pngFile, jpegFile, webpLossy := encodePNG(m), encodeJPEG(m), file(t, "lossy.webp")
	bomb := progressive(64, 64, maxScans+1)
	for name, test := range map[string]struct {
		data []byte
		key  string
	}{
		"nothing":                     {nil, "picture.empty"},
		"a byte too many":             {make([]byte, MaxBytes+1), "picture.too-large"},
		"a real one, but too long":    {append(jpegFile, make([]byte, MaxBytes)...), "picture.too-large"},
		"text":                        {[]byte("hello"), "picture.not-an-image"},
		"zeros":                       {make([]byte, MaxBytes), "picture.not-an-image"},
		"SVG":                         {[]byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`), "picture.not-an-image"},
		"HTML":                        {[]byte("<!doctype html><script>"), "picture.not-an-image"},
		"GIF":                         {[]byte("GIF89a\x01\x00\x01\x00\x00\x00\x00;"), "picture.not-an-image"},
		"BMP":                         {[]byte("BM\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"), "picture.not-an-image"},
		"HEIC":                        {[]byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00"), "picture.not-an-image"},
		"RIFF of another kind":        {[]byte("RIFF\x04\x00\x00\x00WAVE"), "picture.not-an-image"},
		"APNG":                        {encodePNG(m, chunk("acTL", []byte{0, 0, 0, 2, 0, 0, 0, 0})), "picture.animated"},
		"animated WebP by its flag":   {webpFile(vp8x(2, 64, 64), vp8l(m)), "picture.animated"},
		"animated WebP by its frames": {webpFile(vp8x(0, 64, 64), riffChunk("ANMF", make([]byte, 16))), "picture.animated"},
		"a PNG's signature only":      {[]byte(signaturePNG), "picture.broken"},
		"a PNG cut off":               {pngFile[:len(pngFile)/2], "picture.broken"},
		"a PNG with a wrong sum":      {flip(pngFile, 30), "picture.broken"},
		"a PNG without pixels":        {headerPNG(64, 64, 8, 2), "picture.broken"},
		"a PNG of no width":           {headerPNG(0, 64, 8, 2), "picture.broken"},
		"a JPEG cut off":              {jpegFile[:len(jpegFile)/2], "picture.broken"},
		"a JPEG's first bytes only":   {[]byte("\xff\xd8\xff"), "picture.broken"},
		"a JPEG of endless scans":     {bomb, "picture.broken"},
		"a WebP cut off":              {webpLossy[:len(webpLossy)-20], "picture.broken"},
		"a WebP without chunks":       {webpFile(), "picture.broken"},
		"a WebP with two canvases":    {webpFile(vp8x(0, 64, 64), vp8x(0, 64, 64), vp8l(m)), "picture.broken"},
		"a WebP with a late canvas":   {webpFile(flatVP8L(16_000, 16_000, red), vp8x(0, 64, 64)), "picture.broken"},
		"a WebP beyond its canvas":    {webpFile(vp8x(0, 64, 64), flatVP8L(16_000, 16_000, red)), "picture.broken"},
	} {
		refused(t, name, test.data, test.key)
	}
	// What the bomb is made of is a fine picture when it ends in time.
	develops(t, progressive(64, 64, 1))
}

func flip(data []byte, at int) []byte {
	out := bytes.Clone(data)
	out[at] ^= 1
	return out
}

// TestTheBodyIsNotReadBeyondTheLimit proves ASVS 5.2.1.
func TestTheBodyIsNotReadBeyondTheLimit(t *testing.T) {
	endless := &counting{}
	if _, err := NewStudio(0).Make(t.Context(), endless); key(err) != "picture.too-large" {
		t.Errorf("%v", err)
	}
	if endless.n > MaxBytes+64<<10 {
		t.Errorf("%d bytes were read", endless.n)
	}
}

type counting struct{ n int }

func (c *counting) Read(p []byte) (int, error) {
	c.n += len(p)
	return len(p), nil
}

func TestAnUploadThatBreaksOffIsNotThePersonsFault(t *testing.T) {
	_, err := NewStudio(0).Make(t.Context(), io.MultiReader(strings.NewReader("\xff\xd8\xff"), iotest.ErrReader(io.ErrUnexpectedEOF)))
	if !errors.Is(err, io.ErrUnexpectedEOF) || key(err) != "" {
		t.Errorf("%v", err)
	}
}

// TestNameTypeAndContentMustAgree proves ASVS 5.2.2.
func TestNameTypeAndContentMustAgree(t *testing.T) {
	m := upright(8, 8)
	heads := map[string][]byte{"jpeg": encodeJPEG(m)[:HeadBytes], "png": encodePNG(m)[:HeadBytes], "webp": webpFile(vp8l(m))[:HeadBytes]}
	for _, test := range []struct{ name, declared, head, key string }{
		{"me.jpg", "image/jpeg", "jpeg", ""},
		{"Me.JPEG", "Image/JPEG", "jpeg", ""},
		{"me.jpg", "image/jpg", "jpeg", ""}, // a name some clients invented
		{"José Zoë 山.png", "image/png", "png", ""},
		{"me.v2.webp", "image/webp; q=1", "webp", ""},
		{"me.png", "image/png", "jpeg", "picture.type-mismatch"},
		{"me.jpg", "image/png", "jpeg", "picture.type-mismatch"},
		{"me.png", "image/jpeg", "jpeg", "picture.type-mismatch"},
		{"me.jpg.html", "image/jpeg", "jpeg", "picture.type-mismatch"},
		{"me.svg", "image/svg+xml", "png", "picture.type-mismatch"},
		{"blob", "image/jpeg", "jpeg", "picture.type-mismatch"},
		{"", "image/jpeg", "jpeg", "picture.type-mismatch"},
		{"me.jpg", "", "jpeg", "picture.type-mismatch"},
		{"me.jpg", "application/octet-stream", "jpeg", "picture.type-mismatch"},
		{"me.jpg", ";;", "jpeg", "picture.type-mismatch"},
		{"me.gif", "image/gif", "GIF89a", "picture.not-an-image"},
		{"me.jpg", "image/jpeg", "<svg xmlns=", "picture.not-an-image"},
		{"me.webp", "image/webp", "RIFF", "picture.not-an-image"},
		{"me.jpg", "image/jpeg", "", "picture.empty"},
	} {
		head, ok := heads[test.head]
		if !ok {
			head = []byte(test.head)
		}
		if got := key(Check(test.name, test.declared, head)); got != test.key {
			t.Errorf("%q declared %q with %q inside: %q, want %q", test.name, test.declared, test.head, got, test.key)
		}
	}
}

func refused(t *testing.T, name string, data []byte, want string) {
	t.Helper()
	p, err := NewStudio(0).Make(t.Context(), bytes.NewReader(data))
	if got := key(err); got != want {
		t.Errorf("%s: %v, want %s", name, err, want)
	}
	if p.Sizes != nil {
		t.Errorf("%s: something was made all the same", name)
	}
}

// key is the one message on "picture", or "" when err is anything else.
func key(err error) string {
	var invalid *fault.Invalid
	if !errors.As(err, &invalid) || len(invalid.Fields) != 1 || invalid.Fields[0].Name != "picture" {
		return ""
	}
	return invalid.Fields[0].Message.Key
}
