package web

import (
	"github.com/gofiber/fiber/v2"

	"chancery/views"
)

// meClientCardShowView is one's own client card, with its form and a preview.
type meClientCardShowView struct {
	views.Page
	Shell  *shellView
	Saved  noticeView
	Rail   railView
	Editor clientCardView
}

func (w *Web) meClientCardShow(r *request) error {
	return w.meClientCard(r, w.cardSaid(r), nil, problems{status: fiber.StatusOK})
}

func (w *Web) meClientCard(r *request, saved *views.Notice, f form, p problems) error {
	page := w.page(r, "card.title", "me")
	editor, err := w.clientCard(r, page, r.ownCard(), true, f, p)
	if err != nil {
		return err
	}
	v := meClientCardShowView{Page: page, Shell: w.shell(r, page), Saved: noticeView{saved, r.fragment()}, Rail: w.rail(r, page, "client-card"), Editor: editor}
	return w.render(r, p.status, "me/client-card/show", v)
}

func (w *Web) meClientCardUpdate(r *request) error {
	done, err := w.updateCard(r, r.ownCard(), func(f form, p problems) error { return w.meClientCard(r, nil, f, p) })
	if err != nil || !done {
		return err
	}
	if !r.fragment() {
		return r.goTo("/me/client-card?notice=saved")
	}
	return w.meClientCard(r, &views.Notice{Text: r.locale(w).T(message("card.saved"))}, nil, problems{status: fiber.StatusOK})
}
