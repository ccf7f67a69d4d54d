package notices

import (
	"context"
	"fmt"
	"slices"
	"time"

	"chancery/app/post"
	"chancery/app/staff"
	"chancery/app/zone"
)

// Letters says what mails of events tell, as things are when they are sent (post.Author). What somebody may no longer be told is left out, and what they
// have read since; a mail of which nothing is left is withdrawn. Nothing is lost by that: of who has gone away since, the one who stands in is told now; of who
// is back, they themselves; and what is ready in somebody's quiet hours, or for an address that is theirs no more, goes into another mail.
func (n *Notices) Letters(ctx context.Context, mails []post.Mail) ([]post.Letter, error) {
	letters := make([]post.Letter, len(mails))
	ids := make([]string, len(mails))
	for i := range mails {
		ids[i] = mails[i].ID
	}
	items, err := n.items(ctx, ids)
	if err != nil {
		return nil, err
	}
	if err := n.weigh(ctx, items); err != nil {
		return nil, err
	}
	privacy, err := n.Privacy(ctx)
	if err != nil {
		return nil, err
	}
	of := map[string][]*item{}
	for i := range items {
		of[items[i].MailID] = append(of[items[i].MailID], &items[i])
	}
	for i := range mails {
		mine := of[mails[i].ID]
		if len(mine) > 0 && !n.fits(&mails[i], &mine[0].Reader) {
			letters[i].Nothing = true
			letters[i].Err = n.later(ctx, mails[i].ID, &mine[0].Reader)
			continue
		}
		if err := n.handOn(ctx, mine); err != nil {
			letters[i].Err = err
			continue
		}
		says := slices.DeleteFunc(mine, func(it *item) bool { return it.told != it.UserID || !it.says })
		if len(says) == 0 {
			letters[i].Nothing = true
			continue
		}
		letters[i] = n.letter(says, privacy)
	}
	return letters, nil
}

// fits tells whether a mail may go to its reader as it is, now.
func (n *Notices) fits(m *post.Mail, r *reader) bool {
	now := n.db.Now()
	return m.Recipient == r.Email && !r.Opens(now, zone.Place(r.Zone)).After(now)
}

// later puts what a mail tells into another one, which goes when the reader's quiet hours are over, or to the address that they have now.
func (n *Notices) later(ctx context.Context, mailID string, r *reader) error {
	if r.Status != staff.Active {
		return nil
	}
	return n.db.Tx(ctx, func(ctx context.Context) error {
		next, err := n.gathering(ctx, r, mailID)
		if err != nil {
			return err
		}
		if _, err := n.db.Exec(ctx, `UPDATE mail_items SET mail_id = $1 WHERE mail_id = $2`, next, mailID); err != nil {
			return fmt.Errorf("keep events for later: %w", err)
		}
		return nil
	})
}

// handOn tells others of what was meant for somebody who is not the one to be told now: it leaves the one's mail and stands in the other's. Each event by itself: a
// transaction that holds the mails of several people of several events could wait in a circle with another.
func (n *Notices) handOn(ctx context.Context, mine []*item) error {
	for _, it := range mine {
		if it.told == it.UserID || it.told == "" || !it.says {
			continue
		}
		e := event{kind: it.Kind, caseID: it.CaseID, object: it.ObjectID}
		if it.ActorID != nil {
			e.actorID = *it.ActorID
		}
		err := n.db.Tx(ctx, func(ctx context.Context) error {
			if err := n.gather(ctx, e, []reader{it.next}); err != nil {
				return err
			}
			_, err := n.db.Exec(ctx, `DELETE FROM mail_items WHERE user_id = $1 AND kind = $2 AND object_id = $3`, it.UserID, it.Kind, it.ObjectID)
			return err
		})
		if err != nil {
			return fmt.Errorf("hand on events: %w", err)
		}
	}
	return nil
}

// item is an event in a mail, with all that decides whether it is told, and what it says.
type item struct {
	MailID    string
	Kind      eventKind
	ObjectID  string
	CaseID    string
	ActorID   *string
	Instead   string // who is away, and for whom the reader stands in; ""
	CreatedAt time.Time

	Number string
	Title  string
	Client string

	Associated  bool  // the reader is, or whom they stand in for
	ReadInbound int64 // how far that one has read
	Seen        bool  // the reader has read of it behind the bell
	ForFirst    string
	ForLast     string
	ForDisplay  string

	Reader `gorm:"embedded"` // whose mail it is, with the bell of the case

	told string // who is to be told now: the reader, whoever stands in, or who was away and is back; "" for nobody
	next reader // that one, when it is another
	says bool   // there is something to be told still
	what saying
}

// associate is whose association with the case the item rests on.
func (it *item) associate() string {
	if it.Instead != "" {
		return it.Instead
	}
	return it.UserID
}

func (n *Notices) items(ctx context.Context, mails []string) (all []item, err error) {
	err = n.db.In(ctx).Raw(`SELECT i.mail_id, i.kind, i.object_id, i.case_id, i.actor_id, COALESCE(i.for_id, '') AS instead, i.created_at, k.number, k.title, l.name AS client,
			a.user_id IS NOT NULL AS associated, COALESCE(a.read_inbound, 0) AS read_inbound, COALESCE(a.bell, false) AS bell,
			EXISTS (SELECT 1 FROM bulletins b WHERE b.send_key = CASE i.kind WHEN 'score' THEN 'scored/' ELSE 'called/' END || i.object_id || '/' || i.user_id
				AND b.read_at IS NOT NULL) AS seen,
			COALESCE(f.first_name, '') AS for_first, COALESCE(f.last_name, '') AS for_last, COALESCE(f.display_name, '') AS for_display, `+readerSQL+`
		FROM mail_items i JOIN users u ON u.id = i.user_id JOIN cases k ON k.id = i.case_id JOIN clients l ON l.id = k.client_id
			JOIN notice_policy o ON o.id = 'policy' LEFT JOIN preferences p ON p.user_id = u.id LEFT JOIN users f ON f.id = i.for_id
			LEFT JOIN associations a ON a.case_id = i.case_id AND a.user_id = COALESCE(i.for_id, i.user_id)
		WHERE i.mail_id IN ? ORDER BY i.created_at, i.object_id`, mails).Scan(&all).Error
	if err != nil {
		return nil, fmt.Errorf("events of mails: %w", err)
	}
	return all, nil
}

// weigh says of each item who is to be told of it now, and whether there is anything left to tell.
func (n *Notices) weigh(ctx context.Context, items []item) error {
	if len(items) == 0 {
		return nil
	}
	ids := map[string]bool{}
	for i := range items {
		ids[items[i].UserID], ids[items[i].associate()] = true, true
	}
	stands, err := n.standIns(ctx, keys(ids))
	if err != nil {
		return err
	}
	for _, id := range stands {
		ids[id] = true
	}
	may := map[eventKind]map[seenCase]bool{}
	for _, k := range []eventKind{eventMessage, eventScore, eventMention} {
		files := map[string]bool{}
		for i := range items {
			if items[i].Kind == k {
				files[items[i].CaseID] = true
			}
		}
		if len(files) == 0 {
			continue
		}
		if may[k], err = n.mayRead(ctx, k, keys(ids), keys(files)); err != nil {
			return err
		}
	}
	others := map[string]string{}
	for id := range ids {
		others[id] = id
	}
	there, err := n.readers(ctx, others)
	if err != nil {
		return err
	}
	for i := range items {
		it := &items[i]
		it.told = toldNow(it, stands[it.associate()], there, func(id string) bool { return may[it.Kind][seenCase{id, it.CaseID}] })
		if it.told == "" || it.told == it.UserID {
			continue
		}
		it.next = there[it.told]
		it.next.Bell = it.Bell
		if it.told != it.associate() {
			it.next.ForID = it.associate()
		}
	}
	return n.read(ctx, items)
}

// toldNow is who is to be told of an item at this moment. It asks no database.
func toldNow(it *item, standIn string, there map[string]reader, may func(id string) bool) string {
	who, by := it.associate(), ""
	if it.ActorID != nil {
		by = *it.ActorID
	}
	if !it.Associated || !it.Bell {
		return ""
	}
	for _, id := range []string{standIn, who} {
		if r := there[id]; id != "" && id != by && may(id) && r.wants(it.Kind) {
			return id
		}
	}
	return ""
}

func keys[V any](set map[string]V) []string {
	all := make([]string, 0, len(set))
	for k := range set {
		all = append(all, k)
	}
	slices.Sort(all)
	return all
}
