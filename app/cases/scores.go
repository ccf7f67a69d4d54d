package cases

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"chancery/app/access"
	"chancery/app/audit"
	"chancery/app/fault"
	"chancery/app/store"
)

// Score is how likely a client said they are to recommend the practice (NPS), and why. It is never changed.
type Score struct {
	ID         string
	CaseID     string
	Score      int64 // 0 to 10
	Comment    string
	ExternalID *string // in the system that asked, unique
	AnsweredAt time.Time
	CreatedAt  time.Time
	Again      bool `gorm:"-"` // it was here already when it was handed in
}

// NewScore is an answer that came.
type NewScore struct {
	Score      int64
	Comment    string
	ExternalID string
	AnsweredAt time.Time // zero: now
}

// Standing is what the scores of some cases come to: promoters give 9 or 10, detractors 6 and less.
type Standing struct {
	Answers    int64
	Promoters  int64
	Detractors int64
}

// NPS is the share of promoters less that of detractors, from −100 to 100; 0 without answers.
func (s Standing) NPS() int64 {
	if s.Answers == 0 {
		return 0
	}
	return (s.Promoters - s.Detractors) * 100 / s.Answers
}

// scoreSkewMost is how far ahead of ours the clock of the system that asked may be. What it says was answered then was answered now.
const scoreSkewMost = 5 * time.Minute

// AddScore writes down a client's answer, and tells those who are associated with the case. One whose external id is here already is returned as it is (Again); another answer under it is *fault.Differs. It
// needs cases.edit, and a case that the actor sees. It returns *fault.Invalid on "score", "comment", "external_id" or "answered_at" (before 2000, or more
// than scoreSkewMost ahead).
func (c *Cases) AddScore(ctx context.Context, actor access.Actor, caseID string, n NewScore) (*Score, error) {
	var s *Score
	err := c.held(ctx, actor, access.CasesEdit, caseID, func(ctx context.Context, _ *Case) error {
		bad, now := &fault.Invalid{}, c.db.Now()
		s = &Score{ID: store.NewID(), CaseID: caseID, Score: n.Score, Comment: strings.TrimSpace(n.Comment), ExternalID: external(bad, n.ExternalID), AnsweredAt: n.AnsweredAt, CreatedAt: now}
		if !n.AnsweredAt.IsZero() && (n.AnsweredAt.UTC().Year() < 2000 || n.AnsweredAt.After(now.Add(scoreSkewMost))) {
			bad.Add("answered_at", "cases.no-time")
		}
		if s.AnsweredAt.IsZero() || s.AnsweredAt.After(now) { // of two clocks ours is the one that all answers share
			s.AnsweredAt = now
		}
		s.AnsweredAt = s.AnsweredAt.UTC().Truncate(time.Microsecond)
		s.check(bad)
		if err := bad.Err(); err != nil {
			return err
		}
		if s.ExternalID != nil {
			var known Score
			ok, err := store.Found(c.db.In(ctx).Where("external_id = ?", *s.ExternalID).Take(&known).Error)
			switch {
			case err != nil:
				return fmt.Errorf("score that came before: %w", err)
			case ok && known.CaseID == caseID && (known.Score != s.Score || known.Comment != s.Comment):
				return &fault.Differs{Message: fault.M("cases.score-differs")}
			case ok && known.CaseID == caseID:
				*s, s.Again = known, true
				return nil
			}
		}
		if err := c.db.In(ctx).Create(s).Error; err != nil {
			if store.Violated(err, "scores_external", "scores.external_id") {
				return fault.Field1("external_id", "cases.external-taken")
			}
			return fmt.Errorf("add score: %w", err)
		}
		if c.teller != nil {
			if err := c.teller.Scored(ctx, s, actor); err != nil {
				return err
			}
		}
		return c.done(ctx, actor, "case.add-score", caseID, audit.Change{Field: "score", After: strconv.FormatInt(n.Score, 10)})
	})
	if err != nil {
		return nil, err
	}
	return s, nil
}

func (s *Score) check(bad *fault.Invalid) {
	if s.Score < 0 || s.Score > 10 {
		bad.Add("score", "cases.score-range")
	}
	if utf8.RuneCountInString(s.Comment) > commentMax {
		bad.Add("comment", "cases.text-length", "Max", commentMax)
	}
}

// scoresMost bounds how many scores of a case are shown.
const scoresMost = 100

// Scores are what the client of a case that the actor sees has answered, newest first, and what all answers come to.
func (c *Cases) Scores(ctx context.Context, actor access.Actor, caseID string) (scores []Score, sum Standing, err error) {
	if err := c.MustSee(ctx, actor, caseID); err != nil {
		return nil, sum, err
	}
	if err := c.db.In(ctx).Where("case_id = ?", caseID).Order("answered_at DESC, id DESC").Limit(scoresMost).Find(&scores).Error; err != nil {
		return nil, sum, fmt.Errorf("scores: %w", err)
	}
	err = c.db.Row(ctx, `SELECT count(*), COALESCE(sum(CASE WHEN score >= 9 THEN 1 ELSE 0 END), 0), COALESCE(sum(CASE WHEN score <= 6 THEN 1 ELSE 0 END), 0) FROM scores WHERE case_id = $1`, caseID).
		Scan(&sum.Answers, &sum.Promoters, &sum.Detractors)
	if err != nil {
		return nil, sum, fmt.Errorf("scores: %w", err)
	}
	return scores, sum, nil
}
