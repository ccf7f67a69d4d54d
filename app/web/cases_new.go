package web

import (
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"chancery/app/cases"
	"chancery/views"
)

// casesNewView is the form of a new case, empty or as it was refused.
type casesNewView struct {
	views.Page
	Errors      *views.Errors
	Title       inputField
	Number      inputField
	Client      clientChoices
	Owner       inputField
	Stage       inputField
	Department  inputField
	Private     bool
	Owners      []choice
	Stages      []choice
	Departments []choice
}

// clientChoices are the clients whom a name may mean, and a new one of that name: clients/_choices.
type clientChoices struct {
	Name    string
	Clients []choice
	New     string // "New client: …"; "" as long as no name was typed
	IsNew   bool
	Error   views.FieldError
}

// clientsOffered is how many clients a name is looked up to.
const clientsOffered = 8

// newClient is what a form says in the place of a client's id.
const newClient = "new"

// casesNew shows the empty form; without script the address may say what the client is called.
func (w *Web) casesNew(r *request) error {
	f := form{"client_name": {r.Query("client_name")}}
	if me := r.cur.User.ID; r.cur.User.DepartmentID != nil {
		f["owner"], f["department"] = []string{me}, []string{*r.cur.User.DepartmentID}
	} else {
		f["owner"] = []string{me}
	}
	return w.casesForm(r, f, problems{status: fiber.StatusOK})
}

// casesCreate begins a case and shows it. A client's name that several clients may have is asked for first.
func (w *Web) casesCreate(r *request) error {
	f, err := r.parse()
	if err != nil {
		return err
	}
	n := cases.NewCase{
		Title: f.get("title"), Number: strings.TrimSpace(f.get("number")), ClientID: f.get("client"), OwnerID: f.get("owner"), Stage: f.get("stage"), DepartmentID: f.get("department"),
		Private: f.get("private") == "true",
	}
	name := strings.TrimSpace(f.get("client_name"))
	if n.ClientID == "" && name != "" {
		found, err := w.Cases.FindClients(r.ctx, r.actor(), name, clientsOffered)
		if err != nil {
			return err
		}
		if len(found) > 0 {
			p := problems{status: fiber.StatusUnprocessableEntity, fields: map[string]string{"client": r.locale(w).T(message("cases.which-client"))}}
			return w.casesRefused(r, f, p)
		}
		n.ClientID = newClient
	}
	if n.ClientID == newClient {
		n.ClientID, n.NewClient = "", &cases.NewClient{Name: name, Language: r.cur.Org.Language}
	}
	k, err := w.Cases.Create(r.ctx, r.actor(), n)
	if err == nil {
		return w.backToCase(r, k.ID, "created", "")
	}
	p, ok := w.problems(r, err)
	if !ok {
		return err
	}
	return w.casesRefused(r, f, p)
}

func (w *Web) casesRefused(r *request, f form, p problems) error {
	if p.summary == nil {
		p.summary = &views.Errors{}
	}
	if p.fields["client_name"] != "" {
		p.fields["client"] = p.fields["client_name"]
	}
	p.labelled(r.locale(w), []fieldLabel{
		{"client", "cases.column-client"}, {"title", "cases.field-title"}, {"number", "cases.field-number"}, {"owner", "cases.owner"}, {"stage", "cases.column-stage"}, {"department", "users.department"},
	})
	if err := w.casesForm(r, f, p); err != nil {
		return err
	}
	r.compress() // it was sent, with its token
	return nil
}

func (w *Web) casesForm(r *request, f form, p problems) error {
	l := r.locale(w)
	in := func(name string) inputField { return inputField{f.get(name), p.field(name)} }
	v := casesNewView{
		Page: w.page(r, "cases.new-title", "cases"), Errors: p.summary, Title: in("title"), Number: in("number"), Owner: in("owner"), Stage: in("stage"), Department: in("department"),
		Private: f.get("private") == "true",
	}
	var err error
	if v.Client, err = w.clientChoices(r, f.get("client_name"), f.get("client")); err != nil {
		return err
	}
	v.Client.Error = p.field("client")
	takers, err := w.Cases.Takers(r.ctx, r.actor(), "")
	if err != nil {
		return err
	}
	v.Owners = takerChoices(l, takers, v.Owner.Value)
	if err := w.markAway(r, v.Owners, w.Now()); err != nil {
		return err
	}
	stages, err := w.Cases.Stages(r.ctx)
	if err != nil {
		return err
	}
	if p.summary == nil && len(stages) > 0 { // begun, not refused: a case begins at the beginning
		v.Stage.Value = stages[0].Name
	}
	v.Stages, v.Departments = stageChoices(l, stages, v.Stage.Value), departmentChoices(r, l, v.Department.Value)
	return w.render(r, p.status, "cases/new", v)
}

// clientChoices looks up whom a name may mean.
func (w *Web) clientChoices(r *request, name, chosen string) (v clientChoices, err error) {
	v.Name = clipped(strings.TrimSpace(words(name)), 200)
	if v.Name == "" {
		return v, nil
	}
	found, err := w.Cases.FindClients(r.ctx, r.actor(), v.Name, clientsOffered)
	if err != nil {
		return v, err
	}
	for _, c := range found {
		v.Clients = append(v.Clients, choice{c.ID, c.Name, c.ID == chosen})
	}
	v.New = r.locale(w).T(message("cases.new-client", "Name", v.Name))
	v.IsNew = chosen == newClient || len(found) == 0
	if !v.IsNew && !slices.ContainsFunc(v.Clients, func(c choice) bool { return c.Chosen }) && len(found) == 1 && strings.EqualFold(found[0].Name, v.Name) {
		v.Clients[0].Chosen = true
	}
	return v, nil
}
