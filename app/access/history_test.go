package access_test

import (
	"context"
	"fmt"
	"testing"

	"chancery/app/access"
	"chancery/app/audit"
	"chancery/app/store"
)

// S1-24, ASVS 8.2.2: the history tells nobody of what their permissions keep from them; parts of it are full all the same, and what is
// older follows.
func TestTheHistoryKeepsWhatPermissionsKeep(t *testing.T) {
	room(t, func(t *testing.T, ctx context.Context, db *store.DB, _ *access.Access) {
		objects := []string{"case", "message", "appointment", "deadline", "invoice", "payment", "comment"}
		for range 3 {
			for _, object := range objects {
				if err := audit.Record(ctx, db, audit.Actor{ID: "a"}, audit.Entry{Action: object + ".create", Kind: "case", ID: "k"}); err != nil {
					t.Fatal(err)
				}
			}
		}
		for rights, want := range map[string]int{
			"cases.view": 2, "cases.view messages.view": 3, "cases.view appointments.view": 4, "cases.view invoices.view": 3, "cases.view payments.view": 2,
			"cases.view invoices.view payments.view": 4, "messages.view appointments.view invoices.view payments.view": 7,
		} {
			actor, before, read := access.Actor{Rights: access.Granted(false, rights)}, "", map[string]int{}
			for n := 0; ; n++ {
				lines, more, err := access.History(ctx, db, actor, audit.Query{Kind: "case", Object: "k", Before: before, Limit: 2})
				if err != nil || n > 20 || more && len(lines) != 2 {
					t.Fatal(rights, lines, more, err)
				}
				for _, l := range lines {
					read[l.Action]++
					before = l.ID
				}
				if !more {
					break
				}
			}
			if len(read) != want {
				t.Errorf("%s: %v, want %d kinds", rights, read, want)
			}
			for action, n := range read {
				if n != 3 {
					t.Errorf("%s: %s %d times", rights, action, n)
				}
			}
		}
		if all, _, err := access.History(ctx, db, access.System("test"), audit.Query{Limit: 50}); err != nil || len(all) != 3*len(objects) {
			t.Error(len(all), err)
		}
		for _, p := range []string{"invoice", "payment"} {
			lines, _, err := access.History(ctx, db, access.Actor{Rights: access.Granted(false, "audit.view")}, audit.Query{Action: p + ".create", Limit: 5})
			if err != nil || len(lines) != 0 {
				t.Error(fmt.Sprint(p, lines), err)
			}
		}
	})
}
