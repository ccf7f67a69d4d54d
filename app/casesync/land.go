package casesync

import (
	"context"
	"fmt"
	"strings"

	"golang.org/x/sync/errgroup"

	"chancery/app/cases"
	"chancery/app/store"
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
	done, _, err := s.land(ctx, r, r.AtKind, batch, false)
	if err != nil {
		return err
	}
	return s.taken(ctx, func(ctx context.Context) error {
		if err := s.note(ctx, r, done); err != nil {
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

// land lands objects of one kind, each by itself, and says what became of each. Whom cases came to is written down for the end of the run or, where somebody lands
// one by hand (r is nil), given back. Those who choose the case system's side (theirs) overrule what was changed here.
func (s *Sync) land(ctx context.Context, r *Run, kind Kind, batch []object, theirs bool) (done []result, came []cases.Arrival, err error) {
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
		came, err = s.landCases(ctx, r, done, theirs)
		return done, came, err
	}
	if r != nil && r.ToLand > manyMembers {
		ctx = cases.Unannounced(ctx)
	}
	return done, nil, s.landMembers(ctx, done)
}

func (s *Sync) landClients(ctx context.Context, done []result, theirs bool) error {
	here, err := s.clientsHere(ctx, ids(done))
	if err != nil {
		return err
	}
	return s.together(ctx, len(done), func(i int) *result { return &done[i] }, func(ctx context.Context, i int) error {
		return s.landClient(ctx, &done[i], here[done[i].ExternalID], theirs)
	})
}

// landClient lands a client. ours is as they are here, nil where they are not.
func (s *Sync) landClient(ctx context.Context, d *result, ours map[string]string, theirs bool) error {
	said := fields(d.Said)
	if d.title = said["name"]; d.reason != "" {
		return nil
	}
	if said["language"] == "" {
		delete(said, "language")
	}
	change := said
	if ours != nil {
		d.ObjectID = ours["\x00id"]
		var clash []string
		if change, clash = merge(said, base(&d.object, theirs), ours); len(clash) > 0 {
			d.no(BothChanged, strings.Join(clash, " "))
			return nil
		}
		if len(change) == 0 {
			d.as = cases.LandedSame
			return nil
		}
	}
	id, as, err := s.cases.LandClient(ctx, program(), cases.ClientLanding{ExternalID: d.ExternalID, ClientChange: cases.ClientChange{
		Name: value(change, "name"), Email: value(change, "email"), Phone: value(change, "phone"), Language: value(change, "language")}})
	if err != nil {
		return err
	}
	d.ObjectID, d.as = id, as
	return nil
}

// abreast is how many objects land at once on Postgres: each is a transaction of its own, and those that commit together wait for the disk together.
const abreast = 8

// landInOne is how many land in one transaction on SQLite, where one goes after the other anyway and the commit is the dearest part: as many as keep others from
// writing for a hundredth of a second.
const landInOne = 20

// together lands n objects by the way that costs least on the database. land lands one and gives back whatever it was refused with. One alone, which may be part
// of a transaction, is one transaction, and so is each of those among which there was one that did not land.
func (s *Sync) together(ctx context.Context, n int, of func(i int) *result, land func(ctx context.Context, i int) error) error {
	one := func(i int) error {
		d := of(i)
		return s.tried(ctx, d, func() error { return d.refused(land(ctx, i)) })
	}
	if n == 1 {
		return one(0)
	}
	if s.db.Dialect() == store.Postgres {
		var g errgroup.Group
		g.SetLimit(abreast)
		for i := range n {
			g.Go(func() error { return one(i) })
		}
		return g.Wait()
	}
	for first := 0; first < n; first += landInOne {
		last := min(first+landInOne, n)
		err := s.db.Tx(ctx, func(ctx context.Context) error {
			for i := first; i < last; i++ {
				if err := land(ctx, i); err != nil {
					return err
				}
			}
			return nil
		})
		for i := first; err != nil && i < last; i++ {
			if err := one(i); err != nil {
				return err
			}
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

// tell tells people of what came to them in a run, once.
func (s *Sync) tell(ctx context.Context, r *Run) error {
	var came []cases.Arrival
	if err := s.db.In(ctx).Raw(`SELECT user_id, count(*) AS count FROM sync_arrivals WHERE run_id = ? GROUP BY user_id ORDER BY user_id`, r.ID).Scan(&came).Error; err != nil {
		return fmt.Errorf("arrivals: %w", err)
	}
	if _, err := s.db.Exec(ctx, `DELETE FROM sync_arrivals WHERE run_id = $1`, r.ID); err != nil {
		return fmt.Errorf("arrivals that are told: %w", err)
	}
	return s.cases.TellArrivals(ctx, program(), came)
}
