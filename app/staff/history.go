package staff

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"chancery/app/access"
	"chancery/app/audit"
)

// HistoryQuery says which lines of the history are wanted; each part that is not empty narrows.
type HistoryQuery struct {
	Person   string // id of the user acted on
	Actor    string // id of who acted: a person's, or a program's (system:NAME)
	Action   string
	From, To time.Time
	Before   string // id of a line: those before it
	Limit    int
}

// HistoryLine is one line with its changes.
type HistoryLine struct {
	audit.Line
	Fields []audit.Change
}

// History is some lines, newest first, and the names of all that they refer to by an id.
type History struct {
	Lines []HistoryLine
	More  bool // there are older ones
	Names Names
}

// Names are what ids mean, by kind (user, role, profile, department, title, client, case, appointment) and id.
type Names map[[2]string]string

// Of is the name of one of a kind, or "".
func (n Names) Of(kind, id string) string { return n[[2]string{kind, id}] }

// History is what was done and by whom, from the audit: what the actor's other permissions let them know of it. It needs audit.view.
func (s *Staff) History(ctx context.Context, actor access.Actor, q HistoryQuery) (*History, error) {
	if err := actor.Must(access.AuditView); err != nil {
		return nil, err
	}
	find := audit.Query{Actor: q.Actor, Action: q.Action, From: q.From, To: q.To, Before: q.Before, Limit: q.Limit}
	if q.Person != "" {
		find.Kind, find.Object = "user", q.Person
	}
	lines, more, err := access.History(ctx, s.db, actor, find)
	if err != nil {
		return nil, err
	}
	h, err := s.Read(ctx, actor, lines)
	if err != nil {
		return nil, err
	}
	h.More = more
	return h, nil
}

// Read is lines of the audit that the actor may see, with the names of all that they refer to. Of a case that the actor does not
// see, of a client of whom they see no case, and of somebody's own appointment to which they do not come, a line says that something
// was done, and no word of it (ASVS 8.2.2).
func (s *Staff) Read(ctx context.Context, actor access.Actor, lines []audit.Line) (h *History, err error) {
	h = &History{Lines: make([]HistoryLine, len(lines))}
	var ids []string
	for i := range lines {
		h.Lines[i] = HistoryLine{lines[i], lines[i].List()}
		ids = append(ids, lines[i].ActorID, lines[i].ObjectID)
		for _, c := range h.Lines[i].Fields {
			ids = append(ids, idsIn(c.Field, c.Before)...)
			ids = append(ids, idsIn(c.Field, c.After)...)
		}
	}
	slices.Sort(ids)
	if h.Names, err = s.names(ctx, actor, slices.Compact(ids)); err != nil {
		return nil, err
	}
	for i := range h.Lines {
		l := &h.Lines[i]
		switch l.ObjectKind {
		case "case", "client", "appointment":
			if h.Names.Of(l.ObjectKind, l.ObjectID) == "" {
				l.Fields, l.Changes = nil, "[]"
			}
		}
	}
	return h, nil
}

// Refers is the kind of thing that a field of the audit names by its id, or "".
func Refers(field string) string {
	switch field {
	case "role", "parent":
		return "role"
	case "profile", "profiles":
		return "profile"
	case "department":
		return "department"
	case "owner", "member", "successor", "actor", "user":
		return "user"
	}
	return ""
}

// idsIn is what of a field's value may be ids.
func idsIn(field, value string) (ids []string) {
	if Refers(field) == "" {
		return nil
	}
	return strings.Fields(value)
}

// names looks up what ids mean, in one statement. What the actor does not see has none.
func (s *Staff) names(ctx context.Context, actor access.Actor, ids []string) (Names, error) {
	n := Names{}
	if len(ids) == 0 {
		return n, nil
	}
	seen, who, unused := seenOfCases(actor)
	own, ones := `1 = 1`, []any{}
	if !actor.Rights.Super() {
		own, ones = `(p.owner_id = ? OR EXISTS (SELECT 1 FROM appointment_people w WHERE w.appointment_id = p.id AND w.user_id = ?))`, []any{actor.ID, actor.ID}
	}
	var rows []struct{ Kind, ID, Name, First, Last string }
	err := s.db.In(ctx).Raw(`SELECT 'user' AS kind, id, display_name AS name, first_name AS first, last_name AS last FROM users WHERE id IN ?
		UNION ALL SELECT 'role', id, name, '', '' FROM roles WHERE id IN ?
		UNION ALL SELECT 'profile', id, name, '', '' FROM profiles WHERE id IN ?
		UNION ALL SELECT 'department', id, name, '', '' FROM departments WHERE id IN ?
		UNION ALL SELECT 'title', id, name, '', '' FROM titles WHERE id IN ?
		UNION ALL SELECT 'case', k.id, k.number || ' ' || k.title, '', '' FROM cases k WHERE k.id IN ? AND `+seen+`
		UNION ALL SELECT 'appointment', p.id, p.title, '', '' FROM appointments p WHERE p.id IN ? AND p.case_id IS NULL AND `+own+`
		UNION ALL SELECT 'client', l.id, l.name, '', '' FROM clients l WHERE l.id IN ?
			AND (EXISTS (SELECT 1 FROM cases k WHERE k.client_id = l.id AND `+seen+`) OR `+unused+`)`,
		slices.Concat([]any{ids, ids, ids, ids, ids, ids}, who, []any{ids}, ones, []any{ids}, who)...).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("names of ids: %w", err)
	}
	for _, r := range rows {
		name := r.Name
		if r.Kind == "user" {
			name = DisplayName(r.First, r.Last, r.Name)
		}
		n[[2]string{r.Kind, r.ID}] = name
	}
	return n, nil
}

// seenOfCases are the conditions that an actor sees a case k, and a client l of whom there is no case: those of the room above,
// cases.Seen and cases.SeenClient, for what the history says of them.
func seenOfCases(actor access.Actor) (seen string, args []any, unused string) {
	const mine = `EXISTS (SELECT 1 FROM associations a WHERE a.case_id = k.id AND a.user_id = ?)`
	const none = `NOT EXISTS (SELECT 1 FROM cases n WHERE n.client_id = l.id)`
	switch {
	case actor.Rights.Super():
		return `1 = 1`, nil, none
	case !actor.Rights.Can(access.CasesView):
		return `1 = 0`, nil, `1 = 0`
	case actor.Rights.Can(access.CasesViewAll):
		return `(NOT k.private OR ` + mine + `)`, []any{actor.ID}, none
	}
	return mine, []any{actor.ID}, `1 = 0`
}

// PersonID is the id of whoever has an address, or had it once, and whether anybody did: what filters of the history are
// typed as. It needs audit.view.
func (s *Staff) PersonID(ctx context.Context, actor access.Actor, address string) (id string, ok bool, err error) {
	if err := actor.Must(access.AuditView); err != nil {
		return "", false, err
	}
	var ids []string
	if err := s.db.In(ctx).Raw(`SELECT user_id FROM addresses WHERE address = ? AND held_until IS NULL`, Address(address)).Scan(&ids).Error; err != nil {
		return "", false, fmt.Errorf("address: %w", err)
	}
	if len(ids) == 0 {
		return "", false, nil
	}
	return ids[0], true, nil
}

// NoteExport writes into the history that someone has taken a part of it away as a file.
func (s *Staff) NoteExport(ctx context.Context, actor access.Actor, q HistoryQuery, lines int) error {
	e := audit.Entry{Action: "history.export", Kind: "organization", ID: "organization", Changes: []audit.Change{{Field: "lines", After: fmt.Sprint(lines)}}}
	if q.Person != "" {
		e.Kind, e.ID = "user", q.Person
	}
	for _, f := range []struct{ field, value string }{{"actor", q.Actor}, {"action", q.Action}, {"from", stamp(q.From)}, {"to", stamp(q.To)}} {
		if f.value != "" {
			e.Changes = append(e.Changes, audit.Change{Field: f.field, After: f.value})
		}
	}
	return audit.Record(ctx, s.db, actor.Actor, e)
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
