package demo

import (
	"slices"
	"sort"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"chancery/app/access"
	"chancery/app/agenda"
	"chancery/app/billing"
	"chancery/app/cases"
	"chancery/app/messages"
	"chancery/app/notices"
	"chancery/app/staff"
)

// colleague is somebody who works here, or did.
type colleague struct {
	person
	id, departmentID string
	where            *time.Location
}

// name is what others call them.
func (c *colleague) name() string { return c.first + " " + c.last }

func (c *colleague) here() bool { return c.status == staff.Active }

// is tells whether somebody has one of these roles.
func (c *colleague) is(roles ...string) bool { return slices.Contains(roles, c.role) }

// past is what happened in the practice until now, and what is planned.
type past struct {
	chance *chance
	now    time.Time
	people []colleague
	words  map[string]*words
	files  []*file
	taken  map[at]bool

	clients      []cases.Client
	cases        []cases.NewCase
	said         []messages.Message
	behind       []messages.Behind
	comments     []messages.Comment
	calls        []call
	scores       []cases.Score
	appointments []agenda.Made
	deadlines    []agenda.Deadline
	invoices     []billing.Issued
}

// file is a case with what the rest of its past is made from.
type file struct {
	cases.NewCase
	matter   string // as in texts: family, work, refugee, status or firm
	language string // the client's
	contact  string // whom one writes to at the client's
	owner    *colleague
	members  []*colleague
	from     time.Time // when it was opened and closed, or now, before the nights are left out (byDay)
	until    time.Time
	waits    bool // the client's last words are not read
}

// open tells whether there is something to do.
func (f *file) open() bool { return f.Status != cases.Closed }

// on are who works on the case.
func (f *file) on() []*colleague { return append([]*colleague{f.owner}, f.members...) }

// call is a comment in which somebody is named.
type call struct {
	comment int // of past.comments
	who     *colleague
}

// imagine makes the past up.
func imagine(now time.Time, people []colleague) (*past, error) {
	c := chance(1867)
	p := &past{chance: &c, now: now, people: people, taken: map[at]bool{}}
	var err error
	if p.words, err = readWords(); err != nil {
		return nil, err
	}
	p.imagineCases()
	p.imagineTalk()
	p.imagineComments()
	p.imagineCalls()
	p.imagineScores()
	if err := p.imagineDays(); err != nil {
		return nil, err
	}
	p.imagineMoney()
	return p, nil
}

// called is who has a sign-in name.
func (p *past) called(address string) *colleague {
	for i := range p.people {
		if p.people[i].address() == address+Domain {
			return &p.people[i]
		}
	}
	panic("nobody in the demo practice is " + address) // a slip in this room, which its test finds
}

// with are who works here in one of some roles.
func (p *past) with(roles ...string) (found []*colleague) {
	for i := range p.people {
		if c := &p.people[i]; c.here() && c.is(roles...) {
			found = append(found, c)
		}
	}
	return found
}

// ago is a moment of a length before now, within a bound, at the second.
func (p *past) ago(least, most time.Duration) time.Time {
	d := least + time.Duration(p.chance.below(int((most-least)/time.Second)+1))*time.Second
	return p.now.Add(-d).Truncate(time.Second)
}

// between is a moment after one and not after another.
func (p *past) between(from, until time.Time) time.Time {
	seconds := int(until.Sub(from) / time.Second)
	if seconds < 1 {
		return until
	}
	return from.Add(time.Duration(p.chance.below(seconds)+1) * time.Second)
}

// byDay moves what is said in the night to the day, and keeps its order: nobody writes at four in the morning every week. Today stays as
// it is, since it must not be later than now.
func (p *past) byDay(t time.Time) time.Time {
	where := p.called("admin").where
	now, local := p.now.In(where), t.In(where)
	y, m, d := local.Date()
	if yn, mn, dn := now.Date(); y == yn && m == mn && d == dn {
		return t.UTC().Truncate(time.Second)
	}
	start := time.Date(y, m, d, 0, 0, 0, 0, where)
	return start.Add(8*time.Hour + local.Sub(start)/2).UTC().Truncate(time.Second)
}

// fill puts what is asked for into a text.
func (p *past) fill(f *file, me *colleague, asked string) string {
	w, text := p.words[f.language], asked
	for _, name := range []string{"document", "paper", "day", "hour"} {
		if strings.Contains(text, "{"+name+"}") {
			text = strings.ReplaceAll(text, "{"+name+"}", one(p.chance, w.lists[name]))
		}
	}
	text = strings.NewReplacer("{client}", f.contact, "{me}", me.first).Replace(text)
	if strings.HasPrefix(asked, "{") { // what stands in its place may begin with a small letter
		first, size := utf8.DecodeRuneInString(text)
		text = string(unicode.ToUpper(first)) + text[size:]
	}
	return text
}

// imagineScores has clients answer how likely they are to recommend the practice, which they are asked at each stage (V-6).
func (p *past) imagineScores() {
	for _, f := range p.files {
		for range 2 {
			if chance := map[bool]int{true: 18, false: 42}[f.open()]; f.until.Sub(f.from) < 20*24*time.Hour || !p.chance.in(chance) {
				continue
			}
			s := cases.Score{CaseID: f.ID, AnsweredAt: p.byDay(p.between(f.from.Add(14*24*time.Hour), f.until.Add(-time.Hour)))}
			list := "low"
			switch n := p.chance.below(100); {
			case n < 62:
				s.Score, list = int64(9+p.chance.below(2)), "high"
			case n < 87:
				s.Score, list = int64(7+p.chance.below(2)), "middle"
			default:
				s.Score = int64(2 + p.chance.below(5))
			}
			if p.chance.in(65) {
				s.Comment = one(p.chance, p.words[f.language].lists[list])
			}
			p.scores = append(p.scores, s)
		}
	}
}

// bulletins tell those who were named in comments, once these have their ids, and those who were given cases.
func (p *past) bulletins() (all []notices.Bulletin) {
	for _, c := range p.calls {
		of := &p.comments[c.comment]
		b := notices.Bulletin{UserID: c.who.id, Kind: notices.BulletinCalled, SendKey: "called/" + of.ID + "/" + c.who.id, CaseID: &of.CaseID,
			ObjectID: of.ID, ActorID: &of.AuthorID, CreatedAt: of.CreatedAt}
		all = append(all, b)
	}
	from := p.called("admin").id
	for i, who := range p.with(access.RoleConsultant, access.RoleManager) {
		var one *string
		if i%4 == 0 { // a single case is named
			for _, f := range p.files {
				if f.owner == who && f.open() {
					one = &f.ID
				}
			}
		}
		all = append(all, notices.Bulletin{CaseID: one, UserID: who.id, Kind: notices.BulletinCases, SendKey: "cases/demo/" + who.id, ActorID: &from,
			Count: int64(1 + i%4), CreatedAt: p.ago(time.Duration(20+i*9)*time.Hour, time.Duration(24+i*9)*time.Hour)})
	}
	for i := range all {
		if p.now.Sub(all[i].CreatedAt) > 4*24*time.Hour {
			read := all[i].CreatedAt.Add(3 * time.Hour)
			all[i].ReadAt = &read
		}
	}
	sort.SliceStable(all, func(i, j int) bool { return all[i].CreatedAt.Before(all[j].CreatedAt) })
	return all
}
