package demo

import (
	"context"
	"fmt"

	"chancery/app/casesync"
)

// CaseSystem is the case system of the demo practice: it knows every sixteenth of its cases, and says some things that cannot be taken, so that there is something
// to see to. Asked again, it says the same.
type CaseSystem struct{}

// known is what the case system calls the nth case, where it knows it.
func known(n int) string {
	if n%16 != 11 {
		return ""
	}
	return fmt.Sprintf("CS-%04d", n)
}

// Read says it (casesync.Source).
func (CaseSystem) Read(_ context.Context, kind casesync.Kind, _, _ string) (p casesync.Part, err error) {
	say := func(pairs ...string) {
		said := map[string]string{}
		for i := 0; i+1 < len(pairs); i += 2 {
			said[pairs[i]] = pairs[i+1]
		}
		p.Rows = append(p.Rows, casesync.Row{Place: len(p.Rows) + 1, Said: said})
	}
	switch kind {
	case casesync.Clients:
		say("id", "CL-0907", "name", "", "email", "mukendi@clients.demo.example")
	case casesync.Cases:
		odd := map[int][2]string{Cases - 5: {"status", "on hold"}, Cases - 21: {"stage", "Biometrics"}, Cases - 37: {"owner", "h.lefebvre" + Domain}, Cases - 69: {"department", "Appeals"}}
		for n := 1; n <= Cases; n++ {
			if id := known(n); id != "" && n > Cases/2 {
				if o, is := odd[n]; is {
					say("id", id, o[0], o[1])
				} else {
					say("id", id)
				}
			}
		}
		say("id", "CS-0431", "title", "Study permit", "client", "CL-0907", "owner", "consultant"+Domain, "status", "open")
		say("id", "CS-0432", "title", "Work permit extension", "client", "CL-0911", "owner", "", "status", "open")
		say("id", "CS-0433", "title", "Super visa", "client", "CL-0912", "owner", "consultant"+Domain, "opened", "31/11/2026")
	case casesync.Members:
		say("case", known(Cases-37), "member", "t.arsenault"+Domain)
	}
	return p, nil
}

// night is the first night of the sync, in which the practice finds out what cannot be taken.
func (r *Rooms) night(ctx context.Context) error {
	if !r.Sync.On() {
		return nil
	}
	id, err := r.Sync.Begin(ctx, system())
	for err == nil {
		next, failed := r.Sync.Advance(ctx, id)
		if err = failed; next.IsZero() {
			break
		}
	}
	return err
}
