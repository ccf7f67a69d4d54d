package outsidetest

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"chancery/app/outside"
)

// World is one person's calendar at a keeper, with what can happen to it there. What a keeper's stand-in cannot do is nil, and the
// rules that need it are not among its tests.
type World struct {
	Calendar func() outside.Calendar // by the grant as it is now, as after a restart
	Events   func() []Event          // what stands there in calendars of ours
	Retitle  func(uid, title string) // somebody changes an event there
	Delete   func(uid string)        // somebody deletes one there
	Add      func(title string)      // somebody writes one of their own beside ours
	Drop     func()                  // somebody deletes the calendar

	Fill        func([]outside.Event) // has these stand there as if they were put; nil where putting them takes no time
	LoseCursors func()
	Expire      func()
	Revoke      func()
	Fail        func(Fault)
	Count       func(name string) int
	Now         func() time.Time
	Wait        func(time.Duration) // lets the keeper's clock go on, when its limits are met
	Many        int                 // how many the long list has; 0 for a thousand
	Compares    bool                // the keeper tells only whether anything has changed, and then all
	List        string              // the name of a request that lists
	Insert      string              // that makes an event
	Update      string              // that writes one over
}

// Contract is what outside.Calendar promises; open makes a world for each rule.
func Contract(t *testing.T, open func(t *testing.T) *World) {
	rules := []struct {
		name string
		rule func(t *testing.T, w *World)
	}{
		{"one calendar is made and found again", oneCalendar},
		{"what is written stands there, and a list says so", written},
		{"texts and times come back as they went", texts},
		{"an event is written over", over},
		{"an event that stands there already is not made twice", twice},
		{"what somebody changed there has no mark, and is put back", changed},
		{"what somebody deleted there is told, and is put back", deleted},
		{"the person's own events are let be", own},
		{"removing is done once and may be asked twice", removed},
		{"clearing takes all away and may be asked twice", cleared},
		{"a calendar that was deleted there is made again", dropped},
		{"a list from a cursor tells what has changed", cursors},
		{"a thousand events are listed whole", thousand},
		{"a lost answer makes no second event", lost},
		{"a cursor that is not known is said to be", forgotten},
		{"a keeper that asks for patience is understood", patience},
		{"a token that has ended is renewed", expired},
		{"a grant that was taken back is said to be", revoked},
		{"an error tells nothing of what was sent", silent},
	}
	for _, r := range rules {
		t.Run(r.name, func(t *testing.T) { r.rule(t, open(t)) })
	}
}

// begun is a calendar that has been opened, with its place.
func begun(t *testing.T, w *World) (outside.Calendar, string) {
	t.Helper()
	c := w.Calendar()
	place, err := c.Open(context.Background(), "")
	if err != nil || place == "" {
		t.Fatalf("open: %q, %v", place, err)
	}
	return c, place
}

// sample is an appointment in Madrid, in summer.
func sample(uid string) outside.Event {
	at := time.Date(2026, 7, 3, 8, 30, 0, 0, time.UTC)
	return outside.Event{
		UID: uid, Title: "Hearing of Ruiz", Place: "Room 4", Notes: "Bring the file.", Link: "https://practice.example/calendar/7",
		StartsAt: at, EndsAt: at.Add(45 * time.Minute), Zone: "Europe/Madrid", Mark: "mark1",
	}
}

const uid = "chancery-018f2f6e-0000-7000-8000-000000000001.018f2f6e-0000-7000-8000-0000000000a1"

func put(t *testing.T, c outside.Calendar, e outside.Event, held *outside.Held) outside.Held {
	t.Helper()
	now, err := c.Put(context.Background(), e, held)
	if err != nil {
		t.Fatalf("put: %v", err)
	}
	return now
}

func listed(t *testing.T, c outside.Calendar, cursor string) outside.Listing {
	t.Helper()
	l, err := c.List(context.Background(), cursor)
	if err != nil {
		t.Fatalf("list: %v", err)
	}
	return l
}

// only is the one event a whole list has.
func only(t *testing.T, l outside.Listing) outside.Held {
	t.Helper()
	if !l.Whole || len(l.Events) != 1 || l.Events[0].Removed {
		t.Fatalf("the list is %+v, want all of one event", l)
	}
	return l.Events[0]
}

// standing is the one event that stands there.
func standing(t *testing.T, w *World) Event {
	t.Helper()
	all := w.Events()
	if len(all) != 1 {
		t.Fatalf("there stand %d events, want one: %+v", len(all), all)
	}
	return all[0]
}

func oneCalendar(t *testing.T, w *World) {
	_, place := begun(t, w)
	again, err := w.Calendar().Open(context.Background(), place)
	if err != nil || again != place {
		t.Fatalf("opened again: %q, %v, want %q", again, err, place)
	}
}

func written(t *testing.T, w *World) {
	c, _ := begun(t, w)
	e := sample(uid)
	held := put(t, c, e, nil)
	s := standing(t, w)
	if s.Title != e.Title || s.Place != e.Place || !s.StartsAt.Equal(e.StartsAt) || !s.EndsAt.Equal(e.EndsAt) || s.Zone != e.Zone || s.Link != e.Link {
		t.Errorf("there stands %+v, want %+v", s, e)
	}
	told := only(t, listed(t, c, ""))
	if told.UID != uid || told.Mark != e.Mark || told.Ref != held.Ref || held.Ref == "" || told.Version != held.Version || held.Mark != e.Mark || held.UID != uid {
		t.Errorf("listed %+v, written %+v", told, held)
	}
}

func texts(t *testing.T, w *World) {
	c, _ := begun(t, w)
	long := make([]rune, 4000)
	for i := range long {
		long[i] = rune('a' + i%26)
	}
	at := time.Date(2026, 10, 25, 0, 30, 0, 0, time.UTC) // the night the clocks go back in Madrid
	for i, text := range []string{
		"", "plain", "Señora Ibáñez & hijos – «¿dónde?»", "a < b, c > d; <b>bold</b> &amp; \"quoted\"", "line\r\nline\n\n\tend ", "日本語 🏛️", string(long),
	} {
		e := sample(uid)
		e.UID, e.Notes, e.Mark = uid+string(rune('a'+i)), text, "mark"
		e.Title = string([]rune(text)[:min(40, len([]rune(text)))])
		e.StartsAt, e.EndsAt = at, at.Add(time.Duration(i+1)*30*time.Minute)
		if i%2 == 1 {
			e.Zone = "Asia/Kolkata"
		}
		put(t, c, e, nil)
		found := slices.IndexFunc(w.Events(), func(s Event) bool {
			return s.UID == e.UID && s.StartsAt.Equal(e.StartsAt) && s.EndsAt.Equal(e.EndsAt)
		})
		if found < 0 {
			t.Errorf("%q does not stand there when it should", text)
		}
	}
	l := listed(t, c, "")
	if len(l.Events) != 7 {
		t.Fatalf("%d events are listed, want 7", len(l.Events))
	}
	for _, held := range l.Events {
		if held.Mark != "mark" {
			t.Errorf("nobody has changed %s, and its mark is %q", held.UID, held.Mark)
		}
	}
}

func over(t *testing.T, w *World) {
	c, _ := begun(t, w)
	e := sample(uid)
	first := put(t, c, e, nil)
	e.Title, e.StartsAt, e.EndsAt, e.Place, e.Mark = "Moved", e.StartsAt.Add(26*time.Hour), e.EndsAt.Add(26*time.Hour), "", "mark2"
	second := put(t, c, e, &first)
	s := standing(t, w)
	if s.Title != e.Title || s.Place != "" || !s.StartsAt.Equal(e.StartsAt) || second.Ref != first.Ref {
		t.Errorf("there stands %+v, want %+v", s, e)
	}
	if told := only(t, listed(t, c, "")); told.Mark != "mark2" || told.Version != second.Version {
		t.Errorf("listed %+v, written %+v", told, second)
	}
	e.Mark = "mark3"
	if _, err := c.Put(context.Background(), e, &first); first.Version != second.Version && !errors.Is(err, outside.ErrChanged) {
		t.Errorf("written over another version: %v, want ErrChanged", err)
	}
}

func twice(t *testing.T, w *World) {
	c, place := begun(t, w)
	put(t, c, sample(uid), nil)
	again := w.Calendar()
	if _, err := again.Open(context.Background(), place); err != nil {
		t.Fatal(err)
	}
	e := sample(uid)
	e.Title, e.Mark = "Another title", "mark2"
	put(t, again, e, nil)
	if s := standing(t, w); s.Title != e.Title {
		t.Errorf("there stands %q, want %q", s.Title, e.Title)
	}
	if told := only(t, listed(t, again, "")); told.Mark != "mark2" {
		t.Errorf("the mark is %q, want mark2", told.Mark)
	}
}

func changed(t *testing.T, w *World) {
	c, _ := begun(t, w)
	e := sample(uid)
	before := put(t, c, e, nil)
	w.Retitle(uid, "Dentist")
	told := only(t, listed(t, c, ""))
	if told.Mark != "" || told.UID != uid {
		t.Errorf("somebody changed it there, and it is listed as %+v", told)
	}
	if _, err := c.Put(context.Background(), e, &before); !errors.Is(err, outside.ErrChanged) {
		t.Errorf("written over somebody's change unseen: %v, want ErrChanged", err)
	}
	put(t, c, e, &told)
	if s := standing(t, w); s.Title != e.Title {
		t.Errorf("there stands %q, want %q", s.Title, e.Title)
	}
	if told := only(t, listed(t, c, "")); told.Mark != e.Mark {
		t.Errorf("put back, and its mark is %q", told.Mark)
	}
}

func deleted(t *testing.T, w *World) {
	c, _ := begun(t, w)
	e := sample(uid)
	held := put(t, c, e, nil)
	cursor := listed(t, c, "").Cursor
	w.Delete(uid)
	l := listed(t, c, cursor)
	if l.Whole {
		if len(l.Events) != 0 {
			t.Errorf("listed whole: %+v, want nothing", l.Events)
		}
	} else if len(l.Events) != 1 || !l.Events[0].Removed || l.Events[0].Ref != held.Ref {
		t.Errorf("listed what has changed: %+v, want %s removed", l.Events, held.Ref)
	}
	if _, err := c.Put(context.Background(), e, &held); err != nil && !errors.Is(err, outside.ErrChanged) {
		t.Errorf("written over what is gone: %v, want ErrChanged", err)
	}
	put(t, c, e, nil)
	standing(t, w)
	if told := only(t, listed(t, c, "")); told.Mark != e.Mark {
		t.Errorf("put back, and listed as %+v", told)
	}
}

func own(t *testing.T, w *World) {
	c, _ := begun(t, w)
	if w.Add == nil {
		return
	}
	put(t, c, sample(uid), nil)
	w.Add("Dentist")
	only(t, listed(t, c, ""))
}

func removed(t *testing.T, w *World) {
	c, _ := begun(t, w)
	held := put(t, c, sample(uid), nil)
	cursor := listed(t, c, "").Cursor
	for range 2 {
		if err := c.Remove(context.Background(), held); err != nil {
			t.Fatalf("remove: %v", err)
		}
	}
	if len(w.Events()) != 0 {
		t.Errorf("there still stands %+v", w.Events())
	}
	l := listed(t, c, cursor)
	if slices.ContainsFunc(l.Events, func(h outside.Held) bool { return !h.Removed }) {
		t.Errorf("listed as if it stood there: %+v", l)
	}
}

func cleared(t *testing.T, w *World) {
	c, place := begun(t, w)
	put(t, c, sample(uid), nil)
	for range 2 {
		if err := c.Clear(context.Background()); err != nil {
			t.Fatalf("clear: %v", err)
		}
	}
	if len(w.Events()) != 0 {
		t.Errorf("there still stands %+v", w.Events())
	}
	_, l := reopened(t, w, place, "")
	if len(l.Events) != 0 {
		t.Errorf("a new calendar lists %+v", l.Events)
	}
}

// reopened opens a calendar that is gone by the name it had and lists it, as it is done after a restart. What is gone may be noticed by the
// opening, which makes another at once, or by the list.
func reopened(t *testing.T, w *World, place, cursor string) (outside.Calendar, outside.Listing) {
	t.Helper()
	c, ctx := w.Calendar(), context.Background()
	now, err := c.Open(ctx, place)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	if now == place {
		if _, err := c.List(ctx, cursor); !errors.Is(err, outside.ErrGone) {
			t.Fatalf("a calendar that is gone is listed: %v, want ErrGone", err)
		}
		if _, err = c.Open(ctx, ""); err != nil {
			t.Fatalf("open anew: %v", err)
		}
	}
	return c, listed(t, c, "")
}

func dropped(t *testing.T, w *World) {
	c, place := begun(t, w)
	for range 2 {
		put(t, c, sample(uid), nil)
		cursor := listed(t, c, "").Cursor
		w.Drop()
		again, l := reopened(t, w, place, cursor)
		if !l.Whole || len(l.Events) != 0 {
			t.Errorf("a new calendar lists %+v", l)
		}
		put(t, again, sample(uid), nil)
		standing(t, w)
		w.Drop()
		c, place = begun(t, w)
	}
}
