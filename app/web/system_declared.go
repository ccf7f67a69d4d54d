package web

import (
	"net/url"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"chancery/app/access"
	"chancery/app/declared"
	"chancery/views"
)

const (
	systemDeclaredAt = "/system/declared"
	// declaredShown is how many objects a page shows.
	declaredShown = 40
)

// systemDeclaredIndexView is what manifests declare, whether it is so, and what had drifted (B-3).
type systemDeclaredIndexView struct {
	views.Page
	Errors        *views.Errors
	Sources       []unreadSource
	States        []choice
	Any           bool // something narrows it
	Rows          []declaredRow
	Older, Newest string // addresses, or ""
}

// unreadSource is a source that cannot be read, or from which more people have gone than may leave unasked.
type unreadSource struct {
	Title    string
	Problems []string // in the words of the reader of manifests, which are English
	Hint     string   // what is to be done, or ""
	Since    views.Time
}

// declaredRow is one object, and what may be done about it: addresses, or "".
type declaredRow struct {
	Ref, Called, URL, Source string
	State                    status
	Reasons                  []string
	Drift                    string // "" for never
	DriftAt                  views.Time
	PausedBy                 string
	Pause, Resume            string
}

// systemDeclaredIndex is the list.
func (w *Web) systemDeclaredIndex(r *request) error {
	return w.renderDeclared(r, problems{status: fiber.StatusOK})
}

func (w *Web) renderDeclared(r *request, p problems) error {
	v := systemDeclaredIndexView{Page: w.page(r, "declared.title", "system"), Errors: p.summary}
	v.Notice = w.said(r, "declared.", "paused", "resumed")
	l := r.locale(w)
	f, err := w.Declared.Figures(r.ctx, r.actor())
	if err != nil {
		return err
	}
	for _, s := range f.Sources {
		one := unreadSource{Title: sourceTitle(l, &s), Since: l.Time(s.Since)}
		if s.Problems != "" {
			one.Problems = strings.Split(s.Problems, "\n")
		} else {
			one.Hint = l.T(message("declared.many-gone-hint", "Source", s.Source))
		}
		v.Sources = append(v.Sources, one)
	}
	q := declared.Query{Limit: declaredShown}
	wanted := url.Values{}
	for _, s := range declared.States() {
		chosen := r.Query("state") == s
		v.States = append(v.States, choice{s, l.T(message("declared.state-" + s)), chosen})
		if chosen {
			q.State = s
			wanted.Set("state", s)
		}
	}
	v.Any = len(wanted) > 0
	at := func() string {
		if len(wanted) == 0 {
			return systemDeclaredAt
		}
		return systemDeclaredAt + "?" + wanted.Encode()
	}
	if before := r.Query("before"); validID(before) {
		v.Newest, q.Before = at(), before
	}
	all, more, err := w.Declared.Objects(r.ctx, r.actor(), q)
	if err != nil {
		return err
	}
	for i := range all {
		v.Rows = append(v.Rows, w.declaredRow(r, l, &all[i]))
	}
	if more {
		wanted.Set("before", all[len(all)-1].ID)
		v.Older = at()
	}
	return w.render(r, p.status, "system/declared/index", v)
}

// sourceTitle says in one line what is wrong with a source.
func sourceTitle(l views.Locale, s *declared.Source) string {
	if s.Problems != "" {
		return l.T(message("declared.unread", "Source", s.Source))
	}
	return l.T(message("declared.many-gone", "Source", s.Source, "Leaving", s.Leaving, "Whole", s.Whole))
}

// declaredStatus is how a state looks.
var declaredStatus = map[string]string{"applied": "ok", "refused": "failed", "leaving": "failed", "paused": "waiting", "released": "inactive"}

func (w *Web) declaredRow(r *request, l views.Locale, o *declared.Object) declaredRow {
	row := declaredRow{Ref: declared.Ref(o.Kind, o.Name), Called: o.Called, Source: o.Source, State: status{declaredStatus[o.State], l.T(message("declared.state-" + o.State))}, PausedBy: o.PausedBy}
	switch {
	case o.Resumed():
		row.State = status{"waiting", l.T(message("declared.state-resumed"))}
	case o.Missing():
		row.State = status{"failed", l.T(message("declared.state-missing"))}
	}
	switch {
	case o.ObjectID == "":
	case o.Kind == "user" && r.cur.Rights.Can(access.UsersView):
		row.URL = "/users/" + o.ObjectID
	case o.Kind == "role" && r.cur.Rights.Can(access.RolesView):
		row.URL = "/roles/" + o.ObjectID
	case o.Kind == "profile" && r.cur.Rights.Can(access.RolesView):
		row.URL = "/profiles/" + o.ObjectID
	}
	for _, reason := range o.Reasons {
		text := l.T(reason.Message)
		if reason.Field != "" {
			text = l.T(message("declared.reason", "Field", declaredField(l, reason.Field), "Text", text))
		}
		row.Reasons = append(row.Reasons, text)
	}
	if !o.DriftedAt.IsZero() {
		fields := make([]string, len(o.Drift))
		for i, f := range o.Drift {
			fields[i] = declaredField(l, f)
		}
		row.Drift, row.DriftAt = l.T(message("declared.drift", "Fields", strings.Join(fields, ", "))), l.Time(o.DriftedAt)
	}
	if !r.cur.Rights.Can(access.SystemOperate) || o.State == "released" {
		return row
	}
	if o.PausedBy == "" && !o.HeldThere() {
		row.Pause = systemDeclaredAt + "/" + o.ID + "/pause"
	}
	if o.PausedBy != "" {
		row.Resume = systemDeclaredAt + "/" + o.ID + "/pause"
	}
	return row
}

// fixRights locks all boxes of permissions that are a manifest's; what is chosen is sent all the same.
func fixRights(groups []rightGroup) {
	for _, g := range groups {
		for i := range g.Rows {
			if row := &g.Rows[i]; !row.Locked {
				row.Locked, row.Own = true, row.Chosen
			}
		}
	}
}

// declaredOf says of a thing which of its fields are a manifest's, and of which source: in one line for above its form, "" where none is, and of each field
// by its name.
func (w *Web) declaredOf(r *request, kind, id string) (note string, fixed map[string]string, err error) {
	owner, err := w.Staff.Owner(r.ctx, kind, id)
	if err != nil || len(owner.Fields) == 0 {
		return "", nil, err
	}
	l := r.locale(w)
	fixed = map[string]string{}
	fields := make([]string, len(owner.Fields))
	for i, f := range owner.Fields {
		fixed[f], fields[i] = lockedBy(l, owner, f), declaredField(l, f)
	}
	return l.T(message("declared.locked-fields", "Source", owner.Source, "Fields", strings.Join(fields, ", "))), fixed, nil
}

// wholly tells whether all of the fields are a manifest's.
func wholly(fixed map[string]string, fields ...string) bool {
	return !slices.ContainsFunc(fields, func(f string) bool { return fixed[f] == "" })
}

// declaredMark says in a list that a manifest declares something.
func declaredMark(l views.Locale, source string) string {
	return l.T(message("declared.mark", "Source", source))
}

// declaredField is what a field is called.
func declaredField(l views.Locale, field string) string {
	switch field {
	case "summary", "parent", "permissions": // of a role or profile, as their forms have it; the history says it otherwise
		return l.T(message("rights." + field))
	case "password": // of a new person
		return l.T(message("declared.field-password"))
	}
	return called(l, message("audit.field."+strings.ReplaceAll(field, "_", "-")), field)
}

// systemDeclaredPauseCreate leaves an object alone.
func (w *Web) systemDeclaredPauseCreate(r *request) error {
	return w.declaredTurn(r, "paused", w.Declared.Pause(r.ctx, r.actor(), r.Params("id")))
}

// systemDeclaredPauseDelete takes it up again.
func (w *Web) systemDeclaredPauseDelete(r *request) error {
	return w.declaredTurn(r, "resumed", w.Declared.Resume(r.ctx, r.actor(), r.Params("id")))
}

func (w *Web) declaredTurn(r *request, notice string, err error) error {
	if err == nil {
		return r.goTo(systemDeclaredAt + "?notice=" + notice)
	}
	p, ok := w.problems(r, err)
	if !ok {
		return err
	}
	return w.renderDeclared(r, p)
}

// loopOf is the reconciler that reads a source.
var loopOf = map[string]string{"directory": "manifests", "cluster": "cluster"}

// systemDeclared adds to the System page what is declared and not so, where anything is.
func (w *Web) systemDeclared(r *request, l views.Locale, v *systemShowView) error {
	f, err := w.Declared.Figures(r.ctx, r.actor())
	if err != nil {
		return err
	}
	for _, s := range f.Sources {
		v.Needs = append(v.Needs, systemNeed{sourceTitle(l, &s), systemDeclaredAt})
		for i := range v.Loops {
			if loop := &v.Loops[i]; s.Problems != "" && loop.Name == loopOf[s.Source] {
				loop.State = status{"failed", l.T(message("declared.loop-unread"))}
			}
		}
	}
	if n := f.Of["refused"] + f.Of["leaving"] + f.Of[declared.Missing]; n > 0 {
		at := systemDeclaredAt + "?state=refused"
		if n > f.Of["refused"] {
			at = systemDeclaredAt // they are of two states
		}
		v.Needs = append(v.Needs, systemNeed{l.T(message("declared.need-refused", "Count", n)), at})
	}
	if n := f.Of["applied"] + f.Of["paused"] + f.Of["refused"] + f.Of["leaving"] + f.Of[declared.Missing]; n > 0 {
		v.Facts = append(v.Facts, systemFact{l.T(message("declared.title")), l.Number(n), l.T(message("declared.count-as-stated", "Count", f.Of["applied"], "Paused", f.Of["paused"])), systemDeclaredAt})
	}
	return nil
}
