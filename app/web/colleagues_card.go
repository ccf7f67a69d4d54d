package web

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	"chancery/app/access"
	"chancery/app/staff"
	"chancery/views"
)

// colleagueCard is the card that opens beside a name, wherever a person is named: who they are, how to reach them, and the first
// line of what they say of themselves (C-10).
type colleagueCard struct {
	Name       string
	URL        string
	Title      string
	Department string
	Email      string
	Cell       phone
	Office     phone
	Bio        string
	Standing   *status
	Avatar     views.Avatar
	Away       string
	Calendar   string // "" for who may not see appointments
}

// colleaguesCardShow is the card, as a part for the script that shows it (card.js); whoever asks for it as a page is led to
// the person's own.
func (w *Web) colleaguesCardShow(r *request) error {
	if !r.fragment() {
		return r.goTo("/users/" + r.Params("id"))
	}
	c, err := w.Staff.Card(r.ctx, r.actor(), r.Params("id"))
	if err != nil {
		return err
	}
	away, err := w.awayTexts(r, []string{c.ID}, w.Now())
	if err != nil {
		return err
	}
	v := w.colleagueCard(r, c)
	v.Away = away[c.ID]
	if err := w.render(r, fiber.StatusOK, "colleagues/_card", v); err != nil {
		return err
	}
	r.compress()
	return nil
}

func (w *Web) colleagueCard(r *request, c *staff.Card) colleagueCard {
	v := colleagueCard{
		Name: c.Name(), URL: "/users/" + c.ID, Title: c.Title, Department: c.Department, Email: c.Email, Cell: phoneOf(c.Cell), Office: phoneOf(c.Office), Bio: firstLine(c.Bio),
		Standing: standing(r.locale(w), c), Avatar: avatarFor(c.ID, c.FirstName, c.LastName, c.PictureID, 64),
	}
	if c.Left {
		v.Standing = &status{"inactive", r.locale(w).T(message("users.no-longer-here"))}
	}
	if r.cur.Rights.Can(access.AppointmentsView) && !c.Left {
		v.Calendar = asking(calendarAt, "person", c.ID)
	}
	return v
}

// bioShown is how many characters of a bio's first line a card has.
const bioShown = 160

func firstLine(bio string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(bio), "\n")
	if short := clipped(line, bioShown); short != line {
		return short + "…"
	}
	return line
}
