package microsoft

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"chancery/app/outside"
	"chancery/app/outside/wire"
)

// page is the most events that Graph tells at once: a person with a thousand appointments is one request.
const page = "1000"

// names is how many names are tried for the calendar, where the person has others of the same name.
const names = 5

// Calendar opens a person's calendar.
func (k *Keeper) Calendar(g outside.Grant, renewed func(context.Context, outside.Grant) error) outside.Calendar {
	return &calendar{keeper: k, session: k.wire.Open(g, renewed)}
}

type calendar struct {
	keeper  *Keeper
	session *wire.Session
	place   string
}

// do asks for ids that stay when an event is moved between folders.
func (c *calendar) do(ctx context.Context, method, to, version string, in, out any) error {
	header := map[string]string{"Prefer": `IdType="ImmutableId"`}
	if version != "" {
		header["If-Match"] = version
	}
	return c.session.Do(ctx, wire.Call{Method: method, URL: to, Header: header, In: in, Out: out})
}

// escaped is a query's value; Graph wants %20 for a blank.
func escaped(value string) string { return strings.ReplaceAll(url.QueryEscape(value), "+", "%20") }

func (c *calendar) at(place string) string {
	return c.keeper.api + "/me/calendars/" + url.PathEscape(place)
}

func (c *calendar) events() string { return c.at(c.place) + "/events" }

func (c *calendar) event(ref string) string { return c.events() + "/" + url.PathEscape(ref) }

// Open looks for a calendar that was made before for the same person when none is known, and makes one when there is none.
func (c *calendar) Open(ctx context.Context, known string) (string, error) {
	if known != "" {
		c.place = known
		return known, nil
	}
	ours := strings.TrimSpace(c.keeper.wire.OAuth.ClientID + " " + outside.Whom(ctx))
	var found struct{ Value []struct{ ID string } }
	look := c.keeper.api + "/me/calendars?$select=id&$filter=" + escaped(propertyIs("eq", ours))
	if err := c.do(ctx, http.MethodGet, look, "", nil, &found); err != nil {
		return "", err
	}
	if len(found.Value) > 0 {
		c.place = found.Value[0].ID
		return c.place, nil
	}
	return c.create(ctx, ours)
}

// create tries another name where the person has a calendar of the name already: that one is theirs.
func (c *calendar) create(ctx context.Context, ours string) (string, error) {
	called, err := c.keeper.name(ctx)
	if err != nil {
		return "", err
	}
	for i := range names {
		name := called
		if i > 0 {
			name = fmt.Sprintf("%s %d", name, i+1)
		}
		var made struct{ ID string }
		err = c.do(ctx, http.MethodPost, c.keeper.api+"/me/calendars", "", map[string]any{
			"name": name, "singleValueExtendedProperties": []property{{ID: propertyID, Value: ours}},
		}, &made)
		if err == nil {
			c.place = made.ID
			return made.ID, nil
		}
		if !wire.Is(err, http.StatusConflict) {
			return "", err
		}
	}
	return "", err
}

// List is always whole. One of a calendar that is not there is answered with 404 (ErrorItemNotFound). Of two with one UID the person has made the second, as a copy; it is theirs.
func (c *calendar) List(ctx context.Context, _ string) (outside.Listing, error) {
	listing := outside.Listing{Whole: true}
	first := map[string]int{}
	var made []string
	next := c.events() + "?$top=" + page + "&$select=" + selected + "&$expand=" +
		escaped("singleValueExtendedProperties($filter=id eq '"+propertyID+"')")
	for next != "" {
		var answer struct {
			Value []event
			Next  string `json:"@odata.nextLink"`
		}
		err := c.do(ctx, http.MethodGet, next, "", nil, &answer)
		if wire.Is(err, http.StatusNotFound, http.StatusGone) {
			return outside.Listing{}, outside.ErrGone
		}
		if err != nil {
			return outside.Listing{}, err
		}
		for _, e := range answer.Value {
			held, ours := e.held()
			if !ours {
				continue
			}
			at, twice := first[held.UID]
			switch {
			case !twice:
				first[held.UID] = len(listing.Events)
				listing.Events, made = append(listing.Events, held), append(made, e.Created)
			case e.Created < made[at]:
				listing.Events[at], made[at] = held, e.Created
			}
		}
		if next = answer.Next; next != "" && !strings.HasPrefix(next, c.keeper.api+"/") {
			return outside.Listing{}, errors.New("outside: the list goes on at another address, which gets no token")
		}
	}
	return listing, nil
}

// Put makes an event by a transaction id that follows from the UID. One that was used already made an event that stands there still,
// which is written over, or one that was deleted since; then it is made by another id.
func (c *calendar) Put(ctx context.Context, e outside.Event, held *outside.Held) (outside.Held, error) {
	if held != nil {
		return c.over(ctx, e, held.Ref, held.Version)
	}
	now, err := c.make(ctx, e, "")
	if !used(err) {
		return now, err
	}
	var found struct{ Value []event }
	look := c.events() + "?$select=id&$filter=" + escaped(propertyIs("startswith", e.UID+" "))
	if err := c.do(ctx, http.MethodGet, look, "", nil, &found); err != nil {
		return outside.Held{}, err
	}
	if len(found.Value) > 0 {
		return c.over(ctx, e, found.Value[0].ID, found.Value[0].ETag)
	}
	now, err = c.make(ctx, e, c.keeper.wire.Now().UTC().Format("2006-01-02T15"))
	if used(err) {
		return outside.Held{}, outside.ErrChanged // it was deleted again in the same hour
	}
	return now, err
}

// make may be answered with what an earlier one has made; that is written over when it is not the same.
func (c *calendar) make(ctx context.Context, e outside.Event, again string) (outside.Held, error) {
	sent, now := written(e), event{}
	sent.Transaction = wire.ID(strings.Join([]string{c.place, e.UID, again}, "\n"))[:40]
	if err := c.do(ctx, http.MethodPost, c.events(), "", sent, &now); err != nil {
		return outside.Held{}, err
	}
	if wire.Mark(wire.Written(e), now.seen()) != e.Mark {
		return c.over(ctx, e, now.ID, now.ETag)
	}
	return outside.Held{UID: e.UID, Ref: now.ID, Version: now.ETag, Mark: e.Mark}, nil
}

// used says that a transaction id was. Graph has answered it with either status.
func used(err error) bool {
	var refused *outside.Refused
	return errors.As(err, &refused) && refused.Reason == "ErrorDuplicateTransactionId"
}

func (c *calendar) over(ctx context.Context, e outside.Event, ref, version string) (outside.Held, error) {
	var now event
	err := c.do(ctx, http.MethodPatch, c.event(ref), version, written(e), &now)
	if wire.Is(err, http.StatusNotFound, http.StatusConflict, http.StatusGone, http.StatusPreconditionFailed) {
		return outside.Held{}, outside.ErrChanged
	}
	if err != nil {
		return outside.Held{}, err
	}
	return outside.Held{UID: e.UID, Ref: now.ID, Version: now.ETag, Mark: e.Mark}, nil
}

// Remove takes an event away whatever has become of it.
func (c *calendar) Remove(ctx context.Context, held outside.Held) error {
	return already(c.do(ctx, http.MethodDelete, c.event(held.Ref), "", nil, nil))
}

// Clear deletes the calendar.
func (c *calendar) Clear(ctx context.Context) error {
	return already(c.do(ctx, http.MethodDelete, c.at(c.place), "", nil, nil))
}

func already(err error) error {
	if wire.Is(err, http.StatusNotFound, http.StatusGone) {
		return nil
	}
	return err
}
