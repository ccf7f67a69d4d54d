package cases_test

import (
	"testing"

	"chancery/app/access"
	"chancery/app/cases"
	"chancery/app/store/storetest"
)

// What a part of the list costs with a hundred thousand cases: go test ./app/cases -run '^$' -bench List -benchtime 50x
func BenchmarkList(b *testing.B) {
	for name, url := range map[string]func(testing.TB) string{"sqlite": storetest.SQLite, "postgres": storetest.Postgres} {
		b.Run(name, func(b *testing.B) {
			f := open(b, url(b))
			owners, departments := f.docket(100_000)
			all := reader("nobody", access.CasesView, access.CasesViewAll, access.MessagesView)
			own := reader(owners[2].ID, access.CasesView, access.MessagesView)
			for _, q := range []struct {
				name  string
				actor access.Actor
				query cases.Query
			}{
				{"first", all, cases.Query{Filter: cases.Filter{Status: cases.Open}, Sort: cases.SortOpened, Descending: true}},
				{"stage", all, cases.Query{Filter: cases.Filter{Status: cases.Open}, Sort: cases.SortStage, Descending: true}},
				{"department", all, cases.Query{Filter: cases.Filter{Status: cases.Open, DepartmentID: departments[1]}, Sort: cases.SortClient}},
				{"number", all, cases.Query{Filter: cases.Filter{Status: cases.Open, Search: "2026-004711"}, Sort: cases.SortOpened, Descending: true}},
				{"words", all, cases.Query{Filter: cases.Filter{Status: cases.Open, Search: "nunez permit jon"}, Sort: cases.SortOpened, Descending: true}},
				{"common-word", all, cases.Query{Filter: cases.Filter{Status: cases.Open, Search: "permit"}, Sort: cases.SortOpened, Descending: true}},
				{"own", own, cases.Query{Filter: cases.Filter{Status: cases.Open}, Sort: cases.SortOpened, Descending: true}},
				{"unread", own, cases.Query{Filter: cases.Filter{Unread: true}, Sort: cases.SortMessage, Descending: true}},
			} {
				q.query.Size = 25
				b.Run(q.name, func(b *testing.B) {
					for b.Loop() {
						if _, err := f.cases.List(b.Context(), q.actor, q.query); err != nil {
							b.Fatal(err)
						}
					}
				})
			}
		})
	}
}
