package cases

import (
	"context"
	"fmt"

	"chancery/app/access"
)

// Cover is somebody who is away, and who is to stand in for them.
type Cover struct{ AwayID, CoverID string }

// Coverage is how many open cases the one who is away works on, as their owner or a member, and how many of these the cover may follow. What happens in the
// others goes to the one who is away (B-5).
type Coverage struct{ All, Sees int }

// Whole tells whether the cover may follow them all.
func (v Coverage) Whole() bool { return v.Sees == v.All }

// Coverages counts, in one statement, how much of the open cases of people each of some others may follow, if they work here: by the rule of who sees a case
// (seen.go), and who reads what clients write, without which hardly anything would come to a cover. Of one who works on no open case there is none.
//
// The rule is written anew for sums, and a test compares it with Seen case by case: to ask SeenBy of each pair of a case and a cover took, for a dialog that offers
// 20 covers of somebody with 5,000 cases, 1,265 ms on SQLite and 538 ms on Postgres; these sums take 213 and 54 ms, however many
// the covers (go test ./app/cases -run '^$' -bench Coverages -benchtime 20x; two cores with much else to do).
//
// These are numbers and name no case. Who may know them: the one who is away; who was asked to stand in and still is to; who plans the absences of others
// (users.edit); and who sees all cases. Others are told none.
func (c *Cases) Coverages(ctx context.Context, actor access.Actor, away, covers []string) (map[Cover]Coverage, error) {
	found := map[Cover]Coverage{}
	if len(away) == 0 || len(covers) == 0 {
		return found, nil
	}
	view, args := access.Holds(access.CasesView)
	read, reads := access.Holds(access.MessagesView)
	every, all := access.Holds(access.CasesViewAll)
	args = append(append(append(args, reads...), all...), covers, away)
	everybodys := actor.Rights.Can(access.UsersEdit) || actor.Rights.Can(access.CasesViewAll)
	var rows []struct {
		AwayID, CoverID string
		Known, Sees     int
	}
	err := c.db.In(ctx).Raw(`WITH cover AS MATERIALIZED (SELECT u.id, `+view+` AND `+read+` AS reads, `+every+` AS everybodys, EXISTS (SELECT 1 FROM roles s WHERE s.id = u.role_id AND s.super) AS super
			FROM users u WHERE u.id IN ? AND u.status = 'ACTIVE'),
		their AS MATERIALIZED (SELECT x.user_id, k.id, k.private FROM associations x JOIN cases k ON k.id = x.case_id AND k.status = 'open' WHERE x.user_id IN ?),
		total AS (SELECT user_id, count(*) AS known, sum(CASE WHEN private THEN 0 ELSE 1 END) AS open FROM their GROUP BY user_id),
		shared AS (SELECT t.user_id, a.user_id AS cover_id, count(*) AS known, sum(CASE WHEN t.private THEN 1 ELSE 0 END) AS private
			FROM their t CROSS JOIN associations a WHERE a.case_id = t.id GROUP BY t.user_id, a.user_id)
		SELECT t.user_id AS away_id, v.id AS cover_id, t.known, CASE WHEN NOT v.reads THEN 0 WHEN v.super THEN t.known
			WHEN v.everybodys THEN t.open + COALESCE(s.private, 0) ELSE COALESCE(s.known, 0) END AS sees
		FROM total t JOIN cover v ON v.id <> t.user_id LEFT JOIN shared s ON s.user_id = t.user_id AND s.cover_id = v.id
		WHERE ? OR t.user_id = ? OR v.id = ? AND EXISTS (SELECT 1 FROM absences b WHERE b.user_id = t.user_id AND b.cover_id = v.id AND b.ended_at IS NULL AND b.ends_at > ?)`,
		append(args, everybodys, actor.ID, actor.ID, c.db.Now())...).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("what covers may see: %w", err)
	}
	for _, r := range rows {
		found[Cover{r.AwayID, r.CoverID}] = Coverage{All: r.Known, Sees: r.Sees}
	}
	return found, nil
}
