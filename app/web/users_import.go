package web

import (
	"fmt"
	"io"
	"strings"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"chancery/app/access"
	"chancery/app/fault"
	"chancery/app/staff"
	"chancery/views"
)

// A file of people takes three steps, each with a file of its own here: it is handed over (this one), what would come of
// it is shown (users_import_show.go), and it is asked for (users_import_update.go). What its words mean is in
// users_import_words.go.

// usersImportNewView is the form of a file with people.
type usersImportNewView struct {
	views.Page
	Errors    *views.Errors
	File      views.FieldError
	MayChange bool // people who are here
	Changing  bool // it was said that they may be changed
	Columns   []importColumn
	Roles     []string // names that the file may hold
	Rows      string   // how many at most
}

type importColumn struct {
	Name, Hint string
	Required   bool
}

// importKind is the kind of work that does what a file of people says.
const importKind = "import"

func (w *Web) usersImportNew(r *request) error {
	return w.renderImportNew(r, fiber.StatusOK, r.changing(r.Query("change")), problems{})
}

func (w *Web) renderImportNew(r *request, status int, changing bool, p problems) error {
	l := r.locale(w)
	v := usersImportNewView{
		Page: w.page(r, "import.title", "users"), Errors: p.summary, File: p.field("file"), Rows: l.Number(staff.ImportRows),
		MayChange: r.changing("yes"), Changing: changing,
	}
	for _, c := range staff.ImportColumns() {
		id := fieldID(c)
		v.Columns = append(v.Columns, importColumn{l.T(message("import.column." + id)), l.T(message("import.hint." + id)), c == "email" || c == "role" || c == "first_name" || c == "last_name"})
	}
	roles, err := w.Access.Roles(r.ctx)
	if err != nil {
		return err
	}
	for _, role := range roles {
		if !role.Super || r.cur.Rights.Super() {
			v.Roles = append(v.Roles, roleName(l, role.ID, role.Name))
		}
	}
	return w.render(r, status, "users/import/new", v)
}

// changing tells whether a file may change people who are here: when the box is ticked, by whom it is offered to. The
// verbs ask row by row what each change needs.
func (r *request) changing(ticked string) bool {
	return ticked == "yes" && (r.cur.Rights.Can(access.UsersEdit) || r.cur.Rights.Can(access.UsersDeactivate))
}

// usersImportCreate takes a file, and keeps it until it was shown what would come of it. Whether it may change people
// goes along in the address.
func (w *Web) usersImportCreate(r *request) error {
	f, err := r.parse()
	if err != nil {
		return err
	}
	changing := r.changing(f.get("change"))
	content, err := r.file("file", staff.ImportBytes)
	if err == nil {
		var rows []staff.ImportRow
		if rows, err = w.importRows(r, content, changing); err == nil && len(rows) > 0 {
			var id string
			if id, err = w.Work.Keep(r.ctx, r.actor(), importKind, string(content)); err == nil {
				return r.goTo(importPath(id, changing, "", 0))
			}
		}
	}
	p, ok := w.problems(r, err)
	if !ok {
		return err
	}
	return w.renderImportNew(r, p.status, changing, p)
}

// file is an uploaded file. One that is missing or too large is *fault.Invalid.
func (r *request) file(field string, most int64) ([]byte, error) {
	header, err := r.FormFile(field)
	if err != nil || header.Size == 0 {
		return nil, fault.Field1(field, "import.missing")
	}
	if header.Size > most {
		return nil, fault.Field1(field, "import.too-large")
	}
	file, err := header.Open()
	if err != nil {
		return nil, fmt.Errorf("uploaded file: %w", err)
	}
	defer func() { _ = file.Close() }()
	content, err := io.ReadAll(io.LimitReader(file, most+1))
	if err != nil {
		return nil, fmt.Errorf("uploaded file: %w", err)
	}
	return content, nil
}

// usersImportTemplateShow is an empty file with the columns' names in the reader's language.
func (w *Web) usersImportTemplateShow(r *request) error {
	l := r.locale(w)
	separator := ","
	if r.lang != "en" { // where the comma is the decimal sign, spreadsheets read semicolons
		separator = ";"
	}
	var names []string
	for _, c := range staff.ImportColumns() {
		if c != "full_name" { // it stands in for two others
			names = append(names, l.T(message("import.column."+fieldID(c))))
		}
	}
	return r.download("users.csv", "\ufeff"+strings.Join(names, separator)+"\r\n")
}

// newID is an id for something that a form will make, so that the form sent twice makes it once (B-15).
func newID() string { return uuid.Must(uuid.NewV7()).String() }

func validID(s string) bool { return len(s) == 36 && uuid.Validate(s) == nil }
