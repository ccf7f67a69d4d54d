package web

import (
	"maps"
	"net/url"
	"slices"

	"github.com/gofiber/fiber/v2"

	"chancery/app/fault"
	"chancery/app/staff"
	"chancery/app/work"
	"chancery/views"
)

// usersBulkNewView says what would come of doing something to many people at once, row by row, before it is asked for.
type usersBulkNewView struct {
	views.Page
	Heading   string
	Sentence  string
	Error     string // why there is nothing to show
	Errors    *views.Errors
	Kinds     []choice
	Values    []choice // roles or departments
	ValueName string
	Leave     *bulkSuccession // of those who leave; nil for other kinds
	Selection []hiddenField
	Ready     bool
	Run       string
	Mark      string // of the people it was shown for
	Numbers   []runNumber
	Effects   *effectsView // what a role changes in rights (B-11)
	Lines     []bulkLine
	Caption   string
	Confirm   string
	Danger    bool
	Back      string // the list's address
	BackURL   string // the same with those who are selected
}

// bulkLine is a person and what would come of it for them: what would be so, from what it is.
type bulkLine struct {
	runLine
	Before, After string
	Effect        string // what it would change in their rights
}

// bulkKind is something that can be done to many people at once: its name, and whether it takes a value.
type bulkKind struct {
	name   string
	value  string // "role", "department", or ""
	danger bool
}

// bulkKinds are those that the list of users leads to, in the order in which it shows them.
func bulkKinds() []bulkKind {
	return []bulkKind{
		{"role", "role", false}, {"department", "department", false}, {"invitation", "", false}, {"sign-out", "", true}, {"deactivation", "", true},
	}
}

// usersBulkNew is the dry run: what would come of each of the people that were selected, by their ids or as all that a
// search of the list finds. It does the very act and takes it back.
func (w *Web) usersBulkNew(r *request) error {
	f, err := r.addressForm()
	if err != nil {
		return err
	}
	return w.renderBulk(r, fiber.StatusOK, f, problems{})
}

// usersBulkCreate asks for it, for those very people that the dry run was shown for: when the search finds others now, it
// is shown again.
func (w *Web) usersBulkCreate(r *request) error {
	f, err := r.parse()
	if err != nil {
		return err
	}
	people, err := w.selection(r, f)
	if err != nil {
		return err
	}
	if f.get("mark") != mark(people) {
		changed := problems{summary: &views.Errors{Refused: r.locale(w).T(message("bulk.changed"))}}
		return w.renderBulk(r, fiber.StatusConflict, f, changed)
	}
	kind := bulkKindOf(f.get("kind"))
	if kind == nil {
		return fault.ErrNotFound
	}
	input, err := w.bulkInput(r, kind, people, f)
	if p, ok := w.problems(r, err); err != nil && ok {
		return w.renderBulk(r, p.status, f, p)
	}
	if err != nil {
		return err
	}
	q := work.Request{Kind: kind.name, Input: input, Items: items(people)}
	if validID(f.get("run")) {
		q.ID = f.get("run")
	}
	id, err := w.Work.Ask(r.ctx, r.actor(), q)
	if wantsProof(err) {
		f["_csrf"], f["mark"], f["run"] = nil, nil, nil
		return w.toPlainProof(r, localOr("/users/bulk/new?"+url.Values(f).Encode(), "/users"))
	}
	if err != nil {
		return err
	}
	return r.goTo("/runs/" + id + "?notice=asked")
}

func bulkKindOf(name string) *bulkKind {
	all := bulkKinds()
	if i := slices.IndexFunc(all, func(k bulkKind) bool { return k.name == name }); i >= 0 {
		return &all[i]
	}
	return nil
}

func (w *Web) renderBulk(r *request, status int, f form, p problems) error {
	l := r.locale(w)
	people, err := w.selection(r, f)
	if err != nil {
		return err
	}
	v := usersBulkNewView{
		Page: w.page(r, "bulk.title", "users"), Heading: l.T(message("bulk.title")), Errors: p.summary, Caption: l.T(message("bulk.caption")),
		Sentence: l.T(message("bulk.selected", "Count", len(people))), Selection: hidden(f), Run: newID(), Mark: mark(people),
	}
	v.Back, v.BackURL = listOf(r, f, people)
	for _, k := range bulkKinds() {
		if w.Work.Knows(r.actor(), k.name) {
			v.Kinds = append(v.Kinds, choice{k.name, l.T(message("bulk.kind." + k.name)), k.name == f.get("kind")})
		}
	}
	kind := bulkKindOf(f.get("kind"))
	if f, err = w.settled(r, f); err != nil {
		return err
	}
	switch {
	case len(people) == 0:
		v.Error = l.T(message("bulk.nobody"))
		if status == fiber.StatusOK {
			status = fiber.StatusUnprocessableEntity
		}
		return w.answerBulk(r, status, v)
	case kind == nil && f.get("kind") != "":
		return fault.ErrNotFound
	case kind == nil:
		return w.answerBulk(r, status, v)
	}
	v.Heading, v.Danger = l.T(message("bulk.kind."+kind.name)), kind.danger
	if err := w.bulkValues(r, kind, f, &v); err != nil {
		return err
	}
	if _, chosen := f["value"]; chosen {
		if of := r.workOf(l, kind.name, f.get("value"), len(people)); of != "" {
			v.Heading = of
		}
	}
	v.Title = v.Heading
	if p, status, err = w.bulkRows(r, kind, people, f, p, status, &v); err != nil {
		return err
	}
	if kind.name == "deactivation" {
		if v.Leave, err = w.bulkSuccession(r, l, people, f, p); err != nil {
			return err
		}
	}
	return w.answerBulk(r, status, v)
}

// answerBulk answers with the page. With script the header has the token; without it in the form the answer, which names a
// hundred people, may be compressed.
func (w *Web) answerBulk(r *request, status int, v usersBulkNewView) error {
	if !r.fragment() {
		return w.render(r, status, "users/bulk/new", v)
	}
	v.CSRF = ""
	if err := w.render(r, status, "users/bulk/new", v); err != nil {
		return err
	}
	r.compress()
	return nil
}

// bulkRows fills in the dry run, or what is wrong with the choices that it needs.
func (w *Web) bulkRows(r *request, kind *bulkKind, people []staff.Selected, f form, p problems, status int, v *usersBulkNewView) (problems, int, error) {
	if kind.value != "" && !slices.ContainsFunc(v.Values, func(c choice) bool { return c.Chosen && c.Value != unchosen }) {
		return p, status, nil // nothing is chosen, or what was is another kind's
	}
	tried := maps.Clone(f)
	delete(tried, "reason") // of which nothing depends, and which may be what is wrong
	input, err := w.bulkInput(r, kind, people, tried)
	if err == nil {
		err = w.bulkTrial(r, kind, people, input, v)
	}
	if err == nil {
		v.Ready = true
		return p, status, nil
	}
	found, ok := w.problems(r, err)
	if !ok {
		return p, status, err
	}
	if v.Errors = found.summary; found.summary.Refused != "" {
		v.Error, v.Errors = found.summary.Refused, nil
	}
	return found, found.status, nil
}

// unchosen is the value of a list in which nothing was chosen yet, where "" is one of the choices.
const unchosen = "-"

func (w *Web) bulkValues(r *request, kind *bulkKind, f form, v *usersBulkNewView) error {
	l, chosen := r.locale(w), f.get("value")
	if _, ok := f["value"]; !ok {
		chosen = unchosen
	}
	switch kind.value {
	case "role":
		v.ValueName = l.T(message("users.role"))
		roles, err := w.Access.Roles(r.ctx)
		if err != nil {
			return err
		}
		for _, role := range roles {
			if !role.Super || r.cur.Rights.Super() {
				v.Values = append(v.Values, choice{role.ID, roleName(l, role.ID, role.Name), role.ID == chosen})
			}
		}
	case "department":
		v.ValueName = l.T(message("users.department"))
		departments, err := w.Staff.Departments(r.ctx)
		if err != nil {
			return err
		}
		v.Values = append(v.Values, choice{"", l.T(message("users.no-department")), chosen == ""})
		for _, d := range departments {
			v.Values = append(v.Values, choice{d.ID, d.Name, d.ID == chosen})
		}
	default:
		return nil
	}
	v.Values = append([]choice{{unchosen, l.T(message("users.choose")), chosen == unchosen}}, v.Values...)
	return nil
}

// bulkTrial is what would come of it: each of the first hundred rows, and how many of them.
func (w *Web) bulkTrial(r *request, kind *bulkKind, people []staff.Selected, value string, v *usersBulkNewView) error {
	l := r.locale(w)
	trials, err := w.Work.Try(r.ctx, r.actor(), work.Request{Kind: kind.name, Input: value, Items: items(people)})
	if err != nil {
		return err
	}
	counts := map[work.ItemState]int{}
	changes, err := w.bulkChanges(r, kind, value)
	if err != nil {
		return err
	}
	for i, t := range trials {
		counts[t.State]++
		line := bulkLine{runLine: runLine{Label: t.Label, URL: "/users/" + t.Item.ObjectID, State: trialStatus(l, t.State), Reasons: w.reasons(l, t.Reasons)}}
		if t.State == work.ItemDone {
			changes.of(l, &people[i], &line)
		}
		v.Lines = append(v.Lines, line)
	}
	v.Effects = changes.effects(l, people, trials)
	for _, n := range []struct {
		state work.ItemState
		key   string
	}{{work.ItemDone, "bulk.would"}, {work.ItemSame, "run.same"}, {work.ItemRefused, "bulk.would-not"}} {
		v.Numbers = append(v.Numbers, runNumber{l.T(message(n.key)), l.Number(counts[n.state])})
	}
	if len(people) > len(trials) {
		v.Sentence += " " + l.T(message("bulk.first", "Count", len(trials)))
	}
	if counts[work.ItemDone] > 0 || len(people) > len(trials) {
		v.Confirm = l.T(message("bulk.confirm."+kind.name, "Count", len(people)-counts[work.ItemRefused]-counts[work.ItemSame]))
	}
	return nil
}

func trialStatus(l views.Locale, s work.ItemState) status {
	switch s {
	case work.ItemDone:
		return status{"ok", l.T(message("bulk.would"))}
	case work.ItemSame:
		return status{"info", l.T(message("run.item-same"))}
	}
	return status{"failed", l.T(message("bulk.would-not"))}
}
