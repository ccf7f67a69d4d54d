package views_test

import (
	"testing"
	"time"

	"chancery/app/fault"
	"chancery/views"
)

func toronto(t testing.TB) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation("America/Toronto")
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

// at is an instant by Toronto's clock.
func at(t testing.TB, text string) time.Time {
	t.Helper()
	v, err := time.ParseInLocation("2006-01-02 15:04", text, toronto(t))
	if err != nil {
		t.Fatal(err)
	}
	return v.UTC()
}

// S0-18: instants are shown by the reader's clock, the nearer the shorter.
func TestWhenIsShortNearBy(t *testing.T) {
	now := at(t, "2026-11-21 09:03")
	for when, want := range map[string][3]string{
		"2026-11-21 08:14": {"Today, 08:14", "Hoy, 08:14", "Aujourd’hui, 08\u00a0h\u00a014"},
		"2026-11-21 00:00": {"Today, 00:00", "Hoy, 00:00", "Aujourd’hui, 00\u00a0h\u00a000"},
		"2026-11-20 23:59": {"Yesterday, 23:59", "Ayer, 23:59", "Hier, 23\u00a0h\u00a059"},
		"2026-11-22 07:00": {"Tomorrow, 07:00", "Mañana, 07:00", "Demain, 07\u00a0h\u00a000"},
		"2026-11-14 19:20": {"14 Nov, 19:20", "14 nov, 19:20", "14 nov., 19\u00a0h\u00a020"},
		"2026-01-05 10:00": {"5 Jan, 10:00", "5 ene, 10:00", "5 janv., 10\u00a0h\u00a000"},
		"2027-01-02 10:00": {"2 Jan, 10:00", "2 ene, 10:00", "2 janv., 10\u00a0h\u00a000"},
		"2025-08-28 16:12": {"28 Aug 2025", "28 ago 2025", "28 août 2025"},
		"2027-09-01 16:12": {"1 Sep 2027", "1 sept 2027", "1 sept. 2027"},
	} {
		for i, l := range views.Languages() {
			if got := views.In(l.Code, toronto(t), now).When(at(t, when)); got != want[i] {
				t.Errorf("%s in %s: %q, want %q", when, l.Code, got, want[i])
			}
		}
	}
	// The same instant, an ocean away: there it is already tomorrow.
	tokyo, err := time.LoadLocation("Asia/Tokyo")
	if err != nil {
		t.Fatal(err)
	}
	if got := views.In("en", tokyo, now).When(at(t, "2026-11-21 09:03")); got != "Today, 23:03" {
		t.Error(got)
	}
	if got := views.In("en", tokyo, now).When(at(t, "2026-11-21 10:30")); got != "Tomorrow, 00:30" {
		t.Error(got)
	}
}

func TestDatesNumbersListsAndSizesAreTheLanguages(t *testing.T) {
	when := at(t, "2026-03-01 16:05")
	for lang, want := range map[string][]string{
		"en": {"1 March 2026", "1 March 2026, 16:05", "16:05", "1,234,567", "−5", "A, B and C", "A", "1.5 KB", "5 MB", "900 bytes"},
		"es": {"1 de marzo de 2026", "1 de marzo de 2026, 16:05", "16:05", "1,234,567", "−5", "A, B y C", "A", "1.5 KB", "5 MB", "900 bytes"},
		"fr": {"1 mars 2026", "1 mars 2026, 16 h 05", "16 h 05", "1 234 567", "−5", "A, B et C", "A", "1,5 ko", "5 Mo", "900 octets"},
	} {
		l := views.In(lang, toronto(t), when)
		got := []string{l.Date(when), l.DateTime(when), l.Clock(when), l.Number(1234567), l.Number(-5),
			l.List([]string{"A", "B", "C"}), l.List([]string{"A"}), l.Bytes(1536), l.Bytes(5 << 20), l.Bytes(900)}
		for i := range want {
			if plain(got[i]) != want[i] {
				t.Errorf("%s: %q, want %q", lang, got[i], want[i])
			}
		}
	}
	es := views.In("es", nil, when)
	for last, want := range map[string]string{"Inés": "Ana e Inés", "Hilda": "Ana e Hilda", "Hielo": "Ana y Hielo", "Yolanda": "Ana y Yolanda", "Íñigo": "Ana e Íñigo"} {
		if got := es.List([]string{"Ana", last}); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// plain puts an ordinary blank for those that do not break.
func plain(s string) string {
	var out []rune
	for _, r := range s {
		if r == '\u00a0' {
			r = ' '
		}
		out = append(out, r)
	}
	return string(out)
}

func TestTheMachineReadsTheSameInstant(t *testing.T) {
	l := views.In("en", toronto(t), at(t, "2026-11-21 09:03"))
	if got := l.Time(at(t, "2026-11-21 08:14")); got != (views.Time{ISO: "2026-11-21T08:14:00-05:00", Text: "Today, 08:14"}) {
		t.Error(got)
	}
	if got := l.Day(at(t, "2024-03-11 23:30")); got != (views.Time{ISO: "2024-03-11", Text: "11 March 2024"}) {
		t.Error(got)
	}
}

func TestMessagesAreSaidWithTheirValues(t *testing.T) {
	fr := views.In("fr", toronto(t), at(t, "2026-11-21 09:03"))
	for _, c := range []struct {
		msg  fault.Message
		want string
	}{
		{fault.M("app.sign-out"), "Se déconnecter"},
		{fault.M("app.errors", "Count", 2), "Rien n’est encore enregistré\u00a0: 2 champs demandent votre attention"},
		{fault.M("mail.greeting", "Name", at(t, "2026-11-21 09:30")), "Bonjour Aujourd’hui, 09\u00a0h\u00a030,"},
		{fault.M("mail.greeting", "Name", []string{"A", "B"}), "Bonjour A et B,"},
		{fault.M("mail.greeting", "Name", fault.M("app.close")), "Bonjour Fermer,"},
		{fault.M("no.such-key"), "no.such-key"},
	} {
		if got := fr.T(c.msg); got != c.want {
			t.Errorf("%s: %q, want %q", c.msg.Key, got, c.want)
		}
	}
}

// S1-24: amounts are written as each language does, with as many digits as their currency has.
func TestMoneyIsWrittenAsEachLanguageDoes(t *testing.T) {
	for _, c := range []struct {
		lang     string
		n        int64
		digits   int
		currency string
		want     string
	}{
		{"en", 125000, 2, "CAD", "CAD\u00a01,250.00"}, {"es", 5, 2, "MXN", "MXN\u00a00.05"}, {"fr", 123456789, 2, "CAD", "1\u00a0234\u00a0567,89\u00a0CAD"},
		{"en", 1250, 0, "JPY", "JPY\u00a01,250"}, {"fr", 1005, 3, "TND", "1,005\u00a0TND"}, {"en", -50, 2, "EUR", "EUR\u00a0−0.50"},
	} {
		if got := views.In(c.lang, time.UTC, time.Now()).Money(c.n, c.digits, c.currency); got != c.want {
			t.Errorf("%s: %q, want %q", c.lang, got, c.want)
		}
	}
}

// S0-18: a month and a day of the week are the reader's.
func TestMonthsAndWeekdays(t *testing.T) {
	at := time.Date(2026, 11, 1, 3, 0, 0, 0, time.UTC) // Saturday evening in Toronto
	for lang, want := range map[string]string{"en": "Saturday, October 2026", "es": "sábado, octubre de 2026", "fr": "samedi, octobre 2026"} {
		l := views.In(lang, toronto(t), at)
		if got := l.Weekday(at) + ", " + l.Month(at); got != want {
			t.Errorf("%s: %q", lang, got)
		}
	}
}
