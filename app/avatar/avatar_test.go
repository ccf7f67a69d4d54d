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
	"runtime"
	"slices"
	"testing"
	"testing/synctest"
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

func develops(t *testing.T, data []byte) Picture {
	t.Helper()
	p, err := NewStudio(0).Make(t.Context(), bytes.NewReader(data))
	if err != nil {
		t.Fatalf("refused: %v", err)
	}
	return p
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
