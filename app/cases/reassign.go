package cases

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"chancery/app/access"
	"chancery/app/audit"
	"chancery/app/fault"
	"chancery/app/staff"
	"chancery/app/store"
)

// batchMost is how many cases one statement moves: SQLite takes 32,766 values.
const batchMost = 5000

// Reassign gives open cases to another owner, who must be active (S1-17). All of them move or none does; each has its
// line in the audit. Cases that are closed, or are theirs already, stay as they are and are not counted. It needs
// cases.reassign, and returns *fault.Invalid on "to", or fault.ErrNotFound when a case is none, or not seen.
func (c *Cases) Reassign(ctx context.Context, actor access.Actor, ids []string, to string) (moved int64, err error) {
	return c.reassign(ctx, actor, to, func(ctx context.Context) ([]held, error) {
		where, args, err := Seen(actor)
		if err != nil {
			return nil, err
		}
		return c.lockAll(ctx, ids, where, args...)
	})
}

// Give is Reassign for a single case, which has to be open: a closed one keeps its owner (S1-13), and is *fault.Refused. One
// that is theirs already stays as it is.
func (c *Cases) Give(ctx context.Context, actor access.Actor, id, to string) error {
	where, args, err := Seen(actor)
	if err != nil {
		return err
	}
	_, err = c.reassign(ctx, actor, to, func(ctx context.Context) ([]held, error) {
		found, err := c.lockAll(ctx, []string{id}, where, args...)
		if err == nil && found[0].Status != Open {
			err = fault.Refuse("cases.is-closed")
		}
		return found, err
	})
	return err
}

// ReassignOwned is Reassign from a person's own list (OfOwner), which says of a private case that there is one: who looks
// after everybody's cases (cases.view-all) may give it to another unread, so that who leaves can hand over everything, but
// not to themselves.
func (c *Cases) ReassignOwned(ctx context.Context, actor access.Actor, from string, ids []string, to string) (moved int64, err error) {
	return c.reassign(ctx, actor, to, func(ctx context.Context) ([]held, error) {
		where, args, err := Seen(actor)
		if err != nil {
			return nil, err
		}
		may, more, err := movable(actor, to)
		if err != nil {
			return nil, err
		}
		return c.lockAll(ctx, ids, `(`+where+` OR k.owner_id = ? AND `+may+`)`, append(append(args, from), more...)...)
	})
}

// ReassignAll is ReassignOwned for all of a person's open cases that a search finds ("": all).
func (c *Cases) ReassignAll(ctx context.Context, actor access.Actor, from, search, to string) (moved int64, err error) {
	return c.reassign(ctx, actor, to, func(ctx context.Context) ([]held, error) {
		where, args, err := c.ownedBy(actor, from, search)
		if err != nil {
			return nil, err
		}
		may, more, err := movable(actor, to)
		if err != nil {
			return nil, err
		}
		return c.lock(ctx, where+` AND `+may, append(args, more...)...)
	})
}

// movable is the condition that the actor may give a case k of a person's list to somebody.
func movable(actor access.Actor, to string) (where string, args []any, err error) {
	if actor.Rights.Can(access.CasesViewAll) && actor.ID != to {
		return `1 = 1`, nil, nil
	}
	return Seen(actor)
}

// reassign holds the new owner, then the cases, moves those and tells the owner, all in one transaction.
func (c *Cases) reassign(ctx context.Context, actor access.Actor, to string, hold func(context.Context) ([]held, error)) (moved int64, err error) {
	if err := actor.Must(access.CasesReassign); err != nil {
		return 0, err
	}
	err = c.db.Tx(ctx, func(ctx context.Context) error {
		taker, err := c.holdTaker(ctx, to)
		if err != nil {
			return err
		}
		found, err := hold(ctx)
		if err != nil {
			return err
		}
		if moved, err = c.move(ctx, actor, found, map[string]person{to: taker}, func(held) string { return to }); err != nil {
			return err
		}
		one := ""
		if len(found) == 1 {
			one = found[0].ID
		}
		return c.tell(ctx, actor, taker, moved, one)
	})
	return moved, err
}

// person is an owner, past or to be, as the audit names them.
type person struct {
	ID          string
	Email       string
	FirstName   string
	LastName    string
	DisplayName string
	SortName    string
	Language    string
	Zone        string
	Status      staff.Status
}

func (p person) name() string { return staff.DisplayName(p.FirstName, p.LastName, p.DisplayName) }

// written is how the audit says who an owner is: names repeat, addresses do not.
func (p person) written() string {
	if p.ID == "" {
		return ""
	}
	return p.name() + " (" + p.Email + ")"
}

// holdTaker locks the new owner, so that they cannot be deactivated meanwhile. Owners are locked before cases, here as
// when someone leaves, so that two of these never wait for each other in a circle.
func (c *Cases) holdTaker(ctx context.Context, id string) (person, error) {
	var p person
	ok, err := store.One(c.db.In(ctx).Raw(`SELECT `+personColumns+` FROM users WHERE id = ?`+c.db.ForUpdate(), id), &p)
	switch {
	case err != nil:
		return p, fmt.Errorf("new owner: %w", err)
	case !ok:
		return p, fault.Field1("to", "cases.choose-owner")
	case p.Status != staff.Active:
		return p, fault.Field1("to", "cases.owner-gone")
	}
	return p, nil
}

const personColumns = `id, email, first_name, last_name, display_name, sort_name, language, zone, status`

// personOf is a user, or nobody for "".
func (c *Cases) personOf(ctx context.Context, id string) (p person, err error) {
	if id == "" {
		return p, nil
	}
	if _, err := store.One(c.db.In(ctx).Raw(`SELECT `+personColumns+` FROM users WHERE id = ?`, id), &p); err != nil {
		return p, fmt.Errorf("owner: %w", err)
	}
	return p, nil
}

// Teller tells people of what came to them. It is called within the transaction.
type Teller interface {
	Came(ctx context.Context, c Came) error
	Joined(ctx context.Context, caseID, userID string, by access.Actor) error // they are a member now
	Scored(ctx context.Context, s *Score, by access.Actor) error              // a client has answered; to those who are associated with the case
}

// Came is open cases that came to their new owner: how many, and by whom or from whom. It holds nothing of a client.
type Came struct {
	Key      string // of what this is told about, once
	UserID   string
	Email    string
	Language string
	Zone     string
	Count    int64
	CaseID   string // of a single one that somebody gave; else ""
	By       string // who gave them; "" for what follows from a departure
	ByID     string // of them
	From     string // who has left and had them before; "" for what somebody gave
}

// Tells names who tells people. Only who wires the house calls it, before anything is served.
func (c *Cases) Tells(t Teller) { c.teller = t }

// tell lets a new owner know, unless it was themselves who did it. one is the case, where it is a single one.
func (c *Cases) tell(ctx context.Context, actor access.Actor, to person, count int64, one string) error {
	if c.teller == nil || count == 0 || actor.ID == to.ID {
		return nil
	}
	if told, err := c.tellable(ctx, to.ID); err != nil || !told {
		return err
	}
	if g, ok := ctx.Value(gatheredKey{}).(*gathered); ok {
		g.add(gatheredFor{to, count})
		return nil
	}
	return c.teller.Came(ctx, Came{Key: store.NewID(), UserID: to.ID, Email: to.Email, Language: to.Language, Zone: to.Zone, Count: count, CaseID: one, By: actor.Name, ByID: actor.ID})
}

// tellMember lets a new member know, unless it was themselves who did it.
func (c *Cases) tellMember(ctx context.Context, actor access.Actor, caseID, userID string) error {
	if c.teller == nil || actor.ID == userID {
		return nil
	}
	if told, err := c.tellable(ctx, userID); err != nil || !told {
		return err
	}
	if _, ok := ctx.Value(gatheredKey{}).(*gathered); ok {
		return nil
	}
	return c.teller.Joined(ctx, caseID, userID, actor)
}

// tellable tells whether somebody is told of what comes to them: who works here, and sees what is theirs.
func (c *Cases) tellable(ctx context.Context, userID string) (bool, error) {
	holds, with := access.Holds(access.CasesView)
	var one int
	ok, err := store.One(c.db.In(ctx).Raw(`SELECT 1 FROM users u WHERE u.id = ? AND u.status <> 'INACTIVE' AND `+holds, append([]any{userID}, with...)...), &one)
	if err != nil {
		return false, fmt.Errorf("who is told: %w", err)
	}
	return ok, nil
}

// held is a case that the transaction holds.
type held struct {
	ID         string
	Number     string
	OwnerID    string
	OwnerEmail string
	OwnerFirst string
	OwnerLast  string
	OwnerShown string
	Status     Status
}

func (h held) owner() person {
	return person{ID: h.OwnerID, Email: h.OwnerEmail, FirstName: h.OwnerFirst, LastName: h.OwnerLast, DisplayName: h.OwnerShown}
}

// lockAll is lock for cases by their ids, or fault.ErrNotFound when one of them does not meet the condition.
func (c *Cases) lockAll(ctx context.Context, ids []string, where string, args ...any) ([]held, error) {
	found, err := c.lock(ctx, `k.id IN ? AND `+where, append([]any{ids}, args...)...)
	if err == nil && len(found) < distinct(ids) {
		err = fault.ErrNotFound
	}
	return found, err
}

// lock reads the cases of a condition and holds them, by number.
func (c *Cases) lock(ctx context.Context, where string, args ...any) ([]held, error) {
	ending := ""
	if c.db.Dialect() == store.Postgres {
		ending = " FOR NO KEY UPDATE OF k"
	}
	var all []held
	err := c.db.In(ctx).Raw(`SELECT k.id, k.number, k.status, COALESCE(k.owner_id, '') AS owner_id, COALESCE(u.email, '') AS owner_email,
			COALESCE(u.first_name, '') AS owner_first, COALESCE(u.last_name, '') AS owner_last, COALESCE(u.display_name, '') AS owner_shown
		FROM cases k JOIN clients l ON l.id = k.client_id LEFT JOIN users u ON u.id = k.owner_id WHERE `+where+` ORDER BY k.number`+ending, args...).Scan(&all).Error
	if err != nil {
		return nil, fmt.Errorf("hold cases: %w", err)
	}
	return all, nil
}

// move gives each case to whom it is to go, in one statement per batch and taker, and writes the audit.
func (c *Cases) move(ctx context.Context, actor access.Actor, cases []held, takers map[string]person, to func(held) string) (moved int64, err error) {
	now := c.db.Now()
	byTaker := map[string][]string{}
	var order []string
	entries := make([]audit.Entry, 0, len(cases))
	for _, k := range cases {
		id := to(k)
		if k.Status != Open || k.OwnerID == id {
			continue
		}
		if byTaker[id] == nil {
			order = append(order, id)
		}
		byTaker[id] = append(byTaker[id], k.ID)
		entries = append(entries, audit.Entry{Action: "case.reassign", Kind: "case", ID: k.ID,
			Changes: []audit.Change{{Field: "owner", Before: k.owner().written(), After: takers[id].written()}}})
	}
	for _, id := range order {
		for ids := byTaker[id]; len(ids) > 0; {
			n := min(len(ids), batchMost)
			done := c.db.In(ctx).Exec(`UPDATE cases SET owner_id = ?, owner_name = ?, search = words || ' ' || (SELECT l.search FROM clients l WHERE l.id = cases.client_id) || ' ' || ?,
				generation = generation + 1, updated_at = ? WHERE id IN ?`, id, takers[id].SortName, takers[id].SortName, now, ids[:n])
			if store.Violated(done.Error, "cases_open_owner", "") {
				return 0, fault.Field1("to", "cases.owner-gone")
			}
			if done.Error != nil {
				return 0, fmt.Errorf("move cases: %w", done.Error)
			}
			moved += done.RowsAffected
			ids = ids[n:]
		}
	}
	if err := audit.RecordAll(ctx, c.db, actor.Actor, entries); err != nil {
		return 0, err
	}
	return moved, c.announce(ctx, cases, byTaker)
}

// announce says that cases moved, and that what is unread moved with them.
func (c *Cases) announce(ctx context.Context, cases []held, byTaker map[string][]string) error {
	people := map[string]bool{}
	var moved []string
	for id, ids := range byTaker {
		people[id] = true
		moved = append(moved, ids...)
	}
	for _, k := range cases {
		people[k.OwnerID] = true
	}
	for _, id := range slices.Sorted(maps.Keys(people)) {
		if err := c.db.Changed(ctx, "unread/"+id); err != nil {
			return err
		}
	}
	return c.changedAll(ctx, moved)
}

func distinct(ids []string) int {
	seen := map[string]bool{}
	for _, id := range ids {
		seen[strings.TrimSpace(id)] = true
	}
	return len(seen)
}
