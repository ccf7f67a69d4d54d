package api

import (
	"context"
	"net/http"

	"chancery/app/access"
)

// Member is somebody who works on a case.
type Member struct {
	UserID string `json:"user_id"`
	Name   string `json:"name"`
	Role   string `json:"role" enum:"owner,member"`
	Left   bool   `json:"left" doc:"They do not work here any more."`
}

func (a *API) members() {
	on(a, operation{method: http.MethodGet, path: "/cases/{id}/members", id: "list-members", tag: "Members", summary: "List who works on a case, its owner first", scope: access.CasesView},
		func(ctx context.Context, who access.Actor, in *ByID) (*one[list[Member]], error) {
			k, err := a.Cases.Show(ctx, who, in.ID)
			if err != nil {
				return nil, err
			}
			var all []Member
			if k.Owner != nil {
				all = append(all, Member{UserID: k.Owner.ID, Name: k.Owner.Name(), Role: "owner", Left: k.Owner.Left()})
			}
			for i := range k.Members {
				m := &k.Members[i]
				all = append(all, Member{UserID: m.ID, Name: m.Name(), Role: "member", Left: m.Left()})
			}
			return listOf(all, ""), nil
		})
	type person struct {
		ByID
		UserID string `path:"user_id" maxLength:"100"`
	}
	on(a, operation{method: http.MethodPut, path: "/cases/{id}/members/{user_id}", id: "add-member", tag: "Members", summary: "Add somebody to a case", scope: access.CasesEdit, also: []access.Permission{access.CasesView}, status: http.StatusNoContent},
		func(ctx context.Context, who access.Actor, in *person) (*nothing, error) {
			return &nothing{}, a.Cases.AddMember(ctx, who, in.ID, in.UserID)
		})
	on(a, operation{method: http.MethodDelete, path: "/cases/{id}/members/{user_id}", id: "remove-member", tag: "Members", summary: "Take somebody off a case", scope: access.CasesEdit, also: []access.Permission{access.CasesView}, status: http.StatusNoContent},
		func(ctx context.Context, who access.Actor, in *person) (*nothing, error) {
			return &nothing{}, a.Cases.RemoveMember(ctx, who, in.ID, in.UserID)
		})
}
