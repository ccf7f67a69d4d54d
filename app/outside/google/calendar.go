package google

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"chancery/app/outside"
	"chancery/app/outside/wire"
)

// page is the most events that Google tells at once: a person with a thousand appointments is one request.
const page = 2500

// Calendar opens a person's calendar.
func (k *Keeper) Calendar(g outside.Grant, renewed func(context.Context, outside.Grant) error) outside.Calendar {
	return &calendar{keeper: k, session: k.wire.Open(g, renewed)}
}

type calendar struct {
	keeper  *Keeper
	session *wire.Session
	place   string
}

// Open makes a calendar when none is known.
func (c *calendar) Open(ctx context.Context, known string) (string, error) {
	if known != "" {
		c.place = known
		return known, nil
	}
	name, err := c.keeper.name(ctx)
	if err != nil {
		return "", err
	}
	var made struct{ ID string }
	err = c.session.Do(ctx, wire.Call{
		Method: http.MethodPost, URL: c.keeper.api + "/calendars", In: map[string]string{"summary": name}, Out: &made,
	})
	if err != nil {
		return "", err
	}
	c.place = made.ID
	return made.ID, nil
}

func (c *calendar) at(place string) string {
	return c.keeper.api + "/calendars/" + url.PathEscape(place)
}

func (c *calendar) event(ref string) string {
	return c.at(c.place) + "/events/" + url.PathEscape(ref)
}

// List reads page by page; the token for the next time comes with the last.
func (c *calendar) List(ctx context.Context, cursor string) (outside.Listing, error) {
	listing := outside.Listing{Whole: cursor == ""}
	query := url.Values{"maxResults": {strconv.Itoa(page)}}
	if cursor != "" {
		query.Set("syncToken", cursor)
	}
	for {
		var answer struct {
			Items         []event
			NextPageToken string
			NextSyncToken string
		}
		err := c.session.Do(ctx, wire.Call{Method: http.MethodGet, URL: c.at(c.place) + "/events?" + query.Encode(), Out: &answer})
		switch {
		case cursor != "" && wire.Is(err, http.StatusGone):
			return outside.Listing{}, outside.ErrCursor
		case wire.Is(err, http.StatusNotFound, http.StatusGone):
			return outside.Listing{}, outside.ErrGone
		case err != nil:
			return outside.Listing{}, err
		}
		for _, e := range answer.Items {
			if held, ours := e.held(); ours {
				listing.Events = append(listing.Events, held)
			}
		}
		if answer.NextPageToken == "" {
			listing.Cursor = answer.NextSyncToken
			return listing, nil
		}
		query.Set("pageToken", answer.NextPageToken)
	}
}

// Put writes under the id that follows from the UID.
func (c *calendar) Put(ctx context.Context, e outside.Event, held *outside.Held) (outside.Held, error) {
	if held != nil {
		return c.over(ctx, e, held.Ref, held.Version)
	}
	var now event
	err := c.session.Do(ctx, wire.Call{Method: http.MethodPost, URL: c.at(c.place) + "/events", In: c.keeper.written(e, true), Out: &now})
	if !wire.Is(err, http.StatusConflict) {
		return result(now, e, err)
	}
	ref := wire.ID(e.UID)
	if err := c.session.Do(ctx, wire.Call{Method: http.MethodGet, URL: c.event(ref), Out: &now}); err != nil {
		return outside.Held{}, gone(err)
	}
	return c.over(ctx, e, ref, now.ETag)
}

// over puts an event in the place of what stands there, also of one that was deleted.
func (c *calendar) over(ctx context.Context, e outside.Event, ref, version string) (outside.Held, error) {
	header := map[string]string{}
	if version != "" {
		header["If-Match"] = version
	}
	var now event
	err := c.session.Do(ctx, wire.Call{Method: http.MethodPut, URL: c.event(ref), Header: header, In: c.keeper.written(e, false), Out: &now})
	return result(now, e, gone(err))
}

func result(now event, e outside.Event, err error) (outside.Held, error) {
	if err != nil {
		return outside.Held{}, err
	}
	return outside.Held{UID: e.UID, Ref: now.ID, Version: now.ETag, Mark: e.Mark}, nil
}

// gone says of an event that is not what it was: list again. A 409 here is two writers at once.
func gone(err error) error {
	if wire.Is(err, http.StatusNotFound, http.StatusConflict, http.StatusGone, http.StatusPreconditionFailed) {
		return outside.ErrChanged
	}
	return err
}

// Remove takes an event away whatever has become of it.
func (c *calendar) Remove(ctx context.Context, held outside.Held) error {
	return already(c.session.Do(ctx, wire.Call{Method: http.MethodDelete, URL: c.event(held.Ref)}))
}

// Clear deletes the calendar.
func (c *calendar) Clear(ctx context.Context) error {
	return already(c.session.Do(ctx, wire.Call{Method: http.MethodDelete, URL: c.at(c.place)}))
}

func already(err error) error {
	if wire.Is(err, http.StatusNotFound, http.StatusGone) {
		return nil
	}
	return err
}
