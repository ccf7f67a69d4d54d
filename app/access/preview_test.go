package access_test

import (
	"context"
	"strings"
	"testing"

	"chancery/app/access"
	"chancery/app/store"
)

// B-11: what a change would do, and to how many people, before it is done; what is foretold is what happens.
func TestAPreviewForetellsWhatHappens(t *testing.T) {
	room(t, func(t *testing.T, ctx context.Context, db *store.DB, a *access.Access) {
		who := administrator()
		run(t, db, `UPDATE roles SET parent_id = 'viewer' WHERE id = 'paralegal'`)
		person(t, db, "v1", "viewer", "ACTIVE")
		person(t, db, "v2", "viewer", "PENDING", "collections") // has invoices.view already
		person(t, db, "v3", "viewer", "INACTIVE")
		person(t, db, "p1", "paralegal", "ACTIVE") // messages.view of its own
		person(t, db, "a1", "accountant", "ACTIVE")
		e := form(t, a, db, access.RoleViewer)
		e.Permissions = []access.Permission{access.CasesView, access.AppointmentsView, access.InvoicesView}
		show := func(list []access.Effect) string {
			var b strings.Builder
			for _, e := range list {
				b.WriteString(string(e.Permission) + " " + string(rune('0'+e.People)) + " ")
			}
			return b.String()
		}
		p, err := a.PreviewRole(ctx, who, access.RoleViewer, e)
		if err != nil || show(p.Gained) != "invoices.view 2 " || show(p.Lost) != "messages.view 2 " || p.People != 3 {
			t.Fatalf("%+v, %v", p, err)
		}
		before := map[string]access.Rights{}
		people := []string{"v1", "v2", "p1", "a1"}
		for _, id := range people {
			before[id], _ = a.Of(ctx, id)
		}
		if err := a.UpdateRole(ctx, who, access.RoleViewer, e); err != nil {
			t.Fatal(err)
		}
		gained, lost := map[access.Permission]int64{}, map[access.Permission]int64{}
		for _, id := range people {
			after, err := a.Of(ctx, id)
			if err != nil {
				t.Fatal(err)
			}
			for _, q := range access.All() {
				if after.Can(q) && !before[id].Can(q) {
					gained[q]++
				} else if before[id].Can(q) && !after.Can(q) {
					lost[q]++
				}
			}
		}
		for _, e := range p.Gained {
			if gained[e.Permission] != e.People {
				t.Errorf("%s: foretold %d, happened %d", e.Permission, e.People, gained[e.Permission])
			}
		}
		if len(gained) != len(p.Gained) || len(lost) != len(p.Lost) || lost[access.MessagesView] != 2 {
			t.Errorf("gained %v, lost %v", gained, lost)
		}
		p, err = a.PreviewProfile(ctx, who, "collections", access.ProfileEdit{Name: "Collections", Generation: 1, Permissions: []access.Permission{access.InvoicesView}})
		if err != nil || show(p.Lost) != "invoices.edit 1 payments.view 1 payments.record 1 " || len(p.Gained) != 0 || p.People != 1 {
			t.Errorf("%+v, %v", p, err)
		}
		p, err = a.PreviewRole(ctx, who, access.RoleSupport, access.RoleEdit{Name: "Support", Generation: 1}) // nobody has it
		if err != nil || p.People != 0 || len(p.Lost) != 5 || p.Lost[0].People != 0 {
			t.Errorf("%+v, %v", p, err)
		}
	})
}
