package web_test

import (
	"encoding/csv"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"chancery/app/access"
	"chancery/app/apptest"
	"chancery/app/audit"
	"chancery/app/calendar"
	"chancery/app/listing"
	"chancery/app/signin"
	"chancery/app/staff"
	"chancery/static"
	"chancery/views"
)

// S1-14, ASVS 16.3.x: who, when in the reader's zone, from where, what, and each field before and after, with names.
func TestTheHistoryTellsWhoDidWhat(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		jon := app.Person("consultant")
		by := app.Actor("admin")
		by.Network = "198.51.100.7"
		do(t, app.Staff.SetDepartment(t.Context(), by, jon.ID, ""))
		record(t, app, by, audit.Entry{Action: "user.set-role", Kind: "user", ID: jon.ID, Changes: []audit.Change{{Field: "role", Before: access.RoleConsultant, After: access.RoleParalegal}}})
		record(t, app, by, audit.Entry{Action: "user.lock", Kind: "user", ID: jon.ID, Changes: []audit.Change{{Field: "locked_until", After: "2026-11-21T14:15:00Z"}}})
		record(t, app, by, audit.Entry{Action: "role.update", Kind: "role", ID: access.RoleViewer, Changes: []audit.Change{{Field: "permissions", Before: "cases.view users.view", After: "cases.view cases.edit"}}})
		record(t, app, by, audit.Entry{Action: "password.reset", Kind: "user", ID: jon.ID, Changes: []audit.Change{{Field: "password", Before: "old-secret", After: "new-secret"}}}) // which nobody does
		c := app.SignIn("admin")
		p := c.Visit("/users/"+jon.ID).Follow(".tabnav a[href$='/history']").In("h1", "Jon Okafor").Has(".log li", 5) // and created
		p.In(".log li:contains('Department changed')", "Department: Family → nothing").In(".log li:contains('Department changed')", "Grace Mbeki · 198.51.100.7").Has(".log a[href='/users/"+by.ID+"']", 4)
		p.In(".log", "Role: RCIC Consultant → Paralegal").In(".log", "21 November 2026, 09:15").In(".log time", "Today, 09:00").In(".log li:contains('created')", "A program: test")
		if strings.Contains(p.Text("main"), "-secret") {
			t.Error("a secret is shown")
		}
		all := c.Visit("/me").Follow(".side a[href='/history']").In(".log li:contains('Role edited')", "Viewer").In(".log li:contains('Role edited')", "Permissions: See the users → Edit cases")
		if n := all.Header.Get("X-Statements"); n != "3" { // session, lines, names
			t.Errorf("the history costs %s statements", n)
		}
		fr := app.SignIn("super")
		do(t, app.DB.In(t.Context()).Exec(`UPDATE users SET language = 'fr', zone = 'America/Vancouver' WHERE id = ?`, app.Person("super").ID).Error)
		fr.Visit("/users/"+jon.ID+"/history").In(".log", "Rôle : Consultation CRIC → Parajuridique").In(".log time", "06 h 00")
		for _, who := range []string{"consultant", "paralegal"} {
			app.SignIn(who).Visit("/users/" + jon.ID + "/history").Expect(403)
			app.SignIn(who).Visit("/history").Expect(403)
			app.SignIn(who).Visit("/history.csv").Expect(403)
		}
	})
}

// Issue 3: filtered by person, by who acted, by action and by days of the reader's zone; read on in pages that do not shift.
func TestTheHistoryIsFiltered(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		jon, grace := app.Person("consultant"), app.Actor("admin")
		for i := range 60 {
			if i == 30 {
				app.Clock.Add(12 * time.Hour) // 21:00 in Toronto, and another day in UTC
			}
			record(t, app, grace, audit.Entry{Action: "session.end", Kind: "user", ID: jon.ID, Changes: []audit.Change{{Field: "reason", After: "number " + strconv.Itoa(i)}}})
		}
		c := app.SignIn("admin")
		p := c.Visit("/history?action=session.end&person="+strings.ToUpper(apptest.Email("consultant"))).Has(".log li", 25)
		p.In(".log li:first-child", "number 59").Has("option[value='session.end'][selected]", 1)
		record(t, app, grace, audit.Entry{Action: "session.end", Kind: "user", ID: jon.ID}) // meanwhile
		p = p.Follow("a[rel=next]").In(".log li:first-child", "number 34").Has(".log li", 25).Follow("a[rel=next]").Has(".log li", 10).Has("a[rel=next]", 0)
		p.Follow("a[href^='/history?action']:contains('Newest')").Has(".log li", 25)
		count := func(query string, want int) {
			t.Helper()
			if p := c.Visit("/history?action=session.end&" + query); p.Doc.Find(".log li").Length() != want {
				t.Errorf("%s: %d lines, want %d", query, p.Doc.Find(".log li").Length(), want)
			}
		}
		count("actor="+apptest.Email("admin")+"&from=2026-11-21&to=2026-11-21", 25)
		count("from=2026-11-22", 0) // in Toronto all of it was the 21st
		count("to=2026-11-20", 0)
		count("actor="+apptest.Email("other"), 0)
		count("actor="+grace.ID, 25)
		count("actor=system:test", 0)
		count("person="+apptest.Email("other"), 0)
		c.Visit("/history?actor=nobody@firm.example").In(".empty", "Nobody has or had this address").Has("#actor[aria-invalid=true]", 1).Has(".log", 0)
		c.Visit("/history?from=yesterday").In(".empty", "not a day")
		f := c.Fragment("GET", "/history?action=user.create", "/history", nil).Has("#history", 1).Has("form", 0).Has(".log li", 8)
		if strings.Contains(f.Body, "_csrf") {
			t.Error("the fragment holds a token")
		}
		for _, bad := range []string{"before=%00", "before=nonsense", "action=%ff", "from=99999-01-01", "person=%00", "to=0000-00-00"} {
			if p := c.Visit("/history?" + bad); p.Status >= 500 {
				t.Errorf("%s: %d", bad, p.Status)
			}
		}
	})
}

// Issue 3, CWE-1236: the history as a file, in which no cell is a formula, and which the history tells of.
func TestTheHistoryIsTakenAwayAsAFile(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		jon, grace := app.Person("consultant"), app.Actor("admin")
		for _, bad := range []string{`=HYPERLINK("http://evil.example")`, "+1", "-2+3", "@SUM(A1)", "\t=1", "plain, \"quoted\""} {
			record(t, app, grace, audit.Entry{Action: "user.edit", Kind: "user", ID: jon.ID, Changes: []audit.Change{{Field: "bio", After: bad}}})
		}
		c := app.SignIn("admin")
		p := c.Visit("/users/" + jon.ID + "/history.csv?action=user.edit").Expect(200)
		if p.Header.Get("Content-Type") != "text/csv; charset=utf-8" || !strings.HasPrefix(p.Header.Get("Content-Disposition"), `attachment; filename="history-2026-11-21.csv"`) {
			t.Error(p.Header)
		}
		rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(p.Body, "\ufeff"))).ReadAll()
		if err != nil || len(rows) != 7 || rows[0][0] != "When" || rows[1][3] != "Jon Okafor" || rows[1][6] != `plain, "quoted"` || rows[1][0] != "2026-11-21 09:00:00 -05:00" {
			t.Fatalf("%q, %v", rows, err)
		}
		for _, row := range rows[2:] {
			if !strings.HasPrefix(row[6], "'") {
				t.Errorf("a formula: %q", row[6])
			}
		}
		c.Visit("/history").In(".log li:first-child", "History taken away as a file: Jon Okafor").In(".log li:first-child", "Lines: 6")
		if all := c.Visit("/history.csv").Expect(200); strings.Count(all.Body, "\r\n") < 15 {
			t.Error(all.Body)
		}
	})
}

// actionShape is an action; what also reads so is a text's key or a permission.
var actionShape = regexp.MustCompile(`^(user|session|password|factor|invitation|organization|department|title|role|profile|client|case|run|sync|mail|link|history|departure)\.[a-z-]+$`)

// Issue 3: every action and every field that the code records has its words in all three languages, and no secret is
// among them.
func TestTheHistoryHasWordsForEverythingRecorded(t *testing.T) {
	english, err := views.Texts("en") // the other languages have the same keys, by a test in views
	if err != nil {
		t.Fatal(err)
	}
	actions := map[string]string{"role.delete": "access", "profile.delete": "access", "user.set-role": "staff", "user.set-profiles": "staff"} // put together at run time
	fields := map[string]string{}
	for field := range staff.OrganizationValues(&staff.Organization{}) {
		fields[field] = "organization"
	}
	for _, field := range []string{"first_name", "last_name", "display_name", "cell", "cell_hidden", "office", "address", "bio", "language", "zone", "theme"} {
		fields[field] = "profile"
	}
	permissions := access.All()
	programs, kinds := map[string]string{}, map[string]string{"role": "access", "profile": "access"} // these put together at run time
	owns := map[string][2]string{}                                                                   // by receiver: the kind of belongings that it is, and where
	text := func(e ast.Expr) string {
		lit, ok := e.(*ast.BasicLit)
		if !ok || lit.Kind != token.STRING {
			return ""
		}
		text, _ := strconv.Unquote(lit.Value)
		return text
	}
	walkAll(t, func(path string, n ast.Node) {
		switch n := n.(type) {
		case *ast.FuncDecl: // what a departure hands over is a field, by its kind (staff.Belonging)
			if n.Name.Name == "Kind" && n.Recv != nil && len(n.Body.List) == 1 {
				if r, ok := n.Body.List[0].(*ast.ReturnStmt); ok && text(r.Results[0]) != "" {
					owns[fmt.Sprint(n.Recv.List[0].Type)] = [2]string{text(r.Results[0]), path}
				}
			}
		case *ast.CallExpr: // access.System("NAME")
			if f, ok := n.Fun.(*ast.SelectorExpr); ok && f.Sel.Name == "System" && len(n.Args) == 1 && text(n.Args[0]) != "" {
				programs[text(n.Args[0])] = path
			}
		case *ast.CompositeLit:
			if f, ok := n.Type.(*ast.SelectorExpr); ok && f.Sel.Name == "Entry" {
				for _, e := range n.Elts {
					if kv, ok := e.(*ast.KeyValueExpr); ok && fmt.Sprint(kv.Key) == "Kind" && text(kv.Value) != "" {
						kinds[text(kv.Value)] = path
					}
				}
			}
		}
	})
	for _, o := range owns {
		fields[o[0]], fields[o[0]+"_to"] = o[1], o[1]
	}
	if len(owns) < 2 || len(programs) < 4 || len(kinds) < 8 {
		t.Fatalf("only %d kinds of belongings, %d programs and %d kinds of things were found", len(owns), len(programs), len(kinds))
	}
	has := func(key, where string) {
		if _, ok := english[key]; !ok {
			t.Errorf("%s: the history has no words %s", where, key)
		}
	}
	for program, where := range programs {
		has("audit.program."+program, where)
	}
	for kind, where := range kinds {
		has("audit.kind."+kind, where)
	}
	app := apptest.One(t)
	for _, k := range slices.Concat(app.Staff.Kinds(), app.Signin.Kinds(), app.Sync.Kinds()) {
		has("audit.value.kind-"+k.Name, "runs")
	}
	for _, way := range []signin.Way{signin.ByLink, signin.ByMail, signin.ByHand} {
		has("audit.value.way-"+string(way), "signin")
	}
	has("audit.value.reason-"+staff.DormantReason, "staff")
	has("audit.value.reason-"+staff.UndeclaredReason, "staff")
	has("audit.value.feed-detail-"+string(calendar.FeedFull), "calendar")
	has("audit.value.feed-detail-"+string(calendar.FeedBusy), "calendar")
	walk(t, func(path string, n ast.Node) {
		switch n := n.(type) {
		case *ast.KeyValueExpr:
			if key, ok := n.Key.(*ast.Ident); ok && (key.Name == "Action" || key.Name == "Field") {
				if lit, ok := n.Value.(*ast.BasicLit); ok && lit.Kind == token.STRING {
					text, _ := strconv.Unquote(lit.Value)
					map[string]map[string]string{"Action": actions, "Field": fields}[key.Name][text] = path
				}
			}
		case *ast.BasicLit:
			text, err := strconv.Unquote(n.Value)
			if err != nil || n.Kind != token.STRING || !actionShape.MatchString(text) || slices.Contains(permissions, access.Permission(text)) {
				return
			}
			if _, isText := english[text]; !isText {
				actions[text] = path
			}
		}
	})
	if len(actions) < 30 || len(fields) < 30 {
		t.Fatalf("only %d actions and %d fields were found", len(actions), len(fields))
	}
	delete(actions, "user.set-")
	for action, where := range actions {
		group, _, _ := strings.Cut(action, ".")
		has("audit.group."+group, where)
		if _, ok := english["audit.action."+strings.ReplaceAll(action, ".", "-")]; !ok && strings.Contains(action, ".") {
			t.Errorf("%s: the action %s has no words (audit.action.%s), or no line in auditActions", where, action, strings.ReplaceAll(action, ".", "-"))
		}
	}
	for field, where := range fields {
		if _, ok := english["audit.field."+strings.ReplaceAll(field, "_", "-")]; !ok {
			t.Errorf("%s: the field %s has no words (audit.field.%s)", where, field, strings.ReplaceAll(field, "_", "-"))
		}
		if regexp.MustCompile(`^(password|token|secret|hash|pin)$|_hash$|_token$`).MatchString(field) {
			t.Errorf("%s: %s looks like a secret", where, field)
		}
	}
	listed := app.SignIn("admin").Visit("/history")
	assets, err := static.Load()
	must(t, err)
	words, err := os.ReadFile("history_words.go")
	must(t, err)
	for _, m := range regexp.MustCompile(`\{"[a-z]+\.[a-z-]+", "([a-z-]+)"\}`).FindAllSubmatch(words, -1) {
		if !assets.HasIcon(string(m[1])) {
			t.Errorf("%s: no such icon in the sprite: name it in history/_log", m[0])
		}
	}
	for action, where := range actions {
		if strings.Contains(action, ".") && listed.Doc.Find("option[value='"+action+"']").Length() != 1 {
			t.Errorf("%s: %s is not in the list of actions", where, action)
		}
	}
}

// walk visits every node of the files that record, and walkAll those of all files of their rooms.
func walk(t *testing.T, visit func(path string, n ast.Node)) { visitRooms(t, false, visit) }

func walkAll(t *testing.T, visit func(path string, n ast.Node)) { visitRooms(t, true, visit) }

func visitRooms(t *testing.T, all bool, visit func(path string, n ast.Node)) {
	t.Helper()
	for _, root := range []string{"../staff", "../access", "../signin", "../cases", "../messages", "../agenda", "../billing", "../work", "../notices", "../casesync", "../post", "../../jobs", ".."} {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if d.IsDir() && path != root && (root == ".." || strings.HasSuffix(path, "test")) {
				return filepath.SkipDir
			}
			if d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return nil
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
			if err != nil || !all && !slices.ContainsFunc(file.Imports, func(i *ast.ImportSpec) bool { return i.Path.Value == `"chancery/app/audit"` }) {
				return err
			}
			ast.Inspect(file, func(n ast.Node) bool { visit(path, n); return true })
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func record(t *testing.T, app *apptest.App, by access.Actor, e audit.Entry) {
	t.Helper()
	do(t, audit.Record(t.Context(), app.DB, by.Actor, e))
}

func do(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Issue 3: what programs do, what a departure hands over and what a run was reads in words, in the reader's language; and events are
// chosen from groups, each in the order of its words.
func TestWhatIsRecordedReadsInWords(t *testing.T) {
	app := apptest.One(t)
	run(t, app, `UPDATE users SET language = 'fr' WHERE id = ?`, app.Person("admin").ID)
	c, id := app.SignIn("admin"), app.Person("consultant").ID
	manifests := access.System("declared")
	manifests.Name = "directory"
	lines := func(by access.Actor, e audit.Entry) string {
		record(t, app, by, e)
		return c.Visit("/history").Text(".log li:first-child")
	}
	for _, l := range []struct {
		by   access.Actor
		e    audit.Entry
		want []string
	}{
		{access.System("signin"), audit.Entry{Action: "user.lock", Kind: "user", ID: id}, []string{"Chancery, à la connexion"}},
		{app.Actor("super"), audit.Entry{Action: "user.deactivate", Kind: "user", ID: id, Changes: []audit.Change{{Field: "cases", Before: "3", After: "0"}, {Field: "cases_to", After: "Lucía: 3"}, {Field: "sessions", Before: "2", After: "0"}}},
			[]string{"Dossiers ouverts", "Dossiers remis à", "Appareils connectés"}},
		{app.Actor("super"), audit.Entry{Action: "run.create", Kind: "run", ID: "r", Changes: []audit.Change{{Field: "kind", After: "import"}}}, []string{"un fichier de personnes"}},
		{app.Actor("super"), audit.Entry{Action: "password.reset", Kind: "user", ID: id, Changes: []audit.Change{{Field: "way", After: "typed"}}}, []string{"un mot de passe temporaire"}},
		{access.System("accounts"), audit.Entry{Action: "user.deactivate", Kind: "user", ID: id, Changes: []audit.Change{{Field: "reason", After: "dormant"}}}, []string{"inutilisé depuis longtemps"}},
		{manifests, audit.Entry{Action: "role.update", Kind: "role", ID: "paralegal", Changes: []audit.Change{{Field: "summary", After: "Aide"}}}, []string{"Un manifeste (directory)", "À quoi il sert : Aide"}},
		{app.Actor("super"), audit.Entry{Action: "user.deactivate", Kind: "user", ID: id, Changes: []audit.Change{{Field: "reason", After: "Retires in spring"}}}, []string{"Retires in spring"}},
	} {
		got := lines(l.by, l.e)
		for _, want := range l.want {
			if !strings.Contains(got, want) {
				t.Errorf("%s says %q, want %q", l.e.Action, got, want)
			}
		}
	}
	groups := c.Visit("/history").Doc.Find("select[name=action] optgroup")
	if groups.Length() < 10 {
		t.Errorf("%d groups of events", groups.Length())
	}
	for i := range groups.Nodes {
		var texts []string
		options := groups.Eq(i).Find("option")
		for j := range options.Nodes {
			texts = append(texts, listing.Fold(options.Eq(j).Text()))
		}
		if !slices.IsSorted(texts) || len(texts) == 0 {
			t.Errorf("%s: %q", groups.Eq(i).AttrOr("label", ""), texts)
		}
	}
}
