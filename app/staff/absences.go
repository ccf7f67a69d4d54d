package staff

import (
	"time"
)

// Absence is a time in which somebody is away and another stands in for them (B-5).
type Absence struct {
	ID         string
	UserID     string
	CoverID    *string // who was asked to stand in; nil: nobody
	FirstDay   string  // YYYY-MM-DD, in the person's zone
	LastDay    string
	BeginsAt   time.Time
	EndsAt     time.Time // the first instant after it
	Note       string
	CreatedBy  string
	Generation int64
	CreatedAt  time.Time
	EndedAt    *time.Time // called off, or back early

	// StandInID is who really stands in at the moment that was asked about (Away, Covering): the cover or, while that one is
	// away too, the cover's. Nil: nobody does, and all goes to who is away, as if they were here.
	StandInID *string `gorm:"-"`
}
