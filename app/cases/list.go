package cases

import (
	"context"
	"fmt"
	"slices"
	"time"

	"chancery/app/access"
	"chancery/app/listing"
	"chancery/app/staff"
	"chancery/app/store"
)

// How the list of cases is found, put in order and cut is listing's; here stands what may be asked of a case, and in which
// orders. TestNoListReadsEveryCase holds what the page offers against the databases' own plans.

// table is the cases as a list has them.
var table = listing.Table{Name: "cases", As: "k", Along: "k.number, k.id", Words: listing.Words{Index: "cases_search", Of: "case_words", ID: "case_id"}}

// Row is a case as a list shows it.
type Row struct {
	ID            string
	Number        string
	Title         string
	ClientID      string
	Client        string
	Stage         string
	Status        Status
	Private       bool
	OwnerID       *string
	OwnerFirst    string
	OwnerLast     string
	OwnerShown    string
	OwnerPicture  *string
	OwnerStatus   staff.Status
	DepartmentID  *string
	Department    string
	OpenedAt      time.Time
	ClosedAt      *time.Time
	LastMessageAt *time.Time
	ExternalID    *string
	UpdatedAt     time.Time
	Unread        int64 // of the reader's; 0 for who is not associated, or without messages.view
}

// Owner is what the list calls the owner, or "".
func (r *Row) Owner() string { return staff.DisplayName(r.OwnerFirst, r.OwnerLast, r.OwnerShown) }

// Filter says which cases are wanted; its zero value wants all that the reader sees.
type Filter struct {
	Search       string // words, all of which must occur in title, number, client or owner
	Status       Status
	OwnerID      string
	DepartmentID string // or NoDepartment
	Stage        string
	ClientID     string
	Mine         bool     // associated with the reader
	Unread       bool     // with messages that the reader has not read
	Talked       bool     // in which something was said with the client
	IDs          []string // these, of those that meet the rest; nil for all
}

// NoDepartment stands for a department in a Filter: cases that are in none.
const NoDepartment = staff.NoDepartment

// Sort is what a list is ordered by.
type Sort string

// The orders there are. Cases without any message come before all with one.
const (
	SortNumber  Sort = "number" // also what "" means
	SortTitle   Sort = "title"
	SortClient  Sort = "client"
	SortStage   Sort = "stage" // as the practice has put them (Stages), those in none last
	SortOwner   Sort = "owner"
	SortOpened  Sort = "opened"
	SortMessage Sort = "message"
	// SortInbox is by SortMessage, and where it descends, what the reader has not read before all else.
	SortInbox Sort = "inbox"
	// SortMade is the order in which cases were made, which no change of one alters: for programs that walk all of them.
	SortMade Sort = "made"
)

// Sorts are the orders there are.
func Sorts() []Sort {
	return []Sort{SortNumber, SortTitle, SortClient, SortStage, SortOwner, SortOpened, SortMessage}
}

// Query says which cases a list wants, in which order, and which part of them.
type Query struct {
	Filter
	Sort       Sort
	Descending bool
	After      string // the id of the case that the part begins after; "" for the first
	Before     string // or of the one that it ends before
	Size       int
}

// List is one part of the cases that the actor sees, and how many there are. It needs cases.view.
func (c *Cases) List(ctx context.Context, actor access.Actor, q Query) (listing.Part[Row], error) {
	asked, err := c.asked(ctx, actor, q)
	if err != nil {
		return listing.Part[Row]{}, err
	}
	p, err := listing.Read[Row](ctx, c.db, table, asked, columns(actor))
	if err != nil {
		return p, fmt.Errorf("list cases: %w", err)
	}
	return p, nil
}

// Matching is the ids of the cases that a filter finds, by number, most of them at most, and whether there are more.
func (c *Cases) Matching(ctx context.Context, actor access.Actor, f Filter, most int) (ids []string, more bool, err error) {
	asked, err := c.asked(ctx, actor, Query{Filter: f, Size: most})
	if err != nil {
		return nil, false, err
	}
	type row struct{ ID string }
	p, err := listing.Read[row](ctx, c.db, table, asked, listing.Columns{Select: "k.id"})
	if err != nil {
		return nil, false, fmt.Errorf("cases that match: %w", err)
	}
	for _, r := range p.Rows {
		ids = append(ids, r.ID)
	}
	return ids, p.Later, nil
}

// Select is the cases of these ids that the actor sees, by number; the others are left out.
func (c *Cases) Select(ctx context.Context, actor access.Actor, ids []string) ([]Row, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	p, err := c.List(ctx, actor, Query{Filter: Filter{IDs: ids}, Size: len(ids)})
	return p.Rows, err
}

func columns(actor access.Actor) listing.Columns {
	unread := `0`
	if actor.Rights.Can(access.MessagesView) {
		unread = `COALESCE(a.unread, 0)`
	}
	return listing.Columns{
		Select: `k.id, k.number, k.title, k.client_id, k.stage, k.status, k.private, k.owner_id, k.department_id, k.opened_at, k.closed_at, k.last_message_at, k.external_id, k.updated_at,
			l.name AS client, COALESCE(u.first_name, '') AS owner_first, COALESCE(u.last_name, '') AS owner_last, COALESCE(u.display_name, '') AS owner_shown,
			u.picture_id AS owner_picture, COALESCE(u.status, '') AS owner_status, COALESCE(d.name, '') AS department, ` + unread + ` AS unread`,
		Joins: `JOIN clients l ON l.id = k.client_id LEFT JOIN users u ON u.id = k.owner_id LEFT JOIN departments d ON d.id = k.department_id
			LEFT JOIN associations a ON a.case_id = k.id AND a.user_id = ?`,
		Args: []any{actor.ID},
	}
}

// asked is a query as a list has it.
func (c *Cases) asked(ctx context.Context, actor access.Actor, q Query) (listing.Query, error) {
	where, err := c.conditions(actor, q.Filter)
	if err != nil {
		return listing.Query{}, err
	}
	o, err := c.order(ctx, actor, q)
	return listing.Query{Where: where, Order: o, Descending: q.Descending, After: q.After, Before: q.Before, Size: q.Size}, err
}

const theirs = `SELECT a.case_id FROM associations a WHERE a.user_id = ?`

// associatedSQL is true of a case k of theirs.
const associatedSQL = `EXISTS (` + theirs + ` AND a.case_id = k.id)`

// conditions are those of a filter, and that the actor sees the case.
func (c *Cases) conditions(actor access.Actor, f Filter) ([]listing.Condition, error) {
	if err := actor.Must(access.CasesView); err != nil {
		return nil, err
	}
	var all []listing.Condition
	equal := func(column string, value any, order Sort) {
		all = append(all, listing.Equal(c.db, "k."+column, value, string(order)))
	}
	associated := listing.Condition{Finds: `k.id IN (` + theirs + `)`, Tests: associatedSQL, Args: []any{actor.ID}}
	switch seesAll := actor.Rights.Can(access.CasesViewAll); {
	case f.Mine || !seesAll:
		all = append(all, associated)
	case !actor.Rights.Super():
		all = append(all, listing.Condition{Tests: `(NOT k.private OR ` + associated.Tests + `)`, Args: associated.Args})
	}
	if f.Unread {
		all = append(all, unread(actor))
	}
	if f.IDs != nil {
		all = append(all, listing.Condition{Finds: `k.id IN ?`, Tests: listing.Bare(c.db, "k.id") + ` IN ?`, Args: []any{f.IDs}})
	}
	if f.OwnerID != "" {
		equal("owner_id", f.OwnerID, "")
	}
	if f.ClientID != "" {
		equal("client_id", f.ClientID, "")
	}
	if f.Stage != "" {
		equal("stage", f.Stage, SortNumber)
	}
	switch f.DepartmentID {
	case "":
	case NoDepartment:
		all = append(all, listing.Condition{Finds: "k.department_id IS NULL", Tests: listing.Bare(c.db, "k.department_id") + " IS NULL", Order: string(SortNumber)})
	default:
		equal("department_id", f.DepartmentID, SortNumber)
	}
	all = append(all, table.Search(c.db, f.Search, "k.client_name", string(SortClient))...)
	if f.Talked {
		talked, never := c.lastMessage()
		some := listing.Condition{Finds: talked + ` > ` + never, Tests: listing.Bare(c.db, talked) + ` > ` + never, Order: string(SortMessage)}
		if slices.ContainsFunc(all, func(c listing.Condition) bool { return c.Finds != "" }) {
			some.Finds = ""
		}
		all = append(all, some)
	}
	if f.Status != "" {
		status := listing.Equal(c.db, "k.status", f.Status, string(SortNumber))
		if slices.ContainsFunc(all, func(c listing.Condition) bool { return c.Finds != "" }) {
			status.Finds = "" // half of all cases have it: whatever else finds, finds fewer
		}
		all = append(all, status)
	}
	return all, nil
}

// unread is the condition that the reader has not read all of a case.
func unread(actor access.Actor) listing.Condition {
	if !actor.Rights.Can(access.MessagesView) {
		return listing.Condition{Tests: `1 = 0`}
	}
	const some = theirs + ` AND a.unread > 0`
	return listing.Condition{Finds: `k.id IN (` + some + `)`, Tests: `EXISTS (` + some + ` AND a.case_id = k.id)`, Args: []any{actor.ID}}
}

// order is what cases are ordered by, as in the index of that order.
func (c *Cases) order(ctx context.Context, actor access.Actor, q Query) (listing.Order, error) {
	by := func(sort Sort, column string) listing.Order {
		return listing.Order{Name: string(sort), Places: []listing.Place{{SQL: column}}}
	}
	switch q.Sort {
	case SortTitle:
		return by(SortTitle, "k.words"), nil
	case SortClient:
		return by(SortClient, "k.client_name"), nil
	case SortOwner:
		return by(SortOwner, "k.owner_name"), nil
	case SortOpened:
		return by(SortOpened, "k.opened_at"), nil
	case SortMessage:
		talked, _ := c.lastMessage()
		return by(SortMessage, talked), nil
	case SortInbox:
		talked, _ := c.lastMessage()
		o, news := by(SortMessage, talked), unread(actor)
		rest := listing.Condition{Tests: `NOT ` + news.Tests, Args: news.Args}
		o.Groups = [][]listing.Condition{{rest}, {news}}
		return o, nil
	case SortMade:
		return by(SortMade, "k.id"), nil
	case SortStage:
		o := by(SortNumber, "k.number") // of one stage: by number
		if q.Stage != "" {
			return o, nil
		}
		stages, err := c.Stages(ctx)
		for _, s := range stages {
			o.Groups = append(o.Groups, []listing.Condition{listing.Equal(c.db, "k.stage", s.Name, string(SortNumber))})
		}
		o.Groups = append(o.Groups, []listing.Condition{listing.Equal(c.db, "k.stage", "", string(SortNumber))})
		return o, err
	}
	return by(SortNumber, "k.number"), nil
}

// lastMessage is a time also for cases without any message: which one, is never.
func (c *Cases) lastMessage() (sql, never string) {
	if c.db.Dialect() == store.Postgres {
		return "COALESCE(k.last_message_at, '-infinity')", "'-infinity'"
	}
	return "COALESCE(k.last_message_at, '')", "''"
}
