package cases

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"chancery/app/access"
	"chancery/app/audit"
	"chancery/app/fault"
	"chancery/app/store"
)

// NewCase is what begins a case. Status "" is Open.
type NewCase struct {
	ID           string // "": a new one; only Seed gives one
	Number       string // "": the next one of the year, as 2026-0042
	Title        string
	ClientID     string
	NewClient    *NewClient // in the place of ClientID: one who is new as well
	Stage        string
	Status       Status
	Private      bool
	OwnerID      string
	DepartmentID string
	ExternalID   string
	OpenedAt     time.Time // zero: now
	ClosedAt     time.Time // of a closed one; zero: now
	Members      []string  // who works on it besides; only Seed adds them at once
}

// Create writes a case. It needs cases.create, a client for whom the actor may begin one (toWorkFor), and an owner who works here for an open one; who is given it is told. Who
// would not see the case that they have made becomes a member of it. It returns *fault.Invalid.
func (c *Cases) Create(ctx context.Context, actor access.Actor, n NewCase) (*Case, error) {
	if err := actor.Must(access.CasesCreate); err != nil {
		return nil, err
	}
	var k *Case
	for try := 1; ; try++ {
		err := c.db.Tx(ctx, func(ctx context.Context) (err error) { k, err = c.create(ctx, actor, n); return err })
		switch {
		case err == nil:
			return k, nil
		case n.Number == "" && try < numberTries && store.Violated(err, "cases_number", ""): // somebody has written it by hand
		default:
			return nil, refusal(err, "create case")
		}
	}
}

// numberTries is how often the next number is looked for when others write it meanwhile.
const numberTries = 5

func (c *Cases) create(ctx context.Context, actor access.Actor, n NewCase) (*Case, error) {
	bad := &fault.Invalid{}
	if n.Number == "" {
		var err error
		if n.Number, err = c.nextNumber(ctx); err != nil {
			return nil, err
		}
	}
	client := &Client{}
	if n.NewClient != nil {
		made, err := c.newClient(bad, *n.NewClient)
		if err != nil {
			return nil, err
		}
		client, n.ClientID = made, made.ID
	}
	k, err := c.made(n)
	if err := bad.Join(err); err != nil {
		return nil, err
	}
	if n.NewClient == nil {
		ok, err := c.clientToWorkFor(ctx, actor, n.ClientID, client)
		if err != nil {
			return nil, err
		}
		if !ok {
			bad.Add("client", "cases.choose-client")
		}
	}
	// The owner before the stage, as whoever changes what is here does (landOn).
	owner := person{}
	if n.OwnerID != "" || k.Status == Open {
		if owner, err = c.holdOwner(ctx, n.OwnerID); bad.Join(err) != nil {
			return nil, err
		}
	}
	if err := c.holdPlace(ctx, bad, k.Stage, n.DepartmentID); err != nil {
		return nil, err
	}
	if err := bad.Err(); err != nil {
		return nil, err
	}
	if n.NewClient != nil {
		if err := c.insertClient(ctx, actor, client); err != nil {
			return nil, err
		}
	}
	k.named(client, owner.SortName)
	if err := c.db.In(ctx).Create(k).Error; err != nil {
		return nil, err
	}
	if !actor.Rights.Can(access.CasesViewAll) && !actor.Program() && actor.ID != owner.ID || k.Private && !actor.Rights.Super() && actor.ID != owner.ID {
		if err := c.insertMember(ctx, k.ID, actor.ID); err != nil {
			return nil, err
		}
	}
	err = c.done(ctx, actor, "case.create", k.ID, audit.Change{Field: "number", After: k.Number}, audit.Change{Field: "title", After: k.Title},
		audit.Change{Field: "owner", After: owner.written()}, audit.Change{Field: "client", After: client.Name})
	if err != nil || owner.ID == "" || k.Status != Open {
		return k, err
	}
	return k, c.tell(ctx, actor, owner, 1, k.ID)
}

// named fills in what the case is ordered by and searched through.
func (k *Case) named(client *Client, owner string) {
	k.Words, k.ClientName, k.OwnerName = k.words(), client.SortName, owner
	k.Search = search(k.Words, client.Search, owner)
}

// nextNumber is the number after the highest of this year that counts. Who makes cases at the same moment waits for it.
func (c *Cases) nextNumber(ctx context.Context) (string, error) {
	if err := c.db.Alone(ctx, "cases.number"); err != nil {
		return "", err
	}
	year := strconv.Itoa(c.db.Now().Year()) + "-"
	var last string
	_, err := store.One(c.db.In(ctx).Raw(`SELECT number FROM cases WHERE number >= ? AND number < ? AND length(number) =
		(SELECT max(length(m.number)) FROM cases m WHERE m.number >= ? AND m.number < ?) ORDER BY number DESC LIMIT 1`, year, year+":", year, year+":"), &last)
	if err != nil {
		return "", fmt.Errorf("last number: %w", err)
	}
	n, _ := strconv.Atoi(strings.TrimPrefix(last, year)) // of another way to write them: from the start
	return fmt.Sprintf("%s%04d", year, n+1), nil
}

// made is the row of a new case, or *fault.Invalid.
func (c *Cases) made(n NewCase) (*Case, error) {
	bad := &fault.Invalid{}
	now := c.db.Now()
	k := &Case{ID: cmp.Or(n.ID, store.NewID()), Number: required(bad, "number", n.Number, numberMax), Title: required(bad, "title", n.Title, titleMax),
		ClientID: n.ClientID, Stage: optional(bad, "stage", n.Stage, stageMax), Status: n.Status, Private: n.Private, OpenedAt: n.OpenedAt,
		OwnerID: pointer(n.OwnerID), DepartmentID: pointer(n.DepartmentID), ExternalID: external(bad, n.ExternalID), Generation: 1, CreatedAt: now, UpdatedAt: now}
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
	return k, bad.Err()
}

// holdOwner locks who is to own a case, as holdTaker does, for a form that calls them owner.
func (c *Cases) holdOwner(ctx context.Context, id string) (person, error) {
	p, err := c.holdTaker(ctx, id)
	bad := &fault.Invalid{}
	if err := bad.Join(err); err != nil || len(bad.Fields) == 0 {
		return p, err
	}
	return p, &fault.Invalid{Fields: []fault.Field{{Name: "owner", Message: bad.Fields[0].Message}}}
}

// holdPlace notes a stage or a department that there is not, and locks the stage, so that it is neither renamed nor removed
// before the case is in it.
func (c *Cases) holdPlace(ctx context.Context, bad *fault.Invalid, stage, department string) error {
	for _, p := range []struct{ field, value, query string }{
		{"stage", stage, `SELECT 1 FROM stages WHERE name = ?` + c.db.ForUpdate()},
		{"department", department, `SELECT 1 FROM departments WHERE id = ?`},
	} {
		if p.value == "" || bad.Has(p.field) {
			continue
		}
		var one int
		ok, err := store.One(c.db.In(ctx).Raw(p.query, p.value), &one)
		if err != nil {
			return fmt.Errorf("%s of a case: %w", p.field, err)
		}
		if !ok {
			bad.Add(p.field, "cases.unknown-"+p.field)
		}
	}
	return nil
}
