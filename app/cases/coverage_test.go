package cases_test

import (
	"testing"
	"time"

	"chancery/app/access"
	"chancery/app/cases"
	"chancery/app/cases/casestest"
	"chancery/app/staff"
	"chancery/app/store/storetest"
)

// B-5: how much of an absent person's work a cover may follow is what the rule of who sees a case says of that cover, case by case; only whom it concerns is told.
func TestACoverageIsWhatTheCoverMaySee(t *testing.T) {
	casestest.Each(t, func(t *testing.T, f *casestest.Firm) {
		rooms := access.New(f.DB)
		ada, ben, boss, desk := f.Person("Ada", "Byron", "ada", ""), f.Person("Ben", "Ode", "ben", ""), f.Person("Mo", "Diaz", "mo", ""), f.Person("Di", "Park", "di", "")
		none, left, looker, super := f.Person("No", "Body", "no", ""), f.Person("Le", "Ft", "le", ""), f.Person("Look", "Er", "look", "users.view"), f.Person("Su", "Per", "super", "")
		for id, role := range map[string]string{boss.ID: access.RoleManager, desk.ID: access.RoleAccountant, super.ID: access.RoleSuperAdmin, none.ID: access.RoleSupport} {
			_, err := f.DB.Exec(f.Ctx, `UPDATE users SET role_id = $1 WHERE id = $2`, role, id)
			f.Must(err)
		}
		_, err := f.DB.Exec(f.Ctx, `DELETE FROM role_permissions WHERE role_id = $1 AND permission = 'messages.view'`, access.RoleSupport)
		f.Must(err)
		f.Must(f.Staff.SeedStatus(f.Ctx, left.ID, staff.Inactive, nil))
		var files []string
		for i := range 12 {
			owner := ada
			if i%4 == 3 {
				owner = ben // of which she is a member
			}
			k := f.Open(owner)
			files = append(files, k)
			if owner.ID != ada.ID {
				f.Must(f.Cases.AddMember(f.Ctx, casestest.System, k, ada.ID))
			}
			if i%3 == 0 {
				_, err := f.DB.Exec(f.Ctx, `UPDATE cases SET private = $1 WHERE id = $2`, true, k)
				f.Must(err)
			}
			if i%5 == 0 {
				f.Must(f.Cases.AddMember(f.Ctx, casestest.System, k, none.ID))
			}
		}
		f.Open(ben) // none of hers
		_, err = f.DB.Exec(f.Ctx, `UPDATE cases SET status = 'closed', closed_at = $1 WHERE id = $2`, f.DB.Now(), files[11])
		f.Must(err)
		covers := []string{ada.ID, ben.ID, boss.ID, desk.ID, none.ID, super.ID, left.ID, "nobody"}
		got, err := f.Cases.Coverages(f.Ctx, ada, []string{ada.ID}, covers)
		f.Must(err)
		parts := 0
		for _, id := range []string{ben.ID, boss.ID, desk.ID, none.ID, super.ID} {
			rights, err := rooms.Of(f.Ctx, id)
			f.Must(err)
			cover := ada
			cover.ID, cover.Rights = id, rights
			want := cases.Coverage{All: 11}
			for _, k := range files[:11] {
				if rights.Can(access.MessagesView) && f.Cases.MustSee(f.Ctx, cover, k) == nil {
					want.Sees++
				}
			}
			if v := got[cases.Cover{AwayID: ada.ID, CoverID: id}]; v != want || v.Whole() != (id == super.ID) {
				t.Errorf("%s: %+v, not %+v", id, v, want)
			}
			if want.Sees > 0 && want.Sees < want.All {
				parts++
			}
		}
		if len(got) != 5 || parts < 2 {
			t.Errorf("%d, %+v", parts, got)
		}
		for who, asks := range map[string]access.Actor{"a reader of accounts": looker, "who was not asked": ben} {
			if got, err := f.Cases.Coverages(f.Ctx, asks, []string{ada.ID}, covers); err != nil || len(got) != 0 {
				t.Error(who, got, err)
			}
		}
		_, err = f.Staff.PlanAbsence(f.Ctx, ada, ada.ID, staff.AbsencePlan{FirstDay: "2026-12-01", LastDay: "2026-12-05", CoverID: ben.ID})
		f.Must(err)
		if got, err := f.Cases.Coverages(f.Ctx, ben, []string{ada.ID}, covers); err != nil || len(got) != 1 || got[cases.Cover{AwayID: ada.ID, CoverID: ben.ID}].Sees == 0 {
			t.Error("who stands in", got, err)
		}
		f.Clock.Add(20 * 24 * time.Hour)
		if got, err := f.Cases.Coverages(f.Ctx, ben, []string{ada.ID}, covers); err != nil || len(got) != 0 {
			t.Error("who stood in", got, err)
		}
	})
}

// What a dialog waits for that offers two hundred covers for somebody with many cases: go test ./app/cases -run '^$' -bench Coverages -benchtime 20x
func BenchmarkCoverages(b *testing.B) {
	for name, url := range map[string]func(testing.TB) string{"sqlite": storetest.SQLite, "postgres": storetest.Postgres} {
		b.Run(name, func(b *testing.B) {
			f := open(b, url(b))
			owners, _ := f.docket(100_000)
			var ids []string
			for _, o := range owners[:min(len(owners), staff.CoverChoicesMost)] {
				ids = append(ids, o.ID)
			}
			actor := reader(owners[2].ID, access.CasesView)
			for b.Loop() {
				got, err := f.cases.Coverages(b.Context(), actor, ids[2:3], ids)
				if err != nil || len(got) != len(ids)-1 {
					b.Fatal(len(got), err)
				}
				b.ReportMetric(float64(got[cases.Cover{AwayID: ids[2], CoverID: ids[0]}].All), "cases")
			}
			b.ReportMetric(float64(len(ids)), "covers")
		})
	}
}
