package web_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strings"
	"testing"
)

// waysIn are the routes that can begin a session. One that is added has to be written down here, beside what it proves.
var waysIn = []string{
	"POST /reset/:token",    // a link of a recovery
	"POST /sign-in",         // e-mail and password
	"POST /sign-in/passkey", // a passkey
	"POST /sign-in/pin",     // a PIN sent to a phone
	"POST /sign-in/step",    // the second proof after any of the others
	"POST /welcome/:token",  // a link of an invitation
}

// ASVS 6.3.4: the routes that can open a session are these, and each goes through the one gate. A browser gets a session's secret from
// setSession alone; that is called with a new session by enter alone, which takes only what signin's gate returns (app/signin:
// TestOnlyOpenWritesSessions, TestEveryWayInReachesTheGate); everybody else renews the session that the request came with. So a
// handler that opens a session in any other way fails here.
func TestEveryRouteThatOpensASessionGoesThroughTheGate(t *testing.T) {
	handlers := handlersOf(t)
	calls := map[string][]*ast.CallExpr{} // by function, those of setSession and enter
	verbs := map[string][]string{}        // by function, what it asks of signin
	eachGoFile(t, ".", func(path string, file *ast.File) {
		for _, decl := range file.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok {
				continue
			}
			ast.Inspect(fn, func(n ast.Node) bool {
				if id, ok := n.(*ast.Ident); ok && id.Name == "cookieSession" && !slices.Contains([]string{"setSession", "admit", "recognize", "pictureUnread"}, fn.Name.Name) {
					t.Errorf("%s %s handles the session's cookie, which others only read", path, fn.Name.Name)
				}
				call, ok := n.(*ast.CallExpr)
				if !ok {
					return true
				}
				sel, ok := call.Fun.(*ast.SelectorExpr)
				if !ok {
					return true
				}
				switch {
				case sel.Sel.Name == "setSession", sel.Sel.Name == "enter":
					calls[fn.Name.Name] = append(calls[fn.Name.Name], call)
				case source(sel.X) == "w.Signin":
					verbs[fn.Name.Name] = append(verbs[fn.Name.Name], sel.Sel.Name)
				}
				return true
			})
		}
	})
	var opening []string
	for name, made := range calls {
		for _, call := range made {
			if call.Fun.(*ast.SelectorExpr).Sel.Name == "enter" {
				if source(call.Args[1]) != "opened" {
					t.Errorf("%s enters by something else than what the gate has opened: %s", name, source(call.Args[1]))
				}
				routes := handlers[name]
				if len(routes) == 0 && name != "enter" {
					t.Errorf("%s enters, and is no route's handler", name)
				}
				opening = append(opening, routes...)
				if !slices.ContainsFunc(verbs[name], func(v string) bool { return slices.Contains(gateVerbs, v) }) {
					t.Errorf("%s enters without asking signin for it: %q", name, verbs[name])
				}
				continue
			}
			switch secret, until := source(call.Args[1]), source(call.Args[2]); {
			case secret == `""`: // takes the session away
			case until == "r.cur.Session.ExpiresAt": // renews it
			case name == "enter" && secret == "opened.Token":
			default:
				t.Errorf("%s gives a browser a session: %s until %s", name, secret, until)
			}
		}
	}
	slices.Sort(opening)
	if opening = slices.Compact(opening); !slices.Equal(opening, waysIn) {
		t.Errorf("sessions are opened by %q", opening)
	}
	// Nobody takes a verb that opens and does something else with what it has opened.
	for name, asked := range verbs {
		for _, verb := range asked {
			if slices.Contains(gateVerbs, verb) && !slices.ContainsFunc(calls[name], func(c *ast.CallExpr) bool { return c.Fun.(*ast.SelectorExpr).Sel.Name == "enter" }) {
				t.Errorf("%s asks for %s and does not enter", name, verb)
			}
		}
	}
}

// gateVerbs are signin's that return what the gate has opened (app/signin: TestEveryWayInReachesTheGate has the same list).
var gateVerbs = []string{"AcceptRecovery", "AcceptWelcome", "FinishStep", "SignIn", "SignInByPIN", "SignInByPasskey"}

// handlersOf are the routes of each handler.
func handlersOf(t *testing.T) map[string][]string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "routes.go", nil, 0)
	must(t, err)
	all := map[string][]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || len(call.Args) != 4 {
			return true
		}
		method, isText := call.Args[0].(*ast.BasicLit)
		path, isPath := call.Args[1].(*ast.BasicLit)
		handler, isMethod := call.Args[3].(*ast.SelectorExpr)
		if isText && isPath && isMethod {
			all[handler.Sel.Name] = append(all[handler.Sel.Name], strings.Trim(method.Value, `"`)+" "+strings.Trim(path.Value, `"`))
		}
		return true
	})
	if len(all) < 100 {
		t.Fatalf("only %d handlers were read", len(all))
	}
	return all
}
