package staff

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"chancery/app/fault"
	"chancery/app/listing"
)

// How a file is read: its bytes, the columns that its first row names, and the words in its cells.

// Vocabulary is what the words of a file mean, by the folded word (Word): columns, and ids of roles, profiles, languages
// and statuses. Their names are in the catalogues, which this room does not read.
type Vocabulary struct {
	Columns, Roles, Profiles, Languages map[string]string
	Statuses                            map[string]Status // "" for what a status is called that no file sets: invited, locked
}

// Columns that are in no template, and stand in the list of users when it is taken away as a file, so that such a file
// can be changed and brought back.
const (
	ColumnName    = "name" // the whole name, or the last one beside a first
	ColumnSkipped = "-"    // says nothing that could be changed
)

// Word makes a word of a file comparable: without case, accents, and signs between its parts.
func Word(s string) string {
	return strings.Join(strings.FieldsFunc(listing.Fold(line(s)), func(r rune) bool { return strings.ContainsRune(" -_’'.", r) }), "")
}

// ImportRow is one row of a file: where it stands, what it says, and what of it could not be understood.
type ImportRow struct {
	Line   int
	New    NewUser
	status Status // "" when it says none
	place  string // its department, by name
	faults []fault.Field
	has    map[string]bool // columns in which it says something
}

// ParseImport reads a file: UTF-8 with or without a byte order mark, values separated by commas or semicolons, the first
// row naming the columns. changing says that it may change people who are here, for whom fewer columns do. It returns
// *fault.Invalid on "file" when the file as a whole cannot be read.
func ParseImport(content []byte, v Vocabulary, changing bool) ([]ImportRow, error) {
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
	columns, err := columnsOf(head, v, changing)
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

// LeftOut are the names of those columns of a file that say nothing which an import could take: when somebody was last
// here, when the account was made.
func LeftOut(content []byte, v Vocabulary) (names []string) {
	content = bytes.TrimPrefix(content, []byte("\xef\xbb\xbf"))
	r := csv.NewReader(bytes.NewReader(content))
	r.Comma, r.FieldsPerRecord, r.TrimLeadingSpace = separator(content), -1, true
	head, err := r.Read()
	if err != nil {
		return nil
	}
	columns := make([]string, len(head))
	for i, name := range head {
		columns[i] = v.Columns[Word(name)]
	}
	nameColumns(columns)
	for i, column := range columns {
		if column == ColumnSkipped {
			names = append(names, clip(line(head[i])))
		}
	}
	return names
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

func columnsOf(head []string, v Vocabulary, changing bool) ([]string, error) {
	columns := make([]string, len(head))
	for i, name := range head {
		if strings.TrimSpace(name) == "" {
			continue
		}
		column, ok := v.Columns[Word(name)]
		if !ok {
			return nil, fault.Field1("file", "import.column-unknown", "Name", clip(line(name)))
		}
		if column != ColumnSkipped && slices.Contains(columns, column) {
			return nil, fault.Field1("file", "import.column-twice", "Name", clip(line(name)))
		}
		columns[i] = column
	}
	nameColumns(columns)
	has := func(column string) bool { return slices.Contains(columns, column) }
	says := func(column string) bool { return column != "" && column != "email" && column != ColumnSkipped }
	switch {
	case changing && (!has("email") || !slices.ContainsFunc(columns, says)):
		return nil, fault.Field1("file", "import.columns-missing-change")
	case !changing && (!has("email") || !has("role") || !has("full_name") && !has("first_name")):
		return nil, fault.Field1("file", "import.columns-missing")
	}
	return columns, nil
}

// nameColumns settles what a column called "name" holds. In Spanish it is called as the first name is; in the list of
// users, which has other columns that no import reads, it is the whole one.
func nameColumns(columns []string) {
	at := func(column string) int { return slices.Index(columns, column) }
	switch i := at(ColumnName); {
	case i >= 0 && at("first_name") >= 0 && at("last_name") < 0:
		columns[i] = "last_name"
	case i >= 0 && at("full_name") < 0:
		columns[i] = "full_name"
	case i >= 0:
		columns[i] = ColumnSkipped
	}
	if i := at("first_name"); i >= 0 && at("last_name") < 0 && at("full_name") < 0 && at(ColumnSkipped) >= 0 {
		columns[i] = "full_name"
	}
}

func clip(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}

func rowOf(at int, columns, cells []string, v Vocabulary) ImportRow {
	row := ImportRow{Line: at, has: map[string]bool{}}
	for i, value := range cells {
		value = strings.TrimSpace(value)
		if value == "" {
			continue
		}
		if i >= len(columns) || columns[i] == "" {
			row.faults = append(row.faults, fault.Field{Message: fault.M("import.cell-too-many")})
			break
		}
		if columns[i] != ColumnSkipped {
			row.read(columns[i], lively(value), v)
		}
	}
	if row.has["full_name"] && row.has["first_name"] {
		row.New.FullName = ""
	}
	return row
}

// lively takes off the apostrophe that keeps a spreadsheet from taking a cell for a formula; our own files have it.
func lively(value string) string {
	if rest, ok := strings.CutPrefix(value, "'"); ok && strings.IndexAny(rest, "=+-@") == 0 {
		return rest
	}
	return value
}

// read takes in one cell.
func (row *ImportRow) read(column, value string, v Vocabulary) {
	known := func(words map[string]string, word, key string) string {
		id, ok := words[Word(word)]
		if !ok {
			row.unknown(column, word, key)
		}
		return id
	}
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
		n.RoleID = known(v.Roles, value, "import.role-unknown")
	case "department":
		row.place = value
	case "status":
		status, ok := v.Statuses[Word(value)]
		if row.status = status; !ok {
			row.unknown(column, value, "import.status-unknown")
		}
	case "cell":
		n.Cell = value
	case "office":
		n.Office = value
	case "language":
		n.Language = known(v.Languages, value, "import.language-unknown")
	case "zone":
		n.Zone = value
	case "profiles":
		for _, name := range strings.FieldsFunc(value, func(r rune) bool { return r == '|' || r == ',' || r == ';' || r == '\n' }) {
			if strings.TrimSpace(name) != "" {
				n.ProfileIDs = append(n.ProfileIDs, known(v.Profiles, name, "import.profile-unknown"))
			}
		}
	}
}

func (row *ImportRow) unknown(column, word, key string) {
	row.faults = append(row.faults, fault.Field{Name: column, Message: fault.M(key, "Name", clip(line(word)))})
}
