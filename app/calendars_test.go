package main

import (
	"crypto/rand"
	"net/url"
	"slices"
	"testing"

	"golang.org/x/oauth2"

	"chancery/app/calendar"
	"chancery/app/outside/outsidetest"
	"chancery/config"
)

// Where keepers are asked is a setting of each: a consent, its grant, and the making and reading of a calendar go over a gateway, at the pace that the program keeps;
// and the calendar is named after the practice.
func TestKeepersAreAskedOverAGateway(t *testing.T) {
	practices(t, func(t *testing.T, p *practice) {
		g, m := outsidetest.NewGoogle(outsidetest.Options{}), outsidetest.NewMicrosoft(outsidetest.Options{})
		t.Cleanup(g.Close)
		t.Cleanup(m.Close)
		base, err := url.Parse("http://127.0.0.1:8080")
		if err != nil {
			t.Fatal(err)
		}
		s := config.Settings{Base: base, Flags: config.Flags{GoogleClientID: outsidetest.ClientID, GoogleClientSecret: outsidetest.ClientSecret, GoogleEndpoint: g.URL + "/",
			MicrosoftClientID: outsidetest.ClientID, MicrosoftClientSecret: outsidetest.ClientSecret, MicrosoftEndpoint: m.URL}}
		for kind, there := range map[calendar.Kind]interface {
			SignIn(account string)
			Consent(consentURL string, a outsidetest.Answer) (*url.URL, error)
			Calendars(account string) []string
		}{calendar.Google: g, calendar.Microsoft: m} {
			there.SignIn("jon@mail.example")
			keeper, verifier, state := keepers(s, afterPractice(p.h.staff)).OAuth[kind], oauth2.GenerateVerifier(), rand.Text()
			back, err := there.Consent(keeper.ConsentURL(state, verifier, ""), outsidetest.Allow)
			if err != nil {
				t.Fatal(kind, err)
			}
			if back.Host != base.Host || back.Path != "/me/calendars/callback" || back.Query().Get("state") != state {
				t.Errorf("%s: back at %s", kind, back)
			}
			grant, err := keeper.Exchange(t.Context(), back.Query().Get("code"), verifier)
			if err != nil {
				t.Fatal(kind, err)
			}
			mine := keeper.Calendar(grant, nil)
			if _, err := mine.Open(t.Context(), ""); err != nil {
				t.Fatal(kind, err)
			}
			list, err := mine.List(t.Context(), "")
			if err != nil || len(list.Events) != 0 {
				t.Errorf("%s: %+v, %v", kind, list, err)
			}
			if names := there.Calendars("jon@mail.example"); !slices.Contains(names, "Marlow Reyes") {
				t.Errorf("%s: the calendars are %q", kind, names)
			}
		}
	})
}
