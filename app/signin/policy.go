package signin

import (
	"crypto/rand"
	"math/big"
	"strings"
	"unicode"
	"unicode/utf8"

	"chancery/app/fault"
	"chancery/app/staff"
)

// Limits of passwords in characters. The upper one only bounds work; ASVS 6.2.9 asks for 64 at least.
const (
	classicMin  = 8
	lengthMin   = 15
	passwordMax = 128
	contextMin  = 4 // shorter words occur in passwords by chance
	symbols     = "@$!%*?&"
)

// policy checks a new password against the practice's policy (C-3, S2-18, S2-19) and names the first fault, on field.
// words are the practice's and the person's names, which a password must not contain (ASVS 6.1.2).
func (s *Signin) policy(bad *fault.Invalid, field, password, policy string, words []string) {
	n := utf8.RuneCountInString(password)
	least := classicMin
	if policy == "length" {
		least = lengthMin
	}
	switch {
	case n < least:
		bad.Add(field, "password.too-short", "Min", least)
	case n > passwordMax:
		bad.Add(field, "password.too-long", "Max", passwordMax)
	case policy != "length" && !has(password, unicode.IsUpper):
		bad.Add(field, "password.no-upper")
	case policy != "length" && !has(password, unicode.IsLower):
		bad.Add(field, "password.no-lower")
	case policy != "length" && !has(password, unicode.IsDigit):
		bad.Add(field, "password.no-digit")
	case policy != "length" && !strings.ContainsAny(password, symbols):
		bad.Add(field, "password.no-symbol")
	case s.opt.Common(password):
		bad.Add(field, "password.common")
	default:
		if w := contextWord(password, words); w != "" {
			bad.Add(field, "password.context", "Word", w)
		}
	}
}

func has(s string, is func(rune) bool) bool { return strings.IndexFunc(s, is) >= 0 }

// contextWords are the words of this practice and this person, each alone and those of one name run together.
func contextWords(org *staff.Organization, u *staff.User) []string {
	local, _, _ := strings.Cut(u.Email, "@")
	var words []string
	for _, name := range []string{"chancery", org.Name, u.FirstName + " " + u.LastName, u.DisplayName, local} {
		parts := strings.FieldsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
		words = append(append(words, parts...), strings.Join(parts, "")) // Li Wu is too short apart, and not as LiWu
	}
	return words
}

func contextWord(password string, words []string) string {
	folded := staff.Fold(password)
	for _, w := range words {
		if utf8.RuneCountInString(w) >= contextMin && strings.Contains(folded, staff.Fold(w)) {
			return w
		}
	}
	return ""
}

// newPassword makes a temporary password that meets both policies and is easy to read out: no letters that look like
// digits, sixteen of 55 signs (92 bits) with one of each class (ASVS 6.4.1).
func newPassword() string {
	const upper, lower, digit = "ABCDEFGHJKLMNPQRSTUVWXYZ", "abcdefghijkmnpqrstuvwxyz", "23456789"
	all := upper + lower + digit
	b := []byte{pick(upper), pick(lower), pick(digit), pick(symbols)}
	for len(b) < 16 {
		b = append(b, pick(all))
	}
	for i := len(b) - 1; i > 0; i-- {
		j := number(i + 1)
		b[i], b[j] = b[j], b[i]
	}
	return string(b)
}

func pick(from string) byte { return from[number(len(from))] }

func number(n int) int {
	v, _ := rand.Int(rand.Reader, big.NewInt(int64(n))) // never fails, by crypto/rand's contract
	return int(v.Int64())
}
