package pgtest

import (
	"context"
	"testing"
)

func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		c, err := Start(Options{})
		if err != nil {
			b.Fatal(err)
		}
		if err := c.Stop(); err != nil {
			b.Fatal(err)
		}
	}
}

// What one test pays: create its database and drop it, by how Postgres copies the template.
func BenchmarkCreateAndDrop(b *testing.B) {
	admin := server(b)
	for _, strategy := range []string{"WAL_LOG", "FILE_COPY"} {
		b.Run(strategy, func(b *testing.B) {
			for b.Loop() {
				name := "chancery_test_" + randomName()
				for _, statement := range []string{
					"CREATE DATABASE " + name + " TEMPLATE template1 STRATEGY " + strategy,
					"DROP DATABASE " + name + " WITH (FORCE)",
				} {
					if err := admin.exec(context.Background(), statement); err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}
