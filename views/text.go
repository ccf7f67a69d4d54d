package views

import (
	"time"

	"chancery/app/fault"
)

// Say writes a message for a reader of a language, for what is no page: a file that goes along with a mail.
func (s *Set) Say(lang string, m fault.Message) string {
	return In(s.in(lang).lang, time.UTC, time.Time{}).T(m)
}

// Text writes what the text message of that name says to a reader: the entry text.NAME of their catalogue. The words keep to
// the letters of GSM 03.38 and to one text's length, so that one text is what it costs (text_test.go).
func (s *Set) Text(lang, name string, pairs ...any) string {
	return In(s.in(lang).lang, time.UTC, time.Time{}).T(fault.M("text."+name, pairs...))
}
