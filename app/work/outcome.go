package work

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"chancery/app/fault"
)

// ItemState is what became of an item.
type ItemState string

// An item waits, and is then done, was so already, or is refused.
const (
	ItemWaiting ItemState = "waiting"
	ItemDone    ItemState = "done"
	ItemSame    ItemState = "same"
	ItemRefused ItemState = "refused"
)

// Outcome is what became of one item.
type Outcome struct {
	State    ItemState
	ObjectID string   // of what was made, when the item named nothing
	Reasons  []Reason // why it was refused, or what came of it
}

// Reason is one thing that stands in the way of an item or came of it, and the field that it is about, if it is about one.
type Reason struct {
	Field   string
	Message fault.Message
}

// Done says that it was done.
func Done() Outcome { return Outcome{State: ItemDone} }

// Same says that it was so already.
func Same() Outcome { return Outcome{State: ItemSame} }

// Refused says that it was not done, and why.
func Refused(why ...fault.Message) Outcome {
	o := Outcome{State: ItemRefused}
	for _, m := range why {
		o.Reasons = append(o.Reasons, Reason{Message: m})
	}
	return o
}

// Saying is the outcome with what came of it, for whoever asked.
func (o Outcome) Saying(what ...fault.Message) Outcome {
	for _, m := range what {
		o.Reasons = append(o.Reasons, Reason{Message: m})
	}
	return o
}

// Of is the outcome with the object that it is about.
func (o Outcome) Of(id string) Outcome {
	o.ObjectID = id
	return o
}

// Judge is the outcome of an item whose verb returned err: a fault is a refusal, with everything that it says. Other
// errors come back.
func Judge(err error) (Outcome, error) {
	var (
		invalid     *fault.Invalid
		refused     *fault.Refused
		conflict    *fault.Conflict
		forbidden   *fault.Forbidden
		many        *fault.TooMany
		unavailable *fault.Unavailable
	)
	switch {
	case err == nil:
		return Done(), nil
	case errors.As(err, &invalid):
		o := Refused()
		for _, f := range invalid.Fields {
			o.Reasons = append(o.Reasons, Reason{f.Name, f.Message})
		}
		return o, nil
	case errors.As(err, &refused):
		return Refused(refused.Message), nil
	case errors.As(err, &forbidden) && forbidden.Message.Key != "":
		return Refused(forbidden.Message), nil
	case errors.As(err, &forbidden):
		return Refused(fault.M("run.forbidden")), nil
	case errors.Is(err, fault.ErrNotFound):
		return Refused(fault.M("run.gone")), nil
	case errors.As(err, &conflict):
		return Refused(fault.M("run.conflict")), nil
	case errors.As(err, &many):
		return Refused(many.Message), nil
	case errors.As(err, &unavailable):
		return Refused(unavailable.Message), nil
	}
	return Outcome{}, err
}

// Reasons are kept as text: the message's key and values, so that whoever looks reads them in their own language. A
// value is text, a whole number, an instant, or a message.
type (
	storedReason struct {
		Field string `json:"field,omitempty"`
		storedMessage
	}
	storedMessage struct {
		Key  string                 `json:"key"`
		Args map[string]storedValue `json:"args,omitempty"`
	}
	storedValue struct {
		Text    *string        `json:"s,omitempty"`
		Number  *int           `json:"n,omitempty"`
		At      *time.Time     `json:"t,omitempty"`
		Message *storedMessage `json:"m,omitempty"`
	}
)

// WriteReasons is reasons as text, "" for none.
func WriteReasons(reasons []Reason) (string, error) {
	if len(reasons) == 0 {
		return "", nil
	}
	all := make([]storedReason, len(reasons))
	for i, r := range reasons {
		all[i] = storedReason{r.Field, storeMessage(r.Message)}
	}
	b, err := json.Marshal(all)
	if err != nil {
		return "", fmt.Errorf("reasons: %w", err)
	}
	return string(b), nil
}

// ReadReasons are the reasons of such a text.
func ReadReasons(text string) (reasons []Reason) {
	if text == "" {
		return nil
	}
	var all []storedReason
	if err := json.Unmarshal([]byte(text), &all); err != nil {
		return []Reason{{Message: fault.M("run.unexpected")}} // not written by this version
	}
	for _, s := range all {
		reasons = append(reasons, Reason{s.Field, s.message()})
	}
	return reasons
}

func storeMessage(m fault.Message) storedMessage {
	s := storedMessage{Key: m.Key}
	for name, value := range m.Args {
		if s.Args == nil {
			s.Args = map[string]storedValue{}
		}
		var v storedValue
		switch value := value.(type) {
		case int:
			v.Number = &value
		case int64:
			n := int(value)
			v.Number = &n
		case time.Time:
			v.At = &value
		case fault.Message:
			inner := storeMessage(value)
			v.Message = &inner
		default:
			text := fmt.Sprint(value)
			v.Text = &text
		}
		s.Args[name] = v
	}
	return s
}

func (s storedMessage) message() fault.Message {
	m := fault.Message{Key: s.Key}
	for name, v := range s.Args {
		if m.Args == nil {
			m.Args = map[string]any{}
		}
		switch {
		case v.Number != nil:
			m.Args[name] = *v.Number
		case v.At != nil:
			m.Args[name] = *v.At
		case v.Message != nil:
			m.Args[name] = v.Message.message()
		case v.Text != nil:
			m.Args[name] = *v.Text
		}
	}
	return m
}
