package signin

import (
	"crypto/rand"
	"math/big"
	"strings"
	"unicode"
	"unicode/utf8"

	"chancery/app/fault"
	"chancery/app/listing"
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
// words are the practice's and the person's names, which a password must not contain (ASVS 6.1.2, 6.2.11).
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
	default:
		if why, guessable := s.guess(password, words); guessable {
			bad.Fields = append(bad.Fields, fault.Field{Name: field, Message: why})
		}
	}
}

// JudgeFirst names what the practice's policy has against a first password of somebody who is to be, on "password". It asks nothing of the database.
func (s *Signin) JudgeFirst(bad *fault.Invalid, password string, org *staff.Organization, u *staff.User) {
	s.policy(bad, "password", password, org.PasswordPolicy, contextWords(org, u))
}

// Guessable tells whether attackers would try a password first, and why: it is well known, or holds a name of the practice
// or of the person. It is what every policy asks besides length and signs; pages ask it while a password is typed.
func (s *Signin) Guessable(password string, org *staff.Organization, u *staff.User) (why fault.Message, guessable bool) {
	return s.guess(password, contextWords(org, u))
}

func (s *Signin) guess(password string, words []string) (why fault.Message, guessable bool) {
	if s.opt.Common(password) {
		return fault.M("password.common"), true
	}
	if w := contextWord(password, words); w != "" {
		return fault.M("password.context", "Word", w), true
	}
	return fault.Message{}, false
}

func has(s string, is func(rune) bool) bool { return strings.IndexFunc(s, is) >= 0 }

// contextWords are the words of this practice and this person, each alone and those of one name run together.
func contextWords(org *staff.Organization, u *staff.User) []string {
	local, domain, _ := strings.Cut(u.Email, "@")
	var words []string
	for _, name := range []string{"chancery", org.Name, u.FirstName + " " + u.LastName, u.DisplayName, local, ownLabel(domain)} {
		parts := strings.FieldsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
		words = append(append(words, parts...), strings.Join(parts, "")) // Li Wu is too short apart, and not as LiWu
	}
	return words
}

// ownLabel is the part of a domain that somebody chose: the longest, since endings and "mail" are short.
func ownLabel(domain string) (own string) {
	labels := strings.Split(domain, ".")
	for _, label := range labels[:len(labels)-1] {
		if len(label) > len(own) {
			own = label
		}
	}
	return own
}

// contextWord is a word that a password holds, as it is or with letters written as signs ("M@rl0w").
func contextWord(password string, words []string) string {
	folded := listing.Fold(password)
	readings := []string{folded, onesAsL.Replace(folded), onesAsI.Replace(folded)}
	for _, w := range words {
		if utf8.RuneCountInString(w) < contextMin {
			continue
		}
		for _, reading := range readings {
			if strings.Contains(reading, listing.Fold(w)) {
				return w
			}
		}
	}
	return ""
}

// The signs that stand for letters; 1 does for two.
var (
	onesAsL = strings.NewReplacer("@", "a", "4", "a", "3", "e", "!", "i", "0", "o", "5", "s", "$", "s", "7", "t", "1", "l")
	onesAsI = strings.NewReplacer("@", "a", "4", "a", "3", "e", "!", "i", "0", "o", "5", "s", "$", "s", "7", "t", "1", "i")
)

// newPassword makes a temporary password that meets both policies and is easy to read out: no letters that look like
// digits, sixteen of 55 signs (92 bits) with one of each class (ASVS 6.4.1). One that holds one of the words by chance is
// thrown away: of some thousand passwords one reads like a short name.
func newPassword(words ...string) string {
	for {
		if p := randomPassword(); contextWord(p, words) == "" {
			return p
		}
	}
}

func randomPassword() string {
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
