// Package calendar puts people's appointments into calendars of their own: Google's, Microsoft's, or one on a CalDAV server (S3-16, S3-17, B-9).
//
// It goes one way, from here to there: into a calendar of ours at the keeper's, of which nothing is read back but what became of
// what was written. How a keeper is spoken to is below (outside, and a room for each); what an appointment is, and who sees it, is agenda's.
//
// # What stands there
//
// Those that the person owns or comes to and sees, from 30 days ago on for two years; what has grown older than that stays as it is, as
// long as it is theirs. Title, place, time, and a link: notes stay here, since they tell of clients' affairs and that calendar is not the practice's. Whatever
// somebody changes or deletes there is put back as it is here.
//
// # How it is made so
//
// A verb or a change of an appointment raises the connection's generation in its own transaction (follow.go), whatever becomes of the keeper. The reconciler
// then reads as four lines (reconcile.go): gather what is to stand there and what does; decide what to do (pure); act, a step at a time; record.
//
//	starting ──▶ connected ◀──▶ failing         the keeper is busy, down or refuses: tried again, later each time
//	                 ╰───────────▶ reconnect     the grant has ended: the person has to give a new one
//	on ──▶ ending ──▶ (gone)                     events taken away if so wished, the grant revoked; given up after a week
//
// An event's id follows from its UID, and its UID from person and appointment: a write whose answer or whose note here was lost is made again
// over itself. The list that begins each run tells of what was written and not noted, so that it is taken away again when it has to go.
// Nothing is written to the database by a run that finds nothing to do.
//
// # Who may
//
// A person connects their own, with a fresh proof (ASVS 7.5.1); nobody connects another's, and who may end sessions may end it. A grant is
// sealed for its row (seal.go). It is used for nobody who is inactive but to take away what was written and to end it: that is asked before each
// step, and not left to whoever comes by.
package calendar

import (
	"context"
	"log/slog"
	"net/url"
	"time"

	"chancery/app/access"
	"chancery/app/agenda"
	"chancery/app/outside"
	"chancery/app/post"
	"chancery/app/store"
)

// Kind is who keeps a calendar.
type Kind string

// The kinds.
const (
	Google    Kind = "google"
	Microsoft Kind = "microsoft"
	CalDAV    Kind = "caldav"
)

// Kinds lists all, in reading order.
func Kinds() []Kind { return []Kind{Google, Microsoft, CalDAV} }

// Health is how a connection is.
type Health string

// The healths.
const (
	Starting  Health = "starting" // nothing was written yet
	Connected Health = "connected"
	Failing   Health = "failing"   // it is tried again by itself
	Reconnect Health = "reconnect" // the person has to connect it anew
	Ending    Health = "ending"    // it was disconnected, and what was written is being taken away
)

// Reasons of what is not well; each has its words (outside.reason.…).
const (
	Revoked     = "revoked"     // the grant has ended at the keeper
	Scope       = "scope"       // the grant leaves the calendar out
	Busy        = "busy"        // the keeper asks for patience
	Down        = "down"        // the keeper fails
	Unreachable = "unreachable" // the keeper does not answer
	Refused     = "refused"     // the keeper takes something not
	Off         = "off"         // the practice has this kind of calendar no more
	Unreadable  = "unreadable"  // the grant was sealed with another key: who put that back mends it, and so does connecting anew
)

// Reasons lists all, for the test that each has its words.
func Reasons() []string {
	return []string{Revoked, Scope, Busy, Down, Unreachable, Refused, Off, Unreadable}
}

// Connection is a person's calendar outside, as pages show it.
type Connection struct {
	ID       string
	UserID   string
	Kind     Kind
	Account  string // whose it is there; "" to anybody but the person, and where the keeper does not tell
	Server   string // of CalDAV: its host; "" as Account is
	Health   Health
	Reason   string    // why it is not well; "" when it is
	Since    time.Time // when it became so
	SyncedAt *time.Time
	Standing int64      // events of ours there
	NextAt   *time.Time // when it is tried again; nil: it is not waiting
	Pending  bool       // something is to be done there that is not done yet
	MadeAt   time.Time
}

// Passwords keeps calendars that are reached by an app password.
type Passwords interface {
	// Find tries a server, and returns the grant by which its calendar is opened. It returns *outside.Refused or outside.ErrRevoked for a wrong
	// name or password, *outside.Later, or a transport error.
	Find(ctx context.Context, server, user, pass string) (outside.Grant, error)
	// Calendar opens it.
	Calendar(g outside.Grant) outside.Calendar
}

// Keepers are those that the practice has set up; nil and what is left out are not offered.
type Keepers struct {
	OAuth     map[Kind]outside.Keeper
	Passwords Passwords
}

// Options set the room up.
type Options struct {
	Keys    [][]byte // with which grants are sealed: the first; the others only open what was sealed before
	Site    *url.URL // where people reach the practice
	Keepers Keepers
	Log     *slog.Logger // nil: none
}

// Calendars is the room.
type Calendars struct {
	db     *store.DB
	access *access.Access
	agenda *agenda.Agenda
	post   *post.Post
	opt    Options
	seals  seals
}

// New opens the room.
func New(db *store.DB, rights *access.Access, dates *agenda.Agenda, letters *post.Post, o Options) *Calendars {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Calendars{db: db, access: rights, agenda: dates, post: letters, opt: o, seals: newSeals(o.Keys)}
}

// Prefix begins the keys of connections on the change feed.
const Prefix = "calendar/"

// PagePrefix begins the keys by which open pages hear that a person's connections have changed: it is followed by the person's id.
const PagePrefix = "calendars/"

// Offered is what this practice has set up, in reading order.
func (c *Calendars) Offered() (all []Kind) {
	for _, k := range Kinds() {
		if c.offers(k) {
			all = append(all, k)
		}
	}
	return all
}

func (c *Calendars) offers(k Kind) bool {
	if k == CalDAV {
		return c.opt.Keepers.Passwords != nil
	}
	return c.opt.Keepers.OAuth[k] != nil
}

// connection is a row.
type connection struct {
	ID         string
	UserID     string
	Kind       Kind
	State      string
	Clears     bool
	Account    string
	Server     string
	Sealed     string
	Term       int64
	Place      string
	AtCursor   string
	Health     Health
	Reason     string
	Since      time.Time
	ToldAt     *time.Time
	Tries      int
	NextAt     *time.Time
	Generation int64
	Observed   int64
	Standing   int64
	SyncedAt   *time.Time
	EndedAt    *time.Time
	CreatedAt  time.Time
	UpdatedAt  time.Time
}

// TableName is the table of connections.
func (connection) TableName() string { return "calendar_connections" }

// The states of a connection.
const (
	on     = "on"
	ending = "ending"
)

// shown is a row as pages show it; to anybody but the person without whose it is there.
func (r *connection) shown(own bool) Connection {
	v := Connection{ID: r.ID, UserID: r.UserID, Kind: r.Kind, Health: r.Health, Reason: r.Reason, Since: r.Since, SyncedAt: r.SyncedAt,
		Standing: r.Standing, NextAt: r.NextAt, Pending: r.Generation != r.Observed, MadeAt: r.CreatedAt}
	if r.State == ending {
		v.Health = Ending
	}
	if own {
		v.Account, v.Server = r.Account, r.Server
	}
	return v
}

// announce tells the loop and open pages of a connection.
func (c *Calendars) announce(ctx context.Context, id, userID string) error {
	if err := c.db.Changed(ctx, Prefix+id); err != nil {
		return err
	}
	return c.db.Changed(ctx, PagePrefix+userID)
}

// ReasonKey is what a reason is called in the catalogues.
func ReasonKey(reason string) string { return "outside.reason." + reason }
