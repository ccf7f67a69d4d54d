package staff_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"chancery/app/cases/casestest"
	"chancery/app/store"
)

// B-5: over random absences, whoever stands in is here, the two ways of asking say the same, and whom nobody stands in for has asked nobody, or a
// circle, or one who has left.
func TestWhoStandsInIsHere(t *testing.T) {
	casestest.Each(t, func(t *testing.T, f *casestest.Firm) {
		chance := rand.New(rand.NewPCG(6, 5))
		var people []string
		for i := range 12 {
			people = append(people, f.Person("Some", fmt.Sprintf("Person%d", i), fmt.Sprintf("p%d", i), "").ID)
		}
		left := people[0]
		exec := func(q string, args ...any) { _, err := f.DB.Exec(f.Ctx, q, args...); f.Must(err) }
		exec(`UPDATE users SET status = 'INACTIVE' WHERE id = $1`, left)
		at := f.Clock.Now()
		seen := map[string]int{}
		for range 40 {
			exec(`DELETE FROM absences`)
			cover := map[string]string{}
			for _, id := range people[1:] {
				if chance.IntN(2) == 0 {
					continue
				}
				to := people[chance.IntN(len(people))]
				if to == id || chance.IntN(5) == 0 {
					to = ""
				}
				cover[id] = to
				begins, ends := at.Add(-time.Hour), at.Add(time.Hour)
				var ended, asked any
				if to != "" {
					asked = to
				}
				switch chance.IntN(6) { // over by a moment, or not begun, or back early
				case 0:
					ends = at
				case 1:
					begins = at.Add(time.Microsecond)
				case 2:
					ended = at
				}
				if ends.Equal(at) || begins.After(at) || ended != nil {
					delete(cover, id)
				}
				exec(`INSERT INTO absences (id, user_id, cover_id, first_day, last_day, begins_at, ends_at, created_by, created_at, ended_at)
					VALUES ($1, $2, $3, '2026-11-21', '2026-11-21', $4, $5, $2, $4, $6)`, store.NewID(), id, asked, begins, ends, ended)
			}
			away, err := f.Staff.Away(f.Ctx, people, at)
			f.Must(err)
			covering, err := f.Staff.Covering(f.Ctx, people, at)
			f.Must(err)
			if len(away) != len(cover) {
				t.Fatalf("%d are away, not %d", len(away), len(cover))
			}
			covered := map[string]string{}
			for id, all := range covering {
				for _, a := range all {
					covered[a.UserID] = id
				}
			}
			for id, to := range cover {
				in := ""
				if a := away[id]; a.StandInID != nil {
					in = *a.StandInID
				}
				_, gone := cover[in]
				switch {
				case in == id || gone || in == left:
					t.Errorf("%s stands in for %s, and is not here", in, id)
				case in != covered[id]:
					t.Errorf("%q stands in for %s, and %q says so of themselves", in, id, covered[id])
				case in == "" && to != "" && to != left:
					if _, too := cover[to]; !too {
						t.Errorf("nobody stands in for %s, though %s is here", id, to)
					}
				}
				one, err := f.Staff.Away(f.Ctx, []string{id}, at)
				f.Must(err)
				if a := one[id]; (a.StandInID == nil) != (in == "") || in != "" && *a.StandInID != in {
					t.Errorf("asked about %s alone, another stands in", id)
				}
				if in != "" {
					seen["in"]++
					if in != to {
						seen["in for another"]++
					}
					alone, err := f.Staff.Covering(f.Ctx, []string{in}, at)
					f.Must(err)
					if len(alone) != 1 || len(alone[in]) != len(covering[in]) {
						t.Errorf("asked about %s alone, they cover %d, not %d", in, len(alone[in]), len(covering[in]))
					}
				} else {
					seen["nobody"]++
				}
			}
		}
		if seen["in"] < 20 || seen["in for another"] < 5 || seen["nobody"] < 20 {
			t.Errorf("chance made too little of each: %v", seen)
		}
	})
}
