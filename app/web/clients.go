package web

import (
	"net/url"

	"github.com/gofiber/fiber/v2"

	"chancery/app/access"
	"chancery/app/cases"
	"chancery/views"
)

// clientsShowView is a client, with their cases that the reader sees.
type clientsShowView struct {
	views.Page
	Client  caseClient
	Since   string
	Lines   []caseLine
	More    string // the list of them all; "" when these are all
	MayEdit bool
}

// clientsEditView is the form of a client.
type clientsEditView struct {
	views.Page
	Errors    *views.Errors
	Client    caseClient
	Fields    []fieldView
	Languages []choice
}

// clientCases is how many of a client's cases their page shows.
const clientCases = 50

// clientsIndex answers the form of a new case with the clients whom a name may mean; as a page it is that form.
func (w *Web) clientsIndex(r *request) error {
	if !r.fragment() {
		return r.goTo(casesAt + "/new?client_name=" + url.QueryEscape(r.Query("client_name")))
	}
	v, err := w.clientChoices(r, r.Query("client_name"), r.Query("client"))
	if err != nil {
		return err
	}
	return w.render(r, fiber.StatusOK, "clients/_choices", v)
}

func (w *Web) clientsShow(r *request) error {
	c, err := w.Cases.Client(r.ctx, r.actor(), r.Params("id"))
	if err != nil {
		return err
	}
	p, err := w.Cases.List(r.ctx, r.actor(), cases.Query{Filter: cases.Filter{ClientID: c.ID}, Sort: cases.SortOpened, Descending: true, Size: clientCases})
	if err != nil {
		return err
	}
	l := r.locale(w)
	v := clientsShowView{
		Page: w.page(r, "clients.title", "cases"), Client: clientOf(c), Since: l.T(message("clients.since", "Day", l.Day(c.CreatedAt).Text)), MayEdit: r.cur.Rights.Can(access.CasesEdit),
	}
	v.Title, v.Notice = c.Name, w.said(r, "clients.", "edited")
	for i := range p.Rows {
		line := caseLineOf(l, &p.Rows[i])
		line.Client = ""
		v.Lines = append(v.Lines, line)
	}
	if p.Later {
		v.More = casesAt + "?status=" + anyStatus + "&q=" + url.QueryEscape(c.Name)
	}
	return w.render(r, fiber.StatusOK, "clients/show", v)
}

func clientOf(c *cases.Client) caseClient {
	return caseClient{Name: c.Name, URL: "/clients/" + c.ID, Email: c.Email, Phone: c.Phone, Language: languageName(c.Language)}
}

func (w *Web) clientsEdit(r *request) error {
	return w.clientsForm(r, nil, problems{status: fiber.StatusOK})
}

func (w *Web) clientsForm(r *request, f form, p problems) error {
	c, err := w.Cases.Client(r.ctx, r.actor(), r.Params("id"))
	if err != nil {
		return err
	}
	l := r.locale(w)
	p.labelled(l, []fieldLabel{{"name", "clients.name"}, {"email", "clients.email"}, {"phone", "clients.phone"}, {"language", "clients.language"}})
	v := clientsEditView{Page: w.page(r, "clients.edit-title", "cases"), Errors: p.summary, Client: clientOf(c)}
	for _, field := range []struct {
		key, label, kind, stored string
		required                 bool
	}{
		{"name", "clients.name", "text", c.Name, true}, {"email", "clients.email", "email", c.Email, false},
		{"phone", "clients.phone", "tel", c.Phone, false}, {"language", "clients.language", "", c.Language, true},
	} {
		say := func(s string) string { return s }
		if field.key == "language" {
			say = languageName
		}
		e := p.entry(l, f, field.key, field.stored, say)
		fv := fieldView{ID: field.key, Key: field.key, Label: l.T(message(field.label)), Type: field.kind, Autocomplete: "off", Required: field.required,
			Value: e.Value, Was: e.Was, Error: e.Error, Stored: e.Stored}
		if e.Error.Text != "" {
			fv.DescribedBy = field.key + "-error"
		}
		if e.Stored != "" {
			fv.DescribedBy += " " + field.key + "-stored"
		}
		if field.key == "language" {
			for _, lang := range views.Languages() {
				fv.Options = append(fv.Options, choice{lang.Code, lang.Name, lang.Code == e.Value})
			}
		}
		v.Fields = append(v.Fields, fv)
	}
	return w.render(r, p.status, "clients/edit", v)
}

func (w *Web) clientsUpdate(r *request) error {
	f, err := r.parse()
	if err != nil {
		return err
	}
	f = f.only("name", "email", "phone", "language")
	c := cases.ClientChange{Was: map[string]string{}}
	for name, to := range map[string]**string{"name": &c.Name, "email": &c.Email, "phone": &c.Phone, "language": &c.Language} {
		if e := f.edit(name); e != nil {
			*to = &e.Value
			if e.Was != nil {
				c.Was[name] = *e.Was
				if *e.Was == e.Value {
					*to = nil // as it was filled in: it stays as it is stored
				}
			}
		}
	}
	if err := w.Cases.EditClient(r.ctx, r.actor(), r.Params("id"), 0, c); err != nil {
		p, ok := w.problems(r, err)
		if !ok {
			return err
		}
		return w.clientsForm(r, f, p)
	}
	return r.goTo("/clients/" + r.Params("id") + "?notice=edited")
}
