package static

import (
	"bytes"
	"io"
	"strings"
)

// passwordsName is the list that the build makes: lower case, 8 characters or more, sorted by bytes, one a line.
// It is read where it lies in the binary and never served.
const passwordsName = "passwords.txt"

// longestPassword bounds what is looked up; no line of the list is longer (a test holds the build to it).
const longestPassword = 64

type passwords struct {
	at   io.ReaderAt
	size int64
}

// IsCommonPassword reports whether a password is one of the well-known ones (ASVS 6.2.4), or one of them in the usual
// disguises: capitals, digits and punctuation at the end ("Password2024!"), and letters written as signs ("p@ssw0rd":
// @→a 0→o 3→e $→s !→i, 1→l or i). Before the assets are built it knows none.
//
// The disguises can hide a short word too ("Dragon99!"); the list holds only words of 8 characters or more, so those
// are left to the policy's other rules. The answer takes a dozen and a half short reads per spelling, no copy of the list.
func (a *Assets) IsCommonPassword(password string) bool {
	if a.passwords.size == 0 {
		return false
	}
	word := strings.ToLower(password)
	bare := strings.TrimRight(word, "0123456789!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~ ")
	for _, spelling := range []string{word, bare, asL.Replace(word), asI.Replace(word), asL.Replace(bare), asI.Replace(bare)} {
		if a.passwords.contain(spelling) {
			return true
		}
	}
	return false
}

// The two ways of reading a word whose letters were written as signs: 1 stands for l or for i.
var (
	asL = strings.NewReplacer("@", "a", "0", "o", "3", "e", "$", "s", "!", "i", "1", "l")
	asI = strings.NewReplacer("@", "a", "0", "o", "3", "e", "$", "s", "!", "i", "1", "i")
)

// contain searches the lines by halves: the line that covers the middle of what is left decides which half remains.
func (p passwords) contain(word string) bool {
	if word == "" || len(word) > longestPassword {
		return false
	}
	var buf [2*longestPassword + 2]byte
	low, high := int64(0), p.size // both at the beginning of a line, or at the end
	for low < high {
		start, line := p.lineAt((low+high)/2, buf[:])
		switch strings.Compare(word, string(line)) {
		case 0:
			return true
		case -1:
			high = start
		default:
			low = start + int64(len(line)) + 1
		}
	}
	return false
}

// lineAt returns the line that covers an offset, and where it begins.
func (p passwords) lineAt(offset int64, buf []byte) (int64, []byte) {
	from := max(offset-longestPassword-1, 0)
	n, _ := p.at.ReadAt(buf, from) // short at the end of the list: n says so
	text, here := buf[:n], int(offset-from)
	begin := bytes.LastIndexByte(text[:here], '\n') + 1
	end := bytes.IndexByte(text[here:], '\n')
	if end < 0 {
		return from + int64(begin), text[begin:]
	}
	return from + int64(begin), text[begin : here+end]
}
