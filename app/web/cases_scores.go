package web

import (
	"strconv"

	"github.com/gofiber/fiber/v2"

	"chancery/app/access"
	"chancery/app/cases"
	"chancery/views"
)

// casesScoresIndexView is what a client has answered to how likely they are to recommend the practice (S3-25).
type casesScoresIndexView struct {
	views.Page
	Head    caseHead
	NPS     string // "" without answers
	Answers string
	Scores  []scoreLine
	New     string // "" for who may not
}

// scoreLine is one answer.
type scoreLine struct {
	Score   string
	Kind    string // for the mark beside it
	KindIs  string // in words
	Comment string
	At      views.Time
}

func (w *Web) casesScoresIndex(r *request) error {
	head, s, err := w.caseHeadOf(r, r.Params("id"), "scores")
	if err != nil {
		return err
	}
	scores, sum, err := w.Cases.Scores(r.ctx, r.actor(), s.ID)
	if err != nil {
		return err
	}
	l := r.locale(w)
	v := casesScoresIndexView{Page: w.page(r, "scores.tab", "cases"), Head: head}
	v.Title, v.Notice = s.Number+" · "+v.Title, w.said(r, "scores.done.", "added")
	if r.cur.Rights.Can(access.CasesEdit) {
		v.New = head.URL + "/scores/new"
	}
	if sum.Answers > 0 {
		v.NPS, v.Answers = l.Number(int(sum.NPS())), l.T(message("scores.answers", "Count", int(sum.Answers)))
	}
	for i := range scores {
		line := scoreLine{Score: l.Number(int(scores[i].Score)), Comment: scores[i].Comment, At: l.Time(scores[i].AnsweredAt)}
		switch n := scores[i].Score; {
		case n >= 9:
			line.Kind, line.KindIs = "ok", l.T(message("scores.promoter"))
		case n <= 6:
			line.Kind, line.KindIs = "failed", l.T(message("scores.detractor"))
		default:
			line.Kind, line.KindIs = "inactive", l.T(message("scores.passive"))
		}
		v.Scores = append(v.Scores, line)
	}
	return w.render(r, fiber.StatusOK, "cases/scores/index", v)
}

// casesScoresNew is the form of an answer that came by another way, such as by telephone.
func (w *Web) casesScoresNew(r *request) error {
	return w.casesScoreForm(r, form{}, problems{status: fiber.StatusOK})
}

func (w *Web) casesScoresCreate(r *request) error {
	f, err := r.parse()
	if err != nil {
		return err
	}
	n, err := strconv.ParseInt(f.get("score"), 10, 64)
	if err != nil {
		n = -1 // no score, which AddScore refuses
	}
	if _, err := w.Cases.AddScore(r.ctx, r.actor(), r.Params("id"), cases.NewScore{Score: n, Comment: f.get("comment")}); err != nil {
		p, ok := w.problems(r, err)
		if !ok {
			return err
		}
		return w.casesScoreForm(r, f, p)
	}
	return r.goTo(casesAt + "/" + r.Params("id") + "/scores?notice=added")
}

func (w *Web) casesScoreForm(r *request, f form, p problems) error {
	v, _, err := w.caseForm(r, "scores.new-title", "scores", p)
	if err != nil {
		return err
	}
	l := r.locale(w)
	v.Action, v.Text, v.Button = v.Case.URL+"/scores", l.T(message("scores.new-text")), l.T(message("scores.add"))
	score, comment := p.formField(l, f, "score", "scores.score", "", true), p.formField(l, f, "comment", "scores.comment", "", false)
	score.Options = []choice{{"", l.T(message("scores.choose")), score.Value == ""}}
	for n := range 11 {
		text := strconv.Itoa(n)
		score.Options = append(score.Options, choice{text, text, text == score.Value})
	}
	comment.Rows, comment.Max = 3, 2000
	comment.DescribedBy += " comment-hint"
	v.Fields = []fieldView{score, comment}
	return w.renderCaseForm(r, p.status, "cases/scores/new", v)
}
