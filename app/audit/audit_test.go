package audit_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"chancery/app/audit"
	"chancery/app/store"
	"chancery/app/store/storetest"
)

// S1-14, ASVS 16.2.5, 16.3.1…16.3.3: who, what, to whom, when, from where, before and after; newest first.
func TestALineTellsWhoDidWhat(t *testing.T) {
	clock := storetest.NewClock()
	storetest.Each(t, clock.Now, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		who := audit.Actor{ID: "u1", Name: "Noor Haddad", Network: "198.51.100.7", RequestID: "r1"}
		for _, e := range []audit.Entry{
			{Action: "user.create", Kind: "user", ID: "u2"},
			{Action: "user.edit-profile", Kind: "user", ID: "u2", Changes: []audit.Change{{Field: "zone", Before: "UTC", After: "America/Toronto"}}},
			{Action: "user.create", Kind: "user", ID: "u3"},
		} {
			if err := audit.Record(ctx, db, who, e); err != nil {
				t.Fatal(err)
			}
		}
		lines, err := audit.Of(ctx, db, "user", "u2", 10)
		if err != nil || len(lines) != 2 {
			t.Fatal(lines, err)
		}
		l := lines[0]
		if l.ActorID != "u1" || l.ActorName != "Noor Haddad" || l.Network != "198.51.100.7" || l.RequestID != "r1" || l.Action != "user.edit-profile" ||
			l.Changes != `[{"field":"zone","before":"UTC","after":"America/Toronto"}]` || !l.At.Equal(clock.Now()) || lines[1].Changes != "[]" {
			t.Errorf("%+v", lines)
		}
		clock.Add(time.Second)
		if lines, err = audit.Of(ctx, db, "user", "u2", 1); err != nil || len(lines) != 1 || lines[0].ID != l.ID {
			t.Error(lines, err)
		}
	})
}

// No line tells of what did not happen.
func TestALineGoesWithItsTransaction(t *testing.T) {
	storetest.Each(t, storetest.NewClock().Now, func(t *testing.T, db *store.DB) {
		no := errors.New("no")
		err := db.Tx(t.Context(), func(ctx context.Context) error {
			if err := audit.Record(ctx, db, audit.Actor{ID: "u1"}, audit.Entry{Action: "user.create", Kind: "user", ID: "u2"}); err != nil {
				return err
			}
			return no
		})
		if !errors.Is(err, no) {
			t.Fatal(err)
		}
		if lines, err := audit.Of(t.Context(), db, "user", "u2", 10); err != nil || len(lines) != 0 {
			t.Error(lines, err)
		}
	})
}
