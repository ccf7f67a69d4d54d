package cases

import (
	"context"
	"fmt"
	"time"

	"chancery/app/access"
)

// OwnedRow is an open case of a person's, as their own list shows it.
type OwnedRow struct {
	ID       string
	Number   string // all "" of one that is hidden, but the id
	Title    string
	Client   string
	Stage    string
	Private  bool
	Hidden   bool // private, and not the reader's: that there is one is all they learn
	OpenedAt time.Time
}

// Owned says which of a person's open cases are meant.
type Owned struct {
	Search string // "" all; else words, all of which occur in number, title, client or owner
	After  string // the id of the case that the part begins after; "" from the first
	Limit  int
}

// OfOwner lists a person's open cases by number, those after Owned.After, and counts all that match. One's own cases
// need cases.view, others' cases.view-all. A private case that the reader does not see is hidden, and no search finds it.
func (c *Cases) OfOwner(ctx context.Context, actor access.Actor, ownerID string, f Owned) (rows []OwnedRow, matching int64, err error) {
	if err := mayView(actor, ownerID); err != nil {
		return nil, 0, err
	}
	where, args, err := c.ownedBy(actor, ownerID, f.Search)
	if err != nil {
		return nil, 0, err
	}
	if err := c.db.In(ctx).Raw(`SELECT count(*) FROM cases k WHERE `+where, args...).Scan(&matching).Error; err != nil {
		return nil, 0, fmt.Errorf("count cases: %w", err)
	}
	seen, seenArgs, err := Seen(actor)
	if err != nil {
		return nil, 0, err
	}
	args = append(append(seenArgs, args...), f.After, f.Limit)
	err = c.db.In(ctx).Raw(`SELECT k.id, k.number, k.title, k.stage, k.private, k.opened_at, l.name AS client, NOT (`+seen+`) AS hidden
		FROM cases k JOIN clients l ON l.id = k.client_id WHERE `+where+` AND k.number > COALESCE((SELECT its.number FROM cases its WHERE its.id = ?), '') ORDER BY k.number LIMIT ?`, args...).Scan(&rows).Error
	if err != nil {
		return nil, 0, fmt.Errorf("list cases: %w", err)
	}
	for i, r := range rows {
		if r.Hidden {
			rows[i] = OwnedRow{ID: r.ID, Private: true, Hidden: true}
		}
	}
	return rows, matching, nil
}

// CountOpen is how many open cases a person owns. Who may not see them is told none.
func (c *Cases) CountOpen(ctx context.Context, actor access.Actor, ownerID string) (n int64, err error) {
	if mayView(actor, ownerID) != nil {
		return 0, nil
	}
	return c.countOpen(ctx, ownerID)
}

func (c *Cases) countOpen(ctx context.Context, ownerID string) (n int64, err error) {
	err = c.db.Row(ctx, `SELECT count(*) FROM cases WHERE owner_id = $1 AND status = 'open'`, ownerID).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count cases: %w", err)
	}
	return n, nil
}

func mayView(actor access.Actor, ownerID string) error {
	if actor.ID == ownerID {
		return actor.Must(access.CasesView)
	}
	return actor.Must(access.CasesViewAll)
}

// ownedBy is the condition that a case k is an open one of the owner's that a search finds.
func (c *Cases) ownedBy(actor access.Actor, ownerID, search string) (where string, args []any, err error) {
	where, args = `k.owner_id = ? AND k.status = 'open'`, []any{ownerID}
	if search == "" {
		return where, args, nil
	}
	seen, more, err := Seen(actor)
	if err != nil {
		return "", nil, err
	}
	found, words := table.Has(c.db, search, "k.client_name")
	return where + ` AND ` + seen + ` AND ` + found, append(append(args, more...), words...), nil
}

// Owners are who owns open cases that the actor sees, by last name, OwnersMost at most: those whom a list can be filtered by.
func (c *Cases) Owners(ctx context.Context, actor access.Actor) ([]Person, error) {
	seen, args, err := Seen(actor)
	if err != nil {
		return nil, err
	}
	var all []Person
	err = c.db.In(ctx).Raw(`SELECT u.id, u.first_name, u.last_name, u.display_name, u.status FROM users u
		WHERE EXISTS (SELECT 1 FROM cases k WHERE k.owner_id = u.id AND k.status = 'open' AND `+seen+`) ORDER BY u.sort_name, u.id LIMIT ?`, append(args, OwnersMost)...).Scan(&all).Error
	if err != nil {
		return nil, fmt.Errorf("owners: %w", err)
	}
	return all, nil
}

// OwnersMost bounds how many owners a list offers to be filtered by.
const OwnersMost = 200

// Taker is a colleague who can take cases over: works here, and may work on cases.
type Taker struct {
	ID           string
	FirstName    string
	LastName     string
	DisplayName  string
	Email        string
	DepartmentID *string
	Alike        bool  // of the same role
	Open         int64 // cases they own now
}

// TakersMost bounds how many takers are offered; those of the same department before others.
const TakersMost = 200

// Takers lists who can take over the cases of a person, by last name; where there are too many, those of their department before others.
func (c *Cases) Takers(ctx context.Context, actor access.Actor, from string) ([]Taker, error) {
	for _, p := range []access.Permission{access.CasesReassign, access.UsersDeactivate, access.CasesCreate, access.CasesEdit} {
		if actor.Rights.Can(p) {
			return c.takers(ctx, from, "")
		}
	}
	return nil, actor.Must(access.CasesReassign)
}

// TakersBesides lists who can take over the cases of several people who leave together, none of them among them, by last
// name.
func (c *Cases) TakersBesides(ctx context.Context, actor access.Actor, leaving []string) ([]Taker, error) {
	if err := actor.Must(access.UsersDeactivate); err != nil {
		return nil, err
	}
	return c.takers(ctx, "", ` AND u.id NOT IN ?`, leaving)
}

// takers counts the cases of all whom it offers in one go: Postgres, which knows how many cases the average owner has and
// not that most have few, would read all cases once for each of them.
func (c *Cases) takers(ctx context.Context, from, more string, args ...any) ([]Taker, error) {
	holds, with := access.Holds(access.CasesEdit)
	var list []Taker
	all := append([]any{from, from, from}, with...)
	all = append(append(all, args...), TakersMost)
	err := c.db.In(ctx).Raw(`WITH taker AS MATERIALIZED (
			SELECT u.id, u.first_name, u.last_name, u.display_name, u.email, u.department_id, u.sort_name,
				COALESCE(u.department_id = (SELECT x.department_id FROM users x WHERE x.id = ?), false) AS near,
				COALESCE(u.role_id = (SELECT x.role_id FROM users x WHERE x.id = ?), false) AS alike
			FROM users u WHERE u.status = 'ACTIVE' AND u.id <> ? AND `+holds+more+`
			ORDER BY near DESC, u.sort_name, u.id LIMIT ?)
		SELECT t.*, COALESCE(o.n, 0) AS open
		FROM taker t LEFT JOIN (SELECT k.owner_id, count(*) AS n FROM cases k
			WHERE k.status = 'open' AND k.owner_id IN (SELECT id FROM taker) GROUP BY k.owner_id) o ON o.owner_id = t.id
		ORDER BY t.sort_name, t.id`, all...).Scan(&list).Error
	if err != nil {
		return nil, fmt.Errorf("colleagues who take cases: %w", err)
	}
	return list, nil
}
