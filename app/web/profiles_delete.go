package web

import "github.com/gofiber/fiber/v2"

// profilesConfirm asks before a profile is taken away.
func (w *Web) profilesConfirm(r *request) error {
	return w.profileRelease(r, problems{status: fiber.StatusOK})
}

func (w *Web) profileRelease(r *request, p problems) error {
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
	if p.summary != nil {
		v.Refused = p.summary.Refused
	}
	return w.render(r, p.status, "profiles/delete", v)
}

// profilesDelete takes a profile away.
func (w *Web) profilesDelete(r *request) error {
	if err := w.Access.DeleteProfile(r.ctx, r.actor(), r.Params("id")); err != nil {
		p, ok := w.problems(r, err)
		if !ok {
			return err
		}
		return w.profileRelease(r, p)
	}
	return r.goTo("/profiles?notice=deleted")
}
