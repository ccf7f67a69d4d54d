package signin

import (
	"context"
	"fmt"
	"time"

	"chancery/app/fault"
	"chancery/app/post"
	"chancery/app/staff"
	"chancery/app/store"
)

// A PIN is six digits, sent by text to a number whose owner has shown that it is theirs (S3-13, ASVS 6.6.1). It signs in, in
// the browser that asked for it and in no other (ASVS 6.6.2), or shows that a number is one's own (cell.go).
//
// Whatever is asked for, the answer is the same: for a number that nobody has a row is written too, limits count it, and the
// same statements run (B-22, ASVS 6.3.8). What follows from a number being somebody's happens elsewhere and later: the text.
//
// Nothing of a PIN is at rest but a keyed hash, made at the moment of sending. The PIN itself follows from the secret key and
// the row, so that a text that is sent twice says the same twice, and either copy works.
//
// Here one is asked for; pin_answer.go takes it, pin_text.go makes it.
const (
	pinLasts  = 10 * time.Minute // ASVS 6.5.5
	pinTries  = 5                // ASVS 6.6.3
	pinAgain  = time.Hour        // how long a browser may ask for another without typing the number anew
	textLasts = 5 * time.Minute  // later than that a text is not sent: half of the PIN's time would be gone
)

// Limits of asking (B-22). The first three are said, and are of a number and the network it was asked from, so that nobody
// can use up somebody else's. The others are kept in silence: a text is not sent, and the page says what it always says, as
// it does of a number that nobody has.
const (
	pinSlot      = 30 * time.Second // one per slot
	pinsHour     = 5
	pinsDay      = 10
	pinsNetwork  = 30  // an hour, of all numbers together
	textsDay     = 500 // a day, of the whole practice: what strangers can make it pay
	textsStrange = 6   // a day to one person, asked for from networks in which they have never signed in
	textsUser    = 20  // a day to one person
)

// forSignIn and forCell are purposes of PINs; a third is forProof (proof_pin.go).
const (
	forSignIn = "sign-in"
	forCell   = "verify"
)

// Asked is what the browser gets that asked for a PIN.
type Asked struct {
	Browser   string    // its secret, in which alone the PIN counts
	ExpiresAt time.Time // of the PIN
	Keep      time.Time // until then the browser may ask for another
}

// Texts tells whether the practice can send texts. Without them nobody signs in by PIN, and no number can be verified.
func (s *Signin) Texts() bool { return s.opt.Texts }

// AskPIN sends a PIN to whom a number belongs (S3-13). It returns the same for any number: *fault.Invalid on "cell" for what is
// none, *fault.TooMany, or what the browser is to keep; fault.ErrNotFound where no texts are sent.
func (s *Signin) AskPIN(ctx context.Context, typed string, from Origin) (Asked, error) {
	if !s.opt.Texts {
		return Asked{}, fault.ErrNotFound
	}
	number, err := staff.CellNumber(typed)
	if err != nil {
		return Asked{}, err
	}
	from = from.clean()
	if err := s.networkMay(ctx, from); err != nil {
		return Asked{}, err
	}
	var userID string
	_, err = store.Found(s.db.Row(ctx, `SELECT id FROM users WHERE cell = $1 AND cell_verified_at IS NOT NULL AND status = 'ACTIVE'`, number).Scan(&userID))
	if err != nil {
		return Asked{}, fmt.Errorf("whose number: %w", err)
	}
	return s.askToSignIn(ctx, s.numberKey(number), userID, from)
}

// AskPINAgain sends another PIN to where the browser had its last one sent. It returns what AskPIN does, and *fault.Refused
// with "pin.over" when that is too long ago.
func (s *Signin) AskPINAgain(ctx context.Context, browser string, from Origin) (Asked, error) {
	from = from.clean()
	p, err := s.findPIN(ctx, hashToken(browser), forSignIn)
	switch {
	case err != nil:
		return Asked{}, err
	case p == nil || p.UsedAt != nil || s.db.Now().Sub(p.CreatedAt) >= pinAgain:
		return Asked{}, fault.Refuse("pin.over")
	}
	if err := s.networkMay(ctx, from); err != nil {
		return Asked{}, err
	}
	userID := p.User.ID
	if !s.stillTheirs(p) {
		userID = ""
	}
	return s.askToSignIn(ctx, p.NumberKey, userID, from)
}

func (s *Signin) askToSignIn(ctx context.Context, key, userID string, from Origin) (Asked, error) {
	token, hash := newToken()
	return s.ask(ctx, asking{purpose: forSignIn, key: key, userID: userID, browser: token, hash: hash}, from)
}

// asking is one wish for a PIN.
type asking struct {
	purpose, key, userID, browser, hash string
}

// ask writes a PIN down and queues its text. The person is held, so that the limits of one person count well; those of a
// number and its network stand on the slot, which is unique.
func (s *Signin) ask(ctx context.Context, a asking, from Origin) (Asked, error) {
	var asked Asked
	err := s.db.Tx(ctx, func(ctx context.Context) error {
		h, err := s.hold(ctx, a.userID)
		if err != nil {
			return err
		}
		now := s.db.Now()
		if err := s.pinMay(ctx, a.key, from.limitKey(), now); err != nil {
			return err
		}
		heard, err := s.pinHeard(ctx, a.userID, from.limitKey(), now)
		if err != nil {
			return err
		}
		id, to := store.NewID(), a.userID
		if !heard {
			to = ""
		}
		var userID *string
		if a.userID != "" {
			userID = &a.userID
		}
		asked = Asked{Browser: a.browser, ExpiresAt: now.Add(pinLasts), Keep: now.Add(pinAgain)}
		n, err := s.db.Exec(ctx, `INSERT INTO pins (id, user_id, purpose, number_key, browser_hash, network, slot, epoch, created_at, expires_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (number_key, network, slot) DO NOTHING`,
			id, userID, a.purpose, a.key, a.hash, from.limitKey(), now.Unix()/int64(pinSlot/time.Second), h.epoch, now, asked.ExpiresAt)
		switch {
		case err != nil:
			return fmt.Errorf("write PIN: %w", err)
		case n == 0:
			return tooSoon(pinSlot)
		}
		kind := post.TextSignIn
		switch a.purpose {
		case forCell:
			kind = post.TextVerify
		case forProof:
			kind = post.TextProof
		}
		return s.post.QueueText(ctx, post.TextDraft{SendKey: "pin/" + id, Kind: kind, UserID: to, ObjectID: id, GoodFor: textLasts})
	})
	if err != nil {
		return Asked{}, err
	}
	return asked, nil
}

// pinMay holds the limits that are said.
func (s *Signin) pinMay(ctx context.Context, key, network string, now time.Time) error {
	var soon, hour, day, all, texts int
	err := s.db.Row(ctx, `SELECT
			(SELECT count(*) FROM pins WHERE number_key = $1 AND network = $2 AND created_at > $3),
			(SELECT count(*) FROM pins WHERE number_key = $4 AND network = $5 AND created_at > $6),
			(SELECT count(*) FROM pins WHERE number_key = $7 AND network = $8 AND created_at > $9),
			(SELECT count(*) FROM pins WHERE network = $10 AND created_at > $11),
			(SELECT count(*) FROM texts WHERE created_at > $12)`,
		key, network, now.Add(-pinSlot), key, network, now.Add(-time.Hour), key, network, now.Add(-24*time.Hour),
		network, now.Add(-time.Hour), now.Add(-24*time.Hour)).Scan(&soon, &hour, &day, &all, &texts)
	switch {
	case err != nil:
		return fmt.Errorf("count PINs: %w", err)
	case texts >= textsDay, day >= pinsDay:
		return tooSoon(24 * time.Hour)
	case hour >= pinsHour, all >= pinsNetwork:
		return tooSoon(time.Hour)
	case soon > 0:
		return tooSoon(pinSlot)
	}
	return nil
}

func tooSoon(after time.Duration) error {
	key := "pin.too-soon"
	switch {
	case after >= 24*time.Hour:
		key = "pin.too-many-day"
	case after >= time.Hour:
		key = "pin.too-many"
	}
	return &fault.TooMany{After: after, Message: fault.M(key, "Count", int(after/time.Second))}
}

// pinHeard holds the limits that are kept in silence. What strangers ask for has a share of its own, by the network: so nobody
// can keep a person from their PIN by asking for it all day, and nobody can fill a phone with texts.
func (s *Signin) pinHeard(ctx context.Context, userID, network string, now time.Time) (bool, error) {
	var here bool
	var strange, all int
	day := now.Add(-24 * time.Hour)
	err := s.db.Row(ctx, `SELECT
			EXISTS (SELECT 1 FROM signin_attempts a WHERE a.user_id = $1 AND a.network = $2 AND a.outcome = 'success'),
			(SELECT count(*) FROM texts t JOIN pins p ON p.id = t.object_id WHERE t.user_id = $3 AND t.created_at > $4 AND NOT EXISTS
				(SELECT 1 FROM signin_attempts a WHERE a.user_id = t.user_id AND a.network = p.network AND a.outcome = 'success')),
			(SELECT count(*) FROM texts t WHERE t.user_id = $5 AND t.created_at > $6)`,
		userID, network, userID, day, userID, day).Scan(&here, &strange, &all)
	if err != nil {
		return false, fmt.Errorf("count texts: %w", err)
	}
	return all < textsUser && (here || strange < textsStrange), nil
}
