package views

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// custom is how a language writes dates, numbers and lists.
//
// A table of our own: golang.org/x/text writes no dates, and go-playground/locales, the one library that is kept and
// does, carries the data of CLDR 36 (2019), its time zone and currency tables, and only the four fixed date styles,
// without "d MMM" and "HH:mm" apart. What is needed of three languages is this one screen, taken from CLDR 45:
// months, availableFormats (Hm, MMMd, yMMMd), long dates, fields/day, list patterns and number symbols of es-419,
// fr-CA and, for English, en-GB's day-month order with en-CA's "Sep" (style of the product: design rules §8).
type custom struct {
	months, short         [12]string
	days, brief           [7]string // of the week, from Sunday
	of                    string    // between day, month and year
	colon                 string    // between hour and minute
	today, yesterday, tom string
	group, decimal        string
	and                   string
	units                 [3]string // of 1, 1024 and 1024² bytes
	after                 bool      // a currency stands after its amount
}

var customs = map[string]custom{
	"en": {
		months: [12]string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
		short:  [12]string{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"},
		days:   [7]string{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"},
		brief:  [7]string{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"},
		of:     " ", colon: ":", today: "Today", yesterday: "Yesterday", tom: "Tomorrow",
		group: ",", decimal: ".", and: "and", units: [3]string{"bytes", "KB", "MB"},
	},
	"es": {
		months: [12]string{"enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"},
		short:  [12]string{"ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sept", "oct", "nov", "dic"},
		days:   [7]string{"domingo", "lunes", "martes", "miércoles", "jueves", "viernes", "sábado"},
		brief:  [7]string{"dom", "lun", "mar", "mié", "jue", "vie", "sáb"},
		of:     " de ", colon: ":", today: "Hoy", yesterday: "Ayer", tom: "Mañana",
		group: ",", decimal: ".", and: "y", units: [3]string{"bytes", "KB", "MB"},
	},
	"fr": {
		months: [12]string{"janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"},
		short:  [12]string{"janv.", "févr.", "mars", "avr.", "mai", "juin", "juill.", "août", "sept.", "oct.", "nov.", "déc."},
		days:   [7]string{"dimanche", "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi"},
		brief:  [7]string{"dim.", "lun.", "mar.", "mer.", "jeu.", "ven.", "sam."},
		of:     " ", colon: "\u00a0h\u00a0", today: "Aujourd’hui", yesterday: "Hier", tom: "Demain",
		group: "\u00a0", decimal: ",", and: "et", units: [3]string{"octets", "ko", "Mo"}, after: true,
	},
}

// time writes the hour and minute: 08:14, in French 08 h 14.
func (c custom) time(t time.Time) string { return t.Format("15") + c.colon + t.Format("04") }

// date writes the day in full: 28 August 2026, 28 de agosto de 2026, 28 août 2026.
func (c custom) date(t time.Time) string {
	return strconv.Itoa(t.Day()) + c.of + c.months[t.Month()-1] + c.of + strconv.Itoa(t.Year())
}

// day writes day and month: 14 Nov.
func (c custom) day(t time.Time) string { return strconv.Itoa(t.Day()) + " " + c.short[t.Month()-1] }

func (c custom) number(n int64) string {
	digits := strconv.FormatInt(n, 10)
	sign := ""
	if n < 0 {
		sign, digits = "−", digits[1:]
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + c.group + digits[i:]
	}
	return sign + digits
}

// month writes month and year: November 2026, noviembre de 2026, novembre 2026.
func (c custom) month(t time.Time) string {
	return c.months[t.Month()-1] + c.of + strconv.Itoa(t.Year())
}

// money writes an amount in minor units with its currency's code, which says more than a sign that four countries share:
// CAD 1,250.00, in French 1 250,00 CAD.
func (c custom) money(n int64, digits int, currency string) string {
	sign := ""
	if n < 0 {
		sign, n = "−", -n
	}
	unit := int64(1)
	for range digits {
		unit *= 10
	}
	text := sign + c.number(n/unit)
	if digits > 0 {
		minor := strconv.FormatInt(n%unit, 10)
		text += c.decimal + strings.Repeat("0", digits-len(minor)) + minor
	}
	if c.after {
		return text + "\u00a0" + currency
	}
	return currency + "\u00a0" + text
}

// bytes writes a size with one decimal below ten: 900 bytes, 1.5 KB, 5 MB.
func (c custom) bytes(n int64) string {
	unit, size := 0, float64(n)
	for unit < 2 && size >= 1024 {
		unit, size = unit+1, size/1024
	}
	text := strconv.FormatFloat(size, 'f', 1, 64)
	if size >= 10 || strings.HasSuffix(text, ".0") {
		text = c.number(int64(size + 0.5))
	}
	return strings.Replace(text, ".", c.decimal, 1) + "\u00a0" + c.units[unit]
}

// list joins items: A, B and C. Spanish says "e" before the sound i, which CLDR leaves to the program.
func (c custom) list(items []string) string {
	if len(items) < 2 {
		return strings.Join(items, "")
	}
	last := items[len(items)-1]
	and := c.and
	if and == "y" && startsWithI(last) {
		and = "e"
	}
	return strings.Join(items[:len(items)-1], ", ") + " " + and + " " + last
}

func startsWithI(word string) bool {
	word = strings.ToLower(word)
	word = strings.TrimPrefix(word, "h")
	first, size := utf8.DecodeRuneInString(word)
	if first != 'i' && first != 'í' {
		return false
	}
	// "hielo", "iones": a diphthong, which begins with the sound of y.
	next, _ := utf8.DecodeRuneInString(word[size:])
	return first == 'í' || !strings.ContainsRune("aeouáéóú", next)
}
