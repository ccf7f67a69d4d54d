package main

import (
	"cmp"
	"context"
	"net/http"
	"strings"

	"chancery/app/calendar"
	contract "chancery/app/outside"
	"chancery/app/outside/caldav"
	"chancery/app/outside/google"
	"chancery/app/outside/microsoft"
	"chancery/app/outside/pace"
	"chancery/app/staff"
	"chancery/config"
)

// keepers are the calendars outside that the settings name, each asked no faster than it allows. What they make is named.
func keepers(s config.Settings, named contract.Name) calendar.Keepers {
	k := calendar.Keepers{OAuth: map[calendar.Kind]contract.Keeper{}}
	if s.GoogleClientID != "" {
		k.OAuth[calendar.Google] = google.New(google.Config{ClientID: s.GoogleClientID, ClientSecret: s.GoogleClientSecret,
			Redirect: s.Base.JoinPath("me", "calendars", "callback").String(), Name: named, Endpoints: atGoogle(s.GoogleEndpoint), Transport: pace.New(pace.Google, nil, pace.Clock{})})
	}
	if s.MicrosoftClientID != "" {
		k.OAuth[calendar.Microsoft] = microsoft.New(microsoft.Config{ClientID: s.MicrosoftClientID, ClientSecret: s.MicrosoftClientSecret, Tenant: s.MicrosoftTenant,
			Redirect: s.Base.JoinPath("me", "calendars", "callback").String(), Name: named, Endpoints: atMicrosoft(s.MicrosoftEndpoint, s.MicrosoftTenant), Transport: pace.New(pace.Microsoft, nil, pace.Clock{})})
	}
	if s.CalDAV != "off" {
		k.Passwords = caldav.New(caldav.Config{Name: named, Private: s.CalDAV == "private",
			Through: func(next http.RoundTripper) http.RoundTripper { return pace.New(pace.CalDAV, next, pace.Clock{}) }})
	}
	return k
}

// afterPractice names calendars after the practice.
func afterPractice(s *staff.Staff) contract.Name {
	return func(ctx context.Context) (string, error) {
		o, err := s.Organization(ctx)
		if err != nil {
			return "", err
		}
		return cmp.Or(o.Name, "Chancery"), nil
	}
}

// calendarKeys are the keys of grants, the current one first. The practice's own opens what it sealed before there was another.
func calendarKeys(s config.Settings, own []byte) (keys [][]byte) {
	for key := range strings.SplitSeq(s.CalendarsKey, ",") {
		if key != "" {
			keys = append(keys, []byte(key))
		}
	}
	return append(keys, own)
}

// atGoogle is where a gateway serves what Google does; "" are Google's own hosts.
func atGoogle(gateway string) google.Endpoints {
	if gateway == "" {
		return google.Endpoints{}
	}
	at := strings.TrimRight(gateway, "/")
	return google.Endpoints{Consent: at + "/o/oauth2/auth", Token: at + "/token", Revoke: at + "/revoke", API: at + "/calendar/v3"}
}

// atMicrosoft is atGoogle for Microsoft, of a tenant.
func atMicrosoft(gateway, tenant string) microsoft.Endpoints {
	if gateway == "" {
		return microsoft.Endpoints{}
	}
	at := strings.TrimRight(gateway, "/")
	oauth := at + "/" + cmp.Or(tenant, "common") + "/oauth2/v2.0"
	return microsoft.Endpoints{Consent: oauth + "/authorize", Token: oauth + "/token", API: at + "/v1.0"}
}
