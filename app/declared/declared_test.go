package declared_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"chancery/app/apptest"
	"chancery/app/declared"
	"chancery/app/manifest"
	"chancery/app/staff"
)

// practice is the house with the room of what is declared.
type practice struct {
	*apptest.App
	t        *testing.T
	declared *declared.Declared
	secrets  map[string]string
}

func each(t *testing.T, fn func(p *practice)) {
	t.Helper()
	apptest.Each(t, func(t *testing.T, app *apptest.App) { fn(open(t, app)) })
}

func open(t *testing.T, app *apptest.App) *practice {
	p := &practice{App: app, t: t, secrets: map[string]string{}}
	p.declared = declared.New(app.DB, app.Access, app.Staff, app.Signin, func(name, key string) (string, error) {
		if text, ok := p.secrets[name+"/"+key]; ok {
			return text, nil
		}
		return "", errors.New("there is no such secret")
	}, 20)
	return p
}

func (p *practice) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

// set reads manifests, each as "Kind/name: {spec}", or with what else it says before the spec in brackets.
func (p *practice) set(objects ...string) *manifest.Set {
	p.t.Helper()
	var b strings.Builder
	for _, o := range objects {
		ref, spec, _ := strings.Cut(o, ": ")
		annotations := ""
		if rest, ok := strings.CutPrefix(ref, "paused "); ok {
			ref, annotations = rest, `, annotations: {chancery.dev/paused: "true"}`
		}
		kind, name, _ := strings.Cut(ref, "/")
		b.WriteString("---\napiVersion: " + manifest.APIVersion + "\nkind: " + kind + "\nmetadata: {name: " + name + annotations + "}\nspec: " + spec + "\n")
	}
	set, err := manifest.Text("test.yaml", []byte(b.String()))
	p.must(err)
	return set
}

// plan and apply are of the source "files"; what they say is one word a step: "create User/mina".
func (p *practice) plan(set *manifest.Set) []string {
	p.t.Helper()
	plan, err := p.declared.Plan(p.t.Context(), "files", set)
	p.must(err)
	return words(plan)
}

func (p *practice) apply(set *manifest.Set) []string {
	p.t.Helper()
	return p.applyBy("files", set)
}

func (p *practice) applyBy(source string, set *manifest.Set) []string {
	p.t.Helper()
	plan, err := p.declared.Apply(p.t.Context(), source, set)
	p.must(err)
	return words(plan)
}

// words are the steps that differ, each with what changes, and why it was refused.
func words(plan *declared.Plan) (all []string) {
	for i := range plan.Steps {
		s := &plan.Steps[i]
		if !s.Differs() {
			continue
		}
		line := string(s.Action) + " " + s.Ref()
		if s.Drift {
			line = "drift " + line
		}
		for _, c := range s.Changes {
			line += " " + c.Field + "=" + c.After
		}
		for _, r := range s.Reasons {
			line += " !" + r.Field + ":" + r.Message.Key
		}
		all = append(all, line)
	}
	return all
}

func (p *practice) expect(got []string, want ...string) {
	p.t.Helper()
	if !slices.Equal(got, want) {
		p.t.Errorf("got\n  %s\nwanted\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

func (p *practice) user(address string) *staff.User {
	p.t.Helper()
	u, err := p.Staff.ByEmail(p.t.Context(), address)
	p.must(err)
	return u
}

// everything is one of each kind.
var everything = []string{
	`Organization/practice: {name: Marlow & Reyes, policies: {lockTries: 7}}`,
	`Department/wills: {name: Wills}`,
	`Profile/reception: {name: Reception, permissions: [appointments.view]}`,
	`Role/lead: {name: Lead, parent: paralegal, permissions: [cases.reassign], profiles: [reception]}`,
	`User/mina: {email: Mina@firm.example, firstName: Mina, lastName: Rao, role: lead, department: wills, profiles: [reception], title: paralegal}`,
}

// B-3: what is declared comes to be, in one run, in an order in which it can; the second run changes nothing.
func TestWhatIsDeclaredComesToBe(t *testing.T) {
	each(t, func(p *practice) {
		set := p.set(everything...)
		want := []string{
			`change Organization/practice name=Marlow & Reyes lock_tries=7`, `create Department/wills name=Wills`, `create Profile/reception name=Reception permissions=appointments.view`,
			`create Role/lead name=Lead parent=Paralegal permissions=cases.reassign profiles=Reception`,
			`create User/mina first_name=Mina last_name=Rao title=Paralegal department=Wills role=Lead profiles=Reception`,
		}
		p.expect(p.plan(set), want...)
		p.expect(p.apply(set), want...)
		u := p.user("mina@firm.example")
		rights, err := p.Staff.RightsOf(p.t.Context(), p.Actor("super"), u.ID)
		p.must(err)
		book, err := p.Access.Book(p.t.Context())
		p.must(err)
		if u.Status != staff.Pending || u.Title != "Paralegal" || u.DepartmentID == nil || book.RoleName(u.RoleID) != "Lead" || len(rights.ProfileIDs) != 1 {
			p.t.Errorf("Mina is %+v with %v", u, rights)
		}
		var mails int
		p.must(p.DB.Row(p.t.Context(), `SELECT count(*) FROM mails WHERE user_id = $1 AND kind = 'welcome'`, u.ID).Scan(&mails))
		if mails != 1 {
			p.t.Errorf("%d welcome mails", mails)
		}
		p.expect(p.plan(set))
		p.expect(p.apply(set))
	})
}
