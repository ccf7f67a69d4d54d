package access

import "chancery/app/fault"

// What a manifest states is judged here by the rules of the verbs, before anything is written: see declared.

// StatedName is the name of a role or profile as it would be stored; what is wrong with it is noted in bad.
func StatedName(bad *fault.Invalid, value string) string { return checkName(bad, value) }

// StatedSummary is the same of what it is for.
func StatedSummary(bad *fault.Invalid, value string) string { return checkSummary(bad, value) }
