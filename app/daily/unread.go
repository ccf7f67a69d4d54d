package daily

import (
	"context"
	"fmt"
	"strings"
	"time"

	"chancery/app/access"
	"chancery/app/cases"
	"chancery/app/notices"
	"chancery/app/staff"
)

// What somebody has not read: of each case that they are associated with, what came since their mark. Whose rights do not open messages has none.
//
// While somebody is away (B-5), whoever stands in for them has besides what was written in the cases of the one who is away, as far as they may see these
// (cases.SeenBy), until the one who is away has read it or anybody of the practice has answered: a stand-in who is not associated has no mark of their own.
// In a case that they are associated with themselves, their own mark counts. And the one who is away is not told of what the stand-in gets: of a case that
// the stand-in sees, if they want summaries at all. The rest goes to the one who is away, so that it reaches somebody.

// part is a beginning of a query, with its values.
type part struct {
	sql  string
	args []any
}

// unread is the beginning of a query in which mine has a row for each person and case with anything unread: how many messages (unread), which are those of the
// client's beyond since, and who is away ("" in a case of the person's own).
func (s *Summary) unread(ctx context.Context, userIDs []string) (part, error) {
	now := s.db.Now()
	away, err := s.staff.Away(ctx, userIDs, now)
	if err != nil {
		return part{}, err
	}
	covering, err := s.staff.Covering(ctx, userIDs, now)
	if err != nil {
		return part{}, err
	}
	rests, err := s.resting(ctx, away)
	if err != nil {
		return part{}, err
	}
	q := &part{sql: `WITH `}
	if len(rests) > 0 {
		q.pairs("rests", rests)
	}
	var covers [][2]string
	for cover, absences := range covering {
		for _, a := range absences {
			covers = append(covers, [2]string{a.UserID, cover})
		}
	}
	if len(covers) > 0 {
		q.pairs("covers", covers)
	}
	q.own(userIDs, len(rests) > 0)
	if len(covers) > 0 {
		q.sql += ` UNION ALL `
		q.covered()
	}
	q.sql += `) `
	return *q, nil
}

// resting are those who are away with their stand-ins, where these want summaries.
func (s *Summary) resting(ctx context.Context, away map[string]staff.Absence) (pairs [][2]string, err error) {
	var ins []string
	for _, a := range away {
		if a.StandInID != nil {
			ins = append(ins, *a.StandInID)
		}
	}
	if len(ins) == 0 {
		return nil, nil
	}
	wishes, err := s.notices.PreferencesOf(ctx, ins...)
	if err != nil {
		return nil, err
	}
	for id, a := range away {
		if a.StandInID != nil && wishes[*a.StandInID].Summary {
			pairs = append(pairs, [2]string{id, *a.StandInID})
		}
	}
	return pairs, nil
}

// pairs names who is away with who stands in.
func (q *part) pairs(name string, pairs [][2]string) {
	q.sql += name + ` (away_id, in_id) AS (VALUES ` + strings.Repeat(", (?, ?)", len(pairs))[2:] + `), `
	for _, p := range pairs {
		q.args = append(q.args, p[0], p[1])
	}
}

// mayRead is the condition that a user u may read messages at all.
func mayRead() (where string, args []any) {
	view, args := access.Holds(access.CasesView)
	read, more := access.Holds(access.MessagesView)
	return view + ` AND ` + read, append(args, more...)
}

// own is the people's own cases, but for those of which their stand-ins are told.
func (q *part) own(userIDs []string, rests bool) {
	may, args := mayRead()
	q.sql += `mine AS (SELECT b.user_id, '' AS away_id, b.case_id, b.unread, b.read_inbound AS since, b.read_inbound + b.unread AS inbound FROM associations b
		JOIN users u ON u.id = b.user_id WHERE b.user_id IN ? AND b.unread > 0 AND ` + may
	q.args = append(append(q.args, userIDs), args...)
	if !rests {
		return
	}
	seen, args := cases.SeenBy()
	read, more := access.Holds(access.MessagesView)
	q.sql += ` AND NOT EXISTS (SELECT 1 FROM rests r JOIN users u ON u.id = r.in_id JOIN cases k ON k.id = b.case_id WHERE r.away_id = b.user_id AND ` + seen + ` AND ` + read + `)`
	q.args = append(append(q.args, args...), more...)
}

// covered is the cases of those they stand in for. Two who are away from one case are one to their stand-in.
func (q *part) covered() {
	seen, args := cases.SeenBy()
	read, more := access.Holds(access.MessagesView)
	q.sql += `SELECT x.user_id, x.away_id, x.case_id, x.inbound - x.since AS unread, x.since, x.inbound FROM (
		SELECT c.in_id AS user_id, min(c.away_id) AS away_id, k.id AS case_id, k.inbound, min(CASE WHEN b.read_inbound < COALESCE(o.inbound, 0) THEN o.inbound ELSE b.read_inbound END) AS since
		FROM covers c JOIN users u ON u.id = c.in_id JOIN associations b ON b.user_id = c.away_id AND b.unread > 0 JOIN cases k ON k.id = b.case_id
		LEFT JOIN messages o ON o.case_id = k.id AND o.number = (SELECT max(z.number) FROM messages z WHERE z.case_id = k.id AND z.direction = 'out')
		WHERE NOT EXISTS (SELECT 1 FROM associations w WHERE w.case_id = k.id AND w.user_id = c.in_id) AND ` + seen + ` AND ` + read + `
		GROUP BY c.in_id, k.id, k.inbound) x WHERE x.inbound > x.since`
	q.args = append(append(q.args, args...), more...)
}

// some says who has anything unread.
func (s *Summary) some(ctx context.Context, userIDs []string) (map[string]bool, error) {
	q, err := s.unread(ctx, userIDs)
	if err != nil {
		return nil, err
	}
	var ids []string
	if err := s.db.In(ctx).Raw(q.sql+`SELECT DISTINCT user_id FROM mine`, q.args...).Scan(&ids).Error; err != nil {
		return nil, fmt.Errorf("who has anything unread: %w", err)
	}
	some := make(map[string]bool, len(ids))
	for _, id := range ids {
		some[id] = true
	}
	return some, nil
}

// counts is how much is unread, and nothing of what.
func (s *Summary) counts(ctx context.Context, q part) (map[string]*Content, error) {
	var rows []struct {
		UserID                   string
		Messages, Cases, Covered int
	}
	err := s.db.In(ctx).Raw(q.sql+`SELECT user_id, sum(unread) AS messages, count(*) AS cases, sum(CASE WHEN away_id <> '' THEN unread ELSE 0 END) AS covered
		FROM mine GROUP BY user_id`, q.args...).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("count what is unread: %w", err)
	}
	all := make(map[string]*Content, len(rows))
	for _, r := range rows {
		all[r.UserID] = &Content{Privacy: notices.PrivacyCount, Messages: r.Messages, Cases: r.Cases, Covered: r.Covered}
	}
	return all, nil
}

// said is a message that is unread, with its case and how much there is in all.
type said struct {
	UserID   string
	AwayID   string
	CaseID   string
	Unread   int
	Messages int // of all the person's cases
	Cases    int
	Covered  int
	Number   string
	Title    string
	Client   string
	First    string // of who is away
	Last     string
	Shown    string
	SentAt   time.Time
	Body     string
}

// talks is what is unread, the cases of the newest messages first. The database leaves out what the mail does not show, so that a batch is no larger for
// somebody who has not read anything in years.
func (s *Summary) talks(ctx context.Context, q part, privacy notices.Privacy) (map[string]*Content, error) {
	letters := 0
	if privacy == notices.PrivacyFull {
		letters = textMost * 2 // white space goes
	}
	rows, err := s.db.In(ctx).Raw(q.sql+`, counted AS (SELECT mine.*, sum(unread) OVER (PARTITION BY user_id) AS messages, count(*) OVER (PARTITION BY user_id) AS cases,
			sum(CASE WHEN away_id <> '' THEN unread ELSE 0 END) OVER (PARTITION BY user_id) AS covered FROM mine),
		ranked AS (SELECT c.*, m.number AS nth, m.sent_at, substr(m.body, 1, ?) AS body, max(m.created_at) OVER (PARTITION BY c.user_id, c.case_id) AS latest
			FROM counted c JOIN messages m ON m.case_id = c.case_id AND m.direction = 'in' AND m.inbound > c.since AND m.inbound > c.inbound - ?),
		shown AS (SELECT r.*, dense_rank() OVER (PARTITION BY r.user_id ORDER BY r.latest DESC, r.case_id) AS place FROM ranked r)
		SELECT s.user_id, s.away_id, s.case_id, s.unread, s.messages, s.cases, s.covered, k.number, k.title, l.name AS client,
			COALESCE(w.first_name, '') AS first, COALESCE(w.last_name, '') AS last, COALESCE(w.display_name, '') AS shown, s.sent_at, s.body
		FROM shown s JOIN cases k ON k.id = s.case_id JOIN clients l ON l.id = k.client_id LEFT JOIN users w ON w.id = s.away_id
		WHERE s.place <= ? ORDER BY s.user_id, s.place, s.nth DESC`, append(q.args, letters, linesMost, talksMost)...).Rows()
	if err != nil {
		return nil, fmt.Errorf("what is unread: %w", err)
	}
	defer func() { _ = rows.Close() }()
	all := map[string]*Content{}
	for rows.Next() {
		var r said
		err := rows.Scan(&r.UserID, &r.AwayID, &r.CaseID, &r.Unread, &r.Messages, &r.Cases, &r.Covered, &r.Number, &r.Title, &r.Client, &r.First, &r.Last, &r.Shown, &r.SentAt, &r.Body)
		if err != nil {
			return nil, fmt.Errorf("what is unread: %w", err)
		}
		s.add(all, &r, privacy)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("what is unread: %w", err)
	}
	return all, nil
}

// add puts a message to what a person is told: rows come by person, case and time.
func (s *Summary) add(all map[string]*Content, r *said, privacy notices.Privacy) {
	c := all[r.UserID]
	if c == nil {
		c = &Content{Privacy: privacy, Messages: r.Messages, Cases: r.Cases, Covered: r.Covered, More: r.Cases}
		all[r.UserID] = c
	}
	if n := len(c.Talks); n == 0 || c.Talks[n-1].CaseID != r.CaseID {
		t := Talk{CaseID: r.CaseID, Number: r.Number, Title: r.Title, Client: r.Client, URL: s.page("cases", r.CaseID, "messages"), Unread: r.Unread, More: r.Unread}
		if r.AwayID != "" {
			t.For = staff.DisplayName(r.First, r.Last, r.Shown)
		}
		c.Talks = append(c.Talks, t)
		c.More--
	}
	t := &c.Talks[len(c.Talks)-1]
	t.Lines = append(t.Lines, Line{At: r.SentAt, Text: line(r.Body)})
	t.More--
}
