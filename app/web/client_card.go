package web

import (
	"errors"
	"strings"

	"github.com/gofiber/fiber/v2"

	"chancery/app/access"
	"chancery/app/fault"
	"chancery/app/staff"
	"chancery/views"
)

// What the pages of a client card share: /me/client-card, and /users/:id/client-card for those who look after accounts
// (S3-2…S3-11, B-10). What clients are shown, and when, is staff's (client_card.go there).

// whoseCard says whose card a page is about.
type whoseCard struct {
	id   string
	base string // address of the page
	own  bool
}

func (r *request) ownCard() whoseCard { return whoseCard{r.cur.User.ID, "/me/client-card", true} }

func (r *request) theirCard() whoseCard {
	id := r.Params("id")
	return whoseCard{id, "/users/" + id + "/client-card", false}
}

// cardView is a card as clients see it: cards/_card. It is the same on its own page and in the preview.
type cardView struct {
	Name, Title string
	Bio, Email  string
	Office      phone
	Org         string
	Avatar      views.Avatar
	Away        *cardAway // nil while the person is here
	Preview     bool      // follows what is typed, and its links lead nowhere
}

// cardAway says until when the person of a card is away, and who stands in (B-5).
type cardAway struct {
	Text   string
	Title  string
	Email  string // "" of one who shows no card of their own
	Office phone
}

func cardAwayOf(l views.Locale, c *staff.ClientCard) *cardAway {
	if c.Away == nil {
		return nil
	}
	day, cover := dayOnly(l, c.Away.LastDay).Text, c.Away.Cover
	if cover == nil {
		return &cardAway{Text: l.T(message("card.away", "Name", c.Name(), "Day", day))}
	}
	return &cardAway{Text: l.T(message("card.away-cover", "Name", c.Name(), "Day", day, "Cover", cover.Name())), Title: cover.Title, Email: cover.Email, Office: phoneOf(cover.Office)}
}

// clientCardView is a card with its form: cards/_editor.
type clientCardView struct {
	Base, CSRF string
	Own        bool
	Errors     *views.Errors
	Fields     []fieldView
	Card       cardView
	Shown      bool
	Published  bool
	Missing    []string // before clients can see it
	Address    string   // of a card that is shown
	MayEdit    bool
}

// cardField is a field of the form.
type cardField struct {
	id, key, label, hint, kind string
	rows, max                  int
	mirror                     string
}

func cardFields() []cardField {
	return []cardField{
		{id: "client-email", key: "client_email", label: "card.email", hint: "card.email-hint", kind: "email", mirror: "#card-email"},
		{id: "office", key: "office", label: "me.office", hint: "card.office-hint", kind: "tel", mirror: "#card-office"},
		{id: "client-bio", key: "client_bio", label: "me.client-bio", hint: "me.client-bio.hint", rows: 6, max: 1000, mirror: "#card-bio"},
	}
}

// clientCard is the card with its form as it was typed, and what is wrong with it.
func (w *Web) clientCard(r *request, page views.Page, whose whoseCard, mayEdit bool, f form, p problems) (clientCardView, error) {
	c, err := w.Staff.ClientCard(r.ctx, r.actor(), whose.id)
	if err != nil {
		return clientCardView{}, err
	}
	l := r.locale(w)
	v := clientCardView{Base: whose.base, CSRF: page.CSRF, Own: whose.own, Errors: p.summary, Card: cardOf(c, page.Org.Name), Published: c.PublishedAt != nil, Shown: c.Shown(), MayEdit: mayEdit}
	v.Card.Avatar.Hue, v.Card.Away = staff.Hue(whose.id), cardAwayOf(l, c)
	v.Card.Preview, v.Missing = true, w.cardMissing(l, c.Missing(), whose.own)
	if c.PictureID != nil {
		v.Card.Avatar.URL = pictureURL(*c.PictureID, 256)
	}
	if v.Shown {
		v.Address = strings.TrimSuffix(w.URL.String(), "/") + cardsAt + "/" + c.Slug
	}
	stored := map[string]string{"client_email": c.Email, "office": staff.PhoneInput(c.Office), "client_bio": c.Bio}
	for _, field := range cardFields() {
		e := p.entry(l, f, field.key, stored[field.key], func(s string) string { return s })
		fv := fieldView{ID: field.id, Key: field.key, Label: l.T(message(field.label)), Hint: l.T(message(field.hint)), Type: field.kind, Autocomplete: "off", Rows: field.rows, Max: field.max,
			Wide: true, Value: e.Value, Was: e.Was, Error: e.Error, Stored: e.Stored, Mirror: field.mirror, DescribedBy: field.id + "-hint"}
		if v.Shown { // may be left empty, and yet is part of what is published
			fv.Hint += " " + l.T(message("card.kept-hint"))
		}
		if e.Error.Text != "" {
			fv.DescribedBy += " " + field.id + "-error"
		}
		if e.Stored != "" {
			fv.DescribedBy += " " + field.id + "-stored"
		}
		v.Fields = append(v.Fields, fv)
	}
	return v, nil
}

// cardOf is a card as its page shows it, without its picture, which each page has from another place.
func cardOf(c *staff.ClientCard, org string) cardView {
	return cardView{Name: c.Name(), Title: c.Title, Bio: c.Bio, Email: c.Email, Office: phoneOf(c.Office), Org: org,
		Avatar: views.Avatar{Initials: staff.Initials(c.FirstName, c.LastName), Hue: staff.Hue(c.Slug), Size: "lg"}}
}

// cardMissing says what a card lacks: to its person what to do, to others what it is.
func (w *Web) cardMissing(l views.Locale, fields []string, own bool) (all []string) {
	words := "card.part."
	if own {
		words = "card.missing."
	}
	for _, field := range fields {
		all = append(all, l.T(message(words+strings.ReplaceAll(strings.TrimSuffix(field, "_id"), "_", "-"))))
	}
	return all
}

// updateCard saves the form of a card. done is false when it answered with the form as it was refused.
func (w *Web) updateCard(r *request, whose whoseCard, again func(form, problems) error) (done bool, err error) {
	f, err := r.parse()
	if err != nil {
		return false, err
	}
	c := staff.ProfileChange{ClientEmail: f.edit("client_email"), Office: f.edit("office"), ClientBio: f.edit("client_bio")}
	u, err := w.Staff.UpdateProfile(r.ctx, r.actor(), whose.id, c)
	if err != nil {
		p, ok := w.meProblems(r, err)
		if !ok {
			return false, err
		}
		p.inOrder("client_email", "office", "client_bio")
		return false, again(f, p)
	}
	if whose.own {
		r.cur.User = *u
	}
	return true, nil
}

// cardPublicationView asks before a card is shown to clients, or taken back: cards/_ask.
type cardPublicationView struct {
	views.Page
	Alone                  bool // a page of its own, with no other heading
	Base                   string
	Method                 string // DELETE, or "" to publish
	Question, Text, Button string
	Missing                []string
	Errors                 *views.Errors
}

// askPublication asks before a card is published.
func (w *Web) askPublication(r *request, whose whoseCard, template string, p problems) error {
	c, err := w.Staff.ClientCard(r.ctx, r.actor(), whose.id)
	if err != nil {
		return err
	}
	l := r.locale(w)
	v := cardPublicationView{Page: w.page(r, "card.title", "me"), Alone: !r.fragment(), Base: whose.base, Missing: w.cardMissing(l, c.Missing(), whose.own), Errors: p.summary,
		Question: l.T(message("card.publish-question", "Name", c.Name())), Text: l.T(message("card.publish-text")), Button: l.T(message("card.publish"))}
	return w.render(r, p.status, template, v)
}

// askWithdrawal asks before clients no longer see a card.
func (w *Web) askWithdrawal(r *request, whose whoseCard, template string) error {
	c, err := w.Staff.ClientCard(r.ctx, r.actor(), whose.id)
	if err != nil {
		return err
	}
	l := r.locale(w)
	v := cardPublicationView{Page: w.page(r, "card.title", "me"), Alone: !r.fragment(), Base: whose.base, Method: fiber.MethodDelete,
		Question: l.T(message("card.withdraw-question", "Name", c.Name())), Text: l.T(message("card.withdraw-text")), Button: l.T(message("card.withdraw"))}
	return w.render(r, fiber.StatusOK, template, v)
}

// publish shows a card to clients; one that is not whole comes back with what it lacks.
func (w *Web) publish(r *request, whose whoseCard, template string) error {
	err := w.Staff.PublishCard(r.ctx, r.actor(), whose.id)
	var invalid *fault.Invalid
	switch {
	case errors.As(err, &invalid): // the dialog lists what is missing
		return w.askPublication(r, whose, template, problems{status: fiber.StatusUnprocessableEntity})
	case err != nil:
		p, ok := w.problems(r, err)
		if !ok {
			return err
		}
		return w.askPublication(r, whose, template, p)
	}
	return r.goTo(whose.base + "?notice=published")
}

func (w *Web) withdraw(r *request, whose whoseCard) error {
	if err := w.Staff.WithdrawCard(r.ctx, r.actor(), whose.id); err != nil {
		return err
	}
	return r.goTo(whose.base + "?notice=withdrawn")
}

// cardSaid is the confirmation by the code of the address.
func (w *Web) cardSaid(r *request) *views.Notice {
	return w.said(r, "card.", "saved", "published", "withdrawn")
}

// mayEditCard tells whether the reader may change the card of a page of a person.
func mayEditCard(r *request, h userHead) bool {
	return h.Own || r.cur.Rights.Can(access.UsersEdit) && h.over.may(access.OverRecord)
}
