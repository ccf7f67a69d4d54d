package web_test

import (
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"chancery/app/access"
	"chancery/app/apptest"
	"chancery/app/cases"
)

// whose says of each address with something in its place what that is: "case", "of a case" (something within one that has an
// id of its own), or another kind of foreigners; "everybody" is what belongs to the practice, or what an address of its own opens, and is
// asked for by permission alone. A route that is added, with something in its path, has to be put down here.
var whose = map[string]string{
	"/cases/:id": "case", "/cases/:id/members/:member": "case", "/cases/:id/fields/:field": "case", "/clients/:id": "client", "/appointments/:id": "appointment",
	"/cases/:id/comments/:comment": "of a case", "/cases/:id/deadlines/:deadline": "of a case", "/cases/:id/invoices/:invoice": "of a case", "/cases/:id/payments/:payment": "of a case",
	"/bulletins/:id": "bulletin", "/runs/:id": "run", "/sync/exceptions/:exception": "exception", "/sync/runs/:run": "everybody", "/users/import/:id": "draft", "/me/factors/:id": "factor", "/me/absences/:id": "absence", "/me/calendars/:id": "calendar", "/users/:id/absences/:absence": "absence of another", "/me/sessions/:id": "session", "/users/:id/sessions/:session": "another's session", "/extension/cases/:id": "of an extension",

	"/users/:id": "everybody", "/users/:id/fields/:field": "everybody", "/colleagues/:id": "everybody", "/roles/:id": "everybody", "/profiles/:id": "everybody",
	"/system/mails/:id": "everybody", "/system/declared/:id": "everybody",
	"/departments/:id": "everybody", "/titles/:id": "everybody", "/stages/:id": "everybody", "/tokens/:id": "everybody", "/system/jobs/:id": "everybody", "/pictures/:id/:size": "everybody", "/logo/:id/:size": "everybody",
	"/cards/:slug": "everybody", "/cards/:slug/picture/:size": "everybody", "/me/fields/:field": "everybody", "/static/*": "everybody",
	"/welcome/:token": "everybody", "/reset/:token": "everybody", "/disown/:token": "everybody", "/verify/:token": "everybody", "/unsubscribe/:token": "everybody", "/calendars/:token.ics": "everybody",
}

// place is what an address has in its places, or "" for one that has none.
func place(path string) string {
	last := strings.LastIndexAny(path, ":*")
	if last < 0 {
		return ""
	}
	if end := strings.IndexByte(path[last:], '/'); end > 0 {
		return path[:last+end]
	}
	return path
}

// ASVS 8.2.1, 8.2.2, 8.3.1, issue 5: actor × route × foreign object. Whatever has an id and is not the reader's to see is not there: not
// as a page, not as a fragment, and not for a verb, by the very routes of the table. Who has left meets the door.
func TestWhatIsForeignIsNotThere(t *testing.T) {
	w := worldOf(t)
	before := w.state()
	tried := map[string]int{}
	for _, route := range slices.Sorted(maps.Keys(registered(t))) {
		method, path, _ := strings.Cut(route, " ")
		at := place(path)
		if at == "" || whose[at] == "of an extension" { // TestAnExtensionSeesWhatItsPersonIsOn
			continue
		}
		kind, ok := whose[at]
		if !ok {
			t.Errorf("%s: say whose %s is", route, at)
			continue
		}
		for _, r := range append(slices.Clone(w.readers), w.left) {
			for what, address := range w.addresses(r, kind, path) {
				want := 404
				if need := access.Permission(needs[route]); strings.Contains(needs[route], ".") && !r.rights.Can(need) {
					want = 403
				}
				for _, fragment := range []bool{false, true} {
					if fragment && method != "GET" && r.name != "all" {
						continue
					}
					p := w.send(r, method, address, fragment)
					tried[kind]++
					switch {
					case r == w.left:
						if p.Status != 401 && !strings.HasPrefix(p.Path, "/sign-in") {
							t.Errorf("%s (%s) for who has left: %d at %s", route, what, p.Status, p.Path)
						}
					case p.Status != want && !(want == 404 && p.Status == 403 && over(r, needs[route])):
						t.Errorf("%s (%s, fragment %t) for %s: %d at %s, want %d", route, what, fragment, r.name, p.Status, p.Path, want)
					}
					w.tells(r, p, func(_ *matter, what string) bool { return what == "id" }) // which they have asked for
				}
			}
		}
		if r := w.readers[0]; method == "GET" { // a Super Admin, to whom nothing is foreign: the addresses are good
			for _, m := range w.matters() {
				address := w.address(kind, path, m)
				if strings.HasPrefix(path, "/cases/:id/comments/:comment/") {
					continue // its author's alone
				}
				if p := w.send(r, method, address, true); address != "" && p.Status != 200 && at != "/cases/:id/members/:member" && at != "/clients/:id" {
					t.Errorf("%s of %s is %d for who sees it", route, m.name, p.Status)
				}
			}
		}
	}
	for kind, n := range tried {
		t.Logf("%s: %d tries", kind, n)
	}
	for _, kind := range whose {
		if kind != "everybody" && kind != "of an extension" && tried[kind] == 0 {
			t.Errorf("nothing was tried of %s", kind)
		}
	}
	if after := w.state(); after != before {
		t.Errorf("something was changed:\n%s\n%s", before, after)
	}
}

// over tells whether a person's own rules may come before the question whether a session is theirs.
func over(r *reader, need string) bool {
	return need == string(access.UsersSignOut) && !r.rights.Super()
}

// address is a route's for something of a case, or "" for other kinds.
func (w *world) address(kind, path string, m *matter) string {
	id := map[string]string{"case": m.id, "of a case": m.id, "client": m.client, "appointment": m.planned}[kind]
	if id == "" {
		return ""
	}
	return w.fill(path, id, m)
}

func (w *world) fill(path, id string, m *matter) string {
	return strings.NewReplacer(":id", id, ":comment", m.comment, ":deadline", m.deadline, ":invoice", m.invoice, ":payment", m.payment,
		":member", w.owner.ID, ":field", "title", ":session", w.foreign["session"]).Replace(path)
}

// addresses are those of a route whose objects are foreign to the reader, and what is foreign about each.
func (w *world) addresses(r *reader, kind, path string) map[string]string {
	fill := func(id string, m *matter) string { return w.fill(path, id, m) }
	all := map[string]string{}
	switch kind {
	case "case", "of a case", "client", "appointment":
		for _, m := range w.matters() {
			if !r.sees(m) {
				all[m.name] = w.address(kind, path, m)
			}
			if kind == "of a case" { // it is not one of the case in whose address it is asked for
				all["of "+m.name+", in another"] = fill(w.common.id, m)
			}
		}
		if kind == "appointment" && !r.rights.Super() {
			all["of somebody alone"] = fill(w.foreign[kind], w.open)
		}
		all["nothing"] = fill("0192aaaa-0000-7000-8000-000000000000", w.open)
	case "run":
		if !r.rights.Can(access.SystemView) {
			all["another's"] = fill(w.foreign[kind], w.open)
		}
	case "absence of another": // it is not that of the person in whose address it is asked for
		all["of another"] = strings.NewReplacer(":id", w.Person("paralegal").ID, ":absence", w.foreign["absence"]).Replace(path)
	case "another's session":
		all["of another"] = fill(w.Person("paralegal").ID, w.open)
	case "exception":
		if !r.sees(w.secret) {
			all["of another's case"] = fill(w.foreign[kind], w.open)
		}
	case "everybody":
	default:
		all["another's"] = fill(w.foreign[kind], w.open)
	}
	return all
}

// send asks by a form that would do, if the object were there.
func (w *world) send(r *reader, method, address string, fragment bool) *apptest.Page {
	form := url.Values{"_csrf": {r.token}, "to": {r.id}, "title": {"Mine"}, "name": {"Mine"}, "member": {r.id}, "bell": {"off"}, "body": {"Hello"}, "owner": {r.id}, "generation": {"1"}, "value": {"Mine"},
		"due_on": {"2026-12-24"}, "number": {"I-1"}, "amount": {"1.00"}, "currency": {"CAD"}, "issued_on": {"2026-11-01"}, "received_on": {"2026-11-02"}, "method": {"card"}, "score": {"9"}, "upto": {"1"},
		"zone": {"UTC"}, "starts": {"2026-11-24T10:00"}, "ends": {"2026-11-24T11:00"}, "mark": {"x"}, "confirmed": {"yes"}}
	if method == "GET" {
		if fragment {
			return r.c.Fragment(method, address, "/cases", nil)
		}
		return r.c.Visit(address)
	}
	if fragment {
		return r.c.Fragment(method, address, "/cases", form)
	}
	return r.c.Do(method, address, "application/x-www-form-urlencoded", form.Encode(), nil)
}

// ASVS 8.2.2, issue 5: no page, fragment, list, search, suggestion, history or file has a word of a case that its reader does not see, whatever
// is named in its address: every route that answers with something, with each name that a page reads from its address.
func TestNoAnswerTellsOfAForeignCase(t *testing.T) {
	w := worldOf(t)
	names := asked(t)
	for _, route := range slices.Sorted(maps.Keys(registered(t))) {
		method, path, _ := strings.Cut(route, " ")
		if kind := whose[place(path)]; method != "GET" || path == "/events" || kind == "case" || kind == "of a case" || kind == "client" || kind == "appointment" {
			continue // those of foreign objects answer 404, or have a test of their own (events_test.go)
		}
		for _, r := range w.readers {
			for _, id := range w.ids(path) {
				address := strings.NewReplacer(":id", id, ":field", "title", ":size", "64", ":session", w.foreign["session"], "*", "nothing").Replace(path)
				w.tells(r, r.c.Visit(address), w.spared(r, path, ""))
				for _, m := range w.matters() {
					if place(path) != "" && place(path) != "/users/:id" {
						continue
					}
					for word, what := range m.words {
						if what == "client" || what == "number" || what == "message" {
							w.tells(r, r.c.Fragment("GET", address+"?q="+word, address, nil), w.spared(r, path, word))
						}
					}
				}
				if r.name != "all-but-every-case" || place(path) != "" {
					continue // to the others, pages say less
				}
				for _, name := range names {
					for _, value := range []string{w.secret.id, w.owner.ID} {
						w.tells(r, r.c.Visit(address+"?"+name+"="+value), w.spared(r, path, value))
					}
				}
			}
		}
	}
}

// spared is what a page may say of a case that its reader does not see: what they have typed; to who looks after everybody's cases, that there is
// one in somebody's list, which they may give to others; and to who begins cases, whom the practice works for, unless every case is private.
func (w *world) spared(r *reader, path, typed string) func(*matter, string) bool {
	return func(m *matter, what string) bool {
		switch {
		case m.words[typed] == what, what == "id" && typed == m.id:
			return true
		case path == "/users/:id/cases" && what == "id":
			return r.rights.Can(access.CasesViewAll)
		case (path == "/clients" || path == "/cases/new") && what == "client" && !m.private:
			return r.rights.Can(access.CasesCreate)
		}
		return false
	}
}

// ids are what stands for :id in an address of what belongs to everybody.
func (w *world) ids(path string) []string {
	switch at := place(path); {
	case strings.HasPrefix(at, "/users/:id"), at == "/colleagues/:id":
		return []string{w.owner.ID, w.left.id}
	case at == "/roles/:id":
		return []string{"manager"}
	case w.foreign[whose[at]] != "":
		return []string{w.foreign[whose[at]]}
	}
	return []string{"nothing"}
}

// asked are the names that pages read from addresses.
func asked(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("*.go")
	must(t, err)
	names := map[string]bool{"owner": true, "department": true, "stage": true, "actor": true, "id": true, "member": true}
	named := regexp.MustCompile(`r\.Query\("([^"]+)"\)`)
	for _, name := range files {
		text, err := os.ReadFile(name)
		must(t, err)
		for _, found := range named.FindAllSubmatch(text, -1) {
			names[string(found[1])] = true
		}
	}
	if len(names) < 20 {
		t.Fatalf("only %v", names)
	}
	return slices.Sorted(maps.Keys(names))
}

// S3-25, ASVS 8.2.2: an open page is told nothing that happens in a case which its reader does not see, neither by a count nor by an event, and no
// stream of such a case begins. What is heard last shows that it would have been.
func TestNoStreamTellsOfAForeignCase(t *testing.T) {
	w := worldOf(t)
	app, ctx, actor := w.App, t.Context(), access.System("test")
	streams, before := map[*reader]*stream{}, map[*reader][2]string{}
	counts := func(doc *goquery.Document) [2]string {
		return [2]string{doc.Find("#unread").AttrOr("data-count", ""), doc.Find("#bulletins-unread").AttrOr("data-count", "")}
	}
	callAll := ""
	for _, r := range w.readers {
		for _, m := range w.matters() {
			for _, address := range []string{"/events?case=" + m.id, "/events?case=" + m.id + "&after=0"} {
				if s := open(t, app, r.c, address); !r.sees(m) && s.status != 404 && (s.status != 403 || r.rights.Can(access.MessagesView)) {
					t.Errorf("%s for %s: %d", address, r.name, s.status)
				} else {
					s.cancel()
				}
			}
		}
		if r.rights.Super() || r.rights.Can(access.CasesViewAll) {
			continue // hears of the open one
		}
		s := open(t, app, r.c, "/events")
		doc, _ := s.told()
		streams[r], before[r] = s, counts(doc)
		u, err := app.Staff.Get(ctx, r.id)
		must(t, err)
		callAll += "@" + u.Name() + " "
	}
	if len(streams) < 5 {
		t.Fatal("too few who do not see them")
	}
	for _, m := range w.matters() {
		writes(t, app, m.id, "a secret")
		_, err := app.Messages.Comment(ctx, app.Actor("super"), m.id, callAll+"see this")
		must(t, err)
		_, err = app.Messages.Send(ctx, app.Actor("super"), m.id, "an answer")
		must(t, err)
		_, err = app.Agenda.FinishDeadline(ctx, actor, m.deadline, true)
		must(t, err)
		_, err = app.Agenda.Cancel(ctx, actor, m.planned, 0)
		must(t, err)
		must(t, app.Billing.Reverse(ctx, actor, m.payment))
		_, err = app.Cases.AddScore(ctx, actor, m.id, cases.NewScore{Score: 1})
		must(t, err)
		title := "a secret title"
		must(t, app.Cases.Edit(ctx, actor, m.id, 0, cases.Change{Title: &title}))
		must(t, app.Cases.AddMember(ctx, actor, m.id, app.Person("other").ID))
		for _, to := range []string{"other", "consultant"} {
			_, err = app.Cases.Reassign(ctx, actor, []string{m.id}, app.Person(to).ID)
			must(t, err)
		}
		must(t, app.Cases.Close(ctx, actor, m.id, 0))
		_, err = app.Cases.Reopen(ctx, actor, m.id, 0, "")
		must(t, err)
	}
	_, err := app.Messages.Comment(ctx, app.Actor("super"), w.common.id, callAll+"see this")
	must(t, err)
	for r, s := range streams {
		doc, m := s.told()
		notices, _ := strconv.Atoi(before[r][1])
		if want := [2]string{before[r][0], strconv.Itoa(notices + 1)}; counts(doc) != want || m.event != "" || strings.Contains(m.data, "secret") {
			t.Errorf("%s is told %v of what is unread, want %v: %+v", r.name, counts(doc), want, m)
		}
	}
}
