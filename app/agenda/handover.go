package agenda

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"chancery/app/access"
	"chancery/app/audit"
	"chancery/app/fault"
	"chancery/app/staff"
)

// Kind is appointments to come among what a person owns (staff.Belonging).
func (a *Agenda) Kind() string { return "appointments" }

// upcoming are a leaver's appointments that are not over.
const upcoming = `p.owner_id = ? AND p.status = 'planned' AND p.ends_at > ?`

// Count is how many appointments a person owns that are not over. Nobody has to take them over: one that has no case and for
// which nobody is named is cancelled.
func (a *Agenda) Count(ctx context.Context, userID string) (h staff.Holding, err error) {
	err = a.db.In(ctx).Raw(`SELECT count(*) FROM appointments p WHERE `+upcoming, userID, a.db.Now()).Scan(&h.Count).Error
	if err != nil {
		return h, fmt.Errorf("count appointments: %w", err)
	}
	return h, nil
}

// HandOver gives a leaver's appointments to come to others (B-1): one of a case to the case's owner, who was found before; any
// other to whom the plan names, or it is cancelled. Nobody is asked to come who is leaving.
func (a *Agenda) HandOver(ctx context.Context, actor access.Actor, userID string, p staff.Plan) (staff.Handed, error) {
	done := staff.Handed{Successor: true}
	var all []struct {
		ID, CaseID, Taker string
		EndsAt            time.Time
	}
	err := a.db.In(ctx).Raw(`SELECT p.id, COALESCE(p.case_id, '') AS case_id, COALESCE(k.owner_id, '') AS taker, p.ends_at
		FROM appointments p LEFT JOIN cases k ON k.id = p.case_id WHERE `+upcoming+` ORDER BY p.starts_at, p.id`, userID, a.db.Now()).Scan(&all).Error
	if err != nil {
		return done, fmt.Errorf("appointments to hand over: %w", err)
	}
	now := a.db.Now()
	counts, taken, concerned := map[string]int64{}, map[string][]handed{}, []string{userID}
	for _, one := range all {
		to := one.Taker
		if to == userID || to == "" {
			to = p.Successor
		}
		entry := audit.Entry{Action: "appointment.hand-over", Kind: "appointment", ID: one.ID, Changes: []audit.Change{{Field: "owner", Before: userID, After: to}}}
		sql, args := `UPDATE appointments SET owner_id = $1, generation = generation + 1, updated_at = $2 WHERE id = $3`, []any{to, now, one.ID}
		if to == "" {
			entry = audit.Entry{Action: "appointment.cancel", Kind: "appointment", ID: one.ID, Changes: []audit.Change{{Field: "status", Before: string(Planned), After: string(Cancelled)}}}
			sql, args = `UPDATE appointments SET status = 'cancelled', generation = generation + 1, updated_at = $1 WHERE id = $2`, []any{now, one.ID}
		}
		if one.CaseID != "" {
			entry.Kind, entry.ID = "case", one.CaseID
		}
		if _, err := a.db.Exec(ctx, sql, args...); err != nil {
			return done, fmt.Errorf("hand appointment over: %w", err)
		}
		if _, err := a.db.Exec(ctx, `DELETE FROM appointment_people WHERE appointment_id = $1 AND user_id = $2`, one.ID, to); err != nil {
			return done, fmt.Errorf("hand appointment over: %w", err)
		}
		if err := audit.Record(ctx, a.db, actor.Actor, entry); err != nil {
			return done, err
		}
		done.Count++
		if to != "" {
			concerned = append(concerned, to)
			counts[to]++
			taken[to] = append(taken[to], handed{one.ID, one.CaseID})
			continue
		}
		people, err := a.people(ctx, one.ID)
		if err != nil {
			return done, err
		}
		concerned = append(concerned, people...)
		if err := a.tell(ctx, actor, &Appointment{ID: one.ID, CaseID: pointer(one.CaseID), EndsAt: one.EndsAt}, CalledOff, people); err != nil {
			return done, err
		}
	}
	if _, err := a.db.Exec(ctx, `DELETE FROM appointment_people WHERE user_id = $1 AND appointment_id IN (SELECT id FROM appointments WHERE ends_at > $2)`, userID, now); err != nil {
		return done, fmt.Errorf("who comes: %w", err)
	}
	if done.To, err = a.takers(ctx, counts); err != nil {
		return done, err
	}
	if err := a.concerns(ctx, concerned); err != nil {
		return done, err
	}
	return done, a.tellTakers(ctx, actor, taken)
}

func pointer(id string) *string {
	if id == "" {
		return nil
	}
	return &id
}

// takers are who took how many, those with the most first. Whoever takes them works here.
func (a *Agenda) takers(ctx context.Context, counts map[string]int64) (all []staff.Taken, err error) {
	for id, n := range counts {
		u, err := a.staff.Get(ctx, id)
		if err != nil {
			return nil, fault.Refuse("departure.successor-gone", "Name", "?")
		}
		if u.Status == staff.Inactive {
			return nil, fault.Refuse("departure.successor-gone", "Name", u.Name())
		}
		all = append(all, staff.Taken{ID: id, Name: u.Name(), Count: n})
	}
	slices.SortFunc(all, func(x, y staff.Taken) int {
		return cmp.Or(cmp.Compare(y.Count, x.Count), cmp.Compare(x.Name, y.Name), cmp.Compare(x.ID, y.ID))
	})
	return all, nil
}
