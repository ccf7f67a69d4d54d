package apptest_test

import (
	"testing"
	"time"

	"chancery/app/apptest"
)

// The tests' day is fixed; they must pass on any other.
func TestSessionsLastByTheAppsClock(t *testing.T) {
	for _, off := range []time.Duration{-60 * 24 * time.Hour, 60 * 24 * time.Hour} {
		app := apptest.One(t)
		app.Clock.Add(off)
		jon := app.SignIn("consultant")
		jon.Visit("/me").Expect(200).At("/me").Submit(".drawer-panel form").At("/sign-in")
		jon.Visit("/me").At("/sign-in")
	}
}
