// Package cases knows clients, their cases, and who works on them: one owner, and any number of members besides.
//
// An open case always has an owner who is not INACTIVE. The verbs here keep to it, and so does the database, whichever
// way a row is written (the triggers cases_open_owner in the migrations; S1-15, S1-18). Closed cases keep the owner they
// had, so that the record goes on saying who did the work (S1-13).
//
// What is said in a case (messages), when it takes place (agenda) and what it costs (billing) have rooms of their own above
// this one: each is a purpose of its own, and all of them ask here who sees a case (seen.go). How a person signs in, and
// how anything looks, never comes in.
//
// # Lists and search
//
// A case carries what lists of cases are ordered by and searched through, its client's and its owner's name among it, so
// that each order has an index and a search reads one column (listing). It is kept in step by the verbs here, in the same
// statement, and by the database when a user is called otherwise (the trigger users_named_on_cases). To look the names up
// with each search instead would need no column, but no one index could answer a search of two words, of which one is the
// client's and the other the owner's.
//
// # Many at once
//
// Reassigning takes one statement to lock and read the cases, one to move them, and one for each thousand lines of the
// audit. Most of what it costs is the database's own: who is associated (the triggers of the migrations), and the words that
// a case is found by, which have the owner's name in them. A leaver's 500 cases over a department, two cores with much else to
// do: SQLite 83 ms, Postgres 107 ms; without these words 38 and 76 (go test ./app/cases -run '^$' -bench Departure
// -benchtime 20x). How that stands to bare SQL: make bench ARGS="-many".
package cases

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"chancery/app/access"
	"chancery/app/audit"
	"chancery/app/fault"
	"chancery/app/staff"
	"chancery/app/store"
)

// Status of a case.
type Status string

// The statuses.
const (
	Open   Status = "open"
	Closed Status = "closed"
)

// Case is one matter of a client. Times are UTC.
type Case struct {
	ID            string
	Number        string // as people call it, unique
	Title         string
	ClientID      string
	Stage         string // the name of a Stage, or ""
	Status        Status
	Private       bool    // seen by those associated with it alone (Seen)
	OwnerID       *string // nil only when closed
	DepartmentID  *string
	OpenedAt      time.Time
	ClosedAt      *time.Time
	ExternalID    *string // in the practice's other systems, unique
	Words         string  // folded, as the three that follow (words.go)
	ClientName    string
	OwnerName     string
	Search        string
	Messages      int64 // how many there are, with the client
	Inbound       int64 // how many of them are the client's
	LastMessageAt *time.Time
	Generation    int64
	CreatedAt     time.Time
	UpdatedAt     time.Time
}

// Cases is the room.
type Cases struct {
	db     *store.DB
	staff  *staff.Staff
	teller Teller
}

// New opens the room.
func New(db *store.DB, people *staff.Staff) *Cases { return &Cases{db: db, staff: people} }

// Lengths of texts, in characters.
const (
	numberMax   = 40
	titleMax    = 200
	stageMax    = 80
	commentMax  = 2000
	externalMax = 200
)

// done records what was done to a case and announces it, within the transaction.
func (c *Cases) done(ctx context.Context, actor access.Actor, action, id string, changes ...audit.Change) error {
	if err := audit.Record(ctx, c.db, actor.Actor, audit.Entry{Action: action, Kind: "case", ID: id, Changes: changes}); err != nil {
		return err
	}
	return c.changed(ctx, id)
}

// changed names a case on the change feed.
func (c *Cases) changed(ctx context.Context, id string) error { return c.db.Changed(ctx, "case/"+id) }

// changedMost is how many cases are named on the change feed one by one; of more, "case/" alone says that any may have.
const changedMost = 100

func (c *Cases) changedAll(ctx context.Context, ids []string) error {
	if len(ids) > changedMost {
		ids = []string{""}
	}
	for _, id := range ids {
		if err := c.changed(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

// refusal turns what the database refuses into what a form can say.
func refusal(err error, what string) error {
	switch {
	case store.Violated(err, "cases_open_owner", ""):
		return fault.Field1("owner", "cases.owner-gone")
	case store.Violated(err, "cases_number", ""):
		return fault.Field1("number", "cases.number-taken")
	case store.Violated(err, "cases_external", "cases.external_id"):
		return fault.Field1("external_id", "cases.external-taken")
	}
	return fmt.Errorf("%s: %w", what, err)
}

func required(bad *fault.Invalid, field, value string, most int) string {
	value = strings.Join(strings.Fields(value), " ")
	if n := utf8.RuneCountInString(value); n == 0 || n > most {
		bad.Add(field, "cases.text-length", "Max", most)
	}
	return value
}

// optional is a text that may be empty, on one line.
func optional(bad *fault.Invalid, field, value string, most int) string {
	value = strings.Join(strings.Fields(value), " ")
	if utf8.RuneCountInString(value) > most {
		bad.Add(field, "cases.text-length", "Max", most)
	}
	return value
}

// external is an id of another system's, or nil for none.
func external(bad *fault.Invalid, value string) *string {
	if value = optional(bad, "external_id", value, externalMax); value == "" {
		return nil
	}
	return &value
}

func value(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func pointer(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
