package web

import "chancery/views"

// railView stands beside every page of My Profile: the picture, and the way to the other pages (C-5).
type railView struct {
	Picture pictureView
	Current string // the last part of its address
}

func (w *Web) rail(r *request, page views.Page, current string) railView {
	return railView{Picture: w.pictureView(r, page), Current: current}
}

// shellView is what a fragment changes outside of its place: the name and the picture wherever the page shows them.
type shellView struct {
	Title              string // of the document, when the page became another; "" leaves it
	Name               string
	Small, Large, Huge views.Avatar
}

// shell is nil on a page, which shows all this itself.
func (w *Web) shell(r *request, page views.Page) *shellView {
	if !r.fragment() {
		return nil
	}
	title := page.Title
	if page.Org.Name != "" {
		title += " · " + page.Org.Name
	}
	s := w.persona(r)
	s.Title = title
	return s
}

// persona is a person's name and picture in the sizes of the shell.
func (w *Web) persona(r *request) *shellView {
	u := &r.cur.User
	a := avatarOf(u, 64)
	s := &shellView{Name: u.Name(), Small: a, Large: a.Sized("lg"), Huge: a.Sized("xl")}
	if u.PictureID != nil {
		s.Huge.URL = pictureURL(*u.PictureID, 256)
	}
	return s
}

// noticeView is a confirmation; after a swap it takes the focus, so that it is heard.
type noticeView struct {
	Notice *views.Notice
	Focus  bool
}
