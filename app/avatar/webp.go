package avatar

import (
	"bytes"
	"encoding/binary"

	"golang.org/x/image/webp"
)

// lossless is what the trees of a lossless WebP may take: 2,600 groups of five, which is where golang.org/x/image stops.
const lossless = 52 << 20

// inspectWebP walks over the chunks (RFC 9649, 2.3 to 2.7).
func inspectWebP(data []byte) (facts, error) {
	f := facts{orientation: 1, perPixel: 1.5} // 4:2:0
	var extended, framed bool
	for rest := data[12:]; len(rest) >= 8; {
		length := int64(binary.LittleEndian.Uint32(rest[4:]))
		body := rest[8:]
		whole := length <= int64(len(body))
		if whole {
			body = body[:length]
		}
		switch string(rest[:4]) {
		case "VP8X":
			// The decoder believes the canvas only when it comes before the pixels; one that comes after would let a
			// small canvas hide a huge picture.
			if len(body) < 10 || extended || framed {
				return facts{}, errBroken
			}
			extended = true
			f.animated = f.animated || body[0]&2 != 0
			f.width, f.height = 1+uint24(body[4:]), 1+uint24(body[7:])
		case "ANIM", "ANMF":
			f.animated = true
		case "ALPH":
			f.perPixel += 6 // one byte, and four while it is read as a picture, and its transforms
			f.fixed = lossless
		case "VP8 ":
			framed = true
		case "VP8L":
			framed = true
			f.perPixel += 7.5 // four, twice when there is a palette, and a transform's tiles
			f.fixed = lossless
		case "EXIF":
			f.orientation = orientation(body)
		}
		if !whole {
			break // cut off: the decoder will say so
		}
		rest = rest[8+min(length+length&1, int64(len(rest)-8)):]
	}
	if !extended {
		config, err := webp.DecodeConfig(bytes.NewReader(data))
		if err != nil {
			return facts{}, err
		}
		f.width, f.height = config.Width, config.Height
	}
	return f, nil
}

func uint24(b []byte) int { return int(b[0]) | int(b[1])<<8 | int(b[2])<<16 }
