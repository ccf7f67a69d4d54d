package api_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"chancery/app/access"
	"chancery/app/apptest"
	"chancery/app/cases"
)

// landed are the results of one kind, as "outcome" or "reason", and their ids.
func (a *answer) landed(kind string) (how, ids []string) {
	a.t.Helper()
	for _, r := range a.expect(200).body[kind].([]any) {
		row := r.(map[string]any)
		id, _ := row["id"].(string)
		if row["outcome"] == "refused" {
			problem := row["problem"].(map[string]any)
			if problem["detail"] == "" || id != "" {
				a.t.Error(row)
			}
			how, ids = append(how, problem["reason"].(string)), append(ids, "")
			continue
		}
		if id == "" || row["problem"] != nil {
			a.t.Error(row)
		}
		how, ids = append(how, row["outcome"].(string)), append(ids, id)
	}
	return how, ids
}

func (a *answer) lands(kind string, want ...string) (ids []string) {
	a.t.Helper()
	how, ids := a.landed(kind)
	if fmt.Sprint(how) != fmt.Sprint(want) {
		a.t.Errorf("%s landed as %v and not as %v: %s", kind, how, want, a.raw)
	}
	return ids
}

type row = map[string]any

// S3-20, S3-25, S1-18: what another system knows of clients and cases lands as often as it is sent; each for itself, or for a reason that has a word.
func TestWhatAnotherSystemKnowsLands(t *testing.T) {
	each(t, func(p *practice) {
		g := p.program("super")
		sync := func(clients, files []row) *answer {
			return g.do("POST", "/api/v1/sync", row{"clients": clients, "cases": files})
		}
		jon, ida := p.Person("consultant"), p.Person("other")
		ana := row{"external_id": "c-1", "name": "Ana Ruiz", "email": "ana@client.example", "language": "es"}
		visa := row{"external_id": "k-1", "title": "Visa", "client_external_id": "c-1", "owner_email": strings.ToUpper(jon.Email), "opened_at": "2025-02-03T10:00:00-05:00"}
		a := sync([]row{ana}, []row{visa})
		client := a.lands("clients", "created")[0]
		file := "/api/v1/cases/" + a.lands("cases", "created")[0]
		if k := g.do("GET", file, nil).expect(200); k.text("client_id") != client || k.text("owner_id") != jon.ID || k.text("opened_at") != "2025-02-03T15:00:00Z" || k.text("status") != "open" {
			t.Error(k.raw)
		}
		// The same again changes nothing, whatever was said of it and what was left out.
		tag := g.do("GET", file, nil).header.Get("ETag")
		a = sync([]row{ana, {"external_id": "c-1"}}, []row{visa, {"external_id": "k-1"}, {"external_id": "k-1", "status": "open"}})
		a.lands("clients", "unchanged", "unchanged")
		a.lands("cases", "unchanged", "unchanged", "unchanged")
		if now := g.do("GET", file, nil).header.Get("ETag"); now != tag {
			t.Errorf("%s became %s", tag, now)
		}
		// What is said anew is changed, and nothing else.
		sync([]row{{"external_id": "c-1", "phone": "+1 555"}}, nil).lands("clients", "changed")
		sync(nil, []row{{"external_id": "k-1", "title": "Study permit"}, {"external_id": "k-1", "owner_id": ida.ID, "client_external_id": "c-1"}, {"external_id": "k-1", "private": true}}).lands("cases", "changed", "changed", "would-be-hidden")
		if c := g.do("GET", "/api/v1/clients/"+client, nil).expect(200); c.text("phone") != "+1 555" || c.text("email") != "ana@client.example" {
			t.Error(c.raw)
		}
		if k := g.do("GET", file, nil).expect(200); k.text("title") != "Study permit" || k.text("owner_id") != ida.ID || k.body["private"] != false {
			t.Error(k.raw)
		}
		// It is closed, keeps its owner whoever is named (S1-13), and is opened again.
		sync(nil, []row{{"external_id": "k-1", "status": "closed"}}).lands("cases", "changed")
		sync(nil, []row{{"external_id": "k-1", "status": "closed", "owner_email": p.Person("inactive").Email}, {"external_id": "k-1", "owner_id": jon.ID, "status": "closed"}}).lands("cases", "unchanged", "unchanged")
		sync(nil, []row{{"external_id": "k-1", "status": "open", "owner_email": p.Person("inactive").Email}, {"external_id": "k-1", "status": "open", "owner_id": jon.ID}}).lands("cases", "owner-inactive", "changed")
		if k := g.do("GET", file, nil).expect(200); k.text("status") != "open" || k.text("owner_id") != jon.ID {
			t.Error(k.raw)
		}

		// Each is refused for itself; the others land.
		other := sync([]row{{"external_id": "c-2", "name": "Bao Li"}}, nil).lands("clients", "created")[0]
		a = sync([]row{{"external_id": " ", "name": "x"}, {"external_id": "c-3"}, {"external_id": "c-4", "name": "Chi", "email": "no address"}, {"external_id": "c-5", "name": "Dee", "language": "de"}, {"external_id": "c-6", "name": "Eve"}, {"external_id": strings.Repeat("x", 201), "name": "x"}},
			[]row{
				{"external_id": "k-2", "title": "A", "client_external_id": "c-6"},
				{"external_id": "k-3", "title": "A", "client_external_id": "c-6", "owner_email": "nobody@firm.example"},
				{"external_id": "k-4", "title": "A", "client_external_id": "c-6", "owner_id": "nobody"},
				{"external_id": "k-5", "title": "A", "client_external_id": "c-6", "owner_email": p.Person("inactive").Email},
				{"external_id": "k-6", "title": "A", "client_external_id": "c-6", "owner_id": p.Person("invited").ID},
				{"external_id": "k-7", "title": "A", "owner_id": jon.ID},
				{"external_id": "k-8", "title": "A", "owner_id": jon.ID, "client_external_id": "c-99"},
				{"external_id": "k-9", "title": "A", "owner_id": jon.ID, "client_id": "nobody"},
				{"external_id": "k-1", "title": "A", "client_id": other},
				{"external_id": "k-1", "stage": "Nowhere"},
				{"external_id": "k-1", "department_id": "nowhere"},
				{"external_id": "k-10", "owner_id": jon.ID, "client_external_id": "c-6"},
				{"external_id": "k-11", "title": strings.Repeat("a", 201), "owner_id": jon.ID, "client_external_id": "c-6"},
				{"external_id": "k-12", "title": "B", "number": "N-1", "owner_id": jon.ID, "client_external_id": "c-6"},
				{"external_id": "k-13", "title": "C", "number": "N-1", "owner_id": jon.ID, "client_external_id": "c-6"},
				{"external_id": "k-1", "number": "N-1"},
				{"external_id": "k-14", "title": "Old", "status": "closed", "client_external_id": "c-6"},
				{"external_id": "k-1", "title": "half", "owner_email": "nobody@firm.example"},
			})
		a.lands("clients", "invalid", "invalid", "invalid", "invalid", "created", "invalid")
		a.lands("cases", "owner-missing", "owner-unknown", "owner-unknown", "owner-inactive", "owner-inactive", "client-missing", "client-unknown", "client-unknown", "client-differs", "stage-unknown",
			"department-unknown", "invalid", "invalid", "created", "number-taken", "number-taken", "created", "owner-unknown")
		if !strings.Contains(a.raw, `"location":"body.cases[12].title"`) || !strings.Contains(a.raw, `"location":"body.clients[2].email"`) || strings.Contains(a.raw, "no address") {
			t.Error(a.raw)
		}
		for _, at := range []string{"clients[3].language", "cases[0].owner_email", "cases[1].owner_email", "cases[2].owner_id", "cases[5].client_external_id", "cases[6].client_external_id", "cases[7].client_id", "cases[8].client_id"} {
			if !strings.Contains(a.raw, `"location":"body.`+at+`"`) {
				t.Error(at, a.raw)
			}
		}
		if !strings.Contains(a.raw, `"message":"Send en, es or fr."`) {
			t.Error(a.raw)
		}
		if k := g.do("GET", file, nil).expect(200); k.text("title") != "Study permit" {
			t.Error("one that was refused has changed:", k.raw)
		}

		// What the token's person does not see stays as it is.
		k, err := p.Cases.Create(t.Context(), access.System("test"), cases.NewCase{Title: "Hidden", ClientID: client, OwnerID: ida.ID, Private: true, ExternalID: "k-h"})
		p.must(err)
		hidden := k.ID
		if a := sync(nil, []row{{"external_id": "k-h", "title": "Seen", "owner_id": jon.ID, "client_id": client}}); strings.Contains(a.raw, hidden) || strings.Contains(a.raw, "Hidden") {
			t.Error(a.raw)
		} else {
			a.lands("cases", "external-id-taken")
		}

		// Bounds are those of the request.
		many := make([]row, 101)
		for i := range many {
			many[i] = row{"external_id": fmt.Sprint("m-", i), "name": fmt.Sprint("Many ", i)}
		}
		sync(many, nil).expect(422)
		files := make([]row, 100)
		for i := range files {
			files[i] = row{"external_id": fmt.Sprint("mk-", i), "title": fmt.Sprint("Many ", i), "client_external_id": fmt.Sprint("m-", i), "owner_email": jon.Email}
		}
		for _, outcome := range []string{"created", "unchanged"} {
			began := time.Now()
			a := sync(many[:100], files)
			t.Logf("100 clients and 100 cases %s: %s", outcome, time.Since(began).Round(time.Millisecond))
			all := slices.Repeat([]string{outcome}, 100)
			a.lands("clients", all...)
			a.lands("cases", all...)
		}
		g.do("POST", "/api/v1/sync", row{}).expect(200)
		g.do("POST", "/api/v1/sync", row{"cases": []row{{"external_id": "x", "secret": "x"}}}).expect(422)
	})
}

// Two who send the same at once make it once, and both are told of the same.
func TestTheSameLandsOnce(t *testing.T) {
	each(t, func(p *practice) {
		g := p.program("super")
		var clients, files []row
		for i := range 10 {
			clients = append(clients, row{"external_id": fmt.Sprint("c-", i), "name": fmt.Sprint("Client ", i)})
			files = append(files, row{"external_id": fmt.Sprint("k-", i), "title": fmt.Sprint("Case ", i), "client_external_id": fmt.Sprint("c-", i), "owner_id": p.Person("consultant").ID})
		}
		var wait sync.WaitGroup
		answers := make([]*answer, 4)
		for i := range answers {
			wait.Go(func() { answers[i] = g.do("POST", "/api/v1/sync", row{"clients": clients, "cases": files}) })
		}
		wait.Wait()
		for _, kind := range []string{"clients", "cases"} {
			made := map[string]int{}
			_, first := answers[0].landed(kind)
			for _, a := range answers {
				how, ids := a.landed(kind)
				for i := range how {
					if ids[i] != first[i] {
						t.Errorf("%s %d: %s and %s", kind, i, ids[i], first[i])
					}
					made[how[i]]++
				}
			}
			if made["created"] != 10 || made["unchanged"] != 30 {
				t.Error(kind, made)
			}
		}
	})
}

// V-4: whoever cases come to by one request is told once, of all that landed.
func TestPeopleAreToldOnceOfWhatLanded(t *testing.T) {
	each(t, func(p *practice) {
		g := p.program("super")
		client := g.do("POST", "/api/v1/clients", row{"name": "Ana"}).expect(201).text("id")
		var files []row
		for i := range 7 {
			files = append(files, row{"external_id": fmt.Sprint("k-", i), "title": "Case", "number": fmt.Sprint("N-", min(i, 5)), "client_id": client, "owner_id": p.Person([]string{"consultant", "other"}[i%2]).ID})
		}
		a := g.do("POST", "/api/v1/sync", row{"cases": files})
		a.lands("cases", "created", "created", "created", "created", "created", "created", "number-taken")
		told := func(who string) (counts []int64) {
			all, _, err := p.Notices.Bulletins(t.Context(), p.Actor(who), "", 10)
			p.must(err)
			for _, b := range all {
				counts = append(counts, b.Count)
			}
			return counts
		}
		if one, two := told("consultant"), told("other"); fmt.Sprint(one, two) != "[3] [3]" {
			t.Error(one, two)
		}
		g.do("POST", "/api/v1/sync", row{"cases": files[:6]}).lands("cases", "unchanged", "unchanged", "unchanged", "unchanged", "unchanged", "unchanged")
		if one := told("consultant"); len(one) != 1 {
			t.Error(one)
		}
	})
}

// Every reason that there is stands in the document.
func TestReasonsAreInTheDocument(t *testing.T) {
	app := apptest.One(t)
	for _, r := range cases.Reasons() {
		if !strings.Contains(string(app.API.Document()), `"`+string(r)+`"`) {
			t.Error(r)
		}
	}
}
