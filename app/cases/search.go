package cases

import (
	"context"
	"fmt"

	"chancery/app/access"
	"chancery/app/listing"
)

// Whoever sees all cases but the private ones searches the words of all, and leaves those out. Whoever sees their own alone,
// and has not too many, searches theirs: of a hundred thousand cases a word may be in thousands, of which the reader sees
// three. A client whom the words find has them in every case, too (words.go), so that the cases that were found know whose
// clients to look at.

// ClientRow is a client as a search shows them.
type ClientRow struct {
	ID    string
	Name  string
	Email string
	Phone string
	Open  int64 // how many open cases of theirs the reader sees
}

// ownMost is how many cases of a reader's own are looked through one by one; of more the words are looked up first.
const ownMost = 5000

// Search is the first cases, those opened last first, and the first clients, by name, that all words of a search find and the
// actor sees (Seen, SeenClient), and how many there are. Of more than listing.FirstMax they are the first of some of those
// (listing.First). It needs cases.view.
func (c *Cases) Search(ctx context.Context, actor access.Actor, search string, most int) (found listing.Part[Row], clients listing.Part[ClientRow], err error) {
	if err := actor.Must(access.CasesView); err != nil {
		return found, clients, err
	}
	if !actor.Rights.Super() && !actor.Rights.Can(access.CasesViewAll) {
		few, err := c.ownFew(ctx, actor)
		if err != nil {
			return found, clients, err
		}
		if few {
			return c.searchOwn(ctx, actor, search, most)
		}
	}
	asked, err := c.asked(ctx, actor, Query{Filter: Filter{Search: search}, Sort: SortOpened, Descending: true, Size: most})
	if err != nil {
		return found, clients, err
	}
	if found, err = listing.First[Row](ctx, c.db, table, asked, columns(actor)); err != nil {
		return found, clients, fmt.Errorf("search cases: %w", err)
	}
	if clients, err = listing.First[ClientRow](ctx, c.db, clientTable, c.clientsAsked(actor, search, most), clientColumns(actor)); err != nil {
		return found, clients, fmt.Errorf("search clients: %w", err)
	}
	return found, clients, nil
}

func (c *Cases) clientsAsked(actor access.Actor, search string, most int) listing.Query {
	q := listing.Query{Where: clientTable.Search(c.db, search, "l.sort_name", "name"), Order: listing.Order{Name: "name", Places: []listing.Place{{SQL: "l.sort_name"}}}, Size: most}
	if actor.Rights.Super() {
		return q
	}
	// As SeenClient, but one client after the other: of an EXISTS beside an OR, Postgres makes a table of all cases first.
	const of = `SELECT 1 FROM cases k WHERE k.client_id = l.id`
	sees := listing.Condition{Tests: `(` + of + ` AND ` + associatedSQL + ` LIMIT 1) IS NOT NULL`, Args: []any{actor.ID}}
	if actor.Rights.Can(access.CasesViewAll) {
		sees.Tests = `((` + of + ` AND (NOT k.private OR ` + associatedSQL + `) LIMIT 1) IS NOT NULL OR (` + of + ` LIMIT 1) IS NULL)`
	}
	q.Where = append(q.Where, sees)
	return q
}

// clientColumns are a ClientRow.
func clientColumns(actor access.Actor) listing.Columns {
	open, args := ``, []any(nil)
	switch {
	case actor.Rights.Super():
	case actor.Rights.Can(access.CasesViewAll):
		open, args = ` AND (NOT k.private OR `+associatedSQL+`)`, []any{actor.ID}
	default:
		open, args = ` AND `+associatedSQL, []any{actor.ID}
	}
	return listing.Columns{Select: `l.id, l.name, l.email, l.phone, (SELECT count(*) FROM cases k WHERE k.client_id = l.id AND k.status = 'open'` + open + `) AS open`, Args: args}
}

// ownFew tells whether those cases that somebody is associated with are few.
func (c *Cases) ownFew(ctx context.Context, actor access.Actor) (bool, error) {
	var n int
	err := c.db.In(ctx).Raw(`SELECT count(*) FROM (SELECT 1 FROM associations a WHERE a.user_id = ? LIMIT ?) own`, actor.ID, ownMost+1).Scan(&n).Error
	if err != nil {
		return false, fmt.Errorf("how many cases are one's own: %w", err)
	}
	return n <= ownMost, nil
}

// searchOwn is Search among the cases that the actor is associated with.
func (c *Cases) searchOwn(ctx context.Context, actor access.Actor, search string, most int) (found listing.Part[Row], clients listing.Part[ClientRow], err error) {
	has, hasArgs := table.Has(c.db, search, "k.client_name")
	named, namedArgs := clientTable.Has(c.db, search, "l.sort_name")
	args := append(append([]any{actor.ID}, hasArgs...), namedArgs...)
	var all []struct {
		Kind, ID string
		Total    int64
	}
	err = c.db.In(ctx).Raw(`WITH mine AS MATERIALIZED (SELECT k.id, k.client_id, k.opened_at FROM associations a CROSS JOIN cases k WHERE a.user_id = ? AND k.id = a.case_id AND `+has+`),
			named AS MATERIALIZED (SELECT l.id, l.sort_name FROM (SELECT DISTINCT client_id FROM mine) m CROSS JOIN clients l WHERE l.id = m.client_id AND `+named+` LIMIT ?)
		SELECT 'case' AS kind, id, (SELECT count(*) FROM mine) AS total FROM (SELECT id FROM mine ORDER BY opened_at DESC, id DESC LIMIT ?) k
		UNION ALL SELECT 'client', id, (SELECT count(*) FROM named) FROM (SELECT id FROM named ORDER BY sort_name, id LIMIT ?) l`, append(args, listing.FirstMax+1, most, most)...).Scan(&all).Error
	if err != nil {
		return found, clients, fmt.Errorf("search one's own cases: %w", err)
	}
	var caseIDs, clientIDs []string
	for _, one := range all {
		if one.Kind == "case" {
			caseIDs, found.Total = append(caseIDs, one.ID), one.Total
		} else {
			clientIDs, clients.Total = append(clientIDs, one.ID), one.Total
		}
	}
	bound(&found, len(caseIDs))
	bound(&clients, len(clientIDs))
	if len(caseIDs) > 0 {
		cols := columns(actor)
		err = c.db.In(ctx).Raw(`SELECT `+cols.Select+` FROM cases k `+cols.Joins+` WHERE k.id IN ? AND `+associatedSQL+` ORDER BY k.opened_at DESC, k.id DESC`,
			append(cols.Args, caseIDs, actor.ID)...).Scan(&found.Rows).Error
		if err != nil {
			return found, clients, fmt.Errorf("one's own cases: %w", err)
		}
	}
	if len(clientIDs) > 0 {
		cols := clientColumns(actor)
		err = c.db.In(ctx).Raw(`SELECT `+cols.Select+` FROM clients l WHERE l.id IN ? ORDER BY l.sort_name, l.id`, append(cols.Args, clientIDs)...).Scan(&clients.Rows).Error
		if err != nil {
			return found, clients, fmt.Errorf("one's own clients: %w", err)
		}
	}
	return found, clients, nil
}

// bound says of a part that was counted to its end what Part says of others.
func bound[T any](p *listing.Part[T], shown int) {
	p.Later, p.More = p.Total > int64(shown), p.Total > listing.FirstMax
	p.Total = min(p.Total, listing.FirstMax)
}
