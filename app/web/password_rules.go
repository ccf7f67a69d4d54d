package web

import "chancery/views"

// passwordRules is the checklist beneath a new password, which ticks itself off while one types: shared/_password-rules.
// It shows what the practice's policy asks for (C-3, S2-18); the verdict is signin's, which also knows common passwords
// and the names of the practice and the person.
type passwordRules struct {
	ID    string // of the list: the field says data-policy="ID"
	Same  string // id of the field that repeats it; "" where there is none
	Rules []passwordRule
}

// passwordRule is one line: a pattern in JavaScript's syntax, and what it asks for.
type passwordRule struct{ Pattern, Text string }

func newPasswordRules(l views.Locale, policy, id, same string) passwordRules {
	p := passwordRules{ID: id, Same: same}
	add := func(pattern, key string, pairs ...any) {
		p.Rules = append(p.Rules, passwordRule{pattern, l.T(message(key, pairs...))})
	}
	if policy == "length" {
		add(`^[\s\S]{15,}$`, "signin.rule-length", "Count", 15)
		return p
	}
	add(`^[\s\S]{8,}$`, "signin.rule-length", "Count", 8)
	add(`\p{Lu}`, "signin.rule-upper")
	add(`\p{Ll}`, "signin.rule-lower")
	add(`\p{Nd}`, "signin.rule-digit")
	add(`[@$!%*?&]`, "signin.rule-symbol")
	return p
}
