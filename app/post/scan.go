package post

import (
	"database/sql"
	"time"
)

// columns are those of a mail, as scan reads them: by hand, since each mail that goes out is read so, and GORM takes several times as long.
const columns = `id, send_key, kind, user_id, recipient, language, zone, data, state, rank, tries, next_try_at, not_after, answer, generation, observed,
	conditions, created_at, delivered_at, paused_at, takes, dated_at`

func scan(row *sql.Rows) (m Mail, err error) {
	var user sql.NullString
	var rank, tries int64
	var delivered, paused, dated sql.NullTime
	err = row.Scan(&m.ID, &m.SendKey, (*string)(&m.Kind), &user, &m.Recipient, &m.Language, &m.Zone, &m.Data, (*string)(&m.State), &rank, &tries, &m.NextTryAt, &m.NotAfter,
		&m.Answer, &m.Generation, &m.Observed, &m.Conditions, &m.CreatedAt, &delivered, &paused, &m.Takes, &dated)
	if user.Valid {
		m.UserID = &user.String
	}
	m.Rank, m.Tries = Rank(rank), int(tries)
	m.DeliveredAt, m.PausedAt, m.DatedAt = orNil(delivered), orNil(paused), orNil(dated)
	return m, err
}

func orNil(t sql.NullTime) *time.Time {
	if !t.Valid {
		return nil
	}
	return &t.Time
}
