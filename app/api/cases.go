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

// Case is one matter of a client.
type Case struct {
	ID           string     `json:"id"`
	Number       string     `json:"number"`
	Title        string     `json:"title"`
	ClientID     string     `json:"client_id"`
	Stage        string     `json:"stage"`
	Status       string     `json:"status" enum:"open,closed"`
	Private      bool       `json:"private" doc:"Only those who work on it see it."`
	OwnerID      *string    `json:"owner_id"`
	DepartmentID *string    `json:"department_id"`
	ExternalID   *string    `json:"external_id"`
	OpenedAt     time.Time  `json:"opened_at"`
	ClosedAt     *time.Time `json:"closed_at"`
	UpdatedAt    time.Time  `json:"updated_at"`
}

func (k Case) address() string { return "/cases/" + k.ID }

func caseOf(k *cases.Case) Case {
	return Case{ID: k.ID, Number: k.Number, Title: k.Title, ClientID: k.ClientID, Stage: k.Stage, Status: string(k.Status), Private: k.Private, OwnerID: k.OwnerID,
		DepartmentID: k.DepartmentID, ExternalID: k.ExternalID, OpenedAt: k.OpenedAt, ClosedAt: k.ClosedAt, UpdatedAt: k.UpdatedAt}
}

// CaseRow is a case as a list has it.
type CaseRow struct {
	ID            string     `json:"id"`
	Number        string     `json:"number"`
	Title         string     `json:"title"`
	ClientID      string     `json:"client_id"`
	ClientName    string     `json:"client_name"`
	Stage         string     `json:"stage"`
	Status        string     `json:"status" enum:"open,closed"`
	Private       bool       `json:"private"`
	OwnerID       *string    `json:"owner_id"`
	DepartmentID  *string    `json:"department_id"`
	ExternalID    *string    `json:"external_id"`
	OpenedAt      time.Time  `json:"opened_at"`
	ClosedAt      *time.Time `json:"closed_at"`
	LastMessageAt *time.Time `json:"last_message_at"`
	UpdatedAt     time.Time  `json:"updated_at" doc:"Of the case itself: what was said in it is last_message_at."`
}

func caseRows(rows []cases.Row) []CaseRow {
	all := make([]CaseRow, len(rows))
	for i := range rows {
		r := &rows[i]
		all[i] = CaseRow{ID: r.ID, Number: r.Number, Title: r.Title, ClientID: r.ClientID, ClientName: r.Client, Stage: r.Stage, Status: string(r.Status), Private: r.Private,
			OwnerID: r.OwnerID, DepartmentID: r.DepartmentID, OpenedAt: r.OpenedAt, ClosedAt: r.ClosedAt, LastMessageAt: r.LastMessageAt, ExternalID: r.ExternalID, UpdatedAt: r.UpdatedAt}
	}
	return all
}

// CaseDraft is what a case is to be.
type CaseDraft struct {
	Title        string `json:"title" minLength:"1" maxLength:"200"`
	ClientID     string `json:"client_id" minLength:"1" maxLength:"100"`
	OwnerID      string `json:"owner_id" minLength:"1" maxLength:"100" doc:"Somebody who works here."`
	Number       string `json:"number,omitempty" maxLength:"40" doc:"By default, the next one of the year."`
	Stage        string `json:"stage,omitempty" maxLength:"80" doc:"A stage of the practice."`
	Private      bool   `json:"private,omitempty"`
	DepartmentID string `json:"department_id,omitempty" maxLength:"100"`
	ExternalID   string `json:"external_id,omitempty" maxLength:"200" doc:"What another system calls it; unique."`
}

// CaseChange is what is to be changed of a case; what is left out stays.
type CaseChange struct {
	Number       *string `json:"number,omitempty" minLength:"1" maxLength:"40"`
	Title        *string `json:"title,omitempty" minLength:"1" maxLength:"200"`
	Stage        *string `json:"stage,omitempty" maxLength:"80" doc:"A stage of the practice, or empty for none."`
	DepartmentID *string `json:"department_id,omitempty" maxLength:"100" doc:"Empty for none."`
	Private      *bool   `json:"private,omitempty"`
}

// Ownership is who a case is to belong to.
type Ownership struct {
	OwnerID string `json:"owner_id" minLength:"1" maxLength:"100"`
}

type caseFind struct {
	Part
	Status       string `query:"status" enum:"open,closed"`
	OwnerID      string `query:"owner_id" maxLength:"100"`
	ClientID     string `query:"client_id" maxLength:"100"`
	DepartmentID string `query:"department_id" maxLength:"100"`
	Stage        string `query:"stage" maxLength:"200"`
	Search       string `query:"search" maxLength:"200" doc:"Words, all of which occur in title, number, client or owner."`
	ExternalID   string `query:"external_id" maxLength:"200" doc:"The one that another system calls so; nothing else is asked then."`
}

func (a *API) cases() {
	on(a, operation{method: http.MethodGet, path: "/cases", id: "list-cases", tag: "Cases", summary: "List cases, in the order in which they were made", scope: access.CasesView}, a.caseList)

	type creation struct {
		Keyed
		Body CaseDraft
	}
	on(a, operation{method: http.MethodPost, path: "/cases", id: "create-case", tag: "Cases", summary: "Create a case", scope: access.CasesCreate, status: http.StatusCreated},
		func(ctx context.Context, who access.Actor, in *creation) (*made[Case], error) {
			return create(ctx, a, in.Keyed, func(ctx context.Context) (Case, string, error) {
				b := in.Body
				k, err := a.Cases.Create(ctx, who, cases.NewCase{Number: b.Number, Title: b.Title, ClientID: b.ClientID, Stage: b.Stage, Private: b.Private, OwnerID: b.OwnerID,
					DepartmentID: b.DepartmentID, ExternalID: b.ExternalID})
				if err != nil {
					return Case{}, "", err
				}
				return caseOf(k), etag(k.Generation), nil
			})
		})

	on(a, operation{method: http.MethodGet, path: "/cases/{id}", id: "get-case", tag: "Cases", summary: "Get a case", scope: access.CasesView},
		func(ctx context.Context, who access.Actor, in *ByID) (*item[Case], error) {
			return a.oneCase(ctx, who, in.ID)
		})

	type change struct {
		ByID
		Matched
		Body CaseChange
	}
	on(a, operation{method: http.MethodPatch, path: "/cases/{id}", id: "change-case", tag: "Cases", summary: "Change a case", scope: access.CasesEdit, also: []access.Permission{access.CasesView}},
		func(ctx context.Context, who access.Actor, in *change) (*item[Case], error) {
			b := in.Body
			return a.changeCase(ctx, who, in.ID, in.IfMatch, func(g int64) error {
				return a.Cases.Edit(ctx, who, in.ID, g, cases.Change{Number: b.Number, Title: b.Title, Stage: b.Stage, DepartmentID: b.DepartmentID, Private: b.Private})
			})
		})

	type owning struct {
		ByID
		Body Ownership
	}
	on(a, operation{method: http.MethodPut, path: "/cases/{id}/owner", id: "reassign-case", tag: "Cases", summary: "Give an open case to another owner", scope: access.CasesReassign, also: []access.Permission{access.CasesView}},
		func(ctx context.Context, who access.Actor, in *owning) (*one[Ownership], error) {
			// The case itself is not answered: who gives a private one away does not see it any more.
			if err := a.Cases.Give(ctx, who, in.ID, in.Body.OwnerID); err != nil {
				return nil, err
			}
			return &one[Ownership]{Body: in.Body}, nil
		})

	type Closing struct {
		ByID
		Matched
	}
	on(a, operation{method: http.MethodPut, path: "/cases/{id}/closure", id: "close-case", tag: "Cases", summary: "Close a case", scope: access.CasesEdit, also: []access.Permission{access.CasesView}},
		func(ctx context.Context, who access.Actor, in *Closing) (*item[Case], error) {
			return a.changeCase(ctx, who, in.ID, in.IfMatch, func(g int64) error { return a.Cases.Close(ctx, who, in.ID, g) })
		})
	type reopening struct {
		Closing
		OwnerID string `query:"owner_id" maxLength:"100" doc:"Who is to own it; by default, who owned it before."`
	}
	on(a, operation{method: http.MethodDelete, path: "/cases/{id}/closure", id: "reopen-case", tag: "Cases", summary: "Open a closed case again", scope: access.CasesEdit, also: []access.Permission{access.CasesView}},
		func(ctx context.Context, who access.Actor, in *reopening) (*item[Case], error) {
			if err := a.Cases.MustSee(ctx, who, in.ID); err != nil {
				return nil, err
			}
			g, err := generation(in.IfMatch)
			if err != nil {
				return nil, err
			}
			k, err := a.Cases.Reopen(ctx, who, in.ID, g, in.OwnerID)
			if err != nil {
				return nil, err
			}
			return &item[Case]{ETag: etag(k.Generation), Body: caseOf(k)}, nil
		})
}

func (a *API) caseList(ctx context.Context, who access.Actor, in *caseFind) (*one[list[CaseRow]], error) {
	if in.ExternalID != "" {
		id, err := a.Cases.ByExternalID(ctx, who, in.ExternalID)
		if errors.Is(err, fault.ErrNotFound) {
			return listOf[CaseRow](nil, ""), nil
		}
		if err != nil {
			return nil, err
		}
		rows, err := a.Cases.Select(ctx, who, []string{id})
		if err != nil {
			return nil, err
		}
		return listOf(caseRows(rows), ""), nil
	}
	after, err := place(in.Cursor)
	if err != nil {
		return nil, err
	}
	p, err := a.Cases.List(ctx, who, cases.Query{Filter: cases.Filter{Search: in.Search, Status: cases.Status(in.Status), OwnerID: in.OwnerID, ClientID: in.ClientID,
		DepartmentID: in.DepartmentID, Stage: in.Stage}, Sort: cases.SortMade, After: after, Size: in.Limit})
	if err != nil {
		return nil, err
	}
	next := ""
	if p.Later && len(p.Rows) > 0 {
		next = p.Rows[len(p.Rows)-1].ID
	}
	return listOf(caseRows(p.Rows), next), nil
}

func (a *API) oneCase(ctx context.Context, who access.Actor, id string) (*item[Case], error) {
	k, err := a.Cases.Show(ctx, who, id)
	if err != nil {
		return nil, err
	}
	return &item[Case]{ETag: etag(k.Generation), Body: caseOf(&k.Case)}, nil
}

// changeCase does a change to a case that the program sees. Whether it sees it is asked first: who does not is told nothing of ETags.
func (a *API) changeCase(ctx context.Context, who access.Actor, id, ifMatch string, do func(generation int64) error) (*item[Case], error) {
	if err := a.Cases.MustSee(ctx, who, id); err != nil {
		return nil, err
	}
	g, err := generation(ifMatch)
	if err != nil {
		return nil, err
	}
	if err := do(g); err != nil {
		return nil, err
	}
	return a.oneCase(ctx, who, id)
}
