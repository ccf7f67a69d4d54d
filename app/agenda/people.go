package agenda

import (
	"context"
	"fmt"

	"chancery/app/access"
	"chancery/app/cases"
	"chancery/app/staff"
)

// Person is somebody whose appointments may be looked at, or who may be asked to one.
type Person struct {
	ID          string
	FirstName   string
	LastName    string
	DisplayName string
	PictureID   *string
	Status      staff.Status
}

// Name is what others call the person.
func (p *Person) Name() string { return staff.DisplayName(p.FirstName, p.LastName, p.DisplayName) }

// PeopleMost bounds how many people are offered at once.
const PeopleMost = 300

// People are those who can be asked to an appointment, by last name, up to PeopleMost: to one of a case ("": of none), those who see it.
// Whoever is named comes first, also if they have left. It needs appointments.view, and the case.
func (a *Agenda) People(ctx context.Context, actor access.Actor, caseID string, named ...string) (all []Person, err error) {
	if err := actor.Must(access.AppointmentsView); err != nil {
		return nil, err
	}
	sees, with := `1 = 1`, []any(nil)
	if caseID != "" {
		if err := a.cases.MustSee(ctx, actor, caseID); err != nil {
			return nil, err
		}
		sees, with = cases.SeenBy()
		sees, with = `EXISTS (SELECT 1 FROM cases k WHERE k.id = ? AND `+sees+`)`, append([]any{caseID}, with...)
	}
	// The two are asked apart, so that the others are read along the index of names and no further than they are wanted.
	const columns = `u.id, u.first_name, u.last_name, u.display_name, u.picture_id, u.status, u.sort_name`
	args := append(append([]any{none(named), none(named)}, with...), PeopleMost, PeopleMost)
	return a.persons(ctx, `SELECT * FROM (SELECT `+columns+`, 0 AS later FROM users u WHERE u.id IN ?) named
		UNION ALL SELECT * FROM (SELECT `+columns+`, 1 AS later FROM users u WHERE u.status <> 'INACTIVE' AND u.id NOT IN ? AND `+sees+` ORDER BY u.sort_name, u.id LIMIT ?) others
		ORDER BY later, sort_name, id LIMIT ?`, args...)
}

// Named are the people of these ids, by last name. It needs appointments.view.
func (a *Agenda) Named(ctx context.Context, actor access.Actor, ids []string) ([]Person, error) {
	if err := actor.Must(access.AppointmentsView); err != nil || len(ids) == 0 {
		return nil, err
	}
	return a.persons(ctx, `SELECT u.id, u.first_name, u.last_name, u.display_name, u.picture_id, u.status FROM users u WHERE u.id IN ? ORDER BY u.sort_name, u.id`, ids)
}

func (a *Agenda) persons(ctx context.Context, sql string, args ...any) (all []Person, err error) {
	if err := a.db.In(ctx).Raw(sql, args...).Scan(&all).Error; err != nil {
		return nil, fmt.Errorf("people of the agenda: %w", err)
	}
	return all, nil
}

// Coming is who comes to appointments besides their owners, by appointment. Nobody is asked whether they may: whoever calls it has
// read or written these.
func (a *Agenda) Coming(ctx context.Context, ids ...string) (map[string][]string, error) {
	all := make(map[string][]string, len(ids))
	if len(ids) == 0 {
		return all, nil
	}
	var rows []struct{ AppointmentID, UserID string }
	if err := a.db.In(ctx).Raw(`SELECT appointment_id, user_id FROM appointment_people WHERE appointment_id IN ? ORDER BY appointment_id, user_id`, ids).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("who comes: %w", err)
	}
	for _, r := range rows {
		all[r.AppointmentID] = append(all[r.AppointmentID], r.UserID)
	}
	return all, nil
}

// none is a list that SQL takes in the place of an empty one.
func none(ids []string) []string {
	if len(ids) == 0 {
		return []string{""}
	}
	return ids
}
