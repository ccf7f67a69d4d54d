package web

import (
	"net/url"

	"github.com/gofiber/fiber/v2"
)

// suggested is how much of each kind is suggested while one types.
const suggested = 4

// searchSuggestionsView is what the box at the top of each page suggests: search/suggestions/_list.
type searchSuggestionsView struct {
	searchFound
	AllSaid string // the last of them: everything that was found
}

// searchSuggestionsIndex answers the box at the top of each page as one types (static/src/search.js). As a page it is that
// of the search.
func (w *Web) searchSuggestionsIndex(r *request) error {
	q := searched(r.asked)
	if !r.fragment() {
		return r.goTo(searchAt + "?q=" + url.QueryEscape(q))
	}
	found, err := w.searchFound(r, q, suggested)
	if err != nil {
		return err
	}
	v := searchSuggestionsView{found, r.locale(w).T(message("search.all", "Query", q))}
	return w.render(r, fiber.StatusOK, "search/suggestions/_list", v)
}
