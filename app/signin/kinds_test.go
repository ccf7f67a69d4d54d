package signin_test

import (
	"encoding/json"
	"fmt"
	"runtime"
	"testing"

	"chancery/app/access"
	"chancery/app/apptest"
	"chancery/app/staff"
	"chancery/app/store/storetest"
	"chancery/app/work"
)

// Ten thousand rows of an import, as the jobs do them; the figures stand in app/work.
func BenchmarkImport(b *testing.B) {
	const rows = 10_000
	for name, database := range map[string]func(testing.TB) string{"sqlite": storetest.SQLite, "postgres": storetest.Postgres} {
		b.Run(name, func(b *testing.B) {
			app := apptest.Start(b, database(b))
			for b.Loop() {
				q := work.Request{Kind: "import"}
				for i := range rows {
					n := staff.NewUser{FirstName: "Marie", LastName: fmt.Sprintf("Tremblay %d", i), Email: fmt.Sprintf("p%d-%d@firm.example", b.N, i), RoleID: access.RoleParalegal, Language: "fr", Zone: "UTC"}
					input, err := json.Marshal(n)
					if err != nil {
						b.Fatal(err)
					}
					q.Items = append(q.Items, work.Item{Label: n.Email, Input: string(input)})
				}
				id, err := app.Work.Ask(b.Context(), app.Actor("admin"), q)
				if err != nil {
					b.Fatal(err)
				}
				q.Items = nil
				var m runtime.MemStats
				most := uint64(0)
				for more := true; more; {
					if more, err = app.Work.Advance(b.Context(), id); err != nil {
						b.Fatal(err)
					}
					runtime.ReadMemStats(&m)
					most = max(most, m.HeapInuse)
				}
				p, err := app.Work.Get(b.Context(), app.Actor("admin"), id, work.Page{})
				if err != nil || p.Counts != (work.Counts{Done: rows}) {
					b.Fatalf("%+v, %v", p, err)
				}
				b.ReportMetric(float64(most)/(1<<20), "MiB-heap")
			}
		})
	}
}
