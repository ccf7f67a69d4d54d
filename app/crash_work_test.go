package main

import (
	"encoding/json"
	"fmt"
	"testing"

	"chancery/app/access"
	"chancery/app/audit"
	"chancery/app/staff"
	"chancery/app/work"
)

// B-17: long work goes on where it was when the program was killed, however often: each colleague of an import is created
// once, with one welcome mail, and none is refused for being there already; each one who is here is changed once, with one
// line in the history.
func TestKilledAtAnyMomentLongWorkGoesOnWhereItWas(t *testing.T) {
	t.Parallel()
	practices(t, func(t *testing.T, p *practice) {
		const rows, here, kills = 1000, 200, 4
		asker := access.System("test")
		q := work.Request{Kind: "import"}
		for i := range rows {
			n := staff.NewUser{FirstName: "Marie", LastName: fmt.Sprintf("Tremblay %d", i), Email: fmt.Sprintf("p%d@firm.example", i), RoleID: access.RoleParalegal, Language: "fr", Zone: "UTC"}
			input, err := json.Marshal(n)
			if err != nil {
				t.Fatal(err)
			}
			q.Items = append(q.Items, work.Item{Label: n.Email, Input: string(input)})
			if i%(rows/here) > 0 {
				continue
			}
			n.Email = "here" + n.Email
			u, err := p.h.staff.Create(t.Context(), asker, n)
			if err != nil {
				t.Fatal(err)
			}
			change := staff.ImportChange{Changes: []audit.Change{{Field: "role", Before: access.RoleParalegal, After: access.RoleViewer}, {Field: "status", Before: "PENDING", After: "INACTIVE"}}}
			if input, err = json.Marshal(change); err != nil {
				t.Fatal(err)
			}
			q.Items = append(q.Items, work.Item{ObjectID: u.ID, Label: n.Email, Input: string(input)})
		}
		id, err := p.h.work.Ask(t.Context(), asker, q)
		if err != nil {
			t.Fatal(err)
		}
		get := func() *work.Progress {
			progress, err := p.h.work.Get(t.Context(), asker, id, work.Page{})
			if err != nil {
				t.Fatal(err)
			}
			return progress
		}
		for i := range kills {
			before := get().Counts.Over()
			c := begin(t, p.settings())
			c.until("it has gone on", func() bool { return get().Counts.Over() >= before+37*(i+1) })
			c.Kill()
		}
		if got := get(); got.Run.Over() {
			t.Fatalf("it was over before the last kill: %+v", got.Counts)
		}
		last := begin(t, p.settings())
		last.until("it is over", func() bool { got := get(); return got.Run.Over() })
		got := get()
		if got.State != work.Finished || got.Counts != (work.Counts{Done: rows + here}) {
			t.Errorf("%+v", got)
		}
		for table, where := range map[string]string{"users": "email LIKE 'p%@firm.example'", "addresses": "address LIKE 'p%@firm.example'", "mails": "kind = 'welcome'"} {
			var n int
			if err := p.h.db.Row(t.Context(), "SELECT count(*) FROM "+table+" WHERE "+where).Scan(&n); err != nil || n != rows {
				t.Errorf("%d %s, %v", n, table, err)
			}
		}
		for _, action := range []string{"user.set-role", "user.deactivate"} {
			var lines, people int
			err := p.h.db.Row(t.Context(), "SELECT count(*), count(DISTINCT object_id) FROM audit WHERE action = $1", action).Scan(&lines, &people)
			if err != nil || lines != here || people != here {
				t.Errorf("%s: %d lines of %d people, %v", action, lines, people, err)
			}
		}
	})
}
