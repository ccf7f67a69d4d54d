package staff

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"
)

// Who stands in for whom at a moment. A cover who is away too is stood in for by their own, and so on; what ends with somebody who has no
// cover, who does not work here any more, or with somebody who was passed already, has no stand-in: then what happens goes to the one who is away, so
// that it reaches somebody (B-5). What of a case the stand-in is told is asked where they are told: no more than they may see, and what they may not
// see goes to the one who is away (app/notices, app/daily).

// rota is who is away at a moment, and whom they have asked to stand in for them ("": nobody).
type rota map[string]string

// standIn is who stands in for one who is away, or "". here tells of somebody whether they work here; who is away is never asked about.
func (r rota) standIn(of string, here func(id string) bool) string {
	passed := map[string]bool{of: true}
	for id := r[of]; id != "" && !passed[id]; id = r[id] {
		if _, away := r[id]; !away {
			if here(id) {
				return id
			}
			return ""
		}
		passed[id] = true
	}
	return ""
}

// Away are the absences at a moment of some people, by the id of who is away, with who stands in.
func (s *Staff) Away(ctx context.Context, userIDs []string, at time.Time) (map[string]Absence, error) {
	all, err := s.awayAlong(ctx, userIDs, at, "a.user_id", func(a awayRow) string { return value(a.CoverID) })
	if err != nil {
		return nil, err
	}
	asked := setOf(userIDs)
	away := map[string]Absence{}
	for _, a := range resolved(all) {
		if asked[a.UserID] {
			away[a.UserID] = a
		}
	}
	return away, nil
}

// Covering are the absences at a moment in which some people really stand in, for those who asked them to and for those whose cover is away too, by
// the id of who stands in; the earliest begun first. Who is away themselves stands in for nobody.
func (s *Staff) Covering(ctx context.Context, coverIDs []string, at time.Time) (map[string][]Absence, error) {
	all, err := s.awayAlong(ctx, coverIDs, at, "a.cover_id", func(a awayRow) string { return a.UserID })
	if err != nil || len(all) == 0 {
		return map[string][]Absence{}, err
	}
	// Whoever is passed on the way to them is in all by now; whether they themselves are away is still to be asked.
	themselves, err := s.awayOf(ctx, "a.user_id", coverIDs, at)
	if err != nil {
		return nil, err
	}
	for _, a := range themselves {
		all[a.UserID] = a
	}
	asked := setOf(coverIDs)
	covering := map[string][]Absence{}
	for _, a := range resolved(all) {
		if a.StandInID != nil && asked[*a.StandInID] {
			covering[*a.StandInID] = append(covering[*a.StandInID], a)
		}
	}
	return covering, nil
}

// awayRow is an absence with what is known of the one who was asked to stand in.
type awayRow struct {
	Absence
	CoverStatus Status
}

// resolved are absences with who stands in, in the order in which they began.
func resolved(all map[string]awayRow) []Absence {
	r, here := rota{}, map[string]bool{}
	for id, a := range all {
		r[id] = value(a.CoverID)
		here[r[id]] = a.CoverStatus == Active
	}
	absences := make([]Absence, 0, len(all))
	for id, a := range all {
		if in := r.standIn(id, func(id string) bool { return here[id] }); in != "" {
			a.StandInID = &in
		}
		absences = append(absences, a.Absence)
	}
	slices.SortFunc(absences, func(a, b Absence) int { return cmp.Or(a.BeginsAt.Compare(b.BeginsAt), cmp.Compare(a.ID, b.ID)) })
	return absences
}

// awayAlong are the absences at a moment of some people (by a column) and of all whom these lead to, by who is away: a query for each step of the
// chain, of which there is mostly one.
func (s *Staff) awayAlong(ctx context.Context, ids []string, at time.Time, column string, leads func(awayRow) string) (map[string]awayRow, error) {
	all := map[string]awayRow{}
	asked := setOf(ids)
	for len(ids) > 0 {
		rows, err := s.awayOf(ctx, column, ids, at)
		if err != nil {
			return nil, err
		}
		ids = nil
		for _, a := range rows {
			all[a.UserID] = a
			if id := leads(a); id != "" && !asked[id] {
				asked[id] = true
				ids = append(ids, id)
			}
		}
	}
	return all, nil
}

// awayMost is how many people one query asks about.
const awayMost = 1000

func (s *Staff) awayOf(ctx context.Context, column string, ids []string, at time.Time) (all []awayRow, err error) {
	for some := range slices.Chunk(ids, awayMost) {
		var rows []awayRow
		err := s.db.In(ctx).Raw(`SELECT a.*, COALESCE(c.status, '') AS cover_status FROM absences a LEFT JOIN users c ON c.id = a.cover_id
			WHERE `+column+` IN ? AND a.begins_at <= ? AND a.ends_at > ? AND (a.ended_at IS NULL OR a.ended_at > ?)`, some, at, at, at).Scan(&rows).Error
		if err != nil {
			return nil, fmt.Errorf("who is away: %w", err)
		}
		all = append(all, rows...)
	}
	return all, nil
}

func setOf(ids []string) map[string]bool {
	set := make(map[string]bool, len(ids))
	for _, id := range ids {
		set[id] = true
	}
	return set
}

func value(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
