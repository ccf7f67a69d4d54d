package loop

import "time"

// Result is how a Reconcile without an error ended. The zero value is [Done].
type Result struct {
	outcome outcome
	at      time.Time
	reason  string
}

type outcome int

const (
	done outcome = iota
	waiting
	stalled
)

// Done says that the object is as it should be, or needs nothing that a loop could do.
func Done() Result { return Result{} }

// Waiting says that the object needs work at a time: a retry of an outside system, a date that has been set.
func Waiting(at time.Time) Result { return Result{outcome: waiting, at: at} }

// Stalled says that trying again will not help until a person has changed something. The reason is logged: a word or a
// sentence, without personal data.
func Stalled(reason string) Result { return Result{outcome: stalled, reason: reason} }

// At is the time of a Waiting, else the zero time.
func (r Result) At() time.Time { return r.at }

// Reason is the reason of a Stalled, else empty.
func (r Result) Reason() string { return r.reason }

// String is the outcome's name, for logs, metrics and tests: done, waiting or stalled.
func (r Result) String() string {
	switch r.outcome {
	case waiting:
		return "waiting"
	case stalled:
		return "stalled"
	}
	return "done"
}
