package casesync

import (
	"context"
	"slices"
	"strings"

	"chancery/app/cases"
)

// landCases lands cases, and says whom they came to.
func (s *Sync) landCases(ctx context.Context, r *Run, done []result, theirs bool) ([]cases.Arrival, error) {
	w, err := s.gather(ctx, done)
	if err != nil {
		return nil, err
	}
	var todo []cases.CaseLanding
	var of []int
	for i := range done {
		if done[i].reason != "" {
			w.describe(&done[i])
			continue
		}
		l, goes := w.landing(&done[i], theirs)
		w.describe(&done[i])
		if goes {
			todo, of = append(todo, l), append(of, i)
		}
	}
	arrivals := make([][]cases.Arrival, len(todo))
	some := func(js []int) error {
		return s.together(ctx, len(js), func(i int) *result { return &done[of[js[i]]] }, func(ctx context.Context, i int) (err error) {
			j := js[i]
			arrivals[j], err = s.landCase(ctx, r, &done[of[j]], todo[j])
			return err
		})
	}
	alone, contested := apart(todo)
	err = some(alone)
	for i := range contested { // of those who want one number, the first has it, each night the same
		if err == nil {
			err = some(contested[i : i+1])
		}
	}
	return slices.Concat(arrivals...), err
}

// landCase lands one, and writes down with it whom it came to.
func (s *Sync) landCase(ctx context.Context, r *Run, d *result, l cases.CaseLanding) (came []cases.Arrival, err error) {
	var landed []cases.Landing
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		if landed, came = s.cases.LandQuietly(ctx, program(), []cases.CaseLanding{l}); landed[0].Err != nil || r == nil {
			return landed[0].Err
		}
		return s.arrived(ctx, r, d.ExternalID, came)
	})
	if err != nil {
		return nil, err
	}
	d.ObjectID, d.as = landed[0].ID, landed[0].As
	return came, nil
}

// apart parts those that want a number which no other of them wants from those that do.
func apart(todo []cases.CaseLanding) (alone, contested []int) {
	wanted := map[string]int{}
	for _, l := range todo {
		if l.Number != nil {
			wanted[*l.Number]++
		}
	}
	for j, l := range todo {
		if l.Number != nil && wanted[*l.Number] > 1 {
			contested = append(contested, j)
		} else {
			alone = append(alone, j)
		}
	}
	return alone, contested
}

// landing is what a case system's case asks of ours; goes is false where there is nothing to ask, or what is said cannot be.
func (w *world) landing(d *result, theirs bool) (l cases.CaseLanding, goes bool) {
	said := fields(d.Said)
	status, ok := statusOf(said)
	if !ok {
		d.no(StatusUnknown, said["status"])
		return l, false
	}
	opened, ok := openedOf(said)
	if !ok {
		d.no(DateBad, said["opened"])
		return l, false
	}
	private, ok := boolOf(said["private"])
	if !ok {
		d.no(RowBroken, "private")
		return l, false
	}
	if private == nil {
		delete(said, "private")
	}
	ours, here := w.cases[d.ExternalID]
	take := said
	if here {
		d.ObjectID = ours["\x00id"]
		for _, f := range []string{"number", "title", "client", "owner", "status"} { // which a case always has: nothing said is nothing to take
			if said[f] == "" {
				delete(said, f)
			}
		}
		if ours["status"] == "closed" && status != cases.Open {
			delete(said, "owner") // a closed case keeps its owner (S1-13)
		}
		var clash []string
		if take, clash = merge(said, base(&d.object, theirs), ours); len(clash) > 0 {
			d.no(BothChanged, strings.Join(clash, " "))
			return l, false
		}
		if len(take) == 0 {
			d.as = cases.LandedSame
			return l, false
		}
		if take["client"] != "" {
			d.no(Reason(cases.ReasonClientDiffers), said["client"])
			return l, false
		}
		if status != "" && take["status"] == "" {
			status = ""
		}
	}
	l = cases.CaseLanding{ExternalID: d.ExternalID, Number: filled(take, "number"), Title: value(take, "title"), Stage: value(take, "stage"), Status: status, OpenedAt: opened}
	if take["private"] != "" {
		l.Private = private
	}
	owner := take["owner"]
	if here && status == cases.Open && owner == "" { // who is to have it again
		owner = said["owner"]
	}
	if owner != "" {
		if l.OwnerID = w.people[strings.ToLower(owner)]; l.OwnerID == "" {
			d.no(Reason(cases.ReasonOwnerUnknown), owner)
			return l, false
		}
	}
	if name, is := take["department"]; is {
		id := ""
		if name != "" {
			if id = w.departments[plain("department", name)]; id == "" {
				d.no(Reason(cases.ReasonDepartmentUnknown), name)
				return l, false
			}
		}
		l.DepartmentID = &id
	}
	if !here && said["client"] != "" {
		if l.ClientID = w.clients[said["client"]]; l.ClientID == "" {
			d.no(Reason(cases.ReasonClientUnknown), said["client"])
			return l, false
		}
	}
	return l, true
}

func (s *Sync) landMembers(ctx context.Context, done []result) error {
	w, err := s.gather(ctx, done)
	if err != nil {
		return err
	}
	var todo []*result
	for i := range done {
		d := &done[i]
		w.describe(d)
		if d.reason != "" {
			continue
		}
		said := fields(d.Said)
		d.ObjectID = w.people[strings.ToLower(said["member"])]
		switch {
		case d.caseID == "":
			d.no(CaseMissing, said["case"])
		case d.ObjectID == "":
			d.no(MemberUnknown, said["member"])
		default:
			todo = append(todo, d)
		}
	}
	return s.together(ctx, len(todo), func(i int) *result { return todo[i] }, func(ctx context.Context, i int) error {
		err := s.cases.AddMember(ctx, program(), todo[i].caseID, todo[i].ObjectID)
		if err == nil {
			todo[i].as = cases.LandedNew
		}
		return err
	})
}
