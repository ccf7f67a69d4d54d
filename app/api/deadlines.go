package api

import (
	"context"
	"net/http"
	"strings"
	"time"

	"chancery/app/access"
	"chancery/app/agenda"
)

// Deadline is a day by which something of a case has to be done.
type Deadline struct {
	ID         string     `json:"id"`
	CaseID     string     `json:"case_id"`
	Title      string     `json:"title"`
	DueOn      string     `json:"due_on" format:"date" doc:"A day of the practice."`
	DoneAt     *time.Time `json:"done_at"`
	DoneBy     *string    `json:"done_by" doc:"Who, by user id."`
	ExternalID *string    `json:"external_id"`
	UpdatedAt  time.Time  `json:"updated_at"`
}

func (d Deadline) address() string { return "/deadlines/" + d.ID }

func deadlineOf(d *agenda.Deadline) Deadline {
	return Deadline{ID: d.ID, CaseID: d.CaseID, Title: d.Title, DueOn: d.DueOn, DoneAt: d.DoneAt, DoneBy: d.DoneBy, ExternalID: d.ExternalID, UpdatedAt: d.UpdatedAt}
}

// DeadlineDraft is what a deadline is to be.
type DeadlineDraft struct {
	Title      string `json:"title" minLength:"1" maxLength:"200"`
	DueOn      string `json:"due_on" format:"date"`
	ExternalID string `json:"external_id,omitempty" maxLength:"200" doc:"One that is here already is answered as it is."`
}

// DeadlineChange is what is to be changed of a deadline; what is left out stays.
type DeadlineChange struct {
	Title *string `json:"title,omitempty" minLength:"1" maxLength:"200"`
	DueOn *string `json:"due_on,omitempty" format:"date"`
}

type deadlineFind struct {
	Part
	From   string `query:"from" format:"date" doc:"The first day."`
	Until  string `query:"until" format:"date" doc:"The last day."`
	CaseID string `query:"case_id" maxLength:"100"`
	UserID string `query:"user_id" maxLength:"100" doc:"Of cases that this person works on."`
	Done   bool   `query:"done" doc:"Those that are done, too."`
}

func (a *API) deadlines() {
	on(a, operation{method: http.MethodGet, path: "/deadlines", id: "list-deadlines", tag: "Deadlines", summary: "List deadlines, by their day", scope: access.AppointmentsView, also: []access.Permission{access.CasesView}}, a.deadlineList)

	type creation struct {
		ByID
		Keyed
		Body DeadlineDraft
	}
	on(a, operation{method: http.MethodPost, path: "/cases/{id}/deadlines", id: "create-deadline", tag: "Deadlines", summary: "Set a deadline of a case", scope: access.AppointmentsEdit, also: []access.Permission{access.CasesView}, status: http.StatusCreated},
		func(ctx context.Context, who access.Actor, in *creation) (*made[Deadline], error) {
			return create(ctx, a, in.Keyed, func(ctx context.Context) (Deadline, string, error) {
				d, err := a.Agenda.SetDeadlineOnce(ctx, who, in.ID, in.Body.Title, in.Body.DueOn, in.Body.ExternalID)
				if err != nil {
					return Deadline{}, "", err
				}
				return deadlineOf(d), etag(d.Generation), nil
			})
		})

	on(a, operation{method: http.MethodGet, path: "/deadlines/{id}", id: "get-deadline", tag: "Deadlines", summary: "Get a deadline", scope: access.AppointmentsView, also: []access.Permission{access.CasesView}},
		func(ctx context.Context, who access.Actor, in *ByID) (*item[Deadline], error) {
			return deadlineItem(a.Agenda.Deadline(ctx, who, "", in.ID))
		})

	type change struct {
		ByID
		Matched
		Body DeadlineChange
	}
	on(a, operation{method: http.MethodPatch, path: "/deadlines/{id}", id: "change-deadline", tag: "Deadlines", summary: "Move a deadline, or call it something else", scope: access.AppointmentsEdit, also: []access.Permission{access.AppointmentsView, access.CasesView}},
		func(ctx context.Context, who access.Actor, in *change) (*item[Deadline], error) {
			d, err := a.Agenda.Deadline(ctx, who, "", in.ID)
			if err != nil {
				return nil, err
			}
			g, err := generation(in.IfMatch)
			if err != nil {
				return nil, err
			}
			// What was left out is as it was read here; a change meanwhile must not be written over.
			return deadlineItem(a.Agenda.MoveDeadline(ctx, who, in.ID, or(nonzero(g), d.Generation), or(in.Body.Title, d.Title), or(in.Body.DueOn, d.DueOn)))
		})

	for _, o := range []struct {
		method, id, summary string
		done                bool
	}{
		{http.MethodPut, "finish-deadline", "Say that what was due is done", true},
		{http.MethodDelete, "reopen-deadline", "Say that it is not done after all", false},
	} {
		on(a, operation{method: o.method, path: "/deadlines/{id}/completion", id: o.id, tag: "Deadlines", summary: o.summary, scope: access.AppointmentsEdit, also: []access.Permission{access.CasesView}},
			func(ctx context.Context, who access.Actor, in *ByID) (*item[Deadline], error) {
				return deadlineItem(a.Agenda.FinishDeadline(ctx, who, in.ID, o.done))
			})
	}
}

func (a *API) deadlineList(ctx context.Context, who access.Actor, in *deadlineFind) (*one[list[Deadline]], error) {
	q := agenda.Days{From: in.From, Until: in.Until, CaseID: in.CaseID, UserID: in.UserID, Done: in.Done, Limit: in.Limit + 1}
	at, err := place(in.Cursor)
	if err != nil {
		return nil, err
	}
	if at != "" {
		day, id, ok := strings.Cut(at, " ")
		if !ok {
			return nil, errPlace()
		}
		q.After = agenda.DayPlace{DueOn: day, ID: id}
	}
	rows, err := a.Agenda.Deadlines(ctx, who, q)
	if err != nil {
		return nil, err
	}
	shown, next := rows[:min(len(rows), in.Limit)], ""
	if len(rows) > in.Limit {
		last := &shown[len(shown)-1]
		next = last.DueOn + " " + last.ID
	}
	all := make([]Deadline, len(shown))
	for i := range shown {
		all[i] = deadlineOf(&shown[i].Deadline)
	}
	return listOf(all, next), nil
}

func deadlineItem(d *agenda.Deadline, err error) (*item[Deadline], error) {
	if err != nil {
		return nil, err
	}
	return &item[Deadline]{ETag: etag(d.Generation), Body: deadlineOf(d)}, nil
}
