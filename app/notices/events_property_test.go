package notices_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"chancery/app/access"
	"chancery/app/cases"
	"chancery/app/messages"
	"chancery/app/notices"
	"chancery/app/post"
	"chancery/app/store"
)

// S3-23, S3-24, C-17, B-5, B-21: whatever becomes of cases, bells, switches, quiet hours, absences, addresses and the mail server, in whatever order, nothing ever goes to somebody who
// is not associated with the case (or stands in for one who is, and may see it), nothing that was turned off, and nothing twice; and whatever somebody was to be told reaches
// them or who stands in for them, unless they have read it or will not have it any more. A model that knows no SQL says who is who.
func TestWhateverHappensNobodyIsToldOfACaseThatIsNotTheirsAndNothingIsLost(t *testing.T) {
	eachFirm(t, func(t *testing.T, f *firm) {
		kept := 0
		for seed := range uint64(10) {
			h := newHistory(f, seed)
			for range 220 {
				h.step()
			}
			kept += h.settle()
		}
		if kept < 150 {
			t.Errorf("only %d things were told: the histories prove little", kept)
		}
	})
}

// history is a practice in which things happen by chance, and what a careful secretary would have written down of it.
type history struct {
	*firm
	dice    *rand.Rand
	people  []access.Actor
	all     map[string]bool // may see all cases that are not private
	silent  map[string]bool // may not read messages
	cases   []string
	owner   map[string]string
	members map[string]map[string]bool
	private map[string]bool
	bell    map[string]map[string]bool // by case and person
	wish    map[string]map[string]bool // by person and switch
	cover   map[string]string          // of who is away
	next    int
	told    map[string]map[string]bool // by what was said, who was told
	through map[string]map[string]bool // and of whom the one who was told stood in for them
	owed    []debt
	upset   map[string]int // by person, or person and case: when something of them last changed
	now     int
}

// debt is something that somebody is to be told.
type debt struct {
	what, kind, caseID, of string
	at                     int
}

func newHistory(f *firm, seed uint64) *history {
	h := &history{firm: f, dice: rand.New(rand.NewPCG(seed, 6)), all: map[string]bool{}, silent: map[string]bool{}, owner: map[string]string{}, members: map[string]map[string]bool{},
		private: map[string]bool{}, bell: map[string]map[string]bool{}, wish: map[string]map[string]bool{}, cover: map[string]string{}, told: map[string]map[string]bool{}, through: map[string]map[string]bool{}, upset: map[string]int{}}
	for i, role := range []string{access.RoleConsultant, access.RoleConsultant, access.RoleParalegal, access.RoleManager, access.RoleManager, access.RoleAccountant} {
		p := f.Person("P"+string(rune('a'+i)), "Of "+string(rune('A'+seed)), fmt.Sprintf("p%d-%d", seed, i), "messages.view messages.send cases.edit")
		f.Must(f.DB.In(f.Ctx).Exec(`UPDATE users SET role_id = ? WHERE id = ?`, role, p.ID).Error)
		h.all[p.ID], h.silent[p.ID] = role == access.RoleManager, role == access.RoleAccountant
		h.people = append(h.people, p)
		h.wish[p.ID] = map[string]bool{notices.MessageMails: false, notices.ScoreMails: true, notices.MentionMails: true}
	}
	for i := range 3 {
		id := f.Open(h.people[i])
		h.cases, h.owner[id], h.members[id], h.bell[id] = append(h.cases, id), h.people[i].ID, map[string]bool{}, map[string]bool{h.people[i].ID: true}
	}
	return h
}

func (h *history) person() access.Actor { return h.people[h.dice.IntN(len(h.people))] }
func (h *history) file() string         { return h.cases[h.dice.IntN(len(h.cases))] }

func (h *history) associated(id, file string) bool { return h.owner[file] == id || h.members[file][id] }

func (h *history) may(id, file, kind string) bool {
	return (h.associated(id, file) || h.all[id] && !h.private[file]) && (kind != notices.MessageMails || !h.silent[id])
}

// standIn is who stands in for somebody, along the chain.
func (h *history) standIn(id string) string {
	passed := map[string]bool{}
	for at := id; ; {
		to, away := h.cover[at]
		if !away {
			if at == id {
				return ""
			}
			return at
		}
		if passed[at] || to == "" {
			return ""
		}
		passed[at] = true
		at = to
	}
}

// changed notes that something is not as it was for somebody, of a case or ("") at all: what they were owed before is theirs no more for sure.
func (h *history) changed(id, file string) { h.upset[id+file] = h.now }

func (h *history) step() {
	h.now++
	switch k, p := h.file(), h.person(); h.dice.IntN(18) {
	case 0, 1, 2, 3:
		h.next++
		what := fmt.Sprintf("word-%04d.", h.next)
		_, err := h.messages.Receive(h.Ctx, system(), messages.Received{CaseID: k, Body: what})
		h.Must(err)
		h.owe(what, notices.MessageMails, k, nil, "")
	case 4:
		h.next++
		what := fmt.Sprintf("word-%04d.", h.next)
		_, err := h.Cases.AddScore(h.Ctx, system(), k, cases.NewScore{Score: 9, Comment: what})
		h.Must(err)
		h.owe(what, notices.ScoreMails, k, nil, "")
	case 5, 6:
		by := h.person()
		if !h.may(by.ID, k, "") || !h.may(p.ID, k, "") {
			return
		}
		h.next++
		what := fmt.Sprintf("word-%04d.", h.next)
		if by.Rights = access.Granted(false, "cases.view"); h.all[by.ID] {
			by.Rights = access.Granted(false, "cases.view cases.view-all")
		}
		_, err := h.messages.Comment(h.Ctx, by, k, "@"+p.Name+" "+what)
		h.Must(err)
		if by.ID != p.ID {
			h.owe(what, notices.MentionMails, k, []string{p.ID}, by.ID)
		}
	case 7:
		h.Must(h.Cases.AddMember(h.Ctx, system(), k, p.ID))
		if !h.associated(p.ID, k) {
			h.members[k][p.ID], h.bell[k][p.ID] = true, true
			h.changed(p.ID, k)
		}
	case 8:
		h.Must(h.Cases.RemoveMember(h.Ctx, system(), k, p.ID))
		delete(h.members[k], p.ID)
		h.changed(p.ID, k)
	case 9:
		if h.silent[p.ID] {
			return
		}
		_, err := h.Cases.Reassign(h.Ctx, system(), []string{k}, p.ID)
		h.Must(err)
		if was := h.owner[k]; was != p.ID {
			h.changed(was, k)
			if h.changed(p.ID, k); !h.members[k][p.ID] {
				h.bell[k][p.ID] = true
			}
			h.owner[k] = p.ID
			delete(h.members[k], p.ID)
		}
	case 10:
		if !h.associated(p.ID, k) {
			return
		}
		on := h.dice.IntN(3) > 0
		p.Rights = access.Granted(false, "cases.view")
		h.Must(h.Cases.SetBell(h.Ctx, p, k, on))
		if h.bell[k][p.ID] != on {
			h.changed(p.ID, k)
		}
		h.bell[k][p.ID] = on
	case 11, 12:
		s, on := notices.Switches()[h.dice.IntN(3)], h.dice.IntN(3) > 0
		h.Must(h.notices.Choose(h.Ctx, p, map[string]string{s: fmt.Sprint(on)}))
		if h.wish[p.ID][s] != on {
			h.changed(p.ID, "")
		}
		h.wish[p.ID][s] = on
	case 13:
		h.Must(h.notices.Choose(h.Ctx, p, map[string]string{notices.Quiet: fmt.Sprint(h.dice.IntN(2) == 0),
			notices.QuietFrom: fmt.Sprintf("%02d:00", h.dice.IntN(12)), notices.QuietTo: fmt.Sprintf("%02d:30", h.dice.IntN(24))}))
	case 14:
		h.Must(h.DB.In(h.Ctx).Exec(`UPDATE absences SET ended_at = ? WHERE user_id = ? AND ended_at IS NULL`, h.Clock.Now(), p.ID).Error)
		if _, away := h.cover[p.ID]; away {
			delete(h.cover, p.ID)
			return
		}
		to := h.person().ID
		if to == p.ID {
			return
		}
		h.cover[p.ID] = to
		h.Must(h.DB.In(h.Ctx).Exec(`INSERT INTO absences (id, user_id, cover_id, first_day, last_day, begins_at, ends_at, created_by, created_at) VALUES (?, ?, ?, '', '', ?, ?, '', ?)`,
			store.NewID(), p.ID, to, h.Clock.Now(), h.Clock.Now().AddDate(1, 0, 0), h.Clock.Now()).Error)
	case 15:
		if h.dice.IntN(2) == 0 && h.associated(p.ID, k) && !h.silent[p.ID] {
			p.Rights = access.Granted(false, "cases.view messages.view")
			if _, err := h.messages.Read(h.Ctx, p, k, 1<<40); err != nil {
				h.T.Fatal(err)
			}
			h.changed(p.ID, k)
			return
		}
		h.private[k] = !h.private[k]
		h.Must(h.DB.In(h.Ctx).Exec(`UPDATE cases SET private = ? WHERE id = ?`, h.private[k], k).Error)
	case 16:
		if h.dice.IntN(3) == 0 {
			h.next++
			h.Must(h.DB.In(h.Ctx).Exec(`UPDATE users SET email = ? WHERE id = ?`, fmt.Sprintf("moved-%d-%s@firm.example", h.next, p.ID[24:]), p.ID).Error)
		}
		h.Clock.Add(time.Duration(h.dice.IntN(90)) * time.Minute)
		h.deliver(h.dice.IntN(4) == 0)
	default:
		h.Clock.Add(time.Duration(h.dice.IntN(20)) * time.Minute)
		h.deliver(h.dice.IntN(4) == 0)
	}
}

// owe writes down whom something is to be told to, by the rules as people know them.
func (h *history) owe(what, kind, file string, people []string, by string) {
	h.told[what], h.through[what] = map[string]bool{}, map[string]bool{}
	for _, p := range h.people {
		if !h.associated(p.ID, file) || people != nil && !slices.Contains(people, p.ID) || p.ID == by || !h.bell[file][p.ID] {
			continue
		}
		to := p.ID
		if in := h.standIn(p.ID); in != "" && in != by && h.may(in, file, kind) {
			to = in
			if people == nil && h.associated(in, file) {
				continue // they have it among their own, and are owed it for themselves
			}
		}
		if h.may(to, file, kind) && h.wish[to][kind] {
			h.owed = append(h.owed, debt{what, kind, file, p.ID, h.now})
		}
	}
}

// deliver sends what is due, as the reconciler does; a server that is down takes nothing.
func (h *history) deliver(down bool) {
	now := h.Clock.Now()
	var due []post.Mail
	h.Must(h.DB.In(h.Ctx).Raw(`SELECT * FROM mails WHERE kind = 'events' AND state = 'waiting' AND next_try_at <= ? ORDER BY next_try_at, id`, now).Scan(&due).Error)
	if len(due) == 0 {
		return
	}
	for i := range due {
		h.Must(h.DB.In(h.Ctx).Exec(`UPDATE mails SET state = 'sending', tries = tries + 1 WHERE id = ?`, due[i].ID).Error)
	}
	letters, err := h.notices.Letters(h.Ctx, due)
	h.Must(err)
	for i, l := range letters {
		h.Must(l.Err)
		state := "delivered"
		switch {
		case l.Nothing:
			state = "stopped"
		case down:
			state = "waiting"
		default:
			h.arrives(&due[i], l)
		}
		h.Must(h.DB.In(h.Ctx).Exec(`UPDATE mails SET state = ?, next_try_at = ? WHERE id = ?`, state, now.Add(5*time.Minute), due[i].ID).Error)
	}
}

// arrives checks what somebody is told against what they may be told at this moment.
func (h *history) arrives(m *post.Mail, l post.Letter) {
	h.T.Helper()
	reader := *m.UserID
	var address string
	h.Must(h.DB.Row(h.Ctx, `SELECT email FROM users WHERE id = $1`, reader).Scan(&address))
	if m.Recipient != address {
		h.T.Errorf("a mail goes to an address that is nobody's any more")
	}
	if p, err := h.notices.PreferencesOf(h.Ctx, reader); err != nil || !p[reader].Opens(h.Clock.Now(), time.UTC).Equal(h.Clock.Now()) {
		h.T.Errorf("a mail goes in quiet hours (%v)", err)
	}
	if l.Data["More"] != 0 {
		h.T.Fatal("the history is too dense: a mail does not show all")
	}
	for _, g := range l.Data["Groups"].([]map[string]any) {
		for _, line := range g["Lines"].([]map[string]any) {
			text := line["Text"].(string)
			what, kind := text[len(text)-10:], notices.MessageMails
			switch {
			case line["ScoreGiven"] == true:
				kind = notices.ScoreMails
			case line["Mention"] == true:
				kind = notices.MentionMails
			}
			var file string
			h.Must(h.DB.Row(h.Ctx, `SELECT id FROM cases WHERE number = $1`, g["Number"]).Scan(&file))
			own := h.associated(reader, file) && h.bell[file][reader]
			for _, p := range h.people {
				own = own || h.associated(p.ID, file) && h.bell[file][p.ID] && h.standIn(p.ID) == reader
			}
			switch {
			case !own || !h.may(reader, file, kind):
				h.T.Fatalf("%s of a case goes to one who is not associated with it", what)
			case !h.wish[reader][kind]:
				h.T.Fatalf("%s goes to one who wants none", what)
			case h.told[what][reader]:
				h.T.Fatalf("%s goes twice", what)
			}
			h.told[what][reader] = true
			for _, p := range h.people {
				if h.associated(p.ID, file) && h.standIn(p.ID) == reader {
					h.through[what][p.ID] = true
				}
			}
		}
	}
}

// settle lets time pass until nothing waits any more, and looks for what somebody was to be told and was not. It says how much they were.
func (h *history) settle() (kept int) {
	for range 200 {
		h.Clock.Add(30 * time.Minute)
		h.deliver(false)
	}
	if n := h.Count(`SELECT count(*) FROM mails WHERE kind = 'events' AND state IN ('waiting', 'sending')`); n != 0 {
		h.T.Errorf("%d mails wait for ever", n)
	}
	for _, d := range h.owed {
		if h.told[d.what][d.of] || h.through[d.what][d.of] {
			kept++
			continue
		}
		if h.upset[d.of+d.caseID] >= d.at || h.upset[d.of] >= d.at || !h.wish[d.of][d.kind] || h.silent[d.of] && d.kind == notices.MessageMails {
			continue // they have left it, read it, or will not have it
		}
		h.T.Errorf("%s (%s) was to be told and was not", d.what, d.kind)
	}
	return kept
}

func system() access.Actor { return access.System("test") }
