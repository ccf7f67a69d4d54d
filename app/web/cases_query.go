package web

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"chancery/app/access"
	"chancery/app/cases"
	"chancery/views"
)

// casesQuery is what the address of the list of cases asks for. Open ones are meant when no status is said, and the newest
// come first.
type casesQuery struct {
	cases.Query
	first int // the place in the list of the first that is shown
}

const casesAt = "/cases"

// anyStatus is what the address says where closed cases are meant as well.
const anyStatus = "any"

// casesQuery reads the address of the list: what is not offered is not asked for. What is done with several at once reads
// the same one.
func (w *Web) casesQuery(get func(string) string) casesQuery {
	q := casesQuery{}
	q.Search, q.Size, q.Sort, q.Descending = searched(get), peopleSizes()[0], cases.SortOpened, true
	q.After, q.Before, q.first = partAsked(get)
	switch s := get("status"); s {
	case anyStatus:
	case string(cases.Closed):
		q.Status = cases.Closed
	default:
		q.Status = cases.Open
	}
	q.OwnerID, q.DepartmentID, q.Stage = clipped(words(get("owner")), 100), clipped(words(get("department")), 100), clipped(words(get("stage")), 100)
	q.Mine, q.Unread = get("mine") != "", get("unread") != ""
	name, down := strings.CutPrefix(get("sort"), "-")
	if s := cases.Sort(name); slices.Contains(cases.Sorts(), s) {
		q.Sort, q.Descending = s, down
	}
	if n, _ := strconv.Atoi(get("size")); slices.Contains(peopleSizes(), n) {
		q.Size = n
	}
	return q
}

// values are the address's: all of it but the part.
func (q casesQuery) values() url.Values {
	v := url.Values{}
	set := func(name, value, usual string) {
		if value != usual {
			v.Set(name, value)
		}
	}
	set("q", q.Search, "")
	status := string(q.Status)
	if status == "" {
		status = anyStatus
	}
	set("status", status, string(cases.Open))
	set("owner", q.OwnerID, "")
	set("department", q.DepartmentID, "")
	set("stage", q.Stage, "")
	set("mine", ticked(q.Mine), "")
	set("unread", ticked(q.Unread), "")
	set("sort", q.sort(), "-"+string(cases.SortOpened))
	set("size", strconv.Itoa(q.Size), strconv.Itoa(peopleSizes()[0]))
	return v
}

// ticked is a box in an address.
func ticked(b bool) string {
	if b {
		return "1"
	}
	return ""
}

// sort is the order as the address has it: a minus before one that goes down.
func (q casesQuery) sort() string {
	if q.Descending {
		return "-" + string(q.Sort)
	}
	return string(q.Sort)
}

func (q casesQuery) part() listPart {
	return listPart{casesAt, q.values(), q.After, q.Before, q.Size, q.first}
}

// filtered tells whether the list leaves any open case out.
func (q casesQuery) filtered() bool {
	return q.Search != "" || q.OwnerID != "" || q.DepartmentID != "" || q.Stage != "" || q.Mine || q.Unread || q.Status != cases.Open
}

// plain is the list without search and filters, in its order.
func (q casesQuery) plain() string {
	q.Filter = cases.Filter{Status: cases.Open}
	return address(casesAt, q.values())
}

// sizes are the ways to shorter and longer pages, each from the list's beginning.
func (q casesQuery) sizes() (all []peopleSize) {
	for _, n := range peopleSizes() {
		other := q
		other.Size = n
		all = append(all, peopleSize{strconv.Itoa(n), address(casesAt, other.values()), n == q.Size})
	}
	return all
}

// casesSearch is the form above the list.
func (w *Web) casesSearch(r *request, l views.Locale, q casesQuery) (peopleSearch, error) {
	v := peopleSearch{List: "cases", Hint: l.T(message("cases.search-all-hint")), Path: casesAt, Label: l.T(message("cases.search-label")), Query: q.Search}
	if r.fragment() {
		return v, nil // the list alone has no form
	}
	owners, err := w.Cases.Owners(r.ctx, r.actor())
	if err != nil {
		return v, err
	}
	stages, err := w.Cases.Stages(r.ctx)
	if err != nil {
		return v, err
	}
	status := peopleFilter{Name: "status", Label: l.T(message("cases.status")), Choices: []choice{
		{string(cases.Open), l.T(message("cases.filter-open")), q.Status == cases.Open},
		{string(cases.Closed), l.T(message("cases.filter-closed")), q.Status == cases.Closed},
		{anyStatus, l.T(message("cases.filter-any-status")), q.Status == ""},
	}}
	owner := peopleFilter{Name: "owner", Label: l.T(message("cases.owner")), Any: l.T(message("cases.filter-any-owner"))}
	for _, o := range owners {
		owner.Choices = append(owner.Choices, choice{o.ID, o.Name(), o.ID == q.OwnerID})
	}
	stage := peopleFilter{Name: "stage", Label: l.T(message("cases.column-stage")), Any: l.T(message("cases.filter-any-stage"))}
	for _, s := range stages {
		stage.Choices = append(stage.Choices, choice{s.Name, s.Name, s.Name == q.Stage})
	}
	department := peopleFilter{Name: "department", Label: l.T(message("users.department")), Any: l.T(message("people.any-department"))}
	for _, d := range r.cur.Departments() {
		department.Choices = append(department.Choices, choice{d.ID, d.Name, d.ID == q.DepartmentID})
	}
	department.Choices = append(department.Choices, choice{cases.NoDepartment, l.T(message("people.no-department-filter")), q.DepartmentID == cases.NoDepartment})
	mine := peopleFilter{Name: "mine", Label: l.T(message("cases.whose")), Any: l.T(message("cases.filter-all")), Choices: []choice{{"1", l.T(message("cases.filter-mine")), q.Mine}}}
	v.Filters = []peopleFilter{status}
	if r.cur.Rights.Can(access.CasesViewAll) {
		v.Filters = append(v.Filters, mine)
	}
	v.Filters = append(v.Filters, owner, stage, department)
	if r.cur.Rights.Can(access.MessagesView) {
		v.Filters = append(v.Filters, peopleFilter{Name: "unread", Label: l.T(message("cases.unread")), Any: l.T(message("cases.filter-read")), Choices: []choice{{"1", l.T(message("cases.filter-unread")), q.Unread}}})
	}
	order := peopleFilter{Name: "sort", Label: l.T(message("people.sort"))}
	for _, s := range cases.Sorts() {
		for _, down := range []bool{false, true} {
			other := q
			other.Sort, other.Descending = s, down
			key := "cases.sort." + string(s)
			if down {
				key += "-down"
			}
			order.Choices = append(order.Choices, choice{other.sort(), l.T(message(key)), other.sort() == q.sort()})
		}
	}
	v.Filters = append(v.Filters, order)
	if q.values().Has("size") {
		v.Keep = []keptValue{{"size", strconv.Itoa(q.Size)}}
	}
	return v, nil
}

// caseColumn is the head of a column; a narrow screen has few.
type caseColumn struct {
	userColumn
	Wide bool // not on a narrow screen
}

// caseColumns are the heads of the table. A head that is clicked orders by its column, and turns the order round when it
// is that already.
func caseColumns(l views.Locale, q casesQuery) []caseColumn {
	column := func(text string, sort cases.Sort, wide bool) caseColumn {
		c := caseColumn{userColumn{Text: l.T(message(text))}, wide}
		if q.Sort == sort {
			c.Sort, c.Down = "ascending", q.Descending
			if c.Down {
				c.Sort = "descending"
			}
		}
		other := q
		other.Sort, other.Descending = sort, q.Sort == sort && !q.Descending
		c.URL = address(casesAt, other.values())
		return c
	}
	return []caseColumn{
		column("cases.column-case", cases.SortNumber, false), column("cases.column-client", cases.SortClient, true), column("cases.column-stage", cases.SortStage, true),
		column("cases.owner", cases.SortOwner, true), column("cases.column-opened", cases.SortOpened, true), column("cases.column-message", cases.SortMessage, true),
	}
}
