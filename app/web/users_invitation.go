package web

import (
	"github.com/gofiber/fiber/v2"

	"chancery/app/signin"
	"chancery/app/staff"
	"chancery/views"
)

// usersInvitationShowView is how far an invitation is, and what can be done about it (B-13).
type usersInvitationShowView struct {
	views.Page
	User   userCard
	Title  string
	State  string
	Sorry  bool // someone has to do something about it
	Errors *views.Errors
	Done   bool // they have come in
	Open   bool // there is something to take back
	Alone  bool
}

// usersInvitationShow shows the invitation of one who has not come in yet.
func (w *Web) usersInvitationShow(r *request) error {
	return w.renderInvitation(r, fiber.StatusOK, problems{})
}

func (w *Web) renderInvitation(r *request, status int, p problems) error {
	u, err := w.userOf(r)
	if err != nil {
		return err
	}
	in, err := w.Signin.Invitation(r.ctx, r.actor(), u.ID)
	if err != nil {
		return err
	}
	l, life := r.locale(w), in.Life(w.Now())
	v := usersInvitationShowView{
		Page: w.page(r, "invitation.title", "users"), User: w.userCardOfUser(r, u), Title: l.T(message("invitation.of", "Name", u.Name())),
		State: invitationText(l, life, &signin.Cause{At: &in.At, Until: in.ExpiresAt}), Errors: p.summary, Done: u.Status != staff.Pending, Alone: !r.fragment(),
		Sorry: life != signin.LifeOpen && life != signin.LifeWaiting, Open: life == signin.LifeOpen || life == signin.LifeWaiting || life == signin.LifeUnsure,
	}
	return w.render(r, status, "users/invitation/show", v)
}

// usersInvitationCreate sends the welcome mail again.
func (w *Web) usersInvitationCreate(r *request) error {
	if err := w.Signin.Reinvite(r.ctx, r.actor(), r.Params("id")); err != nil {
		p, ok := w.problems(r, err)
		if !ok {
			return err
		}
		return w.renderInvitation(r, p.status, p)
	}
	return w.back(r, "", "invitation")
}

// usersInvitationConfirm asks before an invitation is taken back.
func (w *Web) usersInvitationConfirm(r *request) error {
	return w.usersAsk(r, ask{title: "invitation.title", question: "invitation.cancel-question", text: "invitation.cancel-text",
		button: "invitation.cancel-button", path: "/invitation", danger: true})
}

// usersInvitationDelete takes an invitation back.
func (w *Web) usersInvitationDelete(r *request) error {
	if err := w.Signin.CancelInvitation(r.ctx, r.actor(), r.Params("id")); err != nil {
		return err
	}
	return w.back(r, "", "invitation-cancelled")
}

// usersInvitationLinksShowView shows a link once.
type usersInvitationLinksShowView struct {
	views.Page
	User  userCard
	Title string
	Link  string
	Until string
	Alone bool
}

// usersInvitationLinksCreate makes a link to hand over by another way than mail. It is shown in this answer and nowhere
// else.
func (w *Web) usersInvitationLinksCreate(r *request) error {
	u, err := w.userOf(r)
	if err != nil {
		return err
	}
	token, expires, err := w.Signin.CopyInvitation(r.ctx, r.actor(), u.ID)
	if err != nil {
		p, ok := w.problems(r, err)
		if !ok {
			return err
		}
		return w.renderInvitation(r, p.status, p)
	}
	l := r.locale(w)
	v := usersInvitationLinksShowView{
		Page: w.page(r, "invitation.title", "users"), User: w.userCardOfUser(r, u), Title: l.T(message("invitation.link-of", "Name", u.Name())),
		Link: w.URL.JoinPath("welcome", token).String(), Until: l.T(message("invitation.link-until", "Until", expires)), Alone: !r.fragment(),
	}
	return w.render(r, fiber.StatusOK, "users/invitation-links/show", v)
}
