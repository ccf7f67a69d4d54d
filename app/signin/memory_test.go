package signin_test

import (
	"errors"
	"os"
	"regexp"
	"runtime"
	"strconv"
	"testing"

	"chancery/app/access"
	"chancery/app/fault"
	"chancery/app/post"
	"chancery/app/signin"
	"chancery/app/staff"
	"chancery/app/store/storetest"
)

// Two hundred people sign in at the same moment, with the real hash: the most memory that the process ever held, as
// the system counts it. The package comment has the figure.
//
//	go test ./app/signin -run '^$' -bench TwoHundred -benchtime 1x
func BenchmarkTwoHundredSignInsAtOnce(b *testing.B) {
	db := storetest.Open(b, storetest.SQLite(b), nil)
	people := staff.New(db, staff.Studio{})
	ways := signin.New(db, people, post.New(db), signin.Options{Key: []byte("k")})
	ctx := b.Context()
	if err := access.New(db).Seed(ctx); err != nil {
		b.Fatal(err)
	}
	if err := people.SeedOrganization(ctx, staff.Organization{Name: "Marlow Reyes", Language: "en", Zone: "UTC"}); err != nil {
		b.Fatal(err)
	}
	_, err := ways.Bootstrap(ctx, access.System("bench"), staff.NewUser{FirstName: "Noor", LastName: "Haddad", Email: noorMail,
		RoleID: access.RoleConsultant, Language: "en", Zone: "UTC"}, password, false)
	if err != nil {
		b.Fatal(err)
	}
	before, busy := peak(b), 0
	b.ResetTimer()
	for b.Loop() {
		busy += twoHundred(b, ways)
	}
	b.ReportMetric(float64(busy), "told-to-come-back")
	b.ReportMetric(before, "MiB-before")
	b.ReportMetric(peak(b), "MiB-peak")
	b.ReportMetric(float64(runtime.GOMAXPROCS(0)), "cores")
}

// twoHundred returns how many were told to come back: on a slow or busy machine that is the other way to bound it.
func twoHundred(b *testing.B, ways *signin.Signin) (busy int) {
	errs := make(chan error, 200)
	for range cap(errs) {
		go func() {
			_, err := ways.SignIn(b.Context(), noorMail, password, here)
			errs <- err
		}()
	}
	for range cap(errs) {
		err := <-errs
		var many *fault.Unavailable
		if errors.As(err, &many) {
			busy++
		} else if err != nil {
			b.Error(err)
		}
	}
	return busy
}

var highWater = regexp.MustCompile(`VmHWM:\s+(\d+) kB`)

func peak(b *testing.B) float64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		b.Skip("the system does not say how much memory a process holds: ", err)
	}
	kib, _ := strconv.ParseFloat(string(highWater.FindSubmatch(status)[1]), 64)
	return kib / 1024
}
