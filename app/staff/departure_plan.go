package staff

import (
	"context"
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"chancery/app/access"
	"chancery/app/audit"
	"chancery/app/fault"
)

// Belonging is one kind of what a person owns: open cases, sessions, and whatever later rooms bring.
type Belonging interface {
	// Kind names it, also in the catalogues: departure.kind-KIND.
	Kind() string
	// Count is how much of it a person owns now.
	Count(ctx context.Context, userID string) (Holding, error)
	// HandOver gives all of it to others by the plan, or ends what nobody can take over, within ctx's transaction. It
	// returns *fault.Refused, with the reason and what to do, when the plan does not do for it.
	HandOver(ctx context.Context, actor access.Actor, userID string, p Plan) (Handed, error)
}

// Holding is how much of a kind a person owns.
type Holding struct {
	Kind      string
	Count     int64
	Successor bool // someone has to take it over
}

// Way says who takes over.
type Way string

// The ways.
const (
	ToOne        Way = "one"        // one person takes all
	ToDepartment Way = "department" // each goes to the colleague of the department who has the fewest then
	ToPicked     Way = "picked"     // each to whom the plan says, the others to one person
)

// Plan is how someone is to leave.
type Plan struct {
	At        time.Time         `json:"-"` // zero: now
	Reason    string            `json:"-"`
	Way       Way               `json:"way,omitempty"`       // "": there is nothing to take over
	Successor string            `json:"successor,omitempty"` // for one, and for what was not picked
	Picked    map[string]string `json:"picked,omitempty"`    // who takes over what: user ids by the ids of things
	Leaving   []string          `json:"-"`                   // who leaves in the same go, and so takes nothing over
}

// people are all whom the plan names.
func (p Plan) people() []string {
	ids := []string{}
	if p.Successor != "" && p.Way != ToDepartment {
		ids = append(ids, p.Successor)
	}
	for _, id := range p.Picked {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// Handed is what became of a kind: a line of the receipt.
type Handed struct {
	Kind      string  `json:"kind"`
	Count     int64   `json:"count"`        // how much of it there was
	Successor bool    `json:"successor"`    // it was taken over, not ended
	To        []Taken `json:"to,omitempty"` // by whom
}

// Takers is who took how much, those with the most first, as "Ada Byron (3), …, +2": at most so many names, then how many
// more there are. It is names and numbers alone, which every language reads.
func (h Handed) Takers(most int) string {
	var names []string
	for _, t := range h.To[:min(len(h.To), most)] {
		names = append(names, fmt.Sprintf("%s (%d)", t.Name, t.Count))
	}
	if more := len(h.To) - most; more > 0 {
		names = append(names, fmt.Sprintf("+%d", more))
	}
	return strings.Join(names, ", ")
}

// Taken is how much one person took over. The name is as it was then.
type Taken struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Count int64  `json:"count"`
}

// Receipt is what a departure came to.
type Receipt struct {
	Items []Handed `json:"items,omitempty"`
}

const reasonMax = 500

func reason(bad *fault.Invalid, written string) string {
	written = text(written)
	if n := utf8.RuneCountInString(written); n > reasonMax {
		bad.Add("reason", "staff.too-long", "Count", n-reasonMax, "Max", reasonMax)
	}
	return written
}

// changes is what the audit says of a kind.
func (h Handed) changes() []audit.Change {
	if h.Count == 0 {
		return nil
	}
	c := []audit.Change{{Field: h.Kind, Before: fmt.Sprint(h.Count), After: "0"}}
	for _, t := range h.To {
		c = append(c, audit.Change{Field: h.Kind + "_to", After: fmt.Sprintf("%s: %d", t.Name, t.Count)})
	}
	return c
}

// Value writes a plan into its column.
func (p Plan) Value() (driver.Value, error) { return column(p) }

// Scan reads a plan from its column.
func (p *Plan) Scan(src any) error { return fromColumn(src, p) }

// Value writes a receipt into its column.
func (r Receipt) Value() (driver.Value, error) { return column(r) }

// Scan reads a receipt from its column.
func (r *Receipt) Scan(src any) error { return fromColumn(src, r) }

func column(v any) (driver.Value, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("column: %w", err)
	}
	return string(b), nil
}

func fromColumn(src, v any) error {
	switch b := src.(type) {
	case string:
		return json.Unmarshal([]byte(b), v)
	case []byte:
		return json.Unmarshal(b, v)
	}
	return fmt.Errorf("column: cannot read %T", src)
}
