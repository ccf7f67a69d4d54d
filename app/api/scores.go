package api

import (
	"context"
	"net/http"
	"time"

	"chancery/app/access"
	"chancery/app/cases"
)

// Score is how likely a client said they are to recommend the practice (NPS), and why.
type Score struct {
	ID         string    `json:"id"`
	CaseID     string    `json:"case_id"`
	Score      int64     `json:"score" minimum:"0" maximum:"10"`
	Comment    string    `json:"comment"`
	ExternalID *string   `json:"external_id"`
	AnsweredAt time.Time `json:"answered_at"`

	came bool
}

// again tells that it was here already.
func (s Score) again() bool { return s.came }

func (s Score) address() string { return "/cases/" + s.CaseID + "/scores" }

func scoreOf(s *cases.Score) Score {
	return Score{ID: s.ID, CaseID: s.CaseID, Score: s.Score, Comment: s.Comment, ExternalID: s.ExternalID, AnsweredAt: s.AnsweredAt, came: s.Again}
}

// Scores are a case's, with what they come to.
type Scores struct {
	Items   []Score `json:"items" nullable:"false"`
	NPS     *int64  `json:"nps" minimum:"-100" maximum:"100" doc:"Promoters less detractors, in per cent of the answers; null without any."`
	Answers int64   `json:"answers"`
}

// ScoreDraft is an answer that came.
type ScoreDraft struct {
	Score      int64      `json:"score" minimum:"0" maximum:"10"`
	Comment    string     `json:"comment,omitempty" maxLength:"2000"`
	ExternalID string     `json:"external_id,omitempty" maxLength:"200" doc:"What the system that asked calls it; unique. One that is here already is answered as it is, with Idempotent-Replayed; with another score or comment it is 409."`
	AnsweredAt *time.Time `json:"answered_at,omitempty" doc:"Now by default. From the year 2000 on and not in the future; five minutes ahead count as now."`
}

func (a *API) scores() {
	on(a, operation{method: http.MethodGet, path: "/cases/{id}/scores", id: "list-scores", tag: "NPS", summary: "List the NPS answers of a case, newest first", scope: access.CasesView},
		func(ctx context.Context, who access.Actor, in *ByID) (*one[Scores], error) {
			rows, sum, err := a.Cases.Scores(ctx, who, in.ID)
			if err != nil {
				return nil, err
			}
			out := &one[Scores]{Body: Scores{Items: make([]Score, len(rows)), Answers: sum.Answers}}
			for i := range rows {
				out.Body.Items[i] = scoreOf(&rows[i])
			}
			if sum.Answers > 0 {
				nps := sum.NPS()
				out.Body.NPS = &nps
			}
			return out, nil
		})
	type creation struct {
		ByID
		Keyed
		Body ScoreDraft
	}
	on(a, operation{method: http.MethodPost, path: "/cases/{id}/scores", id: "create-score", tag: "NPS", summary: "Hand in an NPS answer", scope: access.CasesEdit, also: []access.Permission{access.CasesView}, status: http.StatusCreated, differs: true},
		func(ctx context.Context, who access.Actor, in *creation) (*made[Score], error) {
			return create(ctx, a, in.Keyed, func(ctx context.Context) (Score, string, error) {
				n := cases.NewScore{Score: in.Body.Score, Comment: in.Body.Comment, ExternalID: in.Body.ExternalID, AnsweredAt: given(in.Body.AnsweredAt)}
				s, err := a.Cases.AddScore(ctx, who, in.ID, n)
				if err != nil {
					return Score{}, "", err
				}
				return scoreOf(s), "", nil
			})
		})
}
