package web_test

import (
	"fmt"
	"go/ast"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"chancery/app/access"
	"chancery/app/apptest"
)

// S1-24, ASVS 8.2.2, 8.2.3: who sees a case reads of it what their permissions let them, and no word of the rest: no invoice's number without
// invoices.view, wherever it could stand. It is every GET route of the table, of things that there are, as a page and as a fragment; and a page that
// is asked for without htmx is one, or leads to one: none ends with an error of ours.
func TestWhatAPermissionKeepsIsNowhere(t *testing.T) {
	w := worldOf(t)
	owner := readerOf(t, w.App, "owner", w.owner)
	read := map[string]int{}
	for _, route := range slices.Sorted(maps.Keys(registered(t))) {
		method, path, _ := strings.Cut(route, " ")
		if method != "GET" || path == "/events" { // a stream says that there is something, and is no page
			continue
		}
		for _, r := range append(slices.Clone(w.readers), owner) {
			for _, address := range w.common.at(w, path) {
				for _, p := range []*apptest.Page{r.c.Visit(address), r.c.Fragment("GET", address, "/cases", nil)} {
					if p.Status >= 500 {
						t.Errorf("%s for %s: %d", address, r.name, p.Status)
					}
					for word, what := range w.common.words {
						if !strings.Contains(p.Body, word) {
							continue
						}
						read[what]++
						for _, need := range access.ToldTo(guardOf[what]) {
							if !r.rights.Can(need) {
								t.Errorf("%s tells %s the %s without %s", address, r.name, what, need)
							}
						}
					}
				}
			}
		}
	}
	for what := range guardOf {
		if read[what] == 0 {
			t.Errorf("nobody read the %s", what)
		}
	}
}

// guardOf is by which object's permissions a word of a case is kept.
var guardOf = map[string]string{"message": "message", "appointment": "appointment", "room": "appointment", "deadline": "deadline", "invoice": "invoice", "invoice title": "invoice", "payment": "payment"}

// at are a GET route's addresses with a case and what hangs on it, or with what there is of another kind.
func (m *matter) at(w *world, path string) (addresses []string) {
	ids := map[string]string{"case": m.id, "of a case": m.id, "client": m.client, "appointment": m.planned}
	id := ids[whose[place(path)]]
	if id == "" {
		id = w.foreign[whose[place(path)]]
	}
	if id == "" {
		id = w.ids(path)[0]
	}
	switch place(path) {
	case "":
		for _, word := range []string{"XinvoiceO", "XpaymentO", "XmessageO", "XdeadlineO", "XappointmentO"} { // a part, since what was typed may be said
			if path == "/search" || path == "/search/suggestions" || path == "/cases" || path == "/messages" || path == "/calendar" {
				addresses = append(addresses, path+"?q="+word)
			}
		}
	case "/departments/:id":
		id = one(w.t, w.App, `SELECT min(id) FROM departments`)
	case "/titles/:id":
		id = one(w.t, w.App, `SELECT min(id) FROM titles`)
	case "/profiles/:id":
		id = one(w.t, w.App, `SELECT min(id) FROM profiles`)
	}
	return append(addresses, strings.NewReplacer(":field", "title", ":size", "64", "*", "nothing").Replace(w.fill(path, id, m)))
}

// S1-24: what is recorded of an object that is new is decided about here: by which permission the history keeps it (access.ToldTo), or that who may
// read the history is told. And nobody reads the audit past that.
func TestTheHistoryKnowsWhatEachPermissionKeeps(t *testing.T) {
	app := apptest.One(t)
	told := strings.Fields("user card invitation password factor session role profile department title organization client case comment stage run sync history token absence job mail calendar declared")
	app.SignIn("super").Visit("/history").Doc.Find("select[name=action] option[value]").Each(func(_ int, o *goquery.Selection) {
		object, _, _ := strings.Cut(o.AttrOr("value", ""), ".")
		if object != "" && slices.Contains(told, object) == (len(access.ToldTo(object)) > 0) {
			t.Errorf("say to whom the history tells of a %s", object)
		}
	})
	run(t, app, `INSERT INTO role_permissions (role_id, permission) VALUES ('consultant', 'audit.view')`)
	for who, want := range map[string]int{"super": 2, "consultant": 0} { // who may see no bills
		if n := app.SignIn(who).Visit("/history").Doc.Find("select[name=action] option[value^='invoice.']").Length(); n != want {
			t.Errorf("%s may choose of %d", who, n)
		}
	}
	walkAll(t, func(path string, n ast.Node) {
		if s, ok := n.(*ast.SelectorExpr); ok && s.Sel.Name == "Find" && fmt.Sprint(s.X) == "audit" && !strings.HasPrefix(path, "../access/") {
			t.Errorf("%s reads the audit without asking who may (access.History)", path)
		}
	})
}
