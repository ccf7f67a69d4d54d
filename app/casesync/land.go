package casesync

import (
	"context"
	"fmt"
	"strings"

	"chancery/app/cases"
)

// landAtOnce is how many objects land between two notes of how far the run is: what a kill makes land again.
const landAtOnce = 100

// landNext lands the next batch of what is said and has not landed.
func (s *Sync) landNext(ctx context.Context, r *Run) error {
	var batch []object
	err := s.db.In(ctx).Raw(`SELECT kind, external_id, said, hash, landed, landed_hash, object_id FROM sync_objects o
		WHERE kind = ? AND hash <> landed_hash AND external_id > ? AND run_id = ?
			AND NOT EXISTS (SELECT 1 FROM sync_exceptions e WHERE e.kind = o.kind AND e.external_id = o.external_id AND e.ignored_hash = o.hash)
		ORDER BY external_id LIMIT ?`, r.AtKind, r.AtCursor, r.ID, landAtOnce).Scan(&batch).Error
	if err != nil {
		return fmt.Errorf("what is to land: %w", err)
	}
	if len(batch) == 0 {
		if then := r.AtKind.after(); then != "" {
			return s.taken(ctx, func(ctx context.Context) error { return s.move(ctx, r, Landing, then, 0, "", "") })
		}
		return s.settle(ctx, r)
	}
	done, came, err := s.land(ctx, r.AtKind, batch, false, r.ToLand > manyMembers)
	if err != nil {
		return err
	}
	return s.taken(ctx, func(ctx context.Context) error {
		if err := s.note(ctx, r, done); err != nil {
			return err
		}
		if err := s.arrived(ctx, r, came); err != nil {
			return err
		}
		n := map[cases.Landed]int{}
		for i := range done {
			n[done[i].as]++
		}
		return s.move(ctx, r, Landing, r.AtKind, 0, batch[len(batch)-1].ExternalID, `, created = created + ?, changed = changed + ?, unchanged = unchanged + ?`,
			n[cases.LandedNew], n[cases.LandedChanged], n[cases.LandedSame])
	})
}

// manyMembers is from how many objects on people are not told one by one that they are members of a case now: a first run makes thousands.
const manyMembers = 500

// land lands objects of one kind, each by itself, and says what became of each. Those who choose the case system's side (theirs) overrule what was changed here.
func (s *Sync) land(ctx context.Context, kind Kind, batch []object, theirs, many bool) (done []result, came []cases.Arrival, err error) {
	done = make([]result, len(batch))
	for i, o := range batch {
		done[i].object = o
		switch why := fields(o.Said)[brokenField]; why {
		case "":
		case twice:
			done[i].no(SaidTwice, "")
		default:
			done[i].no(RowBroken, why)
		}
	}
	switch kind {
	case Clients:
		return done, nil, s.landClients(ctx, done, theirs)
	case Cases:
		came, err = s.landCases(ctx, done, theirs)
		return done, came, err
	}
	if many {
		ctx = cases.Unannounced(ctx)
	}
	return done, nil, s.landMembers(ctx, done)
}

func (s *Sync) landClients(ctx context.Context, done []result, theirs bool) error {
	here, err := s.clientsHere(ctx, ids(done))
	if err != nil {
		return err
	}
	for i := range done {
		d := &done[i]
		said := fields(d.Said)
		if d.title = said["name"]; d.reason != "" {
			continue
		}
		if said["language"] == "" {
			delete(said, "language")
		}
		change := said
		if ours, there := here[d.ExternalID]; there {
			d.ObjectID = ours["\x00id"]
			var clash []string
			if change, clash = merge(said, base(&d.object, theirs), ours); len(clash) > 0 {
				d.no(BothChanged, strings.Join(clash, " "))
				continue
			}
			if len(change) == 0 {
				d.as = cases.LandedSame
				continue
			}
		}
		id, as, err := s.cases.LandClient(ctx, program(), cases.ClientLanding{ExternalID: d.ExternalID, ClientChange: cases.ClientChange{
			Name: value(change, "name"), Email: value(change, "email"), Phone: value(change, "phone"), Language: value(change, "language")}})
		if d.ObjectID = id; err == nil {
			d.as = as
		} else if err := d.refused(err); err != nil {
			return err
		}
	}
	return nil
}

// base is what the object is compared with to find who has changed it: nothing where the case system is to be believed.
func base(o *object, theirs bool) map[string]string {
	if theirs || o.Landed == "" {
		return nil
	}
	return fields(o.Landed)
}

func (s *Sync) landCases(ctx context.Context, done []result, theirs bool) ([]cases.Arrival, error) {
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
	landed, came := s.cases.LandQuietly(ctx, program(), todo)
	for j, l := range landed {
		d := &done[of[j]]
		if l.Err == nil {
			d.ObjectID, d.as = l.ID, l.As
		} else if err := d.refused(l.Err); err != nil {
			return came, err
		}
	}
	return came, nil
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
	for i := range done {
		d := &done[i]
		w.describe(d)
		if d.reason != "" {
			continue
		}
		said := fields(d.Said)
		user := w.people[strings.ToLower(said["member"])]
		switch {
		case d.caseID == "":
			d.no(CaseMissing, said["case"])
			continue
		case user == "":
			d.no(MemberUnknown, said["member"])
			continue
		}
		err := s.cases.AddMember(ctx, program(), d.caseID, user)
		if err == nil {
			d.ObjectID, d.as = user, cases.LandedNew
			continue
		}
		if err := d.refused(err); err != nil {
			return err
		}
		d.no(MemberInactive, said["member"]) // the one reason for which nobody is added who is known
	}
	return nil
}

// value is what is said of a field; nil for nothing.
func value(said map[string]string, field string) *string {
	v, ok := said[field]
	if !ok {
		return nil
	}
	return &v
}

// filled is value of a field in which nothing is as good as not said.
func filled(said map[string]string, field string) *string {
	if said[field] == "" {
		return nil
	}
	return value(said, field)
}

func ids(done []result) []string {
	all := make([]string, len(done))
	for i := range done {
		all[i] = done[i].ExternalID
	}
	return all
}

// arrived adds to what people are to be told at the end.
func (s *Sync) arrived(ctx context.Context, r *Run, came []cases.Arrival) error {
	for _, a := range came {
		_, err := s.db.Exec(ctx, `INSERT INTO sync_arrivals (run_id, user_id, count) VALUES ($1, $2, $3)
			ON CONFLICT (run_id, user_id) DO UPDATE SET count = sync_arrivals.count + excluded.count`, r.ID, a.UserID, a.Count)
		if err != nil {
			return fmt.Errorf("note arrivals: %w", err)
		}
	}
	return nil
}

// tell tells people of what came to them in a run, once.
func (s *Sync) tell(ctx context.Context, r *Run) error {
	var came []cases.Arrival
	if err := s.db.In(ctx).Raw(`DELETE FROM sync_arrivals WHERE run_id = ? RETURNING user_id, count`, r.ID).Scan(&came).Error; err != nil {
		return fmt.Errorf("arrivals: %w", err)
	}
	return s.cases.TellArrivals(ctx, program(), came)
}
