package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"chancery/app/access"
	"chancery/app/staff"
	"chancery/app/store"
)

// The work of the practice: cases that a hundred people own, what is said in them, and what stands in the agenda. The rooms
// write the cases; all else comes from them by one statement each, made by the database, since a million messages one by one would
// take an hour.

const (
	caseMessages = 50     // of each case, every other one the client's
	fewCaseOf    = 2_000  // cases of the practice: 100,000 messages
	allCases     = 20_000 // with -messages: 1,000,000
	caseOwners   = 100
	dates        = 4_000 // appointments, and as many deadlines, around today
	seatCases    = 20    // of these each seat asks in turn
	seatTokens   = 10    // of the API; each may ask 600 times a minute
)

// owners of the practice's cases are administrators, the seats among them (practice.go).
func owners() (numbers []int) {
	for i := range caseOwners {
		numbers = append(numbers, 20*i)
	}
	return numbers
}

// talk gives the cases of a practice their messages, five comments, dates, and notices of their owners.
func (p practice) talk(ctx context.Context) error {
	db, err := store.Open(ctx, p.database, nil)
	if err != nil {
		return err
	}
	defer db.Close()
	// What the dialects say in their own ways: so many minutes ago, a day so many from today, a number of so many digits.
	ago := func(minutes string) string {
		return `CAST(? AS timestamptz) - make_interval(mins => (` + minutes + `)::int)`
	}
	day := func(days string) string { return `to_char(CURRENT_DATE + (` + days + `)::int, 'YYYY-MM-DD')` }
	digits := func(number string, n int) string { return fmt.Sprintf(`lpad((%s)::text, %d, '0')`, number, n) }
	now := any(db.Now())
	if db.Dialect() == store.SQLite {
		ago = func(minutes string) string {
			return `strftime('%Y-%m-%dT%H:%M:%S.000000Z', ?, printf('%+d minutes', -(` + minutes + `)))`
		}
		day = func(days string) string { return `date('now', printf('%+d days', ` + days + `))` }
		digits = func(number string, n int) string { return fmt.Sprintf(`printf('%%0%dd', %s)`, n, number) }
		now = db.Now().Format(time.DateTime)
	}
	const (
		series = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) `
		ranked = `(SELECT k.*, row_number() OVER (ORDER BY k.id) AS r FROM cases k) k`
	)
	said := strings.Repeat("Good morning, here is the letter from my employer and the two forms that were missing. Does the date on the second page matter? ", 4)
	for _, q := range []struct {
		sql  string
		args []any
	}{
		{series + `INSERT INTO messages (id, case_id, number, inbound, direction, author_id, body, sent_at, created_at)
			SELECT substr(k.id, 1, 24) || ` + digits(`n.i`, 12) + `, k.id, n.i, (n.i + 1) / 2, CASE n.i % 2 WHEN 1 THEN 'in' ELSE 'out' END,
				CASE n.i % 2 WHEN 0 THEN k.owner_id END, substr(CAST(? AS text), CAST((k.r * 7 + n.i * 37) % 97 + 1 AS integer), CAST(60 + (k.r * 13 + n.i * 29) % 240 AS integer)), ` + ago(`(51 - n.i) * 1500 + k.r % 1400`) + `, ` + ago(`(51 - n.i) * 1500 + k.r % 1400`) + `
			FROM ` + ranked + ` CROSS JOIN n`, []any{caseMessages, said, now, now}},
		{`UPDATE cases SET messages = ?, inbound = ?, last_message_at = (SELECT m.created_at FROM messages m WHERE m.case_id = cases.id AND m.number = ?)`,
			[]any{caseMessages, caseMessages / 2, caseMessages}},
		{`UPDATE associations SET read_inbound = ?, unread = 0`, []any{caseMessages / 2}},
		{`UPDATE associations SET read_inbound = read_inbound - 2, unread = 2 WHERE case_id IN (SELECT k.id FROM ` + ranked + ` WHERE k.r % 10 = 3)`, nil},
		{series + `INSERT INTO comments (id, case_id, author_id, body, created_at)
			SELECT substr(k.id, 1, 24) || 'c' || ` + digits(`n.i`, 11) + `, k.id, k.owner_id, substr(CAST(? AS text), 1, CAST(60 + n.i * 20 AS integer)), ` + ago(`n.i * 3000 + k.r % 1400`) + `
			FROM ` + ranked + ` CROSS JOIN n`, []any{5, said, now}},
		{`INSERT INTO appointments (id, case_id, owner_id, title, place, starts_at, ends_at, zone, created_by, created_at, updated_at)
			SELECT substr(k.id, 1, 24) || 'a00000000000', k.id, k.owner_id, 'Document review', 'Meeting room 2', ` + ago(`k.r * 7919 % 86400 - 43200`) + `, ` + ago(`k.r * 7919 % 86400 - 43260`) + `,
				'America/Toronto', k.owner_id, k.created_at, k.created_at
			FROM ` + ranked + ` WHERE k.r <= ?`, []any{now, now, dates}},
		{`INSERT INTO deadlines (id, case_id, title, due_on, created_by, created_at, updated_at)
			SELECT substr(k.id, 1, 24) || 'd00000000000', k.id, 'Biometrics within 30 days', ` + day(`k.r * 7919 % 60 - 5`) + `, k.owner_id, k.created_at, k.created_at
			FROM ` + ranked + ` WHERE k.r <= ?`, []any{dates}},
		{series + `INSERT INTO bulletins (id, user_id, kind, send_key, actor_id, count, created_at)
			SELECT substr(u.id, 1, 24) || 'b' || ` + digits(`n.i`, 11) + `, u.id, 'cases', 'cases/' || n.i || '/' || u.id, u.id, n.i, ` + ago(`(21 - n.i) * 900`) + `
			FROM users u CROSS JOIN n WHERE u.id IN (SELECT owner_id FROM cases)`, []any{20, now}},
		{map[store.Dialect]string{store.SQLite: "ANALYZE", store.Postgres: "VACUUM ANALYZE"}[db.Dialect()], nil},
	} {
		if err := db.In(ctx).Exec(q.sql, q.args...).Error; err != nil {
			return fmt.Errorf("work of the practice: %w: %.80s", err, q.sql)
		}
	}
	return nil
}

// settle gives each seat the cases that it asks for and the tokens of a program of its own.
func (p practice) settle(ctx context.Context, seats []*seat) error {
	db, err := store.Open(ctx, p.database, nil)
	if err != nil {
		return err
	}
	defer db.Close()
	people := staff.New(db, staff.Studio{})
	for _, s := range seats {
		u, err := people.ByEmail(ctx, address(20*s.number))
		if err != nil {
			return err
		}
		if err := db.In(ctx).Raw(`SELECT id FROM cases WHERE owner_id = ? AND NOT private ORDER BY id LIMIT ?`, u.ID, seatCases).Scan(&s.cases).Error; err != nil {
			return err
		}
		if len(s.cases) == 0 {
			return fmt.Errorf("seat %d has no cases", s.number)
		}
		for i := range seatTokens {
			sum := sha256.Sum256([]byte(fmt.Sprint("a token of the bench", s.number, i)))
			secret := "chancery_" + base64.RawURLEncoding.EncodeToString(sum[:])
			hash := sha256.Sum256([]byte(secret))
			err := db.In(ctx).Exec(`INSERT INTO tokens (id, token_hash, user_id, name, hint, scopes, epoch, created_at, expires_at)
				SELECT ?, ?, id, 'Bench', ?, ?, epoch, ?, ? FROM users WHERE id = ?`, store.NewID(), hex.EncodeToString(hash[:]), secret[len(secret)-4:],
				string(access.CasesView)+" "+string(access.CasesViewAll)+" "+string(access.MessagesSend), db.Now(), db.Now().Add(time.Hour*24), u.ID).Error
			if err != nil {
				return err
			}
			s.tokens = append(s.tokens, secret)
		}
	}
	return nil
}

// working are what people do with cases all day, and what another system does.
func working() []scenario {
	page, fragment := ofCase(get(false)), get(true)
	return []scenario{
		{name: "GET / (home)", path: "/", status: 200, floor: floorRead, write: page},
		{name: "GET /messages", path: "/messages", status: 200, floor: floorRead, write: page},
		{name: "GET /cases/:id", path: "/cases/CASE", status: 200, floor: floorRead, write: page},
		{name: "GET /cases/:id/messages", path: "/cases/CASE/messages", status: 200, floor: floorRead, write: page},
		{name: "GET /cases/:id/comments", path: "/cases/CASE/comments", status: 200, floor: floorRead, write: page},
		{name: "GET /calendar", path: "/calendar", status: 200, floor: floorRead, write: page},
		{name: "GET /cases", path: "/cases", status: 200, floor: floorRead, write: page},
		{name: "GET /search, fragment, of cases", path: "/search/suggestions?q=kowalczyk+permit", status: 200, fragment: true, floor: floorRead, write: fragment},
		{name: "POST /api/v1/cases/:id/messages", path: "/api/v1/cases/CASE/messages", status: 201, floor: floorMessage, write: ofCase(receive)},
	}
}

// ofCase puts one of the seat's cases into the path.
func ofCase(write func(*bytes.Buffer, *seat, string, string)) func(*bytes.Buffer, *seat, string, string) {
	return func(b *bytes.Buffer, s *seat, host, path string) {
		write(b, s, host, strings.Replace(path, "CASE", s.cases[s.turn%len(s.cases)], 1))
	}
}

// receive hands in a message of a client, as the system does that it came through.
func receive(b *bytes.Buffer, s *seat, host, path string) {
	text := fmt.Sprintf(`{"body":"Good morning, here is the letter from my employer and the two forms that were missing.","external_id":"bench-%d-%d-%d"}`, s.number, s.turn, time.Now().UnixNano())
	b.WriteString("POST " + path + " HTTP/1.1\r\nHost: " + host + "\r\nUser-Agent: case-system/1.0\r\nAccept: application/json\r\nAuthorization: Bearer " + s.tokens[s.turn%len(s.tokens)] + "\r\n")
	body(b, "application/json", text)
}

// tokenSQL and the three that follow are the floor of a message that comes in: who sends it, the case with its counts, the
// message, what is unread of it, and the line of the audit, by the shortest way; all or nothing.
const (
	tokenSQL   = `SELECT t.id, t.user_id, t.scopes, t.expires_at, u.role_id FROM tokens t JOIN users u ON u.id = t.user_id WHERE t.token_hash = $1 AND t.revoked_at IS NULL AND t.epoch = u.epoch AND u.status = 'ACTIVE'`
	countedSQL = `UPDATE cases SET messages = messages + 1, inbound = inbound + 1, last_message_at = $1 WHERE id = $2 RETURNING messages, inbound`
	messageSQL = `INSERT INTO messages (id, case_id, number, inbound, direction, body, external_id, sent_at, created_at) VALUES ($1, $2, $3, $4, 'in', $5, $6, $7, $8)`
	unreadSQL  = `UPDATE associations SET unread = unread + 1 WHERE case_id = $1`
)

// receive is F0 of a message that comes in by the API.
func (f *floor) receive(c *fiber.Ctx) error {
	secret, _ := strings.CutPrefix(c.Get("Authorization"), "Bearer ")
	hash := sha256.Sum256([]byte(secret))
	var token, user, scopes, role string
	var expires time.Time
	if err := f.pool.QueryRowContext(c.Context(), tokenSQL, hex.EncodeToString(hash[:])).Scan(&token, &user, &scopes, &expires, &role); err != nil {
		return err
	}
	var in struct {
		Body       string `json:"body"`
		ExternalID string `json:"external_id"`
	}
	if err := c.BodyParser(&in); err != nil {
		return err
	}
	tx, err := f.pool.BeginTx(c.Context(), nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	now, id := time.Now().UTC(), c.Params("case")
	var number, inbound int64
	if err := tx.QueryRowContext(c.Context(), countedSQL, now, id).Scan(&number, &inbound); err != nil {
		return err
	}
	for _, do := range []struct {
		sql    string
		values []any
	}{
		{messageSQL, []any{uuid.Must(uuid.NewV7()).String(), id, number, inbound, in.Body, in.ExternalID, now, now}},
		{unreadSQL, []any{id}},
		{lineSQL + `VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`, []any{uuid.Must(uuid.NewV7()).String(), now, user, "Somebody", "message.receive", "case", id, "[]", "127.0.0.1", uuid.NewString()}},
	} {
		if _, err := tx.ExecContext(c.Context(), do.sql, do.values...); err != nil {
			return err
		}
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	return f.answer(c.Status(fiber.StatusCreated))
}
