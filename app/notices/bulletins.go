package notices

import (
	"context"
	"fmt"
	"time"

	"chancery/app/access"
	"chancery/app/agenda"
	"chancery/app/cases"
	"chancery/app/fault"
	"chancery/app/staff"
	"chancery/app/store"
)

// A bulletin is what a person is told within the app: behind the bell at the top of every page. It holds no words of a
// client or a comment, only what it is about; who may not see that any more finds nothing behind it.

// BulletinKind is what a bulletin is about; its sentence is "bulletin.KIND".
type BulletinKind string

// The kinds of bulletin.
const (
	BulletinCalled BulletinKind = "called" // somebody has mentioned the person in a comment
	BulletinCases  BulletinKind = "cases"  // open cases have come to the person (Count of them)
	BulletinJoined BulletinKind = "joined" // somebody has made the person a member of a case
	BulletinScored BulletinKind = "scored" // a client has given a score (V-6)

	BulletinCovered   BulletinKind = "covered"    // a client of somebody whom the person stands in for has written (Count messages) (B-5)
	BulletinCalledFor BulletinKind = "called-for" // somebody has mentioned one whom the person stands in for

	BulletinInvited   = BulletinKind(agenda.Invited)   // somebody has asked the person to an appointment
	BulletinHanded    = BulletinKind(agenda.Handed)    // appointments are the person's now (Count of them)
	BulletinMoved     = BulletinKind(agenda.Moved)     // an appointment of theirs is at another time or place
	BulletinCalledOff = BulletinKind(agenda.CalledOff) // it does not take place
	BulletinRestored  = BulletinKind(agenda.Restored)  // it does after all

	BulletinCoverAsked   = BulletinKind(staff.CoverAsked)   // somebody is away, and the person stands in
	BulletinCoverChanged = BulletinKind(staff.CoverChanged) // for other days, or with another note
	BulletinCoverFreed   = BulletinKind(staff.CoverFreed)   // not any more
	BulletinCoverLost    = BulletinKind(staff.CoverLost)    // the person's own cover does not work here any more
)

// OfAppointment tells whether a bulletin is about one.
func (k BulletinKind) OfAppointment() bool {
	return k == BulletinInvited || k == BulletinHanded || k == BulletinMoved || k == BulletinCalledOff || k == BulletinRestored
}

// OfCover tells whether a bulletin is about standing in for somebody.
func (k BulletinKind) OfCover() bool {
	return k == BulletinCoverAsked || k == BulletinCoverChanged || k == BulletinCoverFreed || k == BulletinCoverLost
}

// BulletinKinds lists every kind, for the test that each has its sentence.
func BulletinKinds() []BulletinKind {
	return []BulletinKind{BulletinCalled, BulletinCases, BulletinJoined, BulletinScored, BulletinCovered, BulletinCalledFor, BulletinInvited, BulletinHanded, BulletinMoved,
		BulletinCalledOff, BulletinRestored, BulletinCoverAsked, BulletinCoverChanged, BulletinCoverFreed, BulletinCoverLost}
}

// Bulletin is one thing that a person is told.
type Bulletin struct {
	ID        string
	UserID    string
	Kind      BulletinKind
	SendKey   string // what it tells of, once
	CaseID    *string
	ObjectID  string
	ActorID   *string // who did it; nil for what came of itself
	Count     int64
	CreatedAt time.Time
	ReadAt    *time.Time
}

// bulletin writes one in ctx's transaction, unless one with its key is there, and lets the person's open pages know.
func (n *Notices) bulletin(ctx context.Context, b Bulletin) error {
	written, err := n.db.Exec(ctx, `INSERT INTO bulletins (id, user_id, kind, send_key, case_id, object_id, actor_id, count, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (send_key) DO NOTHING`,
		store.NewID(), b.UserID, b.Kind, b.SendKey, b.CaseID, b.ObjectID, b.ActorID, max(b.Count, 1), n.db.Now())
	if err != nil {
		return fmt.Errorf("post bulletin: %w", err)
	}
	if written == 0 {
		return nil
	}
	return n.db.Changed(ctx, "bulletins/"+b.UserID)
}

// Told is a bulletin with what its sentence needs. What the reader may no longer see is left empty.
type Told struct {
	Bulletin
	FirstName   string // of who did it
	LastName    string
	DisplayName string
	PictureID   *string
	Number      string // of the case
}

// Bulletins are the newest of a person's before one ("": of all), read or not, at most limit. A case that they do not see any
// more has no number. Who asks is the person.
func (n *Notices) Bulletins(ctx context.Context, reader access.Actor, before string, limit int) (all []Told, more bool, err error) {
	all, err = n.toldTo(ctx, reader, `(? = '' OR b.id < ?) ORDER BY b.id DESC LIMIT ?`, before, before, limit+1)
	return all[:min(len(all), limit)], len(all) > limit, err
}

// Bulletin is one of a person's, or fault.ErrNotFound. Who asks is the person.
func (n *Notices) Bulletin(ctx context.Context, reader access.Actor, id string) (*Told, error) {
	all, err := n.toldTo(ctx, reader, `b.id = ?`, id)
	if err == nil && len(all) == 0 {
		err = fault.ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	return &all[0], nil
}

func (n *Notices) toldTo(ctx context.Context, reader access.Actor, which string, with ...any) (all []Told, err error) {
	where, args, err := cases.Seen(reader)
	if err != nil {
		where, args = `1 = 0`, nil // told of before, and sees no cases now
	}
	err = n.db.In(ctx).Raw(`SELECT b.*, COALESCE(u.first_name, '') AS first_name, COALESCE(u.last_name, '') AS last_name, COALESCE(u.display_name, '') AS display_name,
			u.picture_id, COALESCE((SELECT k.number FROM cases k WHERE k.id = b.case_id AND `+where+`), '') AS number
		FROM bulletins b LEFT JOIN users u ON u.id = b.actor_id
		WHERE b.user_id = ? AND `+which, append(append(args, reader.ID), with...)...).Scan(&all).Error
	if err != nil {
		return nil, fmt.Errorf("bulletins: %w", err)
	}
	return all, nil
}

// FollowBulletin notes that a person has read one of theirs, since they go where it leads, and gives it. It returns
// fault.ErrNotFound for one of somebody else's.
func (n *Notices) FollowBulletin(ctx context.Context, userID, id string) (*Bulletin, error) {
	var b Bulletin
	err := n.db.Tx(ctx, func(ctx context.Context) error {
		ok, err := store.One(n.db.In(ctx).Raw(`SELECT * FROM bulletins WHERE id = ? AND user_id = ?`, id, userID), &b)
		switch {
		case err != nil:
			return fmt.Errorf("bulletin: %w", err)
		case !ok:
			return fault.ErrNotFound
		case b.ReadAt != nil:
			return nil
		}
		if _, err := n.db.Exec(ctx, `UPDATE bulletins SET read_at = $1 WHERE id = $2 AND read_at IS NULL`, n.db.Now(), id); err != nil {
			return fmt.Errorf("follow bulletin: %w", err)
		}
		return n.db.Changed(ctx, "bulletins/"+userID)
	})
	return &b, err
}

// ReadBulletin notes that a person has read one of theirs without going where it leads; twice does no harm. It returns fault.ErrNotFound for one of somebody
// else's.
func (n *Notices) ReadBulletin(ctx context.Context, userID, id string) error {
	_, err := n.FollowBulletin(ctx, userID, id)
	return err
}

// UnreadBulletins counts what a person has not read.
func (n *Notices) UnreadBulletins(ctx context.Context, userID string) (count int64, err error) {
	if err := n.db.Row(ctx, `SELECT count(*) FROM bulletins WHERE user_id = $1 AND read_at IS NULL`, userID).Scan(&count); err != nil {
		return 0, fmt.Errorf("count bulletins: %w", err)
	}
	return count, nil
}

// ReadBulletins notes that a person has read theirs up to one, with all before it.
func (n *Notices) ReadBulletins(ctx context.Context, userID, upTo string) error {
	return n.db.Tx(ctx, func(ctx context.Context) error {
		done, err := n.db.Exec(ctx, `UPDATE bulletins SET read_at = $1 WHERE user_id = $2 AND read_at IS NULL AND id <= $3`, n.db.Now(), userID, upTo)
		if err != nil || done == 0 {
			return err
		}
		return n.db.Changed(ctx, "bulletins/"+userID)
	})
}

// SeedBulletins writes what people were told in the past, the oldest first, for the demo practice, whose past is made up.
func (n *Notices) SeedBulletins(ctx context.Context, all []Bulletin) error {
	for i := range all {
		all[i].ID, all[i].Count = store.NewID(), max(all[i].Count, 1)
	}
	if len(all) == 0 {
		return nil
	}
	if err := n.db.In(ctx).CreateInBatches(all, 1000).Error; err != nil {
		return fmt.Errorf("seed bulletins: %w", err)
	}
	return nil
}

// How long bulletins stay: what was read, for as long as somebody may want to find it again; and what nobody has read in a year, of those who have left,
// too, nobody will.
const (
	BulletinKept       = 90 * 24 * time.Hour // after it was read
	BulletinKeptUnread = 365 * 24 * time.Hour
)

// CleanUp deletes the bulletins whose time is over, at most batch to a statement, and says how many.
func (n *Notices) CleanUp(ctx context.Context, batch int) (deleted int64, err error) {
	now, batch := n.db.Now(), max(batch, 1)
	for {
		res := n.db.In(ctx).Exec(`DELETE FROM bulletins WHERE id IN (SELECT id FROM bulletins WHERE created_at <= ? AND (read_at <= ? OR created_at <= ?) LIMIT ?)`,
			now.Add(-BulletinKept), now.Add(-BulletinKept), now.Add(-BulletinKeptUnread), batch)
		if res.Error != nil {
			return deleted, fmt.Errorf("clean up bulletins: %w", res.Error)
		}
		if deleted += res.RowsAffected; res.RowsAffected < int64(batch) {
			return deleted, nil
		}
	}
}
