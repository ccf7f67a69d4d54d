// Package cases knows clients, their cases, and who works on them: one owner, and any number of members besides.
//
// An open case always has an owner who is not INACTIVE. The verbs here keep to it, and so does the database, whichever
// way a row is written (the triggers cases_open_owner in the migrations; S1-15, S1-18). Closed cases keep the owner they
// had, so that the record goes on saying who did the work (S1-13).
//
// For now this is what hand-over needs: to list, to create, to reassign. Stages, messages and deadlines move in with the
// cases issue; how a person signs in, and how anything looks, never does.
//
// # Many at once
//
// Reassigning takes one statement to lock and read the cases, one to move them, and one for each thousand lines of the
// audit: 5,000 cases cost 1.3 times what a floor of two statements does on SQLite and 1.6 times on Postgres, 0.2 s of CPU
// on either (make bench ARGS="-many"). A leaver's 500 cases over a department, two shared cores: SQLite 14 ms, Postgres
// 25 ms (go test ./app/cases -run '^$' -bench . -benchtime 10x).
package cases

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"chancery/app/access"
	"chancery/app/audit"
	"chancery/app/fault"
	"chancery/app/staff"
	"chancery/app/store"
)

// Status of a case.
type Status string

// The statuses.
const (
	Open   Status = "open"
	Closed Status = "closed"
)

// Client is whom the practice works for.
type Client struct {
	ID        string
	Name      string
	Email     string
	Phone     string
	Language  string
	CreatedAt time.Time
	UpdatedAt time.Time
}

// Case is one matter of a client. Times are UTC.
type Case struct {
	ID           string
	Number       string // as people call it, unique
	Title        string
	ClientID     string
	Stage        string
	Status       Status
	Private      bool
	OwnerID      *string // nil only when closed
	DepartmentID *string
	OpenedAt     time.Time
	ClosedAt     *time.Time
	Generation   int64
	CreatedAt    time.Time
	UpdatedAt    time.Time
}

// Cases is the room.
type Cases struct {
	db     *store.DB
	staff  *staff.Staff
	teller Teller
}

// New opens the room.
func New(db *store.DB, people *staff.Staff) *Cases { return &Cases{db: db, staff: people} }

// NewCase is what begins a case. Status "" is Open.
type NewCase struct {
	Number       string
	Title        string
	ClientID     string
	Stage        string
	Status       Status
	Private      bool
	OwnerID      string
	DepartmentID string
	OpenedAt     time.Time // zero: now
	ClosedAt     time.Time // of a closed one; zero: now
}

// Lengths of texts, in characters.
const (
	numberMax = 40
	titleMax  = 200
)

// AddClient writes a client. It needs cases.create.
func (c *Cases) AddClient(ctx context.Context, actor access.Actor, name string) (*Client, error) {
	if err := actor.Must(access.CasesCreate); err != nil {
		return nil, err
	}
	bad := &fault.Invalid{}
	now := c.db.Now()
	client := &Client{ID: store.NewID(), Name: required(bad, "name", name, titleMax), Language: "en", CreatedAt: now, UpdatedAt: now}
	if err := bad.Err(); err != nil {
		return nil, err
	}
	return client, c.db.Tx(ctx, func(ctx context.Context) error {
		if err := c.db.In(ctx).Create(client).Error; err != nil {
			return fmt.Errorf("add client: %w", err)
		}
		return audit.Record(ctx, c.db, actor.Actor, audit.Entry{Action: "client.create", Kind: "client", ID: client.ID})
	})
}

// Create writes a case. It needs cases.create, and an owner who works here for an open one. It returns *fault.Invalid.
func (c *Cases) Create(ctx context.Context, actor access.Actor, n NewCase) (*Case, error) {
	if err := actor.Must(access.CasesCreate); err != nil {
		return nil, err
	}
	k, err := c.made(n)
	if err != nil {
		return nil, err
	}
	err = c.db.Tx(ctx, func(ctx context.Context) error {
		if err := c.db.In(ctx).Create(k).Error; err != nil {
			return refusal(err, "create case")
		}
		return audit.Record(ctx, c.db, actor.Actor, audit.Entry{Action: "case.create", Kind: "case", ID: k.ID, Changes: []audit.Change{
			{Field: "number", After: k.Number}, {Field: "title", After: k.Title}, {Field: "owner", After: n.OwnerID},
		}})
	})
	if err != nil {
		return nil, err
	}
	return k, nil
}

// made is the row of a new case, or *fault.Invalid.
func (c *Cases) made(n NewCase) (*Case, error) {
	bad := &fault.Invalid{}
	now := c.db.Now()
	k := &Case{ID: store.NewID(), Number: required(bad, "number", n.Number, numberMax), Title: required(bad, "title", n.Title, titleMax),
		ClientID: n.ClientID, Stage: n.Stage, Status: n.Status, Private: n.Private, OpenedAt: n.OpenedAt, Generation: 1, CreatedAt: now, UpdatedAt: now}
	if k.Status == "" {
		k.Status = Open
	}
	if k.OpenedAt.IsZero() {
		k.OpenedAt = now
	}
	if k.Status == Closed {
		k.ClosedAt = &n.ClosedAt
		if n.ClosedAt.IsZero() {
			k.ClosedAt = &now
		}
	}
	if n.OwnerID != "" {
		k.OwnerID = &n.OwnerID
	}
	if n.DepartmentID != "" {
		k.DepartmentID = &n.DepartmentID
	}
	return k, bad.Err()
}

// AddMember adds someone who works on a case besides its owner; twice does no harm. It needs cases.edit.
func (c *Cases) AddMember(ctx context.Context, actor access.Actor, caseID, userID string) error {
	if err := actor.Must(access.CasesEdit); err != nil {
		return err
	}
	return c.db.Tx(ctx, func(ctx context.Context) error {
		done := c.db.In(ctx).Exec(`INSERT INTO case_members (case_id, user_id, created_at) VALUES (?, ?, ?) ON CONFLICT (case_id, user_id) DO NOTHING`,
			caseID, userID, c.db.Now())
		if done.Error != nil {
			return fmt.Errorf("add member: %w", done.Error)
		}
		if done.RowsAffected == 0 {
			return nil
		}
		return audit.Record(ctx, c.db, actor.Actor, audit.Entry{Action: "case.add-member", Kind: "case", ID: caseID, Changes: []audit.Change{{Field: "member", After: userID}}})
	})
}

// Seed writes clients and cases in bulk, for the demo practice and for tests, whose past is made up: no audit tells of
// it. Owners must be working here all the same.
func (c *Cases) Seed(ctx context.Context, clients []Client, cases []NewCase) error {
	now := c.db.Now()
	for i := range clients {
		clients[i].CreatedAt, clients[i].UpdatedAt = now, now
		if clients[i].Language == "" {
			clients[i].Language = "en"
		}
	}
	rows := make([]*Case, len(cases))
	for i, n := range cases {
		k, err := c.made(n)
		if err != nil {
			return err
		}
		rows[i] = k
	}
	return c.db.Tx(ctx, func(ctx context.Context) error {
		if len(clients) > 0 {
			if err := c.db.In(ctx).CreateInBatches(clients, 1000).Error; err != nil {
				return fmt.Errorf("seed clients: %w", err)
			}
		}
		if len(rows) > 0 {
			if err := c.db.In(ctx).CreateInBatches(rows, 1000).Error; err != nil {
				return refusal(err, "seed cases")
			}
		}
		return nil
	})
}

// refusal turns what the database refuses into what a form can say.
func refusal(err error, what string) error {
	switch {
	case store.Violated(err, "cases_open_owner", ""):
		return fault.Field1("owner", "cases.owner-gone")
	case store.Violated(err, "cases_number", ""):
		return fault.Field1("number", "cases.number-taken")
	}
	return fmt.Errorf("%s: %w", what, err)
}

func required(bad *fault.Invalid, field, value string, most int) string {
	value = strings.Join(strings.Fields(value), " ")
	if n := utf8.RuneCountInString(value); n == 0 || n > most {
		bad.Add(field, "cases.text-length", "Max", most)
	}
	return value
}
