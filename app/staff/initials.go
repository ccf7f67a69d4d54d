package staff

import (
	"hash/fnv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Initials stand in for a picture (S0-9): the first letter of the first name and of the last name, as capitals.
//
//	Zoë Álvarez → ZÁ      María de la Cruz → MC      Sean O’Neil → SO      Ludwig van Beethoven → LB
//	Suharto → S           王 伟 → 王                  (no letter at all) → ?
//
// A last name counts from its first capitalized word, so that particles written small are passed over, and those written
// large are not: de la Cruz, but De Luca. Of Chinese, Japanese and Korean names the family name's first character is
// enough: it is a syllable, and two of them do not fit the circle. A letter keeps its combining marks.
func Initials(first, last string) string {
	given, family := initial(first, false), initial(last, true)
	switch {
	case given+family == "":
		return "?"
	case family != "" && isSyllable(family):
		return family
	case given != "" && isSyllable(given) && family == "":
		return given
	}
	return given + family
}

// initial is the first letter or digit of a name, composed and with its marks, or "". With particles, words that begin
// small are passed over as long as another word follows that does not.
func initial(name string, particles bool) string {
	var small string
	for word := range strings.FieldsFuncSeq(norm.NFC.String(name), isBoundary) {
		letter, isSmall := head(word)
		if letter == "" {
			continue
		}
		if !isSmall || !particles {
			return letter
		}
		if small == "" {
			small = letter
		}
	}
	return small
}

// isBoundary parts words at spaces and apostrophes (d’Arc, O'Neil), not at hyphens: Jean-Luc is one name.
func isBoundary(r rune) bool { return unicode.IsSpace(r) || r == '\'' || r == '’' || r == 'ʼ' }

// head is a word's first letter or digit as a capital, with its marks, and whether it was written small.
func head(word string) (letter string, small bool) {
	runes := []rune(word)
	for i, r := range runes {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			continue
		}
		end := i + 1
		for end < len(runes) && end-i <= maxMarks && unicode.IsMark(runes[end]) {
			end++
		}
		return string(unicode.ToTitle(r)) + string(runes[i+1:end]), unicode.IsLower(r)
	}
	return "", false
}

// maxMarks is more than any script stacks on a letter, and far less than a prank does.
const maxMarks = 4

func isSyllable(letter string) bool {
	for _, r := range letter {
		return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul)
	}
	return false
}

// hues is how many colours the pages know for initials.
const hues = 6

// Hue is the colour behind a person's initials, 1 to 6: always the same for an id, on every machine, in every version.
func Hue(id string) int {
	sum := fnv.New32a()
	_, _ = sum.Write([]byte(id))
	return 1 + int(sum.Sum32()%hues)
}
