package web

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"

	"github.com/gofiber/fiber/v2"

	"chancery/app/fault"
	"chancery/app/staff"
	"chancery/views"
)

// pictureView is the picture with its form.
type pictureView struct {
	CSRF        string
	Avatar      views.Avatar
	Name, Title string
	Error       string
	Saved       string
	Focus       bool       // the field takes the focus: the button that was pressed is gone
	Shell       *shellView // in an answer: the other places where the picture stands
	Close       bool       // closes the dialog that asked
}

func (w *Web) pictureView(r *request, page views.Page) pictureView {
	v := pictureView{CSRF: page.CSRF, Avatar: avatarOf(&r.cur.User, 256), Name: page.Me.Name, Title: r.cur.User.Title}
	v.Avatar.Size = "xl"
	return v
}

// mePictureCreate takes a picture at once, apart from any other form (S0-6, S0-10).
func (w *Web) mePictureCreate(r *request) error {
	u, err := w.takePicture(r)
	if err != nil {
		return w.pictureRefused(r, err)
	}
	r.cur.User = *u
	return w.pictureChanged(r, "picture", false)
}

func (w *Web) takePicture(r *request) (*staff.User, error) {
	up, err := r.upload("picture")
	if err != nil {
		return nil, err
	}
	return w.Staff.SetPicture(r.ctx, r.actor(), r.cur.User.ID, up)
}

// mePictureDeleteView asks before the picture is taken away.
type mePictureDeleteView struct {
	views.Page
	Alone bool // a page of its own, with no other heading
}

func (w *Web) mePictureConfirm(r *request) error {
	return w.render(r, fiber.StatusOK, "me/picture/delete", mePictureDeleteView{w.page(r, "me.title", "me"), !r.fragment()})
}

func (w *Web) mePictureDelete(r *request) error {
	u, err := w.Staff.RemovePicture(r.ctx, r.actor(), r.cur.User.ID)
	if err != nil {
		return err
	}
	r.cur.User = *u
	return w.pictureChanged(r, "picture-removed", true)
}

func (w *Web) pictureChanged(r *request, code string, asked bool) error {
	if !r.fragment() {
		return r.goTo("/me?saved=" + code)
	}
	v := w.pictureView(r, w.page(r, "me.title", "me"))
	v.Saved, v.Shell, v.Focus, v.Close = r.locale(w).T(message(savedKey(code))), w.persona(r), asked, asked
	return w.render(r, fiber.StatusOK, "me/picture/_form", v)
}

// pictureRefused answers with the same form, the old picture and what is wrong (S0-7).
func (w *Web) pictureRefused(r *request, err error) error {
	status, text := w.pictureProblem(r, err)
	if status == 0 {
		return err
	}
	r.comeBack(err)
	if r.fragment() {
		v := w.pictureView(r, w.page(r, "me.title", "me"))
		v.Error = text
		return w.render(r, status, "me/picture/_form", v)
	}
	v := w.meShowView(r, nil)
	v.Rail.Picture.Error = text
	return w.render(r, status, "me/show", v)
}

// pictureUnread answers an upload that was refused before it was read (errors.go): no middleware has run for it, so the
// session is looked up here. It is false where the error page has to do.
func (w *Web) pictureUnread(r *request) bool {
	ctx, cancel := context.WithTimeout(context.Background(), deadline)
	defer cancel()
	r.ctx, r.from.Network, r.from.UserAgent = ctx, clientAddress(r.Ctx, w.Trusted), r.Get(fiber.HeaderUserAgent)
	token := r.Cookies(w.cookieName(cookieSession))
	cur, err := w.Signin.Resume(r.ctx, token, r.from)
	if err != nil || cur == nil || cur.MustChange {
		return false
	}
	r.cur = cur
	r.chooseLocale()
	if r.Path() == "/organization/logo" {
		return w.logoUnread(r)
	}
	return w.pictureRefused(r, fiber.ErrRequestEntityTooLarge) == nil
}

// pictureProblem is status and text of a refusal; status is 0 for what belongs to the error page.
func (w *Web) pictureProblem(r *request, err error) (status int, text string) {
	if errors.Is(err, errMedia) {
		return fiber.StatusUnsupportedMediaType, r.locale(w).T(message("picture.not-an-image"))
	}
	if errors.Is(err, fiber.ErrRequestEntityTooLarge) {
		return fiber.StatusRequestEntityTooLarge, r.locale(w).T(message("me.picture.too-large"))
	}
	p, ok := w.problems(r, err)
	if !ok {
		return 0, ""
	}
	var invalid *fault.Invalid
	if errors.As(err, &invalid) && invalid.Fields[0].Message.Key == "picture.too-large" {
		p.status = fiber.StatusRequestEntityTooLarge
	}
	text = p.summary.Refused
	if said := p.fields["picture"]; said != "" {
		text = said
	}
	return p.status, text
}

// upload reads a file from a form. Whether it is a picture is not asked here.
func (r *request) upload(field string) (staff.Upload, error) {
	if kind, _, err := mime.ParseMediaType(r.Get(fiber.HeaderContentType)); err != nil || kind != fiber.MIMEMultipartForm {
		return staff.Upload{}, errMedia
	}
	if _, err := r.MultipartForm(); err != nil {
		return staff.Upload{}, errMalformed
	}
	header, err := r.FormFile(field)
	if err != nil { // nothing was picked
		return staff.Upload{}, nil
	}
	file, err := header.Open()
	if err != nil {
		return staff.Upload{}, fmt.Errorf("open upload: %w", err)
	}
	defer func() { _ = file.Close() }() // it is in memory, and was only read
	body, err := io.ReadAll(file)
	if err != nil {
		return staff.Upload{}, fmt.Errorf("read upload: %w", err)
	}
	return staff.Upload{Name: header.Filename, Type: header.Header.Get(fiber.HeaderContentType), File: body}, nil
}
