package notices_test

import (
	"encoding/base64"
	"errors"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"chancery/app/access"
	"chancery/app/audit"
	"chancery/app/cases/casestest"
	"chancery/app/fault"
	"chancery/app/messages"
	"chancery/app/notices"
	"chancery/app/post"
	"chancery/app/staff"
	"chancery/app/zone"
)

// firm is a practice with all that notices are about.
type firm struct {
	*casestest.Firm
	notices  *notices.Notices
	post     *post.Post
	messages *messages.Messages
	boss     access.Actor // may change what the practice has
}

func eachFirm(t *testing.T, fn func(t *testing.T, f *firm)) {
	t.Helper()
	casestest.Each(t, func(t *testing.T, of *casestest.Firm) {
		f := &firm{Firm: of, post: post.New(of.DB), messages: messages.New(of.DB, of.Cases, of.Staff)}
		site, err := url.Parse("https://chancery.example")
		f.Must(err)
		f.notices = notices.New(of.DB, f.post, of.Staff, notices.Options{Key: []byte(strings.Repeat("k", 32)), Site: site})
		f.Cases.Tells(f.notices)
		f.messages.Tells(f.notices)
		f.boss = f.Person("Grace", "Mbeki", "admin", "organization.edit")
		fn(t, f)
	})
}

func (f *firm) value(id, name string) string {
	f.T.Helper()
	all, err := f.notices.Choices(f.Ctx, id)
	f.Must(err)
	return all[name].Value
}

func (f *firm) policy(name, value string) {
	f.T.Helper()
	f.Must(f.notices.SetPolicy(f.Ctx, f.boss, map[string]*staff.Edit{name: {Value: value}}))
}

// S3-24: each switch is a person's own and by itself; the practice's holds where nothing was said, and again when the person follows it (B-14).
func TestEachSwitchIsByItself(t *testing.T) {
	eachFirm(t, func(t *testing.T, f *firm) {
		ana, ben := f.Person("Ana", "Ruiz", "ana", ""), f.Person("Ben", "Ode", "ben", "")
		before, err := f.notices.Choices(f.Ctx, ana.ID)
		f.Must(err)
		for _, name := range notices.Switches() {
			turned := map[string]string{"true": "false", "false": "true"}[before[name].Value]
			f.Must(f.notices.Choose(f.Ctx, ana, map[string]string{name: turned}))
			after, err := f.notices.Choices(f.Ctx, ana.ID)
			f.Must(err)
			for other := range after {
				if want := before[other].Value; other != name && after[other].Value != want || other == name && after[other].Value != turned {
					t.Errorf("%s turned, and %s is %s", name, other, after[other].Value)
				}
			}
			if f.value(ben.ID, name) != before[name].Value {
				t.Error("somebody else's changed")
			}
			f.Must(f.notices.Follow(f.Ctx, ana, name))
			if c, err := f.notices.Choices(f.Ctx, ana.ID); err != nil || c[name].Chosen || c[name].Value != before[name].Value {
				t.Error(name, c[name], err)
			}
		}
		f.Must(f.notices.Choose(f.Ctx, ana, map[string]string{notices.Minute: "06:30", notices.Days: "7315", notices.Quiet: "true", notices.QuietFrom: "21:00", notices.QuietTo: "07:15"}))
		p, err := f.notices.PreferencesOf(f.Ctx, ana.ID, ben.ID)
		f.Must(err)
		if a := p[ana.ID]; a.Minute != 390 || a.Days != "1357" || !a.Quiet || a.QuietFrom != 1260 || a.QuietTo != 435 || p[ben.ID].Minute != 480 {
			t.Errorf("%+v", p)
		}
		// What follows the practice, follows it when it changes; what was chosen, stays.
		f.policy(notices.Minute, "09:00")
		f.policy(notices.ScoreMails, "false")
		if f.value(ana.ID, notices.Minute) != "06:30" || f.value(ben.ID, notices.Minute) != "09:00" || f.value(ana.ID, notices.ScoreMails) != "false" {
			t.Error("the practice's own did not reach those who follow it")
		}
		for name, wrong := range map[string]string{notices.Minute: "25:00", notices.Days: "18", notices.QuietTo: "21:00"} {
			var bad *fault.Invalid
			if err := f.notices.Choose(f.Ctx, ana, map[string]string{name: wrong}); !errors.As(err, &bad) {
				t.Error(name, err)
			}
		}
		if err := f.notices.Choose(f.Ctx, ana, map[string]string{"user_id": ben.ID}); err == nil {
			t.Error("a column that is none of the fields was written")
		}
		if n := f.Count(`SELECT count(*) FROM audit WHERE action = 'user.edit-notices' AND object_id = ? AND actor_id = ?`, ana.ID, ana.ID); n != 11 {
			t.Error("the history has", n)
		}
	})
}

// B-14: what the practice locks holds for all, whatever they have said, and nobody turns it; unlocked, what they had said holds again.
func TestWhatThePracticeLocksHoldsForAll(t *testing.T) {
	eachFirm(t, func(t *testing.T, f *firm) {
		ana := f.Person("Ana", "Ruiz", "ana", "")
		f.Must(f.notices.Choose(f.Ctx, ana, map[string]string{notices.Summary: "false"}))
		f.policy(notices.Summary+notices.LockSuffix, "true")
		c, err := f.notices.Choices(f.Ctx, ana.ID)
		f.Must(err)
		if c[notices.Summary] != (notices.Choice{Value: "true", Practice: "true", Chosen: true, Locked: true}) {
			t.Errorf("%+v", c[notices.Summary])
		}
		var no *fault.Refused
		if err := f.notices.Choose(f.Ctx, ana, map[string]string{notices.Summary: "false"}); !errors.As(err, &no) {
			t.Error(err)
		}
		p, err := f.notices.PreferencesOf(f.Ctx, ana.ID)
		f.Must(err)
		if !p[ana.ID].Summary || !p[ana.ID].SummaryLocked || f.notices.UnsubscribePath(p[ana.ID], notices.Summary) != "" {
			t.Errorf("%+v", p)
		}
		f.policy(notices.Summary+notices.LockSuffix, "false")
		if f.value(ana.ID, notices.Summary) != "false" {
			t.Error("what was said before is lost")
		}
		// Who changed it from what to what; a form that was filled in before changes nothing over that (B-16); and not everybody may.
		was := "full"
		f.Must(f.notices.SetPolicy(f.Ctx, f.boss, map[string]*staff.Edit{notices.PrivacyField: {Value: "count", Was: &was}}))
		var conflict *fault.Conflict
		if err := f.notices.SetPolicy(f.Ctx, f.boss, map[string]*staff.Edit{notices.PrivacyField: {Value: "subject", Was: &was}}); !errors.As(err, &conflict) {
			t.Error(err)
		}
		var forbidden *fault.Forbidden
		if err := f.notices.SetPolicy(f.Ctx, ana, map[string]*staff.Edit{notices.PrivacyField: {Value: "full"}}); !errors.As(err, &forbidden) {
			t.Error(err)
		}
		if level, err := f.notices.Privacy(f.Ctx); level != notices.PrivacyCount || err != nil {
			t.Error(level, err)
		}
		if n := f.Count(`SELECT count(*) FROM audit WHERE action = 'organization.edit-notices'`); n != 3 {
			t.Error("the history has", n)
		}
	})
}

// RFC 8058, B-4: a link turns off what it names and nothing else, of the one whose mail it was, as often as it is followed; and on again.
func TestALinkTurnsOffWhatItNames(t *testing.T) {
	eachFirm(t, func(t *testing.T, f *firm) {
		ana, ben := f.Person("Ana", "Ruiz", "ana", ""), f.Person("Ben", "Ode", "ben", "")
		p, err := f.notices.PreferencesOf(f.Ctx, ana.ID)
		f.Must(err)
		token := strings.TrimPrefix(f.notices.UnsubscribePath(p[ana.ID], notices.ScoreMails, notices.MentionMails), "/unsubscribe/")
		s, err := f.notices.Subscription(f.Ctx, token)
		f.Must(err)
		if s.User.ID != ana.ID || !slices.Equal(s.Switches, []string{notices.ScoreMails, notices.MentionMails}) || !s.Subscribed() {
			t.Errorf("%+v", s)
		}
		before := s.Choices
		for range 2 {
			if s, err = f.notices.Unsubscribe(f.Ctx, token, true, audit.Actor{Network: "192.0.2.1"}); err != nil || s.Subscribed() {
				t.Fatal(s, err)
			}
		}
		want := maps.Clone(before)
		want[notices.ScoreMails], want[notices.MentionMails] = notices.Choice{Value: "false", Practice: "true", Chosen: true}, notices.Choice{Value: "false", Practice: "true", Chosen: true}
		if !maps.Equal(s.Choices, want) || f.value(ben.ID, notices.ScoreMails) != "true" {
			t.Errorf("%+v", s.Choices)
		}
		if n := f.Count(`SELECT count(*) FROM audit WHERE action = 'user.unsubscribe' AND actor_id = ? AND network = '192.0.2.1'`, ana.ID); n != 1 {
			t.Error("the history has", n)
		}
		f.policy(notices.MentionMails+notices.LockSuffix, "true")
		if s, err = f.notices.Unsubscribe(f.Ctx, token, false, audit.Actor{}); err != nil || s.Choices[notices.ScoreMails].Value != "true" || !s.Choices[notices.MentionMails].Locked {
			t.Errorf("%+v, %v", s, err)
		}
		// Nothing can be made of a link but itself.
		raw, err := base64.RawURLEncoding.DecodeString(token)
		f.Must(err)
		for i := range raw {
			for _, bit := range []byte{1, 128} {
				raw[i] ^= bit
				if _, err := f.notices.Subscription(f.Ctx, base64.RawURLEncoding.EncodeToString(raw)); !errors.Is(err, fault.ErrNotFound) {
					t.Fatal(i, err)
				}
				raw[i] ^= bit
			}
		}
		for _, wrong := range []string{"", "x", token[:40], token + "A", token + "AAAA"} {
			if _, err := f.notices.Subscription(f.Ctx, wrong); !errors.Is(err, fault.ErrNotFound) {
				t.Error(wrong, err)
			}
		}
	})
}

// B-21: mails that are ready in quiet hours go at their end, on nights of 23, 24 and 25 hours.
func TestQuietHoursEnd(t *testing.T) {
	overnight, noon := notices.Preferences{Quiet: true, QuietFrom: 20 * 60, QuietTo: 7 * 60}, notices.Preferences{Quiet: true, QuietFrom: 12 * 60, QuietTo: 13*60 + 30}
	at := func(p notices.Preferences, to int) notices.Preferences { p.QuietTo = to; return p }
	for _, c := range []struct {
		p                  notices.Preferences
		place, ready, goes string
	}{
		{notices.Preferences{QuietFrom: 1200, QuietTo: 420}, "UTC", "2026-11-21 22:00", "2026-11-21 22:00"},
		{overnight, "UTC", "2026-11-21 19:59", "2026-11-21 19:59"},
		{overnight, "UTC", "2026-11-21 20:00", "2026-11-22 07:00"},
		{overnight, "UTC", "2026-11-22 06:59", "2026-11-22 07:00"},
		{overnight, "UTC", "2026-11-22 07:00", "2026-11-22 07:00"},
		{noon, "UTC", "2026-11-22 11:59", "2026-11-22 11:59"},
		{noon, "UTC", "2026-11-22 12:00", "2026-11-22 13:30"},
		{noon, "Asia/Kolkata", "2026-11-22 07:00", "2026-11-22 08:00"},                                        // 12:30 to 13:30
		{overnight, "America/Toronto", "2026-03-08 02:00", "2026-03-08 11:00"},                                // the night of 23 hours
		{overnight, "America/Toronto", "2026-11-01 01:00", "2026-11-01 12:00"},                                // of 25
		{at(overnight, 2*60+30), "America/Toronto", "2026-03-08 05:00", "2026-03-08 07:00"},                   // there is no 02:30: at 03:00
		{at(overnight, 60+30), "America/Toronto", "2026-11-01 05:00", "2026-11-01 05:30"},                     // the first 01:30
		{at(overnight, 60+30), "America/Toronto", "2026-11-01 06:10", "2026-11-01 06:30"},                     // and from the second hour, the second
		{at(overnight, 2*60), "Australia/Lord_Howe", "2026-10-03 12:00", "2026-10-03 15:30"},                  // half an hour
		{at(overnight, 24*60-30), "Asia/Kathmandu", "2026-11-22 12:00", "2026-11-22 12:00"},                   // 20:00 to 23:30; it is 17:45
		{at(overnight, 24*60-30), "Asia/Kathmandu", "2026-11-22 15:00", "2026-11-22 17:45"},                   // 20:45
		{notices.Preferences{Quiet: true, QuietTo: 24*60 - 1}, "UTC", "2026-11-22 08:00", "2026-11-22 23:59"}, // all day
		{notices.Preferences{Quiet: true}, "UTC", "2026-11-22 15:00", "2026-11-22 15:00"},                     // from nothing to nothing
	} {
		place, err := zone.Load(c.place)
		if err != nil {
			t.Fatal(err)
		}
		ready, err := time.Parse("2006-01-02 15:04", c.ready)
		if err != nil {
			t.Fatal(err)
		}
		if goes := c.p.Opens(ready, place).UTC().Format("2006-01-02 15:04"); goes != c.goes {
			t.Errorf("%s in %s: %s, want %s", c.ready, c.place, goes, c.goes)
		}
	}
}
