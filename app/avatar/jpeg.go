package avatar

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image/jpeg"
)

var errBroken = errors.New("the file is not what its first bytes promise")

// maxScans is how often a JPEG may go over its pixels. A progressive one does so about ten times; a few bytes ask for one
// more pass over all of them, so that 5 MiB could keep a processor busy for minutes.
const maxScans = 64

// JPEG's markers that matter here (ITU-T T.81, table B.1).
const (
	markerSOF0  = 0xc0 // baseline
	markerSOF2  = 0xc2 // progressive
	markerRST0  = 0xd0
	markerRST7  = 0xd7
	markerEOI   = 0xd9
	markerSOS   = 0xda
	markerAPP1  = 0xe1
	markerAPP14 = 0xee
)

// frame is what a JPEG's frame header and its neighbours say.
type frame struct {
	width, height int
	progressive   bool
	planes        float64 // samples per pixel, by the subsampling
	components    int
	rgb           bool // the samples are red, green and blue as they are
	scans         int
	orientation   int
}

func inspectJPEG(data []byte) (facts, error) {
	f := readFrame(data)
	// The decoder's own reading of the header is the one that decides how much it allocates. When it fails here, it
	// fails again, before it allocates: until then what the header claims may be said.
	config, err := jpeg.DecodeConfig(bytes.NewReader(data))
	if err == nil && (config.Width != f.width || config.Height != f.height) || f.scans > maxScans {
		return facts{}, errBroken
	}
	perPixel := f.planes
	if f.progressive {
		perPixel += 4 * f.planes // an int32 for each coefficient, until the last scan is read
	}
	if f.components == 4 || f.rgb {
		perPixel += 4 // copied into one plane at the end
	}
	return facts{width: f.width, height: f.height, orientation: f.orientation, perPixel: perPixel}, nil
}

// readFrame walks over the segments as a decoder does. What it cannot read it leaves to the decoder to refuse.
func readFrame(data []byte) frame {
	f := frame{orientation: 1}
	for at := 2; at+4 <= len(data); {
		if data[at] != 0xff || data[at+1] == 0 || data[at+1] == 0xff {
			at++ // pixels of a scan, a stuffed byte, filling
			continue
		}
		marker := data[at+1]
		if marker == markerEOI {
			break
		}
		if marker >= markerRST0 && marker <= markerRST7 {
			at += 2
			continue
		}
		length := int(binary.BigEndian.Uint16(data[at+2:]))
		end := at + 2 + length
		if length < 2 || end > len(data) {
			break
		}
		f.read(marker, data[at+4:end])
		at = end
	}
	return f
}

func (f *frame) read(marker byte, body []byte) {
	switch {
	case marker >= markerSOF0 && marker <= markerSOF2 && f.components == 0 && len(body) >= 6:
		f.progressive = marker == markerSOF2
		f.height = int(binary.BigEndian.Uint16(body[1:]))
		f.width = int(binary.BigEndian.Uint16(body[3:]))
		f.components = int(body[5])
		f.readComponents(body[6:])
	case marker == markerSOS:
		f.scans++
	case marker == markerAPP1 && bytes.HasPrefix(body, []byte(exifHeader)) && f.orientation == 1:
		f.orientation = orientation(body)
	case marker == markerAPP14 && len(body) >= 12 && string(body[:5]) == "Adobe" && body[11] == 0:
		f.rgb = true
	}
}

// readComponents adds up the planes: each is as large as its share of the largest sampling factors.
func (f *frame) readComponents(body []byte) {
	var samples, widest, highest int
	var names []byte
	for ; len(body) >= 3; body = body[3:] {
		h, v := int(body[1]>>4), int(body[1]&15)
		samples += h * v
		widest, highest = max(widest, h), max(highest, v)
		names = append(names, body[0])
	}
	f.rgb = f.rgb || string(names) == "RGB"
	f.planes = 4 // as nonsense may cost; the decoder refuses it
	if widest*highest > 0 {
		f.planes = max(1, float64(samples)/float64(widest*highest))
	}
}
