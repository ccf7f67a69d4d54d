package cases

import (
	"context"
	"fmt"
	"net/mail"
	"strings"
	"time"

	"chancery/app/access"
	"chancery/app/audit"
	"chancery/app/fault"
	"chancery/app/listing"
	"chancery/app/store"
)

// Client is whom the practice works for.
type Client struct {
	ID         string
	Name       string
	Email      string
	Phone      string
	Language   string  // en, es or fr
	ExternalID *string // in the practice's other systems, unique
	SortName   string  // folded, what lists are ordered by
	Search     string  // folded words that a search looks through
	Generation int64
	CreatedBy  string // a user's id, or "" for those of before
	CreatedAt  time.Time
	UpdatedAt  time.Time
}

// NewClient is what is said of a new client.
type NewClient struct {
	Name       string
	Email      string
	Phone      string
	Language   string // "": en
	ExternalID string
}

// ClientChange is what is changed of a client; nil stays.
type ClientChange struct {
	Name     *string
	Email    *string
	Phone    *string
	Language *string
	Was      map[string]string // as Change.Was
}

// Lengths of a client's texts, in characters.
const (
	clientEmailMax = 254
	phoneMax       = 40
)

// clientTable is the clients as a search has them.
var clientTable = listing.Table{Name: "clients", As: "l", Along: "l.sort_name, l.id", Words: listing.Words{Index: "clients_search", Of: "client_words", ID: "client_id"}}

// AddClient writes a client. It needs cases.create, and returns *fault.Invalid.
func (c *Cases) AddClient(ctx context.Context, actor access.Actor, n NewClient) (*Client, error) {
	if err := actor.Must(access.CasesCreate); err != nil {
		return nil, err
	}
	bad := &fault.Invalid{}
	client, err := c.newClient(bad, n)
	if err != nil {
		return nil, err
	}
	if err := bad.Err(); err != nil {
		return nil, clientFields(err)
	}
	return client, c.db.Tx(ctx, func(ctx context.Context) error { return clientFields(c.insertClient(ctx, actor, client)) })
}

// newClient is the row of a new client; what is wrong with it is noted, under names of the form of a case.
func (c *Cases) newClient(bad *fault.Invalid, n NewClient) (*Client, error) {
	now := c.db.Now()
	l := &Client{ID: store.NewID(), Name: required(bad, "client_name", n.Name, titleMax), Email: address(bad, n.Email), Phone: optional(bad, "client_phone", n.Phone, phoneMax),
		Language: language(bad, n.Language), ExternalID: external(bad, n.ExternalID), Generation: 1, CreatedAt: now, UpdatedAt: now}
	l.index()
	return l, nil
}

// clientFields gives the fields of an error the names that they have in a client's own form.
func clientFields(err error) error {
	bad := &fault.Invalid{}
	if other := bad.Join(err); other != nil || err == nil {
		return other
	}
	for i := range bad.Fields {
		bad.Fields[i].Name = strings.TrimPrefix(bad.Fields[i].Name, "client_")
	}
	return bad
}

func (c *Cases) insertClient(ctx context.Context, actor access.Actor, l *Client) error {
	l.CreatedBy = actor.ID
	if err := c.db.In(ctx).Create(l).Error; err != nil {
		return clientRefusal(err)
	}
	return c.clientDone(ctx, actor, "client.create", l.ID, audit.Change{Field: "name", After: l.Name})
}

func clientRefusal(err error) error {
	if store.Violated(err, "clients_external", "clients.external_id") {
		return fault.Field1("external_id", "cases.external-taken")
	}
	return fmt.Errorf("write client: %w", err)
}

func (c *Cases) clientDone(ctx context.Context, actor access.Actor, action, id string, changes ...audit.Change) error {
	if err := audit.Record(ctx, c.db, actor.Actor, audit.Entry{Action: action, Kind: "client", ID: id, Changes: changes}); err != nil {
		return err
	}
	return c.db.Changed(ctx, "client/"+id)
}

// index fills what is derived.
func (l *Client) index() { l.SortName, l.Search = listing.Fold(l.Name), l.words() }

// SeenClient is the condition that an actor sees a client l, in a query over clients: whoever sees one of their cases, and,
// with cases.view-all, of clients who have none as well. It returns *fault.Forbidden to who sees none.
func SeenClient(actor access.Actor) (where string, args []any, err error) {
	seen, args, err := Seen(actor)
	if err != nil {
		return "", nil, err
	}
	if actor.Rights.Super() {
		return `1 = 1`, nil, nil
	}
	where = `EXISTS (SELECT 1 FROM cases k WHERE k.client_id = l.id AND ` + seen + `)`
	if actor.Rights.Can(access.CasesViewAll) {
		where = `(` + where + ` OR NOT EXISTS (SELECT 1 FROM cases n WHERE n.client_id = l.id))`
	}
	return where, args, nil
}

// Client is a client whom the actor sees, or fault.ErrNotFound.
func (c *Cases) Client(ctx context.Context, actor access.Actor, id string) (*Client, error) {
	return c.client(ctx, actor, id, "")
}

func (c *Cases) client(ctx context.Context, actor access.Actor, id, locked string) (*Client, error) {
	where, args, err := SeenClient(actor)
	if err != nil {
		return nil, err
	}
	var l Client
	ok, err := store.One(c.db.In(ctx).Raw(`SELECT l.id, l.name, l.email, l.phone, l.language, l.external_id, l.sort_name, l.search, l.generation, l.created_at, l.updated_at
		FROM clients l WHERE l.id = ? AND `+where+locked, append([]any{id}, args...)...), &l)
	if err != nil {
		return nil, fmt.Errorf("client: %w", err)
	}
	if !ok {
		return nil, fault.ErrNotFound
	}
	return &l, nil
}

// ClientName is a client as those find them who begin a case.
type ClientName struct {
	ID   string
	Name string
}

// FindClients is the first clients by name, of those whom a search finds, for who begins a case. It needs cases.create, and
// gives a client for whom there are private cases alone to those only who see one of them.
func (c *Cases) FindClients(ctx context.Context, actor access.Actor, search string, most int) ([]ClientName, error) {
	open, args, err := toWorkFor(actor)
	if err != nil {
		return nil, err
	}
	where := append(clientTable.Search(c.db, search, "l.sort_name", "name"), listing.Condition{Tests: open, Args: args})
	p, err := listing.Read[ClientName](ctx, c.db, clientTable, listing.Query{Where: where, Order: listing.Order{Name: "name", Places: []listing.Place{{SQL: "l.sort_name"}}}, Size: most},
		listing.Columns{Select: "l.id, l.name"})
	if err != nil {
		return nil, fmt.Errorf("find clients: %w", err)
	}
	return p.Rows, nil
}

// toWorkFor is the condition that the actor may begin a case for a client l, which shows them the client from then on (ASVS
// 8.2.2). People of the practice are offered clients by name, so that nobody is written down twice: whoever takes in work asks
// for a client whom a colleague works for. A token's sender is no colleague: what another system may begin a case for is who
// its person sees, or has made, unless they may see every case.
func toWorkFor(actor access.Actor) (where string, args []any, err error) {
	if err := actor.Must(access.CasesCreate); err != nil {
		return "", nil, err
	}
	if actor.Rights.Super() {
		return `1 = 1`, nil, nil
	}
	if actor.Token != "" && !actor.Rights.Can(access.CasesViewAll) {
		return `(EXISTS (SELECT 1 FROM cases k WHERE k.client_id = l.id AND k.id IN (` + theirs + `)) OR l.created_by = ? AND NOT EXISTS (SELECT 1 FROM cases n WHERE n.client_id = l.id))`,
			[]any{actor.ID, actor.ID}, nil
	}
	return `(EXISTS (SELECT 1 FROM cases k WHERE k.client_id = l.id AND (NOT k.private OR EXISTS (SELECT 1 FROM associations a WHERE a.case_id = k.id AND a.user_id = ?)))
		OR NOT EXISTS (SELECT 1 FROM cases n WHERE n.client_id = l.id))`, []any{actor.ID}, nil
}

// clientToWorkFor reads a client for whom the actor may begin a case, and tells whether it is one.
func (c *Cases) clientToWorkFor(ctx context.Context, actor access.Actor, id string, l *Client) (bool, error) {
	where, args, err := toWorkFor(actor)
	if err != nil {
		return false, err
	}
	ok, err := store.One(c.db.In(ctx).Raw(`SELECT l.id, l.name, l.sort_name, l.search FROM clients l WHERE l.id = ? AND `+where+c.db.ForUpdate(), append([]any{id}, args...)...), l)
	if err != nil {
		return false, fmt.Errorf("client of a case: %w", err)
	}
	return ok, nil
}

// EditClient changes a client, all or nothing. It needs cases.edit, and a client whom the actor sees. generation is that of
// the form, or 0 for none. It returns *fault.Invalid, *fault.Conflict (B-16) or fault.ErrNotFound.
func (c *Cases) EditClient(ctx context.Context, actor access.Actor, id string, generation int64, ch ClientChange) error {
	if err := actor.Must(access.CasesEdit); err != nil {
		return err
	}
	return c.db.Tx(ctx, func(ctx context.Context) error {
		l, err := c.client(ctx, actor, id, c.db.ForUpdate())
		if err != nil {
			return err
		}
		bad, e := &fault.Invalid{}, edit{}
		if ch.Name != nil {
			e.set("name", &l.Name, required(bad, "name", *ch.Name, titleMax))
		}
		if ch.Email != nil {
			e.set("email", &l.Email, address(bad, *ch.Email))
		}
		if ch.Phone != nil {
			e.set("phone", &l.Phone, optional(bad, "phone", *ch.Phone, phoneMax))
		}
		if ch.Language != nil {
			e.set("language", &l.Language, language(bad, *ch.Language))
		}
		if err := clientFields(bad.Err()); err != nil {
			return err
		}
		if goes, err := e.goes(generation, l.Generation, ch.Was); !goes {
			return err
		}
		l.index()
		if _, err := c.db.Exec(ctx, `UPDATE clients SET name = $1, email = $2, phone = $3, language = $4, sort_name = $5, search = $6, generation = generation + 1, updated_at = $7 WHERE id = $8`,
			l.Name, l.Email, l.Phone, l.Language, l.SortName, l.Search, c.db.Now(), id); err != nil {
			return fmt.Errorf("write client: %w", err)
		}
		if _, err := c.db.Exec(ctx, `UPDATE cases SET client_name = $1, search = `+searchSQL+` WHERE client_id = $2`, l.SortName, id); err != nil {
			return fmt.Errorf("name client's cases: %w", err)
		}
		return c.clientDone(ctx, actor, "client.edit", id, e.changes...)
	})
}

// address is an e-mail address, or "".
func address(bad *fault.Invalid, typed string) string {
	typed = strings.TrimSpace(typed)
	if typed == "" {
		return ""
	}
	a, err := mail.ParseAddress(typed)
	if err != nil || a.Address != typed || len(typed) > clientEmailMax {
		bad.Add("client_email", "staff.email-invalid")
	}
	return typed
}

func language(bad *fault.Invalid, code string) string {
	switch code {
	case "":
		return "en"
	case "en", "es", "fr":
		return code
	}
	bad.Add("client_language", "staff.language-unknown")
	return code
}
