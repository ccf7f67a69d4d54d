package web

import (
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"

	"chancery/app/staff"
	"chancery/views"
)

// What the two lists of people share, /users and /colleagues: the search, the pages, and what a search brings.

// peoplePerPage is how many people one page of a list shows.
const peoplePerPage = 25

// peopleSearch finds people of a list: users/_search.
type peopleSearch struct {
	Path  string // of the list
	Label string // of the form
	Query string
}

// peoplePages says which part of a list is shown, and where the parts beside it are: users/_pager.
type peoplePages struct {
	Range    string // "1 to 25 of 38"
	Previous string // URLs, or ""
	Next     string
}

// renderPeople answers with a list: as its page, or alone for a search as one types. The list alone has neither form
// nor token, so that it may be compressed.
func (w *Web) renderPeople(r *request, folder string, view any) error {
	if !r.fragment() {
		return w.render(r, fiber.StatusOK, folder+"/index", view)
	}
	if err := w.render(r, fiber.StatusOK, folder+"/_list", view); err != nil {
		return err
	}
	r.compress()
	return nil
}

// listQuery is which people the address asks for.
func listQuery(r *request) staff.Query {
	page, _ := strconv.Atoi(r.Query("page"))
	return staff.Query{Search: clipped(strings.TrimSpace(words(r.Query("q"))), 100), Page: min(max(page, 1), 100_000), Size: peoplePerPage}
}

// lastPage is the number of a list's last page; a list of nobody has one too.
func lastPage(total int64) int { return max(int((total+peoplePerPage-1)/peoplePerPage), 1) }

// pages says which part of a list a page of n people shows.
func pages(l views.Locale, path string, q staff.Query, n int, total int64) peoplePages {
	first := (q.Page - 1) * q.Size
	p := peoplePages{Range: l.T(message("users.range", "From", min(first+1, int(total)), "To", first+n, "Total", int(total)))}
	if q.Page > 1 {
		p.Previous = listPath(path, q.Search, q.Page-1)
	}
	if int64(first+n) < total {
		p.Next = listPath(path, q.Search, q.Page+1)
	}
	return p
}

// listPath is a page of a list as an address, so that it can be kept and sent to others.
func listPath(path, query string, page int) string {
	v := url.Values{}
	if query != "" {
		v.Set("q", query)
	}
	if page > 1 {
		v.Set("page", strconv.Itoa(page))
	}
	if len(v) == 0 {
		return path
	}
	return path + "?" + v.Encode()
}

// words is a search as it was typed, without what is no text.
func words(s string) string {
	return strings.Map(func(c rune) rune {
		if unicode.IsControl(c) || c == utf8.RuneError {
			return -1
		}
		return c
	}, s)
}
