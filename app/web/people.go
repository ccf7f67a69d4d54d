package web

import (
	"maps"
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"chancery/app/listing"
	"chancery/app/staff"
	"chancery/views"
)

// What the two lists of people share, /users and /colleagues: the search, the parts, and what a search brings.
//
// A list's address holds all that it is by: what is searched for, the filters, the order, the size, and the part, which is
// named by the person that it begins after, or ends before, and by the place in the list of its first. Names stand in no
// address.

// peopleSizes are how many people one page of a list may show; the first is meant when none is said.
func peopleSizes() []int { return []int{25, 50, 100} }

// peopleSearch finds people, or cases, of a list: users/_search.
type peopleSearch struct {
	List    string // id of the panel that the list is in
	Hint    string // of what is searched for
	Path    string // of the list
	Label   string // of the form
	Query   string
	Filters []peopleFilter
	Keep    []keptValue // what the form does not ask for and keeps
}

// keptValue is a hidden field.
type keptValue struct{ Name, Value string }

// peopleFilter is one choice of those by which a list is filtered.
type peopleFilter struct {
	Name    string // in the address
	Label   string
	Any     string // what is chosen when nothing is; "" where something always is
	Choices []choice
}

// peoplePages says which part of a list is shown, and where the parts beside it are: users/_pager.
type peoplePages struct {
	List     string // id of the panel that the list is in
	Range    string // "1 to 25 of 38"
	Previous string // URLs, or ""
	Next     string
	Sizes    []peopleSize // none for a list that has one size
}

// peopleSize is one of the sizes that a page may have.
type peopleSize struct {
	Text    string
	URL     string
	Current bool
}

// peopleNone stands in the place of a list of people when nobody matches: users/_unfound.
type peopleNone struct {
	Query string // "" when filters alone leave nobody
	Path  string // of the list of all
}

// peopleQuery is what a list's address asks for.
type peopleQuery struct {
	staff.Query
	path  string
	first int // the place in the list of the first that is shown
}

// listQuery reads the address: the search and the part. A list with filters reads those besides.
func listQuery(path string, get func(string) string) peopleQuery {
	q := peopleQuery{path: path, first: 1}
	q.Search, q.Size = searched(get), peopleSizes()[0]
	q.After, q.Before, q.first = partAsked(get)
	return q
}

// searched is what an address searches for.
func searched(get func(string) string) string {
	return clipped(strings.TrimSpace(words(get("q"))), 100)
}

// partAsked is which part an address asks for, and the place in the list of its first.
func partAsked(get func(string) string) (after, before string, first int) {
	if after = words(get("after")); after == "" {
		before = words(get("before"))
	}
	first, _ = strconv.Atoi(get("from"))
	if after == "" && before == "" || first < 1 || first >= 1<<31 {
		first = 1
	}
	return after, before, first
}

// listPart is a part of a list, and the address of the list around it.
type listPart struct {
	path          string
	values        url.Values // the address's: all of it but the part
	after, before string
	size          int
	first         int // the place in the list of the first that is shown
}

func (q peopleQuery) part() listPart {
	return listPart{q.path, q.values(), q.After, q.Before, q.Size, q.first}
}

// address is the list's from its beginning.
func (p listPart) address() string { return address(p.path, p.values) }

// here is the address of the part that is shown.
func (p listPart) here() string {
	v := maps.Clone(p.values)
	for name, id := range map[string]string{"after": p.after, "before": p.before} {
		if id != "" {
			v.Set(name, id)
			v.Set("from", strconv.Itoa(p.first))
		}
	}
	return address(p.path, v)
}

// values are the address's: all of it but the part.
func (q peopleQuery) values() url.Values {
	v := url.Values{}
	set := func(name, value, usual string) {
		if value != usual {
			v.Set(name, value)
		}
	}
	set("q", q.Search, "")
	set("status", string(q.Standing), "")
	set("role", q.RoleID, "")
	set("department", q.DepartmentID, "")
	set("profile", q.ProfileID, "")
	set("sort", q.sort(), string(staff.SortName))
	set("size", strconv.Itoa(q.Size), strconv.Itoa(peopleSizes()[0]))
	return v
}

// here is the address of the part that is shown.
func (q peopleQuery) here() string { return q.part().here() }

// sort is the order as the address has it: a minus before one that goes down.
func (q peopleQuery) sort() string {
	s := string(q.Sort)
	if s == "" {
		s = string(staff.SortName)
	}
	if q.Descending {
		return "-" + s
	}
	return s
}

// address is a list's, so that it can be kept and sent to others.
func address(path string, v url.Values) string {
	if len(v) == 0 {
		return path
	}
	return path + "?" + v.Encode()
}

// strayed tells whether a part is not where its address says: those before it have left, or it is the first of all. The
// reader is sent to the first part then.
func strayed[T any](q listPart, p listing.Part[T]) bool {
	return len(p.Rows) == 0 && (q.after != "" || q.before != "") || q.before != "" && (!p.Earlier || len(p.Rows) < q.size)
}

// pages says which part of a list is shown. ids are those of its first and last.
func pages[T any](l views.Locale, q listPart, p listing.Part[T], ids func(*T) string) peoplePages {
	from, to := q.first, q.first+len(p.Rows)-1
	if !p.Earlier {
		from, to = 1, len(p.Rows)
	}
	v := peoplePages{List: "people"}
	switch {
	case len(p.Rows) == 0:
		return v
	case p.More:
		v.Range = l.T(message("people.range-more", "From", from, "To", to, "Total", int(p.Total)))
	default:
		v.Range = l.T(message("users.range", "From", from, "To", to, "Total", max(int(p.Total), to)))
	}
	part := func(name, id string, first int) string {
		at := maps.Clone(q.values)
		if first > 1 {
			at.Set(name, id)
			at.Set("from", strconv.Itoa(first))
		}
		return address(q.path, at)
	}
	if p.Earlier {
		v.Previous = part("before", ids(&p.Rows[0]), from-q.size)
	}
	if p.Later {
		v.Next = part("after", ids(&p.Rows[len(p.Rows)-1]), to+1)
	}
	return v
}

// found says how many a list has, in the words that begin so.
func found[T any](l views.Locale, words string, p listing.Part[T]) string {
	if p.More {
		return l.T(message(words+"found-more", "Count", int(p.Total)))
	}
	return l.T(message(words+"found", "Count", int(p.Total)))
}

// asked gives what the address has under a name.
func (r *request) asked(name string) string { return r.Query(name) }

// renderList answers with a list: as its page, or alone for a search as one types. The list alone has neither form
// nor token, so that it may be compressed.
func (w *Web) renderList(r *request, q listPart, folder string, view any) error {
	if !r.fragment() {
		return w.render(r, fiber.StatusOK, folder+"/index", view)
	}
	if asked := string(r.Request().URI().QueryString()); asked != "" && asked != q.values.Encode() && q.after == "" && q.before == "" {
		r.Set("HX-Replace-Url", q.address()) // a form names also what was not chosen
	}
	if err := w.render(r, fiber.StatusOK, folder+"/_list", view); err != nil {
		return err
	}
	level := fasthttp.CompressBestSpeed
	if q.size > peopleSizes()[0] {
		level = fasthttp.CompressDefaultCompression
	}
	r.compressAt(level)
	return nil
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
