package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"chancery/app/fault"
	"chancery/app/staff"
	"chancery/app/work"
)

// usersImportUpdate asks for what was shown: the rows that can be done are, one by one; the others stand in the result
// with the reason. Their lines' numbers are those of the file. What was shown and is not so any more is shown again, and a
// third Super Admin has to be confirmed first.
func (w *Web) usersImportUpdate(r *request) error {
	f, err := r.parse()
	if err != nil {
		return err
	}
	changing := r.changing(f.get("change"))
	kept, err := w.importKept(r, changing)
	if errors.Is(err, fault.ErrNotFound) && validID(f.get("run")) { // sent twice: the first has become the run
		if _, gone := w.Work.Get(r.ctx, r.actor(), f.get("run"), work.Page{}); gone == nil {
			return r.goTo("/runs/" + f.get("run"))
		}
	}
	if err != nil {
		return err
	}
	switch mark, err := importMark(kept.Lines); {
	case err != nil:
		return err
	case f.get("mark") != mark:
		return w.renderImport(r, fiber.StatusConflict, changing, kept, r.locale(w).T(message("import.changed")), problems{})
	}
	risky := func(l staff.ImportLine) bool { return l.Risk != nil }
	if slices.ContainsFunc(kept.Lines, risky) && f.get("confirmed") != "yes" {
		p, _ := w.problems(r, fault.Field1("confirmed", "import.confirm-supers"))
		return w.renderImport(r, p.status, changing, kept, "", p)
	}
	q := work.Request{ID: f.get("run"), Kind: importKind, Draft: r.Params("id")}
	if !validID(q.ID) {
		q.ID = ""
	}
	for i := range kept.Lines {
		item, err := importItem(&kept.Lines[i])
		if err != nil {
			return err
		}
		q.Items = append(q.Items, item)
	}
	id, err := w.Work.Ask(r.ctx, r.actor(), q)
	if wantsProof(err) {
		next := "/users/import/" + r.Params("id")
		if changing {
			next = asking(next, "change", "yes")
		}
		return w.toPlainProof(r, next)
	}
	if err != nil {
		return err
	}
	return r.goTo("/runs/" + id)
}

// importItem is a row as the run does it (signin.Kinds).
func importItem(line *staff.ImportLine) (work.Item, error) {
	item := work.Item{ObjectID: line.UserID, Label: line.Email, Place: line.Line}
	if line.Name != "" {
		item.Label = strings.TrimSpace(line.Name + " <" + line.Email + ">")
	}
	var input any
	switch line.State {
	case staff.ImportCreate:
		input = line.New
	case staff.ImportUpdate:
		input = staff.ImportChange{Changes: line.Changes, Confirmed: line.Risk != nil}
	case staff.ImportSame:
		same := work.Same()
		item.Known = &same
		return item, nil
	default:
		item.Known = &work.Outcome{State: work.ItemRefused, Reasons: reasonsOf(line.Faults)}
		return item, nil
	}
	b, err := json.Marshal(input)
	if err != nil {
		return item, fmt.Errorf("row of an import: %w", err)
	}
	item.Input = string(b)
	return item, nil
}
