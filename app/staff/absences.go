package staff

import (
	"context"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"chancery/app/access"
	"chancery/app/audit"
	"chancery/app/fault"
	"chancery/app/store"
	"chancery/app/zone"
)

// Absence is a time in which somebody is away and another stands in for them (B-5). It begins and ends by itself: nothing is done at these moments, but
// whoever is told of something is asked for then (Away, Covering; stand_in.go). Two absences of a person do not overlap.
//
// Days are those of the zone that the person had when it was written down; one who moves to another zone keeps the instants that their
// cover was told.
type Absence struct {
	ID         string
	UserID     string
	CoverID    *string // who was asked to stand in; nil: nobody
	FirstDay   string  // YYYY-MM-DD, in the person's zone
	LastDay    string
	BeginsAt   time.Time
	EndsAt     time.Time // the first instant after it
	Note       string    // for the cover and for those who may edit the person
	CreatedBy  string
	Generation int64
	CreatedAt  time.Time
	EndedAt    *time.Time // called off, or back early

	// StandInID is who really stands in at the moment that was asked about (Away, Covering): the cover or, while that one is
	// away too, the cover's. Nil: nobody does, and all goes to who is away, as if they were here.
	StandInID *string `gorm:"-"`
}

// AbsenceState is where an absence is in its life at a moment.
type AbsenceState string

// The states of an absence.
const (
	AbsenceAhead   AbsenceState = "ahead"
	AbsenceRunning AbsenceState = "running"
	AbsenceOver    AbsenceState = "over"
	AbsenceOff     AbsenceState = "off" // called off before it began
)

// State is where the absence is at a moment.
func (a *Absence) State(now time.Time) AbsenceState {
	switch {
	case a.EndedAt != nil && !a.EndedAt.After(a.BeginsAt):
		return AbsenceOff
	case a.EndedAt != nil || !a.EndsAt.After(now):
		return AbsenceOver
	case a.BeginsAt.After(now):
		return AbsenceAhead
	}
	return AbsenceRunning
}

// AbsencePlan is what an absence is to be.
type AbsencePlan struct {
	FirstDay string // YYYY-MM-DD
	LastDay  string
	CoverID  string // "": nobody stands in
	Note     string
}

// Bounds of an absence.
const (
	AbsenceNoteMax = 500                 // characters
	absenceLongest = 2 * 366             // days: a parental leave may take more than one year
	absenceFarMost = 2 * 366 * 24 * 3600 // seconds until it begins
)

// PlanAbsence writes down when somebody is away, and who stands in, who is told. One's own needs nothing; somebody else's needs users.edit and is over
// their record. It returns *fault.Invalid on first_day, last_day, cover or note, *fault.Refused for who does not work here, *fault.Forbidden or
// fault.ErrNotFound.
func (s *Staff) PlanAbsence(ctx context.Context, actor access.Actor, userID string, p AbsencePlan) (*Absence, error) {
	var a *Absence
	err := s.absence(ctx, actor, userID, p.CoverID, func(ctx context.Context, u *User, cover *User) error {
		now := s.db.Now()
		a = &Absence{ID: store.NewID(), UserID: userID, CreatedBy: actor.ID, Generation: 1, CreatedAt: now}
		if err := s.lay(ctx, a, p, u, cover); err != nil {
			return err
		}
		if err := s.db.In(ctx).Create(a).Error; err != nil {
			return fmt.Errorf("write absence: %w", err)
		}
		if err := s.absenceDone(ctx, actor, "absence.plan", &Absence{}, a); err != nil {
			return err
		}
		return s.tellCover(ctx, actor, CoverAsked, a, p.CoverID)
	})
	return a, err
}

// ChangeAbsence changes one that is not over: of one that has begun, all but its first day. The generation is of what the form was filled in from. It needs
// what PlanAbsence does, and returns what that does, *fault.Refused for one that is over, and *fault.Conflict where another has changed it since (B-16).
func (s *Staff) ChangeAbsence(ctx context.Context, actor access.Actor, id string, generation int64, p AbsencePlan) (*Absence, error) {
	known, err := s.absenceByID(ctx, id)
	if err != nil {
		return nil, err
	}
	var a *Absence
	err = s.absence(ctx, actor, known.UserID, p.CoverID, func(ctx context.Context, u *User, cover *User) error {
		was, err := s.absenceByID(ctx, id) // held by its person's row
		if err != nil {
			return err
		}
		state := was.State(s.db.Now())
		switch {
		case state == AbsenceOver || state == AbsenceOff:
			return fault.Refuse("absence.is-over")
		case was.Generation != generation:
			return &fault.Conflict{Current: was.differsFrom(p)}
		case state == AbsenceRunning && p.FirstDay != was.FirstDay:
			return fault.Field1("first_day", "absence.begun")
		}
		changed := *was
		a = &changed
		if err := s.lay(ctx, a, p, u, cover); err != nil {
			return err
		}
		a.Generation++
		_, err = s.db.Exec(ctx, `UPDATE absences SET cover_id = $1, first_day = $2, last_day = $3, begins_at = $4, ends_at = $5, note = $6, generation = $7 WHERE id = $8`,
			a.CoverID, a.FirstDay, a.LastDay, a.BeginsAt, a.EndsAt, a.Note, a.Generation, id)
		if err != nil {
			return fmt.Errorf("change absence: %w", err)
		}
		if err := s.absenceDone(ctx, actor, "absence.change", was, a); err != nil {
			return err
		}
		if value(was.CoverID) != value(a.CoverID) {
			return errors.Join(s.tellCover(ctx, actor, CoverFreed, a, value(was.CoverID)), s.tellCover(ctx, actor, CoverAsked, a, value(a.CoverID)))
		}
		return s.tellCover(ctx, actor, CoverChanged, a, value(a.CoverID))
	})
	return a, err
}

// differsFrom is what is stored of the fields that were typed otherwise.
func (a *Absence) differsFrom(p AbsencePlan) map[string]string {
	now := map[string]string{}
	for _, f := range []struct{ name, stored, typed string }{{"first_day", a.FirstDay, p.FirstDay}, {"last_day", a.LastDay, p.LastDay},
		{"cover", value(a.CoverID), p.CoverID}, {"note", a.Note, text(p.Note)}} {
		if f.stored != f.typed {
			now[f.name] = f.stored
		}
	}
	return now
}

// EndAbsence says that somebody is back early, or calls off what has not begun. It needs what PlanAbsence does; *fault.Refused for one that is over.
func (s *Staff) EndAbsence(ctx context.Context, actor access.Actor, id string) error {
	known, err := s.absenceByID(ctx, id)
	if err != nil {
		return err
	}
	return s.absence(ctx, actor, known.UserID, "", func(ctx context.Context, _ *User, _ *User) error {
		a, err := s.absenceByID(ctx, id)
		if err != nil {
			return err
		}
		now := s.db.Now()
		state := a.State(now)
		if state == AbsenceOver || state == AbsenceOff {
			return fault.Refuse("absence.is-over")
		}
		if _, err := s.db.Exec(ctx, `UPDATE absences SET ended_at = $1, generation = generation + 1 WHERE id = $2`, now, id); err != nil {
			return fmt.Errorf("end absence: %w", err)
		}
		action := "absence.end"
		if state == AbsenceAhead {
			action = "absence.call-off"
		}
		if err := s.absenceDone(ctx, actor, action, a, &Absence{UserID: a.UserID, ID: a.ID}); err != nil {
			return err
		}
		a.Generation++
		return s.tellCover(ctx, actor, CoverFreed, a, value(a.CoverID))
	})
}

// absence does something to the absences of a person, whose row it holds, and the cover's: so that two absences never overlap, and nobody who is to stand
// in leaves meanwhile.
func (s *Staff) absence(ctx context.Context, actor access.Actor, userID, coverID string, do func(ctx context.Context, u, cover *User) error) error {
	if err := may(actor, userID, access.UsersEdit); err != nil {
		return err
	}
	return s.db.Tx(ctx, func(ctx context.Context) error {
		var people []User
		if err := store.Locked(s.db.In(ctx)).Where("id IN ?", []string{userID, coverID}).Order("id").Find(&people).Error; err != nil {
			return fmt.Errorf("hold who is away: %w", err)
		}
		var u, cover *User
		for i := range people {
			if people[i].ID == userID {
				u = &people[i]
			}
			if people[i].ID == coverID {
				cover = &people[i]
			}
		}
		if u == nil {
			return fault.ErrNotFound
		}
		if actor.ID != userID {
			if err := s.over(ctx, actor, access.OverRecord, userID); err != nil {
				return err
			}
		}
		if u.Status == Inactive {
			return fault.Refuse("absence.not-here")
		}
		return do(ctx, u, cover)
	})
}

// lay makes an absence as it is planned, or says what is wrong with the plan.
func (s *Staff) lay(ctx context.Context, a *Absence, p AbsencePlan, u, cover *User) error {
	place, err := zone.Load(u.Zone)
	if err != nil {
		return fmt.Errorf("zone of who is away: %w", err)
	}
	bad := &fault.Invalid{}
	a.Note = text(p.Note)
	if n := utf8.RuneCountInString(a.Note); n > AbsenceNoteMax {
		bad.Add("note", "staff.too-long", "Count", n-AbsenceNoteMax, "Max", AbsenceNoteMax)
	}
	a.CoverID = nil
	switch {
	case p.CoverID == "":
	case p.CoverID == u.ID:
		bad.Add("cover", "absence.cover-self")
	case cover == nil || cover.Status != Active:
		bad.Add("cover", "absence.cover-gone")
	default:
		a.CoverID = &p.CoverID
	}
	now := s.db.Now()
	begun := a.FirstDay != "" && !a.BeginsAt.After(now)
	first, firstErr := time.Parse(time.DateOnly, p.FirstDay)
	last, lastErr := time.Parse(time.DateOnly, p.LastDay)
	if firstErr != nil {
		bad.Add("first_day", "absence.no-day")
	}
	if lastErr != nil {
		bad.Add("last_day", "absence.no-day")
	}
	if firstErr != nil || lastErr != nil {
		return bad.Err()
	}
	if !begun { // one that has begun keeps the instant at which it did
		_, endOfFirst := zone.Day(first.Year(), first.Month(), first.Day(), place)
		a.BeginsAt, _ = zone.Day(first.Year(), first.Month(), first.Day(), place)
		switch {
		case !endOfFirst.After(now):
			bad.Add("first_day", "absence.past")
		case a.BeginsAt.Sub(now) > absenceFarMost*time.Second:
			bad.Add("first_day", "absence.far")
		}
	}
	_, a.EndsAt = zone.Day(last.Year(), last.Month(), last.Day(), place)
	a.BeginsAt, a.EndsAt = a.BeginsAt.UTC(), a.EndsAt.UTC()
	a.FirstDay, a.LastDay = p.FirstDay, p.LastDay
	switch {
	case last.Before(first):
		bad.Add("last_day", "absence.backwards")
	case !a.EndsAt.After(now):
		bad.Add("last_day", "absence.past")
	case int(last.Sub(first).Hours()/24) >= absenceLongest:
		bad.Add("last_day", "absence.long")
	}
	if err := bad.Err(); err != nil {
		return err
	}
	var other int
	overlaps, err := store.One(s.db.In(ctx).Raw(`SELECT 1 FROM absences WHERE user_id = ? AND id <> ? AND begins_at < ? AND ends_at > ? AND (ended_at IS NULL OR ended_at > ? AND ended_at > begins_at) LIMIT 1`,
		u.ID, a.ID, a.EndsAt, a.BeginsAt, a.BeginsAt), &other)
	if err != nil {
		return fmt.Errorf("other absences: %w", err)
	}
	if overlaps {
		return fault.Field1("first_day", "absence.overlaps")
	}
	return nil
}

func (s *Staff) absenceByID(ctx context.Context, id string) (*Absence, error) {
	var a Absence
	ok, err := store.Found(s.db.In(ctx).Where("id = ?", id).Take(&a).Error)
	switch {
	case err != nil:
		return nil, fmt.Errorf("absence: %w", err)
	case !ok:
		return nil, fault.ErrNotFound
	}
	return &a, nil
}

// absenceDone writes the audit, on the person who is away, and announces it. The note stays out of it: why somebody is away is not for everybody who
// reads the history, nor for ever.
func (s *Staff) absenceDone(ctx context.Context, actor access.Actor, action string, was, is *Absence) error {
	names, err := s.namesOf(ctx, value(was.CoverID), value(is.CoverID))
	if err != nil {
		return err
	}
	var changes []audit.Change
	for _, c := range []audit.Change{{Field: "first_day", Before: was.FirstDay, After: is.FirstDay}, {Field: "last_day", Before: was.LastDay, After: is.LastDay},
		{Field: "cover", Before: names[value(was.CoverID)], After: names[value(is.CoverID)]}} {
		if c.Before != c.After {
			changes = append(changes, c)
		}
	}
	if err := audit.Record(ctx, s.db, actor.Actor, audit.Entry{Action: action, Kind: "user", ID: is.UserID, Changes: changes}); err != nil {
		return err
	}
	return s.changed(ctx, is.UserID)
}

// namesOf are people as the audit names them, by their id: names repeat, addresses do not.
func (s *Staff) namesOf(ctx context.Context, ids ...string) (map[string]string, error) {
	var people []User
	if err := s.db.In(ctx).Where("id IN ?", ids).Find(&people).Error; err != nil {
		return nil, fmt.Errorf("names: %w", err)
	}
	names := map[string]string{}
	for i := range people {
		names[people[i].ID] = people[i].Name() + " (" + people[i].Email + ")"
	}
	return names, nil
}
