package web

import "github.com/gofiber/fiber/v2"

// profilesPreviewCreate foretells what a form's save would do (B-11), as rolesPreviewCreate does.
func (w *Web) profilesPreviewCreate(r *request) error {
	f, err := r.parse()
	if err != nil {
		return err
	}
	if f.get("back") != "" { // without script: on with the form
		book, err := w.Access.Book(r.ctx)
		if err != nil {
			return err
		}
		return w.profileShow(r, book, f, problems{status: fiber.StatusOK})
	}
	preview, err := w.Access.PreviewProfile(r.ctx, r.actor(), r.Params("id"), f.profileEdit())
	if err != nil {
		return w.profileRefused(r, f, err)
	}
	return w.rightsPreview(r, "profiles", preview, f.carry("name", "summary", "permissions", "generation"))
}
