package daily

import (
	"testing"
	"time"

	"chancery/app/zone"
)

const layout = "2006-01-02 15:04:05"

func at(t *testing.T, text string) time.Time {
	t.Helper()
	u, err := time.Parse("2006-01-02 15:04", text)
	if err != nil {
		if u, err = time.Parse(layout, text); err != nil {
			t.Fatal(err)
		}
	}
	return u
}

func place(t *testing.T, id string) *time.Location {
	t.Helper()
	l, err := zone.Load(id)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

const (
	everyDay = "1234567"
	weekdays = "12345"
)

// S3-19: a daily mail is due at the person's local hour, whatever their clocks do.
func TestWhenADailyMailIsDue(t *testing.T) {
	for name, c := range map[string]struct {
		zone, hour, days, last string
		fresh                  bool
		now                    string // UTC
		date, next             string // next in UTC
	}{
		"before the hour":             {zone: "America/Toronto", hour: "08:00", now: "2026-11-24 12:59:59", next: "2026-11-24 13:00"},
		"at the hour":                 {zone: "America/Toronto", hour: "08:00", now: "2026-11-24 13:00", date: "2026-11-24", next: "2026-11-25 13:00"},
		"had today's":                 {zone: "America/Toronto", hour: "08:00", last: "2026-11-24", now: "2026-11-24 13:00:01", next: "2026-11-25 13:00"},
		"started late, same day":      {zone: "America/Toronto", hour: "08:00", last: "2026-11-23", now: "2026-11-25 04:59:59", date: "2026-11-24", next: "2026-11-25 13:00"},
		"started late, the day after": {zone: "America/Toronto", hour: "08:00", last: "2026-11-23", now: "2026-11-25 05:00", next: "2026-11-25 13:00"},
		"down for a week":             {zone: "America/Toronto", hour: "08:00", last: "2026-11-17", now: "2026-11-24 20:00", date: "2026-11-24", next: "2026-11-25 13:00"},
		"a minute before midnight":    {zone: "America/Toronto", hour: "23:59", last: "2026-11-23", now: "2026-11-25 05:00:01", date: "2026-11-24", next: "2026-11-26 04:59"},
		"an hour after midnight":      {zone: "America/Toronto", hour: "23:59", last: "2026-11-23", now: "2026-11-25 05:59:01", next: "2026-11-26 04:59"},
		"yesterday's and today's":     {zone: "UTC", hour: "00:00", last: "2026-11-22", now: "2026-11-24 00:00", date: "2026-11-24", next: "2026-11-25 00:00"},
		"midnight":                    {zone: "UTC", hour: "00:00", last: "2026-11-23", now: "2026-11-24 00:00", date: "2026-11-24", next: "2026-11-25 00:00"},

		"Friday":               {zone: "UTC", hour: "08:00", days: weekdays, now: "2026-11-27 08:00", date: "2026-11-27", next: "2026-11-30 08:00"},
		"Saturday":             {zone: "UTC", hour: "08:00", days: weekdays, last: "2026-11-27", now: "2026-11-28 09:00", next: "2026-11-30 08:00"},
		"Sundays only":         {zone: "UTC", hour: "08:00", days: "7", last: "2026-11-22", now: "2026-11-22 09:00", next: "2026-11-29 08:00"},
		"no days":              {zone: "UTC", hour: "08:00", days: "x", now: "2026-11-22 09:00"},
		"Friday there already": {zone: "Pacific/Auckland", hour: "08:00", days: weekdays, now: "2026-11-26 19:00", date: "2026-11-27", next: "2026-11-29 19:00"},

		// Clocks that are put back show 01:30 twice: at 05:30 and at 06:30 UTC.
		"autumn, before":          {zone: "America/Toronto", hour: "01:30", last: "2026-10-31", now: "2026-11-01 05:29", next: "2026-11-01 05:30"},
		"autumn, the first time":  {zone: "America/Toronto", hour: "01:30", last: "2026-10-31", now: "2026-11-01 05:30", date: "2026-11-01", next: "2026-11-02 06:30"},
		"autumn, the second time": {zone: "America/Toronto", hour: "01:30", last: "2026-11-01", now: "2026-11-01 06:30", next: "2026-11-02 06:30"},
		"autumn, late between":    {zone: "America/Toronto", hour: "01:30", last: "2026-10-31", now: "2026-11-01 06:10", date: "2026-11-01", next: "2026-11-02 06:30"},
		"autumn, half an hour":    {zone: "Australia/Lord_Howe", hour: "01:45", last: "2026-04-04", now: "2026-04-04 14:45", date: "2026-04-05", next: "2026-04-05 15:15"},
		"autumn, that evening":    {zone: "America/Toronto", hour: "08:00", last: "2026-10-31", now: "2026-11-01 12:59", next: "2026-11-01 13:00"},
		// Clocks that are put forward skip 02:30; what would have been it is 03:30.
		"spring, before":            {zone: "America/Toronto", hour: "02:30", last: "2026-03-07", now: "2026-03-08 07:00", next: "2026-03-08 07:30"},
		"spring, in the gap":        {zone: "America/Toronto", hour: "02:30", last: "2026-03-07", now: "2026-03-08 07:30", date: "2026-03-08", next: "2026-03-09 06:30"},
		"spring, the day before":    {zone: "America/Toronto", hour: "02:30", last: "2026-03-06", now: "2026-03-07 07:30", date: "2026-03-07", next: "2026-03-08 07:30"},
		"spring, half an hour":      {zone: "Australia/Lord_Howe", hour: "02:15", last: "2026-10-03", now: "2026-10-03 15:45", date: "2026-10-04", next: "2026-10-04 15:15"},
		"spring, at midnight":       {zone: "America/Santiago", hour: "00:30", last: "2026-09-05", now: "2026-09-06 04:30", date: "2026-09-06", next: "2026-09-07 03:30"},
		"half an hour's zone":       {zone: "Asia/Kolkata", hour: "08:00", last: "2026-11-23", now: "2026-11-24 02:30", date: "2026-11-24", next: "2026-11-25 02:30"},
		"three quarters":            {zone: "Asia/Kathmandu", hour: "08:00", last: "2026-11-23", now: "2026-11-24 02:14:59", next: "2026-11-24 02:15"},
		"three quarters, and DST":   {zone: "Pacific/Chatham", hour: "08:00", last: "2026-11-23", now: "2026-11-23 18:15", date: "2026-11-24", next: "2026-11-24 18:15"},
		"a day that there is not":   {zone: "Pacific/Apia", hour: "08:00", last: "2011-12-29", now: "2011-12-29 18:01", next: "2011-12-30 18:00"},
		"the day after there is":    {zone: "Pacific/Apia", hour: "08:00", last: "2011-12-29", now: "2011-12-30 18:00", date: "2011-12-31", next: "2011-12-31 18:00"},
		"the zone at the far end":   {zone: "Pacific/Kiritimati", hour: "08:00", last: "2026-11-23", now: "2026-11-23 18:00", date: "2026-11-24", next: "2026-11-24 18:00"},
		"the zone at the other end": {zone: "Pacific/Pago_Pago", hour: "08:00", last: "2026-11-23", now: "2026-11-24 19:00", date: "2026-11-24", next: "2026-11-25 19:00"},

		// The zone is another since the last mail: "had" of the date before is of the zone before.
		"went west, had today's":                  {zone: "America/Vancouver", hour: "08:00", last: "2026-11-24", now: "2026-11-24 15:00", next: "2026-11-25 16:00"},
		"went west before the hour":               {zone: "America/Vancouver", hour: "08:00", last: "2026-11-23", now: "2026-11-24 12:30", next: "2026-11-24 16:00"},
		"went east over the hour":                 {zone: "Asia/Tokyo", hour: "08:00", last: "2026-11-23", now: "2026-11-24 12:30", date: "2026-11-24", next: "2026-11-24 23:00"},
		"went east into tomorrow":                 {zone: "Asia/Tokyo", hour: "08:00", last: "2026-11-24", now: "2026-11-24 15:30", next: "2026-11-24 23:00"},
		"went west over the date line":            {zone: "Pacific/Honolulu", hour: "08:00", last: "2026-11-24", now: "2026-11-23 21:00", next: "2026-11-25 18:00"},
		"went west over the date line, next day":  {zone: "Pacific/Honolulu", hour: "08:00", last: "2026-11-24", now: "2026-11-24 18:00", next: "2026-11-25 18:00"},
		"went east over the date line":            {zone: "Pacific/Auckland", hour: "08:00", last: "2026-11-22", now: "2026-11-23 18:00", next: "2026-11-23 19:00"},
		"went east over the date line, past hour": {zone: "Pacific/Auckland", hour: "08:00", last: "2026-11-22", now: "2026-11-23 20:00", date: "2026-11-24", next: "2026-11-24 19:00"},

		// The clock.
		"put back by minutes":               {zone: "UTC", hour: "08:00", last: "2026-11-24", now: "2026-11-24 07:55", next: "2026-11-25 08:00"},
		"put back over midnight":            {zone: "UTC", hour: "00:00", last: "2026-11-24", now: "2026-11-23 23:50", next: "2026-11-25 00:00"},
		"put forward by days":               {zone: "UTC", hour: "08:00", last: "2026-11-21", now: "2026-11-24 12:00", date: "2026-11-24", next: "2026-11-25 08:00"},
		"turned on in the afternoon":        {zone: "UTC", hour: "08:00", fresh: true, now: "2026-11-24 15:00", next: "2026-11-25 08:00"},
		"turned on just now":                {zone: "UTC", hour: "08:00", fresh: true, now: "2026-11-24 08:10", date: "2026-11-24", next: "2026-11-25 08:00"},
		"another hour, later today":         {zone: "UTC", hour: "17:00", fresh: true, last: "2026-11-23", now: "2026-11-24 15:00", next: "2026-11-24 17:00"},
		"another hour, had today's":         {zone: "UTC", hour: "17:00", fresh: true, last: "2026-11-24", now: "2026-11-24 15:00", next: "2026-11-25 17:00"},
		"fresh, a minute before midnight":   {zone: "UTC", hour: "23:59", fresh: true, last: "2026-11-23", now: "2026-11-25 00:01", date: "2026-11-24", next: "2026-11-25 23:59"},
		"fresh, a little later after that":  {zone: "UTC", hour: "23:59", fresh: true, last: "2026-11-23", now: "2026-11-25 00:15", next: "2026-11-25 23:59"},
		"a date from a clock that was fast": {zone: "UTC", hour: "08:00", last: "2027-03-01", now: "2026-11-24 15:00"},
	} {
		h, err := time.Parse("15:04", c.hour)
		if err != nil {
			t.Fatal(err)
		}
		if c.days == "" {
			c.days = everyDay
		}
		date, next := decide(wish{h.Hour()*60 + h.Minute(), c.days, place(t, c.zone), c.last, c.fresh}, at(t, c.now))
		var want time.Time
		if c.next != "" {
			want = at(t, c.next)
		}
		if date != c.date || !next.Equal(want) {
			t.Errorf("%s: for %q, then at %s; want %q, then at %s", name, date, next, c.date, want)
		}
	}
}

// Whatever the zone, the hour and the day: looked at when it says, it says a date for each working day, once and in order, and each within that day.
func TestEveryDayOfEveryZoneHasOne(t *testing.T) {
	for _, z := range zone.All() {
		l := place(t, z.ID)
		for _, minute := range []int{0, 30, 119, 150, 480, 1439} {
			now := time.Date(2026, 2, 1, 12, 0, 0, 0, time.UTC)
			_, now = decide(wish{minute, everyDay, l, "", true}, now)
			last := now.In(l).AddDate(0, 0, -1).Format(time.DateOnly)
			for range 300 {
				date, next := decide(wish{minute, everyDay, l, last, false}, now)
				before, _ := time.Parse(time.DateOnly, last)
				if want := before.AddDate(0, 0, 1).Format(time.DateOnly); date != want || now.In(l).Format(time.DateOnly) != want || !next.After(now) || next.Sub(now) > 26*time.Hour {
					t.Fatalf("%s at minute %d: for %q at %s, then at %s; want %s", z.ID, minute, date, now.In(l), next, want)
				}
				if again, _ := decide(wish{minute, everyDay, l, date, false}, now); again != "" {
					t.Fatalf("%s at minute %d: %s again", z.ID, minute, again)
				}
				now, last = next, date
			}
		}
	}
}
