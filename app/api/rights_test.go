package api_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"chancery/app/access"
)

// ASVS 8.2.2, 8.3.1: whoever does not see an object is told of each operation on it that there is none, and of none that it is there; so is
// who asks for what there is not. Operations come from the document: one that is added is tried as well.
func TestWhatIsForeignIsNotThere(t *testing.T) {
	each(t, func(p *practice) {
		owner := p.program("super")
		m := p.matter(owner, "super", "Hidden")
		objects := map[string]string{"clients": m.clientID, "cases": m.caseID, "appointments": m.appointmentID, "invoices": m.invoiceID, "deadlines": m.deadlineID, "payments": m.paymentID}
		// Those who may everything by their role but are not on the case; of an accountant's, invoices too. With full rights given to a role,
		// nothing but the object stands in the way.
		p.exec(`DELETE FROM role_permissions WHERE role_id IN (SELECT role_id FROM users WHERE id IN (?, ?)) AND permission IN ('cases.view','cases.create','cases.edit','cases.reassign','messages.view','messages.send','appointments.view','appointments.edit','invoices.view','invoices.edit','payments.view','payments.record')`,
			p.Person("consultant").ID, p.Person("paralegal").ID)
		for _, who := range []string{"consultant", "paralegal"} {
			for _, permission := range []string{"cases.view", "cases.create", "cases.edit", "cases.reassign", "messages.view", "messages.send", "appointments.view", "appointments.edit", "invoices.view", "invoices.edit", "payments.view", "payments.record"} {
				p.exec(`INSERT INTO role_permissions (role_id, permission) SELECT role_id, ? FROM users WHERE id = ?`, permission, p.Person(who).ID)
			}
		}
		p.exec(`UPDATE practice_version SET version = 'tried'`)
		one := "/api/v1/cases/" + m.caseID
		hidden := appointmentOf(m.caseID, p.Clock.Now())
		hidden["external_id"], hidden["title"] = "hidden-a", "Hidden"
		owner.do("POST", "/api/v1/appointments", hidden).expect(201)
		owner.do("POST", one+"/messages", map[string]any{"body": "Hidden", "external_id": "hidden-m"}).expect(201)
		owner.do("POST", one+"/scores", map[string]any{"score": 1, "comment": "Hidden", "external_id": "hidden-s"}).expect(201)
		owner.do("POST", one+"/deadlines", map[string]any{"title": "Hidden", "due_on": "2026-04-01", "external_id": "hidden-d"}).expect(201)
		withID := invoiceCalled("Hidden-2")
		withID["external_id"] = "hidden-i"
		owner.do("POST", one+"/invoices", withID).expect(201)
		// One of them owned it once, and the other worked on it.
		owner.do("PUT", one+"/members/"+p.Person("paralegal").ID, nil).expect(204)
		owner.do("DELETE", one+"/members/"+p.Person("paralegal").ID, nil).expect(204)
		for _, to := range []string{"consultant", "super"} {
			_, err := p.Cases.Reassign(t.Context(), access.System("test"), []string{m.caseID}, p.Person(to).ID)
			p.must(err)
		}
		foreign := owner.do("POST", "/api/v1/clients", map[string]any{"name": "Hidden"}).expect(201).text("id")
		tried := 0
		for _, who := range []string{"consultant", "paralegal", "admin"} {
			g := p.program(who)
			mine := p.ownCase(who)
			for _, o := range p.operations() {
				if !strings.Contains(o.path, "{id}") {
					continue
				}
				kind := strings.Split(o.path, "/")[3]
				id, ok := objects[kind]
				if !ok {
					t.Fatalf("%s %s: make an object of this kind", o.method, o.path)
				}
				for _, id := range []string{id, "0192aaaa-0000-7000-8000-000000000000", "nonsense"} {
					path := strings.NewReplacer("{id}", id, "{user_id}", p.Person("other").ID).Replace(o.path)
					a := g.do(o.method, path, p.body(o.id, m.caseID), "If-Match", "*")
					missing := who == "admin" && a.status == 403 // an administrator has no such permission
					if a.status != 404 && !missing {
						t.Errorf("%s: %s of %s is %d: %s", who, o.id, id, a.status, a.raw)
					}
					if strings.Contains(a.raw, "Hidden") {
						t.Errorf("%s: %s tells of it: %s", who, o.id, a.raw)
					}
					tried++
				}
			}
			for _, path := range []string{"/api/v1/clients?external_id=hidden-c", "/api/v1/cases?external_id=hidden-k", "/api/v1/deadlines?case_id=" + m.caseID, "/api/v1/cases?search=Hidden", "/api/v1/appointments?from=2020-01-01T00:00:00Z&until=2040-01-01T00:00:00Z&case_id=" + m.caseID} {
				if a := g.do("GET", path, nil); a.status != 200 || len(a.items()) != 0 {
					t.Errorf("%s: %s gives %s", who, path, a.raw)
				}
			}
			// What another system calls it leads to nothing either, under a case of one's own or none.
			for _, caseID := range []string{"", mine} {
				body := map[string]any{"title": "Mine", "starts_at": p.Clock.Now(), "ends_at": p.Clock.Now().Add(time.Hour), "zone": "UTC", "external_id": "hidden-a"}
				if caseID != "" {
					body["case_id"] = caseID
				}
				if a := g.do("POST", "/api/v1/appointments", body); a.status < 400 || strings.Contains(a.raw, "Hidden") || strings.Contains(a.raw, m.caseID) {
					t.Errorf("%s: %d %s", who, a.status, a.raw)
				}
			}
			for path, body := range map[string]map[string]any{
				"/messages": {"body": "x", "external_id": "hidden-m"}, "/scores": {"score": 1, "external_id": "hidden-s"},
				"/deadlines": {"title": "x", "due_on": "2026-04-01", "external_id": "hidden-d"}, "/invoices": {"number": "X" + who, "currency": "CAD", "amount": 1, "issued_on": "2026-03-01", "due_on": "2026-03-01", "external_id": "hidden-i"},
			} {
				if a := g.do("POST", "/api/v1/cases/"+mine+path, body); who != "admin" && a.status != 422 || a.status < 400 || strings.Contains(a.raw, "Hidden") || strings.Contains(a.raw, m.caseID) {
					t.Errorf("%s: %s is %d %s", who, path, a.status, a.raw)
				}
			}
			// No case is begun for a client whom only others work for (ASVS 8.2.2); of one whom nobody works for yet, who made them may.
			for client, name := range map[string]string{m.clientID: "another's", foreign: "nobody's", "nonsense": "no"} {
				a := g.do("POST", "/api/v1/cases", map[string]any{"title": "Mine", "client_id": client, "owner_id": p.Person(who).ID})
				if who != "admin" && (a.status != 422 || !strings.Contains(a.raw, `{"message":"There is no such client, or not for this token.","location":"body.client_id"}`)) {
					t.Errorf("%s: %s client: %d %s", who, name, a.status, a.raw)
				}
			}
			if who != "admin" {
				made := g.do("POST", "/api/v1/clients", map[string]any{"name": "Made"}).expect(201).text("id")
				g.do("POST", "/api/v1/cases", map[string]any{"title": "Mine", "client_id": made, "owner_id": p.Person(who).ID}).expect(201)
				g.do("POST", "/api/v1/cases", map[string]any{"title": "Mine again", "client_id": made, "owner_id": p.Person(who).ID}).expect(201)
			}
			// A place that was made up tells nothing either.
			g.do("POST", "/api/v1/appointments", appointmentOf(m.caseID, p.Clock.Now())).expect(404)
		}
		if tried < 100 {
			t.Errorf("only %d tries", tried)
		}
	})
}

// ownCase is a case of somebody's own.
func (p *practice) ownCase(who string) string {
	p.t.Helper()
	g := p.program("super")
	client := g.do("POST", "/api/v1/clients", map[string]any{"name": "Own of " + who}).expect(201).text("id")
	return g.do("POST", "/api/v1/cases", map[string]any{"title": "Own", "client_id": client, "owner_id": p.Person(who).ID}).expect(201).text("id")
}

type operation struct{ method, path, id string }

// operations are all that the document names, in an order.
func (p *practice) operations() (all []operation) {
	p.t.Helper()
	var doc struct {
		Paths map[string]map[string]struct{ OperationID string }
	}
	p.must(json.Unmarshal(p.API.Document(), &doc))
	for path, of := range doc.Paths {
		for method, o := range of {
			all = append(all, operation{strings.ToUpper(method), path, o.OperationID})
		}
	}
	slices.SortFunc(all, func(a, b operation) int { return strings.Compare(a.id, b.id) })
	if len(all) < 20 {
		p.t.Fatal(fmt.Sprint("only ", all))
	}
	return all
}

// body is a good body of an operation, or nil where it takes none.
func (p *practice) body(id, caseID string) any {
	switch id {
	case "create-client", "change-client":
		return map[string]any{"name": "Ana"}
	case "create-case":
		return map[string]any{"title": "Visa", "client_id": "x", "owner_id": p.Person("super").ID}
	case "change-case":
		return map[string]any{"title": "Visa"}
	case "reassign-case":
		return map[string]any{"owner_id": p.Person("consultant").ID}
	case "create-message":
		return map[string]any{"body": "Hello"}
	case "create-score":
		return map[string]any{"score": 9}
	case "create-deadline":
		return map[string]any{"title": "File", "due_on": "2026-04-01"}
	case "change-deadline":
		return map[string]any{"title": "Moved"}
	case "create-appointment":
		return appointmentOf(caseID, p.Clock.Now())
	case "change-appointment":
		return map[string]any{"title": "Moved"}
	case "create-invoice":
		return invoiceCalled("2026-001")
	case "sync":
		return map[string]any{"clients": []any{map[string]any{"external_id": "c-1", "name": "Ana"}}}
	case "record-payment":
		return map[string]any{"amount": 1, "method": "card", "received_on": "2026-03-02"}
	}
	return nil
}
