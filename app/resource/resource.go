// Package resource says what spec and status mean here, after the manner of Kubernetes objects: an object whose wanted
// state changes carries a generation, and what was made of it is told by the observed generation and by conditions.
//
// Pure and small: no clock, no database, nothing of ours is imported.
package resource

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// Status of a condition, in Kubernetes' three words.
type Status string

// The three statuses.
const (
	True    Status = "True"
	False   Status = "False"
	Unknown Status = "Unknown"
)

// Ready is the type of the condition that is computed from the others and never set by hand.
const Ready = "Ready"

// Condition is one finding about an object: is it so, why, and since when.
type Condition struct {
	Type    string    `json:"type"`
	Status  Status    `json:"status"`
	Reason  string    `json:"reason"`            // one CamelCase word, for programs
	Message string    `json:"message,omitempty"` // for people; no personal data
	Since   time.Time `json:"since"`             // when Status last changed
}

// Conditions are an object's findings, one per type, kept in a text column as JSON.
type Conditions []Condition

// Merge is the conditions after a reconcile that found found: every type in found replaces the one before, keeping
// Since while the status stays the same; Ready is computed (True when no other is False, Unknown while one is). It
// tells whether anything changed, so that a reconcile that found the same writes nothing.
func (c Conditions) Merge(now time.Time, found ...Condition) (Conditions, bool) {
	next := slices.Clone(c)
	for _, f := range found {
		if f.Type != Ready {
			next = next.set(now, f)
		}
	}
	next = next.set(now, next.ready())
	return next, !slices.Equal(c, next)
}

// Get is the condition of a type, and whether there is one.
func (c Conditions) Get(kind string) (Condition, bool) {
	for _, have := range c {
		if have.Type == kind {
			return have, true
		}
	}
	return Condition{}, false
}

func (c Conditions) set(now time.Time, f Condition) Conditions {
	f.Since = now
	for i, have := range c {
		if have.Type == f.Type {
			if have.Status == f.Status {
				f.Since = have.Since
			}
			c[i] = f
			return c
		}
	}
	return append(c, f)
}

func (c Conditions) ready() Condition {
	ready := Condition{Type: Ready, Status: True, Reason: "AllTrue"}
	for _, have := range c {
		switch {
		case have.Type == Ready:
		case have.Status == False:
			return Condition{Type: Ready, Status: False, Reason: have.Reason, Message: have.Message}
		case have.Status == Unknown:
			ready = Condition{Type: Ready, Status: Unknown, Reason: have.Reason, Message: have.Message}
		}
	}
	return ready
}

// Value writes the conditions into a column.
func (c Conditions) Value() (driver.Value, error) {
	if len(c) == 0 {
		return "[]", nil
	}
	b, err := json.Marshal([]Condition(c))
	if err != nil {
		return nil, fmt.Errorf("conditions: %w", err)
	}
	return string(b), nil
}

// Scan reads the conditions from a column.
func (c *Conditions) Scan(src any) error {
	var b []byte
	switch v := src.(type) {
	case string:
		b = []byte(v)
	case []byte:
		b = v
	case nil:
		*c = nil
		return nil
	default:
		return fmt.Errorf("conditions: cannot read %T", src)
	}
	if string(b) == "[]" { // as most are
		*c = Conditions{}
		return nil
	}
	if err := json.Unmarshal(b, c); err != nil {
		return fmt.Errorf("conditions: %w", err)
	}
	return nil
}
