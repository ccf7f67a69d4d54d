package api

import (
	"context"
	"net/http"
	"time"

	"chancery/app/access"
	"chancery/app/agenda"
)

// Appointment is a meeting.
type Appointment struct {
	ID         string    `json:"id"`
	CaseID     *string   `json:"case_id"`
	OwnerID    string    `json:"owner_id" doc:"Whose it is."`
	Title      string    `json:"title"`
	Place      string    `json:"place"`
	Notes      string    `json:"notes"`
	StartsAt   time.Time `json:"starts_at"`
	EndsAt     time.Time `json:"ends_at"`
	Zone       string    `json:"zone" example:"America/Toronto" doc:"The zone that it was agreed in."`
	Status     string    `json:"status" enum:"planned,cancelled"`
	People     []string  `json:"people" nullable:"false" doc:"Who else of the practice comes, by user id."`
	ExternalID *string   `json:"external_id"`
	UpdatedAt  time.Time `json:"updated_at"`
}

func (p Appointment) address() string { return "/appointments/" + p.ID }

func appointmentOf(p *agenda.Appointment, people []string) Appointment {
	if people == nil {
		people = []string{}
	}
	return Appointment{ID: p.ID, CaseID: p.CaseID, OwnerID: p.OwnerID, Title: p.Title, Place: p.Place, Notes: p.Notes, StartsAt: p.StartsAt, EndsAt: p.EndsAt, Zone: p.Zone,
		Status: string(p.Status), People: people, ExternalID: p.ExternalID, UpdatedAt: p.UpdatedAt}
}

// AppointmentDraft is what an appointment is to be.
type AppointmentDraft struct {
	CaseID     string    `json:"case_id,omitempty" maxLength:"100"`
	OwnerID    string    `json:"owner_id,omitempty" maxLength:"100" doc:"By default, the owner of the case."`
	Title      string    `json:"title" minLength:"1" maxLength:"200"`
	Place      string    `json:"place,omitempty" maxLength:"200"`
	Notes      string    `json:"notes,omitempty" maxLength:"4000"`
	StartsAt   time.Time `json:"starts_at"`
	EndsAt     time.Time `json:"ends_at"`
	Zone       string    `json:"zone" minLength:"1" maxLength:"100" example:"America/Toronto"`
	People     []string  `json:"people,omitempty" maxItems:"50" nullable:"false" doc:"Who else of the practice comes, by user id."`
	ExternalID string    `json:"external_id,omitempty" maxLength:"200" doc:"One that is here already is answered as it is."`
}

// AppointmentChange is what is to be changed of an appointment; what is left out stays.
type AppointmentChange struct {
	Title    *string    `json:"title,omitempty" minLength:"1" maxLength:"200"`
	Place    *string    `json:"place,omitempty" maxLength:"200"`
	Notes    *string    `json:"notes,omitempty" maxLength:"4000"`
	StartsAt *time.Time `json:"starts_at,omitempty"`
	EndsAt   *time.Time `json:"ends_at,omitempty"`
	Zone     *string    `json:"zone,omitempty" minLength:"1" maxLength:"100"`
	OwnerID  *string    `json:"owner_id,omitempty" minLength:"1" maxLength:"100"`
	People   *[]string  `json:"people,omitempty" maxItems:"50" nullable:"false" doc:"All who come then, besides its owner, by user id."`
}

type appointmentFind struct {
	Part
	From      time.Time `query:"from" required:"true" doc:"Those that end after it."`
	Until     time.Time `query:"until" required:"true" doc:"Those that begin before it."`
	CaseID    string    `query:"case_id" maxLength:"100"`
	UserID    string    `query:"user_id" maxLength:"100" doc:"Whose it is, or who comes."`
	Cancelled bool      `query:"cancelled" doc:"Those that were cancelled, too."`
}

func (a *API) appointments() {
	on(a, operation{method: http.MethodGet, path: "/appointments", id: "list-appointments", tag: "Appointments", summary: "List appointments between two instants, by their beginning", scope: access.AppointmentsView}, a.appointmentList)

	type creation struct {
		Keyed
		Body AppointmentDraft
	}
	on(a, operation{method: http.MethodPost, path: "/appointments", id: "create-appointment", tag: "Appointments", summary: "Plan an appointment", scope: access.AppointmentsEdit, also: []access.Permission{access.CasesView}, status: http.StatusCreated, refers: true},
		func(ctx context.Context, who access.Actor, in *creation) (*made[Appointment], error) {
			return create(ctx, a, in.Keyed, func(ctx context.Context) (Appointment, string, error) {
				b := in.Body
				p, err := a.Agenda.Create(ctx, who, agenda.Plan{CaseID: b.CaseID, OwnerID: b.OwnerID, Title: b.Title, Place: b.Place, Notes: b.Notes, StartsAt: b.StartsAt, EndsAt: b.EndsAt,
					Zone: b.Zone, People: b.People, ExternalID: b.ExternalID})
				if err != nil {
					return Appointment{}, "", err
				}
				coming, err := a.Agenda.Coming(ctx, p.ID)
				return appointmentOf(p, coming[p.ID]), etag(p.Generation), err
			})
		})

	on(a, operation{method: http.MethodGet, path: "/appointments/{id}", id: "get-appointment", tag: "Appointments", summary: "Get an appointment", scope: access.AppointmentsView, also: []access.Permission{access.CasesView}},
		func(ctx context.Context, who access.Actor, in *ByID) (*item[Appointment], error) {
			e, people, err := a.Agenda.Get(ctx, who, in.ID)
			if err != nil {
				return nil, err
			}
			return &item[Appointment]{ETag: etag(e.Generation), Body: appointmentOf(&e.Appointment, people)}, nil
		})

	type change struct {
		ByID
		Matched
		Body AppointmentChange
	}
	on(a, operation{method: http.MethodPatch, path: "/appointments/{id}", id: "change-appointment", tag: "Appointments", summary: "Move or change an appointment", scope: access.AppointmentsEdit, also: []access.Permission{access.AppointmentsView, access.CasesView}},
		func(ctx context.Context, who access.Actor, in *change) (*item[Appointment], error) {
			return a.changeAppointment(ctx, who, in.ID, in.IfMatch, func(e *agenda.Entry, people []string, g int64) (*agenda.Appointment, error) {
				b := in.Body
				p := agenda.Plan{CaseID: text(e.CaseID), OwnerID: or(b.OwnerID, e.OwnerID), Title: or(b.Title, e.Title), Place: or(b.Place, e.Place), Notes: or(b.Notes, e.Notes),
					StartsAt: or(b.StartsAt, e.StartsAt), EndsAt: or(b.EndsAt, e.EndsAt), Zone: or(b.Zone, e.Zone), People: or(b.People, people)}
				// What of it was left out is as it was read here; a change meanwhile must not be written over.
				if g == 0 {
					g = e.Generation
				}
				return a.Agenda.Update(ctx, who, in.ID, g, p)
			})
		})

	type only struct {
		ByID
		Matched
	}
	on(a, operation{method: http.MethodPut, path: "/appointments/{id}/cancellation", id: "cancel-appointment", tag: "Appointments", summary: "Cancel an appointment", scope: access.AppointmentsEdit, also: []access.Permission{access.AppointmentsView, access.CasesView}},
		func(ctx context.Context, who access.Actor, in *only) (*item[Appointment], error) {
			return a.changeAppointment(ctx, who, in.ID, in.IfMatch, func(e *agenda.Entry, _ []string, g int64) (*agenda.Appointment, error) {
				return a.Agenda.Cancel(ctx, who, in.ID, or(nonzero(g), e.Generation))
			})
		})
	on(a, operation{method: http.MethodDelete, path: "/appointments/{id}/cancellation", id: "restore-appointment", tag: "Appointments", summary: "Plan a cancelled appointment again", scope: access.AppointmentsEdit, also: []access.Permission{access.AppointmentsView, access.CasesView}},
		func(ctx context.Context, who access.Actor, in *only) (*item[Appointment], error) {
			return a.changeAppointment(ctx, who, in.ID, in.IfMatch, func(e *agenda.Entry, _ []string, g int64) (*agenda.Appointment, error) {
				return a.Agenda.Restore(ctx, who, in.ID, or(nonzero(g), e.Generation))
			})
		})
}

func (a *API) appointmentList(ctx context.Context, who access.Actor, in *appointmentFind) (*one[list[Appointment]], error) {
	q := agenda.Query{From: in.From.UTC(), Until: in.Until.UTC(), CaseID: in.CaseID, UserID: in.UserID, Cancelled: in.Cancelled, Limit: in.Limit + 1}
	at, err := place(in.Cursor)
	if err != nil {
		return nil, err
	}
	if at != "" {
		if q.After.StartsAt, q.After.ID, err = instant(at); err != nil {
			return nil, err
		}
	}
	rows, err := a.Agenda.List(ctx, who, q)
	if err != nil {
		return nil, err
	}
	shown, next := rows[:min(len(rows), in.Limit)], ""
	if len(rows) > in.Limit {
		last := &shown[len(shown)-1]
		next = atInstant(last.StartsAt, last.ID)
	}
	all, ids := make([]Appointment, len(shown)), make([]string, len(shown))
	for i := range shown {
		ids[i] = shown[i].ID
	}
	coming, err := a.Agenda.Coming(ctx, ids...)
	if err != nil {
		return nil, err
	}
	for i := range shown {
		all[i] = appointmentOf(&shown[i].Appointment, coming[shown[i].ID])
	}
	return listOf(all, next), nil
}

func (a *API) changeAppointment(ctx context.Context, who access.Actor, id, ifMatch string, do func(*agenda.Entry, []string, int64) (*agenda.Appointment, error)) (*item[Appointment], error) {
	e, people, err := a.Agenda.Get(ctx, who, id)
	if err != nil {
		return nil, err
	}
	g, err := generation(ifMatch)
	if err != nil {
		return nil, err
	}
	p, err := do(e, people, g)
	if err != nil {
		return nil, err
	}
	coming, err := a.Agenda.Coming(ctx, id)
	if err != nil {
		return nil, err
	}
	return &item[Appointment]{ETag: etag(p.Generation), Body: appointmentOf(p, coming[id])}, nil
}

// or is what a pointer points to, or another value.
func or[T any](p *T, other T) T {
	if p == nil {
		return other
	}
	return *p
}

func nonzero(n int64) *int64 {
	if n == 0 {
		return nil
	}
	return &n
}
