package cases

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"chancery/app/access"
	"chancery/app/fault"
	"chancery/app/staff"
)

// Kind is open cases among what a person owns (staff.Belonging).
func (c *Cases) Kind() string { return "cases" }

// Count is how many open cases a person owns: private and overdue ones too.
func (c *Cases) Count(ctx context.Context, userID string) (staff.Holding, error) {
	n, err := c.countOpen(ctx, userID)
	return staff.Holding{Count: n, Successor: true}, err
}

// HandOver gives a leaver's open cases to others by the plan, in ctx's transaction (B-1). It returns *fault.Refused when
// the plan names nobody who could take them.
func (c *Cases) HandOver(ctx context.Context, actor access.Actor, userID string, p staff.Plan) (staff.Handed, error) {
	handed := staff.Handed{Successor: true}
	cases, err := c.lock(ctx, `k.owner_id = ? AND k.status = 'open'`, userID)
	if err != nil || len(cases) == 0 {
		return handed, err
	}
	goes, err := c.allot(ctx, userID, p, cases)
	if err != nil {
		return handed, err
	}
	takers, err := c.people(ctx, goes)
	if err != nil {
		return handed, err
	}
	moved, err := c.move(ctx, actor, cases, takers, func(k held) string { return goes[k.ID] })
	if err != nil {
		return handed, err
	}
	handed.Count, handed.To = moved, taken(goes, takers)
	return handed, nil
}

// taken is who takes how many, those with the most first.
func taken(goes map[string]string, takers map[string]person) (all []staff.Taken) {
	counts := map[string]int64{}
	for _, to := range goes {
		counts[to]++
	}
	for id, n := range counts {
		all = append(all, staff.Taken{ID: id, Name: takers[id].name(), Count: n})
	}
	slices.SortFunc(all, func(a, b staff.Taken) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
	})
	return all
}

// Foretell is who would take how many of a person's open cases by a plan, as things stand. It needs users.deactivate, and
// returns *fault.Refused as HandOver does.
func (c *Cases) Foretell(ctx context.Context, actor access.Actor, userID string, p staff.Plan) ([]staff.Taken, error) {
	if err := actor.Must(access.UsersDeactivate); err != nil {
		return nil, err
	}
	open, err := c.toHandOver(ctx, userID, p)
	if err != nil || len(open) == 0 {
		return nil, err
	}
	goes, err := c.allot(ctx, userID, p, open)
	if err != nil {
		return nil, err
	}
	takers, err := c.people(ctx, goes)
	if err != nil {
		return nil, err
	}
	return taken(goes, takers), nil
}

// toHandOver are a person's open cases as far as a plan goes by them: which they are, where some of them are picked; else how
// many.
func (c *Cases) toHandOver(ctx context.Context, userID string, p staff.Plan) (open []held, err error) {
	if p.Way == staff.ToPicked {
		err := c.db.In(ctx).Raw(`SELECT id, number FROM cases WHERE owner_id = ? AND status = 'open' ORDER BY number`, userID).Scan(&open).Error
		if err != nil {
			return nil, fmt.Errorf("cases to hand over: %w", err)
		}
		return open, nil
	}
	n, err := c.countOpen(ctx, userID)
	open = make([]held, n)
	for i := range open {
		open[i].ID = strconv.Itoa(i)
	}
	return open, err
}

// allot says whom each case goes to.
func (c *Cases) allot(ctx context.Context, from string, p staff.Plan, cases []held) (map[string]string, error) {
	goes := make(map[string]string, len(cases))
	switch p.Way {
	case staff.ToOne, staff.ToPicked:
		for _, k := range cases {
			to := p.Successor
			if picked := p.Picked[k.ID]; picked != "" && p.Way == staff.ToPicked {
				to = picked
			}
			if to == "" || to == from {
				return nil, fault.Refuse("departure.no-successor", "Count", len(cases))
			}
			goes[k.ID] = to
		}
	case staff.ToDepartment:
		where, args := ` AND u.department_id = (SELECT x.department_id FROM users x WHERE x.id = ?)`, []any{from}
		if len(p.Leaving) > 0 {
			where, args = where+` AND u.id NOT IN ?`, append(args, p.Leaving)
		}
		all, err := c.takers(ctx, from, where, args...)
		if err != nil {
			return nil, err
		}
		near := inPlaceOf(all)
		if len(near) == 0 {
			return nil, fault.Refuse("departure.no-department", "Count", len(cases))
		}
		goes = spread(cases, near)
	default:
		return nil, fault.Refuse("departure.no-successor", "Count", len(cases))
	}
	return goes, nil
}

// inPlaceOf are who of a department stands in for a leaver: those of the same role, so that a consultant's cases do not
// all go to paralegals, who have the fewest; where there is none, whoever works on cases there.
func inPlaceOf(all []Taker) []Taker {
	alike := slices.DeleteFunc(slices.Clone(all), func(t Taker) bool { return !t.Alike })
	if len(alike) > 0 {
		return alike
	}
	return all
}

// spread gives each case, by number, to who has the fewest open ones then; of two with as few, to the first listed.
func spread(cases []held, takers []Taker) map[string]string {
	goes := make(map[string]string, len(cases))
	have := make([]int64, len(takers))
	for i, t := range takers {
		have[i] = t.Open
	}
	for _, k := range cases {
		least := 0
		for i := range have {
			if have[i] < have[least] {
				least = i
			}
		}
		have[least]++
		goes[k.ID] = takers[least].ID
	}
	return goes
}

// people reads who takes over; all of them must be active, which staff holds them to by their locks.
func (c *Cases) people(ctx context.Context, goes map[string]string) (map[string]person, error) {
	seen := map[string]person{}
	for _, id := range goes {
		seen[id] = person{}
	}
	var found []person
	err := c.db.In(ctx).Raw(`SELECT `+personColumns+` FROM users WHERE id IN ?`, slices.Sorted(maps.Keys(seen))).Scan(&found).Error
	if err != nil {
		return nil, fmt.Errorf("who takes cases over: %w", err)
	}
	for _, p := range found {
		if p.Status != staff.Active {
			return nil, fault.Refuse("departure.successor-gone", "Name", p.name())
		}
		seen[p.ID] = p
	}
	if len(found) < len(seen) {
		return nil, fault.Refuse("departure.successor-gone", "Name", "?")
	}
	return seen, nil
}
