package avatar

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"runtime"
	"testing"
)

// FuzzMake looks for files that make a decoder panic or take more memory than was estimated. Whatever happens, the answer
// is three sizes or a refusal on "picture".
func FuzzMake(f *testing.F) {
	m := upright(24, 16)
	tiff := exif(binary.LittleEndian, 6)
	for _, seed := range [][]byte{
		encodeJPEG(m), encodeJPEG(m, jpegEXIF(8)), encodeJPEG(image.NewGray(m.Rect)), progressive(64, 48, 2),
		encodePNG(m), encodePNG(m, chunk("eXIf", tiff)), encodePNG(m, chunk("acTL", nil)), headerPNG(20_000, 20_000, 16, 6),
		encodePNG(image.NewPaletted(m.Rect, color.Palette{red, clear})), encodePNG(image.NewGray16(m.Rect)),
		webpFile(vp8l(m)), webpFile(flatVP8L(300, 200, red)), webpFile(vp8x(0x18, 24, 16), vp8l(m), riffChunk("EXIF", tiff)),
		webpFile(vp8x(2, 24, 16)), file(f, "lossy.webp"), file(f, "lossy-alpha.webp"),
		nil, []byte("\xff\xd8\xff"), []byte(signaturePNG), []byte("RIFF\x04\x00\x00\x00WEBP"),
	} {
		f.Add(seed)
	}
	s := NewStudio(lossless + 16<<20)
	f.Fuzz(func(t *testing.T, data []byte) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		p, err := s.Make(t.Context(), bytes.NewReader(data))
		runtime.ReadMemStats(&after)

		// All that was ever allocated, hence more than was ever held: the copy of the file, the decoder's share, 64 MiB
		// to shrink and write anew.
		if took := int64(after.TotalAlloc - before.TotalAlloc); took > 8*int64(len(data))+s.budget+64<<20 {
			t.Errorf("%d bytes were allocated for a file of %d", took, len(data))
		}
		if err != nil {
			if key(err) == "" {
				t.Errorf("neither a picture nor a refusal: %v", err)
			}
			return
		}
		for _, side := range Sizes() {
			square(t, p, side)
		}
	})
}
