package api

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"chancery/app/access"
	"chancery/app/cases"
)

// SyncMost is how many clients, and how many cases, one request may bring.
const SyncMost = 100

// SyncClient is a client as the other system knows them; what is left out stays. What it breaks is a reason for this one alone, so lengths and the like are
// asked of it when it lands, and not of the request.
type SyncClient struct {
	ExternalID string  `json:"external_id" doc:"What the other system calls them; at most 200 characters."`
	Name       *string `json:"name,omitempty" doc:"A new one needs it."`
	Email      *string `json:"email,omitempty"`
	Phone      *string `json:"phone,omitempty"`
	Language   *string `json:"language,omitempty" doc:"en, es or fr."`
}

// SyncCase is a case as the other system knows it; what is left out stays.
type SyncCase struct {
	ExternalID       string     `json:"external_id" doc:"What the other system calls it; at most 200 characters."`
	Title            *string    `json:"title,omitempty" doc:"A new one needs it."`
	Number           *string    `json:"number,omitempty" doc:"Of a new one; by default, the next one of the year."`
	ClientExternalID string     `json:"client_external_id,omitempty" doc:"Whose case it is; a new one needs this or client_id."`
	ClientID         string     `json:"client_id,omitempty"`
	OwnerEmail       string     `json:"owner_email,omitempty" doc:"Who owns it; a new one that is open needs this or owner_id. A closed case keeps its owner."`
	OwnerID          string     `json:"owner_id,omitempty"`
	Stage            *string    `json:"stage,omitempty" doc:"A stage of the practice, or empty for none."`
	DepartmentID     *string    `json:"department_id,omitempty" doc:"Empty for none."`
	Private          *bool      `json:"private,omitempty"`
	Status           string     `json:"status,omitempty" enum:"open,closed" doc:"It is closed or reopened if it is not like that already."`
	OpenedAt         *time.Time `json:"opened_at,omitempty" doc:"Of a new one; now by default."`
}

// SyncBody is what is to land. Clients land first.
type SyncBody struct {
	Clients []SyncClient `json:"clients,omitempty" maxItems:"100" nullable:"false"`
	Cases   []SyncCase   `json:"cases,omitempty" maxItems:"100" nullable:"false"`
}

// Synced is how each landed, in the order in which they were sent.
type Synced struct {
	Clients []SyncResult `json:"clients" nullable:"false"`
	Cases   []SyncResult `json:"cases" nullable:"false"`
}

// SyncResult is how one landed.
type SyncResult struct {
	ExternalID string       `json:"external_id"`
	Outcome    string       `json:"outcome" enum:"created,changed,unchanged,refused"`
	ID         *string      `json:"id" doc:"null where it was refused."`
	Problem    *SyncProblem `json:"problem,omitempty" doc:"Why it was refused."`
}

// SyncProblem is why one did not land. Nothing of it was changed.
type SyncProblem struct {
	Reason string              `json:"reason" enum:"owner-missing,owner-unknown,owner-inactive,client-missing,client-unknown,client-differs,stage-unknown,department-unknown,number-taken,external-id-taken,would-be-hidden,invalid,forbidden,unavailable,internal" doc:"A word that stays the same. unavailable and internal are no fault of what was sent: send it again."`
	Detail string              `json:"detail"`
	Errors []*huma.ErrorDetail `json:"errors,omitempty" nullable:"false"`
}

const aboutSync = `What is not here yet is made, what is here under the same external_id is changed to what was sent, and what was sent already changes nothing: send the same as often as you like, and all of it again after an answer that was lost. What is left out stays as it is.

Each client and each case lands wholly or not at all, whatever becomes of the others; the answer is 200 and says of each how it landed, or for which reason it did not. Send at most 100 of each, clients before the cases that are theirs or with them. A private case that the token’s person does not work on is not seen, and refused as external-id-taken. People are told once of all cases that came to them by one request.`

func (a *API) sync() {
	type sending struct{ Body SyncBody }
	on(a, operation{method: http.MethodPost, path: "/sync", id: "sync", tag: "Sync", summary: "Bring clients and cases to what another system knows", about: aboutSync, scope: access.CasesView,
		also: []access.Permission{access.CasesViewAll, access.CasesCreate, access.CasesEdit, access.CasesReassign}},
		func(ctx context.Context, who access.Actor, in *sending) (*one[Synced], error) {
			out := Synced{Clients: make([]SyncResult, len(in.Body.Clients)), Cases: make([]SyncResult, len(in.Body.Cases))}
			for i, l := range in.Body.Clients {
				id, as, err := a.Cases.LandClient(ctx, who, cases.ClientLanding{ExternalID: l.ExternalID, ClientChange: cases.ClientChange{Name: l.Name, Email: l.Email, Phone: l.Phone, Language: l.Language}})
				out.Clients[i] = a.landed(ctx, "body.clients["+strconv.Itoa(i)+"]", l.ExternalID, cases.Landing{ID: id, As: as, Err: err}, nil)
			}
			all := make([]cases.CaseLanding, len(in.Body.Cases))
			for i, l := range in.Body.Cases {
				all[i] = cases.CaseLanding{ExternalID: l.ExternalID, Number: l.Number, Title: l.Title, ClientID: l.ClientID, ClientExternalID: l.ClientExternalID, OwnerID: l.OwnerID, OwnerEmail: l.OwnerEmail,
					Stage: l.Stage, DepartmentID: l.DepartmentID, Private: l.Private, Status: cases.Status(l.Status)}
				if l.OpenedAt != nil {
					all[i].OpenedAt = l.OpenedAt.UTC().Truncate(time.Microsecond)
				}
			}
			results, err := a.Cases.LandCases(ctx, who, all)
			if err != nil { // they have landed; who they came to will see them all the same
				a.Log.Error("nobody was told of cases that came", "id", callOf(ctx).from.RequestID, "error", err.Error())
			}
			for i, l := range results {
				sent := map[string]string{}
				if all[i].OwnerID == "" {
					sent["owner_id"] = "owner_email"
				}
				if all[i].ClientID == "" {
					sent["client_id"] = "client_external_id"
				}
				out.Cases[i] = a.landed(ctx, "body.cases["+strconv.Itoa(i)+"]", all[i].ExternalID, l, sent)
			}
			return &one[Synced]{Body: out}, nil
		})
}

// landed is a result as it is answered; at is where in the request it stood, and sent in which field something came that another could have brought.
func (a *API) landed(ctx context.Context, at, externalID string, l cases.Landing, sent map[string]string) SyncResult {
	if l.Err == nil {
		return SyncResult{ExternalID: externalID, Outcome: string(l.As), ID: &l.ID}
	}
	r := SyncResult{ExternalID: externalID, Outcome: "refused", Problem: &SyncProblem{Reason: "internal"}}
	p := &huma.ErrorModel{}
	errors.As(a.problem(ctx, l.Err), &p)
	p = a.complete(ctx, p)
	reason, ok := cases.ReasonOf(l.Err)
	switch {
	case ok:
		r.Problem.Reason = string(reason)
	case p.Status == http.StatusServiceUnavailable:
		r.Problem.Reason = "unavailable"
	}
	r.Problem.Detail, r.Problem.Errors = p.Detail, p.Errors
	for _, e := range r.Problem.Errors {
		name := strings.TrimPrefix(e.Location, "body.")
		e.Location = at + "." + cmp.Or(sent[name], name)
	}
	if len(r.Problem.Errors) > 0 {
		r.Problem.Detail = r.Problem.Errors[0].Message
	}
	return r
}
