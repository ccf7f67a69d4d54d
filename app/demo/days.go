package demo

import (
	"time"

	"chancery/app/access"
	"chancery/app/agenda"
)

// How far the agenda reaches from today, in days.
const (
	daysBack  = 12
	daysAhead = 24
)

// imagineDays fills the agenda around today: meetings with clients in each colleague's own zone, the team's own, and deadlines. Who is
// named as a demo account has something today whatever day it is.
func (p *past) imagineDays() error {
	busy := map[*colleague][]*file{}
	for _, f := range p.files {
		if f.open() {
			for _, c := range f.on() {
				busy[c] = append(busy[c], f)
			}
		}
	}
	for _, c := range p.with(access.RoleSuperAdmin, access.RoleManager, access.RoleConsultant, access.RoleParalegal) {
		if len(busy[c]) == 0 {
			continue
		}
		for day := -daysBack; day <= daysAhead; day++ {
			if err := p.imagineDay(c, day, busy[c]); err != nil {
				return err
			}
		}
	}
	if err := p.imagineTeams(); err != nil {
		return err
	}
	p.imagineDeadlines()
	return nil
}

// on is a time of somebody's day, so many days from today.
func (p *past) on(c *colleague, day, hour, minute int) time.Time {
	y, m, d := p.now.In(c.where).Date()
	return time.Date(y, m, d+day, hour, minute, 0, 0, c.where)
}

// at is when somebody is taken.
type at struct {
	who    string
	starts int64
}

func weekend(t time.Time) bool { return t.Weekday() == time.Saturday || t.Weekday() == time.Sunday }

func (p *past) imagineDay(c *colleague, day int, busy []*file) error {
	n := p.chance.below(5) / 2 // 0, 0, 1, 1, 2
	switch {
	case day == 0 && c.email != "":
		n = 3
	case weekend(p.on(c, day, 12, 0)):
		return nil
	}
	slots := shuffled(p.chance, [][2]int{{9, 0}, {10, 30}, {13, 30}, {15, 0}, {16, 30}})[:n]
	for _, slot := range slots {
		starts := p.on(c, day, slot[0], slot[1])
		if p.taken[at{c.id, starts.Unix()}] {
			continue
		}
		p.taken[at{c.id, starts.Unix()}] = true
		f := one(p.chance, busy)
		title, place, minutes, err := meeting(one(p.chance, p.words[c.language].list("meeting", f.matter)))
		if err != nil {
			return err
		}
		if minutes > 90 && n > 1 { // no time for it before the next one
			minutes = 60
		}
		a := agenda.Made{By: c.id, At: p.planned(starts), Status: agenda.Planned, Plan: agenda.Plan{CaseID: f.ID, OwnerID: c.id, Title: title, Place: place,
			StartsAt: starts, EndsAt: starts.Add(time.Duration(minutes) * time.Minute), Zone: c.zone}}
		if p.chance.in(6) && day != 0 {
			a.Status = agenda.Cancelled
		}
		for _, m := range f.on() {
			if m != c && p.chance.in(20) && !m.is(access.RoleAccountant) && !p.taken[at{m.id, starts.Unix()}] {
				p.taken[at{m.id, starts.Unix()}] = true
				a.People = append(a.People, m.id)
			}
		}
		p.appointments = append(p.appointments, a)
	}
	return nil
}

// planned is when something was planned: some days before, and not later than now.
func (p *past) planned(starts time.Time) time.Time {
	at := starts.Add(-time.Duration(2+p.chance.below(12)) * 24 * time.Hour)
	if at.After(p.now) {
		at = p.ago(time.Hour, 5*24*time.Hour)
	}
	return at.UTC().Truncate(time.Second)
}

// imagineTeams has each department meet once a week, without a case.
func (p *past) imagineTeams() error {
	for i, lead := range append(p.with(access.RoleManager), p.called("admin")) {
		for day := -daysBack; day <= daysAhead; day++ {
			starts := p.on(lead, day, 11+i, 30)
			if starts.Weekday() != time.Monday+time.Weekday(i) {
				continue
			}
			title, place, minutes, err := meeting(p.words[lead.language].lists["ours"][i%3])
			if err != nil {
				return err
			}
			a := agenda.Made{By: lead.id, At: p.planned(starts), Status: agenda.Planned, Plan: agenda.Plan{OwnerID: lead.id, Title: title, Place: place,
				StartsAt: starts, EndsAt: starts.Add(time.Duration(minutes) * time.Minute), Zone: lead.zone}}
			for j := range p.people {
				if c := &p.people[j]; c != lead && c.here() && (c.department == lead.department || lead.department == "" && c.department == family) {
					a.People = append(a.People, c.id)
				}
			}
			p.appointments = append(p.appointments, a)
		}
	}
	return nil
}

// imagineDeadlines sets days by which something is due: some are over and done, a few over and not, most are to come.
func (p *past) imagineDeadlines() {
	for _, f := range p.files {
		few := f.owner.email == "admin"
		if !f.open() || !few && !p.chance.in(60) {
			continue
		}
		titles := shuffled(p.chance, p.words[f.owner.language].list("deadline", f.matter))
		for i := range 1 + p.chance.below(2) {
			day := 1 + p.chance.below(40)
			done := p.chance.in(25)
			switch {
			case few && i == 0: // who has few cases has something due this week
				done, day = false, p.chance.below(7)
			case done:
				day = -p.chance.below(20)
			case p.chance.in(4):
				day = -1 - p.chance.below(4)
			case p.chance.in(6):
				day = 0
			}
			d := agenda.Deadline{CaseID: f.ID, Title: titles[i], DueOn: p.on(f.owner, day, 12, 0).Format(time.DateOnly), CreatedBy: f.owner.id,
				CreatedAt: p.between(latest(f.from, p.now.Add(-30*24*time.Hour)), p.now.Add(-time.Hour)).Truncate(time.Second)}
			if done {
				at := p.between(d.CreatedAt, p.now)
				d.DoneAt, d.DoneBy = &at, &f.owner.id
			}
			p.deadlines = append(p.deadlines, d)
		}
	}
}
