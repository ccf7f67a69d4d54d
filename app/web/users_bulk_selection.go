package web

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"net/url"
	"slices"
	"strings"

	"chancery/app/fault"
	"chancery/app/staff"
	"chancery/app/work"
)

// Who is selected: those that a form or an address names one by one, or all that the list's own question finds. The choice
// goes from page to page as fields, and is marked, so that nothing is done to people whom nobody was shown.

type hiddenField struct{ Name, Value string }

// addressForm is what a form said whose fields stand in the address.
func (r *request) addressForm() (form, error) {
	q, err := url.ParseQuery(string(r.Request().URI().QueryString()))
	if err != nil {
		return nil, errMalformed
	}
	return form(q), nil
}

// selection is the people that a form or an address means: those of its ids, or all that its search finds.
func (w *Web) selection(r *request, f form) ([]staff.Selected, error) {
	ids := f.ids()
	if f.get("all") != "" {
		var err error
		if ids, err = w.found(r, f); err != nil {
			return nil, err
		}
	}
	return w.Staff.Select(r.ctx, r.actor(), ids)
}

// ids are the people whom a form names one by one.
func (f form) ids() (ids []string) {
	for _, v := range f["id"] {
		ids = append(ids, strings.FieldsFunc(v, func(c rune) bool { return c == ',' || c == ' ' })...)
	}
	return ids
}

// mark says which people a selection held, so that another one is noticed.
func mark(people []staff.Selected) string {
	h := sha256.New()
	for i := range people {
		_, _ = h.Write([]byte(people[i].ID)) // a hash takes everything
	}
	return hex.EncodeToString(h.Sum(nil)[:12])
}

func items(people []staff.Selected) []work.Item {
	all := make([]work.Item, len(people))
	for i := range people {
		all[i] = work.Item{ObjectID: people[i].ID, Label: people[i].Name()}
	}
	return all
}

// listOf is the list that the selection was made in. Without script it is shown with the same people selected; with script
// the page knows them.
func listOf(r *request, f form, people []staff.Selected) (back, selected string) {
	if back = r.cameFrom(f); back == "" {
		back = usersPath
	}
	if f.get("all") != "" || len(people) > peopleSizes()[len(peopleSizes())-1] {
		return back, back
	}
	ids := make([]string, len(people))
	for i := range people {
		ids[i] = people[i].ID
	}
	return back, asking(back, "selected", strings.Join(ids, ","))
}

// hidden are the fields that say who is selected, to be sent on.
func hidden(f form) (fields []hiddenField) {
	if f.get("all") == "" {
		return []hiddenField{{"id", strings.Join(f["id"], ",")}}
	}
	for _, name := range slices.Sorted(maps.Keys(f)) {
		switch name {
		case "id", "kind", "value", "way", "successor", "successor_email", "reason", "run", "mark", "back", "_csrf", "_method":
			continue
		}
		for _, v := range f[name] {
			fields = append(fields, hiddenField{name, v})
		}
	}
	return fields
}

// found is the ids of all that the list's question finds.
func (w *Web) found(r *request, f form) (ids []string, err error) {
	q := w.usersQuery(r, f.get)
	err = w.Staff.Each(r.ctx, r.actor(), q.Query, func(rows []staff.Row) error {
		for i := range rows {
			ids = append(ids, rows[i].ID)
		}
		if len(ids) > work.ItemsMost {
			return fault.Refuse("run.too-many", "Max", work.ItemsMost)
		}
		return nil
	})
	return ids, err
}
