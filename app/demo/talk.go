package demo

import (
	"strings"
	"time"

	"chancery/app/access"
	"chancery/app/messages"
)

// Messages is how many messages with clients the demo practice has.
const Messages = 5000

// talk is what is said in one case: exchanges in their order, each answered by one person.
type talk struct {
	file    *file
	opening []exchange
	middle  []exchange
	left    []exchange // what may be said yet
	last    []exchange // a closing, or what waits for an answer
}

func (t *talk) length() (n int) {
	for _, part := range [][]exchange{t.opening, t.middle, t.last} {
		for _, e := range part {
			n += len(e.turns)
		}
	}
	return n
}

// imagineTalk has every client write. Each case begins, and ends where it is closed; what stands between is dealt out round by
// round, to older cases oftener, until there are as many messages as there are to be.
func (p *past) imagineTalk() {
	var talks []*talk
	total := 0
	for _, f := range p.files {
		t := p.begin(f)
		talks, total = append(talks, t), total+t.length()
	}
	for total < Messages {
		for i := range talks {
			// The age of a case decides how often it has a turn.
			t := talks[i]
			if len(t.left) == 0 || !p.chance.in(20+60*(len(talks)-i)/len(talks)) {
				continue
			}
			e := t.left[0]
			if over := total + len(e.turns) - Messages; over > 0 {
				e.turns = e.turns[:len(e.turns)-over]
			}
			t.left, t.middle, total = t.left[1:], append(t.middle, e), total+len(e.turns)
			if total == Messages {
				break
			}
		}
	}
	for _, t := range talks {
		p.write(t)
	}
}

// begin chooses how a case's talk begins and ends.
func (p *past) begin(f *file) *talk {
	w, who := p.words[f.language], "person"
	if f.matter == "firm" {
		who = "firm"
	}
	t := &talk{file: f, opening: []exchange{one(p.chance, w.exchange("opening", who))}}
	t.left = shuffled(p.chance, w.exchange("", f.matter, who))
	if who == "firm" {
		t.left = shuffled(p.chance, w.exchange("", "firm"))
	}
	f.waits = f.open() && p.chance.in(map[bool]int{true: 50, false: 17}[f.owner.email == "admin"]) // who has few cases has some that wait
	switch {
	case !f.open():
		t.last = []exchange{one(p.chance, w.exchange("closing", who))}
	case f.waits:
		t.last = []exchange{one(p.chance, w.exchange("waiting", who))}
	}
	return t
}

// write puts a talk into its time: exchanges evenly over the life of the case, answers within a day.
func (p *past) write(t *talk) {
	f := t.file
	parts := append(append(t.opening, t.middle...), t.last...)
	until := f.until.Add(-p.now.Sub(f.until) / 1000) // closed: before that
	if f.open() {
		until = p.ago(6*time.Hour, 9*24*time.Hour)
	}
	if f.waits {
		until = p.ago(4*time.Minute, 50*time.Hour)
	}
	from := f.from.Add(40 * time.Minute)
	if until.Before(from.Add(2 * time.Hour)) {
		until = p.now.Add(-time.Minute)
	}
	share := until.Sub(from) / time.Duration(len(parts))
	last := from
	for i, e := range parts {
		at := from.Add(share * time.Duration(i)).Add(share / 100 * time.Duration(p.chance.below(25)))
		switch last := i == len(parts)-1; {
		case last && f.waits: // the last words are the newest
			at = until.Add(-min(share/4, 20*time.Minute))
		case last:
			at = until.Add(-min(share/2, 30*time.Hour))
		}
		me := p.writer(f, at)
		for j, turn := range e.turns {
			if j > 0 {
				at = at.Add(min(share/2/time.Duration(len(e.turns)), time.Duration(10+p.chance.below(18*60))*time.Minute))
			}
			if at.Before(last) {
				at = last
			}
			if at.After(until) {
				at = until
			}
			last = at
			m := messages.Message{CaseID: f.ID, Direction: messages.In, Body: p.fill(f, me, turn.text), SentAt: p.byDay(at)}
			if !turn.in {
				m.Direction, m.AuthorID = messages.Out, &me.id
			}
			p.said = append(p.said, m)
		}
	}
	if f.waits {
		p.wait(f, len(t.last[0].turns))
	}
}

// wait makes the last words of a client unread, for the owner and most others who read messages.
func (p *past) wait(f *file, words int) {
	for i, c := range f.on() {
		if i == 0 || c.email != "" || p.chance.in(60) {
			p.behind = append(p.behind, messages.Behind{CaseID: f.ID, UserID: c.id, Unread: int64(words)})
		}
	}
}

// writer is who answers a client: the owner, or a member who may; in the first months now and then somebody who has left since,
// whose name stays (S1-13).
func (p *past) writer(f *file, at time.Time) *colleague {
	if p.now.Sub(at) > 200*24*time.Hour && p.chance.in(15) {
		for i := range p.people {
			if c := &p.people[i]; c.department == f.owner.department && c.is(access.RoleConsultant, access.RoleParalegal) && c.status == "INACTIVE" {
				return c
			}
		}
	}
	if p.chance.in(35) {
		for _, c := range f.members {
			if c.is(access.RoleParalegal, access.RoleConsultant, access.RoleSupport) && (c.language == f.language || f.owner.language != f.language) {
				return c
			}
		}
	}
	return f.owner
}

// imagineComments has the team talk among itself, and call each other.
func (p *past) imagineComments() {
	for _, f := range p.files {
		if !p.chance.in(65) {
			continue
		}
		on, calls, remarks := f.on(), p.chance.below(8), p.chance.below(12) // each its own words
		for i := range 1 + p.chance.below(4) {
			who := one(p.chance, on)
			at := p.byDay(p.between(f.from.Add(time.Hour), f.until.Add(-2*time.Minute)))
			w := p.words[who.language]
			if whom := one(p.chance, on); whom != who && p.chance.in(45) {
				body := strings.ReplaceAll(w.lists["call"][(calls+i)%len(w.lists["call"])], "{who}", "@{"+whom.id+"}")
				p.calls = append(p.calls, call{len(p.comments), whom})
				p.comments = append(p.comments, messages.Comment{CaseID: f.ID, AuthorID: who.id, Body: body, CreatedAt: at})
				continue
			}
			author := who.id
			if old := p.writer(f, at); old.status == "INACTIVE" {
				author, w = old.id, p.words[old.language]
			}
			p.comments = append(p.comments, messages.Comment{CaseID: f.ID, AuthorID: author, Body: w.lists["comment"][(remarks+i*5)%len(w.lists["comment"])], CreatedAt: at})
		}
	}
}

// imagineCalls has each of those who are named as demo accounts called, in a case of theirs, since yesterday.
func (p *past) imagineCalls() {
	for i, f := range shuffled(p.chance, p.files) {
		for _, whom := range f.on() {
			who := f.owner
			if who == whom && len(f.members) > 0 {
				who = f.members[0]
			}
			if !f.open() || whom.email == "" || who == whom || p.now.Sub(f.from) < 72*time.Hour || p.recent(whom) > 2 {
				continue
			}
			body := strings.ReplaceAll(p.words[who.language].lists["call"][i%8], "{who}", "@{"+whom.id+"}")
			p.calls = append(p.calls, call{len(p.comments), whom})
			p.comments = append(p.comments, messages.Comment{CaseID: f.ID, AuthorID: who.id, Body: body, CreatedAt: p.ago(20*time.Minute, 40*time.Hour)})
		}
	}
}

// recent is how often somebody was called since the day before yesterday.
func (p *past) recent(who *colleague) (n int) {
	for _, c := range p.calls {
		if c.who == who && p.now.Sub(p.comments[c.comment].CreatedAt) < 48*time.Hour {
			n++
		}
	}
	return n
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
