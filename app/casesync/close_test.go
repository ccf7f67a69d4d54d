package casesync_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"chancery/app/access"
	"chancery/app/cases"
	"chancery/app/casesync"
)

// Issue 6: a removed case is closed, not deleted, and members who are named no more leave it; named again, it opens.
func TestWhatIsNamedNoMoreIsClosed(t *testing.T) {
	each(t, func(t *testing.T, n *night) {
		n.Person("Mina", "Reyes", "mina", "")
		jonIs := n.Person("Jon", "Ito", "jon", "")
		n.client("c1", "Anya Petrova")
		for i := range 5 {
			n.matter(fmt.Sprint("k", i), "c1", mina)
		}
		n.member("k0", jon)
		n.member("k1", jon)
		n.run()
		delete(n.says[casesync.Cases], "k4")
		delete(n.says[casesync.Members], "k1"+jon)
		r := n.run()
		if r.State != casesync.Done || r.Closed != 1 || n.here("k4") != "N-k4|Matter k4|closed|mina" || n.here("k3") != "N-k3|Matter k3|open|mina" {
			t.Errorf("%+v %s", r, n.here("k4"))
		}
		members := func() int { return n.Count(`SELECT count(*) FROM case_members WHERE user_id = ?`, jonIs.ID) }
		if members() != 1 {
			t.Error(members())
		}
		if r = n.run(); r.Closed != 0 || r.ToClose != 0 {
			t.Errorf("closed again: %+v", r)
		}
		n.matter("k4", "c1", mina)
		delete(n.says, casesync.Members) // no list is no news
		if r = n.run(); r.Changed != 1 || n.here("k4") != "N-k4|Matter k4|open|mina" || members() != 1 {
			t.Errorf("%+v %s %v", r, n.here("k4"), n.why())
		}
	})
}

// Half a list does not close the other half: a run that would close much asks, each night anew, and a person decides.
func TestWhoeverWouldCloseMuchAsks(t *testing.T) {
	each(t, func(t *testing.T, n *night) {
		n.Person("Mina", "Reyes", "mina", "")
		boss := n.Person("Boss", "Lee", "boss", "cases.sync")
		n.client("c1", "Anya Petrova")
		for i := range 30 {
			n.matter(fmt.Sprintf("k%02d", i), "c1", mina)
		}
		n.run()
		all := n.says[casesync.Cases]
		n.says[casesync.Cases] = map[string]map[string]string{"k00": all["k00"]}
		closed := func() int { return n.Count(`SELECT count(*) FROM cases WHERE status = 'closed'`) }
		first := n.run()
		if first.State != casesync.Asking || first.ToClose != 29 || closed() != 0 {
			t.Fatalf("%+v", first)
		}
		second := n.run()
		if second.State != casesync.Asking || second.ID == first.ID {
			t.Fatalf("%+v", second)
		}
		if err := n.sync.Decide(n.Ctx, boss, first.ID, true); err == nil {
			t.Error("a run that was overtaken is still asked")
		}
		if err := n.sync.Decide(n.Ctx, n.Person("Jon", "Ito", "jon", "cases.edit"), second.ID, true); err == nil || !strings.Contains(err.Error(), "cases.sync") {
			t.Error(err)
		}
		n.Must(n.sync.Decide(n.Ctx, boss, second.ID, false))
		if r, _ := n.sync.Last(n.Ctx); r.State != casesync.Done || r.Reason != casesync.Kept || closed() != 0 {
			t.Errorf("%+v", r)
		}
		third := n.run()
		n.Must(n.sync.Decide(n.Ctx, boss, third.ID, true))
		if r := n.advance(third.ID); r.State != casesync.Done || r.Closed != 29 || closed() != 29 {
			t.Errorf("%+v", r)
		}
	})
}

// A row that does not say whose it is might be any case's: then nothing is closed that night.
func TestWhereARowHasNoNameNothingIsClosed(t *testing.T) {
	each(t, func(t *testing.T, n *night) {
		n.Person("Mina", "Reyes", "mina", "")
		n.client("c1", "Anya Petrova")
		n.matter("k0", "c1", mina)
		n.matter("k1", "c1", mina)
		n.run()
		delete(n.says[casesync.Cases], "k1")
		n.says[casesync.Cases]["!"] = map[string]string{"title": "Whose?"}
		if r := n.run(); r.State != casesync.Done || r.Reason != casesync.Nameless || r.Closed != 0 || n.here("k1") != "N-k1|Matter k1|open|mina" {
			t.Errorf("%+v", r)
		}
		if c := n.Count(`SELECT count(*) FROM sync_exceptions WHERE reason = 'row-broken' AND value LIKE '% id'`); c != 1 {
			t.Error(c)
		}
		delete(n.says[casesync.Cases], "!")
		if r := n.run(); r.Closed != 1 || len(n.why()) != 0 {
			t.Errorf("%+v %v", r, n.why())
		}
	})
}

// Changed here, changed there, changed on both sides: what the night may not undo, and what a person has to choose.
func TestWhatWasChangedOnBothSidesIsNotOverrun(t *testing.T) {
	each(t, func(t *testing.T, n *night) {
		n.Person("Mina", "Reyes", "mina", "")
		n.Person("Jon", "Ito", "jon", "")
		boss := n.Person("Boss", "Lee", "boss", "cases.view-all cases.edit cases.sync")
		n.client("c1", "Anya Petrova")
		n.matter("k", "c1", mina)
		n.run()
		ours := "Ours"
		edit := func(title string) {
			n.Must(n.Cases.Edit(n.Ctx, boss, n.caseID("k"), 0, cases.Change{Title: &title}))
		}
		edit(ours)
		n.run()
		if n.here("k") != "N-k|Ours|open|mina" {
			t.Error("the night has undone the day:", n.here("k"))
		}
		n.matter("k", "c1", jon)
		if r := n.run(); r.Changed != 1 || n.here("k") != "N-k|Ours|open|jon" {
			t.Errorf("what was not changed here is taken, what was stays: %s %v", n.here("k"), n.why())
		}
		n.matter("k", "c1", mina, "title", "Theirs")
		n.run()
		n.wantWhy(map[string]string{"k": "both-changed title"})
		if n.here("k") != "N-k|Ours|open|jon" {
			t.Error("half of it was taken:", n.here("k"))
		}
		all, _, err := n.sync.Exceptions(n.Ctx, boss, casesync.Filter{Limit: 10})
		n.Must(err)
		if why, err := n.sync.Retry(n.Ctx, boss, all[0].ID, false); err != nil || why != casesync.BothChanged {
			t.Error(why, err)
		}
		n.Must(n.sync.Ignore(n.Ctx, boss, all[0].ID, "ours is right"))
		n.run()
		if c := n.Count(`SELECT count(*) FROM sync_exceptions WHERE ignored_at IS NOT NULL AND note = 'ours is right'`); c != 1 || n.here("k") != "N-k|Ours|open|jon" {
			t.Error(c, n.here("k"))
		}
		n.matter("k", "c1", mina, "title", "Theirs again") // something else is said: it is heeded again
		n.run()
		if c := n.Count(`SELECT count(*) FROM sync_exceptions WHERE ignored_at IS NULL AND note = ''`); c != 1 {
			t.Error(n.why())
		}
		if why, err := n.sync.Retry(n.Ctx, boss, all[0].ID, true); err != nil || why != "" || n.here("k") != "N-k|Theirs again|open|mina" || len(n.why()) != 0 {
			t.Error(why, err, n.here("k"), n.why())
		}
	})
}

// Once they are told, of how many: whoever gets a hundred cases in a night gets one notice (S1-17).
type tells struct {
	cases.Teller
	all []string
}

func (h *tells) Came(_ context.Context, c cases.Came) error {
	h.all = append(h.all, fmt.Sprint(c.Email, " ", c.Count))
	return nil
}

func (h *tells) Joined(context.Context, string, string, access.Actor) error {
	h.all = append(h.all, "joined")
	return nil
}

func TestPeopleAreToldOnceOfWhatCame(t *testing.T) {
	each(t, func(t *testing.T, n *night) {
		n.Person("Mina", "Reyes", "mina", "")
		n.Person("Jon", "Ito", "jon", "")
		heard := &tells{}
		n.Cases.Tells(heard)
		n.client("c1", "Anya Petrova")
		for i := range 250 {
			n.matter(fmt.Sprint("k", i), "c1", []string{mina, jon}[i%2])
			n.member(fmt.Sprint("k", i), []string{jon, mina}[i%2])
		}
		n.run()
		slices.Sort(heard.all)
		if got := strings.Join(heard.all, ", "); got != jon+" 125, "+mina+" 125" {
			t.Error(got)
		}
	})
}
