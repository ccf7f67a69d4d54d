package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"chancery/app/access"
	"chancery/app/apptest"
	"chancery/app/signin"
)

var here = signin.Origin{Network: "192.0.2.7", UserAgent: "test", RequestID: "0192"}

// practice is the app, with what its API has answered so far: every answer of every test is held against the document (contract).
type practice struct {
	t *testing.T
	*apptest.App
	mu      sync.Mutex
	answers []recorded
	admin   *signin.Current // who makes tokens, and when they signed in: a proof counts for a while
	proven  time.Time
}

// recorded is an exchange as the validator reads it.
type recorded struct {
	Method  string            `json:"method"`
	Path    string            `json:"path"`
	Status  int               `json:"status"`
	Headers map[string]string `json:"headers"`
	Body    string            `json:"body"`
}

func each(t *testing.T, fn func(p *practice)) {
	t.Helper()
	apptest.Each(t, func(t *testing.T, app *apptest.App) { fn(open(t, app)) })
}

func open(t *testing.T, app *apptest.App) *practice {
	p := &practice{t: t, App: app}
	t.Cleanup(p.contract)
	return p
}

func (p *practice) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

func (p *practice) exec(statement string, args ...any) {
	p.t.Helper()
	p.must(p.DB.In(p.t.Context()).Exec(statement, args...).Error)
}

// program is another system with a token.
type program struct {
	p       *practice
	secret  string
	tokenID string
}

// program makes a token for somebody of the cast, with all scopes where none are named: what it may is then what they may.
func (p *practice) program(who string, scopes ...access.Permission) *program {
	p.t.Helper()
	ctx := p.t.Context()
	if scopes == nil {
		scopes = signin.Scopes()
	}
	if p.Clock.Now().Sub(p.proven) >= 5*time.Minute {
		o, err := p.Signin.SignIn(ctx, apptest.Email("super"), apptest.Password, here)
		p.must(err)
		p.admin, err = p.Signin.Resume(ctx, o.Token, here)
		p.must(err)
		p.proven = p.Clock.Now()
	}
	secret, made, err := p.Signin.CreateToken(ctx, p.admin, signin.NewToken{Name: "Client app", Scopes: scopes, Days: 30}, here)
	p.must(err)
	p.exec(`UPDATE tokens SET user_id = ?, epoch = (SELECT epoch FROM users WHERE id = ?) WHERE id = ?`, p.Person(who).ID, p.Person(who).ID, made.ID)
	return &program{p, secret, made.ID}
}

// answer is what came.
type answer struct {
	t      *testing.T
	what   string
	status int
	header http.Header
	raw    string
	body   map[string]any
	log    *apptest.Buffer
}

// said is what the log says of a failure of ours.
func (a *answer) said() string {
	if a.status < 500 {
		return ""
	}
	var lines []string
	for line := range strings.Lines(a.log.String()) {
		if strings.Contains(line, "level=ERROR") {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "")
}

// do sends a request; headers are pairs.
func (g *program) do(method, path string, body any, headers ...string) *answer {
	g.p.t.Helper()
	if g.secret != "" {
		headers = append([]string{"Authorization", "Bearer " + g.secret}, headers...)
	}
	return g.p.do(method, path, body, headers...)
}

func (p *practice) do(method, path string, body any, headers ...string) *answer {
	p.t.Helper()
	var sent io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		sent = strings.NewReader(b)
	default:
		raw, err := json.Marshal(b)
		p.must(err)
		sent = bytes.NewReader(raw)
	}
	q, err := http.NewRequestWithContext(p.t.Context(), method, p.URL+path, sent)
	p.must(err)
	if sent != nil {
		q.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		q.Header.Set(headers[i], headers[i+1])
	}
	r, err := http.DefaultClient.Do(q)
	p.must(err)
	defer r.Body.Close()
	raw, err := io.ReadAll(r.Body)
	p.must(err)
	a := &answer{t: p.t, what: method + " " + path, status: r.StatusCode, header: r.Header, raw: string(raw), log: p.Log}
	if strings.HasSuffix(r.Header.Get("Content-Type"), "json") {
		p.must(json.Unmarshal(raw, &a.body))
	}
	kept := map[string]string{}
	for name := range r.Header {
		kept[strings.ToLower(name)] = r.Header.Get(name)
	}
	p.mu.Lock()
	p.answers = append(p.answers, recorded{method, strings.Split(path, "?")[0], a.status, kept, a.raw})
	p.mu.Unlock()
	return a
}

func (a *answer) expect(status int) *answer {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("%s is %d and not %d: %s\n%s", a.what, a.status, status, a.raw, a.said())
	}
	return a
}

func (a *answer) text(field string) string {
	a.t.Helper()
	s, ok := a.body[field].(string)
	if !ok {
		a.t.Fatalf("%s: no %s in %s", a.what, field, a.raw)
	}
	return s
}

func (a *answer) items() []map[string]any {
	a.t.Helper()
	rows, ok := a.body["items"].([]any)
	if !ok {
		a.t.Fatalf("%s: no items in %s", a.what, a.raw)
	}
	all := make([]map[string]any, len(rows))
	for i := range rows {
		all[i] = rows[i].(map[string]any)
	}
	return all
}

// matter is a case of somebody's with all that can hang on one.
type matter struct{ caseID, clientID, appointmentID, invoiceID, deadlineID, paymentID string }

// matter makes one by the API itself, private so that only its own people see it.
func (p *practice) matter(g *program, owner, name string) matter {
	p.t.Helper()
	var m matter
	m.clientID = g.do("POST", "/api/v1/clients", map[string]any{"name": name}).expect(201).text("id")
	m.caseID = g.do("POST", "/api/v1/cases", map[string]any{"title": name, "client_id": m.clientID, "owner_id": p.Person(owner).ID, "private": true}).expect(201).text("id")
	m.appointmentID = g.do("POST", "/api/v1/appointments", appointmentOf(m.caseID, p.Clock.Now())).expect(201).text("id")
	m.invoiceID = g.do("POST", "/api/v1/cases/"+m.caseID+"/invoices", invoiceCalled("I-"+name)).expect(201).text("id")
	m.deadlineID = g.do("POST", "/api/v1/cases/"+m.caseID+"/deadlines", map[string]any{"title": "File", "due_on": "2026-04-01"}).expect(201).text("id")
	m.paymentID = g.do("POST", "/api/v1/invoices/"+m.invoiceID+"/payments", map[string]any{"amount": 100, "method": "card", "received_on": "2026-03-02"}).expect(201).text("id")
	return m
}

func appointmentOf(caseID string, now time.Time) map[string]any {
	return map[string]any{"case_id": caseID, "title": "Signing", "starts_at": now.Add(time.Hour), "ends_at": now.Add(2 * time.Hour), "zone": "America/Toronto"}
}

func invoiceCalled(number string) map[string]any {
	return map[string]any{"number": number, "currency": "CAD", "amount": 125000, "issued_on": "2026-03-01", "due_on": "2026-04-01"}
}

// contract holds every answer against the served document, by a validator that is not ours (.ci/tools/openapi).
func (p *practice) contract() {
	if p.t.Failed() || len(p.answers) == 0 {
		return
	}
	script := os.Getenv("CHANCERY_OPENAPI")
	if script == "" {
		if os.Getenv("CI") == "true" || os.Getenv("CHANCERY_TEST_REQUIRE") == "1" {
			p.t.Fatal("CHANCERY_OPENAPI does not name the validator: .ci/openapi.sh")
		}
		p.t.Log("answers are not validated: CHANCERY_OPENAPI=$(.ci/openapi.sh) does it")
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(p.t.Context()), time.Minute) // the test's own has ended
	defer cancel()
	q, err := http.NewRequestWithContext(ctx, "GET", p.URL+"/api/v1/openapi.json", nil)
	if err != nil {
		p.t.Fatal(err)
	}
	r, err := http.DefaultClient.Do(q)
	if err != nil {
		p.t.Fatal(err)
	}
	defer r.Body.Close()
	document, err := io.ReadAll(r.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	in, err := json.Marshal(map[string]any{"document": json.RawMessage(document), "answers": p.answers})
	if err != nil {
		p.t.Fatal(err)
	}
	cmd := exec.CommandContext(ctx, "node", script)
	cmd.Stdin = bytes.NewReader(in)
	out, err := cmd.CombinedOutput()
	if err != nil {
		p.t.Errorf("answers are not as the document says: %v\n%s", err, out)
	}
}
