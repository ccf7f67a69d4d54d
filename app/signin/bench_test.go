package signin_test

import (
	"syscall"
	"testing"
	"time"

	"chancery/app/access"
	"chancery/app/post"
	"chancery/app/signin"
	"chancery/app/staff"
	"chancery/app/store"
	"chancery/app/store/storetest"
)

// Resume is in every request; bare is without what pages count:
//
//	go test ./app/signin -run '^$' -bench Resume -count 5
func BenchmarkResume(b *testing.B) {
	for name, url := range map[string]func(testing.TB) string{"sqlite": storetest.SQLite, "postgres": storetest.Postgres} {
		for how, m := range map[string]signin.Manner{"page": {}, "bare": {Bare: true}} {
			b.Run(name+"/"+how, func(b *testing.B) {
				db := storetest.Open(b, url(b), nil)
				ways, token := signedIn(b, db)
				b.ReportAllocs()
				before := spent()
				for b.Loop() {
					if c, err := ways.ResumeAs(b.Context(), token, here, m); err != nil || c == nil {
						b.Fatal(c, err)
					}
				}
				b.ReportMetric(float64((spent()-before).Microseconds())/float64(b.N), "cpu-µs/op")
			})
		}
	}
}

// spent is this process's CPU time, which a busy machine changes less than the clock's.
func spent() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u) // never fails for oneself
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func signedIn(b *testing.B, db *store.DB) (*signin.Signin, string) {
	b.Helper()
	ctx := b.Context()
	people := staff.New(db, staff.Studio{})
	ways := signin.New(db, people, post.New(db), signin.Options{Key: []byte("k")})
	if err := access.New(db).Seed(ctx); err != nil {
		b.Fatal(err)
	}
	if err := people.SeedOrganization(ctx, staff.Organization{Name: "Marlow Reyes", Language: "en", Zone: "America/Toronto"}); err != nil {
		b.Fatal(err)
	}
	_, err := ways.Bootstrap(ctx, access.System("test"), staff.NewUser{FirstName: "Noor", LastName: "Haddad", Email: noorMail,
		RoleID: access.RoleAdministrator, Language: "fr", Zone: "America/Montreal"}, password, false)
	if err != nil {
		b.Fatal(err)
	}
	o, err := ways.SignIn(ctx, noorMail, password, here)
	if err != nil {
		b.Fatal(err)
	}
	return ways, o.Token
}
