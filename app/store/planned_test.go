package store_test

import (
	"context"
	"testing"

	"chancery/app/store"
	"chancery/app/store/storetest"
)

// Planned asks as In does, in a transaction and outside, with values of every kind that queries have; Postgres keeps no
// statement of it, whose plan would become one for all values.
func TestAPlannedQueryAsksAsOthersDo(t *testing.T) {
	clock := storetest.NewClock()
	storetest.Each(t, clock.Now, func(t *testing.T, db *store.DB) {
		ask := func(ctx context.Context) {
			t.Helper()
			type kind string
			var got struct {
				Word string
				N    int64
				Yes  bool
			}
			err := db.Planned(ctx).Raw(`SELECT CAST(? AS text) AS word, CAST(? AS bigint) AS n, 2 IN ? AS yes FROM (SELECT 1 AS like_this) t WHERE 'permit' LIKE ?`, kind("permit"), 7, []int{1, 2}, "%erm%").Scan(&got).Error
			if err != nil || got.Word != "permit" || got.N != 7 || !got.Yes {
				t.Errorf("%+v, %v", got, err)
			}
		}
		for range 7 { // one plan for all would be made at the sixth
			ask(t.Context())
		}
		if err := db.Tx(t.Context(), func(ctx context.Context) error { ask(ctx); return nil }); err != nil {
			t.Error(err)
		}
		if db.Dialect() != store.Postgres {
			return
		}
		var kept int
		if err := db.In(t.Context()).Raw(`SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%like_this%' AND statement NOT LIKE '%pg_prepared%'`).Scan(&kept).Error; err != nil || kept != 0 {
			t.Errorf("%d statements are kept, %v", kept, err)
		}
	})
}
