package notices_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"chancery/app/access"
	"chancery/app/notices"
	"chancery/app/staff"
	"chancery/app/store"
)

// B-5: a cover is told behind the bell whom they stand in for, and whoever loses a cover is told that.
func TestACoverIsToldBehindTheBell(t *testing.T) {
	eachFirm(t, func(t *testing.T, f *firm) {
		f.Staff.TellsOfAbsences(f.notices)
		ana, ben := f.Person("Ana", "Ruiz", "ana", ""), f.Person("Ben", "Ode", "ben", "")
		told := func(p access.Actor) string {
			t.Helper()
			all, _, err := f.notices.Bulletins(f.Ctx, p, "", 10)
			f.Must(err)
			var says []string
			for _, b := range all {
				says = append(says, fmt.Sprintf("%s %s", b.Kind, b.FirstName))
			}
			return strings.Join(says, ", ")
		}
		a, err := f.Staff.PlanAbsence(f.Ctx, ana, ana.ID, staff.AbsencePlan{FirstDay: "2026-12-01", LastDay: "2026-12-05", CoverID: ben.ID})
		f.Must(err)
		f.Clock.Add(time.Second)
		a, err = f.Staff.ChangeAbsence(f.Ctx, ana, a.ID, a.Generation, staff.AbsencePlan{FirstDay: "2026-12-01", LastDay: "2026-12-06", CoverID: ben.ID})
		f.Must(err)
		f.Clock.Add(time.Second)
		f.Must(f.Staff.EndAbsence(f.Ctx, ana, a.ID))
		if got := told(ben); got != "cover-freed Ana, cover-changed Ana, cover-asked Ana" {
			t.Error(got)
		}
		if got := told(ana); got != "" {
			t.Error("who did it is told", got)
		}
	})
}

// B-5: over random absences, planned, changed and ended by the verbs while the days go by, with chains of covers, members who come and go, private
// cases and people who leave, no message of a client reaches nobody; and where anybody who is here may read it by being on the case or by standing in,
// one of those is told.
func TestNoMessageInAnAbsenceReachesNobody(t *testing.T) {
	eachFirm(t, func(t *testing.T, f *firm) {
		chance := rand.New(rand.NewPCG(5, 26))
		f.Staff.TellsOfAbsences(f.notices)
		f.Staff.Owns(f.Cases, f.Staff.AbsenceBelonging())
		var people []access.Actor
		for i := range 7 {
			people = append(people, f.wanting("Person"+string(rune('A'+i)), ""))
		}
		_, err := f.DB.Exec(f.Ctx, `UPDATE users SET role_id = $1 WHERE id IN ($2, $3, $4, $5)`, access.RoleManager, people[1].ID, people[3].ID, people[4].ID, people[6].ID) // who see cases that are not theirs
		f.Must(err)
		one := func() access.Actor { return people[chance.IntN(len(people))] }
		var files []string
		for range 5 {
			files = append(files, f.Open(one()))
		}
		seen := map[string]int{}
		for range 400 {
			switch chance.IntN(12) {
			case 0, 1, 8, 9, 10:
				from := chance.IntN(3)
				first := f.Clock.Now().AddDate(0, 0, from)
				plan := staff.AbsencePlan{FirstDay: first.Format(time.DateOnly), LastDay: first.AddDate(0, 0, chance.IntN(4)).Format(time.DateOnly)}
				if chance.IntN(6) > 0 {
					plan.CoverID = one().ID
				}
				who := one()
				if _, err := f.Staff.PlanAbsence(f.Ctx, who, who.ID, plan); err == nil {
					seen["planned"]++
				}
			case 2:
				var id string
				ok, err := store.One(f.DB.In(f.Ctx).Raw(`SELECT id FROM absences WHERE ended_at IS NULL ORDER BY id DESC LIMIT 1 OFFSET ?`, chance.IntN(4)), &id)
				f.Must(err)
				if ok && f.Staff.EndAbsence(f.Ctx, system(), id) == nil {
					seen["ended"]++
				}
			case 3, 11:
				f.Clock.Add(time.Duration(chance.IntN(30)) * time.Hour)
			case 4:
				file, who := files[chance.IntN(len(files))], one()
				if chance.IntN(3) == 0 {
					_ = f.Cases.AddMember(f.Ctx, system(), file, who.ID)
				} else {
					f.Must(f.Cases.RemoveMember(f.Ctx, system(), file, who.ID))
				}
			case 5:
				f.Must(f.Cases.Give(f.Ctx, system(), files[chance.IntN(len(files))], one().ID))
			case 6:
				_, err := f.DB.Exec(f.Ctx, `UPDATE cases SET private = $1 WHERE id = $2`, chance.IntN(4) == 0, files[chance.IntN(len(files))])
				f.Must(err)
			case 7:
				if len(people) > 5 && chance.IntN(20) == 0 {
					gone := people[0]
					if _, err := f.Staff.Deactivate(f.Ctx, system(), gone.ID, staff.Plan{Way: staff.ToOne, Successor: people[1].ID}); err == nil {
						people = people[1:]
						seen["left"]++
					}
				}
			}
			f.Clock.Add(time.Minute)
			f.reached(files[chance.IntN(len(files))], seen)
		}
		for what, least := range map[string]int{"planned": 20, "ended": 5, "somebody here": 100, "only who is away": 5, "a stand-in alone": 5} {
			if seen[what] < least {
				t.Errorf("chance made too little of %q: %v", what, seen)
			}
		}
	})
}

// reached has a client write, and looks at whom that reached.
func (f *firm) reached(file string, seen map[string]int) {
	f.T.Helper()
	before := f.bells(file)
	m := f.writes(file, "Where is my file?")
	now := f.Clock.Now()
	var told, on []string
	f.Must(f.DB.In(f.Ctx).Raw(`SELECT user_id FROM mail_items WHERE kind = 'message' AND object_id = ?`, m.ID).Scan(&told).Error)
	for id, n := range f.bells(file) {
		if n > before[id] {
			told = append(told, id)
		}
	}
	f.Must(f.DB.In(f.Ctx).Raw(`SELECT user_id FROM associations a JOIN users u ON u.id = a.user_id WHERE case_id = ? AND u.status = 'ACTIVE'`, file).Scan(&on).Error)
	cover := map[string]string{} // the test's own look at who is away
	var rows []staff.Absence
	f.Must(f.DB.In(f.Ctx).Raw(`SELECT * FROM absences`).Scan(&rows).Error)
	for _, a := range rows {
		if !a.BeginsAt.After(now) && a.EndsAt.After(now) && (a.EndedAt == nil || a.EndedAt.After(now)) {
			cover[a.UserID] = ""
			if a.CoverID != nil {
				cover[a.UserID] = *a.CoverID
			}
		}
	}
	here := func(id string) bool { _, away := cover[id]; return !away }
	could, own := false, false
	for _, id := range on {
		own = own || here(id)
		could = could || here(id)
		for to, steps := cover[id], 0; to != "" && steps < 10; to, steps = cover[to], steps+1 {
			if here(to) {
				could = could || f.mayRead(to, file)
				break
			}
		}
	}
	reached := false
	for _, id := range told {
		reached = reached || here(id)
	}
	switch {
	case len(told) == 0:
		f.T.Fatalf("nobody is told of a message, and %v are on the case", on)
	case could && !reached:
		f.T.Fatalf("somebody who is here could be told, and only %v are", told)
	case own:
		seen["somebody here"]++
	case could:
		seen["a stand-in alone"]++
	default:
		seen["only who is away"]++
	}
}

// bells are how many covered messages of a case stand behind whose bell.
func (f *firm) bells(file string) map[string]int64 {
	f.T.Helper()
	var rows []notices.Bulletin
	f.Must(f.DB.In(f.Ctx).Raw(`SELECT * FROM bulletins WHERE kind = ? AND case_id = ?`, notices.BulletinCovered, file).Scan(&rows).Error)
	n := map[string]int64{}
	for _, b := range rows {
		n[b.UserID] += b.Count
	}
	return n
}

func (f *firm) mayRead(userID, file string) bool {
	f.T.Helper()
	book, err := access.New(f.DB).Book(f.Ctx)
	f.Must(err)
	u, err := f.Staff.Get(f.Ctx, userID)
	f.Must(err)
	if u.Status != staff.Active {
		return false
	}
	reader := access.Actor{Rights: book.Rights(u.RoleID, nil)}
	reader.ID = userID
	return reader.Rights.Can(access.MessagesView) && f.Cases.MustSee(f.Ctx, reader, file) == nil
}
