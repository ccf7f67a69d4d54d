package store_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"chancery/app/store"
	"chancery/app/store/storetest"
)

// Sixteen writers, each in transactions of its own, through GORM: what the choice of the SQLite driver rests on (the
// package comment has the figures, and those of the two other drivers under the same load).
func BenchmarkSixteenWriters(b *testing.B) {
	for name, url := range map[string]func(testing.TB) string{"sqlite": storetest.SQLite, "postgres": storetest.Postgres} {
		b.Run(name, func(b *testing.B) { sixteenWriters(b, storetest.Open(b, url(b), nil)) })
	}
}

func sixteenWriters(b *testing.B, db *store.DB) {
	const writers = 16
	ctx := b.Context()
	for i := range writers {
		if err := insert(ctx, db, fmt.Sprint(i), db.Now()); err != nil {
			b.Fatal(err)
		}
	}
	took := make([][]time.Duration, writers)
	var wg sync.WaitGroup
	b.ResetTimer()
	for i := range writers {
		wg.Go(func() {
			for range b.N/writers + 1 {
				began := time.Now()
				err := db.Tx(ctx, func(ctx context.Context) error {
					return db.In(ctx).Exec("UPDATE leases SET term = term + 1 WHERE name = ?", fmt.Sprint(i)).Error
				})
				if err != nil {
					b.Error(err)
					return
				}
				took[i] = append(took[i], time.Since(began))
			}
		})
	}
	wg.Wait()
	b.StopTimer()
	all := slices.Sorted(slices.Values(slices.Concat(took...)))
	b.ReportMetric(float64(len(all))/b.Elapsed().Seconds(), "updates/s")
	b.ReportMetric(float64(all[len(all)-1].Milliseconds()), "max-ms")
	b.ReportMetric(float64(all[len(all)*99/100].Microseconds())/1000, "p99-ms")
}
