package web_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"chancery/app/access"
	"chancery/app/agenda"
	"chancery/app/apptest"
	"chancery/app/billing"
	"chancery/app/calendar"
	"chancery/app/cases"
	"chancery/app/casesync"
	"chancery/app/staff"
	"chancery/app/work"
)

// matter is a case with all that can hang on one. Each thing of it has a word that nothing else has.
type matter struct {
	name                                                     string
	id, client, comment, deadline, invoice, payment, planned string
	private                                                  bool
	associated                                               map[string]bool
	words                                                    map[string]string // what has them, by word
}

// matterOf makes one, with what the client wrote last.
func matterOf(t *testing.T, app *apptest.App, name, owner string, private bool, members ...string) *matter {
	t.Helper()
	actor := access.System("test")
	m := &matter{name: name, private: private, associated: map[string]bool{owner: true}, words: map[string]string{}}
	word := func(what string) string {
		w := "X" + strings.ReplaceAll(what, " ", "") + "Of" + name
		m.words[w] = what
		return w
	}
	k, err := app.Cases.Create(t.Context(), actor, cases.NewCase{Number: word("number"), Title: word("title"), Private: private, OwnerID: owner,
		NewClient: &cases.NewClient{Name: word("client"), Email: word("address") + "@client.example"}})
	must(t, err)
	m.id, m.client = k.ID, k.ClientID
	for _, id := range members {
		must(t, app.Cases.AddMember(t.Context(), actor, k.ID, id))
		m.associated[id] = true
	}
	writes(t, app, k.ID, word("message"))
	as := app.Actor("super")
	c, err := app.Messages.Comment(t.Context(), as, k.ID, word("comment"))
	must(t, err)
	d, err := app.Agenda.SetDeadline(t.Context(), actor, k.ID, word("deadline"), app.Clock.Now().Add(48*time.Hour).Format(time.DateOnly))
	must(t, err)
	i, err := app.Billing.Issue(t.Context(), actor, billing.Draft{CaseID: k.ID, Number: word("invoice"), Title: word("invoice title"), Currency: "CAD", Amount: 5000, IssuedOn: "2026-11-01", DueOn: "2026-12-01"})
	must(t, err)
	y, err := app.Billing.Record(t.Context(), actor, i.ID, billing.Received{Amount: 100, Method: "card", ReceivedOn: "2026-11-02", Note: word("payment")})
	must(t, err)
	now := app.Clock.Now()
	p, err := app.Agenda.Create(t.Context(), actor, agenda.Plan{CaseID: k.ID, Title: word("appointment"), Place: word("room"), StartsAt: now.Add(time.Hour), EndsAt: now.Add(2 * time.Hour), Zone: "America/Toronto"})
	must(t, err)
	_, err = app.Cases.AddScore(t.Context(), actor, k.ID, cases.NewScore{Score: 3, Comment: word("score")})
	must(t, err)
	m.comment, m.deadline, m.invoice, m.payment, m.planned = c.ID, d.ID, i.ID, y.ID, p.ID
	return m
}

// reader is somebody who walks: signed in, with rights, and the request token of their pages.
type reader struct {
	name, id string
	rights   access.Rights
	c        *apptest.Client
	token    string
}

func (r *reader) sees(m *matter) bool {
	return r.rights.Super() || r.rights.Can(access.CasesView) && (m.associated[r.id] || !m.private && r.rights.Can(access.CasesViewAll))
}

// walker is somebody new with a role, who can sign in.
func walker(t *testing.T, app *apptest.App, name, role string) *staff.User {
	t.Helper()
	u, err := app.Signin.Bootstrap(t.Context(), access.System("test"), staff.NewUser{FirstName: name, LastName: "Walker", Email: strings.ToLower(name) + "@firm.example", RoleID: role, Language: "en", Zone: "America/Toronto"}, apptest.Password, false)
	must(t, err)
	seen := app.Clock.Now().Add(-time.Hour)
	must(t, app.Staff.SeedStatus(t.Context(), u.ID, staff.Active, &seen))
	return u
}

func readerOf(t *testing.T, app *apptest.App, name string, u *staff.User) *reader {
	t.Helper()
	c := app.Visitor()
	token := pageToken(c.Visit("/sign-in").Submit("form[action^='/sign-in']", "email", u.Email, "password", apptest.Password))
	rights, err := app.Access.Of(t.Context(), u.ID)
	must(t, err)
	if token == "" {
		t.Fatalf("%s could not sign in", name)
	}
	return &reader{name, u.ID, rights, c, token}
}

// world is a practice with people of every role, and cases that most of them do not see.
type world struct {
	*apptest.App
	t       *testing.T
	owner   *staff.User
	open    *matter // of the owner alone
	secret  *matter // and private
	common  *matter // of everybody
	readers []*reader
	left    *reader           // who owned both, and has left
	foreign map[string]string // by kind: the owner's, and nobody else's
}

func (w *world) matters() []*matter { return []*matter{w.open, w.secret} }

// worldOf makes it. Beside the base roles there are two that may everything which a role can grant, but are no Super Admin's: of one all but seeing
// every case, so that nothing keeps its people from a case but that it is not theirs. And there is one that may read the history, and little of what it tells of.
func worldOf(t *testing.T) *world {
	app := apptest.One(t)
	w := &world{App: app, t: t, owner: app.Person("consultant"), foreign: map[string]string{}}
	now := app.Clock.Now()
	for _, role := range []string{"all-but-every-case", "all", "the-history"} {
		run(t, app, `INSERT INTO roles (id, name, position, created_at, updated_at) VALUES (?, ?, 90, ?, ?)`, role, role, now, now)
		for _, p := range access.All() {
			if role == "all" || role == "all-but-every-case" && p != access.CasesViewAll || role == "the-history" && (p == access.CasesView || p == access.UsersView || p == access.AuditView) {
				run(t, app, `INSERT INTO role_permissions (role_id, permission) VALUES (?, ?)`, role, string(p))
			}
		}
	}
	roles, err := app.Access.Roles(t.Context())
	must(t, err)
	var people []*staff.User
	var everybody []string
	for i, role := range roles {
		people = append(people, walker(t, app, fmt.Sprintf("Role%d", i), role.ID))
		everybody = append(everybody, people[i].ID)
	}
	member, before := walker(t, app, "Member", "all-but-every-case"), walker(t, app, "Before", "all-but-every-case")
	gone := walker(t, app, "Gone", "all-but-every-case")
	everybody = append(everybody, member.ID, before.ID)

	w.common = matterOf(t, app, "Common", w.owner.ID, false, everybody...)
	for _, private := range []bool{false, true} {
		m := matterOf(t, app, map[bool]string{false: "Open", true: "Secret"}[private], gone.ID, private, member.ID)
		actor := access.System("test")
		must(t, app.Cases.RemoveMember(t.Context(), actor, m.id, member.ID))
		for _, to := range []string{before.ID, w.owner.ID} {
			if _, err := app.Cases.Reassign(t.Context(), actor, []string{m.id}, to); err != nil {
				t.Fatal(err)
			}
		}
		m.associated = map[string]bool{w.owner.ID: true}
		if private {
			w.secret = m
		} else {
			w.open = m
		}
	}
	w.belongings()
	w.left = readerOf(t, app, "who has left", gone)
	_, err = app.Staff.Deactivate(t.Context(), access.System("test"), gone.ID, staff.Plan{Way: staff.ToOne, Successor: w.owner.ID})
	must(t, err)
	for i, role := range roles {
		w.readers = append(w.readers, readerOf(t, app, role.Name, people[i]))
	}
	w.readers = append(w.readers, readerOf(t, app, "who was a member", member), readerOf(t, app, "who was the owner", before))
	return w
}

// belongings are the owner's, and a Super Admin's: a notice, a run, a file that waits, a factor, sessions, an appointment of no case.
func (w *world) belongings() {
	app, t := w.App, w.t
	app.SignIn("consultant")
	absent, err := app.Staff.PlanAbsence(t.Context(), access.System("test"), w.owner.ID, staff.AbsencePlan{FirstDay: "2027-01-04", LastDay: "2027-01-05"})
	if err != nil {
		t.Fatal(err)
	}
	w.foreign["absence"] = absent.ID
	w.foreign["calendar"] = connection(t, app, "consultant", calendar.Google, "on", calendar.Connected, "", "XcalendarOfOwner@firm.example")
	// What the case system says of the owner's two cases cannot be taken, and has their words.
	for _, m := range w.matters() {
		run(t, app, `UPDATE cases SET external_id = ? WHERE id = ?`, "ext-"+m.name, m.id)
		app.System.Says(casesync.Cases, "id", "ext-"+m.name, "status", "sleeping")
	}
	app.Night()
	w.foreign["exception"] = one(t, app, `SELECT id FROM sync_exceptions WHERE private`)
	w.foreign["session"] = one(t, app, `SELECT id FROM sessions WHERE user_id = '`+w.owner.ID+`'`)
	w.foreign["bulletin"] = one(t, app, `SELECT id FROM bulletins WHERE user_id = '`+w.owner.ID+`'`)
	run(t, app, `INSERT INTO factors (id, user_id, kind, name, secret, created_at, confirmed_at) VALUES ('0192aaaa-0000-7000-8000-00000000000f', ?, 'totp', 'Telephone', 'x', ?, ?)`, w.owner.ID, app.Clock.Now(), app.Clock.Now())
	w.foreign["factor"] = "0192aaaa-0000-7000-8000-00000000000f"
	id, err := app.Work.Ask(t.Context(), app.Actor("super"), work.Request{Kind: "sign-out", Items: []work.Item{{ObjectID: app.Person("inactive").ID, Label: "XrunOfSuper"}}})
	must(t, err)
	w.foreign["run"] = id
	w.foreign["draft"], err = app.Work.Keep(t.Context(), app.Actor("super"), "import", "email\nXdraftOfSuper@firm.example\n")
	must(t, err)
	now := app.Clock.Now()
	p, err := app.Agenda.Create(t.Context(), access.System("test"), agenda.Plan{OwnerID: w.owner.ID, Title: "XownOfOwner", StartsAt: now.Add(time.Hour), EndsAt: now.Add(2 * time.Hour), Zone: "UTC"})
	must(t, err)
	w.foreign["appointment"] = p.ID
	_, err = app.Agenda.Update(t.Context(), access.System("test"), p.ID, 0, agenda.Plan{OwnerID: w.owner.ID, Title: "XownAgainOfOwner", StartsAt: now.Add(time.Hour), EndsAt: now.Add(2 * time.Hour), Zone: "UTC"})
	must(t, err)
}

// tells fails when an answer has a word of what its reader does not see. spared are those that were asked for.
func (w *world) tells(r *reader, p *apptest.Page, spared func(m *matter, what string) bool) {
	w.t.Helper()
	if strings.Contains(p.Body, "OfOwner") && !r.rights.Super() {
		w.t.Errorf("%s tells %s of what is somebody's own", p.Path, r.name)
	}
	for _, m := range w.matters() {
		if r.sees(m) {
			continue
		}
		for word, what := range m.words {
			if strings.Contains(p.Body, word) && (spared == nil || !spared(m, what)) {
				w.t.Errorf("%s tells %s the %s of %s", p.Path, r.name, what, m.name)
			}
		}
		if strings.Contains(p.Body, m.id) && (spared == nil || !spared(m, "id")) {
			w.t.Errorf("%s tells %s the id of %s", p.Path, r.name, m.name)
		}
	}
}

// state is what could have been changed, in one line.
func (w *world) state() string {
	var parts []string
	for _, query := range []string{`SELECT count(*) FROM audit WHERE object_kind <> 'user'`, `SELECT count(*) FROM messages`, `SELECT count(*) FROM comments`, `SELECT count(*) FROM deadlines WHERE done_at IS NULL`,
		`SELECT sum(generation) FROM appointments`, `SELECT sum(generation) FROM cases`, `SELECT sum(generation) FROM clients`, `SELECT count(*) FROM invoices WHERE status = 'open'`, `SELECT sum(amount) FROM payments`,
		`SELECT count(*) FROM associations`, `SELECT count(*) FROM scores`, `SELECT sum(read_inbound) FROM associations`, `SELECT count(*) FROM bulletins WHERE read_at IS NULL`, `SELECT count(*) FROM factors`,
		`SELECT count(*) FROM sessions WHERE ended_at IS NULL`, `SELECT count(*) FROM runs`, `SELECT count(*) FROM drafts`} {
		parts = append(parts, one(w.t, w.App, query))
	}
	return strings.Join(parts, " ")
}
