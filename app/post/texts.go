package post

import (
	"context"
	"fmt"
	"time"

	"chancery/app/fault"
	"chancery/app/store"
)

// TextKind is what a text is about; it names the words in the catalogues (text.KIND).
type TextKind string

// The kinds of text.
const (
	TextSignIn TextKind = "sign-in" // a PIN to sign in with (S3-13)
	TextVerify TextKind = "verify"  // a PIN that shows that a number is one's own
	TextProof  TextKind = "proof"   // a PIN by which somebody who is signed in proves who they are
)

// TextState is how far a text is.
type TextState string

// The states of a text. One that is being sent waits, until its hold is over.
const (
	TextWaiting TextState = "waiting"
	TextSent    TextState = "sent"
	TextGivenUp TextState = "given-up"
)

// Text is a text to a person's phone, on its way by the reconciler "texts": what a Mail is for mail, but for minutes. What is
// secret in it is made while it is sent, and its number is gone from here once it was sent or given up.
type Text struct {
	ID         string
	SendKey    string
	Kind       TextKind
	UserID     string
	ObjectID   string // of the PIN
	Number     string
	Language   string
	State      TextState
	Reason     string // why it waits still or was given up, in a word
	ProviderID string
	Tries      int
	CreatedAt  time.Time
	NextAt     time.Time
	NotAfter   time.Time
	FinishedAt *time.Time
}

// TextDraft is a text to be written, to the number that its person has now.
type TextDraft struct {
	SendKey  string
	Kind     TextKind
	UserID   string
	ObjectID string
	GoodFor  time.Duration
}

// QueueText writes a text in ctx's transaction. For nobody (UserID "") the same is done and nothing is written, so that it
// takes the same time (B-22).
func (p *Post) QueueText(ctx context.Context, d TextDraft) error {
	now, id := p.db.Now(), store.NewID()
	_, err := p.db.Exec(ctx, `INSERT INTO texts (id, send_key, kind, user_id, object_id, number, language, state, created_at, next_at, not_after)
		SELECT $1, $2, $3, u.id, $4, u.cell, u.language, 'waiting', $5, $6, $7 FROM users u WHERE u.id = $8`,
		id, d.SendKey, d.Kind, d.ObjectID, now, now, now.Add(d.GoodFor), d.UserID)
	if err != nil {
		return fmt.Errorf("queue text: %w", err)
	}
	return p.db.Changed(ctx, "text/"+id)
}

// Due is a text and when its time comes.
type Due struct {
	ID string
	At time.Time
}

// DueTexts names the texts whose time comes before until, the earliest first.
func (p *Post) DueTexts(ctx context.Context, until time.Time, limit int) ([]Due, error) {
	var due []Due
	err := p.db.In(ctx).Raw(`SELECT id, next_at AS at FROM texts WHERE state = 'waiting' AND next_at < ? ORDER BY next_at LIMIT ?`,
		until.UTC(), limit).Scan(&due).Error
	if err != nil {
		return nil, fmt.Errorf("texts due: %w", err)
	}
	return due, nil
}

// Text is one text, or fault.ErrNotFound.
func (p *Post) Text(ctx context.Context, id string) (*Text, error) {
	var t Text
	ok, err := store.Found(p.db.In(ctx).Where("id = ?", id).Take(&t).Error)
	if err != nil {
		return nil, fmt.Errorf("text: %w", err)
	}
	if !ok {
		return nil, fault.ErrNotFound
	}
	return &t, nil
}

// LatestText is the newest text to a user, or fault.ErrNotFound.
func (p *Post) LatestText(ctx context.Context, userID string) (*Text, error) {
	var t Text
	ok, err := store.Found(p.db.In(ctx).Where("user_id = ?", userID).Order("created_at DESC, id DESC").Take(&t).Error)
	if err != nil {
		return nil, fmt.Errorf("latest text: %w", err)
	}
	if !ok {
		return nil, fault.ErrNotFound
	}
	return &t, nil
}

// BeginText counts a try of a text, and keeps others from it until holdFor is over. It returns false when it is no longer to
// be sent, or another is sending it.
func (p *Post) BeginText(ctx context.Context, t *Text, holdFor time.Duration) (bool, error) {
	now := p.db.Now()
	changed, err := p.db.Exec(ctx, `UPDATE texts SET tries = tries + 1, next_at = $1 WHERE id = $2 AND state = 'waiting' AND next_at <= $3 AND tries = $4`,
		now.Add(holdFor), t.ID, now, t.Tries)
	if err != nil {
		return false, fmt.Errorf("begin text: %w", err)
	}
	if changed == 0 {
		return false, nil
	}
	t.Tries++
	return true, nil
}

// TextOutcome is what became of a try.
type TextOutcome struct {
	State      TextState // TextWaiting for another try
	Reason     string
	Next       time.Time // when to try again
	ProviderID string
}

// RecordText writes down what became of a try, once. A try that another process has since overtaken changes nothing, but that
// it was sent counts whoever says it.
func (p *Post) RecordText(ctx context.Context, t *Text, o TextOutcome) error {
	number, next := t.Number, o.Next.UTC().Truncate(time.Microsecond)
	var finished *time.Time
	if o.State != TextWaiting {
		now := p.db.Now()
		number, next, finished = "", t.NextAt, &now
	}
	_, err := p.db.Exec(ctx, `UPDATE texts SET state = $1, reason = $2, provider_id = $3, next_at = $4, number = $5, finished_at = $6
		WHERE id = $7 AND state = 'waiting' AND (tries = $8 OR $9 = 'sent')`,
		o.State, o.Reason, o.ProviderID, next, number, finished, t.ID, t.Tries, string(o.State))
	if err != nil {
		return fmt.Errorf("record text: %w", err)
	}
	return nil
}
