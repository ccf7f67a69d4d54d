package web

import (
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"chancery/app/access"
	"chancery/views"
)

// A matrix of rights is changed: its form, what a save would do, the save.

// matrixFields bounds the fields of its form: a box for each right of some three hundred roles.
const matrixFields = 10_000

// matrixLimit bounds its body, in bytes: that many fields of a UUID and a right each.
const matrixLimit = 1024 * 1024

// takesMatrix tells whether what is sent to a path may be a whole matrix.
func takesMatrix(path string) bool {
	path = strings.TrimSuffix(path, "/preview")
	return path == "/roles/matrix" || path == "/profiles/matrix"
}

// matrixEditView is a matrix to be changed, on a page of its own.
type matrixEditView struct {
	views.Page
	Matrix matrixView
	List   string // the list's title
}

func (w *Web) matrixEdit(r *request, kind matrixKind) error {
	book, err := w.Signin.Book(r.ctx)
	if err != nil {
		return err
	}
	return w.matrixForm(r, kind, book, nil, problems{status: fiber.StatusOK})
}

// matrixForm answers with the form; typed is what was ticked, nil for what is stored.
func (w *Web) matrixForm(r *request, kind matrixKind, book *access.Book, typed []access.Column, p problems) error {
	ofRoles, ofProfiles, err := w.Access.People(r.ctx, book)
	if err != nil {
		return err
	}
	owners, err := w.Staff.Owners(r.ctx, kind.one)
	if err != nil {
		return err
	}
	m := w.matrix(r, kind.name, kind.subjects(r, book, kind.people(ofRoles, ofProfiles)), owners, true, typed, p)
	return w.render(r, p.status, kind.name+"/matrix/edit", matrixEditView{w.page(r, kind.name+".matrix", kind.name), m, r.locale(w).T(message(kind.name + ".title"))})
}

// matrixPreview foretells what a save would do (B-11). What may not be saved is said as the save would.
func (w *Web) matrixPreview(r *request, kind matrixKind) error {
	f, columns, err := r.matrix()
	if err != nil {
		return err
	}
	if f.get("back") != "" { // without script: on with the form
		book, err := w.Access.Book(r.ctx)
		if err != nil {
			return err
		}
		return w.matrixForm(r, kind, book, columns, problems{status: fiber.StatusOK})
	}
	preview, err := kind.preview(r.ctx, r.actor(), columns)
	if err != nil {
		return w.matrixRefused(r, kind, columns, err)
	}
	book, err := w.Signin.Book(r.ctx)
	if err != nil {
		return err
	}
	l, url := r.locale(w), "/"+kind.name+"/matrix"
	v := previewView{Page: w.page(r, "rights.preview", kind.name), Alone: !r.fragment(), Action: url, Back: url + "/preview", Close: url + "/edit"}
	for _, c := range columns {
		if c.Asks() {
			v.Fields = append(v.Fields, carriedColumn(c)...)
		}
	}
	v.Effects.Lead = l.T(message("rights.preview-people", "Count", preview.People))
	if preview.People == 0 {
		v.Effects.Lead = l.T(message("rights.preview-none"))
	}
	for _, c := range preview.Columns {
		of := effects(l, &c.Preview, "", true)
		v.Columns = append(v.Columns, effectsColumn{Name: kind.called(l, book, c.ID), Gained: of.Gained, Lost: of.Lost})
	}
	return w.render(r, fiber.StatusOK, kind.name+"/matrix/preview/show", v)
}

// matrixUpdate saves what the reader has seen the effects of.
func (w *Web) matrixUpdate(r *request, kind matrixKind) error {
	_, columns, err := r.matrix()
	if err != nil {
		return err
	}
	if err := kind.update(r.ctx, r.actor(), columns); err != nil {
		return w.matrixRefused(r, kind, columns, err)
	}
	return r.goTo("/" + kind.name + "?notice=matrix-saved")
}

// matrixRefused answers with the matrix as it was ticked and what is wrong with it.
func (w *Web) matrixRefused(r *request, kind matrixKind, columns []access.Column, err error) error {
	p, ok := w.problems(r, err)
	if !ok {
		return err
	}
	book, err := w.Access.Book(r.ctx) // as it is now, not as it was at the start of the request
	if err != nil {
		return err
	}
	return w.matrixForm(r, kind, book, columns, p)
}

// matrix reads the form: what each column was filled in from, and the boxes that are ticked.
func (r *request) matrix() (form, []access.Column, error) {
	f, err := r.parseUpTo(matrixFields)
	if err != nil {
		return nil, nil, err
	}
	ticked := map[string][]access.Permission{}
	for _, v := range f["grants"] {
		id, permission, _ := strings.Cut(v, " ")
		ticked[id] = append(ticked[id], access.Permission(permission))
	}
	var columns []access.Column
	for _, v := range f["columns"] {
		words := strings.Fields(v)
		if len(words) < 2 {
			return nil, nil, errMalformed
		}
		c := access.Column{ID: words[0], Now: ticked[words[0]]}
		if c.Generation, err = strconv.ParseInt(words[1], 10, 64); err != nil {
			return nil, nil, errMalformed
		}
		for _, p := range words[2:] {
			c.Was = append(c.Was, access.Permission(p))
		}
		columns = append(columns, c)
	}
	return f, columns, nil
}

// carriedColumn is a column as fields of a form that shows it no more.
func carriedColumn(c access.Column) []carried {
	all := []carried{{"columns", columnText(c)}}
	for _, p := range c.Now {
		all = append(all, carried{"grants", c.ID + " " + string(p)})
	}
	return all
}

func columnText(c access.Column) string {
	return strings.Join(append([]string{c.ID, itoa(c.Generation)}, permissionTexts(c.Was)...), " ")
}
