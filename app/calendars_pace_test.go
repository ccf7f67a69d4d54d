package main

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"chancery/app/calendar"
	contract "chancery/app/outside"
	"chancery/config"
)

// What the server opens is paced: of one account so many requests pass at once, and those that come after them wait. A few of Google's 600 a minute
// take seconds, as do a few more of Microsoft's 10,000 in ten minutes.
func TestKeepersAreAskedAtAPace(t *testing.T) {
	var asked atomic.Int64
	there := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		w.WriteHeader(http.StatusNoContent)
	}))
	t.Cleanup(there.Close)
	all := keepers(config.Settings{Base: &url.URL{Scheme: "http", Host: "localhost"}, Flags: config.Flags{
		GoogleClientID: "id", GoogleEndpoint: there.URL, MicrosoftClientID: "id", MicrosoftEndpoint: there.URL}}, contract.Named("Chancery"))
	for kind, n := range map[calendar.Kind]int64{calendar.Google: 24, calendar.Microsoft: 265} {
		asked.Store(0)
		mine := all.OAuth[kind].Calendar(contract.Grant{Access: "token", Expires: time.Now().Add(time.Hour)}, nil)
		ctx, began := contract.About(t.Context(), "jon@mail.example"), time.Now()
		for range n {
			if err := mine.Remove(ctx, contract.Held{Ref: "event"}); err != nil {
				t.Fatal(kind, err)
			}
		}
		if took := time.Since(began); asked.Load() != n || took < time.Second || took > time.Minute {
			t.Errorf("%s: %d of %d were asked in %s", kind, asked.Load(), n, took)
		}
	}
}
