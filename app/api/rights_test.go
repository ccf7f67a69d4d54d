package api_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// ASVS 8.2.2, 8.3.1: whoever does not see an object is told of each operation on it that there is none, and of none that it is there; so is
// who asks for what there is not. Operations come from the document: one that is added is tried as well.
func TestWhatIsForeignIsNotThere(t *testing.T) {
	each(t, func(p *practice) {
		owner := p.program("super")
		m := p.matter(owner, "super", "Hidden")
		objects := map[string]string{"clients": m.clientID, "cases": m.caseID, "appointments": m.appointmentID, "invoices": m.invoiceID}
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
		tried := 0
		for _, who := range []string{"consultant", "paralegal", "admin"} {
			g := p.program(who)
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
			for _, path := range []string{"/api/v1/clients", "/api/v1/cases", "/api/v1/cases?search=Hidden", "/api/v1/appointments?from=2020-01-01T00:00:00Z&until=2040-01-01T00:00:00Z", "/api/v1/appointments?from=2020-01-01T00:00:00Z&until=2040-01-01T00:00:00Z&case_id=" + m.caseID} {
				if a := g.do("GET", path, nil); a.status != 200 || len(a.items()) != 0 {
					t.Errorf("%s: %s gives %s", who, path, a.raw)
				}
			}
			// A place that was made up tells nothing either.
			g.do("POST", "/api/v1/appointments", appointmentOf(m.caseID, p.Clock.Now())).expect(404)
		}
		if tried < 100 {
			t.Errorf("only %d tries", tried)
		}
	})
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
	case "receive-message":
		return map[string]any{"body": "Hello"}
	case "create-score":
		return map[string]any{"score": 9}
	case "create-appointment":
		return appointmentOf(caseID, p.Clock.Now())
	case "change-appointment":
		return map[string]any{"title": "Moved"}
	case "create-invoice":
		return invoiceCalled("2026-001")
	case "record-payment":
		return map[string]any{"amount": 1, "method": "card", "received_on": "2026-03-02"}
	}
	return nil
}
