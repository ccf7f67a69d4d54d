package notices

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"chancery/app/fault"
	"chancery/app/zone"
)

// The fields of a person's preferences, and of what the practice has where they say nothing. Their names are those of the columns, of forms and of the
// history.
const (
	MessageMails = "message_mails"
	ScoreMails   = "score_mails"
	MentionMails = "mention_mails"
	Summary      = "summary"
	Exceptions   = "exceptions"
	Minute       = "minute"
	Days         = "days"
	Quiet        = "quiet"
	QuietFrom    = "quiet_from"
	QuietTo      = "quiet_to"
)

// field is one of them, and how its text is read: the value of its column, or the key of what is wrong.
type field struct {
	name string
	read func(text string) (value any, wrong string)
}

func fields() []field {
	return []field{
		{MessageMails, truth}, {ScoreMails, truth}, {MentionMails, truth}, {Summary, truth}, {Exceptions, truth},
		{Minute, minutes}, {Days, weekdays}, {Quiet, truth}, {QuietFrom, minutes}, {QuietTo, minutes},
	}
}

func fieldOf(name string) *field {
	all := fields()
	if i := slices.IndexFunc(all, func(f field) bool { return f.name == name }); i >= 0 {
		return &all[i]
	}
	return nil
}

// understood are texts as values of their columns.
func understood(values map[string]string) (map[string]any, error) {
	bad, set := &fault.Invalid{}, map[string]any{}
	for name, text := range values {
		f := fieldOf(name)
		if f == nil {
			return nil, fault.Field1(name, "notices.no-such")
		}
		v, wrong := f.read(strings.TrimSpace(text))
		if wrong != "" {
			bad.Add(name, wrong)
		}
		set[name] = v
	}
	return set, bad.Err()
}

func truth(s string) (any, string) { return s == "true", "" }

// minutes reads the time of day as clocks show it; browsers may add seconds.
func minutes(s string) (any, string) {
	for _, layout := range []string{"15:04", "15:04:05"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.Hour()*60 + t.Minute(), ""
		}
	}
	return nil, "notices.no-time"
}

// weekdays reads ISO weekdays, in whatever order and however often each is said.
func weekdays(s string) (any, string) {
	var days []rune
	for _, d := range s {
		if d < '1' || d > '7' {
			return nil, "notices.no-days"
		}
		days = append(days, d)
	}
	slices.Sort(days)
	if days = slices.Compact(days); len(days) == 0 {
		return nil, "notices.no-days"
	}
	return string(days), ""
}

// written is the text of a column's value; "" for none.
func written(v any) string {
	switch v := v.(type) {
	case bool:
		return fmt.Sprint(v)
	case int:
		return clock(v)
	case string:
		return v
	}
	return ""
}

// clock is a minute of the day as clocks show it.
func clock(minute int) string { return fmt.Sprintf("%02d:%02d", minute/60, minute%60) }

// ends is the first instant after a moment at which the clocks of a place show a minute of a day. Where they are put forward over it that night, it is
// as soon as they show a later one; where they show it twice, and the first is over, the second.
func ends(at, day time.Time, minute int, place *time.Location) time.Time {
	wall := time.Date(day.Year(), day.Month(), day.Day(), minute/60, minute%60, 0, 0, time.UTC)
	end, _, err := zone.Instant(wall, place)
	for step := 0; errors.Is(err, zone.ErrSkipped) && step < 24*60; step++ {
		wall = wall.Add(time.Minute)
		end, _, err = zone.Instant(wall, place)
	}
	if err != nil || !end.After(at) {
		local := at.In(place)
		end = at.Truncate(time.Minute).Add(time.Duration((minute-local.Hour()*60-local.Minute()+24*60)%(24*60)) * time.Minute)
	}
	return end.UTC()
}
