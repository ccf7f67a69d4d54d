package staff

import (
	"context"
	"fmt"
	"slices"
	"time"

	"chancery/app/access"
	"chancery/app/fault"
)

// Named is somebody as an absence names them.
type Named struct {
	ID          string
	FirstName   string
	LastName    string
	DisplayName string
	PictureID   *string
	Status      Status
}

// Name is what others call the person.
func (n *Named) Name() string { return DisplayName(n.FirstName, n.LastName, n.DisplayName) }

// Out is somebody who is away at a moment, and who stands in.
type Out struct {
	Absence
	StandIn *Named // nil: nobody
}

// Outs are those of some people who are away at a moment, by their id. Everybody who works here may know.
func (s *Staff) Outs(ctx context.Context, userIDs []string, at time.Time) (map[string]Out, error) {
	away, err := s.Away(ctx, userIDs, at)
	if err != nil || len(away) == 0 {
		return map[string]Out{}, err
	}
	var ids []string
	for _, a := range away {
		if a.StandInID != nil {
			ids = append(ids, *a.StandInID)
		}
	}
	names, err := s.named(ctx, ids)
	if err != nil {
		return nil, err
	}
	outs := make(map[string]Out, len(away))
	for id, a := range away {
		o := Out{Absence: a}
		o.Note = "" // not everybody's
		if n, ok := names[value(a.StandInID)]; ok {
			o.StandIn = &n
		}
		outs[id] = o
	}
	return outs, nil
}

func (s *Staff) named(ctx context.Context, ids []string) (map[string]Named, error) {
	names := map[string]Named{}
	for some := range slices.Chunk(ids, awayMost) {
		var people []Named
		err := s.db.In(ctx).Raw(`SELECT id, first_name, last_name, display_name, picture_id, status FROM users WHERE id IN ?`, some).Scan(&people).Error
		if err != nil {
			return nil, fmt.Errorf("names: %w", err)
		}
		for _, n := range people {
			names[n.ID] = n
		}
	}
	return names, nil
}

// AbsenceRow is an absence as a list shows it.
type AbsenceRow struct {
	Absence
	Who   Named
	Cover *Named // who was asked to stand in; nil: nobody
	// Gap is the first absence of the cover's own within this one that nobody has ended, nil for none: what happens then goes to whom the chain leads to.
	Gap *Gap
}

// Gap is a time within an absence in which its cover is away too.
type Gap struct {
	FirstDay, LastDay string
	StandIn           *Named // who stands in for both at its beginning; nil: nobody
}

// absencesMost bounds a list of absences: the newest.
const absencesMost = 100

// Absences are a person's, the latest first. Somebody else's need users.view; their notes, users.edit.
func (s *Staff) Absences(ctx context.Context, actor access.Actor, userID string) ([]AbsenceRow, error) {
	if err := may(actor, userID, access.UsersView); err != nil {
		return nil, err
	}
	if _, err := s.Get(ctx, userID); err != nil {
		return nil, err
	}
	rows, err := s.absenceRows(ctx, `user_id = ? ORDER BY begins_at DESC, id DESC`, userID)
	if err != nil {
		return nil, err
	}
	if actor.ID != userID && !actor.Rights.Can(access.UsersEdit) {
		for i := range rows {
			rows[i].Note = ""
		}
	}
	return rows, nil
}

// AbsenceOf is one absence of a person, as Absences has it, or fault.ErrNotFound.
func (s *Staff) AbsenceOf(ctx context.Context, actor access.Actor, userID, id string) (*AbsenceRow, error) {
	if err := may(actor, userID, access.UsersEdit); err != nil {
		return nil, err
	}
	rows, err := s.absenceRows(ctx, `user_id = ? AND id = ?`, userID, id)
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, fault.ErrNotFound
	}
	return &rows[0], nil
}

// Duties are the absences, running or ahead, in which the actor was asked to stand in, the earliest first.
func (s *Staff) Duties(ctx context.Context, actor access.Actor) ([]AbsenceRow, error) {
	return s.absenceRows(ctx, `cover_id = ? AND ended_at IS NULL AND ends_at > ? ORDER BY begins_at, id`, actor.ID, s.db.Now())
}

func (s *Staff) absenceRows(ctx context.Context, where string, args ...any) ([]AbsenceRow, error) {
	var all []Absence
	if err := s.db.In(ctx).Raw(`SELECT * FROM absences WHERE `+where+` LIMIT ?`, append(args, absencesMost)...).Scan(&all).Error; err != nil {
		return nil, fmt.Errorf("absences: %w", err)
	}
	var ids []string
	for _, a := range all {
		ids = append(ids, a.UserID, value(a.CoverID))
	}
	names, err := s.named(ctx, ids)
	if err != nil {
		return nil, err
	}
	rows := make([]AbsenceRow, len(all))
	now := s.db.Now()
	for i, a := range all {
		rows[i] = AbsenceRow{Absence: a, Who: names[a.UserID]}
		if n, ok := names[value(a.CoverID)]; ok {
			rows[i].Cover = &n
		}
		if state := a.State(now); rows[i].Cover != nil && (state == AbsenceAhead || state == AbsenceRunning) {
			if rows[i].Gap, err = s.gap(ctx, &a, now); err != nil {
				return nil, err
			}
		}
	}
	return rows, nil
}

// gap looks for the first time, from now on, in which the cover of an absence is away too.
func (s *Staff) gap(ctx context.Context, a *Absence, now time.Time) (*Gap, error) {
	from := a.BeginsAt
	if now.After(from) {
		from = now
	}
	var theirs []Absence
	err := s.db.In(ctx).Raw(`SELECT * FROM absences WHERE user_id = ? AND begins_at < ? AND ends_at > ? AND ended_at IS NULL ORDER BY begins_at LIMIT 1`, *a.CoverID, a.EndsAt, from).Scan(&theirs).Error
	if err != nil {
		return nil, fmt.Errorf("absences of a cover: %w", err)
	}
	if len(theirs) == 0 {
		return nil, nil
	}
	g := &Gap{FirstDay: theirs[0].FirstDay, LastDay: theirs[0].LastDay}
	if theirs[0].BeginsAt.After(from) {
		from = theirs[0].BeginsAt
	}
	outs, err := s.Outs(ctx, []string{a.UserID}, from)
	if err != nil {
		return nil, err
	}
	g.StandIn = outs[a.UserID].StandIn
	return g, nil
}

// CoverChoice is somebody who could stand in.
type CoverChoice struct {
	Named
	AwayFrom string // of the first absence of their own, running or ahead: its days; "" for none
	AwayTo   string
}

// CoverChoicesMost bounds how many colleagues are offered as covers; another is named by their address.
const CoverChoicesMost = 200

// CoverChoices are who could stand in for a person, by last name; where there are too many, those of their department before others. Of somebody else it needs users.edit.
func (s *Staff) CoverChoices(ctx context.Context, actor access.Actor, userID string) ([]CoverChoice, error) {
	if err := may(actor, userID, access.UsersEdit); err != nil {
		return nil, err
	}
	var all []CoverChoice
	err := s.db.In(ctx).Raw(`SELECT * FROM (SELECT u.id, u.first_name, u.last_name, u.display_name, u.picture_id, u.status, u.sort_name,
			COALESCE(u.department_id = (SELECT x.department_id FROM users x WHERE x.id = ?), false) AS near
		FROM users u WHERE u.status = 'ACTIVE' AND u.id <> ? ORDER BY near DESC, u.sort_name, u.id LIMIT ?) c ORDER BY c.sort_name, c.id`, userID, userID, CoverChoicesMost).Scan(&all).Error
	if err != nil {
		return nil, fmt.Errorf("who could stand in: %w", err)
	}
	ids := make([]string, len(all))
	for i := range all {
		ids[i] = all[i].ID
	}
	var absences []Absence
	err = s.db.In(ctx).Raw(`SELECT * FROM absences WHERE user_id IN ? AND ends_at > ? AND ended_at IS NULL ORDER BY begins_at DESC`, ids, s.db.Now()).Scan(&absences).Error
	if err != nil {
		return nil, fmt.Errorf("absences of who could stand in: %w", err)
	}
	next := map[string]Absence{}
	for _, a := range absences {
		next[a.UserID] = a
	}
	for i := range all {
		if a, ok := next[all[i].ID]; ok {
			all[i].AwayFrom, all[i].AwayTo = a.FirstDay, a.LastDay
		}
	}
	return all, nil
}
