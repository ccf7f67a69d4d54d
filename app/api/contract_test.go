package api_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"chancery/app/access"
	"chancery/app/api"
	"chancery/app/signin"
)

// documented is an operation as the document has it.
type documented struct {
	method, path, id string
	scopes           []string
	statuses         []string
	body             bool
}

func (p *practice) document() (all []documented) {
	p.t.Helper()
	var doc struct {
		Paths map[string]map[string]struct {
			OperationID string
			Security    []struct{ Token []string }
			RequestBody *struct{}
			Responses   map[string]struct{}
		}
	}
	p.must(json.Unmarshal(p.API.Document(), &doc))
	for path, of := range doc.Paths {
		for method, o := range of {
			d := documented{strings.ToUpper(method), path, o.OperationID, o.Security[0].Token, nil, o.RequestBody != nil}
			for status := range o.Responses {
				d.statuses = append(d.statuses, status)
			}
			all = append(all, d)
		}
	}
	slices.SortFunc(all, func(a, b documented) int { return strings.Compare(a.id, b.id) })
	return all
}

// good is a request of an operation that does what it asks for, on a case of its own.
func (p *practice) good(g *program, o documented, name string) (path string, body any) {
	p.t.Helper()
	p.Clock.Add(time.Minute) // a token's requests are counted
	m := p.matter(g, "super", name)
	id := map[string]string{"clients": m.clientID, "cases": m.caseID, "appointments": m.appointmentID, "invoices": m.invoiceID, "deadlines": m.deadlineID, "payments": m.paymentID}[strings.Split(o.path, "/")[3]]
	body = p.body(o.id, m.caseID)
	switch o.id {
	case "create-case":
		body.(map[string]any)["client_id"] = m.clientID
	case "create-invoice":
		body.(map[string]any)["number"] = "N-" + name
	case "reopen-case":
		g.do("PUT", "/api/v1/cases/"+m.caseID+"/closure", nil, "If-Match", "*").expect(200)
	case "void-invoice":
		g.do("PUT", "/api/v1/payments/"+m.paymentID+"/reversal", nil).expect(200)
	}
	path = strings.NewReplacer("{id}", id, "{user_id}", p.Person("other").ID, "{slug}", "jon-okafor-x").Replace(o.path)
	if o.id == "list-appointments" {
		path += "?from=2020-01-01T00:00:00Z&until=2040-01-01T00:00:00Z"
	}
	return path, body
}

// The document is what happens: each operation answers in every way that it names, and (practice.contract) in no other. 500 is what nobody means to
// happen. RFC 6750, RFC 6585, RFC 9110, RFC 9457.
func TestEveryOperationAnswersAsTheDocumentSays(t *testing.T) {
	each(t, func(p *practice) {
		p.card()
		g, spent := p.program("super"), p.program("super")
		seen := map[string]bool{}
		for _, o := range p.document() {
			path, good := p.good(g, o, o.id)
			note := func(a *answer, status int) *answer {
				a.expect(status)
				seen[o.id+" "+fmt.Sprint(status)] = true
				if status >= 400 && a.text("type") == "" {
					t.Error(a.raw)
				}
				return a
			}
			sep := "?"
			if strings.Contains(path, "?") {
				sep = "&"
			}
			none := path
			for _, part := range strings.Split(o.path, "/") {
				if part == "{id}" || part == "{slug}" {
					none = strings.NewReplacer("{id}", "0192aaaa-0000-7000-8000-000000000000", "{slug}", "nobody", "{user_id}", p.Person("other").ID).Replace(o.path)
				}
			}
			for _, status := range o.statuses {
				switch status {
				case "400":
					note(g.do(o.method, path+sep+"x=%FF", good), 400)
				case "401":
					if a := note(p.do(o.method, path, good), 401); a.header.Get("WWW-Authenticate") != `Bearer realm="Chancery"` {
						t.Error(a.header)
					}
				case "403": // of each of its scopes, that alone is missing
					for _, scope := range o.scopes {
						others := slices.DeleteFunc(slices.Clone(signin.Scopes()), func(s access.Permission) bool { return string(s) == scope })
						lacks := p.program("super", others...)
						a := note(lacks.do(o.method, path, good), 403)
						p.exec(`DELETE FROM tokens WHERE id = ?`, lacks.tokenID) // nobody has more than 50
						if want := `Bearer realm="Chancery", error="insufficient_scope", scope="` + scope + `"`; a.header.Get("WWW-Authenticate") != want || !strings.Contains(a.text("detail"), scope) {
							t.Error(o.id, scope, a.header, a.raw)
						}
					}
				case "404":
					body := good
					if o.id == "create-appointment" {
						body = appointmentOf("0192aaaa-0000-7000-8000-000000000000", p.Clock.Now())
					}
					note(g.do(o.method, none, body, "If-Match", "*"), 404)
				case "409": // what is here under its name says something else
					named := func(word string) any {
						if o.id == "create-score" {
							return map[string]any{"score": 9, "comment": word, "external_id": "twice"}
						}
						return map[string]any{"body": word, "external_id": "twice"}
					}
					g.do(o.method, path, named("a")).expect(201)
					if again := g.do(o.method, path, named("a")).expect(201); again.header.Get("Idempotent-Replayed") != "true" {
						t.Error(again.header)
					}
					if again := g.do(o.method, path, named("a"), "Idempotency-Key", "twice-"+o.id).expect(201); again.header.Get("Idempotent-Replayed") != "true" {
						t.Error(again.header)
					}
					note(g.do(o.method, path, named("b")), 409)
				case "412":
					note(g.do(o.method, path, good, "If-Match", `"99"`), 412)
				case "413":
					note(g.do(o.method, path, `{"title": "`+strings.Repeat("a", api.BodyMost)+`"}`), 413).text("instance")
				case "415":
					note(g.do(o.method, path, "a=1", "Content-Type", "application/x-www-form-urlencoded"), 415)
				case "422":
					note(g.do(o.method, path+sep+"unknown=1", good, "If-Match", "*"), 422)
				case "428":
					note(g.do(o.method, path, good), 428)
				}
			}
			// What it names besides is enough: nothing else that a token can have is needed.
			var scopes []access.Permission
			for _, s := range o.scopes {
				scopes = append(scopes, access.Permission(s))
			}
			if scopes == nil {
				scopes = []access.Permission{access.PaymentsRecord}
			}
			least := p.program("super", scopes...)
			a := least.do(o.method, path, good, "If-Match", "*")
			if a.status >= 300 {
				t.Errorf("%s with its scopes alone is %d: %s\n%s", o.id, a.status, a.raw, a.said())
			}
			seen[o.id+" "+fmt.Sprint(a.status)] = true
			p.must(p.Signin.RevokeToken(t.Context(), p.Actor("super"), least.tokenID))
		}
		for range 600 {
			spent.do("GET", "/api/v1/nothing", nil)
		}
		for _, o := range p.document() {
			if a := spent.do(o.method, o.path, nil).expect(429); a.header.Get("Retry-After") != "60" {
				t.Error(a.header)
			}
			seen[o.id+" 429"] = true
		}
		p.exec(`ALTER TABLE tokens RENAME TO tokens_away`)
		for _, o := range p.document() {
			g.do(o.method, o.path, nil).expect(503)
			seen[o.id+" 503"] = true
		}
		p.exec(`ALTER TABLE tokens_away RENAME TO tokens`)
		for _, o := range p.document() {
			for _, status := range o.statuses {
				if status != "500" && !seen[o.id+" "+status] {
					t.Errorf("%s never answered %s", o.id, status)
				}
			}
		}
	})
}

// card shows the consultant's to clients.
func (p *practice) card() {
	p.t.Helper()
	who := p.Person("consultant").ID
	p.exec(`INSERT INTO pictures (id, owner_kind, owner_id, state, width, height, created_at) VALUES ('pic', 'user', ?, 'current', 400, 400, ?)`, who, p.Clock.Now())
	p.exec(`UPDATE users SET picture_id = 'pic', client_email = 'jon@clients.example', office = '+14165550100', client_bio = 'Helps families.', cell = '+14165550199', card_slug = 'jon-okafor-x', card_published_at = ? WHERE id = ?`, p.Clock.Now(), who)
	p.must(p.Blobs.Put(p.t.Context(), "pictures/pic/256.jpg", []byte("a picture"), "image/jpeg"))
}

// ASVS 13.3.1, RFC 6750 3.1: a token that counts no more, for whatever reason, is refused by its name and nothing is said of why.
func TestATokenThatCountsNoMoreIsRefused(t *testing.T) {
	each(t, func(p *practice) {
		live := p.program("super")
		for what, end := range map[string]func(g *program){
			"revoked":     func(g *program) { p.must(p.Signin.RevokeToken(t.Context(), p.Actor("super"), g.tokenID)) },
			"expired":     func(g *program) { p.exec(`UPDATE tokens SET expires_at = ? WHERE id = ?`, p.Clock.Now(), g.tokenID) },
			"of an epoch": func(g *program) { p.exec(`UPDATE tokens SET epoch = epoch - 1 WHERE id = ?`, g.tokenID) },
			"made up":     func(g *program) { g.secret = g.secret[:len(g.secret)-1] + "!" },
		} {
			g := p.program("super")
			g.do("GET", "/api/v1/cases", nil).expect(200)
			end(g)
			a := g.do("GET", "/api/v1/cases", nil).expect(401)
			if a.header.Get("WWW-Authenticate") != `Bearer realm="Chancery", error="invalid_token"` || a.header.Get("RateLimit") != "" || strings.Contains(a.raw, what) {
				t.Error(what, a.header, a.raw)
			}
		}
		live.do("GET", "/api/v1/cases", nil).expect(200)
	})
}

// A walk through a list sees what was there when it began, each once, while others are added and changed on the way.
func TestAWalkIsNotDisturbed(t *testing.T) {
	each(t, func(p *practice) {
		g := p.program("super")
		m := p.matter(g, "super", "Ruiz")
		file := "/api/v1/cases/" + m.caseID
		n := 0
		add := func(name string) {
			n++
			g.do("POST", "/api/v1/clients", map[string]any{"name": name}).expect(201)
			g.do("POST", "/api/v1/cases", map[string]any{"title": name, "number": fmt.Sprintf("%s-%d", name, n), "client_id": m.clientID, "owner_id": p.Person("consultant").ID}).expect(201)
			g.do("POST", file+"/messages", map[string]any{"body": name}).expect(201)
			g.do("POST", file+"/deadlines", map[string]any{"title": name, "due_on": "2026-05-01"}).expect(201)
			g.do("POST", "/api/v1/appointments", appointmentOf(m.caseID, p.Clock.Now())).expect(201)
		}
		for range 5 {
			add("M")
		}
		for _, path := range []string{"/api/v1/clients?", "/api/v1/cases?", "/api/v1/cases?status=open&", file + "/messages?", "/api/v1/deadlines?", "/api/v1/appointments?from=2000-01-01T00:00:00Z&until=2100-01-01T00:00:00Z&"} {
			p.Clock.Add(time.Minute)
			begun := map[string]bool{}
			for _, row := range g.do("GET", path+"limit=200", nil).expect(200).items() {
				begun[row["id"].(string)] = true
			}
			seen, next := map[string]int{}, ""
			for {
				a := g.do("GET", path+"limit=2&cursor="+next, nil).expect(200)
				for _, row := range a.items() {
					seen[row["id"].(string)]++
				}
				if next, _ = a.body["next_cursor"].(string); next == "" || len(seen) > 40 {
					break
				}
				if len(seen) > 5 {
					continue
				}
				add("A") // before the place, by name
				add("Z")
				// What was passed, and what the walk stands at, are called otherwise.
				for id := range seen {
					switch {
					case strings.Contains(path, "/clients"):
						g.do("PATCH", "/api/v1/clients/"+id, map[string]any{"name": "Zz"}, "If-Match", "*").expect(200)
					case strings.HasPrefix(path, "/api/v1/cases?"):
						g.do("PATCH", "/api/v1/cases/"+id, map[string]any{"number": "Z" + id[24:]}, "If-Match", "*").expect(200)
					}
				}
			}
			for id, times := range seen {
				if times != 1 {
					t.Errorf("%s: %s came %d times", path, id, times)
				}
			}
			for id := range begun {
				if seen[id] == 0 {
					t.Errorf("%s: %s was passed over", path, id)
				}
			}
		}
		// The place where a walk stands need not be seen any more.
		a := g.do("GET", "/api/v1/cases?limit=1", nil).expect(200)
		p.exec(`UPDATE cases SET private = ? WHERE id = ?`, true, a.items()[0]["id"])
		p.exec(`UPDATE cases SET owner_id = ? WHERE id = ?`, p.Person("other").ID, a.items()[0]["id"])
		p.exec(`DELETE FROM case_members WHERE case_id = ?`, a.items()[0]["id"])
		g.do("GET", "/api/v1/cases/"+a.items()[0]["id"].(string), nil).expect(404)
		if rows := g.do("GET", "/api/v1/cases?limit=1&cursor="+a.text("next_cursor"), nil).expect(200).items(); len(rows) != 1 {
			t.Error(rows)
		}
	})
}
