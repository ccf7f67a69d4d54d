package web

import (
	"strconv"

	"github.com/gofiber/fiber/v2"

	"chancery/views"
)

// What the lists of named things share: departments and job titles. Each is a table; a thing is added, renamed and
// removed in a dialog, which without script is a page of its own.

// namesIndexView is a list of named things.
type namesIndexView struct {
	views.Page
	Rows []nameRow
}

// nameRow is one of them.
type nameRow struct {
	ID        string
	Name, URL string
	People    string // "3 people"
	PeopleURL string // the list of them, "" where the reader may not see it or there are none
	Left      string // how many of them have left
	Cases     string
	Used      bool   // by anyone or anything
	Declared  string // that a manifest declares it, and of which source; "" where none does
	Kept      string // the same, said of what cannot be done for it
}

// nameView is the dialog with a name: of a new thing or of one to be renamed.
type nameView struct {
	views.Page
	Alone      bool // a page of its own, with no other heading
	Errors     *views.Errors
	Action     string // where the form goes
	Back       string
	Patch      bool
	Name       inputField
	Label      string
	Hint       string
	Fixed      string // why the name is a manifest's and not the reader's to change, "" when it is theirs
	Stored     string // the name that is stored now, in a conflict (B-16)
	Generation int64  // what the form was filled in from
	For        string // whose form the new thing is wanted in, or ""
	Submit     string
}

// namePlace is where a list is and what it is called.
type namePlace struct {
	path  string // "/departments"; without the slash, the folder of its templates and its entry in the sidebar
	words string // what its catalogue keys begin with: "departments."
}

func (p namePlace) folder() string { return p.path[1:] }

// nameForm answers with the dialog of a new name (id "") or of a renaming, fresh or as it was refused.
func (w *Web) nameForm(r *request, at namePlace, id, value string, generation int64, p problems) error {
	l := r.locale(w)
	v := nameView{
		Page: w.page(r, at.words+"new-title", at.folder()), Alone: !r.fragment(), Errors: p.summary, Action: at.path, Back: at.path,
		Name: inputField{value, p.field("name")}, Label: l.T(message(at.words + "name")), Generation: generation, Submit: l.T(message(at.words + "new-submit")),
	}
	if r.fragment() && (r.Query("for") == "person" || r.FormValue("for") == "person") {
		v.For = "person"
	}
	template := at.folder() + "/new"
	if id != "" {
		template = at.folder() + "/edit"
		v.Title, v.Action, v.Patch, v.Submit = l.T(message(at.words+"edit-title")), at.path+"/"+id, true, l.T(message("form.save"))
		v.Hint = l.T(message(at.words + "edit-hint"))
		v.Stored = p.current["name"]
		if at == departmentsAt {
			_, fixed, err := w.declaredOf(r, "department", id)
			if err != nil {
				return err
			}
			v.Fixed = fixed["name"]
		}
	}
	status := fiber.StatusOK
	if p.status != 0 {
		status = p.status
	}
	return w.render(r, status, template, v)
}

// formGeneration is what a form was filled in from. One that says nothing is older than everything.
func formGeneration(f form) int64 {
	n, err := strconv.ParseInt(f.get("generation"), 10, 64)
	if err != nil {
		return -1
	}
	return n
}

// said is a notice by the code of the address, or nil.
func (w *Web) said(r *request, words string, codes ...string) *views.Notice {
	for _, code := range codes {
		if r.Query("notice") == code {
			return &views.Notice{Text: r.locale(w).T(message(words + code))}
		}
	}
	return nil
}
