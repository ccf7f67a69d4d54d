package notices

import (
	"context"
	"fmt"

	"chancery/app/store"
)

// Preferences are what a person is told by mail, and when: what they have chosen, or what the practice has where they have not or may not (S3-19…S3-24,
// B-14, B-21).
type Preferences struct {
	UserID       string
	MessageMails bool // of each message of a client (S3-21)
	ScoreMails   bool // of each NetPromoter score (S3-22)
	MentionMails bool
	Summary      bool   // daily, of what is unread (S3-19)
	Exceptions   bool   // daily, of what the nightly sync could not take (S3-20)
	Minute       int    // of the local day, at which the daily mails are due
	Days         string // on which; ISO weekdays: "12345"
	Quiet        bool   // from QuietFrom to QuietTo mails wait (B-21)
	QuietFrom    int    // minutes of the local day; may be after QuietTo, over midnight
	QuietTo      int
}

// PreferencesOf are those of some people, by their id. Who has chosen nothing has the practice's.
func (n *Notices) PreferencesOf(ctx context.Context, userIDs ...string) (map[string]Preferences, error) {
	var rows []Preferences
	err := n.db.In(ctx).Raw(`SELECT u.id AS user_id,
			CASE WHEN o.message_mails_locked THEN o.message_mails ELSE COALESCE(p.message_mails, o.message_mails) END AS message_mails,
			CASE WHEN o.score_mails_locked THEN o.score_mails ELSE COALESCE(p.score_mails, o.score_mails) END AS score_mails,
			CASE WHEN o.mention_mails_locked THEN o.mention_mails ELSE COALESCE(p.mention_mails, o.mention_mails) END AS mention_mails,
			CASE WHEN o.summary_locked THEN o.summary ELSE COALESCE(p.summary, o.summary) END AS summary,
			CASE WHEN o.exceptions_locked THEN o.exceptions ELSE COALESCE(p.exceptions, o.exceptions) END AS exceptions,
			COALESCE(p.minute, o.minute) AS minute, COALESCE(p.days, o.days) AS days, COALESCE(p.quiet, o.quiet) AS quiet,
			COALESCE(p.quiet_from, o.quiet_from) AS quiet_from, COALESCE(p.quiet_to, o.quiet_to) AS quiet_to
		FROM users u CROSS JOIN notice_policy o LEFT JOIN preferences p ON p.user_id = u.id WHERE u.id IN ?`, userIDs).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("preferences: %w", err)
	}
	all := make(map[string]Preferences, len(rows))
	for _, p := range rows {
		all[p.UserID] = p
	}
	return all, nil
}

// Privacy is how much of a client's affairs a mail may carry: a mail box is not the practice's (B-14).
type Privacy string

// The levels of privacy.
const (
	PrivacyFull    Privacy = "full"    // client, case and what was said
	PrivacySubject Privacy = "subject" // client and case
	PrivacyCount   Privacy = "count"   // how much there is, and a link
)

// Privacy is the practice's level.
func (n *Notices) Privacy(ctx context.Context) (p Privacy, err error) {
	if _, err := store.Found(n.db.Row(ctx, `SELECT privacy FROM notice_policy`).Scan(&p)); err != nil {
		return "", fmt.Errorf("privacy of mails: %w", err)
	}
	return p, nil
}
