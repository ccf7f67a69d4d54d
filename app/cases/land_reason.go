package cases

import (
	"errors"

	"chancery/app/fault"
)

// Reason is why something did not land, in a word that stays the same.
type Reason string

// The reasons. ReasonInvalid is any other field's.
const (
	ReasonOwnerMissing      Reason = "owner-missing"  // an open case, and nobody is named
	ReasonOwnerUnknown      Reason = "owner-unknown"  // who is named is nobody here
	ReasonOwnerInactive     Reason = "owner-inactive" // who is named does not work here, or not yet
	ReasonClientMissing     Reason = "client-missing" // a new case, and nobody is named
	ReasonClientUnknown     Reason = "client-unknown" // who is named is no client, or none that is seen
	ReasonClientDiffers     Reason = "client-differs" // the case that is here is another's
	ReasonStageUnknown      Reason = "stage-unknown"
	ReasonDepartmentUnknown Reason = "department-unknown"
	ReasonNumberTaken       Reason = "number-taken"      // another case has it
	ReasonTaken             Reason = "external-id-taken" // by what is not seen
	ReasonHidden            Reason = "would-be-hidden"   // private, from who would make it so
	ReasonInvalid           Reason = "invalid"
	ReasonForbidden         Reason = "forbidden"
)

// Reasons are all there are.
func Reasons() []Reason {
	return []Reason{ReasonOwnerMissing, ReasonOwnerUnknown, ReasonOwnerInactive, ReasonClientMissing, ReasonClientUnknown, ReasonClientDiffers, ReasonStageUnknown,
		ReasonDepartmentUnknown, ReasonNumberTaken, ReasonTaken, ReasonHidden, ReasonInvalid, ReasonForbidden}
}

// ReasonOf is why something did not land, by the error it was refused with: the first reason that has a word of its own. ok is false for what is no
// refusal, such as a database that does not answer: that may be tried again.
func ReasonOf(err error) (reason Reason, ok bool) {
	var (
		invalid   *fault.Invalid
		refused   *fault.Refused
		forbidden *fault.Forbidden
	)
	switch {
	case errors.As(err, &invalid):
		for _, f := range invalid.Fields {
			if r := reasonFor(f.Message.Key); r != "" {
				return r, true
			}
		}
		return ReasonInvalid, true
	case errors.As(err, &refused):
		if r := reasonFor(refused.Message.Key); r != "" {
			return r, true
		}
		return ReasonInvalid, true
	case errors.As(err, &forbidden):
		return ReasonForbidden, true
	}
	return "", false
}

// reasonFor is what our own refusals are called to other systems, by the message that people get; "" for those that have no word.
func reasonFor(key string) Reason {
	switch key {
	case "cases.landing-owner":
		return ReasonOwnerMissing
	case "cases.choose-owner":
		return ReasonOwnerUnknown
	case "cases.owner-gone":
		return ReasonOwnerInactive
	case "cases.landing-client":
		return ReasonClientMissing
	case "cases.choose-client":
		return ReasonClientUnknown
	case "cases.landing-other-client":
		return ReasonClientDiffers
	case "cases.unknown-stage":
		return ReasonStageUnknown
	case "cases.unknown-department":
		return ReasonDepartmentUnknown
	case "cases.number-taken":
		return ReasonNumberTaken
	case "cases.external-taken":
		return ReasonTaken
	case "cases.private-from-you":
		return ReasonHidden
	}
	return ""
}
