package staff

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"time"

	"chancery/app/access"
	"chancery/app/audit"
	"chancery/app/fault"
	"chancery/app/listing"
	"chancery/app/store"
)

// A client card is a person as clients see them (S3-2…S3-11, B-10): name, picture, job title, an e-mail address and an office
// number that are for clients, and a few words. The sign-in name and the cell number are never on it (S3-11), which is a matter of
// type: what is made for clients cannot hold them.
//
// It is private until its person publishes it, and shown while it is published, complete (V-8, C-12), and the person works here.
// The last two are asked with each look: a picture that is taken away, or a person who leaves, takes the card away with the same
// moment, however that came about.

// ClientCard is what clients are shown.
type ClientCard struct {
	UserID      string
	Slug        string // its address; "" before it was ever published
	FirstName   string
	LastName    string
	DisplayName string
	Title       string
	PictureID   *string
	Email       string // for clients
	Office      string // E.164, with ;ext= when there is an extension
	Bio         string
	PublishedAt *time.Time

	Away *CardAway `gorm:"-"` // while the person is away (B-5)
}

// CardAway is what a card says while its person is away: until when, and who stands in. Of that one it has no more than their own card
// shows, and the name and title alone of one who shows none.
type CardAway struct {
	LastDay string // YYYY-MM-DD, where the person is
	Cover   *ClientCard
}

// Name is what clients call the person.
func (c *ClientCard) Name() string { return DisplayName(c.FirstName, c.LastName, c.DisplayName) }

// Missing are the fields that a card lacks before clients can be shown it: of picture_id, title, client_email, office and
// client_bio.
func (c *ClientCard) Missing() (fields []string) {
	if c.PictureID == nil {
		fields = append(fields, "picture_id")
	}
	for _, f := range []struct{ name, value string }{{"title", c.Title}, {"client_email", c.Email}, {"office", c.Office}, {"client_bio", c.Bio}} {
		if f.value == "" {
			fields = append(fields, f.name)
		}
	}
	return fields
}

// Shown tells whether clients see the card, of a person who works here.
func (c *ClientCard) Shown() bool { return c.PublishedAt != nil && len(c.Missing()) == 0 }

// cardColumns leave the address for clients out where it is the sign-in name: that one has become so since.
const cardColumns = `u.id AS user_id, COALESCE(u.card_slug, '') AS slug, u.first_name, u.last_name, u.display_name, u.title, u.picture_id,
	CASE WHEN u.client_email = u.email THEN '' ELSE u.client_email END AS email, u.office, u.client_bio AS bio, u.card_published_at AS published_at`

// ClientCard is somebody's card, shown or not. Who does not look at their own needs users.view; it returns fault.ErrNotFound when there
// is no such person.
func (s *Staff) ClientCard(ctx context.Context, actor access.Actor, userID string) (*ClientCard, error) {
	if err := may(actor, userID, access.UsersView); err != nil {
		return nil, err
	}
	return s.clientCard(ctx, `u.id = ?`, userID)
}

// PublicCard is the card at an address, for anybody who has that. It returns fault.ErrNotFound for one that is not shown.
func (s *Staff) PublicCard(ctx context.Context, slug string) (*ClientCard, error) {
	c, err := s.clientCard(ctx, `u.card_slug = ? AND u.status = 'ACTIVE'`, slug)
	if err == nil && !c.Shown() {
		err = fault.ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	return c, nil
}

// PublicCards are the cards that are shown, by last name, for other systems: what each would be
// at its address.
func (s *Staff) PublicCards(ctx context.Context) (all []ClientCard, err error) {
	err = s.db.In(ctx).Raw(`SELECT ` + cardColumns + ` FROM users u WHERE u.card_published_at IS NOT NULL AND u.status = 'ACTIVE' ORDER BY u.sort_name, u.id`).Scan(&all).Error
	if err != nil {
		return nil, fmt.Errorf("client cards: %w", err)
	}
	shown := all[:0]
	for _, c := range all {
		if c.Shown() {
			shown = append(shown, c)
		}
	}
	return shown, s.cardsAway(ctx, shown)
}

// cardsAway adds to cards whose people are away until when they are, and who stands in.
func (s *Staff) cardsAway(ctx context.Context, cards []ClientCard) error {
	ids := make([]string, len(cards))
	for i := range cards {
		ids[i] = cards[i].UserID
	}
	away, err := s.Away(ctx, ids, s.db.Now())
	if err != nil || len(away) == 0 {
		return err
	}
	ids = ids[:0]
	for _, a := range away {
		if a.StandInID != nil {
			ids = append(ids, *a.StandInID)
		}
	}
	covers := map[string]ClientCard{}
	for some := range slices.Chunk(ids, awayMost) {
		var all []ClientCard
		if err := s.db.In(ctx).Raw(`SELECT `+cardColumns+` FROM users u WHERE u.id IN ?`, some).Scan(&all).Error; err != nil {
			return fmt.Errorf("cards of covers: %w", err)
		}
		for _, c := range all {
			if !c.Shown() {
				c = ClientCard{UserID: c.UserID, FirstName: c.FirstName, LastName: c.LastName, DisplayName: c.DisplayName, Title: c.Title}
			}
			covers[c.UserID] = c
		}
	}
	for i := range cards {
		a, ok := away[cards[i].UserID]
		if !ok {
			continue
		}
		cards[i].Away = &CardAway{LastDay: a.LastDay}
		if c, ok := covers[value(a.StandInID)]; ok {
			cards[i].Away.Cover = &c
		}
	}
	return nil
}

func (s *Staff) clientCard(ctx context.Context, where string, args ...any) (*ClientCard, error) {
	var c ClientCard
	ok, err := store.One(s.db.In(ctx).Raw(`SELECT `+cardColumns+` FROM users u WHERE `+where, args...), &c)
	switch {
	case err != nil:
		return nil, fmt.Errorf("client card: %w", err)
	case !ok:
		return nil, fault.ErrNotFound
	}
	one := []ClientCard{c}
	return &one[0], s.cardsAway(ctx, one)
}

// PublishCard shows a card to clients; one that is published stays so. Who does it to somebody else needs users.edit. It returns
// *fault.Invalid with what is missing, each on its field, *fault.Refused for who does not work here, or fault.ErrNotFound.
func (s *Staff) PublishCard(ctx context.Context, actor access.Actor, userID string) error {
	return s.changeCard(ctx, actor, userID, func(ctx context.Context, u *User, c *ClientCard) error {
		if u.Status != Active {
			return fault.Refuse("card.not-here")
		}
		bad := &fault.Invalid{}
		for _, field := range c.Missing() {
			bad.Add(field, "card.missing."+strings.ReplaceAll(strings.TrimSuffix(field, "_id"), "_", "-"))
		}
		if err := bad.Err(); err != nil {
			return err
		}
		if c.PublishedAt != nil {
			return nil
		}
		slug := c.Slug
		if slug == "" {
			slug = newSlug(u)
		}
		if _, err := s.db.Exec(ctx, `UPDATE users SET card_slug = $1, card_published_at = $2 WHERE id = $3`, slug, s.db.Now(), userID); err != nil {
			return fmt.Errorf("publish card: %w", err)
		}
		return audit.Record(ctx, s.db, actor.Actor, audit.Entry{Action: "card.publish", Kind: "user", ID: userID})
	})
}

// WithdrawCard makes a card private again; its address stays its own. Who does it to somebody else needs users.edit.
func (s *Staff) WithdrawCard(ctx context.Context, actor access.Actor, userID string) error {
	return s.changeCard(ctx, actor, userID, func(ctx context.Context, _ *User, c *ClientCard) error {
		if c.PublishedAt == nil {
			return nil
		}
		if _, err := s.db.Exec(ctx, `UPDATE users SET card_published_at = NULL WHERE id = $1`, userID); err != nil {
			return fmt.Errorf("withdraw card: %w", err)
		}
		return audit.Record(ctx, s.db, actor.Actor, audit.Entry{Action: "card.withdraw", Kind: "user", ID: userID})
	})
}

func (s *Staff) changeCard(ctx context.Context, actor access.Actor, userID string, change func(context.Context, *User, *ClientCard) error) error {
	if err := may(actor, userID, access.UsersEdit); err != nil {
		return err
	}
	return s.db.Tx(ctx, func(ctx context.Context) error {
		var u User
		ok, err := store.Found(store.Locked(s.db.In(ctx)).Where("id = ?", userID).Take(&u).Error)
		switch {
		case err != nil:
			return fmt.Errorf("whose card: %w", err)
		case !ok:
			return fault.ErrNotFound
		}
		if err := s.over(ctx, actor, access.OverRecord, userID); err != nil {
			return err
		}
		c, err := s.clientCard(ctx, `u.id = ?`, userID)
		if err != nil {
			return err
		}
		return change(ctx, &u, c)
	})
}

// newSlug is the address of a card: the name, for people, and signs by chance, so that nobody finds the cards by trying names.
func newSlug(u *User) string {
	var b strings.Builder
	for _, r := range listing.Fold(u.Name()) {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
		if b.Len() >= 60 {
			break
		}
	}
	name := strings.Trim(b.String(), "-")
	return strings.Trim(name+"-"+strings.ToLower(rand.Text()[:10]), "-")
}

// cardOf is the client card among what a person owns (Belonging): it is withdrawn when they leave.
type cardOf struct{ *Staff }

// CardBelonging is the client card among what a person owns (B-10).
func (s *Staff) CardBelonging() Belonging { return cardOf{s} }

func (cardOf) Kind() string { return "card" }

func (o cardOf) Count(ctx context.Context, userID string) (h Holding, err error) {
	err = o.db.Row(ctx, `SELECT count(*) FROM users WHERE id = $1 AND card_published_at IS NOT NULL`, userID).Scan(&h.Count)
	if err != nil {
		return h, fmt.Errorf("count cards: %w", err)
	}
	return h, nil
}

// HandOver withdraws the card, so that it is not shown either when the person comes back, until they say so.
func (o cardOf) HandOver(ctx context.Context, _ access.Actor, userID string, _ Plan) (Handed, error) {
	n, err := o.db.Exec(ctx, `UPDATE users SET card_published_at = NULL WHERE id = $1 AND card_published_at IS NOT NULL`, userID)
	if err != nil {
		return Handed{}, fmt.Errorf("withdraw card: %w", err)
	}
	return Handed{Count: n}, nil
}
