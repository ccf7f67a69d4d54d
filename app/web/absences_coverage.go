package web

import (
	"chancery/app/cases"
	"chancery/app/notices"
	"chancery/app/staff"
	"chancery/views"
)

// How much of the work of one who is away a cover may follow is said wherever covers are chosen and shown (B-5): a cover who may see hardly any of the cases gets
// hardly anything, and neither of the two would know. It is a warning and no refusal: nothing is lost, what the cover may not see goes on to the one who is
// away. Whom these numbers are told, and how they are counted, is cases' (coverage.go there).

// coverageView is that sentence: absences/_sees.
type coverageView struct {
	Text string
	Part bool   // not all: a warning
	Away string // that the cover is away, too; a warning
}

// coverageSaid is the sentence about a cover, or nil where there is nothing to see. The key ends as the reader stands to it: "" is away, "-of" is another, "-duty" is
// the cover.
func coverageSaid(l views.Locale, v cases.Coverage, reader, cover, away string) *coverageView {
	if v.All == 0 {
		return nil
	}
	key := "absence.sees"
	if v.Whole() {
		key = "absence.sees-all"
	}
	return &coverageView{Text: l.T(message(key+reader, "Name", cover, "Away", away, "Sees", v.Sees, "Count", v.All)), Part: !v.Whole()}
}

// sayCoverages adds the sentence to what a page lists of absences that are not over: those of its person, and those in which the reader stands in.
func (w *Web) sayCoverages(r *request, whose whoseAbsences, theirs []*staff.AbsenceRow, duties []staff.AbsenceRow, rows, mine []absenceRow) error {
	var covers, away []string
	for _, a := range theirs {
		if a.Cover != nil {
			covers = append(covers, a.Cover.ID)
		}
	}
	for i := range duties {
		away = append(away, duties[i].UserID)
	}
	seen, err := w.Cases.Coverages(r.ctx, r.actor(), []string{whose.id}, covers)
	if err != nil {
		return err
	}
	duty, err := w.Cases.Coverages(r.ctx, r.actor(), away, []string{r.cur.User.ID})
	if err != nil {
		return err
	}
	l, reader := r.locale(w), "-of"
	if whose.own {
		reader = ""
	}
	for i, a := range theirs {
		if a.Cover != nil {
			rows[i].Sees = coverageSaid(l, seen[cases.Cover{AwayID: a.UserID, CoverID: a.Cover.ID}], reader, a.Cover.Name(), a.Who.Name())
		}
	}
	for i := range duties {
		a := &duties[i]
		mine[i].Sees = coverageSaid(l, duty[cases.Cover{AwayID: a.UserID, CoverID: r.cur.User.ID}], "-duty", "", a.Who.Name())
	}
	return nil
}

// sayCoverageOfChoices says beside each who could stand in how much they may see, where that is not all, so that one can choose, without script, too; and gives the
// sentence about who is chosen.
func (w *Web) sayCoverageOfChoices(r *request, whose whoseAbsences, people []choice, names func(id string) string) (*coverageView, error) {
	var covers []string
	for _, c := range people {
		if c.Value != "" {
			covers = append(covers, c.Value)
		}
	}
	seen, err := w.Cases.Coverages(r.ctx, r.actor(), []string{whose.id}, covers)
	if err != nil || len(seen) == 0 {
		return nil, err
	}
	reader, away := "", ""
	if !whose.own {
		u, err := w.Staff.Get(r.ctx, whose.id)
		if err != nil {
			return nil, err
		}
		reader, away = "-of", u.Name()
	}
	l := r.locale(w)
	var said *coverageView
	for i := range people {
		c := &people[i]
		v := seen[cases.Cover{AwayID: whose.id, CoverID: c.Value}]
		if c.Chosen {
			said = coverageSaid(l, v, reader, names(c.Value), away)
		}
		if !v.Whole() {
			c.Text = l.T(message("absence.choice", "Name", c.Text, "Away", l.T(message("absence.choice-sees", "Sees", v.Sees, "Count", v.All))))
		}
	}
	return said, nil
}

// coveragesOf are how much the reader of notices may see of the cases of those whom they tell that they stand in for; it asks only where one does.
func (w *Web) coveragesOf(r *request, all []notices.Told) (map[cases.Cover]cases.Coverage, error) {
	var away []string
	for i := range all {
		if saysCoverage(&all[i]) {
			away = append(away, *all[i].ActorID)
		}
	}
	return w.Cases.Coverages(r.ctx, r.actor(), away, []string{r.cur.User.ID})
}

func saysCoverage(b *notices.Told) bool {
	return (b.Kind == notices.BulletinCoverAsked || b.Kind == notices.BulletinCoverChanged) && b.ActorID != nil
}
