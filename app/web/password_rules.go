package web

import (
	"regexp"

	"chancery/app/staff"
	"chancery/views"
)

// passwordRules is the checklist beneath a new password, which ticks itself off while one types: shared/_password-rules.
// It shows what the practice's policy asks for (C-3, S2-18), and, by asking the server (password_checks.go), whether the
// password is common or holds a name. The verdict is signin's.
type passwordRules struct {
	ID    string // of the list: the field says data-policy="ID"
	Same  string // id of the field that repeats it; "" where there is none
	Rules []passwordRule
	Whose whose

	SameRefused, GuessRefused bool // of a form that was refused, see judge
}

// whose password it is to be. The zero value is the person who is signed in; with Form the names are those that the form's
// own fields say, without it the ones given here.
type whose struct {
	Other, Form                             bool
	FirstName, LastName, DisplayName, Email string
}

// passwordRule is one line: a pattern in JavaScript's syntax, and what it asks for.
type passwordRule struct {
	Pattern, Text string
	Refused       bool
}

func newPasswordRules(l views.Locale, policy, id, same string) passwordRules {
	p := passwordRules{ID: id, Same: same}
	add := func(pattern, key string, pairs ...any) {
		p.Rules = append(p.Rules, passwordRule{Pattern: pattern, Text: l.T(message(key, pairs...))})
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

// judge marks what a password of a refused form did not meet. The field comes back empty, so that nothing else could say
// it; of a form without a password there is nothing to say.
func (p *passwordRules) judge(w *Web, password, again string, org *staff.Organization, who *staff.User) {
	if password == "" {
		return
	}
	for i := range p.Rules {
		p.Rules[i].Refused = !regexp.MustCompile(p.Rules[i].Pattern).MatchString(password)
	}
	p.SameRefused = p.Same != "" && password != again
	_, p.GuessRefused = w.Signin.Guessable(password, org, who)
}
