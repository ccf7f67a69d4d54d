package web

import (
	"github.com/gofiber/fiber/v2"
)

// usersAccessPreviewCreate foretells what another role or other profiles would give a person and take from them (B-11).
func (w *Web) usersAccessPreviewCreate(r *request) error {
	f, err := r.parse()
	if err != nil {
		return err
	}
	if f.get("back") != "" { // without script: on with the form
		return w.userAccess(r, f, problems{status: fiber.StatusOK})
	}
	return w.userAccessPreview(r, f, problems{status: fiber.StatusOK})
}

// userAccessPreview asks; p is what is wrong with the proof, where one was wanted.
func (w *Web) userAccessPreview(r *request, f form, p problems) error {
	preview, risk, err := w.Staff.PreviewRights(r.ctx, r.actor(), r.Params("id"), f.rightsEdit())
	if err != nil {
		return w.userAccessRefused(r, f, err)
	}
	u, err := w.Staff.Get(r.ctx, r.Params("id"))
	if err != nil {
		return err
	}
	l, url := r.locale(w), "/users/"+r.Params("id")+"/access"
	v := previewView{
		Page: w.page(r, "rights.preview", "users"), Alone: !r.fragment(), Action: url, Back: url + "/preview",
		Fields: f.carry("role", "profiles", "was_role", "was_profiles"),
	}
	v.Effects = effects(l, preview, l.T(message("rights.preview-user", "Name", u.Name())), false)
	if preview.People == 0 {
		v.Effects.Lead = l.T(message("rights.preview-user-none", "Name", u.Name()))
	}
	if risk != nil {
		v.Risk = l.T(risk.Message)
	}
	if v.Proof, err = w.roleProof(r, u.RoleID, f.get("role"), p); err != nil {
		return err
	}
	return w.render(r, p.status, "users/access/preview/show", v)
}
