package staff

import (
	"strings"
	"unicode/utf8"

	"chancery/app/store"
)

// A search finds users by parts of words. From three letters on any part of a word will do: Postgres has an index of
// the trigrams in users.search (pg_trgm), SQLite a table of them (FTS5). Two letters are the start of a word: with the
// space before it that is a trigram too. One letter alone is the start of the last name, which is an index of its own;
// each further one, and one beside longer words, is the start of any word of those whom the others have found.

// searching are the conditions that a search makes.
func (s *Staff) searching(search string) []condition {
	all := terms(search)
	if len(all) == 0 {
		return nil
	}
	var tests []string
	var tested []any
	at := `instr` // Postgres takes this for a third of all, so that it keeps to the order
	if s.db.Dialect() == store.Postgres {
		at = `strpos`
	}
	for _, t := range all {
		tests, tested = append(tests, at+`(' ' || u.search, ?) > 0`), append(tested, begun(t))
	}
	c := condition{tests: strings.Join(tests, " AND "), tested: tested}
	long := false
	for _, t := range all {
		long = long || utf8.RuneCountInString(t) > 1
	}
	switch {
	case !long:
		c.finds, c.args, c.order = `u.sort_name >= ? AND u.sort_name < ?`, []any{all[0], all[0] + string(utf8.MaxRune)}, SortName
		return []condition{c, {tests: c.tests, args: tested}}
	case s.db.Dialect() == store.SQLite:
		c.finds, c.args, c.words = `u.id IN (SELECT w.user_id FROM users_search CROSS JOIN user_words w WHERE users_search MATCH ? AND w.n = users_search.rowid)`, []any{phrases(all)}, true
		if single(all) {
			return []condition{c, {tests: c.tests, args: tested}}
		}
	default:
		var finds []string
		for _, t := range all {
			if utf8.RuneCountInString(t) > 2 {
				finds, c.args = append(finds, `u.search LIKE ? ESCAPE '!'`), append(c.args, "%"+escaped(t)+"%")
			} else {
				finds = append(finds, `(u.search LIKE ? ESCAPE '!' OR u.search LIKE ? ESCAPE '!')`)
				c.args = append(c.args, escaped(t)+"%", "% "+escaped(t)+"%")
			}
		}
		c.finds = strings.Join(finds, " AND ")
	}
	return []condition{c}
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

// terms is what has to occur in a user's search column. Neighbouring words that can only be a phone number, however it
// is grouped, are one term of digits; all other words are terms as they are.
func terms(search string) []string {
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
	d := digits(strings.Join(written, ""))
	if len(d) < 3 {
		return written
	}
	if dialled := strings.TrimLeft(d, "0"); len(d) >= 7 && dialled != "" {
		d = dialled
	}
	return []string{d}
}
