package avatar

import (
	"bytes"
	"encoding/binary"
)

// exifHeader precedes EXIF in a JPEG, and in WebPs of some makers.
const exifHeader = "Exif\x00\x00"

// orientation finds the one fact we want of EXIF: how the picture must be turned to be looked at, 1 to 8 (EXIF 3.0,
// 4.6.5.1.5). Anything unreadable is 1, as it is. Only the first directory is searched: that is where it stands, and a
// thumbnail's own orientation stands in the second.
func orientation(exif []byte) int {
	const tag, short, entry = 0x0112, 3, 12
	tiff := bytes.TrimPrefix(exif, []byte(exifHeader))
	if len(tiff) < 8 {
		return 1
	}
	var order binary.ByteOrder
	switch string(tiff[:4]) {
	case "II*\x00":
		order = binary.LittleEndian
	case "MM\x00*":
		order = binary.BigEndian
	default:
		return 1
	}
	at := int64(order.Uint32(tiff[4:]))
	if at+2 > int64(len(tiff)) {
		return 1
	}
	count := int(order.Uint16(tiff[at:]))
	for entries := tiff[at+2:]; count > 0 && len(entries) >= entry; count, entries = count-1, entries[entry:] {
		if order.Uint16(entries) != tag || order.Uint16(entries[2:]) != short {
			continue
		}
		if o := int(order.Uint16(entries[8:])); o >= 1 && o <= 8 {
			return o
		}
		return 1
	}
	return 1
}
