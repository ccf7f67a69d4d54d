package listing

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"chancery/app/store"
)

// A search finds rows by parts of words. From three letters on any part of a word will do: Postgres has an index of
// the trigrams in search (pg_trgm), SQLite a table of them (FTS5). Two letters are the start of a word: with the
// space before it that is a trigram too. One letter alone is the start of what the list is named by, which is an index of
// its own; each further one, and one beside longer words, is the start of any word of those that the others have found.

// Fold makes words comparable for search and order: lower case, no diacritics.
func Fold(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	for _, r := range norm.NFKD.String(s) {
		if unicode.Is(unicode.Mn, r) {
			continue
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// Search are the conditions that a search of a table makes. initial is the column, folded, whose beginning a single
// letter is, and order the name of the order that is by it.
func (of Table) Search(db *store.DB, search, initial, order string) []Condition {
	all := Terms(search)
	if len(all) == 0 {
		return nil
	}
	c := of.has(db, all)
	tested, column, long := c.Tested, of.As+`.search`, false
	for _, t := range all {
		long = long || utf8.RuneCountInString(t) > 1
	}
	switch {
	case !long:
		c.Finds, c.Args, c.Order = initial+` >= ? AND `+initial+` < ?`, []any{all[0], all[0] + string(utf8.MaxRune)}, order
		return []Condition{c, {Tests: c.Tests, Args: tested}}
	case db.Dialect() == store.SQLite:
		w := of.Words
		c.Finds = of.As + `.id IN (SELECT w.` + w.ID + ` FROM ` + w.Index + ` CROSS JOIN ` + w.Of + ` w WHERE ` + w.Index + ` MATCH ? AND w.n = ` + w.Index + `.rowid)`
		c.Args, c.words = []any{phrases(all)}, true
		if single(all) {
			return []Condition{c, {Tests: c.Tests, Args: tested}}
		}
	default:
		var finds []string
		for _, t := range all {
			if utf8.RuneCountInString(t) > 2 {
				finds, c.Args = append(finds, column+` LIKE ? ESCAPE '!'`), append(c.Args, "%"+escaped(t)+"%")
			} else {
				finds = append(finds, `(`+column+` LIKE ? ESCAPE '!' OR `+column+` LIKE ? ESCAPE '!')`)
				c.Args = append(c.Args, escaped(t)+"%", "% "+escaped(t)+"%")
			}
		}
		c.Finds = strings.Join(finds, " AND ")
	}
	return []Condition{c}
}

// Has is the condition that a search finds a row, where something else has found it already; "1 = 1" for an empty search.
func (of Table) Has(db *store.DB, search string) (where string, args []any) {
	all := Terms(search)
	if len(all) == 0 {
		return `1 = 1`, nil
	}
	return of.has(db, all).test()
}

func (of Table) has(db *store.DB, terms []string) (c Condition) {
	at := `instr` // Postgres takes this for a third of all, so that it keeps to the order
	if db.Dialect() == store.Postgres {
		at = `strpos`
	}
	var tests []string
	for _, t := range terms {
		tests, c.Tested = append(tests, at+`(' ' || `+of.As+`.search, ?) > 0`), append(c.Tested, begun(t))
	}
	c.Tests = strings.Join(tests, " AND ")
	return c
}

func single(terms []string) bool {
	for _, t := range terms {
		if utf8.RuneCountInString(t) == 1 {
			return true
		}
	}
	return false
}

// phrases is a search as FTS5 wants it.
func phrases(terms []string) string {
	var all []string
	for _, t := range terms {
		if utf8.RuneCountInString(t) > 1 {
			all = append(all, `"`+strings.ReplaceAll(begun(t), `"`, `""`)+`"`)
		}
	}
	return strings.Join(all, " AND ")
}

// begun puts a space before what is too short to be looked for within words.
func begun(term string) string {
	if utf8.RuneCountInString(term) < 3 {
		return " " + term
	}
	return term
}

// escaped is a term in a pattern.
func escaped(term string) string {
	return strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(term)
}

// termsMax is how many terms of a search count; more make no search better and each is one more comparison a row.
const termsMax = 8

// Terms is what has to occur in a row's search column, for a search as it was typed. Neighbouring words that can only be a
// phone number, however it is grouped, are one term of digits; all other words are terms as they are.
func Terms(search string) []string {
	var terms, number []string
	for _, w := range strings.Fields(Fold(search)) {
		if strings.Trim(w, numberSigns) == "" {
			number = append(number, w)
			continue
		}
		terms = append(append(terms, numberTerms(number)...), w)
		number = nil
	}
	terms = append(terms, numberTerms(number)...)
	return terms[:min(len(terms), termsMax)]
}

// numberSigns are what people write phone numbers with. The last two are hyphens that mail programs and pages put.
const numberSigns = "0123456789+-()./\u2010\u2013"

// numberTerms joins words to a number's digits; of fewer than three digits they stay words. The zeros that are dialled
// in front of a whole number, here or abroad, are left out, for they are not stored.
func numberTerms(written []string) []string {
	d := Digits(strings.Join(written, ""))
	if len(d) < 3 {
		return written
	}
	if dialled := strings.TrimLeft(d, "0"); len(d) >= 7 && dialled != "" {
		d = dialled
	}
	return []string{d}
}

// Digits is a number without its signs.
func Digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
}
