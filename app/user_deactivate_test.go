package main

import (
	"testing"

	"chancery/app/cases"
	"chancery/app/signin"
	"chancery/app/staff"
)

// B-1, B-2: a person is deactivated on the command line; refused while their cases would be orphaned.
func TestAPersonIsDeactivatedOnTheCommandLine(t *testing.T) {
	each(t, func(t *testing.T, database []string) {
		const password = "Harbour-Meadow-41!"
		for _, who := range []string{"elena", "jon", "ana"} {
			call(t, password+"\n", add(database, "--email="+who+"@firm.example", "--first-name="+who, "--last-name=Person", "--password")...).expect(t, 0)
		}
		h := inside(t, database)
		for _, who := range []string{"elena", "jon", "ana"} {
			if _, err := h.signin.SignIn(t.Context(), who+"@firm.example", password, signin.Origin{Network: "192.0.2.1"}); err != nil {
				t.Fatal(err)
			}
		}
		jon, err := h.staff.ByEmail(t.Context(), "jon@firm.example")
		if err != nil {
			t.Fatal(err)
		}
		if err := h.cases.Seed(t.Context(), []cases.Client{{ID: "c", Name: "Kowalczyk"}}, []cases.NewCase{{Number: "1", Title: "Work permit", ClientID: "c", OwnerID: jon.ID}}); err != nil {
			t.Fatal(err)
		}
		deactivate := func(more ...string) said {
			return call(t, "", append(append([]string{"user", "deactivate", "--email=jon@firm.example"}, more...), database...)...)
		}
		deactivate().expect(t, 1, "nothing was changed: 1 open case would be left without an owner")
		deactivate("--to=nobody@firm.example").expect(t, 1, "nobody has that sign-in name")
		deactivate("--to=Ana@firm.example", "--reason=Lost").expect(t, 0, "jon@firm.example is deactivated", "cases: 1", "sessions: 1")
		deactivate().expect(t, 1, "inactive already")
		if u, err := h.staff.Get(t.Context(), jon.ID); err != nil || u.Status != staff.Inactive {
			t.Error(u.Status, err)
		}
	})
}
