// Package post holds the mails and texts of the practice: each is a row, written in the transaction of the event it tells of,
// and delivered by the reconcilers "mails" and "texts" (S1-36, B-23). Who is told what, and what it says, is decided by the rooms
// that write them; no case, client or preference is known here.
//
// A mail is named by its send key ("welcome/USER"); a second one with the same key is not written, so that no retry,
// replica or restart can tell a person twice. A row carries what the text is about, never a secret: one-time links and
// first passwords are made at the moment of sending and kept only as hashes.
//
// # What a crash can do
//
// A mail is marked "sending" before the server is spoken to and "delivered" after it answered. Two things can come
// between the server's yes and that note: the process dies, or the answer is lost on its way. Nobody but the server
// knows then whether it has accepted; the mail is sent once more with the same Message-ID, since a mail that is lost is
// worse than one that comes twice. Killed at any other moment, it comes once. (app/crash_test.go kills the program with
// SIGKILL at each of these points, on both databases.)
//
// Mails are taken up and written down many at once (jobs/mails), so a crash may repeat more than one: what was accepted within
// the last twentieth of a second, at most 1,000 and one for each connection. What was taken up with them and not sent yet is marked, too,
// and only waits for its hold.
//
// A mail whose sender died waits for the hold of that try to end (CHANCERY_MAIL_TIMEOUT) and for another replica, or
// the restarted one, to take the lease (CHANCERY_LEASE_TTL). What the person sees: usually nothing, as many mail
// programs show two mails of one Message-ID as one; else two welcomes, of which either link works until one is used,
// and the temporary password of the later one. One who has signed in by then gets no second welcome; of a mail that is
// given up so, and of any whose later tries fail, it is said that it may have arrived ([Mail.MayHaveArrived]).
//
// # What waits, and for what
//
// For its time (At), for the next try after a refusal of its own, for a server that takes nothing ([Outage]), or for an address that
// is refused for good to be put right ([Pause], B-23). Only a refusal of its own counts as a try. What became of each is in the ledger
// ([Post.Ledger]); those of accounts stay there (S1-36), those of cases and of the day for [Kept].
package post

import (
	"context"
	"fmt"
	"time"

	"chancery/app/fault"
	"chancery/app/resource"
	"chancery/app/store"
)

// Kind is what a mail is about; it names the template under views/mail.
type Kind string

// The kinds of mail.
const (
	Welcome         Kind = "welcome"          // first steps, with a one-time link (S1-10)
	PasswordChanged Kind = "password-changed" // security notice (ASVS 6.3.7)
	Locked          Kind = "locked"           // security notice (S2-31, ASVS 6.3.5)
	SessionsEnded   Kind = "sessions-ended"   // security notice (S1-22)

	PasswordReset     Kind = "password-reset"     // a recovery link, at an administrator's wish (S1-20)
	PasswordForgot    Kind = "password-forgot"    // a recovery link, at the person's own wish (S2-32)
	PasswordRecover   Kind = "password-recover"   // a recovery link, after somebody has said that it was not them (B-6)
	InvitationAsked   Kind = "invitation-asked"   // to those who may invite: somebody came too late (V-5, B-13)
	NewDevice         Kind = "new-device"         // security notice: signed in with a browser that is new to the account (B-6)
	Disowned          Kind = "disowned"           // to those who may reset passwords: somebody has said that it was not them (B-6)
	PasswordTemporary Kind = "password-temporary" // a temporary password (S1-19)
	PasswordSet       Kind = "password-set"       // security notice: an administrator has set a temporary one (S1-21)
	EmailVerify       Kind = "email-verify"       // a link that proves an address (S2-36, C-4)
	EmailChanging     Kind = "email-changing"     // security notice to the address that is to be replaced (C-4)
	EmailChanged      Kind = "email-changed"      // security notice to the address that was replaced (C-4, ASVS 6.3.7)

	CellVerified Kind = "cell-verified" // security notice: a cell number signs in from now on (S3-13, ASVS 6.3.7)
	CellChanged  Kind = "cell-changed"  // security notice: a number that signed in was replaced or taken away (ASVS 6.3.7)

	FactorChanged Kind = "factor-changed" // security notice: a second factor or recovery codes were added, removed or used (ASVS 6.3.7)
	FactorGuessed Kind = "factor-guessed" // security notice: somebody knows the password and guesses at codes (ASVS 6.3.5)

	DepartureReceipt Kind = "departure-receipt" // what became of all that a leaver owned (B-1)
	DepartureBlocked Kind = "departure-blocked" // a planned departure would be refused (S1-18)
	CasesCame        Kind = "cases-came"        // open cases have a new owner: this one (S1-17, B-1)
	Dormant          Kind = "dormant"           // an account that nobody uses (B-18)

	Events  Kind = "events"  // what has happened in somebody's cases: messages, scores, mentions (S3-21, S3-22)
	Summary Kind = "summary" // daily, of what is unread (S3-19)

	Exceptions Kind = "exceptions" // daily, of what the nightly sync could not take (S3-20)

	CalendarFailed Kind = "calendar-failed" // somebody's calendar outside is not in step (B-9)
)

// Kinds lists every kind, for the test that each has its templates.
func Kinds() []Kind {
	return []Kind{
		Welcome, PasswordChanged, Locked, SessionsEnded, PasswordReset, PasswordForgot, PasswordTemporary, PasswordSet, EmailVerify,
		EmailChanging, EmailChanged, CellVerified, CellChanged, FactorChanged, FactorGuessed, DepartureReceipt, DepartureBlocked, CasesCame, Dormant,
		PasswordRecover, NewDevice, Disowned, InvitationAsked, Summary, Exceptions, Events, CalendarFailed,
	}
}

// State is how far a mail is.
type State string

// The states of a mail.
const (
	Waiting   State = "waiting"
	Sending   State = "sending"
	Delivered State = "delivered"
	Failed    State = "failed"  // given up: refused for good, or too late
	Stopped   State = "stopped" // by a person
)

// Mail is one mail to one person.
type Mail struct {
	ID          string
	SendKey     string
	Kind        Kind
	UserID      *string
	Recipient   string
	Language    string
	Zone        string
	Data        string // JSON: what the template needs and is no secret
	State       State
	Rank        Rank
	Tries       int
	NextTryAt   time.Time
	NotAfter    time.Time
	Answer      string // the server's last word
	Generation  int64
	Observed    int64
	Conditions  resource.Conditions
	CreatedAt   time.Time
	DeliveredAt *time.Time
	PausedAt    *time.Time // since when it waits for its address to be put right
	Takes       int64      // how often it was taken up; tells a try from the one that has overtaken it
	DatedAt     *time.Time // when it was first tried
}

// Date is the date that it bears: that of its first try, so that a duplicate can be told by it, and that it stands in its reader's list where it came.
func (m *Mail) Date() time.Time {
	if m.DatedAt != nil {
		return *m.DatedAt
	}
	return m.CreatedAt
}

// Delivery is the type of a mail's condition: True when a server has accepted it, False when none has, Unknown when one may
// have and nobody knows.
const Delivery = "Delivered"

// MayHaveArrived tells whether a server may have accepted the mail without our knowing: a try of it ended in silence, or
// its process died, and no later one was answered with a yes.
func (m *Mail) MayHaveArrived() bool {
	c, _ := m.Conditions.Get(Delivery)
	return m.State == Sending || c.Status == resource.Unknown
}

// Post is the room.
type Post struct {
	db *store.DB
}

// New opens the room.
func New(db *store.DB) *Post { return &Post{db: db} }

// Get is one mail, or fault.ErrNotFound.
func (p *Post) Get(ctx context.Context, id string) (*Mail, error) {
	var m Mail
	ok, err := store.Found(p.db.In(ctx).Where("id = ?", id).Take(&m).Error)
	if err != nil {
		return nil, fmt.Errorf("mail: %w", err)
	}
	if !ok {
		return nil, fault.ErrNotFound
	}
	return &m, nil
}
