package web_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"slices"
	"strings"
	"testing"

	"chancery/app/access"
	"chancery/app/apptest"
)

// needs is who may use what, as the practice was promised (ASVS 8.1.1). It stands here a second time on purpose: a
// route that is added, or opened to more people, has to be written down here too.
var needs = map[string]string{
	"GET /sync": "cases.view", "GET /sync/runs": "cases.sync", "POST /sync/runs": "cases.sync", "POST /sync/runs/:run/closures": "cases.sync", "DELETE /sync/runs/:run/closures": "cases.sync",
	"POST /sync/retries": "cases.edit", "POST /sync/exceptions/:exception/retries": "cases.edit", "GET /sync/exceptions/:exception/silence/new": "cases.edit",
	"POST /sync/exceptions/:exception/silence": "cases.edit", "DELETE /sync/exceptions/:exception/silence": "cases.edit",
	"GET /":                                         "signed in",
	"GET /static/*":                                 "anyone",
	"GET /logo/:id/:size":                           "anyone",
	"GET /cards/:slug":                              "anyone",
	"GET /cards/:slug/picture/:size":                "anyone",
	"GET /sign-in":                                  "anyone",
	"POST /sign-in":                                 "anyone",
	"POST /sign-out":                                "during change",
	"POST /language":                                "anyone",
	"GET /welcome/:token":                           "anyone",
	"POST /welcome/:token":                          "anyone",
	"POST /password-checks":                         "anyone",
	"GET /me":                                       "signed in",
	"GET /me/edit":                                  "signed in",
	"PATCH /me":                                     "signed in",
	"GET /me/fields/:field":                         "signed in",
	"GET /me/fields/:field/edit":                    "signed in",
	"PATCH /me/fields/:field":                       "signed in",
	"POST /me/picture":                              "signed in",
	"GET /me/picture/delete":                        "signed in",
	"DELETE /me/picture":                            "signed in",
	"GET /me/notifications/summary":                 "signed in",
	"POST /me/notifications/summary":                "signed in",
	"GET /me/calendars":                             "signed in",
	"GET /me/calendars/consents/new":                "appointments.view",
	"GET /me/calendars/consents":                    "appointments.view",
	"GET /me/calendars/caldav":                      "appointments.view",
	"GET /me/calendars/feed":                        "appointments.view",
	"POST /me/calendars/consents":                   "appointments.view",
	"GET /me/calendars/callback":                    "signed in",
	"GET /me/calendars/caldav/new":                  "appointments.view",
	"POST /me/calendars/caldav":                     "appointments.view",
	"GET /calendars/:token.ics":                     "anyone",
	"GET /me/calendars/feed/new":                    "appointments.view",
	"POST /me/calendars/feed":                       "appointments.view",
	"GET /me/calendars/feed/edit":                   "appointments.view",
	"PATCH /me/calendars/feed":                      "appointments.view",
	"GET /me/calendars/feed/delete":                 "signed in",
	"DELETE /me/calendars/feed":                     "signed in",
	"POST /me/calendars/:id/tries":                  "signed in",
	"GET /me/calendars/:id/delete":                  "signed in",
	"DELETE /me/calendars/:id":                      "signed in",
	"GET /users/:id/calendars/delete":               "users.sign-out",
	"DELETE /users/:id/calendars":                   "users.sign-out",
	"GET /me/preferences":                           "signed in",
	"GET /me/absences":                              "signed in",
	"GET /me/absences/new":                          "signed in",
	"POST /me/absences":                             "signed in",
	"GET /me/absences/:id/edit":                     "signed in",
	"PATCH /me/absences/:id":                        "signed in",
	"GET /me/absences/:id/delete":                   "signed in",
	"DELETE /me/absences/:id":                       "signed in",
	"GET /users/:id/absences":                       "users.view",
	"GET /users/:id/absences/new":                   "users.edit",
	"POST /users/:id/absences":                      "users.edit",
	"GET /users/:id/absences/:absence/edit":         "users.edit",
	"PATCH /users/:id/absences/:absence":            "users.edit",
	"GET /users/:id/absences/:absence/delete":       "users.edit",
	"DELETE /users/:id/absences/:absence":           "users.edit",
	"GET /system":                                   "system.view",
	"POST /system/jobs/:id/runs":                    "system.operate",
	"GET /me/client-card":                           "signed in",
	"PATCH /me/client-card":                         "signed in",
	"GET /me/client-card/publication/new":           "signed in",
	"POST /me/client-card/publication":              "signed in",
	"GET /me/client-card/publication/delete":        "signed in",
	"DELETE /me/client-card/publication":            "signed in",
	"GET /users/:id/client-card":                    "users.view",
	"PATCH /users/:id/client-card":                  "users.edit",
	"GET /users/:id/client-card/publication/new":    "users.edit",
	"POST /users/:id/client-card/publication":       "users.edit",
	"GET /users/:id/client-card/publication/delete": "users.edit",
	"DELETE /users/:id/client-card/publication":     "users.edit",
	"PATCH /me/preferences":                         "signed in",
	"GET /me/security":                              "signed in",
	"PATCH /me/password":                            "signed in",
	"GET /me/password/edit":                         "during change",
	"PUT /me/password":                              "during change",
	"GET /me/extension":                             "messages.view",
	"GET /me/extension.zip":                         "messages.view",
	"GET /me/extension/pairings":                    "messages.view",
	"POST /me/extension/pairings":                   "messages.view",
	"POST /extension/pairings":                      "anyone",
	"DELETE /extension/pairing":                     "paired",
	"GET /extension/inbox":                          "paired",
	"GET /extension/cases/:id/messages":             "paired",
	"POST /extension/cases/:id/messages":            "paired",
	"POST /extension/cases/:id/messages/reading":    "paired",
	"GET /me/sign-ins":                              "signed in",
	"GET /me/sessions/:id/delete":                   "signed in",
	"DELETE /me/sessions/:id":                       "signed in",
	"GET /colleagues":                               "signed in",
	"GET /users":                                    "users.view",
	"GET /users/new":                                "users.create",
	"POST /users":                                   "users.create",
	"GET /users/:id":                                "signed in",
	"GET /users/bulk/new":                           "users.view",
	"POST /users/bulk":                              "users.view",
	"GET /users.csv":                                "users.export",
	"GET /users/import/new":                         "users.create",
	"GET /users/import/template.csv":                "users.create",
	"POST /users/import":                            "users.create",
	"GET /users/import/:id":                         "users.create",
	"PATCH /users/import/:id":                       "users.create",
	"GET /runs":                                     "signed in",
	"GET /runs/:id":                                 "signed in",
	"GET /runs/:id/items.csv":                       "signed in",
	"POST /runs/:id/cancellation":                   "signed in",
	"GET /users/:id/edit":                           "users.edit",
	"PATCH /users/:id":                              "users.edit",
	"GET /users/:id/fields/:field":                  "users.edit",
	"GET /users/:id/fields/:field/edit":             "users.edit",
	"PATCH /users/:id/fields/:field":                "users.edit",
	"GET /users/:id/picture/delete":                 "users.edit",
	"DELETE /users/:id/picture":                     "users.edit",
	"GET /users/:id/cases":                          "cases.view",
	"PATCH /users/:id/cases":                        "cases.reassign",
	"GET /users/:id/deactivation/new":               "users.deactivate",
	"POST /users/:id/deactivation":                  "users.deactivate",
	"GET /users/:id/deactivation":                   "users.view",
	"GET /users/:id/deactivation/delete":            "users.deactivate",
	"DELETE /users/:id/deactivation":                "users.deactivate",
	"GET /users/:id/activation/new":                 "users.deactivate",
	"POST /users/:id/activation":                    "users.deactivate",
	"GET /roles":                                    "roles.view",
	"GET /roles/new":                                "roles.edit",
	"POST /roles":                                   "roles.edit",
	"GET /roles/matrix/edit":                        "roles.edit",
	"POST /roles/matrix/preview":                    "roles.edit",
	"PATCH /roles/matrix":                           "roles.edit",
	"GET /roles/:id":                                "roles.view",
	"POST /roles/:id/preview":                       "roles.edit",
	"PATCH /roles/:id":                              "roles.edit",
	"GET /roles/:id/delete":                         "roles.edit",
	"DELETE /roles/:id":                             "roles.edit",
	"GET /profiles":                                 "roles.view",
	"GET /profiles/new":                             "roles.edit",
	"POST /profiles":                                "roles.edit",
	"GET /profiles/matrix/edit":                     "roles.edit",
	"POST /profiles/matrix/preview":                 "roles.edit",
	"PATCH /profiles/matrix":                        "roles.edit",
	"GET /profiles/:id":                             "roles.view",
	"POST /profiles/:id/preview":                    "roles.edit",
	"PATCH /profiles/:id":                           "roles.edit",
	"GET /profiles/:id/delete":                      "roles.edit",
	"DELETE /profiles/:id":                          "roles.edit",
	"GET /users/:id/access":                         "users.view",
	"POST /users/:id/access/preview":                "users.edit",
	"PATCH /users/:id/access":                       "users.edit",
	"GET /users/:id/role":                           "users.view",
	"GET /users/:id/role/edit":                      "users.edit",
	"PATCH /users/:id/role":                         "users.edit",
	"GET /zones":                                    "signed in",
	"GET /pictures/:id/:size":                       "during enrolment",

	"GET /search":             "signed in",
	"GET /search/suggestions": "signed in",

	// Cases
	"GET /cases":                                       "cases.view",
	"GET /cases/new":                                   "cases.create",
	"POST /cases":                                      "cases.create",
	"GET /cases/reassignment/new":                      "cases.reassign",
	"POST /cases/reassignment":                         "cases.reassign",
	"GET /cases/:id":                                   "cases.view",
	"GET /cases/:id/fields/:field":                     "cases.edit",
	"GET /cases/:id/fields/:field/edit":                "cases.edit",
	"PATCH /cases/:id/fields/:field":                   "cases.edit",
	"GET /cases/:id/owner/edit":                        "cases.reassign",
	"PATCH /cases/:id/owner":                           "cases.reassign",
	"GET /cases/:id/members/new":                       "cases.edit",
	"POST /cases/:id/members":                          "cases.edit",
	"GET /cases/:id/members/:member/delete":            "cases.edit",
	"DELETE /cases/:id/members/:member":                "cases.edit",
	"PATCH /cases/:id/bell":                            "cases.view",
	"GET /cases/:id/closure/new":                       "cases.edit",
	"POST /cases/:id/closure":                          "cases.edit",
	"GET /cases/:id/closure/delete":                    "cases.edit",
	"DELETE /cases/:id/closure":                        "cases.edit",
	"GET /colleagues/:id/card":                         "signed in",
	"GET /cases/:id/appointments":                      "appointments.view",
	"GET /cases/:id/deadlines/new":                     "appointments.edit",
	"POST /cases/:id/deadlines":                        "appointments.edit",
	"GET /cases/:id/deadlines/:deadline/edit":          "appointments.edit",
	"PATCH /cases/:id/deadlines/:deadline":             "appointments.edit",
	"POST /cases/:id/deadlines/:deadline/completion":   "appointments.edit",
	"DELETE /cases/:id/deadlines/:deadline/completion": "appointments.edit",
	"GET /cases/:id/billing":                           "invoices.view",
	"GET /cases/:id/invoices/new":                      "invoices.edit",
	"POST /cases/:id/invoices":                         "invoices.edit",
	"GET /cases/:id/invoices/:invoice/voiding/new":     "invoices.edit",
	"POST /cases/:id/invoices/:invoice/voiding":        "invoices.edit",
	"GET /cases/:id/invoices/:invoice/payments/new":    "payments.record",
	"POST /cases/:id/invoices/:invoice/payments":       "payments.record",
	"GET /cases/:id/payments/:payment/reversal/new":    "payments.record",
	"POST /cases/:id/payments/:payment/reversal":       "payments.record",
	"GET /cases/:id/scores":                            "cases.view",
	"GET /cases/:id/scores/new":                        "cases.edit",
	"POST /cases/:id/scores":                           "cases.edit",
	"GET /calendar":                                    "appointments.view",
	"GET /appointments/new":                            "appointments.edit",
	"POST /appointments":                               "appointments.edit",
	"GET /appointments/:id":                            "appointments.view",
	"GET /appointments/:id/edit":                       "appointments.edit",
	"PATCH /appointments/:id":                          "appointments.edit",
	"GET /appointments/:id/cancellation/new":           "appointments.edit",
	"POST /appointments/:id/cancellation":              "appointments.edit",
	"DELETE /appointments/:id/cancellation":            "appointments.edit",
	"GET /cases/:id/history":                           "cases.view",
	"GET /clients":                                     "cases.create",
	"GET /clients/:id":                                 "cases.view",
	"GET /clients/:id/edit":                            "cases.edit",
	"PATCH /clients/:id":                               "cases.edit",
	"GET /tokens":                                      "tokens.edit",
	"GET /tokens/new":                                  "tokens.edit",
	"POST /tokens":                                     "tokens.edit",
	"GET /tokens/:id/delete":                           "tokens.edit",
	"DELETE /tokens/:id":                               "tokens.edit",
	"GET /api":                                         "signed in",
	"GET /stages":                                      "organization.edit",
	"GET /stages/new":                                  "organization.edit",
	"POST /stages":                                     "organization.edit",
	"GET /stages/:id/edit":                             "organization.edit",
	"PATCH /stages/:id":                                "organization.edit",
	"GET /stages/:id/delete":                           "organization.edit",
	"DELETE /stages/:id":                               "organization.edit",

	// The practice
	"GET /departments":                  "departments.edit",
	"GET /departments/new":              "departments.edit",
	"POST /departments":                 "departments.edit",
	"GET /departments/:id/edit":         "departments.edit",
	"PATCH /departments/:id":            "departments.edit",
	"GET /departments/:id/merge/new":    "departments.edit",
	"POST /departments/:id/merge":       "departments.edit",
	"GET /departments/:id/delete":       "departments.edit",
	"DELETE /departments/:id":           "departments.edit",
	"GET /users/:id/department":         "users.view",
	"GET /users/:id/department/edit":    "users.edit",
	"PATCH /users/:id/department":       "users.edit",
	"GET /titles":                       "titles.edit",
	"GET /titles/new":                   "titles.edit",
	"POST /titles":                      "titles.edit",
	"GET /titles/:id/edit":              "titles.edit",
	"PATCH /titles/:id":                 "titles.edit",
	"GET /titles/:id/delete":            "titles.edit",
	"DELETE /titles/:id":                "titles.edit",
	"GET /organization":                 "organization.edit",
	"PATCH /organization":               "organization.edit",
	"POST /organization/logo":           "organization.edit",
	"GET /organization/logo/delete":     "organization.edit",
	"DELETE /organization/logo":         "organization.edit",
	"GET /history":                      "audit.view",
	"GET /system/mails":                 "system.view",
	"POST /system/mails/:id/tries":      "system.operate",
	"POST /system/mails/:id/stoppage":   "system.operate",
	"DELETE /system/mails/:id/pause":    "system.operate",
	"GET /system/declared":              "system.view",
	"POST /system/declared/:id/pause":   "system.operate",
	"DELETE /system/declared/:id/pause": "system.operate",
	"DELETE /users/:id/mails/pause":     "users.edit",
	"GET /history.csv":                  "audit.view",
	"GET /users/:id/history":            "audit.view",
	"GET /users/:id/history.csv":        "audit.view",

	// The day
	"GET /events":                             "signed in",
	"GET /bulletins":                          "signed in",
	"GET /bulletins/:id":                      "signed in",
	"POST /bulletins/reading":                 "signed in",
	"GET /messages":                           "messages.view",
	"GET /cases/:id/messages":                 "messages.view",
	"POST /cases/:id/messages":                "messages.send",
	"POST /cases/:id/messages/reading":        "messages.view",
	"GET /cases/:id/comments":                 "cases.view",
	"POST /cases/:id/comments":                "cases.view",
	"GET /cases/:id/comments/:comment":        "cases.view",
	"GET /cases/:id/comments/:comment/edit":   "cases.view",
	"PATCH /cases/:id/comments/:comment":      "cases.view",
	"GET /cases/:id/comments/:comment/delete": "cases.view",
	"DELETE /cases/:id/comments/:comment":     "cases.view",
	"GET /cases/:id/callables":                "cases.view",

	// Accounts
	"POST /welcome/:token/requests":           "anyone",
	"POST /me/email-verifications":            "signed in",
	"GET /forgot":                             "anyone",
	"POST /forgot":                            "anyone",
	"GET /unsubscribe/:token":                 "anyone",
	"POST /unsubscribe/:token":                "anyone",
	"POST /bulletins/:id/reading":             "signed in",
	"GET /me/notifications":                   "signed in",
	"PATCH /me/notifications":                 "signed in",
	"GET /organization/notifications":         "organization.edit",
	"PATCH /organization/notifications":       "organization.edit",
	"GET /disown/:token":                      "anyone",
	"POST /disown/:token":                     "anyone",
	"GET /reset/:token":                       "anyone",
	"POST /reset/:token":                      "anyone",
	"GET /verify/:token":                      "anyone",
	"POST /verify/:token":                     "anyone",
	"GET /users/:id/sessions":                 "users.sign-out",
	"GET /users/:id/sessions/delete":          "users.sign-out",
	"DELETE /users/:id/sessions":              "users.sign-out",
	"GET /users/:id/sessions/:session/delete": "users.sign-out",
	"DELETE /users/:id/sessions/:session":     "users.sign-out",
	"GET /users/:id/sign-ins":                 "users.sign-out",
	"GET /users/:id/password-reset/new":       "users.reset-password",
	"POST /users/:id/password-reset":          "users.reset-password",
	"GET /users/:id/lock/delete":              "users.unlock",
	"DELETE /users/:id/lock":                  "users.unlock",
	"GET /users/:id/invitation":               "users.create",
	"POST /users/:id/invitation":              "users.create",
	"GET /users/:id/invitation/delete":        "users.create",
	"DELETE /users/:id/invitation":            "users.create",
	"POST /users/:id/invitation-links":        "users.create",
	"GET /users/:id/email/edit":               "users.change-email",
	"PATCH /users/:id/email":                  "users.change-email",
	"GET /users/:id/email-change/delete":      "users.change-email",
	"DELETE /users/:id/email-change":          "users.change-email",
	"POST /users/:id/email-verifications":     "users.change-email",
	"GET /sign-in/step":                       "anyone",
	"POST /sign-in/step":                      "anyone",
	"POST /sign-in/passkey":                   "anyone",
	"GET /sign-in/phone":                      "anyone",
	"POST /sign-in/phone":                     "anyone",
	"GET /sign-in/pin":                        "anyone",
	"POST /sign-in/pin":                       "anyone",
	"GET /me/cell-verification/new":           "signed in",
	"POST /me/cell-verification":              "signed in",
	"GET /me/cell-verification/edit":          "signed in",
	"PATCH /me/cell-verification":             "signed in",
	"GET /me/proof/new":                       "during enrolment",
	"POST /me/proof":                          "during enrolment",
	"GET /me/factors":                         "during enrolment",
	"POST /me/factors/app":                    "during enrolment",
	"GET /me/factors/app":                     "during enrolment",
	"PATCH /me/factors/app":                   "during enrolment",
	"GET /me/factors/passkey/new":             "during enrolment",
	"POST /me/factors/passkey":                "during enrolment",
	"GET /me/factors/:id/edit":                "signed in",
	"PATCH /me/factors/:id":                   "signed in",
	"GET /me/factors/:id/delete":              "signed in",
	"DELETE /me/factors/:id":                  "signed in",
	"GET /me/recovery-codes/new":              "signed in",
	"POST /me/recovery-codes":                 "signed in",
	"GET /users/:id/factors/delete":           "users.reset-password",
	"DELETE /users/:id/factors":               "users.reset-password",
	"GET /users/:id/mails":                    "users.edit",
	"POST /users/:id/mails":                   "users.edit",
}

// written reads the routes out of routes.go: "GET /me" and the names that its need is written with, as "may", "access",
// "UsersEdit".
func written(t *testing.T) map[string][]string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "routes.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	routes := map[string][]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || len(call.Args) != 4 {
			return true
		}
		method, isText := call.Args[0].(*ast.BasicLit)
		path, isPath := call.Args[1].(*ast.BasicLit)
		if !isText || !isPath {
			return true
		}
		var names []string
		ast.Inspect(call.Args[2], func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok {
				names = append(names, id.Name)
			}
			return true
		})
		routes[strings.Trim(method.Value, `"`)+" "+strings.Trim(path.Value, `"`)] = names
		return true
	})
	return routes
}

// registered is who may use each route, by routes.go.
func registered(t *testing.T) map[string]string {
	t.Helper()
	words := permissionNames(t)
	maps.Copy(words, map[string]string{"anyone": "anyone", "unknown": "anyone", "signedIn": "signed in", "duringChange": "during change", "duringEnrol": "during enrolment", "paired": "paired"})
	routes := map[string]string{}
	for route, names := range written(t) {
		who := ""
		for _, name := range names {
			if name != "may" && name != "access" && name != "over" && name != "auto" && name != "bare" && !strings.HasPrefix(name, "Over") {
				who = name
			}
		}
		routes[route] = words[who]
	}
	return routes
}

// permissionNames are the constants of access by their names.
func permissionNames(t *testing.T) map[string]string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../access/access.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		if v, ok := n.(*ast.ValueSpec); ok && len(v.Values) == 1 {
			if text, ok := v.Values[0].(*ast.BasicLit); ok {
				names[v.Names[0].Name] = strings.Trim(text.Value, `"`)
			}
		}
		return true
	})
	return names
}

func TestEveryRouteIsInTheTableOfNeeds(t *testing.T) {
	if got := registered(t); !maps.Equal(got, needs) {
		for route, who := range got {
			if needs[route] != who {
				t.Errorf("%s needs %q in routes.go and %q in the table", route, who, needs[route])
			}
		}
		for route := range needs {
			if _, ok := got[route]; !ok {
				t.Errorf("%s is in the table and nowhere else", route)
			}
		}
	}
}

// pageRoutes are all but those of a paired extension, which no cookie opens (TestNoSessionOpensWhatIsAnExtensions).
func pageRoutes() []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(needs)), func(route string) bool { return needs[route] == "paired" })
}

// address fills a route's places with what nobody has.
func address(route string) (method, path string) {
	method, path, _ = strings.Cut(route, " ")
	return method, strings.NewReplacer(":token", "nothing", ":field", "nothing", ":id", "nobody", ":comment", "nothing", ":size", "64", "*", "nothing").Replace(path)
}

// ask sends a route's request with a good request token, as a plain page or as htmx does.
func ask(c *apptest.Client, token, route string, fragment bool) *apptest.Page {
	method, path := address(route)
	headers := map[string]string{"X-CSRF-Token": token}
	if fragment {
		headers["HX-Request"] = "true"
	}
	kind := ""
	if route == "GET /events" {
		method = "HEAD" // it never ends
	}
	if method != "GET" && method != "HEAD" {
		kind = "application/x-www-form-urlencoded"
	}
	return c.Do(method, path, kind, "", headers)
}

// pageToken is the request token that a page hands to htmx.
func pageToken(p *apptest.Page) string {
	_, rest, _ := strings.Cut(p.Attr("body", "hx-headers:inherited"), `"X-CSRF-Token":"`)
	t, _, _ := strings.Cut(rest, `"`)
	return t
}

// ASVS 8.2.1, 8.3.1: each route, asked by a stranger, by one who reads only, and by an administrator.
func TestRoutesAreOpenToThoseWhoMay(t *testing.T) {
	app := apptest.One(t)
	routes := pageRoutes()
	t.Run("a stranger", func(t *testing.T) {
		c := app.Visitor()
		tok := pageToken(c.Visit("/sign-in"))
		for _, route := range routes {
			open := needs[route] == "anyone"
			p := ask(c, tok, route, false)
			atDoor := strings.HasPrefix(p.Path, "/sign-in") && p.Status == 200 || p.Status == 401
			switch {
			case open && p.Status == 401, open && p.Status == 403:
				t.Errorf("%s: %d", route, p.Status)
			case !open && route == "POST /sign-out" && !atDoor, !open && route != "POST /sign-out" && !atDoor:
				t.Errorf("%s lets a stranger in: %d at %s", route, p.Status, p.Path)
			}
			if f := ask(c, tok, route, true); !open && route != "POST /sign-out" && (f.Status != 401 || !strings.HasPrefix(f.Header.Get("HX-Redirect"), "/sign-in")) {
				t.Errorf("%s as a fragment: %d, %q", route, f.Status, f.Header.Get("HX-Redirect"))
			}
		}
	})
	for _, who := range []string{"consultant", "admin"} {
		t.Run(who, func(t *testing.T) {
			c := app.SignIn(who)
			tok := pageToken(c.Visit("/me"))
			rights := app.Actor(who).Rights
			for _, route := range routes {
				if route == "POST /sign-out" {
					continue // last, below
				}
				may := !strings.Contains(needs[route], ".") || rights.Can(access.Permission(needs[route]))
				for _, fragment := range []bool{false, true} {
					p := ask(c, tok, route, fragment)
					if may == (p.Status == 403) || p.Status == 401 || p.Status >= 500 {
						t.Errorf("%s, fragment %t: %d though may is %t", route, fragment, p.Status, may)
					}
				}
			}
			if p := ask(c, tok, "POST /sign-out", false); p.Path != "/sign-in?notice=signed-out" {
				t.Errorf("sign-out: %d at %s", p.Status, p.Path)
			}
		})
	}
}

// S1-6: while a change of password is due, nothing else opens but the way to change it and the way out.
func TestADueChangeOfPasswordKeepsEveryOtherPageShut(t *testing.T) {
	app := apptest.One(t)
	c := app.SignIn("super")
	tok := pageToken(c.Visit("/me"))
	if err := app.DB.In(t.Context()).Exec(`UPDATE credentials SET must_change = true WHERE user_id = ?`, app.Person("super").ID).Error; err != nil {
		t.Fatal(err)
	}
	for _, route := range pageRoutes() {
		if needs[route] == "anyone" || needs[route] == "during change" {
			continue
		}
		if p := ask(c, tok, route, false); p.Path != "/me/password/edit" {
			t.Errorf("%s opens: %d at %s", route, p.Status, p.Path)
		}
		if p := ask(c, tok, route, true); p.Header.Get("HX-Redirect") != "/me/password/edit" {
			t.Errorf("%s opens as a fragment: %d", route, p.Status)
		}
	}
	c.Visit("/me/password/edit").Expect(200)
}
