package web

import (
	"github.com/gofiber/fiber/v2"

	"chancery/app/access"
	"chancery/views"
)

// previewView asks, before rights are changed, whether what follows is meant (B-11): a dialog with script, a page of its
// own without. It carries what was typed.
type previewView struct {
	views.Page
	Alone   bool // a page of its own, with no other heading
	Action  string
	Back    string
	Close   string // where to without saving, unless Action is a page
	Effects effectsView
	Columns []effectsColumn
	Risk    string // what has to be confirmed besides
	Proof   proofView
	Fields  []carried
}

// rolesPreviewCreate foretells what a form's save would do. What is wrong with the form is said as its save would.
func (w *Web) rolesPreviewCreate(r *request) error {
	f, err := r.parse()
	if err != nil {
		return err
	}
	if f.get("back") != "" {
		return w.onWith(r, f, w.roleShow)
	}
	preview, err := w.Access.PreviewRole(r.ctx, r.actor(), r.Params("id"), f.roleEdit())
	if err != nil {
		return w.roleRefused(r, f, err)
	}
	return w.rightsPreview(r, "roles", preview, f.carry("name", "summary", "parent", "permissions", "profiles", "generation"))
}

// onWith goes on with a form that was looked ahead from, without script.
func (w *Web) onWith(r *request, f form, show func(*request, *access.Book, form, problems) error) error {
	book, err := w.Access.Book(r.ctx)
	if err != nil {
		return err
	}
	return show(r, book, f, problems{status: fiber.StatusOK})
}

// rightsPreview asks whether the effects of an edit of a role or a profile are meant.
func (w *Web) rightsPreview(r *request, name string, preview *access.Preview, fields []carried) error {
	l, url := r.locale(w), "/"+name+"/"+r.Params("id")
	v := previewView{Page: w.page(r, "rights.preview", name), Alone: !r.fragment(), Action: url, Back: url + "/preview", Fields: fields}
	v.Effects = effects(l, preview, l.T(message("rights.preview-people", "Count", preview.People)), true)
	if len(preview.Gained)+len(preview.Lost) == 0 {
		v.Effects.Lead = l.T(message("rights.preview-none"))
	}
	return w.render(r, fiber.StatusOK, name+"/preview/show", v)
}
