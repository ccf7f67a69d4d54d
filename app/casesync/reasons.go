package casesync

import (
	"errors"
	"slices"
	"strings"

	"chancery/app/cases"
	"chancery/app/fault"
)

// Reason is why something did not land: one of cases' (cases.Reasons), or one of these.
type Reason string

// The reasons that the sync has besides.
const (
	StatusUnknown  Reason = "status-unknown"
	DateBad        Reason = "date-bad"
	BothChanged    Reason = "both-changed" // here and in the case system, to different values
	RowBroken      Reason = "row-broken"   // it cannot be read
	SaidTwice      Reason = "said-twice"   // one list says different things of one object
	CaseMissing    Reason = "case-missing" // a member of a case that is not here
	MemberUnknown  Reason = "member-unknown"
	MemberInactive Reason = "member-inactive"
	Internal       Reason = "internal" // it could not be written: a fault of ours, or of the database's
)

// Reasons are all there are, in the order in which people read them: what is about people first, since that is most of them.
func Reasons() []Reason {
	var all []Reason
	for _, r := range cases.Reasons() {
		all = append(all, Reason(r))
	}
	return append(slices.DeleteFunc(all, func(r Reason) bool { return r == Reason(cases.ReasonForbidden) || r == Reason(cases.ReasonHidden) }),
		MemberUnknown, MemberInactive, CaseMissing, StatusUnknown, DateBad, BothChanged, SaidTwice, RowBroken, Reason(cases.ReasonHidden), Reason(cases.ReasonForbidden), Internal)
}

// result is what became of an object.
type result struct {
	object
	as     cases.Landed
	reason Reason // "" where it landed
	value  string // what the reason is about: what was said, or which fields

	caseID, namedID, number, title string
	private                        bool
}

// refused turns what a verb refuses into a result, and gives other errors back: a database that does not answer is no fault of the object's.
func (r *result) refused(err error) error {
	if err == nil {
		return nil
	}
	reason, ok := cases.ReasonOf(err)
	if !ok {
		if !errors.Is(err, fault.ErrNotFound) {
			return err
		}
		reason = cases.ReasonInvalid
	}
	said := fields(r.Said)
	if r.reason = Reason(reason); r.Kind == Members {
		r.reason, r.value = MemberInactive, said["member"] // the one reason for which nobody is added who is known
		return nil
	}
	switch reason {
	case cases.ReasonOwnerUnknown, cases.ReasonOwnerInactive:
		r.value = said["owner"]
	case cases.ReasonClientUnknown, cases.ReasonClientDiffers:
		r.value = said["client"]
	case cases.ReasonStageUnknown:
		r.value = said["stage"]
	case cases.ReasonDepartmentUnknown:
		r.value = said["department"]
	case cases.ReasonNumberTaken:
		r.value = said["number"]
	case cases.ReasonInvalid:
		var bad *fault.Invalid
		if errors.As(err, &bad) && len(bad.Fields) > 0 {
			name := strings.TrimPrefix(bad.Fields[0].Name, "client_")
			r.value = strings.TrimSuffix(name+" "+said[name], " ")
		}
	}
	return nil
}

// no refuses by a reason of ours.
func (r *result) no(reason Reason, value string) { r.reason, r.value = reason, value }
