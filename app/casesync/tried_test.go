package casesync_test

import (
	"strings"
	"testing"

	"chancery/app/access"
	"chancery/app/cases"
	"chancery/app/casesync"
	"chancery/app/staff"
	"chancery/app/store"
	"chancery/app/store/storetest"
)

// breaks has the database refuse to write some rows, until it is mended: when is of the row, as NEW.
func (n *night) breaks(table, what, when string) (mend func()) {
	n.T.Helper()
	exec := func(statement string) { n.T.Helper(); n.Must(n.DB.In(n.Ctx).Exec(statement).Error) }
	if n.DB.Dialect() == store.SQLite {
		exec(`CREATE TRIGGER broken_` + table + ` BEFORE ` + what + ` ON ` + table + ` WHEN ` + when + ` BEGIN SELECT RAISE(ABORT, 'broken'); END`)
		return func() { exec(`DROP TRIGGER broken_` + table) }
	}
	exec(`CREATE OR REPLACE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''broken''; END'`)
	exec(`CREATE TRIGGER broken_` + table + ` BEFORE ` + what + ` ON ` + table + ` FOR EACH ROW WHEN (` + when + `) EXECUTE FUNCTION broken()`)
	return func() { exec(`DROP TRIGGER broken_` + table + ` ON ` + table) }
}

// B-7: what cannot be written, for whatever reason, is an exception as any other, and holds up nobody else.
func TestWhatCannotBeWrittenHoldsUpNobody(t *testing.T) {
	each(t, func(t *testing.T, n *night) {
		n.Person("Mina", "Reyes", "mina", "")
		n.Person("Jon", "Ito", "jon", "")
		kit := n.Person("Kit", "Ito", "kit", "")
		n.client("c1", "Anya Petrova")
		n.client("c2", "Cursed")
		for _, id := range []string{"a", "b", "c"} {
			n.matter(id, "c1", mina)
			n.member(id, jon)
		}
		n.matter("b", "c1", mina, "title", "Cursed")
		n.member("c", "kit@firm.example")
		mends := []func(){n.breaks("cases", "INSERT", `NEW.title = 'Cursed'`), n.breaks("clients", "INSERT", `NEW.name = 'Cursed'`),
			n.breaks("case_members", "INSERT", `NEW.user_id = '`+kit.ID+`'`)}
		r := n.run()
		want := map[string]string{"b": "internal", "c2": "internal", "b\n" + jon: "case-missing b", "c\nkit@firm.example": "internal"}
		n.wantWhy(want)
		if r.State != casesync.Done || r.Created != 5 || n.here("c") == "" { // a client, two cases, two members
			t.Errorf("%+v", r)
		}
		// Who tries it again is told that it is so still, and then that it landed.
		boss := access.Actor{Actor: n.Person("Sue", "Per", "sue", "").Actor, Rights: access.Granted(true, "")}
		var id string
		n.Must(n.DB.In(n.Ctx).Raw(`SELECT id FROM sync_exceptions WHERE external_id = 'b'`).Scan(&id).Error)
		if why, err := n.sync.Retry(n.Ctx, boss, id, false); err != nil || why != casesync.Internal {
			t.Error(why, err)
		}
		for _, mend := range mends {
			mend()
		}
		if why, err := n.sync.Retry(n.Ctx, boss, id, false); err != nil || why != "" {
			t.Error(why, err)
		}
		n.run()
		n.wantWhy(map[string]string{})
		// Nor does a case that cannot be closed.
		mend := n.breaks("cases", "UPDATE", `NEW.external_id = 'a'`)
		delete(n.says[casesync.Cases], "a")
		delete(n.says[casesync.Cases], "c")
		delete(n.says[casesync.Members], "a"+jon)
		if r = n.run(); r.State != casesync.Done || r.Closed != 1 || n.Count(`SELECT count(*) FROM case_members`) != 3 {
			t.Errorf("%+v", r)
		}
		n.wantWhy(map[string]string{"a": "internal"})
		mend()
		if r = n.run(); r.Closed != 1 {
			t.Errorf("%+v", r)
		}
		n.wantWhy(map[string]string{})
	})
}

// A database that does not answer, or takes nothing, stops the run where it is, and makes no exceptions; the run goes on by itself.
func TestADatabaseThatIsAwayStopsTheRun(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		n := overnight(t, url)
		n.Person("Mina", "Reyes", "mina", "")
		n.client("c1", "Anya Petrova")
		for _, id := range []string{"a", "b", "c"} {
			n.matter(id, "c1", mina)
		}
		id, err := n.sync.Begin(n.Ctx, access.System("clock"))
		n.Must(err)
		takesNothing := []func(){n.breaks("cases", "INSERT", `1 = 1`), n.breaks("sync_exceptions", "INSERT", `1 = 1`)}
		if _, err := n.sync.Advance(n.Ctx, id); err == nil {
			t.Error("nothing was written, and nothing said")
		}
		for _, mend := range takesNothing {
			mend()
		}
		other := storetest.Open(t, url, n.Clock.Now)
		sync := casesync.New(other, cases.New(other, staff.New(other, staff.Studio{})), n, 5)
		n.Must(other.Close())
		if _, err := sync.Advance(n.Ctx, id); err == nil {
			t.Error("a database that is closed")
		}
		r, err := n.sync.Last(n.Ctx)
		if err != nil || r.State != casesync.Landing {
			t.Errorf("%+v %v", r, err)
		}
		if r = n.advance(id); r.State != casesync.Done || r.Created+r.Unchanged != 4 {
			t.Errorf("%+v", r)
		}
		n.wantWhy(map[string]string{})
	})
}

// S1-18, B-7: who is killed between landing a case and noting that it has landed tells its owner all the same, once.
func TestWhomCasesCameToIsToldAfterAKill(t *testing.T) {
	each(t, func(t *testing.T, n *night) {
		n.Person("Mina", "Reyes", "mina", "")
		heard := &tells{}
		n.Cases.Tells(heard)
		n.client("c1", "Anya Petrova")
		for _, id := range []string{"a", "b", "c"} {
			n.matter(id, "c1", mina)
		}
		id, err := n.sync.Begin(n.Ctx, access.System("clock"))
		n.Must(err)
		mend := n.breaks("sync_objects", "UPDATE", `NEW.kind = 'case' AND NEW.landed_hash <> ''`) // is as if the process had died there
		if _, err := n.sync.Advance(n.Ctx, id); err == nil {
			t.Fatal(err)
		}
		if c := n.Count(`SELECT count(*) FROM cases WHERE external_id IS NOT NULL`); c != 3 {
			t.Fatal(c, "cases have landed")
		}
		mend()
		n.advance(id)
		if got := strings.Join(heard.all, ", "); got != mina+" 3" {
			t.Error("told:", got)
		}
		if c := n.Count(`SELECT count(*) FROM sync_arrivals`); c != 0 {
			t.Error(c, "are still to be told")
		}
	})
}
