package access

import (
	"slices"

	"chancery/app/audit"
	"chancery/app/fault"
)

// What an edit of a role or profile may not do.

// beyond notes under a field that it would grant what the actor does not hold.
func beyond(bad *fault.Invalid, field string, actor Actor, g grants) {
	for p := range g {
		if !actor.Rights.Can(p) {
			bad.Add(field, "access.beyond")
			return
		}
	}
}

// beyondTaken notes under a field that the edit would take what the actor does not hold.
func beyondTaken(bad *fault.Invalid, field string, actor Actor, lost grants) {
	for p := range lost {
		if slices.Contains(All(), p) && !actor.Rights.Can(p) {
			bad.Add(field, "access.beyond-taken")
			return
		}
	}
}

// stale is the conflict of a form that was filled in from an older state (B-16): what is stored now, of the fields in
// which the form differs from it. A form that says just what is stored is none.
func stale(filledIn, stored int64, differ []audit.Change) error {
	if filledIn == stored || len(differ) == 0 {
		return nil
	}
	c := &fault.Conflict{Current: map[string]string{}}
	for _, d := range differ {
		c.Current[d.Field] = d.After
	}
	return c
}

// checkPermissions are the permissions of a form, with those that are stored and that this program does not know: a
// newer one, which runs beside it while it is being replaced, does.
func checkPermissions(bad *fault.Invalid, was grants, list []Permission) grants {
	g := grantsOf(list)
	for p := range g {
		if !slices.Contains(All(), p) {
			bad.Add("permissions", "access.choose")
		}
	}
	for p := range was {
		if !slices.Contains(All(), p) {
			g[p] = struct{}{}
		}
	}
	return g
}
