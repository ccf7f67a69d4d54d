package avatar

import (
	"encoding/binary"
	"image"
	"testing"
)

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
