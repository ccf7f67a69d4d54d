package store_test

import (
	"testing"

	"chancery/app/staff"
	"chancery/app/store/storetest"
)

// The version before runs on the schema after. Postgres refuses a prepared SELECT * whose columns have changed.
func TestOldReplicasGoOnWhenANewColumnAppears(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		old, newer := storetest.Open(t, url, nil), storetest.Open(t, url, nil)
		read := func() error {
			var u []staff.User
			return old.In(t.Context()).Where("email = ?", "x").Limit(1).Find(&u).Error
		}
		for range 8 {
			if err := read(); err != nil {
				t.Fatal(err)
			}
		}
		if err := newer.In(t.Context()).Exec("ALTER TABLE users ADD COLUMN later text NOT NULL DEFAULT ''").Error; err != nil {
			t.Fatal(err)
		}
		for range 8 {
			if err := read(); err != nil {
				t.Fatal(err)
			}
		}
	})
}
