package demo

import (
	"strings"
	"testing"
	"time"

	"chancery/app/access"
	"chancery/app/agenda"
	"chancery/app/billing"
	"chancery/app/blob"
	"chancery/app/cases"
	"chancery/app/messages"
	"chancery/app/notices"
	"chancery/app/post"
	"chancery/app/signin"
	"chancery/app/staff"
	"chancery/app/store"
	"chancery/app/store/storetest"
	"chancery/jobs/pictures"
)

func open(t *testing.T, db *store.DB) *Rooms {
	t.Helper()
	blobs, err := blob.Open(t.Context(), "dir:"+t.TempDir(), blob.Credentials{})
	if err != nil {
		t.Fatal(err)
	}
	r := &Rooms{DB: db, Staff: staff.New(db, pictures.Studio(blobs)), Post: post.New(db), Texts: true}
	r.Notices = notices.New(db, r.Post, r.Staff, notices.Options{})
	r.Signin = signin.New(db, r.Staff, r.Post, signin.Options{Key: []byte(strings.Repeat("k", 32)), Texts: true})
	r.Cases = cases.New(db, r.Staff)
	r.Messages, r.Agenda, r.Billing = messages.New(db, r.Cases, r.Staff), agenda.New(db, r.Cases, r.Staff), billing.New(db, r.Cases, r.Staff)
	r.Staff.Owns(r.Cases, r.Agenda, r.Staff.CardBelonging())
	r.Staff.Owns(r.Signin.Belongings()...)
	if err := access.New(db).Seed(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := r.Staff.SeedOrganization(t.Context(), Practice()); err != nil {
		t.Fatal(err)
	}
	if err := r.Fill(t.Context()); err != nil {
		t.Fatal(err)
	}
	return r
}

// What the rooms' verbs keep up is true of a practice that was not made by them. Each question finds what is wrong.
func TestTheDemoPracticeIsAsTheRoomsWouldHaveLeftIt(t *testing.T) {
	t.Parallel()
	now := storetest.NewClock().Now
	storetest.Each(t, now, func(t *testing.T, db *store.DB) {
		r := open(t, db)
		at := now()
		for _, q := range []struct {
			wrong, sql string
			args       []any
		}{
			{"cases that count their messages otherwise", `SELECT k.id FROM cases k WHERE k.messages <> (SELECT count(*) FROM messages m WHERE m.case_id = k.id)
				OR k.inbound <> (SELECT count(*) FROM messages m WHERE m.case_id = k.id AND m.direction = 'in')
				OR k.messages <> (SELECT max(m.number) FROM messages m WHERE m.case_id = k.id)
				OR k.last_message_at <> (SELECT max(m.created_at) FROM messages m WHERE m.case_id = k.id)`, nil},
			{"cases without a message", `SELECT id FROM cases WHERE messages = 0`, nil},
			{"messages whose inbound is not how many there are up to them", `SELECT m.id FROM messages m WHERE m.inbound <>
				(SELECT count(*) FROM messages o WHERE o.case_id = m.case_id AND o.direction = 'in' AND o.number <= m.number)`, nil},
			{"messages that are not in the order of time", `SELECT m.id FROM messages m JOIN messages o ON o.case_id = m.case_id AND o.number = m.number + 1 WHERE o.sent_at < m.sent_at`, nil},
			{"messages of the future", `SELECT id FROM messages WHERE sent_at > ? OR created_at > ?`, []any{at, at}},
			{"messages from outside the life of their case", `SELECT m.id FROM messages m JOIN cases k ON k.id = m.case_id WHERE m.sent_at < k.opened_at OR m.sent_at > k.closed_at`, nil},
			{"messages by who neither works on the case nor has left", `SELECT m.id FROM messages m JOIN users u ON u.id = m.author_id
				LEFT JOIN associations a ON a.case_id = m.case_id AND a.user_id = u.id WHERE a.user_id IS NULL AND u.status <> 'INACTIVE'`, nil},
			{"messages with a gap in them", `SELECT id FROM messages WHERE body LIKE '%{%' OR body = ''`, nil},
			{"marks that do not fit what is unread", `SELECT a.case_id FROM associations a JOIN cases k ON k.id = a.case_id WHERE a.unread <> k.inbound - a.read_inbound OR a.unread < 0 OR a.read_inbound < 0`, nil},
			{"answers by who has not read what was said before", `SELECT a.case_id FROM associations a JOIN messages m ON m.case_id = a.case_id AND m.author_id = a.user_id WHERE m.inbound > a.read_inbound`, nil},
			{"unread messages in closed cases", `SELECT a.case_id FROM associations a JOIN cases k ON k.id = a.case_id WHERE a.unread > 0 AND k.status = 'closed'`, nil},
			{"associations of neither owner nor member", `SELECT a.case_id FROM associations a JOIN cases k ON k.id = a.case_id WHERE a.user_id <> k.owner_id
				AND NOT EXISTS (SELECT 1 FROM case_members m WHERE m.case_id = a.case_id AND m.user_id = a.user_id)`, nil},
			{"owners and members who are not associated", `SELECT case_id FROM (SELECT id AS case_id, owner_id AS user_id FROM cases UNION SELECT case_id, user_id FROM case_members) o
				WHERE NOT EXISTS (SELECT 1 FROM associations a WHERE a.case_id = o.case_id AND a.user_id = o.user_id)`, nil},
			{"open cases without an owner who works here", `SELECT k.id FROM cases k JOIN users u ON u.id = k.owner_id WHERE k.status = 'open' AND u.status <> 'ACTIVE'`, nil},
			{"cases closed in the future, or before they were opened", `SELECT id FROM cases WHERE closed_at > ? OR closed_at < opened_at OR (status = 'closed') <> (closed_at IS NOT NULL)`, []any{at}},
			{"comments of the future or before their case", `SELECT c.id FROM comments c JOIN cases k ON k.id = c.case_id WHERE c.created_at > ? OR c.created_at < k.opened_at OR c.created_at > k.closed_at`, []any{at}},
			{"comments that name somebody without calling them", `SELECT c.id FROM comments c WHERE (c.body LIKE '%@{%') <> EXISTS (SELECT 1 FROM comment_mentions m WHERE m.comment_id = c.id AND c.body LIKE '%@{' || m.user_id || '}%')
				OR c.body LIKE '%{who}%'`, nil},
			{"people who are called in what they do not see", `SELECT m.comment_id FROM comment_mentions m JOIN comments c ON c.id = m.comment_id
				LEFT JOIN associations a ON a.case_id = c.case_id AND a.user_id = m.user_id WHERE a.user_id IS NULL OR m.user_id = c.author_id`, nil},
			{"calls without a notice, and notices without a call", `SELECT comment_id FROM comment_mentions m WHERE NOT EXISTS (SELECT 1 FROM bulletins b WHERE b.send_key = 'called/' || m.comment_id || '/' || m.user_id)
				UNION SELECT b.id FROM bulletins b WHERE b.kind = 'called' AND NOT EXISTS (SELECT 1 FROM comment_mentions m WHERE m.comment_id = b.object_id AND m.user_id = b.user_id)`, nil},
			{"notices whose order is not that of time", `SELECT b.id FROM bulletins b JOIN bulletins o ON o.id > b.id AND o.created_at < b.created_at`, nil},
			{"notices read before they came", `SELECT id FROM bulletins WHERE read_at < created_at OR read_at > ? OR created_at > ?`, []any{at, at}},
			{"scores of the future or before their case", `SELECT s.id FROM scores s JOIN cases k ON k.id = s.case_id WHERE s.answered_at > ? OR s.answered_at < k.opened_at OR s.answered_at > k.closed_at`, []any{at}},
			{"appointments of closed cases or of who is not there", `SELECT p.id FROM appointments p JOIN users u ON u.id = p.owner_id LEFT JOIN cases k ON k.id = p.case_id WHERE u.status <> 'ACTIVE' OR k.status = 'closed' OR p.created_at > ?`, []any{at}},
			{"people who come to what they do not see", `SELECT w.appointment_id FROM appointment_people w JOIN appointments p ON p.id = w.appointment_id
				WHERE w.user_id = p.owner_id OR p.case_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM associations a WHERE a.case_id = p.case_id AND a.user_id = w.user_id)`, nil},
			{"two appointments of one person at a time", `SELECT p.id FROM appointments p JOIN appointments o ON o.owner_id = p.owner_id AND o.id <> p.id AND o.starts_at < p.ends_at AND p.starts_at < o.ends_at
				WHERE p.case_id IS NOT NULL AND o.case_id IS NOT NULL`, nil},
			{"deadlines done before they were set, or in the future", `SELECT id FROM deadlines WHERE done_at < created_at OR done_at > ? OR created_at > ? OR (done_at IS NULL) <> (done_by IS NULL)`, []any{at, at}},
			{"history from before its case or from the future", `SELECT a.id FROM audit a JOIN cases k ON k.id = a.object_id WHERE a.object_kind = 'case' AND (a.at < k.opened_at OR a.at > ? OR a.at > k.closed_at)`, []any{at}},
			{"cases without a history, or with another stage at its end", `SELECT k.id FROM cases k WHERE NOT EXISTS (SELECT 1 FROM audit a WHERE a.object_id = k.id AND a.action = 'case.create')
				OR k.stage <> 'Intake' AND NOT EXISTS (SELECT 1 FROM audit a WHERE a.object_id = k.id AND a.changes LIKE '%"after":"' || k.stage || '"%')`, nil},
			{"invoices on which another sum is paid than came", `SELECT i.id FROM invoices i WHERE i.paid <> COALESCE((SELECT sum(p.amount) FROM payments p WHERE p.invoice_id = i.id AND p.reversed_at IS NULL), 0)
				OR i.status = 'void' AND i.paid > 0`, nil},
			{"payments before their invoice or in the future", `SELECT p.id FROM payments p JOIN invoices i ON i.id = p.invoice_id WHERE p.received_on < i.issued_on OR p.created_at > ? OR p.reversed_at > ? OR i.created_at > ?`, []any{at, at, at}},
		} {
			var found []string
			if err := db.In(t.Context()).Raw(q.sql, q.args...).Scan(&found).Error; err != nil {
				t.Fatalf("%s: %v", q.wrong, err)
			}
			if len(found) > 0 {
				t.Errorf("%s: %d, %s first", q.wrong, len(found), found[0])
			}
		}
		hasWhatIsAsked(t, r)
	})
}

// hasWhatIsAsked holds the practice to what is said of it, through the rooms, as those see it who are named for the demo.
func hasWhatIsAsked(t *testing.T, r *Rooms) {
	t.Helper()
	count := func(sql string, args ...any) (n int64) {
		if err := r.DB.In(t.Context()).Raw(sql, args...).Scan(&n).Error; err != nil {
			t.Fatal(err)
		}
		return n
	}
	for _, q := range []struct {
		what        string
		least, most int64
		sql         string
	}{
		{"people", 40, 40, `SELECT count(*) FROM users`},
		{"cases", Cases, Cases, `SELECT count(*) FROM cases`},
		{"messages", Messages, Messages, `SELECT count(*) FROM messages`},
		{"languages of clients", 3, 3, `SELECT count(DISTINCT language) FROM clients`},
		{"private cases", 5, 20, `SELECT count(*) FROM cases WHERE private`},
		{"comments", 300, 1500, `SELECT count(*) FROM comments`},
		{"mentions", 80, 800, `SELECT count(*) FROM comment_mentions`},
		{"scores", 60, 400, `SELECT count(*) FROM scores`},
		{"appointments", 200, 1500, `SELECT count(*) FROM appointments`},
		{"deadlines", 150, 600, `SELECT count(*) FROM deadlines`},
		{"invoices", 150, 900, `SELECT count(*) FROM invoices`},
		{"reversed payments", 3, 60, `SELECT count(*) FROM payments WHERE reversed_at IS NOT NULL`},
		{"messages of who has left", 5, 500, `SELECT count(*) FROM messages m JOIN users u ON u.id = m.author_id WHERE u.status = 'INACTIVE'`},
	} {
		if n := count(q.sql); n < q.least || n > q.most {
			t.Errorf("%d %s, want %d to %d", n, q.what, q.least, q.most)
		}
	}
	if cards, err := r.Staff.PublicCards(t.Context()); err != nil || len(cards) != 4 {
		t.Errorf("%d cards are published, %v; want 4", len(cards), err)
	}
	rights := access.New(r.DB)
	today := r.DB.Now()
	for _, a := range Accounts() {
		u, err := r.Staff.ByEmail(t.Context(), a.Email)
		if err != nil {
			t.Fatal(err)
		}
		actor := access.System("test")
		actor.ID = u.ID
		if actor.Rights, err = rights.Of(t.Context(), u.ID); err != nil {
			t.Fatal(err)
		}
		unread, err := r.Messages.Unread(t.Context(), actor)
		if err != nil || unread.Messages < 2 {
			t.Errorf("%s has %+v unread, %v", a.Email, unread, err)
		}
		if n, err := r.Notices.UnreadBulletins(t.Context(), u.ID); err != nil || n == 0 {
			t.Errorf("%s has %d new notices, %v", a.Email, n, err)
		}
		where, err := time.LoadLocation(u.Zone)
		if err != nil {
			t.Fatal(err)
		}
		y, m, d := today.In(where).Date()
		from, until := time.Date(y, m, d, 0, 0, 0, 0, where), time.Date(y, m, d+1, 0, 0, 0, 0, where)
		if day, err := r.Agenda.List(t.Context(), actor, agenda.Query{From: from.UTC(), Until: until.UTC(), UserID: u.ID, Limit: 20}); err != nil || len(day) < 3 {
			t.Errorf("%s has %d appointments today, %v", a.Email, len(day), err)
		}
		for _, span := range []struct {
			from, until time.Time
			what        string
		}{{from.AddDate(0, 0, -7), from, "last week"}, {until, until.AddDate(0, 0, 14), "in two weeks"}} {
			if all, err := r.Agenda.List(t.Context(), actor, agenda.Query{From: span.from.UTC(), Until: span.until.UTC(), UserID: u.ID, Limit: 20}); err != nil || len(all) == 0 {
				t.Errorf("%s has no appointments %s, %v", a.Email, span.what, err)
			}
		}
		if due, err := r.Agenda.Deadlines(t.Context(), actor, agenda.Days{Until: until.AddDate(0, 0, 40).Format(time.DateOnly), UserID: u.ID, Limit: 50}); err != nil || len(due) == 0 {
			t.Errorf("%s has no deadlines, %v", a.Email, err)
		}
	}
}

// A demo that looked different each time could not be shown.
func TestTheSamePastIsImaginedEachTime(t *testing.T) {
	t.Parallel()
	now := storetest.NewClock().Now()
	make := func() *past {
		var people []colleague
		for _, p := range everybody() {
			where, err := time.LoadLocation(p.zone)
			if err != nil {
				t.Fatal(err)
			}
			people = append(people, colleague{person: p, id: p.address(), where: where})
		}
		p, err := imagine(now, people)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	a, b := make(), make()
	for i := range a.said {
		if a.said[i].Body != b.said[i].Body || !a.said[i].SentAt.Equal(b.said[i].SentAt) {
			t.Fatalf("message %d is %q at %s and %q at %s", i, a.said[i].Body, a.said[i].SentAt, b.said[i].Body, b.said[i].SentAt)
		}
	}
	for i := range a.cases {
		if a.cases[i].Title != b.cases[i].Title || a.cases[i].OwnerID != b.cases[i].OwnerID {
			t.Fatalf("case %d is %q of %s and %q of %s", i, a.cases[i].Title, a.cases[i].OwnerID, b.cases[i].Title, b.cases[i].OwnerID)
		}
	}
}

// The demo may be started at any hour of any day, the nights of a clock change among them.
func TestThePastIsImaginedAtAnyHour(t *testing.T) {
	t.Parallel()
	var people []colleague
	for _, p := range everybody() {
		where, err := time.LoadLocation(p.zone)
		if err != nil {
			t.Fatal(err)
		}
		people = append(people, colleague{person: p, id: p.address(), where: where})
	}
	for hour := range 24 * 9 {
		now := time.Date(2026, 10, 27, 0, 30, 0, 0, time.UTC).Add(time.Duration(hour*7) * time.Hour)
		p, err := imagine(now, people)
		if err != nil {
			t.Fatal(err)
		}
		last := map[string]time.Time{}
		for _, m := range p.said {
			if m.SentAt.After(now) || m.SentAt.Before(last[m.CaseID]) {
				t.Fatalf("at %s a message is sent at %s after one of %s", now, m.SentAt, last[m.CaseID])
			}
			last[m.CaseID] = m.SentAt
		}
	}
}

// The three languages say as much, and what they ask for can be had.
func TestEveryLanguageHasItsWords(t *testing.T) {
	t.Parallel()
	all, err := readWords()
	if err != nil {
		t.Fatal(err)
	}
	for language, w := range all {
		for _, e := range w.exchanges {
			if len(e.turns) == 0 {
				t.Errorf("%s: an exchange of %q has nothing in it", language, e.of)
			}
			for _, turn := range e.turns {
				rest := strings.NewReplacer("{client}", "", "{me}", "", "{document}", "", "{paper}", "", "{day}", "", "{hour}", "").Replace(turn.text)
				if strings.ContainsAny(rest, "{}") || rest == "" {
					t.Errorf("%s: %q", language, turn.text)
				}
			}
			if last := e.turns[len(e.turns)-1]; e.where == "waiting" && !last.in {
				t.Errorf("%s: who waits for an answer has one: %q", language, last.text)
			}
		}
		for name, list := range all["en"].lists {
			if len(w.lists[name]) == 0 {
				t.Errorf("%s has no list %q; English has %d", language, name, len(list))
			}
		}
		if language == "fr" {
			for _, e := range w.exchanges {
				for _, turn := range e.turns {
					if strings.Contains(turn.text, "'") || strings.Contains(turn.text, " :") || strings.Contains(turn.text, " ?") || strings.Contains(turn.text, " !") {
						t.Errorf("fr: %q", turn.text)
					}
				}
			}
		}
	}
}
