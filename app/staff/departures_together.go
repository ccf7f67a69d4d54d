package staff

import (
	"context"
	"encoding/json"
	"fmt"

	"chancery/app/access"
	"chancery/app/fault"
	"chancery/app/work"
)

// Several people who leave in one go (B-1, B-17): each by a departure of their own, with its receipt, and all by one plan.
// Whoever leaves takes nothing over, neither their own nor a companion's: it would only have to be handed over again, or
// be refused when their turn comes.

// together is the plan of those who leave in one go, as the input of their run.
type together struct {
	Way       Way      `json:"way,omitempty"`
	Successor string   `json:"successor,omitempty"`
	Reason    string   `json:"reason,omitempty"`
	Leaving   []string `json:"leaving,omitempty"` // who might otherwise be chosen by their department
}

// Together is the input of a run "deactivation" of these people, who leave now. Of the plan it takes the way, the
// successor and the reason; nothing is picked for each case where there are many people. It returns *fault.Invalid on
// "way", on "reason", or on "successor" when that is one of them.
func (s *Staff) Together(people []Selected, p Plan) (input string, err error) {
	bad := &fault.Invalid{}
	t := together{Way: p.Way, Successor: p.Successor, Reason: reason(bad, p.Reason)}
	switch p.Way {
	case "", ToOne:
		for i := range people {
			if people[i].ID == p.Successor {
				bad.Add("successor", "departure.successor-leaves", "Name", people[i].Name())
			}
		}
	case ToDepartment:
		t.Successor = ""
		for i := range people {
			if people[i].Status == Active {
				t.Leaving = append(t.Leaving, people[i].ID)
			}
		}
	default:
		bad.Add("way", "departure.choose-way")
	}
	if err := bad.Err(); err != nil {
		return "", err
	}
	b, err := json.Marshal(t)
	if err != nil {
		return "", fmt.Errorf("who leaves together: %w", err)
	}
	return string(b), nil
}

// deactivateOne ends an account at once, by the plan of all who leave with it, and says who got what.
func (s *Staff) deactivateOne(ctx context.Context, actor access.Actor, input string, item work.Item) (work.Outcome, error) {
	var t together
	if input != "" {
		if err := json.Unmarshal([]byte(input), &t); err != nil {
			return work.Outcome{}, fmt.Errorf("plan of a run: %T", err) // its text may quote the reason
		}
	}
	u, err := s.Get(ctx, item.ObjectID)
	if err != nil {
		return work.Outcome{}, err
	}
	if u.Status == Inactive {
		return work.Same(), nil
	}
	d, err := s.Deactivate(ctx, actor, u.ID, Plan{Way: t.Way, Successor: t.Successor, Reason: t.Reason, Leaving: t.Leaving})
	if err != nil {
		return work.Outcome{}, err
	}
	return work.Done().Saying(d.Receipt.said()...), nil
}

// takersSaid is how many takers a line of a run names; the receipt has them all.
const takersSaid = 4

// said is a receipt in a line for each kind.
func (r Receipt) said() (lines []fault.Message) {
	for _, h := range r.Items {
		if h.Count > 0 {
			lines = append(lines, fault.M("departure.handed."+h.Kind, "Count", int(h.Count), "Names", h.Takers(takersSaid)))
		}
	}
	return lines
}
