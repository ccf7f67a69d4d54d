package web

import (
	"github.com/gofiber/fiber/v2"

	"chancery/views"
)

// userSignInsView is a stretch of a person's tries to sign in, newest first (S1-35).
type userSignInsView struct {
	signInsView
	URL string // of the older ones
}

// usersSignInsIndexView is the history on a page of its own, for older tries without script.
type usersSignInsIndexView struct {
	views.Page
	Head    userHead
	SignIns userSignInsView
}

// usersSignInsIndex shows the tries before the one that is named: more rows for a table, or a page with them.
func (w *Web) usersSignInsIndex(r *request) error {
	id := r.Params("id")
	if r.fragment() {
		v, err := w.userSignIns(r, id, r.Query("before"))
		if err != nil {
			return err
		}
		v.More = true
		return w.render(r, fiber.StatusOK, "users/sign-ins/_rows", v)
	}
	head, c, err := w.userHeadOf(r, id, "sessions")
	if err != nil {
		return err
	}
	v := usersSignInsIndexView{Page: w.page(r, "session.history", "users"), Head: head}
	v.Title = c.Name()
	if v.SignIns, err = w.userSignIns(r, id, r.Query("before")); err != nil {
		return err
	}
	return w.render(r, fiber.StatusOK, "users/sign-ins/index", v)
}

func (w *Web) userSignIns(r *request, id, before string) (v userSignInsView, err error) {
	list, more, err := w.Signin.History(r.ctx, r.actor(), id, before, signInsShown)
	if err != nil {
		return v, err
	}
	l := r.locale(w)
	for i := range list {
		v.Rows = append(v.Rows, signInView(l, &list[i]))
	}
	if more {
		v.Older = list[len(list)-1].ID
		v.URL = "/users/" + id + "/sign-ins?before=" + v.Older
	}
	return v, nil
}
