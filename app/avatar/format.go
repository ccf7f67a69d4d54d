package avatar

import (
	"bytes"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"mime"
	"path"
	"slices"
	"strings"

	"golang.org/x/image/webp"
)

// facts are what a file says of itself before a pixel of it is decoded.
type facts struct {
	format        *format
	width, height int
	orientation   int     // EXIF's 1 to 8; 1 when the file does not say
	animated      bool    // more than one frame
	perPixel      float64 // bytes that decoding a pixel needs at its peak, an estimate on the high side
	fixed         int64   // bytes beside those
}

func (f facts) pixels() int64 { return int64(f.width) * int64(f.height) }

func (f facts) memory() int64 { return f.fixed + int64(f.perPixel*float64(f.pixels())) }

// format is a kind of file that we take.
type format struct {
	types      []string // as browsers declare it
	extensions []string
	inspect    func(data []byte) (facts, error)
	decode     func(io.Reader) (image.Image, error)
}

func formatJPEG() *format {
	return &format{[]string{"image/jpeg", "image/jpg"}, []string{".jpg", ".jpeg"}, inspectJPEG, jpeg.Decode}
}

func formatPNG() *format {
	return &format{[]string{"image/png"}, []string{".png"}, inspectPNG, png.Decode}
}

func formatWebP() *format {
	return &format{[]string{"image/webp"}, []string{".webp"}, inspectWebP, webp.Decode}
}

const signaturePNG = "\x89PNG\r\n\x1a\n"

// HeadBytes is how many of a file's first bytes [Check] needs.
const HeadBytes = 12

// sniff tells the format by its first bytes; nil is none of ours.
func sniff(head []byte) *format {
	switch {
	case bytes.HasPrefix(head, []byte("\xff\xd8\xff")):
		return formatJPEG()
	case bytes.HasPrefix(head, []byte(signaturePNG)):
		return formatPNG()
	case len(head) >= HeadBytes && string(head[:4]) == "RIFF" && string(head[8:12]) == "WEBP":
		return formatWebP()
	}
	return nil
}

// Check tells whether a file's name, the type its sender declares and its first bytes ([HeadBytes] suffice) agree that it is
// a picture of ours (ASVS 5.2.2). A name without an extension agrees with nothing. The error is a *fault.Invalid on
// "picture": picture.empty, picture.not-an-image or picture.type-mismatch. The name is looked at and forgotten.
func Check(name, declaredType string, head []byte) error {
	if len(head) == 0 {
		return refuse("picture.empty", "Megabytes", MaxBytes>>20)
	}
	format := sniff(head)
	if format == nil {
		return refuse("picture.not-an-image")
	}
	declared, _, err := mime.ParseMediaType(declaredType)
	if err != nil || !slices.Contains(format.types, declared) ||
		!slices.Contains(format.extensions, strings.ToLower(path.Ext(name))) {
		return refuse("picture.type-mismatch")
	}
	return nil
}
