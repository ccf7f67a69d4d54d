package demo

import (
	"sort"
	"time"

	"chancery/app/audit"
)

// history is what the cases' pages say of who did what: who opened a case, when it went on, who came to it, and when it was closed.
func (p *past) history() (all []audit.Past) {
	steps, clients := stages(), map[string]string{}
	for _, c := range p.clients {
		clients[c.ID] = c.Name
	}
	for _, f := range p.files {
		note := func(who *colleague, at time.Time, action string, changes ...audit.Change) {
			all = append(all, audit.Past{Actor: audit.Actor{ID: who.id, Name: who.name()}, At: p.byDay(at), Entry: audit.Entry{Action: action, Kind: "case", ID: f.ID, Changes: changes}})
		}
		note(f.owner, f.from, "case.create", audit.Change{Field: "number", After: f.Number}, audit.Change{Field: "title", After: f.Title},
			audit.Change{Field: "owner", After: f.owner.name() + " (" + f.owner.address() + ")"}, audit.Change{Field: "client", After: clients[f.ClientID]})
		life := f.until.Sub(f.from)
		for i, m := range f.members {
			note(f.owner, f.from.Add(min(life/20, 26*time.Hour)*time.Duration(i+1)), "case.add-member", audit.Change{Field: "member", After: m.id})
		}
		for i := 1; i < len(steps) && f.Stage != steps[i-1]; i++ {
			note(one(p.chance, f.on()[:min(2, len(f.on()))]), f.from.Add(life/10+life*8/10/time.Duration(len(steps))*time.Duration(i)), "case.edit", audit.Change{Field: "stage", Before: steps[i-1], After: steps[i]})
		}
		if !f.open() {
			note(f.owner, f.until, "case.close", audit.Change{Field: "status", Before: "open", After: "closed"})
		}
	}
	sort.SliceStable(all, func(i, j int) bool { return all[i].At.Before(all[j].At) })
	return all
}
