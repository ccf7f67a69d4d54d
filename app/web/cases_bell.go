package web

import "github.com/gofiber/fiber/v2"

// casesBellUpdate switches on or off whether the reader is told of what happens in the case (V-4).
func (w *Web) casesBellUpdate(r *request) error {
	f, err := r.parse()
	if err != nil {
		return err
	}
	id, on := r.Params("id"), f.get("bell") == "on"
	if err := w.Cases.SetBell(r.ctx, r.actor(), id, on); err != nil {
		return err
	}
	if r.fragment() {
		return w.render(r, fiber.StatusOK, "cases/_bell", caseBell{CSRF: w.token(r), URL: casesAt + "/" + id + "/bell", On: on, Done: true})
	}
	if on {
		return r.goTo(casesAt + "/" + id + "?notice=bell-on")
	}
	return r.goTo(casesAt + "/" + id + "?notice=bell-off")
}
