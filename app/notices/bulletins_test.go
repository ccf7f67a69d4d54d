package notices_test

import (
	"fmt"
	"testing"
	"time"

	"chancery/app/access"
	"chancery/app/notices"
	"chancery/app/post"
	"chancery/app/staff"
	"chancery/app/store"
	"chancery/app/store/storetest"
)

// D-4: what was read long ago goes, and what nobody will read any more; in small steps, and nothing that somebody may still look for.
func TestBulletinsThatHaveLostTheirMeaningGo(t *testing.T) {
	each(t, func(t *testing.T, clock *storetest.Clock, db *store.DB, n *notices.Notices) {
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		must(access.New(db).Seed(t.Context()))
		people := staff.New(db, staff.Studio{})
		must(people.SeedOrganization(t.Context(), staff.Organization{Name: "Marlow Reyes", Language: "en", Zone: "UTC"}))
		u, err := people.Create(t.Context(), access.System("test"), staff.NewUser{FirstName: "Zoe", LastName: "Tan", Email: "zoe@firm.example", RoleID: access.RoleConsultant, Language: "en", Zone: "UTC"})
		must(err)
		const day = 24 * time.Hour
		unread := time.Duration(-1)
		for i, b := range []struct {
			told, read time.Duration // ago
			goes       bool
		}{
			{90 * day, 90 * day, true}, {300 * day, 91 * day, true}, {400 * day, unread, true}, {365 * day, unread, true}, {400 * day, time.Hour, true},
			{90 * day, 90*day - time.Second, false}, {365*day - time.Second, unread, false}, {300 * day, time.Hour, false}, {0, 0, false}, {0, unread, false},
		} {
			var read *time.Time
			if b.read != unread {
				at := clock.Now().Add(-b.read)
				read = &at
			}
			must(db.In(t.Context()).Exec(`INSERT INTO bulletins (id, user_id, kind, send_key, created_at, read_at) VALUES (?, ?, 'cases', ?, ?, ?)`,
				fmt.Sprint(b.goes, i), u.ID, fmt.Sprint(i), clock.Now().Add(-b.told), read).Error)
		}
		for _, want := range []int64{5, 0} {
			if deleted, err := n.CleanUp(t.Context(), 2); err != nil || deleted != want {
				t.Error(deleted, err)
			}
		}
		var left []string
		must(db.In(t.Context()).Raw(`SELECT id FROM bulletins WHERE id LIKE 'false%'`).Scan(&left).Error)
		if len(left) != 5 {
			t.Error(left)
		}
	})
}

func each(t *testing.T, fn func(t *testing.T, clock *storetest.Clock, db *store.DB, n *notices.Notices)) {
	t.Helper()
	clock := storetest.NewClock()
	storetest.Each(t, clock.Now, func(t *testing.T, db *store.DB) {
		fn(t, clock, db, notices.New(db, post.New(db), staff.New(db, staff.Studio{}), notices.Options{}))
	})
}
