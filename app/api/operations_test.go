package api_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"chancery/app/access"
	"chancery/app/api"
)

// S0-31…S0-34, S1-24: a case-management system keeps clients, cases, who works on them, what clients say and think, dates and money.
func TestWhatAnotherSystemDoes(t *testing.T) {
	each(t, func(p *practice) {
		g := p.program("super")
		client := g.do("POST", "/api/v1/clients", map[string]any{"name": "Ana Ruiz", "email": "ana@client.example", "phone": "+1 555", "language": "es", "external_id": "crm-1"}).expect(201)
		at := client.header.Get("Location")
		if at != "/api/v1/clients/"+client.text("id") || client.header.Get("ETag") != `"1"` {
			t.Error(client.header)
		}
		if rows := g.do("GET", "/api/v1/clients?external_id=crm-1", nil).expect(200).items(); len(rows) != 1 || rows[0]["name"] != "Ana Ruiz" {
			t.Error(rows)
		}
		if rows := g.do("GET", "/api/v1/clients?external_id=crm-2", nil).expect(200).items(); len(rows) != 0 {
			t.Error(rows)
		}
		file := g.do("POST", "/api/v1/cases", map[string]any{"title": "Study permit", "client_id": client.text("id"), "owner_id": p.Person("consultant").ID, "external_id": "cms-7"}).expect(201)
		id := file.text("id")
		if rows := g.do("GET", "/api/v1/cases?external_id=cms-7", nil).expect(200).items(); len(rows) != 1 || rows[0]["client_name"] != "Ana Ruiz" {
			t.Error(rows)
		}
		g.do("GET", "/api/v1/cases?external_id=cms-8", nil).expect(200)
		one := "/api/v1/cases/" + id
		g.do("GET", one, nil).expect(200)

		// Members.
		member := one + "/members/" + p.Person("paralegal").ID
		g.do("PUT", member, nil).expect(204)
		g.do("PUT", member, nil).expect(204)
		if rows := g.do("GET", one+"/members", nil).expect(200).items(); len(rows) != 2 || rows[0]["role"] != "owner" || rows[1]["name"] != "Mireille Tremblay-Côté" {
			t.Error(rows)
		}
		g.do("DELETE", member, nil).expect(204)
		if a := g.do("PUT", one+"/members/"+p.Person("inactive").ID, nil).expect(422); !strings.Contains(a.raw, `"location":"body.user_id"`) {
			t.Error(a.raw)
		}

		// Messages of the client: unread for whoever works on it.
		m := g.do("POST", one+"/messages", map[string]any{"body": "When is it?", "external_id": "sms-1", "sent_at": "2026-03-01T10:00:00-05:00"}).expect(201)
		if m.text("sent_at") != "2026-03-01T15:00:00Z" || m.text("direction") != "in" {
			t.Error(m.raw)
		}
		if again := g.do("POST", one+"/messages", map[string]any{"body": "When is it?", "external_id": "sms-1"}).expect(201); again.text("id") != m.text("id") {
			t.Error("it came twice")
		}
		if u, err := p.Messages.Unread(t.Context(), p.Actor("consultant")); err != nil || u.Messages != 1 {
			t.Error(u, err)
		}
		g.do("GET", one+"/messages", nil).expect(200)

		// NPS.
		if a := g.do("GET", one+"/scores", nil).expect(200); a.body["nps"] != nil {
			t.Error(a.raw)
		}
		g.do("POST", one+"/scores", map[string]any{"score": 10, "comment": "Kind", "external_id": "nps-1"}).expect(201)
		if a := g.do("GET", one+"/scores", nil).expect(200); a.body["nps"] != 100.0 {
			t.Error(a.raw)
		}
		g.do("POST", one+"/scores", map[string]any{"score": 11}).expect(422)

		// Money.
		invoice := "/api/v1/invoices/" + g.do("POST", one+"/invoices", invoiceCalled("2026-7")).expect(201).text("id")
		g.do("POST", invoice+"/payments", map[string]any{"amount": 25000, "method": "card", "received_on": "2026-03-02"}).expect(201)
		g.do("POST", invoice+"/payments", map[string]any{"amount": 125000, "method": "card", "received_on": "2026-03-02"}).expect(422)
		if a := g.do("GET", invoice, nil).expect(200); a.body["paid"] != 25000.0 {
			t.Error(a.raw)
		}
		if rows := g.do("GET", invoice+"/payments", nil).expect(200).items(); len(rows) != 1 {
			t.Error(rows)
		}
		g.do("GET", one+"/invoices", nil).expect(200)

		// The case is given on, closed and opened again.
		g.do("PUT", one+"/owner", map[string]any{"owner_id": p.Person("other").ID}).expect(200)
		tag := g.do("GET", one, nil).header.Get("ETag")
		closed := g.do("PUT", one+"/closure", nil, "If-Match", tag).expect(200)
		if closed.text("status") != "closed" || closed.header.Get("ETag") == tag {
			t.Error(closed.raw)
		}
		if a := g.do("DELETE", one+"/closure", nil, "If-Match", closed.header.Get("ETag")).expect(200); a.text("status") != "open" || a.text("owner_id") != p.Person("other").ID {
			t.Error(a.raw)
		}
	})
}

// S1-13, S1-17, S3-25: a case changes hands, or its giver is told why not; whoever gives a private one out of their sight is
// answered all the same; and nobody works on it twice.
func TestACaseChangesHands(t *testing.T) {
	each(t, func(p *practice) {
		g := p.program("super")
		m := p.matter(g, "consultant", "Ruiz")
		one, lucia := "/api/v1/cases/"+m.caseID, p.Person("other").ID
		tag := g.do("PUT", one+"/closure", nil, "If-Match", "*").expect(200).header.Get("ETag")
		if a := g.do("PUT", one+"/owner", map[string]any{"owner_id": lucia}).expect(422); a.text("detail") != "The case is closed. Reopen it first." {
			t.Error(a.raw)
		}
		if a := g.do("GET", one, nil).expect(200); a.text("owner_id") != p.Person("consultant").ID || a.header.Get("ETag") != tag {
			t.Error(a.raw)
		}
		jon := p.program("consultant")
		p.exec(`INSERT INTO role_permissions (role_id, permission) SELECT role_id, 'cases.edit' FROM users WHERE id = ? ON CONFLICT DO NOTHING`, p.Person("consultant").ID)
		a := jon.do("DELETE", one+"/closure?owner_id="+lucia, nil, "If-Match", tag).expect(200)
		if a.text("status") != "open" || a.text("owner_id") != lucia || a.body["closed_at"] != nil || a.text("number") == "" || a.header.Get("ETag") == tag {
			t.Error(a.raw)
		}
		jon.do("GET", one, nil).expect(404)

		mireille := p.Person("paralegal").ID
		for _, id := range []string{mireille, lucia} { // its owner works on it already
			g.do("PUT", one+"/members/"+id, nil).expect(204)
		}
		g.do("PUT", one+"/owner", map[string]any{"owner_id": mireille}).expect(200)
		if rows := g.do("GET", one+"/members", nil).expect(200).items(); len(rows) != 2 || rows[0]["role"] != "owner" || rows[0]["user_id"] != mireille || rows[1]["user_id"] != p.Person("super").ID {
			t.Error(rows)
		}
	})
}

// S0-18: who comes to an appointment is said with it, and can be changed; what a list says of a case is enough to know it again.
func TestWhatIsAnsweredIsWhole(t *testing.T) {
	each(t, func(p *practice) {
		g := p.program("super")
		m := p.matter(g, "super", "Ruiz")
		jon, lucia := p.Person("consultant").ID, p.Person("other").ID
		body := appointmentOf(m.caseID, p.Clock.Now())
		body["people"] = []string{jon, jon, p.Person("super").ID}
		if a := g.do("POST", "/api/v1/appointments", body).expect(422); !strings.Contains(a.raw, "body.people") { // who does not see the case is not asked
			t.Error(a.raw)
		}
		for _, id := range []string{jon, lucia} {
			g.do("PUT", "/api/v1/cases/"+m.caseID+"/members/"+id, nil)
		}
		made := g.do("POST", "/api/v1/appointments", body).expect(201)
		people := func(row any) string { return fmt.Sprint(row.(map[string]any)["people"]) }
		at := "/api/v1/appointments/" + made.text("id")
		if people(made.body) != fmt.Sprint([]string{jon}) || people(g.do("GET", at, nil).expect(200).body) != people(made.body) {
			t.Error(made.raw)
		}
		if a := g.do("PATCH", at, row{"title": "Signing, again"}, "If-Match", "*").expect(200); people(a.body) != fmt.Sprint([]string{jon}) {
			t.Error(a.raw)
		}
		if a := g.do("PATCH", at, row{"people": []string{lucia}}, "If-Match", "*").expect(200); people(a.body) != fmt.Sprint([]string{lucia}) {
			t.Error(a.raw)
		}
		rows := g.do("GET", "/api/v1/appointments?from=2020-01-01T00:00:00Z&until=2040-01-01T00:00:00Z", nil).expect(200).items()
		if len(rows) != 2 || people(rows[0]) != "[]" || people(rows[1]) != fmt.Sprint([]string{lucia}) {
			t.Error(rows)
		}
		if a := g.do("PATCH", at, row{"people": []string{}}, "If-Match", "*").expect(200); people(a.body) != "[]" {
			t.Error(a.raw)
		}
		g.do("PATCH", at, row{"notes": strings.Repeat("a", 4000)}, "If-Match", "*").expect(200)
		if a := g.do("PATCH", at, row{"notes": strings.Repeat("a", 4001)}, "If-Match", "*").expect(422); !strings.Contains(a.raw, "body.notes") {
			t.Error(a.raw)
		}
		k := g.do("POST", "/api/v1/cases", row{"title": "Visa", "client_id": m.clientID, "owner_id": jon, "external_id": "k-1"}).expect(201)
		for _, r := range g.do("GET", "/api/v1/cases", nil).expect(200).items() {
			if r["id"] == k.text("id") && (r["external_id"] != "k-1" || r["updated_at"] != k.text("updated_at")) {
				t.Error(r)
			}
		}
		// Times that cannot be are refused, and are not another one.
		for _, when := range []string{"2099-01-01T00:00:00Z", "1999-12-31T00:00:00Z", "0001-01-01T00:00:00Z", p.Clock.Now().Add(6 * time.Minute).Format(time.RFC3339)} {
			if a := g.do("POST", "/api/v1/cases/"+m.caseID+"/messages", row{"body": "x", "sent_at": when}).expect(422); !strings.Contains(a.raw, "body.sent_at") {
				t.Error(a.raw)
			}
			if a := g.do("POST", "/api/v1/cases/"+m.caseID+"/scores", row{"score": 9, "answered_at": when}).expect(422); !strings.Contains(a.raw, "body.answered_at") {
				t.Error(a.raw)
			}
		}
		g.do("POST", "/api/v1/cases/"+m.caseID+"/messages", row{"body": "x", "sent_at": p.Clock.Now().Add(4 * time.Minute)}).expect(201)
	})
}

// S1-14: what was done with a token says by which, wherever the history is read.
func TestTheHistoryNamesTheToken(t *testing.T) {
	each(t, func(p *practice) {
		m := p.matter(p.program("super"), "super", "Ruiz")
		c, who := p.SignIn("super"), "Elena Marlow by the token Client app"
		c.Visit("/cases/"+m.caseID+"/history").In(".log li:last-child", who).Has(".log li:last-child a[href='/users/"+p.Person("super").ID+"']", 1)
		c.Visit("/history").In(".log", who)
		if csv := c.Visit("/history.csv").Body; !strings.Contains(csv, ","+who+",") {
			t.Error(csv)
		}
		_, err := p.Cases.Reassign(t.Context(), p.Actor("super"), []string{m.caseID}, p.Person("other").ID) // by themselves
		p.must(err)
		if line := c.Visit("/cases/" + m.caseID + "/history").Text(".log li:first-child"); !strings.Contains(line, "Elena Marlow") || strings.Contains(line, "token") {
			t.Error(line)
		}
	})
}

// S3-2…S3-11, B-10: the API gives the card that clients are shown, and neither the sign-in name nor the cell number.
func TestCardsAreThoseThatAreShown(t *testing.T) {
	each(t, func(p *practice) {
		g := p.program("super", access.CasesView)
		if rows := g.do("GET", "/api/v1/cards", nil).expect(200).items(); len(rows) != 0 {
			t.Error(rows)
		}
		who := p.Person("consultant").ID
		p.exec(`INSERT INTO pictures (id, owner_kind, owner_id, state, width, height, created_at) VALUES ('pic', 'user', ?, 'current', 400, 400, ?)`, who, p.Clock.Now())
		p.exec(`UPDATE users SET picture_id = 'pic', client_email = 'jon@clients.example', office = '+14165550100', client_bio = 'Helps families.', cell = '+14165550199', card_slug = 'jon-okafor-x', card_published_at = ? WHERE id = ?`, p.Clock.Now(), who)
		a := g.do("GET", "/api/v1/cards/jon-okafor-x", nil).expect(200)
		if a.text("name") != "Jon Okafor" || a.text("email") != "jon@clients.example" || strings.Contains(a.raw, "0199") || strings.Contains(a.raw, "firm.example") {
			t.Error(a.raw)
		}
		if rows := g.do("GET", "/api/v1/cards", nil).expect(200).items(); len(rows) != 1 {
			t.Error(rows)
		}
		p.exec(`UPDATE users SET status = 'INACTIVE' WHERE id = ?`, who)
		g.do("GET", "/api/v1/cards/jon-okafor-x", nil).expect(404)
		g.do("GET", "/api/v1/cards/jon-okafor-x/picture", nil).expect(404)
	})
}

// B-16: what somebody else has changed meanwhile is not written over.
func TestAChangeNamesWhatItChanges(t *testing.T) {
	each(t, func(p *practice) {
		g := p.program("super")
		m := p.matter(g, "super", "Ruiz")
		for path, body := range map[string]map[string]any{
			"/api/v1/clients/" + m.clientID:           {"name": "Ana"},
			"/api/v1/cases/" + m.caseID:               {"title": "Visa"},
			"/api/v1/appointments/" + m.appointmentID: {"title": "Moved"},
		} {
			tag := g.do("GET", path, nil).expect(200).header.Get("ETag")
			g.do("PATCH", path, body).expect(428)
			for _, bad := range []string{`"99"`, `W/` + tag, "1", `""`, `"x"`} {
				g.do("PATCH", path, body, "If-Match", bad).expect(412)
			}
			a := g.do("PATCH", path, body, "If-Match", tag).expect(200)
			if next := a.header.Get("ETag"); next == tag || next != g.do("GET", path, nil).header.Get("ETag") {
				t.Error(path, tag, next)
			}
			for name := range body {
				body[name] = body[name].(string) + "!"
			}
			if a := g.do("PATCH", path, body, "If-Match", tag).expect(412); a.text("type") != p.URL+"/api#changed" {
				t.Error(a.raw)
			}
			g.do("PATCH", path, body, "If-Match", "*").expect(200)
		}
		at := "/api/v1/appointments/" + m.appointmentID
		if a := g.do("GET", at, nil); a.text("starts_at") != p.Clock.Now().Add(time.Hour).Truncate(time.Second).Format(time.RFC3339) || a.text("zone") != "America/Toronto" {
			t.Error(a.raw)
		}
		if a := g.do("PUT", at+"/cancellation", nil, "If-Match", "*").expect(200); a.text("status") != "cancelled" {
			t.Error(a.raw)
		}
		if a := g.do("DELETE", at+"/cancellation", nil, "If-Match", "*").expect(200); a.text("status") != "planned" {
			t.Error(a.raw)
		}
	})
}

// Lists come in parts that together are all, each once.
func TestListsComeInParts(t *testing.T) {
	each(t, func(p *practice) {
		g := p.program("super")
		m := p.matter(g, "super", "Ruiz")
		for i := range 4 {
			g.do("POST", "/api/v1/clients", map[string]any{"name": fmt.Sprint("Client ", i)}).expect(201)
			g.do("POST", "/api/v1/cases", map[string]any{"title": fmt.Sprint("Case ", i), "client_id": m.clientID, "owner_id": p.Person("consultant").ID}).expect(201)
			g.do("POST", "/api/v1/cases/"+m.caseID+"/messages", map[string]any{"body": fmt.Sprint(i)}).expect(201)
			g.do("POST", "/api/v1/appointments", appointmentOf(m.caseID, p.Clock.Now())).expect(201)
		}
		for path, all := range map[string]int{
			"/api/v1/clients?": 5, "/api/v1/cases?": 5, "/api/v1/cases?status=open&": 5, "/api/v1/cases/" + m.caseID + "/messages?": 4,
			"/api/v1/appointments?from=2000-01-01T00:00:00Z&until=2100-01-01T00:00:00Z&": 5,
		} {
			seen, next := map[string]bool{}, ""
			for parts := 1; ; parts++ {
				a := g.do("GET", path+"limit=2&cursor="+url.QueryEscape(next), nil).expect(200)
				for _, row := range a.items() {
					seen[row["id"].(string)] = true
				}
				next, _ = a.body["next_cursor"].(string)
				if next == "" || parts > all {
					if want := (all + 1) / 2; parts != want || len(seen) != all {
						t.Errorf("%s: %d parts, %d things", path, parts, len(seen))
					}
					break
				}
			}
			for _, bad := range []string{"limit=0", "limit=201", "limit=x", "cursor=nonsense", "unknown=1"} {
				g.do("GET", path+bad, nil).expect(422)
			}
		}
	})
}

// A request that was sent again does nothing again, for a day; another one under its key is refused.
func TestSentAgainDoneOnce(t *testing.T) {
	each(t, func(p *practice) {
		g := p.program("super")
		m := p.matter(g, "super", "Ruiz")
		path := "/api/v1/cases/" + m.caseID + "/messages"
		body := map[string]any{"body": "Hello"}
		first := g.do("POST", path, body, "Idempotency-Key", "k1").expect(201)
		again := g.do("POST", path, body, "Idempotency-Key", "k1").expect(201)
		if first.raw != again.raw || first.header.Get("Idempotent-Replayed") != "" || again.header.Get("Idempotent-Replayed") != "true" || first.header.Get("Location") != again.header.Get("Location") {
			t.Error(first.raw, again.raw, again.header)
		}
		if a := g.do("POST", path, map[string]any{"body": "Other"}, "Idempotency-Key", "k1").expect(422); !strings.Contains(a.raw, "header.Idempotency-Key") {
			t.Error(a.raw)
		}
		g.do("POST", "/api/v1/cases/"+m.caseID+"/scores", map[string]any{"score": 3}, "Idempotency-Key", "k1").expect(422)
		// Another token's keys are its own.
		p.program("super").do("POST", path, body, "Idempotency-Key", "k1").expect(201)
		// What was refused may be sent again under its key.
		g.do("POST", "/api/v1/cases/"+m.caseID+"/invoices", invoiceCalled("I-Ruiz"), "Idempotency-Key", "k2").expect(422)
		made := g.do("POST", "/api/v1/cases/"+m.caseID+"/invoices", invoiceCalled("I-2"), "Idempotency-Key", "k2").expect(201)
		if made.header.Get("Location") != "/api/v1/invoices/"+made.text("id") {
			t.Error(made.header)
		}
		if n := len(g.do("GET", path, nil).items()); n != 2 {
			t.Errorf("%d messages", n)
		}
		// Ten at once are one.
		done := make(chan string)
		for range 10 {
			go func() {
				done <- g.do("POST", path, map[string]any{"body": "At once"}, "Idempotency-Key", "k3").raw
			}()
		}
		answers := map[string]bool{}
		for range 10 {
			answers[<-done] = true
		}
		if n := len(g.do("GET", path, nil).items()); n != 3 || len(answers) != 1 {
			t.Errorf("%d messages, %d answers", n, len(answers))
		}
		p.Clock.Add(24*time.Hour + time.Second)
		g.do("POST", path, body, "Idempotency-Key", "k1").expect(201)
		if n := len(g.do("GET", path, nil).items()); n != 4 {
			t.Errorf("%d messages a day later", n)
		}
		if n, err := p.Replies.CleanUp(t.Context(), 1); err != nil || n != 3 {
			t.Error(n, err)
		}
	})
}

// ASVS 3.5.x, 13.2.x, 13.3.1: a token, in its header, is all that counts; what it was not given, or its person has lost, it may not.
func TestOnlyTokensCount(t *testing.T) {
	each(t, func(p *practice) {
		g := p.program("super", access.CasesView)
		path := "/api/v1/cases"
		a := p.do("GET", path, nil).expect(401)
		if a.header.Get("WWW-Authenticate") == "" || a.header.Get("Content-Type") != "application/problem+json" || a.text("type") != p.URL+"/api#token" {
			t.Error(a.header, a.raw)
		}
		for _, bad := range []string{"Bearer", "Bearer x", "Basic " + g.secret, g.secret, "Bearer " + g.secret + "x"} {
			p.do("GET", path, nil, "Authorization", bad).expect(401)
		}
		p.do("GET", path+"?access_token="+g.secret, nil).expect(401)
		// A browser that is signed in is nobody here.
		o, err := p.Signin.SignIn(t.Context(), "super@firm.example", "Lantern-Orchard-27!", here)
		p.must(err)
		p.do("GET", path, nil, "Cookie", "chancery-session="+o.Token).expect(401)
		for _, headers := range [][]string{{"Origin", "https://evil.example"}, {"Origin", "https://evil.example", "Access-Control-Request-Method", "GET"}} {
			for _, method := range []string{"OPTIONS", "GET"} {
				for name := range g.do(method, path, nil, headers...).header {
					if strings.HasPrefix(name, "Access-Control") {
						t.Error("CORS", name)
					}
				}
			}
		}
		a = g.do("POST", "/api/v1/clients", map[string]any{"name": "Ana"}).expect(403)
		if !strings.Contains(a.text("detail"), "cases.create") {
			t.Error(a.raw)
		}
		a = g.do("GET", path, nil).expect(200)
		if a.header.Get("Set-Cookie") != "" || a.header.Get("Cache-Control") != "no-store" || a.header.Get("Vary") != "Authorization" {
			t.Error(a.header)
		}
		p.exec(`UPDATE users SET epoch = epoch + 1 WHERE id = ?`, p.Person("super").ID)
		g.do("GET", path, nil).expect(401)
	})
}

// ASVS 1.5.x, 2.4.1, 4.1.x: what is no request of the API's is refused before anything is done, as a problem that says nothing of what was sent.
func TestWhatIsNoRequest(t *testing.T) {
	each(t, func(p *practice) {
		g := p.program("super")
		m := p.matter(g, "super", "Ruiz")
		path := "/api/v1/cases/" + m.caseID + "/messages"
		for body, status := range map[string]int{
			"":            400,
			"{":           400,
			`[]`:          422,
			`{"body": 1}`: 422,
			`{}`:          422,
			`{"body": "secret-7", "case_id": "other"}`:              422,
			`{"body": "x", "sent_at": "yesterday"}`:                 422,
			`{"body": "x\u0000"}`:                                   400,
			"{\"body\": \"\xff\"}":                                  400,
			`{"body": "` + strings.Repeat("a", 10_001) + `"}`:       422,
			`{"body": "` + strings.Repeat("a", api.BodyMost) + `"}`: 413,
		} {
			a := g.do("POST", path, body).expect(status)
			if a.text("instance") == "" || a.header.Get("Content-Type") != "application/problem+json" || strings.Contains(a.raw, "secret-7") || strings.Contains(a.raw, "aaaa") {
				t.Errorf("%d: %s %s", status, a.header, a.raw)
			}
		}
		g.do("POST", path, `body=x`, "Content-Type", "application/x-www-form-urlencoded").expect(415)
		g.do("GET", "/api/v1/nothing", nil).expect(404)
		g.do("GET", "/api/v1", nil).expect(404)
		// RFC 9110, 15.5.6: who asks by a wrong method is told of the right ones.
		wrong := g.do("PATCH", path, nil).expect(405)
		if wrong.text("type") != p.URL+"/api#method" || wrong.text("instance") == "" {
			t.Error(wrong.raw)
		}
		if allow := wrong.header.Get("Allow"); !strings.Contains(allow, "GET") || !strings.Contains(allow, "POST") || strings.Contains(allow, "DELETE") {
			t.Errorf("Allow: %q", allow)
		}
		g.do("POST", "/api/v1/cases/"+m.caseID+"?_method=DELETE", nil).expect(405)
		g.do("GET", "/api/v1/cases?search=%00", nil).expect(400)
		g.do("GET", "/api/v1/cases?search=%FF", nil).expect(400)
		if n := len(g.do("GET", path, nil).items()); n != 0 {
			t.Errorf("%d messages", n)
		}
	})
}

// ASVS 2.4.1, 6.3.1: a token has so many requests a minute and is told; so has an address that tries tokens.
func TestOftenIsTooOften(t *testing.T) {
	each(t, func(p *practice) {
		g, other := p.program("super"), p.program("super")
		a := g.do("GET", "/api/v1/cards", nil).expect(200)
		if a.header.Get("RateLimit-Policy") != `"token";q=600;w=60` || a.header.Get("RateLimit") != `"token";r=599;t=60` {
			t.Error(a.header)
		}
		for range 599 {
			g.do("GET", "/api/v1/nothing", nil).expect(404)
		}
		p.Clock.Add(20 * time.Second)
		a = g.do("GET", "/api/v1/cards", nil).expect(429)
		if a.header.Get("Retry-After") != "40" || a.header.Get("RateLimit") != `"token";r=0;t=40` || a.text("type") != p.URL+"/api#too-many" {
			t.Error(a.header, a.raw)
		}
		other.do("GET", "/api/v1/cards", nil).expect(200)
		p.Clock.Add(40 * time.Second)
		g.do("GET", "/api/v1/cards", nil).expect(200)
		for range 30 {
			p.do("GET", "/api/v1/cards", nil, "Authorization", "Bearer x").expect(401)
		}
		if a := p.do("GET", "/api/v1/cards", nil, "Authorization", "Bearer x").expect(429); a.header.Get("Retry-After") != "60" {
			t.Error(a.header)
		}
		p.Clock.Add(time.Minute)
		g.do("GET", "/api/v1/cards", nil).expect(200)
	})
}

// A client's app hears all that the practice says, each message once, however it is cut into parts, and nothing before it is settled.
func TestMessagesAreFollowed(t *testing.T) {
	each(t, func(p *practice) {
		g := p.program("super")
		m, other := p.matter(g, "super", "Ruiz"), p.matter(g, "super", "Li")
		said := 0
		say := func(direction string) {
			said++
			file := []string{m.caseID, other.caseID}[said%2]
			g.do("POST", "/api/v1/cases/"+file+"/messages", map[string]any{"direction": direction, "body": fmt.Sprint(direction, " ", said)}).expect(201)
			p.Clock.Add(time.Second)
		}
		next := ""
		heard := func(query string) (bodies []string) {
			for {
				a := g.do("GET", "/api/v1/messages?limit=2&cursor="+next+query, nil).expect(200)
				for _, row := range a.items() {
					bodies = append(bodies, row["body"].(string))
				}
				if next = a.text("next_cursor"); a.body["more"] == false {
					return bodies
				}
			}
		}
		if all := heard(""); len(all) != 0 {
			t.Error(all)
		}
		for _, direction := range []string{"in", "out", "out", "out", "in", "out"} {
			say(direction)
		}
		if all := heard(""); len(all) != 0 {
			t.Error("not settled yet:", all)
		}
		p.Clock.Add(28 * time.Second) // the first four
		if all := heard("&direction=out"); fmt.Sprint(all) != "[out 2 out 3 out 4]" {
			t.Error(all)
		}
		say("out")
		p.Clock.Add(30 * time.Second)
		if all := heard("&direction=out"); fmt.Sprint(all) != "[out 6 out 7]" {
			t.Error(all)
		}
		if all := heard("&direction=out"); len(all) != 0 {
			t.Error("twice:", all)
		}
		next = ""
		if all := heard(""); len(all) != said || all[0] != "in 1" {
			t.Error(all)
		}
		next = ""
		if all := heard("&since=" + p.Clock.Now().Add(-32*time.Second).Format(time.RFC3339)); fmt.Sprint(all) != "[out 7]" {
			t.Error(all)
		}
		next = ""
		if rows := p.program("consultant").do("GET", "/api/v1/messages", nil).expect(200).items(); len(rows) != 0 {
			t.Error(rows)
		}
		g.do("GET", "/api/v1/messages?cursor=nonsense", nil).expect(422)
	})
}
