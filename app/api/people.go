package api

import (
	"context"
	"net/http"

	"chancery/app/access"
	"chancery/app/staff"
)

// Person is somebody who works here, as every colleague sees them (S0-1): whom a case, an appointment or a deadline can be given to.
type Person struct {
	ID         string `json:"id"`
	Name       string `json:"name"`
	Email      string `json:"email" doc:"What they sign in with."`
	Title      string `json:"title"`
	Department string `json:"department" doc:"Its name."`
}

// Stage is one that cases go through.
type Stage struct {
	Name string `json:"name" doc:"What a case's stage is."`
}

// Department is a part of the practice.
type Department struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// people are what cases refer to: who may own one, and where it may be.
func (a *API) people() {
	on(a, operation{method: http.MethodGet, path: "/people", id: "list-people", tag: "Practice", summary: "List who works here, by last name", scope: access.CasesView},
		func(ctx context.Context, who access.Actor, in *struct {
			Part
			Search string `query:"search" maxLength:"200" doc:"Words, all of which occur in name, e-mail address or title."`
		}) (*one[list[Person]], error) {
			after, err := place(in.Cursor)
			if err != nil {
				return nil, err
			}
			p, err := a.Staff.Colleagues(ctx, who, staff.Query{Filter: staff.Filter{Search: in.Search}, Sort: staff.SortName, After: after, Size: in.Limit})
			if err != nil {
				return nil, err
			}
			all, next := make([]Person, len(p.Rows)), ""
			for i := range p.Rows {
				r := &p.Rows[i]
				all[i] = Person{ID: r.ID, Name: r.Name(), Email: r.Email, Title: r.Title, Department: r.Department}
			}
			if p.Later && len(all) > 0 {
				next = all[len(all)-1].ID
			}
			return listOf(all, next), nil
		})
	on(a, operation{method: http.MethodGet, path: "/stages", id: "list-stages", tag: "Practice", summary: "List the stages of cases, in their order", scope: access.CasesView},
		func(ctx context.Context, _ access.Actor, _ *struct{}) (*one[list[Stage]], error) {
			rows, err := a.Cases.Stages(ctx)
			if err != nil {
				return nil, err
			}
			all := make([]Stage, len(rows))
			for i := range rows {
				all[i] = Stage{Name: rows[i].Name}
			}
			return listOf(all, ""), nil
		})
	on(a, operation{method: http.MethodGet, path: "/departments", id: "list-departments", tag: "Practice", summary: "List the departments, by name", scope: access.CasesView},
		func(ctx context.Context, _ access.Actor, _ *struct{}) (*one[list[Department]], error) {
			rows := callOf(ctx).program.Departments
			all := make([]Department, len(rows))
			for i := range rows {
				all[i] = Department{ID: rows[i].ID, Name: rows[i].Name}
			}
			return listOf(all, ""), nil
		})
}
