package web

import (
	"crypto/sha256"
	"net/http"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"
)

// since knows since when feeds are as they are, for Last-Modified: what one holds depends on more than the times of its appointments (what its person may see, who
// else they were handed to, what day it is). So it is the moment at which this process first saw it so: later than the truth, never earlier. What is
// forgotten, after a start or among too many, is new again.
type since struct {
	mu    sync.Mutex
	known map[[sha256.Size]byte]known // by the address, as a hash
}

type known struct {
	print [sha256.Size]byte
	at    time.Time
}

const sinceMost = 10_000

// of notes what a feed holds now. Each content has a second of its own: the header knows none smaller.
func (s *since) of(address string, print [sha256.Size]byte, now time.Time) time.Time {
	key := sha256.Sum256([]byte(address))
	now = now.UTC().Truncate(time.Second)
	s.mu.Lock()
	defer s.mu.Unlock()
	was, ok := s.known[key]
	switch {
	case ok && was.print == print:
		return was.at
	case ok && !now.After(was.at):
		now = was.at.Add(time.Second)
	case !ok && len(s.known) >= sinceMost, s.known == nil:
		s.known = map[[sha256.Size]byte]known{}
	}
	s.known[key] = known{print, now}
	return now
}

// unchanged tells whether the reader has what would be sent. If-Modified-Since counts only where there is no If-None-Match (RFC 9110, 13.2.2).
func unchanged(r *request, at time.Time) bool {
	if r.Get(fiber.HeaderIfNoneMatch) != "" {
		r.Request().Header.Del(fiber.HeaderIfModifiedSince)
		return r.Fresh()
	}
	has, err := http.ParseTime(r.Get(fiber.HeaderIfModifiedSince))
	return err == nil && !at.After(has)
}
