package avatar

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math/bits"
	"os"
	"testing"
)

// The pictures of these tests are made here: of four quarters, each of its own colour, so that one sees how it was turned.
// The two lossy WebPs in testdata show the same quarters; Chromium's canvas encoded them, as Go has no encoder.
var (
	red    = color.NRGBA{220, 30, 30, 255}
	green  = color.NRGBA{30, 160, 30, 255}
	blue   = color.NRGBA{30, 30, 220, 255}
	yellow = color.NRGBA{240, 240, 30, 255}
	white  = color.NRGBA{255, 255, 255, 255}
	clear  = color.NRGBA{200, 0, 200, 0} // a colour that must not shine through
)

func quarters(w, h int, topLeft, topRight, bottomLeft, bottomRight color.NRGBA) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := [2][2]color.NRGBA{{topLeft, topRight}, {bottomLeft, bottomRight}}[2*y/h][2*x/w]
			m.SetNRGBA(x, y, c)
		}
	}
	return m
}

func upright(w, h int) *image.NRGBA { return quarters(w, h, red, green, blue, yellow) }

func encodeJPEG(m image.Image, segments ...[]byte) []byte {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: 92}); err != nil {
		panic(err)
	}
	out := append([]byte(nil), b.Bytes()[:2]...)
	for _, s := range segments {
		out = append(out, s...)
	}
	return append(out, b.Bytes()[2:]...)
}

func segment(marker byte, body []byte) []byte {
	return append(binary.BigEndian.AppendUint16([]byte{0xff, marker}, uint16(len(body)+2)), body...)
}

func encodePNG(m image.Image, chunks ...[]byte) []byte {
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		panic(err)
	}
	const ihdr = 8 + 12 + 13
	out := append([]byte(nil), b.Bytes()[:ihdr]...)
	for _, c := range chunks {
		out = append(out, c...)
	}
	return append(out, b.Bytes()[ihdr:]...)
}

func chunk(name string, body []byte) []byte {
	out := binary.BigEndian.AppendUint32(nil, uint32(len(body)))
	out = append(append(out, name...), body...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[4:]))
}

// headerPNG is a PNG that claims a size and has nothing behind it.
func headerPNG(w, h int, depth, colour byte) []byte {
	body := binary.BigEndian.AppendUint32(nil, uint32(w))
	body = binary.BigEndian.AppendUint32(body, uint32(h))
	return append([]byte(signaturePNG), chunk("IHDR", append(body, depth, colour, 0, 0, 0))...)
}

// exif is a directory with an orientation and, in a directory of its own, a place on earth.
func exif(order binary.AppendByteOrder, orientation int) []byte {
	head := map[bool]string{true: "II*\x00", false: "MM\x00*"}[order.String() == "LittleEndian"]
	b := order.AppendUint32([]byte(head), 8)
	entry := func(tag, kind uint16, count, value uint32) {
		b = order.AppendUint32(order.AppendUint16(order.AppendUint16(b, tag), kind), count)
		if kind == 3 {
			b = order.AppendUint16(order.AppendUint16(b, uint16(value)), 0)
		} else {
			b = order.AppendUint32(b, value)
		}
	}
	b = order.AppendUint16(b, 2)
	entry(0x0112, 3, 1, uint32(orientation))
	entry(0x8825, 4, 1, 38) // GPS directory
	b = order.AppendUint32(b, 0)
	b = order.AppendUint16(b, 1)
	entry(0x0002, 2, uint32(len(place)), 56) // latitude
	b = order.AppendUint32(b, 0)
	return append(b, place...)
}

// place is what must never come out again.
const place = "52.5163N 13.3777E"

func jpegEXIF(orientation int) []byte {
	return segment(markerAPP1, append([]byte(exifHeader), exif(binary.BigEndian, orientation)...))
}

// progressive is a grey JPEG of one scan or many, each of which says nothing in one bit a block.
func progressive(w, h, scans int) []byte {
	b := []byte{0xff, 0xd8}
	b = append(b, segment(0xdb, append([]byte{0}, bytes.Repeat([]byte{1}, 64)...))...)
	b = append(b, segment(markerSOF2, []byte{8, byte(h >> 8), byte(h), byte(w >> 8), byte(w), 3, 1, 0x22, 0, 2, 0x11, 0, 3, 0x11, 0})...)
	b = append(b, segment(0xc4, append(append([]byte{0}, 1), append(make([]byte, 15), 0)...))...)
	for range scans {
		b = append(b, segment(markerSOS, []byte{3, 1, 0, 2, 0, 3, 0, 0, 0, 0})...)
		b = append(b, make([]byte, ((w+15)/16)*((h+15)/16)*6/8+1)...)
	}
	return append(b, 0xff, markerEOI)
}

// webpFile is the container; bodies of odd length are padded.
func webpFile(chunks ...[]byte) []byte {
	body := []byte("WEBP")
	for _, c := range chunks {
		body = append(body, c...)
	}
	return append(binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(len(body))), body...)
}

func riffChunk(name string, body []byte) []byte {
	out := append(binary.LittleEndian.AppendUint32([]byte(name), uint32(len(body))), body...)
	return append(out, make([]byte, len(body)&1)...)
}

func vp8x(flags byte, w, h int) []byte {
	body := []byte{flags, 0, 0, 0, byte(w - 1), byte((w - 1) >> 8), byte((w - 1) >> 16), byte(h - 1), byte((h - 1) >> 8), byte((h - 1) >> 16)}
	return riffChunk("VP8X", body)
}

// vp8l encodes without loss and without any cunning: every channel of a pixel is a code of eight bits (RFC 9649, 3).
func vp8l(m *image.NRGBA) []byte {
	w := lossless8(m.Rect.Dx(), m.Rect.Dy())
	for _, alphabet := range []int{280, 256, 256, 256} {
		w.write(0, 1)  // not a simple code
		w.write(8, 4)  // twelve lengths of the code of lengths: in the order 17 18 0 1 2 3 4 5 16 6 7 8
		w.write(0, 6)  // of 17, 18
		w.write(1, 3)  // of 0: one bit
		w.write(0, 24) // of 1 to 7
		w.write(1, 3)  // of 8: one bit
		w.write(0, 1)  // for all of the alphabet
		for symbol := range alphabet {
			w.write(map[bool]uint32{true: 1, false: 0}[symbol < 256], 1)
		}
	}
	w.simple(0)
	for p := m.Pix; len(p) >= 4; p = p[4:] {
		for _, v := range []byte{p[1], p[0], p[2], p[3]} {
			w.write(uint32(bits.Reverse8(v)), 8)
		}
	}
	return riffChunk("VP8L", w.bytes)
}

// flatVP8L is of one colour: a code of one symbol takes no bits, so that any size is a few bytes.
func flatVP8L(w, h int, c color.NRGBA) []byte {
	b := lossless8(w, h)
	for _, v := range []byte{c.G, c.R, c.B, c.A} {
		b.simple(v)
	}
	b.simple(0)
	return riffChunk("VP8L", append(b.bytes, 0, 0, 0, 0))
}

func lossless8(w, h int) *bitWriter {
	b := &bitWriter{}
	b.write(0x2f, 8)
	b.write(uint32(w-1), 14)
	b.write(uint32(h-1), 14)
	b.write(1, 1) // has alpha
	b.write(0, 3) // version
	b.write(0, 3) // no transform, no cache of colours, one group of codes
	return b
}

type bitWriter struct {
	bytes []byte
	n     int
}

func (w *bitWriter) write(v uint32, n int) {
	for i := range n {
		if w.n%8 == 0 {
			w.bytes = append(w.bytes, 0)
		}
		w.bytes[w.n/8] |= byte(v>>i&1) << (w.n % 8)
		w.n++
	}
}

func (w *bitWriter) simple(symbol byte) {
	w.write(1, 1) // simple
	w.write(0, 1) // one symbol
	w.write(1, 1) // of eight bits
	w.write(uint32(symbol), 8)
}

func file(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
