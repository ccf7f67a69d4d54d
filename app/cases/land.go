package cases

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"chancery/app/access"
	"chancery/app/fault"
	"chancery/app/store"
)

// What another system knows of clients and cases lands here, found by the name that the other system has for it (external_id): what is not here yet
// is made, what is here is changed to what was said, and what was said already changes nothing. So the same may be sent any number of times, and a
// sender that was cut off sends all of it again. What is left out stays as it is.
//
// One client or one case lands wholly or not at all. Why one does not has a word that programs and reports may rely on (ReasonOf).

// Landed is how something landed.
type Landed string

// The ways to land.
const (
	LandedNew     Landed = "created"
	LandedChanged Landed = "changed"
	LandedSame    Landed = "unchanged"
)

// ClientLanding is a client as another system knows them.
type ClientLanding struct {
	ExternalID string
	ClientChange
}

// CaseLanding is a case as another system knows it. Its client is given by id or by external id, its owner by id or by address.
type CaseLanding struct {
	ExternalID       string
	Number           *string // of a new one, without it: the next of the year
	Title            *string
	ClientID         string
	ClientExternalID string
	OwnerID          string
	OwnerEmail       string
	Stage            *string
	DepartmentID     *string
	Private          *bool
	Status           Status    // "": as it is, and a new one is open
	OpenedAt         time.Time // of a new one; zero: now
}

// LandClient makes or changes a client. It needs cases.view, and cases.create or cases.edit, and returns what AddClient and EditClient do. One that the
// actor does not see is *fault.Invalid on "external_id".
func (c *Cases) LandClient(ctx context.Context, actor access.Actor, l ClientLanding) (id string, as Landed, err error) {
	bad := &fault.Invalid{}
	l.ExternalID = required(bad, "external_id", l.ExternalID, externalMax)
	if err := bad.Err(); err != nil {
		return "", "", err
	}
	for try := 1; ; try++ {
		id, err = c.ClientByExternalID(ctx, actor, l.ExternalID)
		if err == nil {
			as, err = c.landOnClient(ctx, actor, id, l)
			return id, as, err
		}
		if !errors.Is(err, fault.ErrNotFound) {
			return "", "", err
		}
		made, err := c.AddClient(ctx, actor, NewClient{Name: value(l.Name), Email: value(l.Email), Phone: value(l.Phone), Language: value(l.Language), ExternalID: l.ExternalID})
		if reason, _ := ReasonOf(err); reason == ReasonTaken && try == 1 { // somebody was faster with the same, or it is not seen
			continue
		}
		if err != nil {
			return "", "", err
		}
		return made.ID, LandedNew, nil
	}
}

func (c *Cases) landOnClient(ctx context.Context, actor access.Actor, id string, l ClientLanding) (as Landed, err error) {
	err = c.db.Tx(ctx, func(ctx context.Context) error {
		was, err := c.client(ctx, actor, id, c.db.ForUpdate())
		if err != nil {
			return err
		}
		if err := c.EditClient(ctx, actor, id, 0, l.ClientChange); err != nil {
			return err
		}
		as, err = c.landedOn(ctx, `SELECT generation FROM clients WHERE id = $1`, id, was.Generation)
		return err
	})
	return as, err
}

// Landing is how one of several landed, or why it did not.
type Landing struct {
	ID  string
	As  Landed
	Err error // ReasonOf says what it is called
}

// LandCases lands cases one after the other, each in a transaction of its own, so that what has landed stays when the time is over before the last. Whoever
// they come to is told once, of how many, at the end. err is for that alone.
func (c *Cases) LandCases(ctx context.Context, actor access.Actor, all []CaseLanding) (landed []Landing, err error) {
	landed, came := c.LandQuietly(ctx, actor, all)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tellTime) // also where the time of the others is over
	defer cancel()
	return landed, c.db.Tx(ctx, func(ctx context.Context) error { return c.TellArrivals(ctx, actor, came) })
}

// Arrival is how many cases came to somebody of whom they have not been told yet.
type Arrival struct {
	UserID string
	Count  int64
}

// LandQuietly is LandCases that tells nobody, but says who is to be told of how many: by TellArrivals, once all is over that goes on for longer.
func (c *Cases) LandQuietly(ctx context.Context, actor access.Actor, all []CaseLanding) (landed []Landing, came []Arrival) {
	people := &gathered{}
	landed = make([]Landing, len(all))
	for i, l := range all {
		one := &gathered{}
		landed[i].ID, landed[i].As, landed[i].Err = c.landCase(context.WithValue(ctx, gatheredKey{}, one), actor, l)
		if landed[i].Err == nil {
			people.add(one.people...)
		}
	}
	for _, p := range people.people {
		came = append(came, Arrival{p.person.ID, p.count})
	}
	return landed, came
}

// TellArrivals tells people, each once, of the cases that came to them, in ctx's transaction.
func (c *Cases) TellArrivals(ctx context.Context, actor access.Actor, came []Arrival) error {
	for _, a := range came {
		p, err := c.personOf(ctx, a.UserID)
		if err != nil {
			return err
		}
		if err := c.tell(ctx, actor, p, a.Count, ""); err != nil {
			return err
		}
	}
	return nil
}

// Unannounced is a context in which verbs tell nobody of what comes to them: for what moves thousands at once and tells of it by itself.
func Unannounced(ctx context.Context) context.Context {
	return context.WithValue(ctx, gatheredKey{}, &gathered{})
}

const tellTime = 5 * time.Second

// gathered is whom cases came to and how many, to be told at once. It is put into a context, and tell puts people into it.
type gathered struct{ people []gatheredFor }

type gatheredFor struct {
	person person
	count  int64
}

type gatheredKey struct{}

func (g *gathered) add(people ...gatheredFor) {
	for _, p := range people {
		i := slices.IndexFunc(g.people, func(o gatheredFor) bool { return o.person.ID == p.person.ID })
		if i < 0 {
			g.people = append(g.people, p)
			continue
		}
		g.people[i].count += p.count
	}
}

// landCase makes or changes a case. It needs cases.view, and cases.create, or cases.edit and, where the owner is another, cases.reassign. It returns what
// Create, Edit, Reassign, Close and Reopen do; *fault.Invalid on "owner" for an open case without an owner who works here (S1-18), and on "client" for one
// whom there is not, or who is not the client of the case that is here. A closed case keeps its owner (S1-13), whoever is named.
func (c *Cases) landCase(ctx context.Context, actor access.Actor, l CaseLanding) (id string, as Landed, err error) {
	bad := &fault.Invalid{}
	l.ExternalID = required(bad, "external_id", l.ExternalID, externalMax)
	if err := bad.Err(); err != nil {
		return "", "", err
	}
	for try := 1; ; try++ {
		id, err = c.ByExternalID(ctx, actor, l.ExternalID)
		if err == nil {
			as, err = c.landOn(ctx, actor, id, l)
			return id, as, err
		}
		if !errors.Is(err, fault.ErrNotFound) {
			return "", "", err
		}
		made, err := c.landNew(ctx, actor, l)
		if reason, _ := ReasonOf(err); reason == ReasonTaken && try == 1 {
			continue
		}
		if err != nil {
			return "", "", err
		}
		return made.ID, LandedNew, nil
	}
}

func (c *Cases) landNew(ctx context.Context, actor access.Actor, l CaseLanding) (*Case, error) {
	client, err := c.landingClient(ctx, actor, l)
	if err != nil {
		return nil, err
	}
	if client == "" {
		return nil, fault.Field1("client", "cases.landing-client")
	}
	owner, err := c.landingOwner(ctx, l)
	if err != nil {
		return nil, err
	}
	if owner == "" && l.Status != Closed {
		return nil, fault.Field1("owner", "cases.landing-owner")
	}
	return c.Create(ctx, actor, NewCase{Number: value(l.Number), Title: value(l.Title), ClientID: client, Stage: value(l.Stage), Status: l.Status, Private: l.Private != nil && *l.Private,
		OwnerID: owner, DepartmentID: value(l.DepartmentID), ExternalID: l.ExternalID, OpenedAt: l.OpenedAt})
}

// landOn changes the case that is here. Its owner to be is held before it, as whoever moves cases does.
func (c *Cases) landOn(ctx context.Context, actor access.Actor, id string, l CaseLanding) (as Landed, err error) {
	client, err := c.landingClient(ctx, actor, l)
	if err != nil {
		return "", err
	}
	owner, err := c.landingOwner(ctx, l)
	if err != nil {
		return "", err
	}
	err = c.db.Tx(ctx, func(ctx context.Context) error {
		if owner != "" && l.Status != Closed {
			if _, err := c.holdOwner(ctx, owner); err != nil {
				return err
			}
		}
		return c.held(ctx, actor, access.CasesEdit, id, func(ctx context.Context, k *Case) error {
			if client != "" && client != k.ClientID {
				return fault.Field1("client", "cases.landing-other-client")
			}
			if k.Status == Closed && l.Status == Open {
				if _, err := c.Reopen(ctx, actor, id, 0, owner); err != nil {
					return err
				}
			} else if k.Status == Open && l.Status != Closed && owner != "" && owner != value(k.OwnerID) {
				if err := c.Give(ctx, actor, id, owner); err != nil {
					return err
				}
			}
			if err := c.Edit(ctx, actor, id, 0, Change{Number: l.Number, Title: l.Title, Stage: l.Stage, DepartmentID: l.DepartmentID, Private: l.Private}); err != nil {
				return err
			}
			if k.Status == Open && l.Status == Closed {
				if err := c.Close(ctx, actor, id, 0); err != nil {
					return err
				}
			}
			as, err = c.landedOn(ctx, `SELECT generation FROM cases WHERE id = $1`, id, k.Generation)
			return err
		})
	})
	return as, err
}

func (c *Cases) landedOn(ctx context.Context, query, id string, was int64) (Landed, error) {
	var now int64
	if err := c.db.Row(ctx, query, id).Scan(&now); err != nil {
		return "", fmt.Errorf("how it landed: %w", err)
	}
	if now == was {
		return LandedSame, nil
	}
	return LandedChanged, nil
}

// landingClient is the id of whom a case is said to be for, or "" where nothing is said.
func (c *Cases) landingClient(ctx context.Context, actor access.Actor, l CaseLanding) (string, error) {
	if l.ClientID != "" || l.ClientExternalID == "" {
		return l.ClientID, nil
	}
	id, err := c.ClientByExternalID(ctx, actor, l.ClientExternalID)
	if errors.Is(err, fault.ErrNotFound) {
		return "", fault.Field1("client", "cases.choose-client")
	}
	return id, err
}

// landingOwner is the id of who is said to own a case, or "" where nothing is said.
func (c *Cases) landingOwner(ctx context.Context, l CaseLanding) (id string, err error) {
	if l.OwnerID != "" || l.OwnerEmail == "" {
		return l.OwnerID, nil
	}
	ok, err := store.One(c.db.In(ctx).Raw(`SELECT id FROM users WHERE lower(email) = ?`, strings.ToLower(strings.TrimSpace(l.OwnerEmail))), &id)
	if err != nil {
		return "", fmt.Errorf("owner by address: %w", err)
	}
	if !ok {
		return "", fault.Field1("owner", "cases.choose-owner")
	}
	return id, nil
}
