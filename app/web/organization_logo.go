package web

import (
	"github.com/gofiber/fiber/v2"

	"chancery/app/access"
	"chancery/views"
)

// logoView is the practice's logo with its form: organization/logo/_form.
type logoView struct {
	CSRF    string
	URL     string // "" for none
	Error   string
	Saved   string
	Focus   bool       // the field takes the focus: the button that was pressed is gone
	Close   bool       // closes the dialog that asked
	Changed *views.Org // in an answer: the sidebar shows it anew
}

func (w *Web) logoView(r *request, page views.Page) logoView {
	v := logoView{CSRF: page.CSRF}
	if id := r.cur.Org.PictureID; id != nil {
		v.URL = "/logo/" + *id + "/256"
	}
	return v
}

// organizationLogoCreate takes a logo at once, apart from any other form; it goes through the pipeline of the pictures.
func (w *Web) organizationLogoCreate(r *request) error {
	up, err := r.upload("picture")
	if err == nil {
		err = w.Staff.SetLogo(r.ctx, r.actor(), up)
	}
	if err != nil {
		return w.logoRefused(r, err)
	}
	return w.logoChanged(r, "logo", false)
}

// organizationLogoDeleteView asks before the logo is taken away.
type organizationLogoDeleteView struct {
	views.Page
	Alone bool
}

func (w *Web) organizationLogoConfirm(r *request) error {
	v := organizationLogoDeleteView{w.page(r, "organization.logo-delete-title", "organization"), !r.fragment()}
	return w.render(r, fiber.StatusOK, "organization/logo/delete", v)
}

func (w *Web) organizationLogoDelete(r *request) error {
	if err := w.Staff.RemoveLogo(r.ctx, r.actor()); err != nil {
		return err
	}
	return w.logoChanged(r, "logo-removed", true)
}

func (w *Web) logoChanged(r *request, code string, asked bool) error {
	if !r.fragment() {
		return r.goTo("/organization?saved=" + code)
	}
	o, err := w.Staff.Organization(r.ctx)
	if err != nil {
		return err
	}
	r.cur.Org = *o
	page := w.page(r, "organization.title", "organization")
	v := w.logoView(r, page)
	v.Saved = w.logoSaid(r, code)
	v.Changed, v.Focus, v.Close = &page.Org, asked, asked
	return w.render(r, fiber.StatusOK, "organization/logo/_form", v)
}

// logoSaid is the confirmation by its code; what is no code says nothing.
func (w *Web) logoSaid(r *request, code string) string {
	switch code {
	case "logo":
		return r.locale(w).T(message("organization.logo-saved"))
	case "logo-removed":
		return r.locale(w).T(message("organization.logo-removed"))
	}
	return ""
}

// logoRefused answers with the same form, the old logo and what is wrong.
func (w *Web) logoRefused(r *request, err error) error {
	status, text := w.pictureProblem(r, err)
	if status == 0 {
		return err
	}
	r.comeBack(err)
	if !r.fragment() {
		return w.renderOrganization(r, status, "", nil, problems{}, text)
	}
	v := w.logoView(r, w.page(r, "organization.title", "organization"))
	v.Error = text
	return w.render(r, status, "organization/logo/_form", v)
}

// logoUnread is pictureUnread's part for the logo: the reader is known, and may they?
func (w *Web) logoUnread(r *request) bool {
	return r.cur.Rights.Can(access.OrganizationEdit) && w.logoRefused(r, fiber.ErrRequestEntityTooLarge) == nil
}
