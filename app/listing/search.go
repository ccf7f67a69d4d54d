package listing

import (
	"slices"
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
//
// Both indexes give candidates, whose words are looked through: Postgres does so by itself. FTS5 would compare places, but
// that reads the lists of all trigrams of a word, each with its places; to meet those of every third letter takes a third
// of the time where few have the word and all have its parts, as the year in every number, and needs no places in the index,
// which is then a third as large (detail=none).

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
	c, column := of.has(db, all), of.As+`.search`
	c.varies = true
	switch {
	case !long(all):
		begins := Condition{Finds: `(` + initial + ` >= ? AND ` + initial + ` < ?)`, Args: []any{all[0], all[0] + string(utf8.MaxRune)}, Order: order}
		begins.Tests, begins.Tested = at(db)+`(substr(`+initial+`, 1, 1), ?) > 0`, []any{all[0]}
		return []Condition{begins, {Tests: c.Tests, Args: c.Tested}}
	case db.Dialect() == store.SQLite:
		w := of.Words
		hits, args := w.hits(all, "")
		c.Finds, c.Args, c.terms = of.As+`.id IN (SELECT w.`+w.ID+` FROM `+hits+`)`, args, all
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

// at is where something occurs in a text. Postgres takes this for a third of all, so that it keeps to the order.
func at(db *store.DB) string {
	if db.Dialect() == store.Postgres {
		return `strpos`
	}
	return `instr`
}

// long tells whether one of the terms is more than a letter.
func long(terms []string) bool {
	return slices.ContainsFunc(terms, func(t string) bool { return utf8.RuneCountInString(t) > 1 })
}

// Has is the condition that a search finds a row, where something else has found it already; "1 = 1" for an empty search.
// initial is as in Search.
func (of Table) Has(db *store.DB, search, initial string) (where string, args []any) {
	all := Terms(search)
	if len(all) == 0 {
		return `1 = 1`, nil
	}
	where, args = of.has(db, all).test()
	if !long(all) {
		where, args = where+` AND `+at(db)+`(substr(`+initial+`, 1, 1), ?) > 0`, append(args, all[0])
	}
	return where, args
}

func (of Table) has(db *store.DB, terms []string) (c Condition) {
	var tests []string
	for _, t := range terms {
		tests, c.Tested = append(tests, at(db)+`(' ' || `+of.As+`.search, ?) > 0`), append(c.Tested, begun(t))
	}
	c.Tests = strings.Join(tests, " AND ")
	return c
}

// hits are the rows of Of, as w, that hold all terms, and what else is joined to them; to be written after FROM.
func (w Words) hits(terms []string, joined string) (from string, args []any) {
	from, args = w.Index+` CROSS JOIN `+w.Of+` w`+joined+` WHERE `+w.Index+` MATCH ? AND w.n = `+w.Index+`.rowid`, []any{trigrams(terms)}
	for _, t := range terms {
		from, args = from+` AND instr(w.search, ?) > 0`, append(args, begun(t))
	}
	return from, args
}

// partsMax is how many trigrams of a word are looked for.
const partsMax = 12

// trigrams is a search as FTS5 wants it: the trigrams of every third letter and of the end.
func trigrams(terms []string) string {
	var all []string
	for _, t := range terms {
		if utf8.RuneCountInString(t) < 2 {
			continue
		}
		letters := []rune(begun(t))
		for i := 0; i < len(letters) && i < 3*partsMax; i += 3 {
			from := min(i, len(letters)-3)
			part := `"` + strings.ReplaceAll(string(letters[from:from+3]), `"`, `""`) + `"`
			if !slices.Contains(all, part) {
				all = append(all, part)
			}
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
