package casesync_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"chancery/app/access"
	"chancery/app/cases/casestest"
	"chancery/app/casesync"
	"chancery/app/store/storetest"
)

// night is a practice, and a case system beside it that says what a test puts into it.
type night struct {
	*casestest.Firm
	sync *casesync.Sync
	says map[casesync.Kind]map[string]map[string]string // by id; without a kind: no such list
	size int                                            // rows of a part; 0 is all
	fail func(kind casesync.Kind, part int) error
	read int // parts that were sent
}

func each(t *testing.T, fn func(t *testing.T, n *night)) {
	t.Helper()
	storetest.EachURL(t, func(t *testing.T, url string) { fn(t, overnight(t, url)) })
}

func overnight(t *testing.T, url string) *night {
	t.Helper()
	f := casestest.On(t, url)
	n := &night{Firm: f, says: map[casesync.Kind]map[string]map[string]string{casesync.Clients: {}, casesync.Cases: {}, casesync.Members: {}}}
	n.sync = casesync.New(f.DB, f.Cases, n, 5)
	n.sync.Covers(f.Staff.Covering)
	return n
}

// Read is the case system's answer, in the order of ids, with an ETag for each part.
func (n *night) Read(_ context.Context, kind casesync.Kind, cursor, etag string) (p casesync.Part, err error) {
	list, ok := n.says[kind]
	if !ok {
		return casesync.Part{Absent: true}, nil
	}
	part := 0
	if cursor != "" {
		_, _ = fmt.Sscan(cursor, &part)
	}
	if n.fail != nil {
		if err := n.fail(kind, part); err != nil {
			return p, err
		}
	}
	ids := slices.Sorted(maps.Keys(list))
	size := n.size
	if size == 0 {
		size = len(ids) + 1
	}
	ids = ids[min(part*size, len(ids)):min((part+1)*size, len(ids))]
	for i, id := range ids {
		row := casesync.Row{Place: i + 1, Said: maps.Clone(list[id])}
		if kind != casesync.Members && !strings.HasPrefix(id, "!") {
			row.Said["id"] = id
		}
		p.Rows = append(p.Rows, row)
	}
	if (part+1)*size < len(list) {
		p.Next = fmt.Sprint(part + 1)
	}
	if p.ETag = fmt.Sprint(p.Rows, p.Next); p.ETag == etag {
		return casesync.Part{Same: true}, nil
	}
	n.read++
	return p, nil
}

func (n *night) client(id, name string) {
	n.says[casesync.Clients][id] = map[string]string{"name": name}
}

// matter is a case as the case system says it, with more fields by pairs.
func (n *night) matter(id, client, owner string, more ...string) {
	said := map[string]string{"number": "N-" + id, "title": "Matter " + id, "client": client, "owner": owner, "status": "open"}
	for i := 0; i+1 < len(more); i += 2 {
		said[more[i]] = more[i+1]
	}
	n.says[casesync.Cases][id] = said
}

func (n *night) member(of, who string) {
	n.says[casesync.Members][of+who] = map[string]string{"case": of, "member": who}
}

// run goes through a whole run, and says how it ended.
func (n *night) run() *casesync.Run {
	n.T.Helper()
	id, err := n.sync.Begin(n.Ctx, access.System("clock"))
	n.Must(err)
	return n.advance(id)
}

func (n *night) advance(id string) *casesync.Run {
	n.T.Helper()
	for range 1000 {
		next, err := n.sync.Advance(n.Ctx, id)
		n.Must(err)
		if next.IsZero() {
			r, err := n.sync.Last(n.Ctx)
			n.Must(err)
			return r
		}
		if now := n.Clock.Now(); next.After(now) {
			n.Clock.Add(next.Sub(now))
		}
	}
	n.T.Fatal("the run does not end")
	return nil
}

// why is the reasons of what did not land, by external id.
func (n *night) why() map[string]string {
	n.T.Helper()
	var rows []struct{ ExternalID, Reason, Value string }
	n.Must(n.DB.In(n.Ctx).Raw(`SELECT external_id, reason, value FROM sync_exceptions`).Scan(&rows).Error)
	all := map[string]string{}
	for _, r := range rows {
		all[r.ExternalID] = strings.TrimSpace(r.Reason + " " + r.Value)
	}
	return all
}

// here is a case as it is here: number, title, status, owner's address.
func (n *night) here(id string) string {
	n.T.Helper()
	var k struct{ Number, Title, Status, Stage, Email string }
	n.Must(n.DB.In(n.Ctx).Raw(`SELECT k.number, k.title, k.status, k.stage, COALESCE(u.email, '') AS email FROM cases k LEFT JOIN users u ON u.id = k.owner_id WHERE k.external_id = ?`, id).Scan(&k).Error)
	return strings.TrimSuffix(strings.Join([]string{k.Number, k.Title, k.Status, strings.TrimSuffix(k.Email, "@firm.example"), k.Stage}, "|"), "|")
}

func (n *night) caseID(id string) string {
	n.T.Helper()
	at, err := n.Cases.ByExternalID(n.Ctx, casestest.System, id)
	n.Must(err)
	return at
}

func (n *night) wantWhy(want map[string]string) {
	n.T.Helper()
	if got := n.why(); !maps.Equal(got, want) {
		n.T.Errorf("exceptions %v\nwant       %v", got, want)
	}
}

const mina, jon = "mina@firm.example", "jon@firm.example"

// Issue 6: clients, then cases, then members are taken over; what was said before costs nothing; what is changed is changed.
func TestWhatTheCaseSystemSaysIsTakenOver(t *testing.T) {
	each(t, func(t *testing.T, n *night) {
		minaIs, jonIs := n.Person("Mina", "Reyes", "mina", "cases.edit"), n.Person("Jon", "Ito", "jon", "")
		n.client("c1", "Anya Petrova")
		n.client("c2", "Bo Li")
		for i := range 9 {
			n.matter(fmt.Sprint("k", i), "c1", mina)
		}
		n.matter("k9", "c2", "JON@firm.example", "private", "yes", "opened", "2025-03-04")
		n.member("k1", jon)
		n.size = 4
		r := n.run()
		if r.State != casesync.Done || r.Read != 13 || r.Created != 13 || r.Failed != 0 || r.ToLand != 13 {
			t.Fatalf("%+v %v", r, n.why())
		}
		if got := n.here("k9"); got != "N-k9|Matter k9|open|jon" {
			t.Error(got)
		}
		if c := n.Count(`SELECT count(*) FROM cases WHERE external_id = 'k9' AND private AND opened_at = ?`, time.Date(2025, 3, 4, 0, 0, 0, 0, time.UTC)); c != 1 {
			t.Error("private, and when it was opened")
		}
		if c := n.Count(`SELECT count(*) FROM case_members WHERE case_id = ? AND user_id = ?`, n.caseID("k1"), jonIs.ID); c != 1 {
			t.Error("member")
		}
		before, parts := n.Count(`SELECT count(*) FROM audit`), n.read
		if r = n.run(); r.State != casesync.Done || r.ToLand != 0 || r.Created+r.Changed+r.Unchanged != 0 || n.read != parts || r.Read != 13 {
			t.Errorf("a night in which nothing changed: %+v, %d parts", r, n.read-parts)
		}
		n.matter("k2", "c1", jon, "title", "Study permit")
		n.client("c2", "Bo Li-Tran")
		r = n.run()
		if r.Changed != 2 || r.ToLand != 2 || n.here("k2") != "N-k2|Study permit|open|jon" {
			t.Errorf("%+v %s %v", r, n.here("k2"), n.why())
		}
		if after := n.Count(`SELECT count(*) FROM audit`); after-before > 4 {
			t.Error(after-before, "entries for two changes")
		}
		_ = minaIs
	})
}

// B-7, S1-18: what cannot be taken is an exception with its reason; the others land. It ends when its reason has.
func TestEachCaseLandsOrSaysWhyNot(t *testing.T) {
	each(t, func(t *testing.T, n *night) {
		n.Person("Mina", "Reyes", "mina", "")
		gone := n.Person("Gone", "Away", "gone", "")
		n.Must(n.DB.In(n.Ctx).Exec(`UPDATE users SET status = 'INACTIVE' WHERE id = ?`, gone.ID).Error)
		n.client("c1", "Anya Petrova")
		n.client("c2", "")
		n.says[casesync.Clients]["c3"] = map[string]string{"name": "Cy", "email": "not an address"}
		n.matter("fine", "c1", mina)
		n.matter("nobody", "c1", "")
		n.matter("stranger", "c1", "x@firm.example")
		n.matter("inactive", "c1", "gone@firm.example")
		n.matter("orphan", "c9", mina)
		n.matter("clientless", "", mina)
		n.matter("odd", "c1", mina, "status", "sleeping")
		n.matter("late", "c1", mina, "opened", "31/02/2026")
		n.matter("stage", "c1", mina, "stage", "Nowhere")
		n.matter("place", "c1", mina, "department", "Nowhere")
		n.matter("same", "c1", mina, "number", "N-fine")
		n.matter("untitled", "c1", mina, "title", "")
		n.member("fine", "x@firm.example")
		n.member("fine", "gone@firm.example")
		n.member("unheard", mina)
		r := n.run()
		want := map[string]string{"nobody": "owner-missing", "stranger": "owner-unknown x@firm.example", "inactive": "owner-inactive gone@firm.example", "orphan": "client-unknown c9",
			"clientless": "client-missing", "odd": "status-unknown sleeping", "late": "date-bad 31/02/2026", "stage": "stage-unknown Nowhere", "place": "department-unknown Nowhere",
			"same": "number-taken N-fine", "untitled": "invalid title", "c2": "invalid name", "c3": "invalid email not an address",
			"fine\nx@firm.example": "member-unknown x@firm.example", "fine\ngone@firm.example": "member-inactive gone@firm.example", "unheard\n" + mina: "case-missing unheard"}
		n.wantWhy(want)
		if r.State != casesync.Done || r.Failed != int64(len(want)) || r.Created != 2 || n.here("fine") == "" {
			t.Errorf("%+v", r)
		}
		n.matter("late", "c1", mina, "opened", "2026-02-28")
		n.matter("untitled", "c1", mina)
		n.Must(n.DB.In(n.Ctx).Exec(`UPDATE users SET status = 'ACTIVE' WHERE id = ?`, gone.ID).Error)
		n.run()
		for _, id := range []string{"late", "untitled", "inactive", "fine\ngone@firm.example"} {
			delete(want, id)
		}
		n.wantWhy(want)
	})
}

// B-7: since when, and for how many nights in a row; a second look in the same night is none.
func TestNightsInARowAreCounted(t *testing.T) {
	each(t, func(t *testing.T, n *night) {
		n.client("c1", "Anya Petrova")
		n.matter("k", "c1", "x@firm.example")
		nights := func() int { return n.Count(`SELECT nights FROM sync_exceptions WHERE external_id = 'k'`) }
		n.run()
		n.run()
		if nights() != 1 {
			t.Error(nights())
		}
		n.Clock.Add(24 * time.Hour)
		n.run()
		if nights() != 2 || n.Count(`SELECT count(*) FROM sync_exceptions WHERE first_failed_at < last_failed_at`) != 1 {
			t.Error(nights())
		}
		n.Person("Xia", "Yu", "x", "")
		n.run()
		n.wantWhy(map[string]string{})
		n.matter("k", "c1", "y@firm.example")
		n.run()
		if nights() != 1 {
			t.Error("a new failure begins anew:", nights())
		}
	})
}

// A process that dies anywhere is followed by one that goes on where it was: nothing is missed, nothing is done twice.
func TestARunThatWasKilledGoesOn(t *testing.T) {
	each(t, func(t *testing.T, n *night) {
		n.Person("Mina", "Reyes", "mina", "")
		n.client("c1", "Anya Petrova")
		for i := range 40 {
			n.matter(fmt.Sprint("k", i), "c1", mina)
			n.member(fmt.Sprint("k", i), mina)
		}
		n.size = 7
		id, err := n.sync.Begin(n.Ctx, access.System("clock"))
		n.Must(err)
		killed := 0
		for range 2000 {
			// Each try of a process lasts a little longer than the one before, and ends in the middle of something.
			ctx, cancel := context.WithTimeout(n.Ctx, time.Duration(2+killed/3)*time.Millisecond)
			next, err := n.sync.Advance(ctx, id)
			cancel()
			if err == nil && next.IsZero() {
				break
			}
			killed++
		}
		r, err := n.sync.Last(n.Ctx)
		n.Must(err)
		if r.State != casesync.Done || killed == 0 {
			t.Fatalf("%+v after %d kills", r, killed)
		}
		t.Log(killed, "kills")
		if c := n.Count(`SELECT count(*) FROM cases WHERE external_id IS NOT NULL`); c != 40 {
			t.Error(c, "cases")
		}
		if c := n.Count(`SELECT count(*) FROM audit WHERE action = 'case.create'`); c != 40 {
			t.Error(c, "creations")
		}
		n.wantWhy(map[string]string{})
	})
}

// A source that is away is asked again, ever later, from where it was; one that stays away ends the run, and nothing was closed.
func TestASourceThatIsAwayIsAskedAgain(t *testing.T) {
	each(t, func(t *testing.T, n *night) {
		n.Person("Mina", "Reyes", "mina", "")
		n.client("c1", "Anya Petrova")
		for i := range 5 {
			n.matter(fmt.Sprint("k", i), "c1", mina)
		}
		n.size = 2
		away := 3
		n.fail = func(kind casesync.Kind, part int) error {
			if kind == casesync.Cases && part == 1 && away > 0 {
				away--
				return &casesync.Trouble{Reason: casesync.Unreachable, Detail: "HTTP 503", Temporary: true, After: time.Minute}
			}
			return nil
		}
		began := n.Clock.Now()
		if r := n.run(); r.State != casesync.Done || r.Created != 6 || n.Clock.Now().Sub(began) < 3*time.Minute {
			t.Errorf("%+v", r)
		}
		n.says[casesync.Cases] = map[string]map[string]string{}
		n.matter("k0", "c1", mina)
		away = 1000
		n.matter("k1", "c1", mina, "title", "Other")
		n.matter("k9", "c1", mina)
		if r := n.run(); r.State != casesync.Failed || r.Reason != casesync.Unreachable || r.Closed != 0 {
			t.Errorf("%+v", r)
		}
		if c := n.Count(`SELECT count(*) FROM cases WHERE status = 'closed'`); c != 0 {
			t.Error(c, "closed by half a list")
		}
		away = 0
		n.fail = func(casesync.Kind, int) error {
			return &casesync.Trouble{Reason: casesync.Unwelcome, Detail: "HTTP 401"}
		}
		if r := n.run(); r.State != casesync.Failed || r.Reason != casesync.Unwelcome {
			t.Errorf("%+v", r)
		}
		n.fail = nil
		delete(n.says, casesync.Cases)
		if r := n.run(); r.State != casesync.Failed || r.Reason != casesync.Missing {
			t.Errorf("%+v", r)
		}
	})
}

// There is one run at a time, and a person who asks for one needs the right.
func TestOneRunAtATime(t *testing.T) {
	each(t, func(t *testing.T, n *night) {
		a, err := n.sync.Begin(n.Ctx, access.System("clock"))
		n.Must(err)
		boss := n.Person("Boss", "Lee", "boss", "cases.sync")
		b, err := n.sync.Begin(n.Ctx, boss)
		n.Must(err)
		if a != b {
			t.Error(a, b)
		}
		var forbidden interface{ Error() string }
		if _, err := n.sync.Begin(n.Ctx, n.Person("Jon", "Ito", "jon", "cases.edit")); !errors.As(err, &forbidden) || !strings.Contains(err.Error(), "cases.sync") {
			t.Error(err)
		}
	})
}
