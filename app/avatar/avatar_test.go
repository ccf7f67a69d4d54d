package avatar

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"

	"chancery/app/fault"
)

// TestJPEGPNGAndWebPBecomeThreeSquareJPEGs proves S0-7's first half and B-19.
func TestJPEGPNGAndWebPBecomeThreeSquareJPEGs(t *testing.T) {
	m := upright(480, 320)
	for name, data := range map[string][]byte{
		"jpeg":           encodeJPEG(m),
		"png":            encodePNG(m),
		"webp, lossless": webpFile(vp8l(m)),
		"webp, extended": webpFile(vp8x(0x10, 480, 320), vp8l(m)),
		"webp, lossy":    file(t, "lossy.webp"),
	} {
		t.Run(name, func(t *testing.T) {
			p := develops(t, data)
			if p.Type != "image/jpeg" || len(p.Sizes) != 3 || p.Width*2 != p.Height*3 {
				t.Errorf("type %q, %d sizes, source %d×%d", p.Type, len(p.Sizes), p.Width, p.Height)
			}
			for _, side := range Sizes() {
				looks(t, square(t, p, side), red, green, blue, yellow)
			}
		})
	}
}

// TestASmallOrLongPictureIsAccepted proves S0-8: 200×200 is a recommendation.
func TestASmallOrLongPictureIsAccepted(t *testing.T) {
	for _, size := range []image.Point{{1, 1}, {2, 3}, {40, 40}, {12_000, 1}, {1, 12_000}, {3000, 2}, {1025, 1023}, {2049, 2050}} {
		p := develops(t, encodePNG(image.NewGray(image.Rectangle{Max: size})))
		if p.Width != size.X || p.Height != size.Y {
			t.Errorf("%v is told to be %d×%d", size, p.Width, p.Height)
		}
		for _, side := range Sizes() {
			square(t, p, side)
		}
	}
	p := develops(t, encodePNG(upright(40, 40)))
	looks(t, square(t, p, 512), red, green, blue, yellow)
}

func TestTheMiddleOfALongPictureIsKept(t *testing.T) {
	m, middle := quarters(900, 300, white, white, white, white), upright(300, 300)
	draw.Draw(m, image.Rect(300, 0, 600, 300), middle, image.Point{}, draw.Src)
	looks(t, square(t, develops(t, encodePNG(m)), 256), red, green, blue, yellow)
}

// TestOrientationIsApplied proves B-19 for all eight of EXIF's, written as the standard words them: what the stored first
// row and first column are when one looks at the picture.
func TestOrientationIsApplied(t *testing.T) {
	look := upright(480, 320)
	for o, sides := range map[int][2]string{
		1: {"top", "left"}, 2: {"top", "right"}, 3: {"bottom", "right"}, 4: {"bottom", "left"},
		5: {"left", "top"}, 6: {"right", "top"}, 7: {"right", "bottom"}, 8: {"left", "bottom"},
	} {
		m := stored(look, sides[0], sides[1])
		tiff := exif(binary.LittleEndian, o)
		for name, data := range map[string][]byte{
			"jpeg":           encodeJPEG(m, jpegEXIF(o)),
			"png":            encodePNG(m, chunk("eXIf", tiff)),
			"webp":           webpFile(vp8x(0x18, m.Rect.Dx(), m.Rect.Dy()), vp8l(m), riffChunk("EXIF", tiff)),
			"webp, prefixed": webpFile(vp8x(0x18, m.Rect.Dx(), m.Rect.Dy()), vp8l(m), riffChunk("EXIF", append([]byte(exifHeader), tiff...))),
		} {
			p := develops(t, data)
			if p.Width != 480 || p.Height != 320 {
				t.Errorf("%s, orientation %d: told to be %d×%d", name, o, p.Width, p.Height)
			}
			for _, side := range Sizes() {
				if !looks(t, square(t, p, side), red, green, blue, yellow) {
					t.Errorf("%s, orientation %d", name, o)
				}
			}
		}
	}
}

// stored gives the pixels as a camera keeps them whose first row and first column are at these sides of the view.
func stored(look *image.NRGBA, row, column string) *image.NRGBA {
	w, h := look.Rect.Dx(), look.Rect.Dy()
	lengths := map[string]int{"top": w, "bottom": w, "left": h, "right": h}
	m := image.NewNRGBA(image.Rect(0, 0, lengths[row], lengths[column]))
	for y := range m.Rect.Dy() {
		for x := range m.Rect.Dx() {
			var at image.Point
			for side, distance := range map[string]int{row: y, column: x} {
				switch side {
				case "top":
					at.Y = distance
				case "bottom":
					at.Y = h - 1 - distance
				case "left":
					at.X = distance
				case "right":
					at.X = w - 1 - distance
				}
			}
			m.SetNRGBA(x, y, look.NRGBAAt(at.X, at.Y))
		}
	}
	return m
}

func TestNonsenseInEXIFLeavesThePictureAsItIs(t *testing.T) {
	whole := exif(binary.BigEndian, 6)
	for n := range len(whole) {
		if got := orientation(whole[:n]); got != 1 && n < 22 {
			t.Errorf("cut off after %d bytes: %d", n, got)
		}
	}
	for _, o := range []int{0, 9, 65535} {
		if got := orientation(exif(binary.LittleEndian, o)); got != 1 {
			t.Errorf("orientation %d is taken as %d", o, got)
		}
	}
}

// TestThePlaceWhereItWasTakenIsGone proves ASVS 14.2.8 and B-19's "no GPS left": whatever a file carries beside pixels.
func TestThePlaceWhereItWasTakenIsGone(t *testing.T) {
	m, tiff := upright(300, 300), exif(binary.BigEndian, 1)
	for name, data := range map[string][]byte{
		"jpeg, EXIF":      encodeJPEG(m, jpegEXIF(1)),
		"jpeg, XMP":       encodeJPEG(m, segment(markerAPP1, []byte("http://ns.adobe.com/xap/1.0/\x00"+place))),
		"jpeg, comment":   encodeJPEG(m, segment(0xfe, []byte(place))),
		"jpeg, behind it": append(encodeJPEG(m), place...),
		"png, eXIf":       encodePNG(m, chunk("eXIf", tiff)),
		"png, text":       encodePNG(m, chunk("tEXt", []byte("Location\x00"+place))),
		"png, behind it":  append(encodePNG(m), place...),
		"webp, EXIF":      webpFile(vp8x(0x18, 300, 300), vp8l(m), riffChunk("EXIF", tiff)),
		"webp, XMP":       webpFile(vp8x(0x14, 300, 300), vp8l(m), riffChunk("XMP ", []byte(place))),
	} {
		if !bytes.Contains(data, []byte(place)) {
			t.Fatalf("%s: the source does not tell the place: the test proves nothing", name)
		}
		p := develops(t, data)
		for side, out := range p.Sizes {
			if bytes.Contains(out, []byte(place)) || bytes.Contains(out, []byte("Exif")) {
				t.Errorf("%s: the place is in size %d", name, side)
			}
			if markers := segments(out); slices.ContainsFunc(markers, func(m byte) bool { return !bytes.Contains([]byte{0xdb, 0xc0, 0xc4, 0xda}, []byte{m}) }) {
				t.Errorf("%s: size %d has segments % x beside tables, frame and scan", name, side, markers)
			}
			if !bytes.HasSuffix(out, []byte{0xff, markerEOI}) {
				t.Errorf("%s: something follows the end of size %d", name, side)
			}
		}
	}
}

// segments lists the markers of a JPEG up to its scan.
func segments(data []byte) (markers []byte) {
	for at := 2; at+4 <= len(data) && data[at] == 0xff; {
		markers = append(markers, data[at+1])
		if data[at+1] == markerSOS {
			break
		}
		at += 2 + int(binary.BigEndian.Uint16(data[at+2:]))
	}
	return markers
}

func TestWhatWasTransparentIsWhite(t *testing.T) {
	m := quarters(300, 300, red, green, blue, clear)
	palette := image.NewPaletted(m.Rect, color.Palette{red, green, blue, clear})
	for y := range 300 {
		for x := range 300 {
			palette.Set(x, y, m.At(x, y))
		}
	}
	for name, data := range map[string][]byte{
		"png":            encodePNG(m),
		"png, palette":   encodePNG(palette),
		"webp, lossless": webpFile(vp8l(m)),
		"webp, lossy":    file(t, "lossy-alpha.webp"),
	} {
		if !looks(t, square(t, develops(t, data), 512), red, green, blue, white) {
			t.Error(name)
		}
	}
}

// TestTheSameUploadGivesTheSameBytes: a reconcile that is repeated changes nothing.
func TestTheSameUploadGivesTheSameBytes(t *testing.T) {
	a, b := develops(t, encodePNG(upright(500, 500))), develops(t, encodePNG(upright(500, 500)))
	for _, side := range Sizes() {
		if !bytes.Equal(a.Sizes[side], b.Sizes[side]) {
			t.Errorf("size %d differs", side)
		}
	}
}

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

// TestDecodesAreCapped proves ASVS 5.2.1: when all places or all memory is taken, one waits, and may give up waiting.
func TestDecodesAreCapped(t *testing.T) {
	data := encodePNG(upright(64, 64))
	for name, take := range map[string]func(s *Studio) (release func()){
		"places": func(s *Studio) func() {
			n := int64(runtime.GOMAXPROCS(0))
			_ = s.places.Acquire(context.Background(), n)
			return func() { s.places.Release(n) }
		},
		"memory": func(s *Studio) func() {
			_ = s.memory.Acquire(context.Background(), s.budget)
			return func() { s.memory.Release(s.budget) }
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := NewStudio(0)
				release := take(s)
				impatient, giveUp := context.WithCancel(t.Context())
				var patientErr, impatientErr error
				done := 0
				go func() { _, patientErr = s.Make(t.Context(), bytes.NewReader(data)); done++ }()
				synctest.Wait()
				go func() { _, impatientErr = s.Make(impatient, bytes.NewReader(data)); done++ }()
				synctest.Wait()
				if done != 0 {
					t.Fatal("it went ahead")
				}
				giveUp()
				synctest.Wait()
				if done != 1 || !errors.Is(impatientErr, context.Canceled) || key(impatientErr) != "" {
					t.Errorf("gave up with %v", impatientErr)
				}
				release()
				synctest.Wait()
				if done != 2 || patientErr != nil {
					t.Errorf("waited, and got %v", patientErr)
				}
			})
		})
	}
}

func TestADecodeEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := formatJPEG().decode(&watched{ctx: ctx, r: bytes.NewReader(encodeJPEG(upright(64, 64)))})
	if !errors.Is(err, context.Canceled) {
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

func develops(t *testing.T, data []byte) Picture {
	t.Helper()
	p, err := NewStudio(0).Make(t.Context(), bytes.NewReader(data))
	if err != nil {
		t.Fatalf("refused: %v", err)
	}
	return p
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

func square(t *testing.T, p Picture, side int) image.Image {
	t.Helper()
	m, err := jpeg.Decode(bytes.NewReader(p.Sizes[side]))
	if err != nil {
		t.Fatalf("size %d: %v", side, err)
	}
	if m.Bounds() != image.Rect(0, 0, side, side) {
		t.Fatalf("size %d is %v", side, m.Bounds())
	}
	return m
}

// looks compares the middle of each quarter.
func looks(t *testing.T, m image.Image, topLeft, topRight, bottomLeft, bottomRight color.NRGBA) bool {
	t.Helper()
	side := m.Bounds().Dx()
	ok := true
	for at, want := range map[image.Point]color.NRGBA{
		{side / 4, side / 4}: topLeft, {3 * side / 4, side / 4}: topRight,
		{side / 4, 3 * side / 4}: bottomLeft, {3 * side / 4, 3 * side / 4}: bottomRight,
	} {
		got := color.NRGBAModel.Convert(m.At(at.X, at.Y)).(color.NRGBA)
		for _, d := range []int{int(got.R) - int(want.R), int(got.G) - int(want.G), int(got.B) - int(want.B)} {
			if d < -24 || d > 24 {
				t.Errorf("size %d at %v is %v, want %v", side, at, got, want)
				ok = false
				break
			}
		}
	}
	return ok
}
