package demo

import (
	"context"
	"fmt"
	"time"

	"chancery/app/staff"
	"chancery/app/zone"
)

// away is who is away, from so many days from now, for so long, and who stands in.
type away struct {
	who, cover string
	from, days int
	note       string
}

// absences are one that runs, whose cover, who sees every case, is away within it, and those to come.
func absences() []away {
	return []away{
		{"etienne.lefebvre", "aurelie.gagnon", 0, 12, "Noces de ma sœur. L’audience de M. Diallo est déjà remise."},
		{"aurelie.gagnon", "samuel.whitford", 8, 3, "Congrès à Vancouver; joignable le soir."},
		{"consultant", "samuel.whitford", 20, 5, ""},
		{"paralegal", "consultant", 30, 10, ""},
	}
}

// leaveForAWhile has some of the people be away now or soon, with somebody who stands in (B-5).
func (r *Rooms) leaveForAWhile(ctx context.Context, people []colleague) error {
	for _, a := range absences() {
		who, cover := (&past{people: people}).called(a.who), (&past{people: people}).called(a.cover)
		u, err := r.Staff.Get(ctx, who.id)
		if err != nil {
			return err
		}
		place, err := zone.Load(u.Zone)
		if err != nil {
			return err
		}
		today := r.DB.Now().In(place)
		day := func(from int) string { return today.AddDate(0, 0, from).Format(time.DateOnly) }
		actor := system()
		actor.ID, actor.Name = who.id, u.Name()
		plan := staff.AbsencePlan{FirstDay: day(a.from), LastDay: day(a.from + a.days - 1), CoverID: cover.id, Note: a.note}
		if _, err := r.Staff.PlanAbsence(ctx, actor, who.id, plan); err != nil {
			return fmt.Errorf("absence of %s: %w", a.who, err)
		}
	}
	return nil
}
