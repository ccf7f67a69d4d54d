package staff

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"chancery/app/access"
	"chancery/app/audit"
	"chancery/app/fault"
	"chancery/app/owned"
)

// A file of people, a row each (B-17, V-8). A row of which nobody has the address creates a colleague. One that names
// somebody who is here changes them, when whoever imports has said that it may: what its cells say, and nothing that
// they leave empty. Addresses that somebody had once are refused, as everywhere (S1-28).
//
// Two looks are taken at a row, by the same rules: the dry run judges all rows by grounds that were read once, without
// writing (import_new.go, import_known.go); the run then does them one by one (signin.Kinds), each by the verbs that the
// pages use (Create, ApplyImport), which have the last word. The file's rows come about one after the other: the second
// of two last Super Admins is refused where the first one went.

// Limits of an import.
const (
	ImportBytes = 1 << 20
	ImportRows  = 2000
)

// importColumns are the columns there are, by the names of the form's fields. A new colleague needs an address, a name
// and a role.
var importColumns = [...]string{
	"email", "first_name", "last_name", "full_name", "title", "role", "department", "status", "cell", "office", "language", "zone", "profiles",
}

// ImportColumns are the columns of an import in the order of its template.
func ImportColumns() []string { return slices.Clone(importColumns[:]) }

// ImportState is what an import would do with a row.
type ImportState string

// A row creates a person, changes one, says what is so already, or is refused.
const (
	ImportCreate  ImportState = "create"
	ImportUpdate  ImportState = "change"
	ImportSame    ImportState = "same"
	ImportRefused ImportState = "refused"
)

// ImportLine is a row and what would come of it.
type ImportLine struct {
	Line    int
	Name    string // as far as it can be told
	Email   string
	State   ImportState
	Faults  []fault.Field  // why it is refused, by column
	UserID  string         // whose address it is already
	New     NewUser        // what would be created
	Changes []audit.Change // what would be so, from what it is; values as they are stored
	Risk    *fault.Message // what has to be confirmed first: a third Super Admin (S1-30)
}

// Import is what would come of a file, what the ids in its changes are called, and which of its columns are left out.
type Import struct {
	Lines   []ImportLine
	Names   Names
	LeftOut []string
}

// PreviewImport says of each row what would come of it, by the rules of Create and ApplyImport, and writes nothing.
// changing says that people who are here may be changed. It needs users.create. What it cannot foresee is what somebody
// else does meanwhile.
func (s *Staff) PreviewImport(ctx context.Context, actor access.Actor, rows []ImportRow, changing bool) (*Import, error) {
	if err := actor.Must(access.UsersCreate); err != nil {
		return nil, err
	}
	j, err := s.bench(ctx, actor, rows, changing)
	if err != nil {
		return nil, err
	}
	i := &Import{Lines: make([]ImportLine, len(rows)), Names: j.grounds.names()}
	for at := range rows {
		if i.Lines[at], err = j.judge(ctx, &rows[at]); err != nil {
			return nil, err
		}
	}
	return i, nil
}

// judge decides about the rows of a file, one after the other.
type judge struct {
	*grounds
	staff    *Staff
	actor    access.Actor
	changing bool
	places   map[string]string      // departments, by word
	profiles map[string][]string    // of those who are here
	leaving  map[string]bool        // whose departure is under way
	stated   map[string]owned.Owner // whose fields are a manifest's
	ends     map[string]bool        // kinds of belongings that nobody has to take over
	first    map[string]int         // line in which an address stands first
	supers   map[string]bool        // Super Admins who have not left, and whether they are active: after the rows so far
}

func (s *Staff) bench(ctx context.Context, actor access.Actor, rows []ImportRow, changing bool) (*judge, error) {
	addresses := make([]string, len(rows))
	for i := range rows {
		addresses[i] = Address(rows[i].New.Email)
	}
	g, err := s.grounds(ctx, addresses)
	if err != nil {
		return nil, err
	}
	j := &judge{
		grounds: g, staff: s, actor: actor, changing: changing, places: map[string]string{}, profiles: map[string][]string{},
		leaving: map[string]bool{}, stated: map[string]owned.Owner{}, ends: map[string]bool{}, first: map[string]int{}, supers: map[string]bool{},
	}
	for _, d := range g.departments {
		j.places[Word(d.Name)] = d.ID
	}
	if err := j.readSupers(ctx); err != nil {
		return nil, err
	}
	return j, j.readKnown(ctx)
}

func (j *judge) readSupers(ctx context.Context) error {
	var supers []struct {
		ID     string
		Status Status
	}
	err := j.staff.db.In(ctx).Raw(`SELECT u.id, u.status FROM users u JOIN roles r ON r.id = u.role_id WHERE r.super AND u.status <> 'INACTIVE'`).Scan(&supers).Error
	if err != nil {
		return fmt.Errorf("super admins: %w", err)
	}
	for _, u := range supers {
		j.supers[u.ID] = u.Status == Active
	}
	return nil
}

// readKnown reads what is not in their rows of those whose addresses the file has.
func (j *judge) readKnown(ctx context.Context) error {
	ids := make([]string, 0, len(j.owners))
	for _, u := range j.owners {
		ids = append(ids, u.ID)
	}
	for part := range slices.Chunk(ids, ownersAtOnce) {
		var profiles []struct{ UserID, ProfileID string }
		if err := j.staff.db.In(ctx).Raw(`SELECT user_id, profile_id FROM user_profiles WHERE user_id IN ? ORDER BY profile_id`, part).Scan(&profiles).Error; err != nil {
			return fmt.Errorf("profiles: %w", err)
		}
		for _, p := range profiles {
			j.profiles[p.UserID] = append(j.profiles[p.UserID], p.ProfileID)
		}
		var leaving []string
		err := j.staff.db.In(ctx).Raw(`SELECT user_id FROM departures WHERE user_id IN ? AND state IN ('planned', 'working', 'blocked')`, part).Scan(&leaving).Error
		if err != nil {
			return fmt.Errorf("departures: %w", err)
		}
		for _, id := range leaving {
			j.leaving[id] = true
		}
		if err := owned.People(ctx, j.staff.db, part, j.stated); err != nil {
			return err
		}
	}
	return nil
}

// judge is what would come of one row, after those before it.
func (j *judge) judge(ctx context.Context, row *ImportRow) (ImportLine, error) {
	bad := &fault.Invalid{Fields: slices.Clone(row.faults)}
	address := Address(row.New.Email)
	if before, twice := j.first[address]; twice {
		bad.Add("email", "import.twice", "Line", strconv.Itoa(before))
	} else if address != "" {
		j.first[address] = row.Line
	}
	department := ""
	if row.place != "" {
		id, ok := j.places[Word(row.place)]
		if department = id; !ok {
			bad.Add("department", "import.department-unknown", "Name", clip(line(row.place)))
		}
	}
	var (
		l   ImportLine
		err error
	)
	if u, ok := j.owners[address]; ok && u.Email == address && j.means(row, &u.User) {
		l, err = j.known(ctx, bad, row, department, &u.User)
	} else {
		l = j.fresh(bad, row, department)
	}
	l.Line, l.Email = row.Line, address
	if l.Faults = bad.Fields; len(l.Faults) > 0 {
		l.State, l.Risk = ImportRefused, nil
	}
	return l, err
}

// means tells whether a row that has somebody's address is about them. Of who has left it is only when it says which
// status they shall have: else it is about a new colleague, who cannot have that address.
func (j *judge) means(row *ImportRow, u *User) bool {
	return u.Status != Inactive || j.changing && row.status != ""
}

// riskOf is what has to be confirmed before there is one Super Admin more.
func (j *judge) riskOf() *fault.Message {
	if len(j.supers) < supersMeant {
		return nil
	}
	m := superThird(len(j.supers))
	return &m
}

// names is what the ids of roles, profiles and departments are called.
func (g *grounds) names() Names {
	n := Names{}
	for _, r := range g.book.Roles() {
		n[[2]string{"role", r.ID}] = r.Name
	}
	for _, p := range g.book.Profiles() {
		n[[2]string{"profile", p.ID}] = p.Name
	}
	for _, d := range g.departments {
		n[[2]string{"department", d.ID}] = d.Name
	}
	return n
}
