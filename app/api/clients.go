package api

import (
	"context"
	"errors"
	"net/http"
	"time"

	"chancery/app/access"
	"chancery/app/cases"
	"chancery/app/fault"
)

// Client is whom the practice works for.
type Client struct {
	ID         string    `json:"id"`
	Name       string    `json:"name"`
	Email      string    `json:"email"`
	Phone      string    `json:"phone"`
	Language   string    `json:"language" enum:"en,es,fr"`
	ExternalID *string   `json:"external_id" doc:"What another system calls them."`
	CreatedAt  time.Time `json:"created_at"`
	UpdatedAt  time.Time `json:"updated_at"`
}

func (c Client) address() string { return "/clients/" + c.ID }

func clientOf(l *cases.Client) Client {
	return Client{ID: l.ID, Name: l.Name, Email: l.Email, Phone: l.Phone, Language: l.Language, ExternalID: l.ExternalID, CreatedAt: l.CreatedAt, UpdatedAt: l.UpdatedAt}
}

// ClientDraft is what a client is to be.
type ClientDraft struct {
	Name       string `json:"name" minLength:"1" maxLength:"200"`
	Email      string `json:"email,omitempty" maxLength:"254"`
	Phone      string `json:"phone,omitempty" maxLength:"40"`
	Language   string `json:"language,omitempty" enum:"en,es,fr" doc:"en by default."`
	ExternalID string `json:"external_id,omitempty" maxLength:"200" doc:"What another system calls them; unique."`
}

// ClientChange is what is to be changed of a client; what is left out stays.
type ClientChange struct {
	Name     *string `json:"name,omitempty" minLength:"1" maxLength:"200"`
	Email    *string `json:"email,omitempty" maxLength:"254"`
	Phone    *string `json:"phone,omitempty" maxLength:"40"`
	Language *string `json:"language,omitempty" enum:"en,es,fr"`
}

// ByID is a request about one thing. Types that requests share are exported, since huma leaves others out.
type ByID struct {
	ID string `path:"id" maxLength:"100"`
}

func (a *API) clients() {
	type find struct {
		Part
		ExternalID string `query:"external_id" maxLength:"200" doc:"The one that another system calls so."`
	}
	on(a, operation{method: http.MethodGet, path: "/clients", id: "list-clients", tag: "Clients", summary: "List clients, in the order in which they were made", scope: access.CasesView},
		func(ctx context.Context, who access.Actor, in *find) (*one[list[Client]], error) {
			if in.ExternalID != "" {
				return a.clientCalled(ctx, who, in.ExternalID)
			}
			after, err := place(in.Cursor)
			if err != nil {
				return nil, err
			}
			rows, more, err := a.Cases.ClientPart(ctx, who, after, in.Limit)
			if err != nil {
				return nil, err
			}
			all, next := make([]Client, len(rows)), ""
			for i := range rows {
				all[i] = clientOf(&rows[i])
			}
			if more {
				next = rows[len(rows)-1].ID
			}
			return listOf(all, next), nil
		})

	type creation struct {
		Keyed
		Body ClientDraft
	}
	on(a, operation{method: http.MethodPost, path: "/clients", id: "create-client", tag: "Clients", summary: "Create a client", scope: access.CasesCreate, status: http.StatusCreated},
		func(ctx context.Context, who access.Actor, in *creation) (*made[Client], error) {
			return create(ctx, a, in.Keyed, func(ctx context.Context) (Client, string, error) {
				b := in.Body
				l, err := a.Cases.AddClient(ctx, who, cases.NewClient{Name: b.Name, Email: b.Email, Phone: b.Phone, Language: b.Language, ExternalID: b.ExternalID})
				if err != nil {
					return Client{}, "", err
				}
				return clientOf(l), etag(l.Generation), nil
			})
		})

	on(a, operation{method: http.MethodGet, path: "/clients/{id}", id: "get-client", tag: "Clients", summary: "Get a client", scope: access.CasesView},
		func(ctx context.Context, who access.Actor, in *ByID) (*item[Client], error) {
			return a.client(ctx, who, in.ID)
		})

	type change struct {
		ByID
		Matched
		Body ClientChange
	}
	on(a, operation{method: http.MethodPatch, path: "/clients/{id}", id: "change-client", tag: "Clients", summary: "Change a client", scope: access.CasesEdit, also: []access.Permission{access.CasesView}},
		func(ctx context.Context, who access.Actor, in *change) (*item[Client], error) {
			if _, err := a.Cases.Client(ctx, who, in.ID); err != nil {
				return nil, err
			}
			g, err := generation(in.IfMatch)
			if err != nil {
				return nil, err
			}
			b := in.Body
			if err := a.Cases.EditClient(ctx, who, in.ID, g, cases.ClientChange{Name: b.Name, Email: b.Email, Phone: b.Phone, Language: b.Language}); err != nil {
				return nil, err
			}
			return a.client(ctx, who, in.ID)
		})
}

func (a *API) client(ctx context.Context, who access.Actor, id string) (*item[Client], error) {
	l, err := a.Cases.Client(ctx, who, id)
	if err != nil {
		return nil, err
	}
	return &item[Client]{ETag: etag(l.Generation), Body: clientOf(l)}, nil
}

func (a *API) clientCalled(ctx context.Context, who access.Actor, externalID string) (*one[list[Client]], error) {
	id, err := a.Cases.ClientByExternalID(ctx, who, externalID)
	if errors.Is(err, fault.ErrNotFound) {
		return listOf[Client](nil, ""), nil
	}
	if err != nil {
		return nil, err
	}
	l, err := a.Cases.Client(ctx, who, id)
	if err != nil {
		return nil, err
	}
	return listOf([]Client{clientOf(l)}, ""), nil
}
