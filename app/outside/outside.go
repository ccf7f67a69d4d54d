// Package outside is what a person's calendar outside the practice can do, whoever keeps it: Google, Microsoft or a CalDAV server.
//
// One contract, and a room below it for each keeper (google, microsoft, caldav). What is to stand there is decided in calendar;
// here it is only read and written. Ours stand in a calendar of their own, which the keeper is asked to make: nothing of the
// person's own is read, it can be hidden or coloured as a whole, and it goes as a whole when they disconnect (ASVS 10.2.3: least scopes).
//
// Writing is idempotent: an event has an id that follows from its UID, so a write whose answer was lost is made again without a second
// event (B-9). What stands there carries a mark of what was written, so that a list alone tells whether anything is to be done.
package outside

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Event is what is to stand in a calendar outside.
type Event struct {
	UID      string // RFC 5545, 3.8.4.7; the same for the same person and appointment, whatever changes
	Title    string
	Place    string
	Notes    string
	Link     string // to the appointment in the app, absolute
	StartsAt time.Time
	EndsAt   time.Time
	Zone     string // IANA name in which it was agreed on
	Mark     string // of all of the above, short; kept by the keeper beside the event
}

// Held is an event of ours as the keeper has it.
type Held struct {
	UID     string // "" of one that is removed, where the keeper tells only the Ref
	Ref     string // the keeper's own id or path
	Version string // ETag or its like; "" where the keeper has none
	Mark    string // as it was written; "" when the event was changed there since, by whomever
	Removed bool   // it is not there any more
}

// Listing is what a keeper tells of ours.
type Listing struct {
	Events []Held
	Cursor string // from which the next listing tells only what has changed; "" where the keeper has none
	Whole  bool   // these are all; otherwise only what has changed since the cursor
}

// Calendar is one person's calendar at a keeper. Every call may return *Later, ErrRevoked or *Refused, and transport errors.
// An implementation makes no second try of its own, but for a token that it renews. Open comes first.
type Calendar interface {
	// Open returns what names the calendar that holds ours: known, which it returned before, or for "" the one that it finds there for whom For says, or makes.
	// It need not ask whether the known one is there still: List says so when it is not.
	Open(ctx context.Context, known string) (place string, err error)
	// List tells what has changed since the cursor, or all for "". It returns ErrCursor when the keeper does not know the cursor any more, and
	// ErrGone when the calendar was deleted there: what was written is gone with it, and Open with "" makes another, under another name.
	List(ctx context.Context, cursor string) (Listing, error)
	// Put writes an event: a new one when held is nil, and then one that stands there by that UID already is written over.
	// It returns ErrChanged when it was changed there since held was read; list again.
	// What was written may stand there even when an error is returned: the answer can be lost. Put again, or list.
	Put(ctx context.Context, e Event, held *Held) (Held, error)
	// Remove takes an event away; one that is gone already is no error.
	Remove(ctx context.Context, held Held) error
	// Clear takes the whole calendar of ours away; one that is gone already is no error.
	Clear(ctx context.Context) error
}

// Grant is a person's leave to write in their calendar, as the keeper gave it. It is a secret: it is kept sealed, and is never logged.
type Grant struct {
	Refresh string    // of OAuth
	Access  string    // of OAuth, short-lived
	Expires time.Time // of Access
	Account string    // whose it is there, to be shown: an address or a name
	Server  string    // of CalDAV: where it was found
	User    string    // of CalDAV
	Pass    string    // of CalDAV: an app password
}

// String keeps a grant out of every log.
func (Grant) String() string { return "grant" }

// GoString is String.
func (Grant) GoString() string { return "grant" }

// Keeper is who keeps calendars, reached by OAuth 2 (RFC 6749, with RFC 7636).
type Keeper interface {
	// ConsentURL is where the person is sent to say yes. The verifier is PKCE's; only its hash goes along.
	ConsentURL(state, verifier, hint string) string
	// Exchange turns the code that came back into a grant. It returns *Refused with ScopeMissing when the person left the calendar out.
	Exchange(ctx context.Context, code, verifier string) (Grant, error)
	// Calendar opens a calendar by a grant; renewed is called when the grant has changed, before it is used.
	Calendar(g Grant, renewed func(context.Context, Grant) error) Calendar
	// Revoke ends a grant at the keeper; one that is ended already is no error. A keeper that has no such call returns ErrNoRevoke.
	Revoke(ctx context.Context, g Grant) error
}

// Name is what a calendar that is made is called, asked when one is: a practice may change its name.
type Name func(ctx context.Context) (string, error)

// Named is a name that stays.
func Named(name string) Name {
	return func(context.Context) (string, error) { return name, nil }
}

type whose struct{}

// About says whose account at the keeper the requests of a context are about: any name that is the same for the same account. It goes nowhere
// but to the pace at which that account is asked.
func About(ctx context.Context, account string) context.Context {
	return context.WithValue(ctx, whose{}, account)
}

// Whose is what About has said, or "".
func Whose(ctx context.Context) string {
	account, _ := ctx.Value(whose{}).(string)
	return account
}

type whom struct{}

// For says for whom a calendar is opened: any name that is the same for the same person of the same installation, and tells nobody who that is.
// Two people may use one account at the keeper; where a keeper lets us look for a calendar of ours, each finds their own.
func For(ctx context.Context, person string) context.Context {
	return context.WithValue(ctx, whom{}, person)
}

// Whom is what For has said, or "".
func Whom(ctx context.Context) string {
	person, _ := ctx.Value(whom{}).(string)
	return person
}

// What a keeper may say.
var (
	ErrRevoked  = errors.New("outside: the grant has ended")
	ErrCursor   = errors.New("outside: the cursor is not known any more")
	ErrGone     = errors.New("outside: the calendar was deleted there")
	ErrChanged  = errors.New("outside: the event was changed there")
	ErrNoRevoke = errors.New("outside: the keeper has no way to end a grant; the person does it there")
)

// Later is an answer that asks for patience: 429, a quota's 403, or 5xx.
type Later struct {
	Status int
	After  time.Duration // the keeper's Retry-After; 0 when it said nothing
}

func (l *Later) Error() string {
	return fmt.Sprintf("outside: asked to come again later (%d)", l.Status)
}

// Refused is an answer that another try does not mend. Status is HTTP's, Reason the keeper's own short code, never free text.
type Refused struct {
	Status int
	Reason string
}

func (r *Refused) Error() string { return fmt.Sprintf("outside: refused (%d %s)", r.Status, r.Reason) }

// The Reasons that are ours.
const (
	ScopeMissing   = "scope-missing"   // of a grant that does not allow what is asked
	AddressRefused = "address-refused" // of a server at an address that nobody here may have us ask
	Elsewhere      = "elsewhere"       // of a server that sends on to another, which a password does not go to
	NoCalendars    = "no-calendars"    // of a server that keeps none
)
