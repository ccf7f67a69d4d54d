package avatar

import "encoding/binary"

// inspectPNG reads the header and walks over the chunks (PNG 3rd edition, 5.3 and 11.2).
func inspectPNG(data []byte) (facts, error) {
	const header = 8 + 8 + 13 // signature, length and name, IHDR
	if len(data) < header || string(data[12:16]) != "IHDR" {
		return facts{}, errBroken
	}
	width, height := binary.BigEndian.Uint32(data[16:]), binary.BigEndian.Uint32(data[20:])
	if width > 1<<31-1 || height > 1<<31-1 {
		return facts{}, errBroken // PNG's own limit
	}
	f := facts{width: int(width), height: int(height), orientation: 1}
	depth, colour, interlaced := data[24], data[25], data[28] != 0

	var transparent bool
	for rest := data[8:]; len(rest) >= 12 && string(rest[4:8]) != "IEND"; {
		length := int64(binary.BigEndian.Uint32(rest))
		if length > int64(len(rest)-12) {
			break // cut off: the decoder will say so
		}
		body := rest[8 : 8+length]
		switch string(rest[4:8]) {
		case "acTL":
			f.animated = true
		case "tRNS":
			transparent = true
		case "eXIf":
			f.orientation = orientation(body)
		}
		rest = rest[12+length:]
	}

	f.perPixel = pngBytes(depth, colour, transparent)
	if interlaced {
		f.perPixel *= 2 // each of the seven passes is a picture of its own first
	}
	return f, nil
}

// pngBytes is how many bytes image/png takes for a pixel.
func pngBytes(depth, colour byte, transparent bool) float64 {
	const grey, palette = 0, 3
	switch {
	case colour == palette:
		return 1
	case colour == grey && !transparent:
		return float64(max(depth, 8) / 8)
	case depth == 16:
		return 8
	default:
		return 4
	}
}
