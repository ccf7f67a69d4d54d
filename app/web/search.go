package web

import (
	"net/url"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"chancery/app/cases"
	"chancery/app/listing"
	"chancery/app/search"
	"chancery/app/staff"
	"chancery/views"
)

const searchAt = "/search"

// searchShown is how much of each kind the page of a search shows; the lists have the rest.
const searchShown = 20

// searchIndexView is the page of a search: people, clients and cases by words of any of them.
type searchIndexView struct {
	views.Page
	Search peopleSearch
	Found  searchFound
}

// searchFound is what a search found: search/_found.
type searchFound struct {
	Query  string
	Said   string // how much there is
	Groups []searchGroup
	All    string // address of the page with it all
}

// searchGroup is what was found of one kind.
type searchGroup struct {
	ID, Title string
	Count     string
	Lines     []searchLine
	All       string // address of the list with the rest, where it has one; "" when these are all
	AllText   string
}

// searchLine is one thing that was found.
type searchLine struct {
	URL     string
	Avatar  *views.Avatar // of a person
	Name    string
	Also    string // beside the name
	Private bool
	Detail  string // beneath it
}

// searchIndex finds people, clients and cases (issue 5). What is looked for stands in the address; without script the form
// comes here, and with it what was found alone, as one types.
func (w *Web) searchIndex(r *request) error {
	q := searched(r.asked)
	found, err := w.searchFound(r, q, searchShown)
	if err != nil {
		return err
	}
	if !r.fragment() {
		l := r.locale(w)
		v := searchIndexView{Page: w.page(r, "search.title", "search"), Found: found}
		v.Search = peopleSearch{List: "found", Hint: l.T(message("search.hint")), Path: searchAt, Label: l.T(message("search.label")), Query: q}
		return w.render(r, fiber.StatusOK, "search/index", v)
	}
	if err := w.render(r, fiber.StatusOK, "search/_found", found); err != nil {
		return err
	}
	r.compressAt(fasthttp.CompressBestSpeed) // it has no token
	return nil
}

// searchFound is what a search finds for the reader, most of each kind.
func (w *Web) searchFound(r *request, q string, most int) (searchFound, error) {
	f, err := search.New(w.Staff, w.Cases).Find(r.ctx, r.actor(), q, most)
	if err != nil {
		return searchFound{}, err
	}
	l, query := r.locale(w), url.QueryEscape(q)
	v := searchFound{Query: q, All: searchAt + "?q=" + query}
	n, more := f.Cases.Total+f.Clients.Total+f.People.Total, f.Cases.More || f.Clients.More || f.People.More
	v.Said = l.T(message("search.found", "Count", int(n)))
	if more {
		v.Said = l.T(message("search.found-more", "Count", int(n)))
	}
	v.Groups = append(v.Groups, groupOf(l, "cases", "cases.title", f.Cases, caseFound(l)).rest(f.Cases.Later, "/cases?status="+anyStatus+"&q="+query, l.T(message("search.all-cases"))),
		groupOf(l, "clients", "search.clients", f.Clients, clientFound(l)).rest(f.Clients.Later, "/cases?status="+anyStatus+"&sort=client&q="+query, l.T(message("search.all-clients"))),
		groupOf(l, "people", "colleagues.title", f.People, personFound).rest(f.People.Later, "/colleagues?q="+query, l.T(message("search.all-people"))))
	v.Groups = withLines(v.Groups)
	return v, nil
}

func groupOf[T any](l views.Locale, id, title string, p listing.Part[T], line func(*T) searchLine) searchGroup {
	g := searchGroup{ID: "found-" + id, Title: l.T(message(title)), Count: l.Number(int(p.Total))}
	if p.More {
		g.Count = l.T(message("search.count-more", "Count", int(p.Total)))
	}
	for i := range p.Rows {
		g.Lines = append(g.Lines, line(&p.Rows[i]))
	}
	return g
}

func (g searchGroup) rest(there bool, at, text string) searchGroup {
	if there {
		g.All, g.AllText = at, text
	}
	return g
}

func withLines(all []searchGroup) (some []searchGroup) {
	for _, g := range all {
		if len(g.Lines) > 0 {
			some = append(some, g)
		}
	}
	return some
}

func caseFound(l views.Locale) func(*cases.Row) searchLine {
	return func(k *cases.Row) searchLine {
		line := searchLine{URL: casesAt + "/" + k.ID, Name: k.Number, Also: k.Title, Private: k.Private, Detail: k.Client}
		if owner := k.Owner(); owner != "" {
			line.Detail += " · " + owner
		}
		if k.Status == cases.Closed {
			line.Detail += " · " + l.T(message("cases.status-closed"))
		}
		return line
	}
}

func clientFound(l views.Locale) func(*cases.ClientRow) searchLine {
	return func(c *cases.ClientRow) searchLine {
		line := searchLine{URL: "/clients/" + c.ID, Name: c.Name, Detail: l.T(message("search.no-open"))}
		if c.Open > 0 {
			line.Detail = l.T(message("search.open", "Count", int(c.Open)))
		}
		for _, way := range []string{c.Email, c.Phone} {
			if way != "" {
				line.Detail = way + " · " + line.Detail
				break
			}
		}
		return line
	}
}

func personFound(c *staff.Colleague) searchLine {
	avatar := avatarFor(c.ID, c.FirstName, c.LastName, c.PictureID, 64)
	line := searchLine{URL: "/users/" + c.ID, Avatar: &avatar, Name: c.Name(), Detail: c.Email}
	for _, what := range []string{c.Department, c.Title} {
		if what != "" {
			line.Detail = what + " · " + line.Detail
		}
	}
	return line
}
