package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"chancery/app/fault"
	"chancery/app/staff"
	"chancery/app/work"
	"chancery/views"
)

// usersImportNewView is the form of a file with new colleagues.
type usersImportNewView struct {
	views.Page
	Errors  *views.Errors
	File    views.FieldError
	Columns []importColumn
	Roles   []string // names that the file may hold
	Rows    string   // how many at most
}

type importColumn struct {
	Name, Hint string
	Required   bool
}

// usersImportShowView says of each row what would come of it. Nothing is created yet.
type usersImportShowView struct {
	views.Page
	ID       string
	Run      string // id of the run to be: sent twice it is one
	Sentence string
	Numbers  []runNumber
	Create   string // what the button does, "" when there is nothing to do
	Lines    []importLine
	Tabs     []runTab
	Next     string
	Caption  string
	None     string
}

type importLine struct {
	Line        int
	Name, Email string
	URL         string
	State       status
	Reasons     []string
}

// importKind is the kind of work that creates colleagues from a file.
const importKind = "import"

func (w *Web) usersImportNew(r *request) error {
	return w.renderImportNew(r, fiber.StatusOK, problems{})
}

func (w *Web) renderImportNew(r *request, status int, p problems) error {
	l := r.locale(w)
	v := usersImportNewView{Page: w.page(r, "import.title", "users"), Errors: p.summary, File: p.field("file"), Rows: l.Number(staff.ImportRows)}
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

// usersImportCreate takes a file, and keeps it until it was shown what would come of it.
func (w *Web) usersImportCreate(r *request) error {
	content, err := r.file("file", staff.ImportBytes)
	if err == nil {
		var rows []staff.ImportRow
		if rows, err = w.importRows(r, content); err == nil && len(rows) > 0 {
			var id string
			if id, err = w.Work.Keep(r.ctx, r.actor(), importKind, string(content)); err == nil {
				return r.goTo("/users/import/" + id)
			}
		}
	}
	p, ok := w.problems(r, err)
	if !ok {
		return err
	}
	return w.renderImportNew(r, p.status, p)
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

func (w *Web) importRows(r *request, content []byte) ([]staff.ImportRow, error) {
	vocabulary, err := w.vocabulary(r)
	if err != nil {
		return nil, err
	}
	return staff.ParseImport(content, vocabulary)
}

// vocabulary is what a file's words mean: names as they read in any of the languages, and the ids themselves.
func (w *Web) vocabulary(r *request) (staff.Vocabulary, error) {
	v := staff.Vocabulary{Columns: map[string]string{}, Roles: map[string]string{}, Profiles: map[string]string{}, Languages: map[string]string{}}
	roles, err := w.Access.Roles(r.ctx)
	if err != nil {
		return v, err
	}
	profiles, err := w.Access.Profiles(r.ctx)
	if err != nil {
		return v, err
	}
	for _, lang := range views.Languages() {
		l := views.In(lang.Code, r.zone, w.Now())
		v.Languages[staff.Word(lang.Code)], v.Languages[staff.Word(lang.Name)] = lang.Code, lang.Code
		for _, c := range staff.ImportColumns() {
			v.Columns[staff.Word(c)], v.Columns[staff.Word(l.T(message("import.column."+fieldID(c))))] = c, c
		}
		for _, role := range roles {
			v.Roles[staff.Word(roleName(l, role.ID, role.Name))] = role.ID
		}
		for _, p := range profiles {
			v.Profiles[staff.Word(profileName(l, p.Name))] = p.ID
		}
	}
	for _, role := range roles { // what the practice calls it comes before what another is called elsewhere
		v.Roles[staff.Word(role.ID)], v.Roles[staff.Word(role.Name)] = role.ID, role.ID
	}
	for _, p := range profiles {
		v.Profiles[staff.Word(p.Name)] = p.ID
	}
	return v, nil
}

// importKept is what would come of a file that waits.
func (w *Web) importKept(r *request) ([]staff.ImportLine, error) {
	content, err := w.Work.Kept(r.ctx, r.actor(), importKind, r.Params("id"))
	if err != nil {
		return nil, err
	}
	rows, err := w.importRows(r, []byte(content))
	if err != nil {
		return nil, err
	}
	return w.Staff.PreviewImport(r.ctx, r.actor(), rows)
}

// importLinesMost is how many rows of a file one page shows.
const importLinesMost = 100

// usersImportShow is the dry run: what would come of each row, and why not (B-17).
func (w *Web) usersImportShow(r *request) error {
	lines, err := w.importKept(r)
	if err != nil {
		return err
	}
	return w.render(r, fiber.StatusOK, "users/import/show", w.usersImportView(r, lines))
}

func (w *Web) usersImportView(r *request, lines []staff.ImportLine) usersImportShowView {
	l, id := r.locale(w), r.Params("id")
	counts := map[staff.ImportState]int{}
	for i := range lines {
		counts[lines[i].State]++
	}
	v := usersImportShowView{
		Page: w.page(r, "import.show-title", "users"), ID: id, Run: newID(), Caption: l.T(message("import.caption")),
		Sentence: l.T(message("import.sentence", "Count", len(lines))),
	}
	if n := counts[staff.ImportCreate]; n > 0 {
		v.Create = l.T(message("import.confirm", "Count", n))
	}
	wanted, path := staff.ImportState(r.Query("state")), "/users/import/"+id
	v.Tabs = []runTab{{l.T(message("run.all")), path, wanted == ""}}
	for _, s := range []struct {
		state staff.ImportState
		key   string
	}{{staff.ImportCreate, "import.create"}, {staff.ImportSame, "import.same"}, {staff.ImportRefused, "import.refused"}} {
		v.Numbers = append(v.Numbers, runNumber{l.T(message(s.key)), l.Number(counts[s.state])})
		if counts[s.state] > 0 {
			v.Tabs = append(v.Tabs, runTab{l.T(message(s.key)), path + "?state=" + string(s.state), wanted == s.state})
		}
	}
	after, _ := strconv.Atoi(r.Query("after"))
	for i := range lines {
		line := &lines[i]
		if wanted != "" && line.State != wanted || line.Line <= after {
			continue
		}
		if len(v.Lines) == importLinesMost {
			v.Next = path + "?after=" + strconv.Itoa(v.Lines[len(v.Lines)-1].Line)
			if wanted != "" {
				v.Next += "&state=" + string(wanted)
			}
			break
		}
		v.Lines = append(v.Lines, w.importLine(l, line))
	}
	if len(v.Lines) == 0 {
		v.None = l.T(message("run.none"))
	}
	return v
}

func (w *Web) importLine(l views.Locale, line *staff.ImportLine) importLine {
	v := importLine{Line: line.Line, Name: line.Name, Email: line.Email, Reasons: w.reasons(l, reasonsOf(line))}
	if line.UserID != "" {
		v.URL = "/users/" + line.UserID
	}
	switch line.State {
	case staff.ImportCreate:
		v.State = status{"ok", l.T(message("import.create"))}
	case staff.ImportSame:
		v.State = status{"info", l.T(message("import.same"))}
	default:
		v.State = status{"failed", l.T(message("import.refused"))}
	}
	return v
}

func reasonsOf(line *staff.ImportLine) (reasons []work.Reason) {
	for _, f := range line.Faults {
		reasons = append(reasons, work.Reason{Field: f.Name, Message: f.Message})
	}
	return reasons
}

// usersImportUpdate asks for it: the rows that can be created are, one by one; the others stand in the result with the
// reason. Their lines' numbers are those of the file.
func (w *Web) usersImportUpdate(r *request) error {
	f, err := r.parse()
	if err != nil {
		return err
	}
	lines, err := w.importKept(r)
	if errors.Is(err, fault.ErrNotFound) && validID(f.get("run")) { // sent twice: the first has become the run
		if _, gone := w.Work.Get(r.ctx, r.actor(), f.get("run"), work.Page{}); gone == nil {
			return r.goTo("/runs/" + f.get("run"))
		}
	}
	if err != nil {
		return err
	}
	q := work.Request{ID: f.get("run"), Kind: importKind, Draft: r.Params("id")}
	if !validID(q.ID) {
		q.ID = ""
	}
	for i := range lines {
		item, err := importItem(&lines[i])
		if err != nil {
			return err
		}
		q.Items = append(q.Items, item)
	}
	id, err := w.Work.Ask(r.ctx, r.actor(), q)
	if err != nil {
		return err
	}
	return r.goTo("/runs/" + id)
}

func importItem(line *staff.ImportLine) (work.Item, error) {
	item := work.Item{ObjectID: line.UserID, Label: line.Email, Place: line.Line}
	if line.Name != "" {
		item.Label = strings.TrimSpace(line.Name + " <" + line.Email + ">")
	}
	switch line.State {
	case staff.ImportCreate:
		input, err := json.Marshal(line.New)
		if err != nil {
			return item, fmt.Errorf("row of an import: %w", err)
		}
		item.Input = string(input)
	case staff.ImportSame:
		same := work.Same()
		item.Known = &same
	default:
		item.Known = &work.Outcome{State: work.ItemRefused, Reasons: reasonsOf(line)}
	}
	return item, nil
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
