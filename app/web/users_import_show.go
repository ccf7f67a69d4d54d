package web

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"chancery/app/audit"
	"chancery/app/fault"
	"chancery/app/staff"
	"chancery/app/work"
	"chancery/views"
)

// usersImportShowView says of each row what would come of it. Nothing is done yet.
type usersImportShowView struct {
	views.Page
	Errors   *views.Errors
	Error    string // why it has to be looked at again
	Action   string // where the form goes
	Changing bool   // people who are here may be changed
	Run      string // id of the run to be: sent twice it is one
	Mark     string // of what is shown
	Sentence string
	LeftOut  string // columns that say nothing an import could take
	Numbers  []runNumber
	Confirm  string // what the button does, "" when there is nothing to do
	Creates  bool
	Risk     *importRisk
	Lines    []importLine
	Tabs     []runTab
	Another  string // where another file is handed over
	Next     string
	Caption  string
	None     string
}

// importRisk is what has to be confirmed: Super Admins beyond those who are meant to be (S1-30, S1-32).
type importRisk struct {
	Text, Rows string
	Confirmed  views.FieldError
}

type importLine struct {
	Line        int
	Name, Email string
	URL         string
	State       status
	Fields      []historyField // what would be so, from what it is
	Risk        bool
	Reasons     []string
}

// usersImportShow is the dry run: what would come of each row, and why not (B-17).
func (w *Web) usersImportShow(r *request) error {
	changing := r.changing(r.Query("change"))
	kept, err := w.importKept(r, changing)
	if err != nil {
		return err
	}
	return w.renderImport(r, fiber.StatusOK, changing, kept, "", problems{})
}

// importKept is what would come of a file that waits.
func (w *Web) importKept(r *request, changing bool) (*staff.Import, error) {
	content, err := w.Work.Kept(r.ctx, r.actor(), importKind, r.Params("id"))
	if err != nil {
		return nil, err
	}
	vocabulary, err := w.vocabulary(r)
	if err != nil {
		return nil, err
	}
	rows, err := staff.ParseImport([]byte(content), vocabulary, changing)
	if err != nil {
		return nil, err
	}
	kept, err := w.Staff.PreviewImport(r.ctx, r.actor(), rows, changing)
	if err == nil {
		kept.LeftOut = staff.LeftOut([]byte(content), vocabulary)
	}
	return kept, err
}

// importPath is the address of a file's dry run: of rows of a state, after a line.
func importPath(id string, changing bool, state staff.ImportState, after int) string {
	q := url.Values{}
	if changing {
		q.Set("change", "yes")
	}
	if state != "" {
		q.Set("state", string(state))
	}
	if after > 0 {
		q.Set("after", strconv.Itoa(after))
	}
	if len(q) == 0 {
		return "/users/import/" + id
	}
	return "/users/import/" + id + "?" + q.Encode()
}

// importMark says what a dry run has shown, so that nothing else is done than that: somebody may have changed what a row
// is about since.
func importMark(lines []staff.ImportLine) (string, error) {
	h := sha256.New()
	for i := range lines {
		l := &lines[i]
		b, err := json.Marshal([]any{l.Line, l.Email, l.State, l.UserID, l.Changes, l.Risk != nil})
		if err != nil {
			return "", fmt.Errorf("mark of an import: %w", err)
		}
		_, _ = h.Write(b) // a hash takes everything
	}
	return hex.EncodeToString(h.Sum(nil)[:12]), nil
}

// importLinesMost is how many rows of a file one page shows.
const importLinesMost = 100

// importStates are the states of rows, in the order in which the page counts them.
var importStates = [...]struct {
	state     staff.ImportState
	key, look string
}{
	{staff.ImportCreate, "import.create", "ok"}, {staff.ImportUpdate, "import.change", "ok"},
	{staff.ImportSame, "import.same", "info"}, {staff.ImportRefused, "import.refused", "failed"},
}

func (w *Web) renderImport(r *request, status int, changing bool, kept *staff.Import, why string, p problems) error {
	l, id, lines := r.locale(w), r.Params("id"), kept.Lines
	mark, err := importMark(lines)
	if err != nil {
		return err
	}
	v := usersImportShowView{
		Page: w.page(r, "import.show-title", "users"), Errors: p.summary, Error: why, Action: "/users/import/" + id, Changing: changing, Run: newID(), Mark: mark,
		Caption: l.T(message("import.caption")), Sentence: l.T(message("import.sentence", "Count", len(lines))), Another: "/users/import/new",
		Risk: importRiskOf(l, lines, p),
	}
	if len(kept.LeftOut) > 0 {
		v.LeftOut = l.T(message("import.left-out", "Names", strings.Join(kept.LeftOut, ", ")))
	}
	if changing {
		v.Another += "?change=yes"
	}
	wanted, counts := staff.ImportState(r.Query("state")), map[staff.ImportState]int{}
	for i := range lines {
		counts[lines[i].State]++
	}
	v.Creates, v.Confirm = counts[staff.ImportCreate] > 0, importConfirm(l, counts)
	v.Tabs = []runTab{{l.T(message("run.all")), importPath(id, changing, "", 0), wanted == ""}}
	for _, s := range importStates {
		if s.state == staff.ImportUpdate && !changing {
			continue
		}
		v.Numbers = append(v.Numbers, runNumber{l.T(message(s.key)), l.Number(counts[s.state])})
		if counts[s.state] > 0 {
			v.Tabs = append(v.Tabs, runTab{l.T(message(s.key)), importPath(id, changing, s.state, 0), wanted == s.state})
		}
	}
	after, _ := strconv.Atoi(r.Query("after"))
	words := historian{w, r, l, kept.Names}
	for i := range lines {
		line := &lines[i]
		if wanted != "" && line.State != wanted || line.Line <= after {
			continue
		}
		if len(v.Lines) == importLinesMost {
			v.Next = importPath(id, changing, wanted, v.Lines[len(v.Lines)-1].Line)
			break
		}
		v.Lines = append(v.Lines, w.importLine(words, line))
	}
	if len(v.Lines) == 0 {
		v.None = l.T(message("run.none"))
	}
	return w.render(r, status, "users/import/show", v)
}

// importConfirm is what the button does, or "" when there is nothing to do.
func importConfirm(l views.Locale, counts map[staff.ImportState]int) string {
	create, change := counts[staff.ImportCreate], counts[staff.ImportUpdate]
	switch {
	case create == 0 && change == 0:
		return ""
	case change == 0:
		return l.T(message("import.confirm", "Count", create))
	case create == 0:
		return l.T(message("import.confirm-change", "Count", change))
	}
	return l.T(message("import.confirm-both", "Create", l.T(message("import.confirm", "Count", create)), "Count", change))
}

func importRiskOf(l views.Locale, lines []staff.ImportLine, p problems) *importRisk {
	var risk *importRisk
	rows := []string{}
	for i := range lines {
		if lines[i].Risk == nil {
			continue
		}
		if risk == nil {
			risk = &importRisk{Text: l.T(*lines[i].Risk), Confirmed: p.field("confirmed")}
		}
		rows = append(rows, strconv.Itoa(lines[i].Line))
	}
	if risk != nil {
		risk.Rows = l.T(message("import.supers", "Count", len(rows), "Lines", clipped(strings.Join(rows, ", "), 200)))
	}
	return risk
}

func (w *Web) importLine(s historian, line *staff.ImportLine) importLine {
	v := importLine{Line: line.Line, Name: line.Name, Email: line.Email, Risk: line.Risk != nil, Reasons: w.reasons(s.l, reasonsOf(line.Faults))}
	if line.UserID != "" {
		v.URL = "/users/" + line.UserID
	}
	if line.State != staff.ImportRefused { // of those, nothing comes
		v.Fields = importFields(s, line.Changes)
	}
	for _, known := range importStates {
		if known.state == line.State {
			v.State = status{known.look, s.l.T(message(known.key))}
		}
	}
	return v
}

// importFields are changes in words, each called as its column is.
func importFields(s historian, changes []audit.Change) (fields []historyField) {
	of := &staff.HistoryLine{Line: audit.Line{ObjectKind: "user"}}
	for _, c := range changes {
		f, ok := s.field(of, c)
		if !ok {
			continue
		}
		column := c.Field
		if column == "profile" { // a new person's, one by one
			column = "profiles"
		}
		if key := columnKey(column); key != "" {
			f.Label = s.l.T(message("audit.label", "Label", s.l.T(message(key))))
		}
		fields = append(fields, f)
	}
	return fields
}

func reasonsOf(faults []fault.Field) (reasons []work.Reason) {
	for _, f := range faults {
		reasons = append(reasons, work.Reason{Field: f.Name, Message: f.Message})
	}
	return reasons
}
