// Package fault holds the ways the house says no.
//
// A domain verb that refuses returns one of these kinds; web turns a kind into a status in one place, jobs turn it
// into a condition. The kinds carry no text in any language: a [Message] names an entry of the catalogues under
// views/locales, so that the same refusal reads well in every language, on a page, in a mail and in the API.
//
// Anything else that comes back from a verb is unexpected and becomes a 500 with an id to quote. Nothing of ours may
// be imported here.
package fault

import (
	"errors"
	"fmt"
	"sort"
	"strings"
	"time"
)

// Message is a text to be said in the reader's language: a catalogue key and the values for its placeholders.
// An argument named "Count" chooses the plural form.
type Message struct {
	Key  string
	Args map[string]any
}

// M builds a Message from a key and pairs of name and value: M("form.too-long", "Max", 100).
func M(key string, pairs ...any) Message {
	m := Message{Key: key}
	for i := 0; i+1 < len(pairs); i += 2 {
		if m.Args == nil {
			m.Args = make(map[string]any, len(pairs)/2)
		}
		m.Args[fmt.Sprint(pairs[i])] = pairs[i+1]
	}
	return m
}

// Invalid says which fields of a form are wrong and why (HTTP 422). Nothing was changed.
type Invalid struct {
	Fields []Field
}

// Field is one wrong field: its form name, and what to do about it.
type Field struct {
	Name    string
	Message Message
}

func (e *Invalid) Error() string {
	names := make([]string, len(e.Fields))
	for i, f := range e.Fields {
		names[i] = f.Name + " (" + f.Message.Key + ")"
	}
	sort.Strings(names)
	return "invalid: " + strings.Join(names, ", ")
}

// Add notes one more wrong field. The first message of a field stands; later ones are dropped.
func (e *Invalid) Add(name, key string, pairs ...any) {
	if e.Has(name) {
		return
	}
	e.Fields = append(e.Fields, Field{Name: name, Message: M(key, pairs...)})
}

// Has tells whether the field is already known to be wrong.
func (e *Invalid) Has(name string) bool {
	for _, f := range e.Fields {
		if f.Name == name {
			return true
		}
	}
	return false
}

// Join takes over the fields of err when it is an Invalid and returns nil; any other error comes back as it is.
// So a form that is checked by two rooms answers with all of its faults at once.
func (e *Invalid) Join(err error) error {
	if err == nil {
		return nil
	}
	var other *Invalid
	if !errors.As(err, &other) {
		return err
	}
	for _, f := range other.Fields {
		if !e.Has(f.Name) {
			e.Fields = append(e.Fields, f)
		}
	}
	return nil
}

// Rename gives a field another name: the one by which a form has it.
func (e *Invalid) Rename(from, to string) {
	for i := range e.Fields {
		if e.Fields[i].Name == from {
			e.Fields[i].Name = to
		}
	}
}

// Err returns e when a field is wrong, and nil otherwise.
func (e *Invalid) Err() error {
	if len(e.Fields) == 0 {
		return nil
	}
	return e
}

// Field1 is an Invalid with one field.
func Field1(name, key string, pairs ...any) error {
	e := &Invalid{}
	e.Add(name, key, pairs...)
	return e
}

// Conflict says that what the form was filled in from has changed meanwhile (HTTP 409, B-16). Current holds, per
// field in conflict, the value that is stored now. Nothing was changed.
type Conflict struct {
	Current map[string]string
}

func (e *Conflict) Error() string { return fmt.Sprintf("conflict on %d fields", len(e.Current)) }

// ErrNotFound says that the thing does not exist, or is not for this person to know of (HTTP 404, ASVS 8.2.2).
var ErrNotFound = errors.New("not found")

// ErrProve says that something wants a fresh proof of who asks first (ASVS 7.5.1). Nothing was changed.
var ErrProve = errors.New("a fresh proof is needed first")

// Forbidden says that the person may not do this (HTTP 403). Permission is the one that was missing; Message, where it has
// a key, says more than that one may not.
type Forbidden struct {
	Permission string
	Message    Message
}

func (e *Forbidden) Error() string { return "forbidden: needs " + e.Permission }

// TooMany says that it was tried too often (HTTP 429). After tells when a further try is worth while.
type TooMany struct {
	After   time.Duration
	Message Message
}

func (e *TooMany) Error() string {
	return fmt.Sprintf("too many tries (%s), again after %s", e.Message.Key, e.After)
}

// Unavailable says that something outside the house does not answer, or that the house has more to do than it can (HTTP
// 503). Nothing was changed; trying again later may help: after After, where that is known.
type Unavailable struct {
	After   time.Duration
	Message Message
	Cause   error
}

func (e *Unavailable) Error() string {
	return fmt.Sprintf("unavailable (%s): %v", e.Message.Key, e.Cause)
}

func (e *Unavailable) Unwrap() error { return e.Cause }

// Refused is a single refusal that belongs to no field (HTTP 422): a rule of the practice stands in the way.
type Refused struct {
	Message Message
}

func (e *Refused) Error() string { return "refused: " + e.Message.Key }

// Differs is what another system has sent under a name that is here already, with something else in it (HTTP 409).
type Differs struct{ Message Message }

func (e *Differs) Error() string { return "differs: " + e.Message.Key }

// Refuse builds a Refused.
func Refuse(key string, pairs ...any) error { return &Refused{Message: M(key, pairs...)} }
