package signin

import (
	"context"
	"fmt"
	"strings"
	"time"

	"chancery/app/access"
)

// Attempt is one try to sign in, as its owner may see it (S2-37).
type Attempt struct {
	ID        string
	Network   string
	UserAgent string
	Method    string
	Outcome   string // success or failure
	Reason    string // wrong, locked, expired, inactive
	At        time.Time
}

// attemptsKept is how long tries are kept.
const attemptsKept = 90 * 24 * time.Hour

// History lists a person's tries to sign in, newest first, from the one before the id before on ("" from the newest),
// and tells whether there are older ones. Each sees their own; others need users.sign-out.
func (s *Signin) History(ctx context.Context, actor access.Actor, userID, before string, limit int) (list []Attempt, more bool, err error) {
	if actor.ID != userID {
		if err := actor.Must(access.UsersSignOut); err != nil {
			return nil, false, err
		}
	}
	q := s.db.In(ctx).Table("signin_attempts").Where("user_id = ? AND method <> 'confirm'", userID)
	if before != "" {
		q = q.Where("(at, id) < (SELECT b.at, b.id FROM signin_attempts b WHERE b.id = ? AND b.user_id = ?)", before, userID)
	}
	if err := q.Order("at DESC, id DESC").Limit(limit + 1).Find(&list).Error; err != nil {
		return nil, false, fmt.Errorf("history: %w", err)
	}
	if len(list) > limit {
		return list[:limit], true, nil
	}
	return list, false, nil
}

// CleanUp deletes what has lost its meaning: sessions that are over by their time or ended a day ago, links that expired
// a week ago (an invitation that nobody has used, 90 days ago, so that it can still say so), browsers that nobody has
// signed in with for as long as their cookie lasts, steps and answered challenges that are over, apps whose setup nobody
// finished, and tries older than 90 days. It deletes in batches, each a short transaction of its own, so that it never
// holds a lock for long, and returns how many rows went (D-4).
func (s *Signin) CleanUp(ctx context.Context, batch int) (deleted int64, err error) {
	now, batch := s.db.Now(), max(batch, 1)
	r, _, err := s.rules(ctx)
	if err != nil {
		return 0, err
	}
	for _, q := range []struct {
		sql  string
		args []any
	}{
		{`DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE expires_at <= ? LIMIT ?)`, []any{now, batch}},
		{`DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE last_seen_at <= ? LIMIT ?)`, []any{now.Add(-r.idle), batch}},
		{`DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE ended_at <= ? LIMIT ?)`, []any{now.Add(-24 * time.Hour), batch}},
		{`DELETE FROM pairings WHERE id IN (SELECT id FROM pairings WHERE expires_at <= ? OR ended_at <= ? OR last_seen_at <= ? LIMIT ?)`,
			[]any{now, now.Add(-24 * time.Hour), now.Add(-pairingIdle), batch}},
		{`DELETE FROM pins WHERE id IN (SELECT id FROM pins WHERE created_at <= ? LIMIT ?)`, []any{now.Add(-48 * time.Hour), batch}},
		{`DELETE FROM texts WHERE id IN (SELECT id FROM texts WHERE finished_at <= ? LIMIT ?)`, []any{now.Add(-30 * 24 * time.Hour), batch}},
		{`DELETE FROM signin_steps WHERE id IN (SELECT id FROM signin_steps WHERE expires_at <= ? LIMIT ?)`, []any{now, batch}},
		{`DELETE FROM factors WHERE id IN (SELECT id FROM factors WHERE confirmed_at IS NULL AND created_at <= ? LIMIT ?)`, []any{now.Add(-proofLasts), batch}},
		{`DELETE FROM devices WHERE id IN (SELECT id FROM devices WHERE last_seen_at <= ? LIMIT ?)`, []any{now.Add(-DeviceLasts), batch}},
		{`DELETE FROM links WHERE id IN (SELECT id FROM links WHERE expires_at <= ? AND NOT (purpose = 'welcome' AND user_id IN (SELECT id FROM users WHERE status = 'PENDING')) LIMIT ?)`,
			[]any{now.Add(-7 * 24 * time.Hour), batch}}, // an expired invitation stays one, and can ask for a new one (B-13)
		{`DELETE FROM addresses WHERE address IN (SELECT address FROM addresses WHERE held_until <= ? LIMIT ?)`, []any{now, batch}},
		{`DELETE FROM tokens WHERE id IN (SELECT id FROM tokens t WHERE (t.revoked_at <= ? OR t.expires_at <= ?) AND NOT EXISTS (SELECT 1 FROM replies r WHERE r.token_id = t.id) LIMIT ?)`,
			[]any{now.Add(-TokenKept), now.Add(-TokenKept), batch}}, // who made and ended it stays in the audit
		{`DELETE FROM signin_attempts WHERE id IN (SELECT id FROM signin_attempts WHERE at <= ? LIMIT ?)`, []any{now.Add(-attemptsKept), batch}},
	} {
		for {
			res := s.db.In(ctx).Exec(q.sql, q.args...)
			if res.Error != nil {
				return deleted, fmt.Errorf("clean up: %w", res.Error)
			}
			deleted += res.RowsAffected
			if res.RowsAffected < int64(batch) {
				break
			}
		}
	}
	return deleted, nil
}

// Device is a browser and system in words that need no translation, from a User-Agent, such as "Firefox · Windows". It
// knows the few that matter to tell one's own devices apart; "" means unknown.
func Device(userAgent string) string {
	browser := first(userAgent, "Edg/", "Edge", "OPR/", "Opera", "Firefox/", "Firefox", "FxiOS/", "Firefox", "CriOS/", "Chrome",
		"Chromium/", "Chromium", "Chrome/", "Chrome", "Version/", "Safari", "curl/", "curl")
	system := first(userAgent, "iPhone", "iPhone", "iPad", "iPad", "Android", "Android", "Windows", "Windows", "Mac OS X", "macOS",
		"CrOS", "ChromeOS", "Linux", "Linux")
	return strings.Trim(browser+" · "+system, " ·")
}

// first returns the name that goes with the first mark found; marks and names alternate.
func first(s string, marks ...string) string {
	for i := 0; i+1 < len(marks); i += 2 {
		if strings.Contains(s, marks[i]) {
			return marks[i+1]
		}
	}
	return ""
}
