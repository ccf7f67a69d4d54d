package staff

import (
	"context"
	"fmt"
	"time"
)

// Absence is a time in which somebody is away and another stands in for them (B-5).
type Absence struct {
	ID         string
	UserID     string
	CoverID    *string // nil: nobody stands in
	FirstDay   string  // YYYY-MM-DD, in the person's zone
	LastDay    string
	BeginsAt   time.Time
	EndsAt     time.Time // the first instant after it
	Note       string
	CreatedBy  string
	Generation int64
	CreatedAt  time.Time
	EndedAt    *time.Time // called off, or back early
}

// Away are the absences at a moment of some people, by the id of who is away.
func (s *Staff) Away(ctx context.Context, userIDs []string, at time.Time) (map[string]Absence, error) {
	var rows []Absence
	err := s.db.In(ctx).Raw(`SELECT * FROM absences WHERE user_id IN ? AND begins_at <= ? AND ends_at > ? AND (ended_at IS NULL OR ended_at > ?)`, userIDs, at, at, at).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("absences: %w", err)
	}
	away := make(map[string]Absence, len(rows))
	for _, a := range rows {
		away[a.UserID] = a
	}
	return away, nil
}

// Covering are the absences at a moment that some people stand in for, by the id of who stands in.
func (s *Staff) Covering(ctx context.Context, coverIDs []string, at time.Time) (map[string][]Absence, error) {
	var rows []Absence
	err := s.db.In(ctx).Raw(`SELECT * FROM absences WHERE cover_id IN ? AND begins_at <= ? AND ends_at > ? AND (ended_at IS NULL OR ended_at > ?)`, coverIDs, at, at, at).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("absences covered: %w", err)
	}
	covering := map[string][]Absence{}
	for _, a := range rows {
		covering[*a.CoverID] = append(covering[*a.CoverID], a)
	}
	return covering, nil
}
