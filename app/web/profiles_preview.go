package web

// profilesPreviewCreate foretells what a form's save would do (B-11), as rolesPreviewCreate does.
func (w *Web) profilesPreviewCreate(r *request) error {
	f, err := r.parse()
	if err != nil {
		return err
	}
	if f.get("back") != "" {
		return w.onWith(r, f, w.profileShow)
	}
	preview, err := w.Access.PreviewProfile(r.ctx, r.actor(), r.Params("id"), f.profileEdit())
	if err != nil {
		return w.profileRefused(r, f, err)
	}
	return w.rightsPreview(r, "profiles", preview, f.carry("name", "summary", "permissions", "generation"))
}
