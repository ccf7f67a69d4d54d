package calendar

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"time"

	"chancery/app/access"
	"chancery/app/audit"
	"chancery/app/fault"
	"chancery/app/store"
)

// A person's feed is an address at which any calendar program reads their appointments, without a keeper between. Whoever has the address reads
// it, and programs keep it as they like: so it is long and random, kept here as a hash, shown once, and ends with anything that ends what a
// person has in hand. What it tells is the person's to say.

// Detail is how much a feed tells.
type Detail string

// The details.
const (
	FeedFull Detail = "full" // titles and places
	FeedBusy Detail = "busy" // that there is an appointment, and when
)

// Feed is a person's, without its address, which nobody has any more.
type Feed struct {
	Detail    Detail
	CreatedAt time.Time
	ReadAt    *time.Time // by whatever program, the last time, to the hour
	Ended     bool       // it counts no more, since all that the person had in hand was ended
}

// feedRow is a row.
type feedRow struct {
	UserID    string `gorm:"primaryKey"`
	TokenHash string
	Detail    Detail
	Epoch     int64
	CreatedAt time.Time
	ReadAt    *time.Time
}

// TableName is the table of feeds.
func (feedRow) TableName() string { return "calendar_feeds" }

// feedToken is how many bytes of chance an address has.
const feedToken = 32

// Feed is the actor's own, or nil.
func (c *Calendars) Feed(ctx context.Context, actor access.Actor) (*Feed, error) {
	var f Feed
	ok, err := store.One(c.db.In(ctx).Raw(`SELECT f.detail, f.created_at, f.read_at, f.epoch <> u.epoch AS ended
		FROM calendar_feeds f JOIN users u ON u.id = f.user_id WHERE f.user_id = ?`, actor.ID), &f)
	if err != nil {
		return nil, fmt.Errorf("feed: %w", err)
	}
	if !ok {
		return nil, nil
	}
	return &f, nil
}

// MakeFeed gives the actor's feed an address, which is returned once; the one before does not count any more. It needs appointments.view and a fresh
// proof (fault.ErrProve), since it gives away a way in, and returns *fault.Refused for somebody who is not active.
func (c *Calendars) MakeFeed(ctx context.Context, actor access.Actor, detail Detail) (token string, err error) {
	if err := c.mayFeed(actor, detail); err != nil {
		return "", err
	}
	random := make([]byte, feedToken)
	_, _ = rand.Read(random) // it never fails (crypto/rand)
	token = base64.RawURLEncoding.EncodeToString(random)
	err = c.db.Tx(ctx, func(ctx context.Context) error {
		var epoch int64
		ok, err := store.One(store.Locked(c.db.In(ctx)).Table("users").Select("epoch").Where("id = ? AND status = 'ACTIVE'", actor.ID), &epoch)
		if err != nil {
			return fmt.Errorf("whose feed: %w", err)
		}
		if !ok {
			return fault.Refuse("signin.inactive")
		}
		gone, err := c.db.Exec(ctx, `DELETE FROM calendar_feeds WHERE user_id = $1`, actor.ID)
		if err != nil {
			return fmt.Errorf("end feed: %w", err)
		}
		row := feedRow{UserID: actor.ID, TokenHash: feedHash(token), Detail: detail, Epoch: epoch, CreatedAt: c.db.Now()}
		if err := c.db.In(ctx).Create(&row).Error; err != nil {
			return fmt.Errorf("make feed: %w", err)
		}
		action := "calendar.feed-create"
		if gone > 0 {
			action = "calendar.feed-renew"
		}
		return c.recordFeed(ctx, actor, action, audit.Change{Field: "feed_detail", After: string(detail)})
	})
	if err != nil {
		return "", err
	}
	return token, nil
}

// ChangeFeed changes how much the actor's feed tells at the address that it has. It needs what MakeFeed needs, and returns fault.ErrNotFound where
// there is none.
func (c *Calendars) ChangeFeed(ctx context.Context, actor access.Actor, detail Detail) error {
	if err := c.mayFeed(actor, detail); err != nil {
		return err
	}
	return c.db.Tx(ctx, func(ctx context.Context) error {
		var was feedRow
		ok, err := store.Found(store.Locked(c.db.In(ctx)).Where("user_id = ?", actor.ID).Take(&was).Error)
		switch {
		case err != nil:
			return fmt.Errorf("feed: %w", err)
		case !ok:
			return fault.ErrNotFound
		case was.Detail == detail:
			return nil
		}
		if _, err := c.db.Exec(ctx, `UPDATE calendar_feeds SET detail = $1 WHERE user_id = $2`, detail, actor.ID); err != nil {
			return fmt.Errorf("change feed: %w", err)
		}
		return c.recordFeed(ctx, actor, "calendar.feed-update", audit.Change{Field: "feed_detail", Before: string(was.Detail), After: string(detail)})
	})
}

// RevokeFeed ends the actor's feed, from its next reader on; twice does no harm. It wants no proof: nothing is given away.
func (c *Calendars) RevokeFeed(ctx context.Context, actor access.Actor) error {
	return c.db.Tx(ctx, func(ctx context.Context) error {
		n, err := c.db.Exec(ctx, `DELETE FROM calendar_feeds WHERE user_id = $1`, actor.ID)
		if err != nil {
			return fmt.Errorf("revoke feed: %w", err)
		}
		if n == 0 {
			return nil
		}
		return c.recordFeed(ctx, actor, "calendar.feed-revoke")
	})
}

func (c *Calendars) mayFeed(actor access.Actor, detail Detail) error {
	if err := actor.Must(access.AppointmentsView); err != nil {
		return err
	}
	if !actor.Proven(c.db.Now()) {
		return fault.ErrProve
	}
	bad := &fault.Invalid{}
	if detail != FeedFull && detail != FeedBusy {
		bad.Add("detail", "calendar-feed.no-detail")
	}
	return bad.Err()
}

func (c *Calendars) recordFeed(ctx context.Context, actor access.Actor, action string, changes ...audit.Change) error {
	return audit.Record(ctx, c.db, actor.Actor, audit.Entry{Action: action, Kind: "user", ID: actor.ID, Changes: changes})
}

func feedHash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}
