package staff

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"chancery/app/access"
	"chancery/app/fault"
)

// A file of new colleagues, a row each (B-17, V-8). An import creates people; it changes nobody who is here.
//
// Two looks are taken at a row, by the same rules: the dry run judges all rows by grounds that were read once, without
// writing; the run then creates them one by one (signin.Kinds), each by the verb that the form uses.

// Limits of an import.
const (
	ImportBytes = 1 << 20
	ImportRows  = 2000
)

// importColumns are the columns there are, by the names of the form's fields. Only email, a name and role must be there.
var importColumns = [...]string{"email", "first_name", "last_name", "full_name", "title", "role", "department", "language", "zone", "profiles"}

// ImportColumns are the columns of an import in the order of its template.
func ImportColumns() []string { return slices.Clone(importColumns[:]) }

// Vocabulary is what the words of a file mean, by the folded word (Word): columns, and ids of roles, profiles and
// languages. Their names are in the catalogues, which this room does not read.
type Vocabulary struct {
	Columns, Roles, Profiles, Languages map[string]string
}

// Word makes a word of a file comparable: without case, accents, and signs between its parts.
func Word(s string) string {
	return strings.Join(strings.FieldsFunc(Fold(line(s)), func(r rune) bool { return strings.ContainsRune(" -_’'.", r) }), "")
}

// ImportRow is one row of a file: where it stands, what it says, and what of it could not be understood.
type ImportRow struct {
	Line   int
	New    NewUser
	faults []fault.Field
	has    map[string]bool // columns in which it says something
	place  string          // its department, by name
}

// ParseImport reads a file: UTF-8 with or without a byte order mark, values separated by commas or semicolons, the first
// row naming the columns. It returns *fault.Invalid on "file" when the file as a whole cannot be read.
func ParseImport(content []byte, v Vocabulary) ([]ImportRow, error) {
	content = bytes.TrimPrefix(content, []byte("\xef\xbb\xbf"))
	switch {
	case len(content) > ImportBytes:
		return nil, fault.Field1("file", "import.too-large")
	case !utf8.Valid(content) || bytes.ContainsRune(content, 0):
		return nil, fault.Field1("file", "import.not-utf8")
	case len(bytes.TrimSpace(content)) == 0:
		return nil, fault.Field1("file", "import.empty")
	}
	r := csv.NewReader(bytes.NewReader(content))
	r.Comma, r.FieldsPerRecord, r.TrimLeadingSpace = separator(content), -1, true
	head, err := r.Read()
	if err != nil {
		return nil, unreadable(err)
	}
	columns, err := columnsOf(head, v)
	if err != nil {
		return nil, err
	}
	var rows []ImportRow
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, unreadable(err)
		}
		if strings.TrimSpace(strings.Join(cells, "")) == "" {
			continue // spreadsheets leave such rows at the end
		}
		if len(rows) == ImportRows {
			return nil, fault.Field1("file", "import.too-many", "Max", ImportRows)
		}
		at, _ := r.FieldPos(0)
		rows = append(rows, rowOf(at, columns, cells, v))
	}
	if len(rows) == 0 {
		return nil, fault.Field1("file", "import.empty")
	}
	return rows, nil
}

// separator is the sign that stands between the columns' names: spreadsheets write semicolons where the comma is the
// decimal sign, as in French and Spanish.
func separator(content []byte) rune {
	first, _, _ := bytes.Cut(content, []byte("\n"))
	if bytes.Count(first, []byte(";")) > bytes.Count(first, []byte(",")) {
		return ';'
	}
	return ','
}

// unreadable says in which line a file breaks off: a quotation mark that is not closed, or that stands within a value.
func unreadable(err error) error {
	var parse *csv.ParseError
	if errors.As(err, &parse) {
		return fault.Field1("file", "import.broken", "Line", strconv.Itoa(parse.Line))
	}
	return fault.Field1("file", "import.broken", "Line", "1")
}

func columnsOf(head []string, v Vocabulary) ([]string, error) {
	columns := make([]string, len(head))
	for i, name := range head {
		if strings.TrimSpace(name) == "" {
			continue
		}
		column, ok := v.Columns[Word(name)]
		if !ok {
			return nil, fault.Field1("file", "import.column-unknown", "Name", clip(line(name)))
		}
		if slices.Contains(columns, column) {
			return nil, fault.Field1("file", "import.column-twice", "Name", clip(line(name)))
		}
		columns[i] = column
	}
	has := func(column string) bool { return slices.Contains(columns, column) }
	if !has("email") || !has("role") || !has("full_name") && !has("first_name") {
		return nil, fault.Field1("file", "import.columns-missing")
	}
	return columns, nil
}

func clip(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}

func rowOf(at int, columns, cells []string, v Vocabulary) ImportRow {
	row := ImportRow{Line: at, has: map[string]bool{}}
	known := func(words map[string]string, column, value, key string) string {
		id, ok := words[Word(value)]
		if !ok {
			row.faults = append(row.faults, fault.Field{Name: column, Message: fault.M(key, "Name", clip(line(value)))})
		}
		return id
	}
	for i, value := range cells {
		value = strings.TrimSpace(value)
		if value == "" {
			continue
		}
		if i >= len(columns) || columns[i] == "" {
			row.faults = append(row.faults, fault.Field{Message: fault.M("import.cell-too-many")})
			break
		}
		column := columns[i]
		row.has[column] = true
		n := &row.New
		switch column {
		case "email":
			n.Email = value
		case "first_name":
			n.FirstName = value
		case "last_name":
			n.LastName = value
		case "full_name":
			n.FullName = value
		case "title":
			n.Title = value
		case "role":
			n.RoleID = known(v.Roles, column, value, "import.role-unknown")
		case "department":
			row.place = value
		case "language":
			n.Language = known(v.Languages, column, value, "import.language-unknown")
		case "zone":
			n.Zone = value
		case "profiles":
			for _, name := range strings.FieldsFunc(value, func(r rune) bool { return r == '|' || r == ',' || r == ';' || r == '\n' }) {
				if strings.TrimSpace(name) != "" {
					n.ProfileIDs = append(n.ProfileIDs, known(v.Profiles, column, name, "import.profile-unknown"))
				}
			}
		}
	}
	if row.has["full_name"] && row.has["first_name"] {
		row.New.FullName = ""
	}
	return row
}

// ImportState is what an import would do with a row.
type ImportState string

// A row creates a person, says what is so already, or is refused.
const (
	ImportCreate  ImportState = "create"
	ImportSame    ImportState = "same"
	ImportRefused ImportState = "refused"
)

// ImportLine is a row and what would come of it.
type ImportLine struct {
	Line   int
	Name   string // as far as it can be told
	Email  string
	State  ImportState
	Faults []fault.Field // why it is refused, by column
	UserID string        // whose address it is already
	New    NewUser       // what would be created
}

// PreviewImport says of each row what would come of it, by the rules of Create, and writes nothing. It needs
// users.create. What it cannot foresee is what somebody else does meanwhile.
func (s *Staff) PreviewImport(ctx context.Context, actor access.Actor, rows []ImportRow) ([]ImportLine, error) {
	if err := actor.Must(access.UsersCreate); err != nil {
		return nil, err
	}
	addresses := make([]string, len(rows))
	for i := range rows {
		addresses[i] = Address(rows[i].New.Email)
	}
	g, err := s.grounds(ctx, addresses)
	if err != nil {
		return nil, err
	}
	places := map[string]string{}
	for _, d := range g.departments {
		places[Word(d.Name)] = d.ID
	}
	first := map[string]int{} // line in which an address stands first
	lines := make([]ImportLine, len(rows))
	for i := range rows {
		lines[i] = s.judge(g, actor, &rows[i], places, first)
	}
	return lines, nil
}

// judge is what would come of one row, after those before it.
func (s *Staff) judge(g *grounds, actor access.Actor, row *ImportRow, places map[string]string, first map[string]int) ImportLine {
	n := row.New
	bad := &fault.Invalid{Fields: slices.Clone(row.faults)}
	if n.Language == "" {
		n.Language = g.org.Language
	}
	if n.Zone == "" {
		n.Zone = g.org.Zone
	}
	if row.place != "" {
		id, ok := places[Word(row.place)]
		if n.DepartmentID = id; !ok {
			bad.Add("department", "import.department-unknown", "Name", clip(line(row.place)))
		}
	}
	u, wrong := s.draft(g, actor, n)
	l := ImportLine{Line: row.Line, Name: u.Name(), Email: u.Email, State: ImportCreate, New: n}
	if before, twice := first[u.Email]; twice {
		bad.Add("email", "import.twice", "Line", strconv.Itoa(before))
	} else if u.Email != "" {
		first[u.Email] = row.Line
	}
	owner, taken := g.owners[u.Email]
	if taken && owner.Email == u.Email && owner.Status != Inactive {
		l.UserID = owner.ID
		if len(bad.Fields) == 0 && row.saysNothingNew(&owner, u) {
			l.State = ImportSame
			return l
		}
		bad.Add("email", "import.here-already", "Name", owner.Name())
	}
	_ = bad.Join(wrong) // both are of that kind
	if l.Faults = bad.Fields; len(l.Faults) > 0 {
		l.State = ImportRefused
	}
	return l
}

// saysNothingNew tells whether all that a row says is so already of the person whose address it names. Profiles are not
// compared: they are added to by others.
func (row *ImportRow) saysNothingNew(here, u *User) bool {
	department := func(u *User) string {
		if u.DepartmentID == nil {
			return ""
		}
		return *u.DepartmentID
	}
	for column, same := range map[string]bool{
		"first_name": here.FirstName == u.FirstName, "last_name": here.LastName == u.LastName,
		"full_name": here.FirstName == u.FirstName && here.LastName == u.LastName,
		"title":     here.Title == u.Title, "role": here.RoleID == u.RoleID, "department": department(here) == department(u),
		"language": here.Language == u.Language, "zone": here.Zone == u.Zone,
	} {
		if row.has[column] && !same {
			return false
		}
	}
	return true
}
