package web_test

import (
	"fmt"
	"net/url"
	"slices"
	"testing"
	"time"

	"chancery/app/apptest"
)

// ASVS 6.3.8: who works here cannot be learned by a clock either: from the outside, over the wire, the door, the forgotten password and
// the PIN take as long for somebody as for nobody. That the same statements and hashes run is shown structurally where they do
// (app/signin: TestUnknownAndKnownAreAnsweredAlike, TestWhoHasNoAccountIsAnsweredAlike, TestANumberThatNobodyHasTakesTheSameWork);
// this is for what those do not see.
func TestTheClockDoesNotTellWhoWorksHere(t *testing.T) {
	staff := []string{apptest.Email("super"), apptest.Email("admin"), apptest.Email("consultant"), apptest.Email("other"), apptest.Email("paralegal")}
	ways := map[string]func(t *testing.T, app *apptest.App, send func(path string, form url.Values) time.Duration, i int, known bool) time.Duration{
		"sign-in": func(_ *testing.T, _ *apptest.App, send func(string, url.Values) time.Duration, i int, known bool) time.Duration {
			email := fmt.Sprintf("person%d@firm.example", i)
			if known {
				email = staff[i%len(staff)]
			}
			return send("/sign-in", url.Values{"email": {email}, "password": {"Wrong-Password-1!"}})
		},
		"forgotten password": func(_ *testing.T, app *apptest.App, send func(string, url.Values) time.Duration, i int, known bool) time.Duration {
			app.Clock.Add(10 * time.Minute) // three links an hour to one person
			email := fmt.Sprintf("person%d@firm.example", i)
			if known {
				email = staff[i%len(staff)]
			}
			return send("/forgot", url.Values{"email": {email}})
		},
		"PIN": func(_ *testing.T, app *apptest.App, send func(string, url.Values) time.Duration, i int, known bool) time.Duration {
			app.Clock.Add(3 * time.Hour) // ten a day for one number
			number := fmt.Sprintf("+1416555%04d", 150+i%49)
			if known {
				number = apptest.Cell
			}
			return send("/sign-in/phone", url.Values{"cell": {number}})
		},
	}
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		app.Phone("consultant")
		for name, way := range ways {
			res := bare(t, "GET", app.URL+"/sign-in", "", nil)
			headers := map[string]string{"Cookie": "chancery-visitor=" + res.cookies[0].Value, "X-CSRF-Token": between(res.body, `name="_csrf" value="`, `"`)}
			statuses := map[int]bool{}
			send := func(path string, form url.Values) time.Duration {
				began := time.Now()
				statuses[bare(t, "POST", app.URL+path, form.Encode(), headers).status] = true
				return time.Since(began)
			}
			var known, unknown []time.Duration
			ratio := 0.0
			// A sequential test: what looks different is looked at longer. Were it different, it would stay so; a noisy neighbour does not.
			for n := 0; n < 48; n += 8 {
				for i := n; i < n+8; i++ {
					if i%2 == 0 {
						known = append(known, way(t, app, send, i, true))
					}
					unknown = append(unknown, way(t, app, send, i, false))
					if i%2 == 1 {
						known = append(known, way(t, app, send, i, true))
					}
				}
				app.Clock.Add(time.Hour) // locks and networks' pauses end
				if ratio = float64(middle(known)) / float64(middle(unknown)); ratio > 0.75 && ratio < 1.33 {
					break
				}
			}
			t.Logf("%s: %v for somebody, %v for nobody, medians of %d", name, middle(known), middle(unknown), len(known))
			if ratio <= 0.67 || ratio >= 1.5 {
				t.Errorf("%s: %v for somebody, %v for nobody (medians of %d)", name, middle(known), middle(unknown), len(known))
			}
			if len(statuses) != 1 || statuses[429] || statuses[503] {
				t.Errorf("%s: answered %v", name, statuses)
			}
		}
	})
}

func middle(all []time.Duration) time.Duration {
	all = slices.Sorted(slices.Values(all))
	return all[len(all)/2]
}
