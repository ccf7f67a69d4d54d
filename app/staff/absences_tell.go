package staff

import (
	"context"
	"fmt"

	"chancery/app/access"
)

// CoverNews is what becomes of standing in for somebody.
type CoverNews string

// What a cover is told, and (CoverLost) what the one who is away is.
const (
	CoverAsked   CoverNews = "cover-asked"
	CoverChanged CoverNews = "cover-changed" // the days, or the note
	CoverFreed   CoverNews = "cover-freed"   // there is nobody to stand in for, or another does
	CoverLost    CoverNews = "cover-lost"    // the cover does not work here any more
)

// CoverTold is one person who is told what became of a cover.
type CoverTold struct {
	What      CoverNews
	Key       string // of what this is told about, once
	UserID    string // who is told
	AboutID   string // whom it tells of: who is away or, of CoverLost, who was to stand in
	AbsenceID string
}

// AbsenceTeller tells people of absences that concern them. It is called within the transaction.
type AbsenceTeller interface {
	Covers(ctx context.Context, t CoverTold) error
}

// TellsOfAbsences names who tells people. Only who wires the house calls it, before anything is served.
func (s *Staff) TellsOfAbsences(t AbsenceTeller) { s.absenceTeller = t }

func (s *Staff) tellCover(ctx context.Context, actor access.Actor, what CoverNews, a *Absence, coverID string) error {
	if s.absenceTeller == nil || coverID == "" || coverID == actor.ID {
		return nil
	}
	return s.absenceTeller.Covers(ctx, CoverTold{What: what, Key: coverKey(what, a, coverID), UserID: coverID, AboutID: a.UserID, AbsenceID: a.ID})
}

func (s *Staff) tellAway(ctx context.Context, a *Absence, coverID string) error {
	if s.absenceTeller == nil {
		return nil
	}
	return s.absenceTeller.Covers(ctx, CoverTold{What: CoverLost, Key: coverKey(CoverLost, a, a.UserID), UserID: a.UserID, AboutID: coverID, AbsenceID: a.ID})
}

func coverKey(what CoverNews, a *Absence, userID string) string {
	return fmt.Sprintf("%s/%s/%d/%s", what, a.ID, a.Generation, userID)
}

// absencesOf is a person's absences among what they own (Belonging): they end when the person leaves, and those whom the person was to stand in for
// are told that nobody does.
type absencesOf struct{ *Staff }

// AbsenceBelonging is the absences among what a person owns.
func (s *Staff) AbsenceBelonging() Belonging { return absencesOf{s} }

func (absencesOf) Kind() string { return "absences" }

const absencesOpen = ` AND ended_at IS NULL AND ends_at > ?`

func (o absencesOf) Count(ctx context.Context, userID string) (h Holding, err error) {
	err = o.db.In(ctx).Raw(`SELECT count(*) FROM absences WHERE user_id = ?`+absencesOpen, userID, o.db.Now()).Scan(&h.Count).Error
	if err != nil {
		return h, fmt.Errorf("count absences: %w", err)
	}
	return h, nil
}

// HandOver ends them. Whom the person was to stand in for keeps the absence, and is told.
func (o absencesOf) HandOver(ctx context.Context, actor access.Actor, userID string, _ Plan) (handed Handed, err error) {
	now := o.db.Now()
	var all []Absence
	err = o.db.In(ctx).Raw(`SELECT * FROM absences WHERE (user_id = ? OR cover_id = ?)`+absencesOpen+` ORDER BY begins_at, id`, userID, userID, now).Scan(&all).Error
	if err != nil {
		return handed, fmt.Errorf("absences of a leaver: %w", err)
	}
	for i := range all {
		a := &all[i]
		if a.UserID != userID {
			if err := o.tellAway(ctx, a, userID); err != nil {
				return handed, err
			}
			continue
		}
		if _, err := o.db.Exec(ctx, `UPDATE absences SET ended_at = $1, generation = generation + 1 WHERE id = $2`, now, a.ID); err != nil {
			return handed, fmt.Errorf("end absence of a leaver: %w", err)
		}
		a.Generation++
		if err := o.tellCover(ctx, actor, CoverFreed, a, value(a.CoverID)); err != nil {
			return handed, err
		}
		handed.Count++
	}
	return handed, nil
}
