package web

import (
	"errors"
	"mime"
	"strings"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"

	"chancery/app/fault"
	"chancery/app/signin"
	"chancery/app/staff"
	"chancery/views"
)

// form is a request's form: its fields by name, as text. Only what a handler asks for by name is read (ASVS 8.2.3).
type form map[string][]string

// fieldsMax bounds how many fields a form may have.
const fieldsMax = 200

// parse reads a form. A body of another kind, or in another encoding than UTF-8, is 415; one that cannot be read, holds bytes that are no text, or too many
// fields is 400.
func (r *request) parse() (form, error) { return r.parseUpTo(fieldsMax) }

// parseUpTo is parse for a form that may have more fields than others.
func (r *request) parseUpTo(most int) (form, error) {
	kind, params, err := mime.ParseMediaType(r.Get(fiber.HeaderContentType))
	if err != nil && r.Get(fiber.HeaderContentType) != "" {
		return nil, errMedia
	}
	if charset := params["charset"]; charset != "" && !strings.EqualFold(charset, "utf-8") {
		return nil, errMedia
	}
	f := form{}
	switch kind {
	case fiber.MIMEApplicationForm:
		if !escapedWell(r.Body()) {
			return nil, errMalformed // the library would take it as it stands
		}
		args := r.Request().PostArgs()
		args.VisitAll(func(k, v []byte) { f.add(string(k), string(v)) })
		if len(f) == 0 && len(r.Body()) > 0 {
			return nil, errMalformed
		}
	case fiber.MIMEMultipartForm:
		m, err := r.MultipartForm()
		if err != nil {
			return nil, errMalformed
		}
		for k, vs := range m.Value {
			for _, v := range vs {
				f.add(k, v)
			}
		}
	case "":
		if len(r.Body()) > 0 {
			return nil, errMedia
		}
	default:
		return nil, errMedia
	}
	return f, f.check(most)
}

// escapedWell tells whether each % of an encoded form begins an octet, as browsers write it (WHATWG URL §5.2).
func escapedWell(body []byte) bool {
	hex := func(c byte) bool { return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F' }
	for i, c := range body {
		if c == '%' && (i+2 >= len(body) || !hex(body[i+1]) || !hex(body[i+2])) {
			return false
		}
	}
	return true
}

func (f form) add(name, value string) { f[name] = append(f[name], value) }

func (f form) check(most int) error {
	n := 0
	for name, values := range f {
		n += len(values)
		for _, v := range values {
			if !utf8.ValidString(name) || !utf8.ValidString(v) || strings.ContainsRune(v, 0) {
				return errMalformed
			}
		}
	}
	if n > most {
		return errMalformed
	}
	return nil
}

// get is the first value of a field, or "".
func (f form) get(name string) string {
	if v := f[name]; len(v) > 0 {
		return v[0]
	}
	return ""
}

// edit is a field's new value with what the form was filled in from (was_NAME), or nil when the form has no such field.
func (f form) edit(name string) *staff.Edit {
	v, ok := f[name]
	if !ok {
		return nil
	}
	e := &staff.Edit{Value: v[len(v)-1]}
	if was, ok := f["was_"+name]; ok {
		w := strings.ReplaceAll(was[0], "\r\n", "\n")
		e.Was = &w
	}
	return e
}

// problems is what a verb found wrong with a form, ready for its page: the status, the red summary and a message by
// field. ok is false when err is of no such kind and belongs to the error page. When to come back is said in the answer's head.
type problems struct {
	status  int
	summary *views.Errors
	fields  map[string]string
	current map[string]string // by field: what is stored now, for a conflict (B-16)
	texted  bool              // nothing is wrong: a PIN was sent, which the form now asks for (me_proof.go)
}

func (w *Web) problems(r *request, err error) (p problems, ok bool) {
	l := r.locale(w)
	p.fields = map[string]string{}
	var (
		invalid     *fault.Invalid
		conflict    *fault.Conflict
		refused     *fault.Refused
		many        *fault.TooMany
		unavailable *fault.Unavailable
	)
	if errors.Is(err, signin.ErrTexted) {
		p.status, p.texted = fiber.StatusUnprocessableEntity, true // nothing was saved yet
		return p, true
	}
	p.summary = &views.Errors{}
	r.comeBack(err)
	switch {
	case errors.As(err, &invalid):
		p.status = fiber.StatusUnprocessableEntity
		for _, f := range invalid.Fields {
			text := l.T(f.Message)
			p.fields[f.Name] = text
			p.summary.Fields = append(p.summary.Fields, views.FieldError{ID: fieldID(f.Name), Text: text})
		}
	case errors.As(err, &conflict):
		p.status = fiber.StatusConflict
		p.current = conflict.Current
		for _, name := range fieldOrder(conflict.Current) {
			text := l.T(message("form.conflict"))
			p.fields[name] = text
			p.summary.Fields = append(p.summary.Fields, views.FieldError{ID: fieldID(name), Text: text})
		}
	case errors.As(err, &refused):
		p.status = fiber.StatusUnprocessableEntity
		p.summary.Refused = l.T(refused.Message)
	case errors.As(err, &many):
		p.status = fiber.StatusTooManyRequests
		p.summary.Refused = l.T(many.Message)
	case errors.As(err, &unavailable):
		p.status = fiber.StatusServiceUnavailable
		p.summary.Refused = l.T(unavailable.Message)
	default:
		return p, false
	}
	return p, true
}

// reword says of a field that was refused why, in other words than its room's; "" leaves those.
func (p problems) reword(field, text string) {
	if text == "" || p.fields[field] == "" {
		return
	}
	p.fields[field] = text
	for i := range p.summary.Fields {
		if p.summary.Fields[i].ID == fieldID(field) {
			p.summary.Fields[i].Text = text
		}
	}
}

// fieldID is the id of a field's control: first_name → first-name.
func fieldID(name string) string { return strings.ReplaceAll(name, "_", "-") }
