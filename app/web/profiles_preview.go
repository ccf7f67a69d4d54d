package web

import "github.com/gofiber/fiber/v2"

// profilesPreviewCreate foretells what a form's save would do (B-11), as rolesPreviewCreate does.
func (w *Web) profilesPreviewCreate(r *request) error {
	f, err := r.parse()
	if err != nil {
		return err
	}
	id := r.Params("id")
	if f.get("back") != "" { // without script: on with the form
		book, err := w.Access.Book(r.ctx)
		if err != nil {
			return err
		}
		return w.profileShow(r, book, f, problems{status: fiber.StatusOK})
	}
	preview, err := w.Access.PreviewProfile(r.ctx, r.actor(), id, f.profileEdit())
	if err != nil {
		return w.profileRefused(r, f, err)
	}
	l := r.locale(w)
	v := previewView{
		Page: w.page(r, "rights.preview", "profiles"), Alone: !r.fragment(), Action: "/profiles/" + id, Back: "/profiles/" + id + "/preview",
		Fields: f.carry("name", "summary", "permissions", "generation"),
	}
	v.Effects = effects(l, preview, l.T(message("rights.preview-people", "Count", preview.People)), true)
	if len(preview.Gained)+len(preview.Lost) == 0 {
		v.Effects.Lead = l.T(message("rights.preview-none"))
	}
	return w.render(r, fiber.StatusOK, "profiles/preview/show", v)
}
