package views

import (
	"time"

	"chancery/app/fault"
)

// Locale writes for one reader at one moment: in a language, in a zone, as seen from now. It is cheap to make, one per
// request, and its methods give ready text for view structs.
type Locale struct {
	Lang  string // one of Languages
	Zone  *time.Location
	now   time.Time
	texts *catalogue
	custom
}

// In returns the locale of a language and a zone. A language that is not spoken becomes English, a missing zone UTC.
func In(lang string, zone *time.Location, now time.Time) Locale {
	if _, spoken := customs[lang]; !spoken {
		lang = "en"
	}
	texts, err := embedded(lang)
	if err != nil {
		panic(err) // the binary's own catalogues are broken, which the tests tell
	}
	if zone == nil {
		zone = time.UTC
	}
	return Locale{Lang: lang, Zone: zone, now: now.In(zone), texts: texts, custom: customs[lang]}
}

// T says a message in the reader's language. A number named Count chooses the plural form by CLDR's rules; numbers,
// lists, instants and messages among the values are written as the language does. A key that no catalogue has comes
// back as it is: tests find it (every literal key in Go sources is checked), and a page must not fail for it.
func (l Locale) T(msg fault.Message) string {
	text, err := l.texts.say(msg.Key, msg.Args, &l)
	if err != nil {
		return msg.Key
	}
	return text
}

// When says when something was or will be, the shorter the nearer: "Today, 08:14", "Yesterday, 22:05", "14 Nov, 19:20"
// within the year or two months, then "28 Aug 2026".
func (l Locale) When(t time.Time) string {
	t = t.In(l.Zone)
	switch days := civilDays(t) - civilDays(l.now); {
	case days == 0:
		return l.today + ", " + l.time(t)
	case days == -1:
		return l.yesterday + ", " + l.time(t)
	case days == 1:
		return l.tom + ", " + l.time(t)
	case t.Year() == l.now.Year() || -60 < days && days < 60:
		return l.day(t) + ", " + l.time(t)
	}
	return l.day(t) + " " + t.Format("2006")
}

// civilDays numbers the calendar day of t in t's own zone.
func civilDays(t time.Time) int {
	y, m, d := t.Date()
	return int(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

// Date writes the day in full: 28 August 2026.
func (l Locale) Date(t time.Time) string { return l.date(t.In(l.Zone)) }

// DateTime writes day and time in full: 28 August 2026, 16:12.
func (l Locale) DateTime(t time.Time) string { return l.date(t.In(l.Zone)) + ", " + l.Clock(t) }

// Clock writes the time of day: 16:12.
func (l Locale) Clock(t time.Time) string { return l.time(t.In(l.Zone)) }

// Number writes n with its thousands apart.
func (l Locale) Number(n int) string { return l.number(int64(n)) }

// Month writes the month of a day, with its year: November 2026.
func (l Locale) Month(t time.Time) string { return l.month(t.In(l.Zone)) }

// Weekday writes the day of the week in full: Sunday.
func (l Locale) Weekday(t time.Time) string { return l.days[t.In(l.Zone).Weekday()] }

// Weekdays are the days of a week from Sunday, which begins it where the product's languages are spoken in the Americas
// (CLDR weekData: CA, MX, US), in full and short.
func (l Locale) Weekdays() (full, short [7]string) { return l.days, l.custom.brief }

// Money writes an amount in minor units, of which a currency's unit has so many digits: CAD 1,250.00.
func (l Locale) Money(n int64, digits int, currency string) string {
	return l.money(n, digits, currency)
}

// Decimal is the sign before the decimals of a number: a point, in French a comma.
func (l Locale) Decimal() string { return l.decimal }

// List joins items by commas and "and".
func (l Locale) List(items []string) string { return l.list(items) }

// Bytes writes a size: 5 MB, with 1 MB = 1024 × 1024 bytes, as people's computers show it.
func (l Locale) Bytes(n int64) string { return l.bytes(n) }

// Time is When with the instant for the machine.
func (l Locale) Time(t time.Time) Time { return Time{ISO: iso(t.In(l.Zone)), Text: l.When(t)} }

// Day is Date with the day for the machine.
func (l Locale) Day(t time.Time) Time {
	return Time{ISO: t.In(l.Zone).Format(time.DateOnly), Text: l.Date(t)}
}

// DayBrief is Day in a column: 28 Aug 2026.
func (l Locale) DayBrief(t time.Time) Time {
	t = t.In(l.Zone)
	return Time{ISO: t.Format(time.DateOnly), Text: l.day(t) + " " + t.Format("2006")}
}

func iso(t time.Time) string { return t.Truncate(time.Second).Format(time.RFC3339) }
