package notices

import (
	"context"
	"fmt"
	"slices"
	"time"

	"chancery/app/access"
	"chancery/app/cases"
	"chancery/app/messages"
	"chancery/app/staff"
)

// What happens in cases is told by mail to those who want it: each message of a client (S3-21), each score (S3-22), and each comment that mentions the
// reader. To be told, somebody has to be associated with the case (S3-23), to have its bell on (C-17) and the switch of its kind, to work here, and to be
// allowed to read it. While they are away whoever stands in is told in their place, by the stand-in's own switches; of what the stand-in may not see, the one
// who is away is told as ever, so that nothing reaches nobody (B-5).
//
// All that is asked twice: here, and when the mail is sent, since a mail may wait for hours and somebody may have left the case by then (letters.go).

// eventKind is what happened.
type eventKind string

// The kinds of event.
const (
	eventMessage eventKind = "message"
	eventScore   eventKind = "score"
	eventMention eventKind = "mention"
)

// event is something that happened in a case.
type event struct {
	kind    eventKind
	caseID  string
	object  string   // id of the message, score or comment
	actorID string   // who did it; "" for the client
	people  []string // whom it is about; nil: all who are associated with the case
}

// Wrote tells of a client's message (messages.Teller). That there is one to be read, the count of what is unread says; behind the bell it stands for those
// who stand in for somebody, who have no such count.
func (n *Notices) Wrote(ctx context.Context, m *messages.Message) error {
	to, err := n.happened(ctx, event{kind: eventMessage, caseID: m.CaseID, object: m.ID})
	if err != nil {
		return err
	}
	for _, c := range to.covers {
		if err := n.coveredMessage(ctx, c.UserID, m); err != nil {
			return err
		}
	}
	return nil
}

// Scored tells of a client's score (cases.Teller), behind the bell, too.
func (n *Notices) Scored(ctx context.Context, s *cases.Score, by access.Actor) error {
	to, err := n.happened(ctx, event{kind: eventScore, caseID: s.CaseID, object: s.ID, actorID: by.ID})
	if err != nil {
		return err
	}
	for _, p := range slices.Concat(to.told, to.away, to.covers) {
		if !p.Bell {
			continue
		}
		b := Bulletin{UserID: p.UserID, Kind: BulletinScored, SendKey: scoredKey(s.ID, p.UserID), CaseID: &s.CaseID, ObjectID: s.ID}
		if err := n.bulletin(ctx, b); err != nil {
			return err
		}
	}
	return nil
}

// Called tells people that somebody has mentioned them in a comment (messages.Teller). Behind the bell stands that, whoever they are: a colleague who sees the case
// has called them by name. By mail only those are told who are associated with it.
func (n *Notices) Called(ctx context.Context, c *messages.Comment, people []string) error {
	for _, id := range people {
		b := Bulletin{UserID: id, Kind: BulletinCalled, SendKey: calledKey(c.ID, id), CaseID: &c.CaseID, ObjectID: c.ID, ActorID: &c.AuthorID}
		if err := n.bulletin(ctx, b); err != nil {
			return err
		}
	}
	to, err := n.happened(ctx, event{kind: eventMention, caseID: c.CaseID, object: c.ID, actorID: c.AuthorID, people: people})
	if err != nil {
		return err
	}
	for _, p := range to.covers {
		b := Bulletin{UserID: p.UserID, Kind: BulletinCalledFor, SendKey: calledKey(c.ID, p.UserID), CaseID: &c.CaseID, ObjectID: c.ID, ActorID: &c.AuthorID}
		if err := n.bulletin(ctx, b); err != nil {
			return err
		}
	}
	return nil
}

func scoredKey(score, user string) string   { return "scored/" + score + "/" + user }
func calledKey(comment, user string) string { return "called/" + comment + "/" + user }

// reader is somebody who may be told of an event, as they are now.
type reader struct {
	UserID      string
	Email       string
	Language    string
	Zone        string
	Status      staff.Status
	Bell        bool   // of the case, theirs or that of whom they stand in for
	ForID       string `gorm:"-"` // for whom they stand in
	Preferences `gorm:"embedded"`
}

// Reader is a reader as a part of a row that is scanned: what is not exported is not seen there.
type Reader = reader

// wants tells whether mails of events of a kind are wanted.
func (r *reader) wants(k eventKind) bool {
	switch k {
	case eventMessage:
		return r.MessageMails
	case eventScore:
		return r.ScoreMails
	}
	return r.MentionMails
}

// audience is whom an event is told to.
type audience struct {
	told   []reader // who is associated with the case, and reads it themselves
	away   []reader // who is, and is away: whoever stands in is told in their place
	covers []reader // who stands in, each once
}

// happened finds out whom an event is told to, and writes it into the mails of those who want it so.
func (n *Notices) happened(ctx context.Context, e event) (audience, error) {
	own, err := n.associated(ctx, e)
	if err != nil || len(own) == 0 {
		return audience{}, err
	}
	ids := make([]string, 0, len(own))
	for i := range own {
		ids = append(ids, own[i].UserID)
	}
	stands, err := n.standIns(ctx, ids)
	if err != nil {
		return audience{}, err
	}
	// Most messages are of cases whose people want no mails of them, and then nothing more is asked.
	if e.kind == eventMessage {
		ids = ids[:0]
		for i := range own {
			if stands[own[i].UserID] != "" || own[i].Bell && own[i].wants(e.kind) {
				ids = append(ids, own[i].UserID)
			}
		}
	}
	for _, id := range stands {
		ids = append(ids, id)
	}
	if len(ids) == 0 {
		return audience{}, nil
	}
	may, err := n.mayRead(ctx, e.kind, ids, []string{e.caseID})
	if err != nil {
		return audience{}, err
	}
	there, err := n.readers(ctx, stands)
	if err != nil {
		return audience{}, err
	}
	to := shared(e, own, stands, there, func(id string) bool { return may[seenCase{id, e.caseID}] })
	var mail []reader
	for _, r := range slices.Concat(to.told, to.covers) {
		if r.Bell && r.wants(e.kind) {
			mail = append(mail, r)
		}
	}
	return to, n.gather(ctx, e, mail)
}

// shared says who is told of an event: of those who are associated with its case, each themselves or who stands in for them. Nobody is told twice, and nobody of what
// they did. One who stands in and is associated, too, has it among their own, and their own bell decides. It asks no database.
func shared(e event, own []reader, stands map[string]string, there map[string]reader, may func(id string) bool) (to audience) {
	associated, covering := map[string]bool{}, map[string]int{}
	for i := range own {
		associated[own[i].UserID] = true
	}
	for _, r := range own {
		in := stands[r.UserID]
		at, twice := covering[in]
		switch {
		case r.UserID == e.actorID:
		case in == "" || in == e.actorID || !may(in):
			if may(r.UserID) {
				to.told = append(to.told, r)
			}
			continue
		case associated[in]:
		case twice:
			if c := &to.covers[at]; r.Bell && !c.Bell {
				c.Bell, c.ForID = true, r.UserID
			}
		default:
			c := there[in]
			c.Bell, c.ForID = r.Bell, r.UserID
			covering[in], to.covers = len(to.covers), append(to.covers, c)
		}
		if r.UserID != e.actorID {
			to.away = append(to.away, r)
		}
	}
	return to
}

const readerSQL = `u.id AS user_id, u.email, u.language, u.zone, u.status, ` + preferencesSQL

// associated are those whom an event may be told to by their own right.
func (n *Notices) associated(ctx context.Context, e event) (all []reader, err error) {
	query, args := `SELECT `+readerSQL+`, a.bell FROM associations a JOIN users u ON u.id = a.user_id JOIN notice_policy o ON o.id = 'policy'
		LEFT JOIN preferences p ON p.user_id = u.id WHERE a.case_id = ? AND u.status <> 'INACTIVE'`, []any{e.caseID}
	if e.people != nil {
		query, args = query+` AND a.user_id IN ?`, append(args, e.people)
	}
	if err := n.db.In(ctx).Raw(query+` ORDER BY u.id`, args...).Scan(&all).Error; err != nil {
		return nil, fmt.Errorf("who is told: %w", err)
	}
	return all, nil
}

// standIns are who stands in now for those of some people who are away, by the ids of these.
func (n *Notices) standIns(ctx context.Context, ids []string) (map[string]string, error) {
	away, err := n.staff.Away(ctx, ids, n.db.Now())
	if err != nil {
		return nil, err
	}
	stands := map[string]string{}
	for id, a := range away {
		if a.StandInID != nil {
			stands[id] = *a.StandInID
		}
	}
	return stands, nil
}

// readers are those who stand in, by their id.
func (n *Notices) readers(ctx context.Context, stands map[string]string) (map[string]reader, error) {
	all := make(map[string]reader, len(stands))
	if len(stands) == 0 {
		return all, nil
	}
	var ids []string
	for _, id := range stands {
		ids = append(ids, id)
	}
	var rows []reader
	err := n.db.In(ctx).Raw(`SELECT `+readerSQL+` FROM users u JOIN notice_policy o ON o.id = 'policy' LEFT JOIN preferences p ON p.user_id = u.id WHERE u.id IN ?`, ids).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("who stands in: %w", err)
	}
	for _, r := range rows {
		all[r.UserID] = r
	}
	return all, nil
}

// seenCase is a person and a case.
type seenCase struct{ UserID, CaseID string }

// mayRead tells of some people and cases who may read events of a kind: who works here, sees the case, and what of it the kind needs.
func (n *Notices) mayRead(ctx context.Context, k eventKind, people, files []string) (map[seenCase]bool, error) {
	sees, args := cases.SeenBy()
	if k == eventMessage {
		reads, with := access.Holds(access.MessagesView)
		sees, args = sees+` AND `+reads, append(args, with...)
	}
	slices.Sort(people)
	var rows []seenCase
	err := n.db.In(ctx).Raw(`SELECT u.id AS user_id, k.id AS case_id FROM users u CROSS JOIN cases k WHERE u.id IN ? AND k.id IN ? AND u.status = 'ACTIVE' AND `+sees,
		append([]any{slices.Compact(people), files}, args...)...).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("who may read it: %w", err)
	}
	may := make(map[seenCase]bool, len(rows))
	for _, r := range rows {
		may[r] = true
	}
	return may, nil
}

// coveredMessage says behind the bell of who stands in for somebody that a client has written, in one line for a case as long as that is not read.
func (n *Notices) coveredMessage(ctx context.Context, userID string, m *messages.Message) error {
	merged, err := n.db.Exec(ctx, `UPDATE bulletins SET count = count + 1 WHERE user_id = $1 AND case_id = $2 AND kind = $3 AND read_at IS NULL`, userID, m.CaseID, BulletinCovered)
	if err != nil {
		return fmt.Errorf("post bulletin: %w", err)
	}
	if merged > 0 {
		return n.db.Changed(ctx, "bulletins/"+userID)
	}
	return n.bulletin(ctx, Bulletin{UserID: userID, Kind: BulletinCovered, SendKey: "covered/" + m.ID + "/" + userID, CaseID: &m.CaseID, ObjectID: m.ID})
}

// How often somebody is written: each event by itself, as they wish, until it is too much. Who writes three messages one after the other is answered to three
// mails; whoever sends a thought in twenty lines, or a system that hands in what it had kept back, makes three mails and then one with all the rest, a quarter of
// an hour after the third last. Nothing is lost by it, and a mail box that is filled by a program does not get us refused as a sender.
const (
	eventMailsMost   = 3
	eventMailsWithin = 15 * time.Minute
)
