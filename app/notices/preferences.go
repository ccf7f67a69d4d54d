package notices

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"chancery/app/access"
	"chancery/app/audit"
	"chancery/app/fault"
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

	MessageMailsLocked bool // the practice has said so, for everybody
	ScoreMailsLocked   bool
	MentionMailsLocked bool
	SummaryLocked      bool
	ExceptionsLocked   bool
}

// preferencesSQL are the columns of Preferences, of a user u, the practice's policy o and what they have chosen, p.
const preferencesSQL = `CASE WHEN o.message_mails_locked THEN o.message_mails ELSE COALESCE(p.message_mails, o.message_mails) END AS message_mails,
	CASE WHEN o.score_mails_locked THEN o.score_mails ELSE COALESCE(p.score_mails, o.score_mails) END AS score_mails,
	CASE WHEN o.mention_mails_locked THEN o.mention_mails ELSE COALESCE(p.mention_mails, o.mention_mails) END AS mention_mails,
	CASE WHEN o.summary_locked THEN o.summary ELSE COALESCE(p.summary, o.summary) END AS summary,
	CASE WHEN o.exceptions_locked THEN o.exceptions ELSE COALESCE(p.exceptions, o.exceptions) END AS exceptions,
	COALESCE(p.minute, o.minute) AS minute, COALESCE(p.days, o.days) AS days, COALESCE(p.quiet, o.quiet) AS quiet,
	COALESCE(p.quiet_from, o.quiet_from) AS quiet_from, COALESCE(p.quiet_to, o.quiet_to) AS quiet_to,
	o.message_mails_locked, o.score_mails_locked, o.mention_mails_locked, o.summary_locked, o.exceptions_locked`

// PreferencesOf are those of some people, by their id. Who has chosen nothing has the practice's.
func (n *Notices) PreferencesOf(ctx context.Context, userIDs ...string) (map[string]Preferences, error) {
	var rows []Preferences
	err := n.db.In(ctx).Raw(`SELECT u.id AS user_id, `+preferencesSQL+`
		FROM users u JOIN notice_policy o ON o.id = 'policy' LEFT JOIN preferences p ON p.user_id = u.id WHERE u.id IN ?`, userIDs).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("preferences: %w", err)
	}
	all := make(map[string]Preferences, len(rows))
	for _, p := range rows {
		all[p.UserID] = p
	}
	return all, nil
}

// Choice is one thing of a person's preferences, as forms and the history write it: true or false, 08:00, or weekdays as 12345.
type Choice struct {
	Value    string // what holds
	Practice string // what the practice has
	Chosen   bool   // the person has said something; else they follow the practice
	Locked   bool   // it is as the practice has it, whatever they have said
}

// Choices are all of a person's preferences, by their field.
func (n *Notices) Choices(ctx context.Context, userID string) (map[string]Choice, error) {
	policy, err := n.Policy(ctx)
	if err != nil {
		return nil, err
	}
	mine, err := n.chosen(ctx, userID, "")
	if err != nil {
		return nil, err
	}
	practice, locked, own := policy.values(), policy.locked(), mine.values()
	all := map[string]Choice{}
	for _, f := range fields() {
		c := Choice{Practice: practice[f.name], Locked: locked[f.name]}
		c.Value, c.Chosen = own[f.name]
		if !c.Chosen || c.Locked {
			c.Value = c.Practice
		}
		all[f.name] = c
	}
	return all, nil
}

// Choose changes some of the actor's own preferences, all that are given or none, and records what it changed. It returns *fault.Invalid on a field with
// no such value, and *fault.Refused for what the practice has locked. Who turns quiet hours off need not put their times right first: those that are given
// beside it are not looked at, and the stored ones stay.
func (n *Notices) Choose(ctx context.Context, actor access.Actor, values map[string]string) error {
	if values[Quiet] == "false" {
		now, err := n.Choices(ctx, actor.ID)
		if err != nil {
			return err
		}
		if now[Quiet].Value == "true" {
			values = maps.Clone(values)
			delete(values, QuietFrom)
			delete(values, QuietTo)
		}
	}
	set, err := understood(values)
	if err != nil {
		return err
	}
	return n.choose(ctx, actor.Actor, actor.ID, "user.edit-notices", set)
}

// Follow makes some of the actor's preferences follow the practice again: what it has now, and what it will have.
func (n *Notices) Follow(ctx context.Context, actor access.Actor, names ...string) error {
	set := map[string]any{}
	for _, name := range names {
		if fieldOf(name) == nil {
			return fault.Field1(name, "notices.no-such")
		}
		set[name] = nil
	}
	return n.choose(ctx, actor.Actor, actor.ID, "user.edit-notices", set)
}

// choose writes columns of a person's row, and what it changed into the history.
func (n *Notices) choose(ctx context.Context, by audit.Actor, userID, action string, set map[string]any) error {
	return n.db.Tx(ctx, func(ctx context.Context) error {
		// The row is there first, so that two forms of one person wait for one another.
		if _, err := n.db.Exec(ctx, `INSERT INTO preferences (user_id, updated_at) VALUES ($1, $2) ON CONFLICT (user_id) DO NOTHING`, userID, n.db.Now()); err != nil {
			return fmt.Errorf("preferences: %w", err)
		}
		mine, err := n.chosen(ctx, userID, n.db.ForUpdate())
		if err != nil {
			return err
		}
		policy, err := n.Policy(ctx)
		if err != nil {
			return err
		}
		before, after := mine.values(), map[string]string{}
		var changes []audit.Change
		for _, f := range fields() {
			v, given := set[f.name]
			was, had := before[f.name]
			if !given {
				after[f.name] = was
				continue
			}
			if policy.locked()[f.name] && v != nil {
				return fault.Refuse("notices.locked")
			}
			is := written(v)
			if after[f.name] = is; is == was && had == (v != nil) {
				delete(set, f.name)
				continue
			}
			changes = append(changes, audit.Change{Field: f.name, Before: was, After: is})
		}
		if len(changes) == 0 {
			return nil
		}
		if touchesQuiet(set) {
			if err := quietFits(policy, after); err != nil {
				return err
			}
		}
		set["updated_at"], set["generation"] = n.db.Now(), mine.Generation+1
		if err := n.db.In(ctx).Table("preferences").Where("user_id = ?", userID).Updates(set).Error; err != nil {
			return fmt.Errorf("save preferences: %w", err)
		}
		if err := audit.Record(ctx, n.db, by, audit.Entry{Action: action, Kind: "user", ID: userID, Changes: changes}); err != nil {
			return err
		}
		return n.db.Changed(ctx, "preferences/"+userID)
	})
}

// touchesQuiet tells whether a change is one of quiet hours that are to have an end: not one that only turns them off.
func touchesQuiet(set map[string]any) bool {
	_, from := set[QuietFrom]
	_, to := set[QuietTo]
	on, turned := set[Quiet]
	return from || to || turned && on != false
}

// quietFits refuses quiet hours without an end.
func quietFits(policy *Policy, own map[string]string) error {
	from, to := own[QuietFrom], own[QuietTo]
	if from == "" {
		from = clock(policy.QuietFrom)
	}
	if to == "" {
		to = clock(policy.QuietTo)
	}
	if from == to {
		return fault.Field1(QuietTo, "notices.quiet-same")
	}
	return nil
}

// chosen is what a person has said; nil is as the practice has it.
type chosen struct {
	UserID       string
	MessageMails *bool
	ScoreMails   *bool
	MentionMails *bool
	Summary      *bool
	Exceptions   *bool
	Minute       *int
	Days         *string
	Quiet        *bool
	QuietFrom    *int
	QuietTo      *int
	Generation   int64
	UpdatedAt    time.Time
}

func (n *Notices) chosen(ctx context.Context, userID, lock string) (*chosen, error) {
	var c chosen
	if _, err := store.One(n.db.In(ctx).Raw(`SELECT * FROM preferences WHERE user_id = ?`+lock, userID), &c); err != nil {
		return nil, fmt.Errorf("preferences: %w", err)
	}
	return &c, nil
}

// values are the fields of which the person has said something.
func (c *chosen) values() map[string]string {
	all := map[string]string{}
	for name, v := range map[string]*bool{MessageMails: c.MessageMails, ScoreMails: c.ScoreMails, MentionMails: c.MentionMails, Summary: c.Summary,
		Exceptions: c.Exceptions, Quiet: c.Quiet} {
		if v != nil {
			all[name] = written(*v)
		}
	}
	for name, v := range map[string]*int{Minute: c.Minute, QuietFrom: c.QuietFrom, QuietTo: c.QuietTo} {
		if v != nil {
			all[name] = written(*v)
		}
	}
	if c.Days != nil {
		all[Days] = *c.Days
	}
	return all
}

// Opens is when a mail to somebody may go that is ready at a moment: then, or when their quiet hours end (B-21).
func (p Preferences) Opens(at time.Time, place *time.Location) time.Time {
	if !p.Quiet || p.QuietFrom == p.QuietTo {
		return at
	}
	local := at.In(place)
	minute := local.Hour()*60 + local.Minute()
	overnight := p.QuietFrom > p.QuietTo
	quiet := minute >= p.QuietFrom && minute < p.QuietTo
	if overnight {
		quiet = minute >= p.QuietFrom || minute < p.QuietTo
	}
	if !quiet {
		return at
	}
	day := local
	if overnight && minute >= p.QuietFrom {
		day = local.AddDate(0, 0, 1)
	}
	return ends(at, day, p.QuietTo, place)
}

// Switches are the fields of Preferences that a mail can be turned off by, in reading order.
func Switches() []string {
	return []string{MessageMails, ScoreMails, MentionMails, Summary, Exceptions}
}

// free are those of some switches that the person may turn.
func (p Preferences) free(switches []string) []string {
	locked := map[string]bool{MessageMails: p.MessageMailsLocked, ScoreMails: p.ScoreMailsLocked, MentionMails: p.MentionMailsLocked,
		Summary: p.SummaryLocked, Exceptions: p.ExceptionsLocked}
	return slices.DeleteFunc(slices.Clone(switches), func(s string) bool { return locked[s] })
}
