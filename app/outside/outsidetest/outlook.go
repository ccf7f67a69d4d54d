package outsidetest

import (
	"fmt"
	"maps"
	"strings"
)

// graphUID is the UID of an event of ours, "" of others.
func graphUID(e *stored) string {
	for _, value := range properties(e.fields) {
		uid, _, _ := strings.Cut(value, " ")
		return uid
	}
	return ""
}

// Events are what stands in an account's calendars.
func (m *Microsoft) Events(account string) []Event {
	var out []Event
	m.each(account, func(_ *folder, e *stored) {
		notes := at(e.fields, "body", "content")
		out = append(out, Event{
			UID: graphUID(e), Ref: e.id, Title: at(e.fields, "subject"), Place: at(e.fields, "location", "displayName"), Notes: notes,
			Link:     notes[strings.LastIndexByte(notes, '\n')+1:],
			StartsAt: graphTime(e.fields, "start"), EndsAt: graphTime(e.fields, "end"), Zone: at(e.fields, "start", "timeZone"),
		})
	})
	return out
}

// Retitle is somebody who gives an event another title there.
func (m *Microsoft) Retitle(account, uid, title string) {
	m.each(account, func(f *folder, e *stored) {
		if graphUID(e) == uid {
			fields := maps.Clone(e.fields)
			fields["subject"] = title
			f.write(e.id, fields)
		}
	})
}

// Delete is somebody who deletes an event there.
func (m *Microsoft) Delete(account, uid string) {
	m.each(account, func(f *folder, e *stored) {
		if graphUID(e) == uid {
			f.remove(e)
		}
	})
}

// Copy is somebody who makes a second of an event there.
func (m *Microsoft) Copy(account, uid string) {
	m.each(account, func(f *folder, e *stored) {
		if graphUID(e) == uid {
			m.serial++
			fields := maps.Clone(e.fields)
			fields["createdDateTime"] = "2999-01-01T00:00:00.0000000Z"
			f.write(fmt.Sprintf("AAAA%06d=", m.serial), fields)
		}
	})
}

// AddCalendar is somebody who has a calendar of their own by a name.
func (m *Microsoft) AddCalendar(account, name string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.folder(m.person(account), name)
}

// Add is somebody who writes an event of their own into a calendar of ours.
func (m *Microsoft) Add(account, title string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, f := range m.person(account).calendars {
		m.serial++
		f.write(fmt.Sprintf("own%d", m.serial), map[string]any{"subject": title})
	}
}
