package static

import (
	"bytes"
	"io"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// passwordsName is the list that the build makes: folded, 4 characters or more, sorted by bytes, one a line.
// It is read where it lies in the binary and never served.
const passwordsName = "passwords.txt"

// longestPassword bounds what is looked up; no line of the list is longer (a test holds the build to it).
const longestPassword = 64

type passwords struct {
	at   io.ReaderAt
	size int64
}

// IsCommonPassword reports whether a password is one of the well-known ones (ASVS 6.2.4, NIST SP 800-63B 5.1.1.2), or one of
// them in the usual disguises: capitals, accents and wide letters; digits and punctuation before and after it
// ("Qwerty123!", "2024Password"); letters written as signs ("p@55w0rd", "b0$$1!"); the same twice ("qwertyqwerty"). Runs
// ("abcd1234") and what only repeats itself are known without a list. Before the assets are built it knows none.
//
// What stands round a word counts as disguise up to eight signs, and beyond that if it is known itself: a short word and a
// dozen digits of chance are no well-known password. The answer takes under 0.2 ms, with no copy of the list.
func (a *Assets) IsCommonPassword(password string) bool {
	if a.passwords.size == 0 {
		return false
	}
	word := fold(password)
	if a.passwords.know(word) {
		return true
	}
	bare := strings.TrimLeftFunc(word, sign)
	head, tail := word[:len(word)-len(bare)], bare[len(strings.TrimRightFunc(bare, sign)):]
	bare = bare[:len(bare)-len(tail)]
	if round := strings.TrimFunc(head+tail, punctuation); len(round) > mostDisguise && !a.passwords.know(round) {
		return false
	}
	// What follows the last letter may begin with letters written as signs.
	for end := 0; end <= min(len(tail), mostDisguise); end++ {
		for _, start := range []string{"", head} {
			guess := start + bare + tail[:end]
			if a.passwords.know(guess) || a.passwords.know(asL.Replace(guess)) || a.passwords.know(asI.Replace(guess)) {
				return true
			}
		}
	}
	return false
}

const (
	shortestWord = 4 // of the list; shorter ones occur by chance
	mostDisguise = 8
)

func sign(r rune) bool        { return !unicode.IsLetter(r) }
func punctuation(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }

// fold leaves of letters what they are, as the build does with its list: no case, no accents, no other widths.
func fold(s string) string {
	return strings.ToLower(strings.Map(func(r rune) rune {
		if unicode.Is(unicode.M, r) {
			return -1
		}
		return r
	}, norm.NFKD.String(s)))
}

// The two ways of reading a word whose letters were written as signs: 1 stands for l or for i.
var (
	asL = strings.NewReplacer("@", "a", "4", "a", "8", "b", "3", "e", "9", "g", "!", "i", "|", "l", "0", "o", "5", "s", "$", "s", "7", "t", "+", "t", "2", "z", "1", "l")
	asI = strings.NewReplacer("@", "a", "4", "a", "8", "b", "3", "e", "9", "g", "!", "i", "|", "i", "0", "o", "5", "s", "$", "s", "7", "t", "+", "t", "2", "z", "1", "i")
)

// know tells whether a word is in the list, is a run, or repeats what is.
func (p passwords) know(word string) bool {
	if len(word) < shortestWord || len(word) > 2*longestPassword {
		return false
	}
	if p.contain(word) || run(word) {
		return true
	}
	for period := 1; period <= len(word)/2; period++ {
		if word[period:] == word[:len(word)-period] {
			return period < shortestWord || p.contain(word[:period]) || run(word[:period])
		}
	}
	return false
}

// run tells whether each sign follows the one before in the same step, up, down or none: abcd, 4321, aaaa; 0 follows 9.
func run(word string) bool {
	step := func(i int) int {
		if word[i-1] == '9' && word[i] == '0' {
			return 1
		}
		return int(word[i]) - int(word[i-1])
	}
	first := step(1)
	if first < -1 || first > 1 {
		return false
	}
	for i := 2; i < len(word); i++ {
		if step(i) != first {
			return false
		}
	}
	return true
}

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
