package notices

import (
	"context"
	"fmt"
	"time"

	"chancery/app/access"
	"chancery/app/audit"
	"chancery/app/fault"
	"chancery/app/staff"
	"chancery/app/store"
)

// Privacy is how much of a client's affairs a mail may carry: a mail box is not the practice's (B-14).
type Privacy string

// The levels of privacy.
const (
	PrivacyFull    Privacy = "full"    // client, case and what was said
	PrivacySubject Privacy = "subject" // client and case
	PrivacyCount   Privacy = "count"   // how much there is, and a link
)

// Privacies are the levels, from the most that a mail tells to the least.
func Privacies() []Privacy { return []Privacy{PrivacyFull, PrivacySubject, PrivacyCount} }

// Privacy is the practice's level.
func (n *Notices) Privacy(ctx context.Context) (p Privacy, err error) {
	if _, err := store.Found(n.db.Row(ctx, `SELECT privacy FROM notice_policy`).Scan(&p)); err != nil {
		return "", fmt.Errorf("privacy of mails: %w", err)
	}
	return p, nil
}

// Policy is what the practice has where somebody has said nothing; what holds whatever they say; and how much its mails tell (B-14).
type Policy struct {
	ID                 string
	MessageMails       bool
	MessageMailsLocked bool
	ScoreMails         bool
	ScoreMailsLocked   bool
	MentionMails       bool
	MentionMailsLocked bool
	Summary            bool
	SummaryLocked      bool
	Exceptions         bool
	ExceptionsLocked   bool
	Minute             int
	Days               string
	Quiet              bool
	QuietFrom          int
	QuietTo            int
	Privacy            Privacy
	Generation         int64
	UpdatedAt          time.Time
}

// LockSuffix ends the names of the fields of a policy that lock another.
const LockSuffix = "_locked"

// PrivacyField is the field of the level.
const PrivacyField = "privacy"

// Policy is the practice's.
func (n *Notices) Policy(ctx context.Context) (*Policy, error) { return n.policy(ctx, "") }

func (n *Notices) policy(ctx context.Context, lock string) (*Policy, error) {
	var p Policy
	ok, err := store.One(n.db.In(ctx).Raw(`SELECT * FROM notice_policy`+lock), &p)
	switch {
	case err != nil:
		return nil, fmt.Errorf("policy of notices: %w", err)
	case !ok:
		return nil, fault.ErrNotFound
	}
	return &p, nil
}

// values are what holds where somebody says nothing, by the name of the field.
func (p *Policy) values() map[string]string {
	all := map[string]string{Minute: clock(p.Minute), Days: p.Days, QuietFrom: clock(p.QuietFrom), QuietTo: clock(p.QuietTo)}
	for name, v := range map[string]bool{MessageMails: p.MessageMails, ScoreMails: p.ScoreMails, MentionMails: p.MentionMails, Summary: p.Summary,
		Exceptions: p.Exceptions, Quiet: p.Quiet} {
		all[name] = written(v)
	}
	return all
}

// locked are the fields of which somebody may say nothing else.
func (p *Policy) locked() map[string]bool {
	return map[string]bool{MessageMails: p.MessageMailsLocked, ScoreMails: p.ScoreMailsLocked, MentionMails: p.MentionMailsLocked,
		Summary: p.SummaryLocked, Exceptions: p.ExceptionsLocked}
}

// Values is the policy as forms and the history write it, with locks and level: each value by the name of its field.
func (p *Policy) Values() map[string]string {
	all := p.values()
	for name, locked := range p.locked() {
		all[name+LockSuffix] = written(locked)
	}
	all[PrivacyField] = string(p.Privacy)
	return all
}

// SetPolicy changes what the practice has, all that is given or nothing; it holds for what is sent from then on. What somebody else has changed meanwhile to
// something else is a conflict (B-16). It needs organization.edit, and returns *fault.Invalid, *fault.Conflict or *fault.Forbidden.
func (n *Notices) SetPolicy(ctx context.Context, actor access.Actor, edits map[string]*staff.Edit) error {
	if err := actor.Must(access.OrganizationEdit); err != nil {
		return err
	}
	return n.db.Tx(ctx, func(ctx context.Context) error {
		p, err := n.policy(ctx, n.db.ForUpdate())
		if err != nil {
			return err
		}
		stored, next := p.Values(), p.Values()
		bad, conflict := &fault.Invalid{}, &fault.Conflict{Current: map[string]string{}}
		set := map[string]any{}
		var changes []audit.Change
		for _, f := range policyFields() {
			e := edits[f.name]
			if e == nil {
				continue
			}
			v, wrong := f.read(e.Value)
			if wrong != "" {
				bad.Add(f.name, wrong)
				continue
			}
			is, now := written(v), stored[f.name]
			switch {
			case is == now || e.Was != nil && is == *e.Was: // as it is, or left as the form showed it
			case e.Was != nil && *e.Was != now:
				conflict.Current[f.name] = now
			default:
				changes, set[f.name], next[f.name] = append(changes, audit.Change{Field: f.name, Before: now, After: is}), v, is
			}
		}
		if next[QuietFrom] == next[QuietTo] {
			bad.Add(QuietTo, "notices.quiet-same")
		}
		if err := bad.Err(); err != nil {
			return err
		}
		if len(conflict.Current) > 0 {
			return conflict
		}
		if len(changes) == 0 {
			return nil
		}
		set["generation"], set["updated_at"] = p.Generation+1, n.db.Now()
		if err := n.db.In(ctx).Table("notice_policy").Where("id = ?", p.ID).Updates(set).Error; err != nil {
			return fmt.Errorf("save policy of notices: %w", err)
		}
		if err := audit.Record(ctx, n.db, actor.Actor, audit.Entry{Action: "organization.edit-notices", Kind: "organization", ID: p.ID, Changes: changes}); err != nil {
			return err
		}
		return n.db.Changed(ctx, "notice-policy")
	})
}

// policyFields are those of a policy: what somebody may choose, the locks, and the level.
func policyFields() []field {
	all := fields()
	for _, s := range Switches() {
		all = append(all, field{s + LockSuffix, truth})
	}
	return append(all, field{PrivacyField, func(text string) (any, string) {
		switch p := Privacy(text); p {
		case PrivacyFull, PrivacySubject, PrivacyCount:
			return text, ""
		}
		return nil, "staff.choose"
	}})
}
