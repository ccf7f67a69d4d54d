package notices

import (
	"context"

	"chancery/app/staff"
)

// Covers tells a person, behind the bell, whom they stand in for, or that nobody stands in for them any more (staff.AbsenceTeller). The bulletin shows
// whom it tells of, and not who wrote the absence down.
func (n *Notices) Covers(ctx context.Context, t staff.CoverTold) error {
	return n.bulletin(ctx, Bulletin{UserID: t.UserID, Kind: BulletinKind(t.What), SendKey: t.Key, ObjectID: t.AbsenceID, ActorID: &t.AboutID})
}
