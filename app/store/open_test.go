package store_test

import (
	"testing"

	"chancery/app/store/storetest"
)

// Without it a small practice's daily summaries took half a second a statement on Postgres, most of it compiling.
func TestAConnectionIsSettledUnlessSomebodySaidOtherwise(t *testing.T) {
	url := storetest.Postgres(t)
	of := func(url, name string) (value string) {
		t.Helper()
		if err := storetest.Open(t, url, nil).In(t.Context()).Raw(`SELECT current_setting(?)`, name).Scan(&value).Error; err != nil {
			t.Fatal(err)
		}
		return value
	}
	for name, want := range map[string]string{"jit": "off", "random_page_cost": "1.1"} {
		if got := of(url, name); got != want {
			t.Errorf("%s is %s", name, got)
		}
	}
	if got := of(url+"&jit=on&random_page_cost=4", "jit"); got != "on" {
		t.Errorf("a URL that says jit=on: %s", got)
	}
	db := storetest.Open(t, url, nil)
	if err := db.In(t.Context()).Exec(`DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET random_page_cost = 4', current_database()); END $$`).Error; err != nil {
		t.Fatal(err)
	}
	if got := of(url, "random_page_cost"); got != "4" {
		t.Errorf("a database that says it costs 4: %s", got)
	}
}
