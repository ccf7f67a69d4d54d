package web

import "github.com/gofiber/fiber/v2"

// profilesConfirm asks before a profile is taken away.
func (w *Web) profilesConfirm(r *request) error {
	return w.profileRelease(r, fiber.StatusOK, nil)
}

func (w *Web) profileRelease(r *request, status int, why error) error {
	book, err := w.Signin.Book(r.ctx)
	if err != nil {
		return err
	}
	profile, ok := book.Profile(r.Params("id"))
	if !ok {
		return errNoRoute
	}
	l := r.locale(w)
	v := releaseView{Page: w.page(r, "profiles.delete", "profiles"), Alone: !r.fragment(), URL: "/profiles/" + profile.ID, Question: l.T(message("profiles.delete-question", "Name", profileName(l, profile.Name)))}
	if why == nil {
		why = w.Access.MayDeleteProfile(r.ctx, r.actor(), book, profile.ID)
	}
	if err := v.stands(l, why); err != nil {
		return err
	}
	return w.render(r, status, "profiles/delete", v)
}

// profilesDelete takes a profile away.
func (w *Web) profilesDelete(r *request) error {
	if err := w.Access.DeleteProfile(r.ctx, r.actor(), r.Params("id")); err != nil {
		p, ok := w.problems(r, err)
		if !ok {
			return err
		}
		return w.profileRelease(r, p.status, err)
	}
	return r.goTo("/profiles?notice=deleted")
}
