package agenda

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"chancery/app/access"
	"chancery/app/cases"
)

// What is what somebody is told of an appointment.
type What string

// What people are told.
const (
	Invited   What = "invited" // they are asked to come
	Handed    What = "handed"  // it is theirs now
	Moved     What = "moved"   // to another time or place
	CalledOff What = "cancelled"
	Restored  What = "restored" // it takes place after all
)

// News is what one person is told. It holds no word of what the appointment is about.
type News struct {
	UserID string
	What   What
	ID     string // of the appointment; "" of several
	CaseID string // of which it is; "" of none, and of several
	Count  int64
	By     access.Actor
}

// Teller tells people of what becomes of their appointments. It is called within the transaction.
type Teller interface {
	Appointed(ctx context.Context, n News) error
}

// Tells names who tells people. Only who wires the house calls it, before anything is served.
func (a *Agenda) Tells(t Teller) { a.teller = t }

// tell lets people know what became of an appointment that is not over: all but who did it, and nobody who does not see it.
func (a *Agenda) tell(ctx context.Context, actor access.Actor, p *Appointment, what What, people []string) error {
	if a.teller == nil || !p.EndsAt.After(a.db.Now()) {
		return nil
	}
	caseID := ""
	if p.CaseID != nil {
		caseID = *p.CaseID
	}
	people, err := a.tellable(ctx, actor, caseID, people)
	if err != nil {
		return err
	}
	for _, id := range people {
		if err := a.teller.Appointed(ctx, News{UserID: id, What: what, ID: p.ID, CaseID: caseID, Count: 1, By: actor}); err != nil {
			return err
		}
	}
	return nil
}

// tellOfChange tells those who are new that they are asked, a new owner that it is theirs, and the others if it is at another time or place.
func (a *Agenda) tellOfChange(ctx context.Context, actor access.Actor, was, now *Appointment, before, people []string) error {
	var fresh []string
	stay := []string{}
	for _, id := range people {
		if slices.Contains(before, id) || id == was.OwnerID {
			stay = append(stay, id)
		} else {
			fresh = append(fresh, id)
		}
	}
	if err := a.tell(ctx, actor, now, Invited, fresh); err != nil {
		return err
	}
	if now.OwnerID == was.OwnerID {
		stay = append(stay, now.OwnerID)
	} else if err := a.tell(ctx, actor, now, Handed, []string{now.OwnerID}); err != nil {
		return err
	}
	if was.StartsAt.Equal(now.StartsAt) && was.EndsAt.Equal(now.EndsAt) && was.Place == now.Place {
		return nil
	}
	return a.tell(ctx, actor, now, Moved, stay)
}

// tellTakers tells those to whom a leaver's appointments came, each once.
func (a *Agenda) tellTakers(ctx context.Context, actor access.Actor, taken map[string][]handed) error {
	if a.teller == nil {
		return nil
	}
	for to, all := range taken {
		all, n := slices.Clone(all), News{UserID: to, What: Handed, Count: int64(len(all)), By: actor}
		slices.SortFunc(all, func(x, y handed) int { return cmp.Compare(x.id, y.id) })
		if len(all) == 1 {
			n.ID, n.CaseID = all[0].id, all[0].caseID
		}
		told, err := a.tellable(ctx, actor, n.CaseID, []string{to})
		if err != nil {
			return err
		}
		if len(told) == 0 {
			continue
		}
		if err := a.teller.Appointed(ctx, n); err != nil {
			return err
		}
	}
	return nil
}

// handed is an appointment that came to somebody.
type handed struct{ id, caseID string }

// tellable are those of some people who work here, and see appointments and the case.
func (a *Agenda) tellable(ctx context.Context, actor access.Actor, caseID string, people []string) (told []string, err error) {
	people = slices.DeleteFunc(slices.Clone(people), func(id string) bool { return id == actor.ID || id == "" })
	if len(people) == 0 {
		return nil, nil
	}
	may, with := access.Holds(access.AppointmentsView)
	query, args := `SELECT u.id FROM users u WHERE u.id IN ? AND u.status <> 'INACTIVE' AND `+may, append([]any{people}, with...)
	if caseID != "" {
		sees, more := cases.SeenBy()
		query, args = query+` AND EXISTS (SELECT 1 FROM cases k WHERE k.id = ? AND `+sees+`)`, append(append(args, caseID), more...)
	}
	if err := a.db.In(ctx).Raw(query+` ORDER BY u.id`, args...).Scan(&told).Error; err != nil {
		return nil, fmt.Errorf("who is told of an appointment: %w", err)
	}
	return told, nil
}

// Follower has what stands elsewhere follow a change of people's appointments. It is called within the transaction.
type Follower interface {
	Changed(ctx context.Context, userIDs []string) error
}

// Follows names who follows. Only who wires the house calls it, before anything is served.
func (a *Agenda) Follows(f Follower) { a.follower = f }

// concerns lets open pages, and who follows, know whose appointments have changed.
func (a *Agenda) concerns(ctx context.Context, people []string) error {
	people = slices.Clone(people)
	slices.Sort(people)
	people = slices.Compact(people)
	for _, id := range people {
		if err := a.db.Changed(ctx, "agenda/"+id); err != nil {
			return err
		}
	}
	if a.follower == nil || len(people) == 0 {
		return nil
	}
	return a.follower.Changed(ctx, people)
}
