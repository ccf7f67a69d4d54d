package outsidetest

import (
	"fmt"
	"sort"
)

// folder is a calendar somebody has; stored is one event in it, in the keeper's own words.
type folder struct {
	id, name string
	seq      int
	events   map[string]*stored
	about    map[string]string // Microsoft: its extended properties
}

type stored struct {
	id      string
	seq     int // of the last change
	removed bool
	fields  map[string]any
}

func (s *server) folder(p *person, name string) *folder {
	s.serial++
	f := &folder{id: fmt.Sprintf("calendar-%d", s.serial), name: name, events: map[string]*stored{}, about: map[string]string{}}
	p.calendars[f.id] = f
	return f
}

// write puts the fields of an event in place.
func (f *folder) write(id string, fields map[string]any) *stored {
	f.seq++
	e := f.events[id]
	if e == nil {
		e = &stored{id: id}
		f.events[id] = e
	}
	e.seq, e.removed, e.fields = f.seq, false, fields
	return e
}

func (f *folder) remove(e *stored) {
	f.seq++
	e.seq, e.removed = f.seq, true
}

// sorted are the events in the order of their ids, those that changed after since.
func (f *folder) sorted(since int) []*stored {
	var out []*stored
	for _, e := range f.events {
		if e.seq > since && (since > 0 || !e.removed) {
			out = append(out, e)
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].id < out[j].id })
	return out
}

// at follows field names into an event.
func at(fields map[string]any, names ...string) string {
	var value any = fields
	for _, name := range names {
		inner, is := value.(map[string]any)
		if !is {
			return ""
		}
		value = inner[name]
	}
	text, _ := value.(string)
	return text
}

// Calendars are the names of the calendars somebody has, beside their own.
func (s *server) Calendars(account string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var names []string
	for _, f := range s.person(account).calendars {
		names = append(names, f.name)
	}
	sort.Strings(names)
	return names
}

// DropCalendars deletes all calendars of an account, as its owner can.
func (s *server) DropCalendars(account string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.person(account).calendars = map[string]*folder{}
}

// each visits the events of an account that stand there.
func (s *server) each(account string, visit func(f *folder, e *stored)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.person(account).calendars {
		for _, e := range f.sorted(0) {
			visit(f, e)
		}
	}
}
