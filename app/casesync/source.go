package casesync

import (
	"context"
	"time"
)

// Kind is what a list of the case system is of.
type Kind string

// The kinds, in the order in which they land.
const (
	Clients Kind = "client"
	Cases   Kind = "case"
	Members Kind = "member"
)

// Kinds are all of them, in that order.
func Kinds() []Kind { return []Kind{Clients, Cases, Members} }

// after is the kind that comes after one, "" after the last.
func (k Kind) after() Kind {
	all := Kinds()
	for i := range all[:len(all)-1] {
		if all[i] == k {
			return all[i+1]
		}
	}
	return ""
}

// Fields are what can be said of a kind. What else a source says is no business of ours, and changes nothing.
//
//	client   id, name, email, phone, language (en, es, fr)
//	case     id, number, title, client (its id), owner (an address), status (open, closed), stage, department (their names), private (true, false),
//	         opened (2026-11-21, or an instant by RFC 3339; of a new case only)
//	member   case (its id), member (an address)
func (k Kind) Fields() []string {
	switch k {
	case Clients:
		return []string{"id", "name", "email", "phone", "language"}
	case Cases:
		return []string{"id", "number", "title", "client", "owner", "status", "stage", "department", "private", "opened"}
	}
	return []string{"case", "member"}
}

// Source is a case system.
type Source interface {
	// Read gives the part of a list that a cursor names; "" is the first. etag is what the part's state was called when it was read last ("" for none): where it
	// is the same still, the part need not be given. Errors are *Trouble, or ctx's.
	Read(ctx context.Context, kind Kind, cursor, etag string) (Part, error)
}

// Part is a part of a list.
type Part struct {
	Rows   []Row
	Next   string // cursor of the part after this; "": it was the last
	ETag   string // what its state is called; "": nothing
	Same   bool   // it is as it was under the etag that was asked with: nothing else is given
	Absent bool   // the case system has no such list
	Still  bool   // the list does not change while it is read, so that who is in it twice is so by mistake
}

// Row is what is said of one object: by field, as text. What is not in it was not said, and stays as it is.
type Row struct {
	Place  int // in its part, for people who look for it
	Said   map[string]string
	Broken string // the field that cannot be read, BrokenRow or BrokenColumns; "" where all can
}

// What else ails a row.
const (
	BrokenRow     = "row"     // it is none
	BrokenColumns = "columns" // it has not as many as the first
)

// Trouble is why a source gives nothing.
type Trouble struct {
	Reason    string        // one of the constants below
	Detail    string        // for who runs the house, without secrets and personal data
	Temporary bool          // trying again may help
	After     time.Duration // not before; 0: whenever
}

func (t *Trouble) Error() string { return t.Reason + ": " + t.Detail }

// Why a run failed.
const (
	Unreachable = "unreachable" // there is no answer, or none that is worth one
	Unwelcome   = "refused"     // it does not let us in
	Unreadable  = "unreadable"  // what it answers is not what was agreed
	Missing     = "missing"     // there is no list of cases
	Moved       = "moved"       // it was replaced while it was read
	Unset       = "unset"       // there is no case system in the settings any more
)
