package apptest

import (
	"context"
	"sync"

	"chancery/app/access"
	"chancery/app/casesync"
)

// System is a case system beside the practice. It says what a test puts into it, in one part.
type System struct {
	mu   sync.Mutex
	rows map[casesync.Kind][]casesync.Row
}

// Says adds what it says of an object, by pairs of field and value.
func (s *System) Says(kind casesync.Kind, pairs ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.rows == nil {
		s.rows = map[casesync.Kind][]casesync.Row{}
	}
	said := map[string]string{}
	for i := 0; i+1 < len(pairs); i += 2 {
		said[pairs[i]] = pairs[i+1]
	}
	s.rows[kind] = append(s.rows[kind], casesync.Row{Place: len(s.rows[kind]) + 1, Said: said})
}

// Forget makes it say nothing of a kind.
func (s *System) Forget(kind casesync.Kind) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rows[kind] = nil
}

// Read answers as a case system does (casesync.Source).
func (s *System) Read(_ context.Context, kind casesync.Kind, _, _ string) (casesync.Part, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return casesync.Part{Rows: s.rows[kind]}, nil
}

// Night goes through a night's run.
func (a *App) Night() *casesync.Run {
	a.t.Helper()
	id, err := a.Sync.Begin(a.t.Context(), access.System("casesync"))
	must(a.t, err)
	for {
		next, err := a.Sync.Advance(a.t.Context(), id)
		must(a.t, err)
		if next.IsZero() {
			break
		}
	}
	r, err := a.Sync.Last(a.t.Context())
	must(a.t, err)
	return r
}
