package api

import (
	"context"
	"net/http"

	"chancery/app/access"
	"chancery/app/fault"
	"chancery/app/staff"
)

// Card is a person of the practice as clients are shown them (S3-2…S3-11). The sign-in name and the cell number are on none: what it is made of cannot
// hold them (staff.ClientCard).
type Card struct {
	Slug    string `json:"slug"`
	Name    string `json:"name"`
	Title   string `json:"title"`
	Email   string `json:"email" doc:"An address for clients."`
	Office  string `json:"office" doc:"An office number, E.164, with ;ext= where there is an extension."`
	Bio     string `json:"bio"`
	Picture string `json:"picture" doc:"Where its picture is, for this token."`
	Away    *Away  `json:"away,omitempty" doc:"While the person is away."`
}

// Away says until when somebody is away, and who stands in.
type Away struct {
	LastDay string `json:"last_day" format:"date" doc:"The last day away, where the person is."`
	Cover   *Cover `json:"cover,omitempty" doc:"Who stands in."`
}

// Cover is who stands in for somebody: with no more than their own card shows.
type Cover struct {
	Slug   string `json:"slug,omitempty" doc:"Of their own card, where one is shown."`
	Name   string `json:"name"`
	Title  string `json:"title"`
	Email  string `json:"email,omitempty"`
	Office string `json:"office,omitempty"`
}

func cardOf(c *staff.ClientCard) Card {
	card := Card{Slug: c.Slug, Name: c.Name(), Title: c.Title, Email: c.Email, Office: c.Office, Bio: c.Bio, Picture: Root + "/cards/" + c.Slug + "/picture"}
	if c.Away == nil {
		return card
	}
	card.Away = &Away{LastDay: c.Away.LastDay}
	if o := c.Away.Cover; o != nil {
		card.Away.Cover = &Cover{Slug: o.Slug, Name: o.Name(), Title: o.Title, Email: o.Email, Office: o.Office}
	}
	return card
}

// BySlug is a request about one card.
type BySlug struct {
	Slug string `path:"slug" maxLength:"100"`
}

// picture is a JPEG.
type picture struct {
	ContentType string `header:"Content-Type"`
	Body        []byte
}

func (a *API) cards() {
	on(a, operation{method: http.MethodGet, path: "/cards", id: "list-cards", tag: "Cards", summary: "List the client cards that are shown, by last name"},
		func(ctx context.Context, _ access.Actor, _ *struct{}) (*one[list[Card]], error) {
			rows, err := a.Staff.PublicCards(ctx)
			if err != nil {
				return nil, err
			}
			all := make([]Card, len(rows))
			for i := range rows {
				all[i] = cardOf(&rows[i])
			}
			return listOf(all, ""), nil
		})
	on(a, operation{method: http.MethodGet, path: "/cards/{slug}", id: "get-card", tag: "Cards", summary: "Get a client card"},
		func(ctx context.Context, _ access.Actor, in *BySlug) (*one[Card], error) {
			c, err := a.Staff.PublicCard(ctx, in.Slug)
			if err != nil {
				return nil, err
			}
			return &one[Card]{Body: cardOf(c)}, nil
		})
	on(a, operation{method: http.MethodGet, path: "/cards/{slug}/picture", id: "get-card-picture", tag: "Cards", summary: "Get the picture of a client card, a square JPEG of 256 pixels", media: "image/jpeg"},
		func(ctx context.Context, _ access.Actor, in *BySlug) (*picture, error) {
			c, err := a.Staff.PublicCard(ctx, in.Slug)
			if err != nil {
				return nil, err
			}
			if c.PictureID == nil {
				return nil, fault.ErrNotFound
			}
			body, err := a.Staff.Picture(ctx, *c.PictureID, cardPicture)
			if err != nil {
				return nil, err
			}
			return &picture{ContentType: "image/jpeg", Body: body}, nil
		})
}

const cardPicture = 256
