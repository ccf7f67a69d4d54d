package web

import "chancery/views"

// entry is a field's part in a form: the value typed, or the stored one in a fresh form; what the form was filled in
// from; what is wrong. After a conflict the form is filled in from what is stored now, so that saving it once more is a
// choice between two values that were both seen (B-16).
type entry struct {
	Value, Was string
	Error      views.FieldError
	Stored     string
}

func (p problems) entry(l views.Locale, typed form, key, stored string, say func(string) string) entry {
	e := entry{Value: stored, Was: stored, Error: views.FieldError{ID: fieldID(key), Text: p.fields[key]}}
	if v, ok := typed[key]; ok {
		e.Value = v[len(v)-1]
	}
	if was, ok := typed["was_"+key]; ok {
		e.Was = was[0]
	}
	if now, ok := p.current[key]; ok {
		e.Was, e.Stored = now, say(now)
		if e.Stored == "" {
			e.Stored = l.T(message("form.stored-none"))
		}
	}
	return e
}

// only is the form without the fields of other names.
func (f form) only(names ...string) form {
	out := form{}
	for _, name := range names {
		for _, n := range []string{name, "was_" + name} {
			if v, ok := f[n]; ok {
				out[n] = v
			}
		}
	}
	return out
}
